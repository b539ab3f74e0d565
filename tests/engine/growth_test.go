package engine

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// What goes with a smaller preset, and may.
var (
	alarms    = leaving{"campus-alarms-", "an alarm about what is not there, or about credits that another machine does not have"}
	readers   = leaving{"campus-mysql-instance-", "a reader; pods connect to the cluster's name, which leads to the writer"}
	endpoints = leaving{"campus-network-endpoint", "what it led to is reached through NAT, by the same name"}
	nats      = leaving{"campus-network-nat-", "the private subnets of its zone have another way out before it goes"}
	trials    = leaving{"campus-backup-test", "it restores copies on trial, and is none"}
)

// redisMoves is what a run does that gives the cache another host.
var redisMoves = leaving{"campus-accounts-", "a secret's new value is a new version beside the old"}

// preset is a step from one preset to another.
type preset struct {
	name string
	growth
	// keeps are keys that the refusal of a step down has the operator write.
	keeps []string
	// orders are steps of which each ends before the next begins.
	orders [][]doing
}

// path is from the smallest preset to the largest and back.
var path = []preset{
	{
		name: "medium", growth: growth{goes: []leaving{alarms}},
		orders: [][]doing{
			// With one there is no other to take over: so the other comes first.
			{{deploy.OpCreate, "campus-mysql-instance-b"}, {deploy.OpUpdate, "campus-mysql-instance-a"}},
			{{deploy.OpUpdate, "campus-mongo-machine-a"}, {deploy.OpUpdate, "campus-mongo-machine-b"}, {deploy.OpUpdate, "campus-mongo-machine-c"}},
			{{deploy.OpCreate, "campus-network-nat-b"}, {deploy.OpUpdate, "campus-network-private-default-b"}},
		},
	},
	{
		name: "large", growth: growth{goes: []leaving{redisMoves}, moves: []string{"cacheHost"}},
		orders: [][]doing{
			{{deploy.OpCreate, "campus-mysql-instance-c"}, {deploy.OpUpdate, "campus-mysql-instance-b"}, {deploy.OpUpdate, "campus-mysql-instance-a"}},
			{{deploy.OpUpdate, "campus-mongo-machine-a"}, {deploy.OpUpdate, "campus-mongo-machine-b"}, {deploy.OpUpdate, "campus-mongo-machine-c"}},
			{{deploy.OpCreate, "campus-redis-cache-redis"}, {deploy.OpCreateReplacement, "campus-accounts-arts-redis-value"}},
		},
	},
	{
		name: "medium", growth: growth{goes: []leaving{alarms, readers, endpoints, trials}},
		keeps: []string{"openedx:cache.split", "openedx:overrides.mongo.volumeGiB", "openedx:overrides.search.storageGiB"},
		orders: [][]doing{
			{{deploy.OpUpdate, "campus-mysql-instance-b"}, {deploy.OpUpdate, "campus-mysql-instance-a"}, {deploy.OpDelete, "campus-mysql-instance-c"}},
			{{deploy.OpUpdate, "campus-mongo-machine-a"}, {deploy.OpUpdate, "campus-mongo-machine-b"}, {deploy.OpUpdate, "campus-mongo-machine-c"}},
		},
	},
	{
		name: "small", growth: growth{goes: []leaving{alarms, readers, nats}},
		keeps: []string{"openedx:search.enabled", "openedx:backup.copy", "openedx:addons.certManager", "openedx:addons.externalSecrets"},
		orders: [][]doing{
			{{deploy.OpUpdate, "campus-network-private-default-b"}, {deploy.OpDelete, "campus-network-nat-b"}, {deploy.OpDelete, "campus-network-nat-address-b"}},
			{{deploy.OpUpdate, "campus-mysql-instance-a"}, {deploy.OpDelete, "campus-mysql-instance-b"}},
		},
	},
}

func TestThreeInstancesGrowAndShrinkInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", map[string]string{"openedx:instances": instances(t, 0, 1, 4)})
	w.up()
	for _, step := range path {
		before := w.snapshot
		w.settings["openedx:preset"] = step.name
		done, typed := w.step()
		step.check(t, w, before, done)
		for _, key := range step.keeps {
			require.Contains(t, fmt.Sprint(typed), key, "to %s", step.name)
		}
		for _, order := range step.orders {
			w.inOrder(t, order...)
		}
		require.Empty(t, w.up(), "a second run as %s changes something", step.name)
	}
}

// addition is an edit that adds something, or takes it away again.
type addition struct {
	name string
	set  map[string]group
	growth
	created, updated []string
	orders           [][]doing
}

