package heal

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/cluster"
)

func TestAPodThatIsKilledComesBack(t *testing.T) {
	const namespace = "pod-killed"
	deploy(t, namespace)
	victims := map[string]string{}
	for _, workload := range workloads.All() {
		victim := pods(t, namespace, workload.Name)[0].Name
		now := metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}
		require.NoError(t, shared.Kubernetes.CoreV1().Pods(namespace).Delete(t.Context(), victim, now))
		victims[workload.Name] = victim
	}
	began := time.Now()
	for _, workload := range workloads.All() {
		_, err := shared.Wait(t.Context(), workload.Name+" has all its pods, without the one that was killed", limit, func(ctx context.Context) (bool, error) {
			now, err := shared.Pods(ctx, namespace, workloads.NameLabel+"="+workload.Name)
			if err != nil || len(now) != int(replicas(workload)) {
				return false, err
			}
			return !slices.ContainsFunc(now, func(pod cluster.Pod) bool { return !pod.Ready || pod.Name == victims[workload.Name] }), nil
		})
		require.NoError(t, err)
	}
	t.Logf("a pod of each of %d workloads was killed, and all are ready after %.1f s", len(victims), time.Since(began).Seconds())
}

func TestThePodsOfANodeThatStopsRunElsewhere(t *testing.T) {
	const namespace = "node-stopped"
	ctx := t.Context()
	deploy(t, namespace)
	victim := pods(t, namespace, workloads.Meilisearch)[0].Node
	before := onNode(t, namespace, victim)
	require.Greater(t, before, 1, "pods on the node that stops")

	require.NoError(t, shared.StopNode(ctx, victim))
	began := time.Now()
	lost, err := shared.Wait(ctx, "the node counts as lost", limit, func(ctx context.Context) (bool, error) {
		ready, err := shared.ReadyNodes(ctx, "")
		return !slices.Contains(ready, victim), err
	})
	require.NoError(t, err)
	// Meilisearch, too: its volume can be used anywhere in the zone, which has a second node.
	_, err = shared.Wait(ctx, "all pods run on other nodes", limit, func(ctx context.Context) (bool, error) {
		for _, workload := range workloads.All() {
			well, listErr := onlyIn(ctx, namespace, workload, zones...)
			if listErr != nil || !well {
				return false, listErr
			}
		}
		return true, nil
	})
	require.NoError(t, err)
	require.Zero(t, onNode(t, namespace, victim))
	report(t, "node", lost, time.Since(began), 1)

	require.NoError(t, shared.StartNode(ctx, victim))
	t.Logf("the node is ready %.1f s after it started again", allReady(t).Seconds())
}

// onNode counts the pods on a node that have not been told to end.
func onNode(t *testing.T, namespace, node string) int {
	t.Helper()
	all, err := shared.Pods(t.Context(), namespace, "")
	require.NoError(t, err)
	count := 0
	for _, pod := range all {
		if pod.Node == node {
			count++
		}
	}
	return count
}

func TestALostZoneIsMadeUpForByTheOthersAndUsedAgainWhenItReturns(t *testing.T) {
	const namespace = "zone-lost"
	ctx := t.Context()
	deploy(t, namespace)
	for _, workload := range workloads.All() {
		used := map[string]bool{}
		for _, pod := range pods(t, namespace, workload.Name) {
			used[pod.Zone] = true
		}
		require.Len(t, used, min(len(zones), int(replicas(workload))), "zones that %s is in", workload.Name)
	}
	victim := pods(t, namespace, workloads.Meilisearch)[0].Zone
	others := slices.DeleteFunc(slices.Clone(zones), func(zone string) bool { return zone == victim })

	require.NoError(t, shared.KillZone(victim))
	began := time.Now()
	lost, err := shared.Wait(ctx, "the zone's nodes count as lost", limit, func(ctx context.Context) (bool, error) {
		ready, err := shared.ReadyNodes(ctx, victim)
		return len(ready) == 0, err
	})
	require.NoError(t, err)
	for _, workload := range workloads.All() {
		if !workload.Replicated {
			continue
		}
		_, err = shared.Wait(ctx, "all replicas of "+workload.Name+" are ready in the other zones", limit, func(ctx context.Context) (bool, error) {
			return onlyIn(ctx, namespace, workload, others...)
		})
		require.NoError(t, err)
	}
	report(t, "zone", lost, time.Since(began), nodesPerZone)
	// A volume of one zone is nowhere else: its pod waits, and is not lost.
	waiting := pods(t, namespace, workloads.Meilisearch)
	require.Len(t, waiting, 1)
	require.Empty(t, waiting[0].Node, "where the pod with a volume in the lost zone runs")

	require.NoError(t, shared.ReturnZone(victim))
	t.Logf("the zone's nodes are ready %.1f s after it returned", allReady(t).Seconds())
	took, err := shared.RolledOut(ctx, namespace, limit)
	require.NoError(t, err)
	t.Logf("everything runs %.1f s after that, Meilisearch in its zone again", took.Seconds())
	require.Equal(t, victim, pods(t, namespace, workloads.Meilisearch)[0].Zone)
	uses(t, namespace, victim)
}

