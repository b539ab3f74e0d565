package k8s

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
)

const accountsType = "openedx:k8s:Accounts"

// nameLimit leaves room for the hyphen and eight digits that Pulumi ends names
// with: a Job's name is a label of its pods, and those end at 63 characters.
const nameLimit = 63 - 9

// AccountsArgs is whose accounts are made in which stores.
type AccountsArgs struct {
	// Provider reaches the cluster.
	Provider pulumi.ProviderResource
	// Slug is the instance.
	Slug string
	// Namespace and Scripts are System's.
	Namespace, Scripts pulumi.StringInput
	// Needs has to be there before any pod, such as nodes: a Job's time runs from when
	// it is made.
	Needs []pulumi.Resource
	Fetch Fetch
	MySQL MySQLAccounts
	// Mongo is nil where MongoDB's users are not made from within.
	Mongo *MongoAccount
}

// Fetch says how a pod reads the cloud's store of secrets.
type Fetch struct {
	// Image has what Script calls, and Script is one of System's Scripts.
	Image, Script string
	// Environment is what it needs beside the secrets' names, such as the region.
	Environment map[string]string
}

// Secret is an instance's secret in the cloud's store.
type Secret struct {
	Name pulumi.StringInput
	// Version is another one whenever the content is; it is not secret.
	Version pulumi.StringInput
}

// MySQLAccounts are an instance's accounts in MySQL.
type MySQLAccounts struct {
	// Image has the client.
	Image  string
	Store  platform.Endpoint
	Secret Secret
	// AuthorityURL is where the certificates are that the server's is checked against.
	AuthorityURL string
	Bootstrap    accounts.BootstrapState
}

// MongoAccount is an instance's account in MongoDB.
type MongoAccount struct {
	// Image has the client.
	Image  string
	Store  platform.Mongo
	Secret Secret
	// Authority is System's MongoAuthority; nil where the servers' certificates are
	// of an authority that everybody knows.
	Authority pulumi.StringInput
}

// Accounts makes one instance's accounts, and makes them again whenever they, the
// scripts or the passwords are others. It is finished once they can be used.
type Accounts struct {
	pulumi.ResourceState
	name  string
	args  *AccountsArgs
	names accounts.Names
}

// NewAccounts creates the Jobs that make one instance's accounts.
func NewAccounts(ctx *pulumi.Context, name string, args *AccountsArgs, opts ...pulumi.ResourceOption) (*Accounts, error) {
	names, err := args.validate(name)
	if err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	a := &Accounts{name: name, args: args, names: names}
	if err := ctx.RegisterComponentResourceV2(accountsType, name, args.inputs(), a, opts...); err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	if err := a.build(ctx); err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(a, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	return a, nil
}

func (a *Accounts) build(ctx *pulumi.Context) error {
	options := []pulumi.ResourceOption{pulumi.Parent(a), pulumi.Provider(a.args.Provider)}
	who, err := corev1.NewServiceAccount(ctx, a.name+"-identity", &corev1.ServiceAccountArgs{
		Metadata: &metav1.ObjectMetaArgs{
			// The cloud gives its identity to this name.
			Name:      pulumi.String(a.names.ServiceAccount()),
			Namespace: a.args.Namespace.ToStringOutput(),
			Labels:    a.labels(),
		},
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, options...)
	if err != nil {
		return fmt.Errorf("service account: %w", err)
	}
	jobs := []job{a.mysqlJob()}
	if a.args.Mongo != nil {
		jobs = append(jobs, a.mongoJob())
	}
	for _, one := range jobs {
		_, err := batchv1.NewJob(ctx, a.name+"-"+string(one.store), a.job(one, who.Metadata.Name()),
			append(options, pulumi.DependsOn(slices.Concat(a.args.Needs, one.needs)), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: jobTimeout}))...)
		if err != nil {
			return fmt.Errorf("job for %s: %w", one.store, err)
		}
	}
	return nil
}

func (a *AccountsArgs) validate(name string) (accounts.Names, error) {
	names, err := accounts.For(a.Slug)
	if err != nil {
		return names, err
	}
	if err := a.validatePlace(name); err != nil {
		return names, err
	}
	if err := a.MySQL.validate(); err != nil {
		return names, fmt.Errorf("mysql: %w", err)
	}
	if a.Mongo == nil {
		return names, nil
	}
	if err := a.Mongo.validate(); err != nil {
		return names, fmt.Errorf("mongodb: %w", err)
	}
	return names, nil
}

// validatePlace wants what every Job needs, whatever its store.
func (a *AccountsArgs) validatePlace(name string) error {
	switch {
	case a.Provider == nil:
		return errNoProvider
	case a.Namespace == nil:
		return errors.New("no namespace")
	case a.Scripts == nil:
		return errors.New("no scripts")
	case len(name)+len("-"+accounts.MongoDB) > nameLimit:
		return fmt.Errorf("the name is longer than %d characters", nameLimit-len("-"+accounts.MongoDB))
	case a.Fetch.Image == "" || accounts.Scripts()[a.Fetch.Script] == "":
		return fmt.Errorf("no image or script that fetches secrets: %q, %q", a.Fetch.Image, a.Fetch.Script)
	}
	return nil
}

func (m *MySQLAccounts) validate() error {
	switch {
	case !strings.HasPrefix(m.AuthorityURL, "https://"):
		return fmt.Errorf("the authority's address %q does not begin with https://", m.AuthorityURL)
	case m.Bootstrap != accounts.BootstrapOpen && m.Bootstrap != accounts.BootstrapClosed:
		return fmt.Errorf("the bootstrap account is %q: choose %q or %q", m.Bootstrap, accounts.BootstrapOpen, accounts.BootstrapClosed)
	}
	return validateStore(m.Image, m.Store, m.Secret)
}

func (m *MongoAccount) validate() error {
	if m.Store.ReplicaSet == "" {
		return errors.New("no replica set")
	}
	return validateStore(m.Image, m.Store.Endpoint, m.Secret)
}

func validateStore(image string, store platform.Endpoint, secret Secret) error {
	switch {
	case image == "":
		return errors.New("no image")
	case store.Host.OutputState == nil || store.Port < 1:
		return errors.New("the store is nowhere")
	case store.AdminSecret == nil:
		return errors.New("no administrator")
	case secret.Name == nil || secret.Version == nil:
		return errors.New("no secret or version")
	}
	return nil
}

func (a *AccountsArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"slug": pulumi.String(a.Slug), "bootstrap": pulumi.String(string(a.MySQL.Bootstrap)), "mongo": pulumi.Bool(a.Mongo != nil),
	}
}
