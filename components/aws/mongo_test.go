package aws_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/firstboot"
	"example.org/openedx/tests/harness"
)

const (
	mongoMachineType   = "aws:ec2/instance:Instance"
	mongoVolumeType    = "aws:ebs/volume:Volume"
	mongoInterfaceType = "aws:ec2/networkInterface:NetworkInterface"
	mongoRecordType    = "aws:route53/record:Record"
	mongoPolicyType    = "aws:iam/rolePolicy:RolePolicy"
	mongoDataKey       = "arn:aws:kms:eu-west-1:123456789012:key/data"
	mongoSecretsKey    = "arn:aws:kms:eu-west-1:123456789012:key/secrets"
	mongoBucket        = "arn:aws:s3:::test-backups"
)

// mongoArgs are arguments that a test changes one of.
func mongoArgs() *aws.MongoArgs {
	store := storeArgs()
	store.DataKey, store.SecretsKey, store.BackupDays = pulumi.String(mongoDataKey), pulumi.String(mongoSecretsKey), 14
	store.Thresholds = aws.Thresholds{CPU: 80, UsedStorage: 75, LagSeconds: 30, Minutes: 10}
	return &aws.MongoArgs{
		StoreArgs: store,
		Path:      "/campus/prod", ReplicaSet: "campus-prod", Domain: "campus-prod.internal",
		Members: []aws.MongoMember{{Name: "a", Zone: "a"}, {Name: "b", Zone: "b"}, {Name: "c", Zone: "c"}},
		Image:   pulumi.String("ami-1"), Machine: "t4g.medium", VolumeGiB: 50, IOPS: 3000, ThroughputMiBps: 125,
		OplogMB: 10240, Versions: firstboot.Versions{Server: "7.0.28", Shell: "2.5.8", Tools: "100.13.0"},
		BackupSchedule: "*-*-* 02:30:00 UTC",
		Backups:        aws.BucketRef{Name: pulumi.String("test-backups"), ARN: pulumi.String(mongoBucket), Prefix: "mongo"},
	}
}

// mongo runs a program that is one replica set.
func mongo(t *testing.T, args *aws.MongoArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewMongo(ctx, "mg", args)
		return err
	})
}

func TestClientsOfASetWaitForAllItsMembers(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		set, err := aws.NewMongo(ctx, "mg", mongoArgs())
		if err != nil {
			return err
		}
		_, err = random.NewRandomId(ctx, "user", &random.RandomIdArgs{ByteLength: pulumi.Int(1)}, pulumi.DependsOn(set.Needs))
		return err
	})
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	for _, r := range append(graph.All("aws:ec2/volumeAttachment:VolumeAttachment"), graph.One(t, mongoRecordType, "mg-seed")) {
		if !graph.Waits(user, r.URN) {
			t.Errorf("a client may connect before %s", r)
		}
	}
}

// changedBeyond lists what an edit changes, without the inputs that a resource ignores.
func changedBeyond(t *testing.T, before, after *harness.Graph) []string {
	t.Helper()
	var list []string
	for _, name := range changed(before, after) {
		i := slices.IndexFunc(before.Resources, func(r *harness.Resource) bool { return r.Name == name })
		was, is := before.Resources[i], after.ByURN(before.Resources[i].URN)
		if is != nil {
			old, now := was.Inputs.Copy(), is.Inputs.Copy()
			for _, property := range is.IgnoreChanges {
				for key := range old {
					if string(key) == property {
						delete(old, key)
						delete(now, key)
					}
				}
			}
			if old.DeepEquals(now) {
				continue
			}
		}
		list = append(list, name)
	}
	return list
}