// uses asks for more pods and sees that a zone that has returned gets its share.
func uses(t *testing.T, namespace, zone string) {
	t.Helper()
	const more = 6
	require.NoError(t, shared.Scale(t.Context(), namespace, workloads.LMS, more))
	_, err := shared.RolledOut(t.Context(), namespace, limit)
	require.NoError(t, err)
	share := 0
	for _, pod := range pods(t, namespace, workloads.LMS) {
		if pod.Zone == zone {
			share++
		}
	}
	require.Equal(t, more/len(zones), share, "pods of lms in the zone that has returned")
}

// report prints what was measured, and what Kubernetes' own time-outs would make of it.
func report(t *testing.T, what string, lost, all time.Duration, nodes int) {
	t.Helper()
	rest := all - cluster.Fast.Until(nodes)
	t.Logf("the %s counts as lost after %.1f s, and all replicas are ready elsewhere after %.1f s", what, lost.Seconds(), all.Seconds())
	t.Logf("with Kubernetes' own time-outs (%v until it counts as lost, %v of patience, and a node each %.0f s) it would be about %.0f s, and for a zone of 34 nodes %.0f s",
		cluster.Defaults.Grace, cluster.Defaults.Toleration, 1/cluster.Defaults.Rate,
		(cluster.Defaults.Until(nodes) + rest).Seconds(), (cluster.Defaults.Until(34) + rest).Seconds())
	require.Less(t, all, cluster.Fast.Until(nodes)+15*time.Second)
}

func TestDrainingEveryNodeLeavesAReadyReplicaOfWhatPeopleWaitFor(t *testing.T) {
	const kept, careless = "drained", "drained-without-budgets"
	ctx := t.Context()
	deploy(t, kept, budgets(t)...)
	deploy(t, careless)
	watch, err := shared.Watch(ctx, kept, workloads.NameLabel)
	require.NoError(t, err)
	nodes, err := shared.ReadyNodes(ctx, "")
	require.NoError(t, err)
	began := time.Now()
	for _, name := range nodes {
		drain(t, name)
	}
	t.Logf("%d nodes drained in %.1f s", len(nodes), time.Since(began).Seconds())

	// Worse than any operator does: all nodes with a pod of lms at once. Without budgets
	// that ends the service, which also shows that the watch sees it when it happens.
	control, err := shared.Watch(ctx, careless, workloads.NameLabel)
	require.NoError(t, err)
	drain(t, nodesOf(t, workloads.LMS, kept, careless)...)
	fewest, events, err := watch.Stop(ctx)
	require.NoError(t, err)
	t.Logf("fewest ready at any of %d moments: %v", events, fewest)
	without, _, err := control.Stop(ctx)
	require.NoError(t, err)
	require.Zero(t, without[workloads.LMS], "ready pods of lms without a budget")
	for _, workload := range workloads.All() {
		if workload.Web() {
			require.GreaterOrEqual(t, fewest[workload.Name], 1, "ready pods of %s", workload.Name)
		}
	}
}

// nodesOf lists the nodes with pods of a workload in the namespaces.
func nodesOf(t *testing.T, workload string, namespaces ...string) []string {
	t.Helper()
	var nodes []string
	for _, namespace := range namespaces {
		for _, pod := range pods(t, namespace, workload) {
			nodes = append(nodes, pod.Node)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// drain empties nodes, all at once, and lets them be used again.
func drain(t *testing.T, nodes ...string) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	for _, name := range nodes {
		// One kubectl would take its nodes one after the other.
		group.Go(func() error {
			_, err := shared.Kubectl(ctx, "drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s")
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, name := range nodes {
		left, err := shared.Kubernetes.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{FieldSelector: "spec.nodeName=" + name})
		require.NoError(t, err)
		require.Empty(t, left.Items, "pods on %s, which is drained", name)
	}
	_, err := shared.Kubectl(t.Context(), append([]string{"uncordon"}, nodes...)...)
	require.NoError(t, err)
}
