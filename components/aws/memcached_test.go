package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

const memcachedClusterType = "aws:elasticache/cluster:Cluster"

func memcachedArgs() *aws.MemcachedArgs {
	return &aws.MemcachedArgs{
		StoreArgs: storeArgs(), Identifier: "test-me", Version: "1.6.22", Machine: "cache.t4g.small", Nodes: 2,
	}
}

func memcachedProgram(args *aws.MemcachedArgs, into **aws.Memcached) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made, err := aws.NewMemcached(ctx, "me", args)
		*into = made
		return err
	}
}

func memcached(t *testing.T, args *aws.MemcachedArgs) (*harness.Graph, *aws.Memcached) {
	t.Helper()
	var made *aws.Memcached
	return harness.Run(t, nil, memcachedProgram(args, &made)), made
}

func TestAMemcachedIsEncryptedOnTheWayAndInsideTheNetwork(t *testing.T) {
	graph, made := memcached(t, memcachedArgs())
	cluster := graph.One(t, memcachedClusterType, "me-memcached")
	facts(t, cluster, map[string]bool{"transitEncryptionEnabled": true, "applyImmediately": true})
	counts(t, cluster, map[string]float64{"numCacheNodes": 2, "port": 11211})
	texts(t, cluster, map[string]string{
		"clusterId": "test-me", "engine": "memcached", "engineVersion": "1.6.22", "nodeType": "cache.t4g.small",
		"azMode": "cross-az", "subnetGroupName": "me-subnets", "securityGroupIds[0]": "me-group-id",
		"maintenanceWindow": "sun:03:30-sun:04:30", "notificationTopicArn": "notices-arn",
	})
	onlyFrom(t, graph, "me-group", 11211)
	if !made.Endpoint.TLS || made.Endpoint.Port != 11211 || await(t, made.Endpoint.Host) != "me-memcached.example.internal" {
		t.Errorf("clients are told %+v", made.Endpoint)
	}
}

func TestALoneMemcachedIsInOneZone(t *testing.T) {
	args := memcachedArgs()
	args.Nodes = 1
	graph, _ := memcached(t, args)
	texts(t, graph.One(t, memcachedClusterType, "me-memcached"), map[string]string{"azMode": "single-az"})
}

func TestAMemcachedHoldsNothingWorthProtecting(t *testing.T) {
	graph, _ := memcached(t, memcachedArgs())
	for _, r := range graph.Resources {
		if r.Protect {
			t.Errorf("%s is protected", r)
		}
	}
}

func TestTheBusiestNodeOfAMemcachedIsWatched(t *testing.T) {
	_, made := memcached(t, memcachedArgs())
	completeAlarms(t, made.Alarms)
	for name, want := range map[string]float64{"cpu": 70, "swap": 50 << 20, "connections": 52000} {
		got := alarm(t, made.Alarms, name)
		if got.Threshold != want || got.Statistic != "Maximum" || await(t, got.Dimensions["CacheClusterId"]) != "test-me" {
			t.Errorf("%s is %+v", name, got)
		}
	}
}

func TestAPreviewOfAMemcachedIsItsUpdate(t *testing.T) {
	var made *aws.Memcached
	sameInPreview(t, memcachedProgram(memcachedArgs(), &made))
}

func TestAWrongMemcachedRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.MemcachedArgs)
		want  string
	}{
		"store":          {func(a *aws.MemcachedArgs) { a.Topic = nil }, "no topic"},
		"name":           {func(a *aws.MemcachedArgs) { a.Identifier = "1" }, "a letter first"},
		"long name":      {func(a *aws.MemcachedArgs) { a.Identifier = strings.Repeat("a", 51) }, "at most 50"},
		"short version":  {func(a *aws.MemcachedArgs) { a.Version = "1.6" }, "such as 1.6.22"},
		"old version":    {func(a *aws.MemcachedArgs) { a.Version = "1.6.11" }, "1.6.12 and later"},
		"no machine":     {func(a *aws.MemcachedArgs) { a.Machine = "" }, "no machine"},
		"no nodes":       {func(a *aws.MemcachedArgs) { a.Nodes = 0 }, "0 nodes"},
		"too many nodes": {func(a *aws.MemcachedArgs) { a.Nodes = 41 }, "41 nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			args := memcachedArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewMemcached(ctx, "me", args)
				return err
			}, `memcached "me"`, test.want)
		})
	}
	edge := memcachedArgs()
	edge.Identifier, edge.Nodes, edge.Version = strings.Repeat("a", 50), 40, "1.6.12"
	memcached(t, edge)
}
