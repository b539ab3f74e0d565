package aws_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/harness"
)

var account = aws.Account{ID: harness.Account, Partition: "aws", Region: harness.Region}

// zone is a zone with blocks of its own.
func zone(letter string, number string) aws.Zone {
	return aws.Zone{
		Letter: letter, Name: harness.Region + letter,
		Public: "10.20.12" + number + ".0/24", Private: "10.20." + number + ".0/24", Data: "10.20.19" + number + ".0/24",
	}
}

// networkArgs are arguments that a test changes one of.
func networkArgs() *aws.NetworkArgs {
	return &aws.NetworkArgs{
		Account: account, CIDR: "10.20.0.0/16",
		Zones:       []aws.Zone{zone("a", "0"), zone("b", "1"), zone("c", "2")},
		FlowLogs:    aws.FlowLogs{LogGroup: "/openedx/test/net", Traffic: "REJECT", Days: 14, Key: pulumi.String("key-arn")},
		ClusterName: "test-cluster", Tags: tags.New("test", nil),
	}
}

// network runs a program that is one network.
func network(t *testing.T, args *aws.NetworkArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewNetwork(ctx, "net", args)
		return err
	})
}

// clusterArgs are arguments that a test changes one of.
func clusterArgs() *aws.ClusterArgs {
	pinned := versions.AllKubernetes()[0]
	return &aws.ClusterArgs{
		Account: account, Name: "test-cluster", Version: pinned.Version, AddOns: pinned.AddOns,
		ServiceBlock: "172.20.0.0/16", VPC: pulumi.String("vpc-1"), Subnets: []platform.Subnet{subnet("a"), subnet("b")},
		Logs: aws.ClusterLogs{Days: 30, Key: pulumi.String("logs-key-arn")}, SecretsKey: pulumi.String("secrets-key-arn"), DataKey: pulumi.String("data-key-arn"),
		Nodes: aws.Nodes{Machine: "m6i.xlarge", Count: 3, DiskGiB: 100},
		Tags:  tags.New("test", nil),
	}
}

func subnet(letter string) platform.Subnet {
	id := pulumi.String("subnet-" + letter).ToStringOutput()
	return platform.Subnet{Zone: letter, ID: id, Routed: id}
}

// cluster runs a program that is one cluster.
func cluster(t *testing.T, args *aws.ClusterArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewCluster(ctx, "cl", args)
		return err
	})
}

// keys runs a program that is a set of keys.
func keys(t *testing.T, args *aws.KeysArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewKeys(ctx, "ks", args)
		return err
	})
}

// refuses fails the test unless the program fails with a message that holds
// every part, having registered nothing.
func refuses(t *testing.T, program pulumi.RunFunc, parts ...string) {
	t.Helper()
	graph, err := harness.Try(nil, false, program)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if len(graph.Resources) != 0 {
		t.Errorf("registered before it refused:\n%s", graph.Inventory())
	}
}

// sameJSON compares a JSON text with another, whatever their layout.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// names lists what resources are called.
func names(resources []*harness.Resource) []string {
	list := make([]string, len(resources))
	for i, r := range resources {
		list[i] = r.Name
	}
	return list
}

// changed lists the resources of a graph that are not there, or not the same, in another.
func changed(before, after *harness.Graph) []string {
	var list []string
	for _, was := range before.Resources {
		if is := after.ByURN(was.URN); is == nil || (was.Custom && !was.Inputs.DeepEquals(is.Inputs)) {
			list = append(list, was.Name)
		}
	}
	slices.Sort(list)
	return list
}