func TestAnEditTouchesWhatItIsAboutAndNothingElse(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*aws.MongoArgs)
		want []string
	}{
		"the image of those who name none": {func(a *aws.MongoArgs) { a.Image = pulumi.String("ami-2") }, nil},
		"the image of one member":          {func(a *aws.MongoArgs) { a.Members[1].Image = "ami-2" }, []string{"mg-machine-b"}},
		"the versions":                     {func(a *aws.MongoArgs) { a.Versions.Server = "7.0.29" }, nil},
		"the machine": {
			func(a *aws.MongoArgs) { a.Machine = "m7g.large" },
			[]string{"mg-machine-a", "mg-machine-b", "mg-machine-c"},
		},
		"the disk": {func(a *aws.MongoArgs) { a.VolumeGiB = 100 }, []string{"mg-volume-a", "mg-volume-b", "mg-volume-c"}},
		"a fourth member": {func(a *aws.MongoArgs) {
			a.Members = append(a.Members, aws.MongoMember{Name: "a2", Zone: "a"})
		}, []string{"mg-seed"}},
		"two more members": {func(a *aws.MongoArgs) {
			a.Members = append(a.Members, aws.MongoMember{Name: "a2", Zone: "a"}, aws.MongoMember{Name: "b2", Zone: "b"})
		}, []string{"mg-seed"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := mongoArgs()
			before := mongo(t, args)
			test.edit(args)
			if diff := cmp.Diff(test.want, changedBeyond(t, before, mongo(t, args))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePreviewOfASetIsItsUpdate(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := aws.NewMongo(ctx, "mg", mongoArgs())
		return err
	}
	previewsAsItUpdates(t, program)
}

// previewsAsItUpdates fails the test where a preview registers other resources
// than an update, or with other options.
func previewsAsItUpdates(t *testing.T, program pulumi.RunFunc) {
	t.Helper()
	shape := func(graph *harness.Graph) []harness.Resource {
		var all []harness.Resource
		for _, r := range graph.Resources {
			all = append(all, harness.Resource{
				URN: r.URN, Parent: r.Parent, Protect: r.Protect, IgnoreChanges: r.IgnoreChanges, DependsOn: r.DependsOn,
			})
		}
		return all
	}
	update, preview := harness.Run(t, nil, program), harness.Preview(t, nil, program)
	if diff := cmp.Diff(shape(update), shape(preview)); diff != "" {
		t.Errorf("(-update +preview):\n%s", diff)
	}
}

func TestASetIsReachedByOneNameOverTLS(t *testing.T) {
	var set *aws.Mongo
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		var err error
		if set, err = aws.NewMongo(ctx, "mg", mongoArgs()); err != nil {
			return err
		}
		ctx.Export("host", set.Host)
		pulumi.All(set.Host, set.Authority, set.AdminSecret).ApplyT(func(got []any) error {
			want := []any{"mongo.campus-prod.internal", "mg-authority-pem", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mg-admin"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("clients are told something else (-want +got):\n%s", diff)
			}
			return nil
		})
		return nil
	})
	if !set.TLS || set.Port != 27017 || set.ReplicaSet != "campus-prod" || set.Password != nil {
		t.Errorf("clients are told port %d, TLS %t, set %q", set.Port, set.TLS, set.ReplicaSet)
	}
	if graph.Count("openedx:aws:Mongo") != 1 {
		t.Errorf("the component is called otherwise:\n%s", graph.Inventory())
	}
}

func TestAWrongSetRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.MongoArgs)
		want  string
	}{
		"no vpc":                {func(a *aws.MongoArgs) { a.VPC = nil }, "no vpc"},
		"no image":              {func(a *aws.MongoArgs) { a.Image = nil }, "image"},
		"no bucket":             {func(a *aws.MongoArgs) { a.Backups.Name = nil }, "bucket"},
		"no bucket to allow":    {func(a *aws.MongoArgs) { a.Backups.ARN = nil }, "bucket"},
		"no machine":            {func(a *aws.MongoArgs) { a.Machine = "" }, "no machine"},
		"a disk full of oplog":  {func(a *aws.MongoArgs) { a.VolumeGiB = 10 }, "holds no more than the oplog"},
		"too few operations":    {func(a *aws.MongoArgs) { a.IOPS = 2999 }, "2999 IOPS"},
		"too many operations":   {func(a *aws.MongoArgs) { a.IOPS = 16001 }, "16001 IOPS"},
		"too slow":              {func(a *aws.MongoArgs) { a.ThroughputMiBps = 124 }, "124 MiB/s"},
		"too fast":              {func(a *aws.MongoArgs) { a.IOPS, a.ThroughputMiBps = 16000, 1001 }, "1001 MiB/s"},
		"too fast for its IOPS": {func(a *aws.MongoArgs) { a.ThroughputMiBps = 751 }, "need 3004 IOPS"},
		"a path without slash":  {func(a *aws.MongoArgs) { a.Path = "campus" }, `path of the secrets is "campus"`},
		"a path with two":       {func(a *aws.MongoArgs) { a.Path = "/campus/" }, `path of the secrets is "/campus/"`},
		"alarms at once":        {func(a *aws.MongoArgs) { a.Thresholds.Minutes = 0 }, "wait for nothing"},
		"no members":            {func(a *aws.MongoArgs) { a.Members = nil }, "no members"},
		"two members":           {func(a *aws.MongoArgs) { a.Members = a.Members[:2] }, "there are 2 members"},
		"a member twice":        {func(a *aws.MongoArgs) { a.Members[2].Name = "a" }, "is there twice"},
		"a member in capitals":  {func(a *aws.MongoArgs) { a.Members[1].Name = "B" }, `"mongo-B.campus-prod.internal"`},
		"a zone without subnet": {func(a *aws.MongoArgs) { a.Members[1].Zone = "d" }, `no subnet in zone "d"`},
		"a zone with half":      {func(a *aws.MongoArgs) { a.Members[1].Zone = "a" }, "there is no majority"},
		"another series":        {func(a *aws.MongoArgs) { a.Versions.Server = "8.0.1" }, "server version"},
		"a domain that is none": {func(a *aws.MongoArgs) { a.Domain = "Campus" }, "DNS name"},
	} {
		t.Run(name, func(t *testing.T) {
			args := mongoArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewMongo(ctx, "mg", args)
				return err
			}, `mongo "mg"`, test.want)
		})
	}
}