// inOneWorld are made one after the other to a stack of the medium preset with
// four zones to choose from.
var inOneWorld = []addition{
	{
		name: "a fourth zone", set: map[string]group{"openedx:network": {"zones": []string{"a", "b", "c", "d"}}},
		growth: growth{moves: []string{"publicSubnetIds", "privateSubnetIds", "dataSubnetIds"}},
		created: []string{
			"campus-network-public-d", "campus-network-private-d", "campus-network-data-d", "campus-network-nat-d",
			"campus-network-nat-address-d", "campus-network-private-default-d",
		},
	},
	{
		name: "a fourth MongoDB member", set: sizes("mongo", group{"members": 4}),
		created: []string{"campus-mongo-machine-a2", "campus-mongo-volume-a2", "campus-mongo-interface-a2"}, updated: []string{"campus-mongo-seed"},
	},
	{
		name: "a fifth MongoDB member", set: sizes("mongo", group{"members": 5}),
		created: []string{"campus-mongo-machine-b2", "campus-mongo-volume-b2", "campus-mongo-interface-b2"}, updated: []string{"campus-mongo-seed"},
	},
	{
		name: "a MySQL reader", set: map[string]group{"openedx:overrides": {"mongo": group{"members": 5}, "mysql": group{"readers": 2}}},
		created: []string{"campus-mysql-instance-c"},
	},
	{
		name: "queues apart from the cache", set: map[string]group{"openedx:cache": {"split": true}},
		growth:  growth{goes: []leaving{redisMoves}, moves: []string{"cacheHost"}},
		created: []string{"campus-redis-cache-redis"}, updated: []string{"campus-redis-parameters"},
		orders: [][]doing{{{deploy.OpCreate, "campus-redis-cache-redis"}, {deploy.OpCreateReplacement, "campus-accounts-main-redis-value"}}},
	},
	{
		name: "queues and cache together, while pods still use the cache's own", set: map[string]group{"openedx:cache": {"split": false, "moving": true}},
		growth: growth{goes: []leaving{redisMoves}, moves: []string{"cacheHost"}},
	},
	{
		name: "queues and cache together, once pods have moved", set: map[string]group{"openedx:cache": {"split": false}},
		growth: growth{goes: []leaving{
			{"campus-redis-cache", "nobody uses the cache's own Redis any more"},
			{"campus-alarms-redis-cache", "an alarm about it"},
			{"campus-bastion-cache", "the bastion's way to it"},
		}},
	},
	{
		name: "the next minor version of Kubernetes", set: map[string]group{"openedx:cluster": {"version": "1.35"}},
		growth: growth{
			goes:  []leaving{{"campus-bastion-machine", "it gets the kubectl of the new version, and holds nothing"}},
			moves: []string{"bastion"},
		},
		updated: []string{
			"campus-cluster-eks-eksCluster", "campus-cluster-nodes", "campus-cluster-eks-vpc-cni", "campus-cluster-eks-kube-proxy", "campus-cluster-addon-coredns",
		},
		orders: [][]doing{
			{{deploy.OpUpdate, "campus-cluster-eks-eksCluster"}, {deploy.OpUpdate, "campus-cluster-eks-kube-proxy"}, {deploy.OpUpdate, "campus-cluster-nodes"}},
			{{deploy.OpUpdate, "campus-cluster-eks-vpc-cni"}, {deploy.OpUpdate, "campus-cluster-nodes"}},
		},
	},
}

func TestWhatIsAddedLeavesInPlaceWhatIsThere(t *testing.T) {
	t.Parallel()
	settings := texts(t, map[string]group{"openedx:cluster": {"version": "1.34"}})
	settings["aws:region"] = "us-east-1"
	w := newWorld(t, "medium", settings)
	w.up()
	for _, edit := range inOneWorld {
		before := w.snapshot
		for key, text := range texts(t, edit.set) {
			w.settings[key] = text
		}
		done := w.up()
		t.Logf("after %s:", edit.name)
		edit.check(t, w, before, done)
		require.Subset(t, done.of(deploy.OpCreate), edit.created, edit.name)
		require.Subset(t, done.of(deploy.OpUpdate), edit.updated, edit.name)
		for _, order := range edit.orders {
			w.inOrder(t, order...)
		}
		again := w.up()
		require.Empty(t, again, "a second run after %s changes something", edit.name)
	}
}

// pinned are the types of what is installed in the cluster in a version that the
// program pins, and the property that says which.
var pinned = map[string]resource.PropertyKey{
	"kubernetes:helm.sh/v3:Release": "version", "aws:eks/addon:Addon": "addonVersion",
}

func TestNewerAddOnsAreInstalledInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", nil)
	w.up()
	var older []string
	for _, state := range w.snapshot.Resources {
		if version, is := pinned[string(state.Type)]; is {
			require.True(t, state.Inputs[version].HasValue(), "%s is of any version", state.URN)
			state.Inputs[version] = resource.NewProperty("0.0.1")
			state.Outputs[version] = state.Inputs[version]
			older = append(older, state.URN.Name())
		}
	}
	require.NotEmpty(t, older)
	before := w.snapshot
	done := w.up()
	growth{}.check(t, w, before, done)
	require.Subset(t, done.of(deploy.OpUpdate), older)
}
