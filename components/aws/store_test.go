package aws_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const groupRuleType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

// storeArgs is what every store is told of the platform, for a test to change one thing of.
func storeArgs() aws.StoreArgs {
	return aws.StoreArgs{
		Account: account, VPC: pulumi.String("vpc-1"), Subnets: []platform.Subnet{subnet("a"), subnet("b"), subnet("c")},
		Clients: []aws.Client{{Name: "nodes", Group: pulumi.String("nodes-group")}},
		DataKey: pulumi.String("data-key-arn"), LogsKey: pulumi.String("logs-key-arn"), SecretsKey: pulumi.String("secrets-key-arn"),
		Protect: true, Windows: aws.Windows{Backup: "02:00-03:00", Maintenance: "sun:03:30-sun:04:30"},
		BackupDays: 7, LogDays: 30, Topic: pulumi.String("topic-arn"), Notices: pulumi.String("notices-arn"), Tags: tags.New("test", nil),
		Thresholds: aws.Thresholds{CPU: 70, FreeMemory: 20, UsedStorage: 75, Connections: 80, LagSeconds: 30, Minutes: 10},
	}
}

// holds compares inputs, by their paths, with what they must be.
func holds(t *testing.T, r *harness.Resource, want map[string]any) {
	t.Helper()
	for path, value := range want {
		if got := r.Value(t, path); !got.DeepEquals(resource.NewPropertyValue(value)) {
			t.Errorf("%s: %s is %v, want %v", r, path, got, value)
		}
	}
}

// texts compares inputs that are strings.
func texts(t *testing.T, r *harness.Resource, want map[string]string) {
	t.Helper()
	for property, value := range want {
		if got := r.Text(t, property); got != value {
			t.Errorf("%s: %s is %q, want %q", r, property, got, value)
		}
	}
}

// facts compares inputs that are true or false.
func facts(t *testing.T, r *harness.Resource, want map[string]bool) {
	t.Helper()
	for property, value := range want {
		if got := r.Value(t, property); !got.IsBool() || got.BoolValue() != value {
			t.Errorf("%s: %s is %v, want %t", r, property, got, value)
		}
	}
}

// counts compares inputs that are numbers.
func counts(t *testing.T, r *harness.Resource, want map[string]float64) {
	t.Helper()
	for property, value := range want {
		if got := r.Value(t, property); !got.IsNumber() || got.NumberValue() != value {
			t.Errorf("%s: %s is %v, want %v", r, property, got, value)
		}
	}
}

// await resolves an input as the component's user would see it.
func await(t *testing.T, value pulumi.StringInput) string {
	t.Helper()
	got := make(chan string, 1)
	value.ToStringOutput().ApplyT(func(text string) string { got <- text; return text })
	return <-got
}

// alarm returns the only alarm of a name.
func alarm(t *testing.T, alarms []aws.Alarm, name string) aws.Alarm {
	t.Helper()
	var found []aws.Alarm
	for _, one := range alarms {
		if one.Name == name {
			found = append(found, one)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d alarms %q in %+v", len(found), name, alarms)
	}
	return found[0]
}

// completeAlarms fails the test unless every alarm could be made.
func completeAlarms(t *testing.T, alarms []aws.Alarm) {
	t.Helper()
	names := map[string]bool{}
	for _, one := range alarms {
		if names[one.Name] {
			t.Errorf("two alarms %q", one.Name)
		}
		names[one.Name] = true
		texts := []string{one.Namespace, one.Metric, one.Means, one.Statistic, one.Comparison, one.Missing}
		if slices.Contains(texts, "") || one.PeriodSeconds < 60 || one.Periods < 1 || len(one.Dimensions) == 0 {
			t.Errorf("incomplete: %+v", one)
		}
	}
}

// sameInPreview fails the test unless a preview registers what an update does.
func sameInPreview(t *testing.T, program pulumi.RunFunc) {
	t.Helper()
	update, preview := harness.Run(t, nil, program), harness.Preview(t, nil, program)
	if diff := cmp.Diff(update.Inventory(), preview.Inventory()); diff != "" {
		t.Errorf("(-update +preview):\n%s", diff)
	}
}

// onlyFrom fails the test unless a store's group lets the nodes reach one port.
func onlyFrom(t *testing.T, graph *harness.Graph, name string, port float64) {
	t.Helper()
	rule := graph.One(t, groupRuleType, name+"-from-nodes")
	texts(t, rule, map[string]string{"securityGroupId": name + "-id", "referencedSecurityGroupId": "nodes-group"})
	counts(t, rule, map[string]float64{"fromPort": port, "toPort": port})
}

// tagged fails the test unless everything that can be tagged is, under its name.
func tagged(t *testing.T, graph *harness.Graph, component string) {
	t.Helper()
	untaggable := []string{randomType, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"}
	for _, r := range graph.Resources {
		if !r.Custom || slices.Contains(untaggable, r.Type) {
			continue
		}
		texts(t, r, map[string]string{"tags.Name": r.Name, `tags["openedx-component"]`: component})
	}
}

func TestAWrongStoreIsRefusedByEachComponent(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.StoreArgs)
		want  string
	}{
		"no account":         {func(a *aws.StoreArgs) { a.Account.ID = "" }, "incomplete"},
		"no vpc":             {func(a *aws.StoreArgs) { a.VPC = nil }, "no vpc"},
		"no data key":        {func(a *aws.StoreArgs) { a.DataKey = nil }, "no data key"},
		"no logs key":        {func(a *aws.StoreArgs) { a.LogsKey = nil }, "no logs key"},
		"no secrets key":     {func(a *aws.StoreArgs) { a.SecretsKey = nil }, "no secrets key"},
		"no topic":           {func(a *aws.StoreArgs) { a.Topic = nil }, "no topic"},
		"no topic of notice": {func(a *aws.StoreArgs) { a.Notices = nil }, "no topic of notices"},
		"a single zone":      {func(a *aws.StoreArgs) { a.Subnets = a.Subnets[:1] }, "1 subnets"},
		"no windows":         {func(a *aws.StoreArgs) { a.Windows.Backup = "" }, "no windows"},
		"no backups":         {func(a *aws.StoreArgs) { a.BackupDays = 0 }, "backups are kept 0 days"},
		"logs for ever":      {func(a *aws.StoreArgs) { a.LogDays = 0 }, "logs 0"},
		"a client twice":     {func(a *aws.StoreArgs) { a.Clients = append(a.Clients, a.Clients[0]) }, `client "nodes" is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			args := storeArgs()
			test.spoil(&args)
			for component, create := range map[string]func(*pulumi.Context) error{
				"atlas": func(ctx *pulumi.Context) error {
					_, err := aws.NewMongoAtlas(ctx, "st", &aws.MongoAtlasArgs{StoreArgs: args, Cluster: "c", Project: "p", Tier: "M30"})
					return err
				},
				"memcached": func(ctx *pulumi.Context) error {
					_, err := aws.NewMemcached(ctx, "st", &aws.MemcachedArgs{
						StoreArgs: args, Identifier: "st", Version: "1.6.22", Machine: "cache.t4g.small", Nodes: 1,
					})
					return err
				},
			} {
				refuses(t, create, component, test.want)
			}
		})
	}
}
