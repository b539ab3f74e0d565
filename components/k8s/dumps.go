package k8s

import (
	"errors"
	"fmt"
	"strings"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const dumpsType = "openedx:k8s:Dumps"

// DumpsArgs is which databases of an instance are dumped, when and where to.
type DumpsArgs struct {
	// Provider reaches the cluster.
	Provider pulumi.ProviderResource
	// Slug is the instance.
	Slug string
	// Namespace and Scripts are System's.
	Namespace, Scripts pulumi.StringInput
	// Fetch reads the instance's passwords, and Upload writes to Destination, such as
	// s3://bucket/folder.
	Fetch, Upload Fetch
	Destination   pulumi.StringInput
	// Schedule is in UTC and cron's notation.
	Schedule string
	// VolumeGiB is the size of the volume that holds a dump until it is uploaded.
	VolumeGiB int
	MySQL     MySQLDump
	// Mongo is nil where others run MongoDB and keep backups of it.
	Mongo *MongoDump
}

// MySQLDump is an instance's database in MySQL.
type MySQLDump struct {
	// Image has mysqldump.
	Image string
	Store platform.Endpoint
	// Secret is the name of the instance's own.
	Secret pulumi.StringInput
	// AuthorityURL is where the certificates are that the server's is checked against.
	AuthorityURL string
}

// MongoDump is an instance's database in MongoDB.
type MongoDump struct {
	// Image has mongodump.
	Image string
	Store platform.Mongo
	// Secret is the name of the instance's own.
	Secret pulumi.StringInput
	// Authority is System's MongoAuthority; nil where the servers' certificates are
	// of an authority that everybody knows.
	Authority pulumi.StringInput
}

// Dumps dumps the databases of one instance every night, so that one instance can be
// taken back alone: the stores' own backups are of all of them together.
type Dumps struct {
	pulumi.ResourceState
	name  string
	args  *DumpsArgs
	names accounts.Names
}

// NewDumps creates the CronJobs that dump one instance's databases.
func NewDumps(ctx *pulumi.Context, name string, args *DumpsArgs, opts ...pulumi.ResourceOption) (*Dumps, error) {
	names, err := args.validate()
	if err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	d := &Dumps{name: name, args: args, names: names}
	if err := ctx.RegisterComponentResourceV2(dumpsType, name, args.inputs(), d, opts...); err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	if err := d.build(ctx); err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(d, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	return d, nil
}

func (d *Dumps) build(ctx *pulumi.Context) error {
	options := []pulumi.ResourceOption{pulumi.Parent(d), pulumi.Provider(d.args.Provider)}
	who, err := corev1.NewServiceAccount(ctx, d.name+"-identity", &corev1.ServiceAccountArgs{
		// The cloud gives its identity to this name.
		Metadata:                     d.metadata(d.names.DumpServiceAccount()),
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, options...)
	if err != nil {
		return fmt.Errorf("service account: %w", err)
	}
	dumps := []dump{d.mysql()}
	if d.args.Mongo != nil {
		dumps = append(dumps, d.mongo())
	}
	for _, one := range dumps {
		_, err := batchv1.NewCronJob(ctx, d.name+"-"+string(one.store), d.cronJob(one, who.Metadata.Name()),
			append(options, pulumi.DependsOn(one.needs))...)
		if err != nil {
			return fmt.Errorf("dump of %s: %w", one.store, err)
		}
	}
	return nil
}

func (a *DumpsArgs) validate() (accounts.Names, error) {
	names, err := accounts.For(a.Slug)
	if err != nil {
		return names, err
	}
	if err := a.validatePlace(); err != nil {
		return names, err
	}
	if err := validateDump(a.MySQL.Image, a.MySQL.Store, a.MySQL.Secret); err != nil {
		return names, fmt.Errorf("mysql: %w", err)
	}
	if !strings.HasPrefix(a.MySQL.AuthorityURL, "https://") {
		return names, fmt.Errorf("mysql: the authority's address %q does not begin with https://", a.MySQL.AuthorityURL)
	}
	if a.Mongo == nil {
		return names, nil
	}
	if a.Mongo.Store.ReplicaSet == "" {
		return names, errors.New("mongodb: no replica set")
	}
	if err := validateDump(a.Mongo.Image, a.Mongo.Store.Endpoint, a.Mongo.Secret); err != nil {
		return names, fmt.Errorf("mongodb: %w", err)
	}
	return names, nil
}

// validatePlace wants what every dump needs, whatever its store.
func (a *DumpsArgs) validatePlace() error {
	switch {
	case a.Provider == nil:
		return errNoProvider
	case a.Namespace == nil || a.Scripts == nil:
		return errors.New("no namespace or scripts")
	case a.Destination == nil:
		return errors.New("no destination")
	case len(strings.Fields(a.Schedule)) != 5:
		return fmt.Errorf("the schedule %q is not five words", a.Schedule)
	case a.VolumeGiB < 1:
		return fmt.Errorf("a volume of %d GiB", a.VolumeGiB)
	}
	for _, step := range []Fetch{a.Fetch, a.Upload} {
		if step.Image == "" || accounts.Scripts()[step.Script] == "" {
			return fmt.Errorf("no image or script that fetches or uploads: %q, %q", step.Image, step.Script)
		}
	}
	return nil
}

func validateDump(image string, store platform.Endpoint, secret pulumi.StringInput) error {
	switch {
	case image == "":
		return errors.New("no image")
	case store.Host.OutputState == nil || store.Port < 1:
		return errors.New("the store is nowhere")
	case secret == nil:
		return errors.New("no secret")
	}
	return nil
}

func (a *DumpsArgs) inputs() pulumi.Map {
	return pulumi.Map{"slug": pulumi.String(a.Slug), "schedule": pulumi.String(a.Schedule), "mongo": pulumi.Bool(a.Mongo != nil)}
}

// labels are the platform's own: Tutor deletes by labels of app.kubernetes.io.
func (d *Dumps) labels() pulumi.StringMap {
	all := labels("dumps")
	all[tags.Instance] = pulumi.String(d.args.Slug)
	return all
}

// metadata is that of an object that operators look for by name.
func (d *Dumps) metadata(name string) *metav1.ObjectMetaArgs {
	return &metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: d.args.Namespace.ToStringOutput(), Labels: d.labels()}
}
