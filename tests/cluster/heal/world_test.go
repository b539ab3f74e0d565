// Package heal kills pods, nodes and zones under what Tutor deploys, and drains
// nodes, on a real control plane. It needs bin/, which make builds.
package heal

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/cluster"
	"example.org/openedx/tests/cluster/declared"
	"example.org/openedx/tests/cluster/tutor"
)

// limit is the longest that anything may take; everything fails before the test does.
const limit = 90 * time.Second

// zones and machines are the smallest preset's, with a node in reserve in each zone.
var zones = []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}

const nodesPerZone, cpu, memoryGiB = 2, 4, 16

// preset is the starter stack, and slug the one instance of it.
const preset, slug = "small", "main"

// shared is the control plane of all tests here. They run one after the other, each
// in namespaces of its own, and leave all nodes well.
var shared *cluster.Cluster

func TestMain(m *testing.M) {
	// A pod that is ready at once would hide what happens while none is.
	options := cluster.Options{PodStart: 2 * time.Second, PodStop: 500 * time.Millisecond}
	os.Exit(cluster.Run(m, options, func(ctx context.Context, c *cluster.Cluster) error {
		shared = c
		for _, zone := range zones {
			if err := c.AddNodes(ctx, zone, nodesPerZone, cpu, memoryGiB); err != nil {
				return err
			}
		}
		state, err := declared.Read(declared.Starter(preset))
		if err != nil {
			return err
		}
		return c.Apply(ctx, of("PriorityClass", state)...)
	}))
}

// of are the objects of a kind that the program declares.
func of(kind string, state *declared.State) []runtime.Object {
	return slices.DeleteFunc(state.Objects, func(object runtime.Object) bool {
		return object.GetObjectKind().GroupVersionKind().Kind != kind
	})
}

// replicas are the fewest that an autoscaler leaves of each workload.
func replicas(workload workloads.Workload) int32 {
	switch {
	case !workload.Replicated:
		return 1
	case workload.Name == workloads.LMS:
		return 3
	}
	return 2
}

// deploy brings an instance into a namespace of its own and waits until all of it runs.
func deploy(t *testing.T, namespace string, more ...runtime.Object) {
	t.Helper()
	ctx := t.Context()
	objects, err := tutor.Instance{ID: namespace, Namespace: namespace, Override: override(t)}.Objects()
	require.NoError(t, err)
	for _, object := range more {
		plain, plainErr := cluster.Plain(object)
		require.NoError(t, plainErr)
		plain.SetNamespace(namespace)
		objects = append(objects, plain)
	}
	shared.Namespace(t, namespace)
	require.NoError(t, shared.Apply(ctx, objects...))
	for _, workload := range workloads.All() {
		require.NoError(t, shared.Scale(ctx, namespace, workload.Name, replicas(workload)))
	}
	_, err = shared.RolledOut(ctx, namespace, limit)
	require.NoError(t, err)
}

// override is the patch k8s-override of the plugin that the program gives to Tutor.
func override(t *testing.T) string {
	t.Helper()
	patch, err := tutor.Override(declared.Load(t, declared.Starter(preset)).Plugin(t, slug))
	require.NoError(t, err)
	return patch
}

// budgets are those that the program declares.
func budgets(t *testing.T) []runtime.Object {
	t.Helper()
	all := of("PodDisruptionBudget", declared.Load(t, declared.Starter(preset)))
	require.NotEmpty(t, all)
	return all
}

// pods lists the pods of a workload.
func pods(t *testing.T, namespace, workload string) []cluster.Pod {
	t.Helper()
	pods, err := shared.Pods(t.Context(), namespace, workloads.NameLabel+"="+workload)
	require.NoError(t, err)
	return pods
}

// onlyIn tells whether all pods of a workload, as many as there should be, are ready in the zones.
func onlyIn(ctx context.Context, namespace string, workload workloads.Workload, zones ...string) (bool, error) {
	pods, err := shared.Pods(ctx, namespace, workloads.NameLabel+"="+workload.Name)
	if err != nil || len(pods) != int(replicas(workload)) {
		return false, err
	}
	return !slices.ContainsFunc(pods, func(pod cluster.Pod) bool { return !pod.Ready || !slices.Contains(zones, pod.Zone) }), nil
}

// allReady waits until every node answers again.
func allReady(t *testing.T) time.Duration {
	t.Helper()
	took, err := shared.Wait(t.Context(), "all nodes are ready", limit, func(ctx context.Context) (bool, error) {
		ready, err := shared.ReadyNodes(ctx, "")
		return len(ready) == nodesPerZone*len(zones), err
	})
	require.NoError(t, err)
	return took
}
