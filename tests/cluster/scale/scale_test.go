package scale

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/cluster"
	"example.org/openedx/tests/cluster/declared"
)

// limit is the longest that anything may take, several times what it does.
const limit = 6 * time.Minute

func TestPodsAndThenNodesFollowTheLoadToTheMostAndBackToTheFewest(t *testing.T) {
	for _, preset := range config.Presets() {
		t.Run(string(preset), func(t *testing.T) {
			t.Parallel()
			begin(t, preset).rise()
		})
	}
}

// trial is a stack under load.
type trial struct {
	*testing.T
	plan   plan.Plan
	seen   *sight
	load   *load
	bounds map[workload]bounds
}

// begin brings the stack to rest, at its fewest pods and nodes.
func begin(t *testing.T, preset config.Preset) *trial {
	t.Helper()
	ctx := t.Context()
	p, state := planned(t, preset), declared.Load(t, withoutQueues(preset))
	c := cluster.Start(t, cluster.Options{Grace: cluster.Defaults.Grace, Karpenter: []string{preferences(t, state)}})
	require.NoError(t, startNodes(ctx, c, p))
	require.NoError(t, c.StartMetrics(ctx))
	require.NoError(t, startKarpenter(ctx, c, p))
	objects := hurried(t, deciding(state))
	require.NoError(t, c.Apply(ctx, objects...))
	for _, instance := range p.Instances {
		require.NoError(t, c.Apply(ctx, openedx(t, state, instance)...))
	}
	seen := look(ctx, t, c)
	trial := &trial{T: t, plan: p, seen: seen, load: &load{seen: seen}, bounds: boundsOf(t, objects)}
	trial.follow()
	return trial
}

// follow shares out the load until the test ends.
func (t *trial) follow() {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var group errgroup.Group
	group.Go(func() error { return t.load.follow(ctx) })
	t.Cleanup(func() {
		stop()
		require.NoError(t, group.Wait())
	})
}

// rise is the whole of it: from the fewest to the most, to all nodes that there may
// be, and back.
func (t *trial) rise() {
	nodes := t.plan.Cluster.Nodes
	fewest := func(b bounds) int32 { return b.fewest }
	most := func(b bounds) int32 { return b.most }

	t.load.set(t.loadFor(fewest, 0.5))
	t.await("the fewest pods on the fewest nodes", fewest, func(count int) bool { return count == nodes.Min })
	atRest := t.seen.running()

	began := time.Now()
	t.load.set(t.loadFor(most, 1.3))
	t.await("the most pods, on more nodes", most, func(count int) bool { return count > nodes.Min && count <= nodes.Max })
	up, loaded := time.Since(began), t.seen.running()
	used, _ := t.seen.count()

	waiting, full := t.fill()

	began = time.Now()
	t.load.set(t.loadFor(fewest, 0.5))
	t.empty()
	t.await("the fewest pods on the fewest nodes, again", fewest, func(count int) bool { return count == nodes.Min })
	down := time.Since(began)
	_, peak := t.seen.count()
	require.Equal(t, nodes.Max, peak, "the most nodes at any moment")
	t.Logf("time in autoscalers and node pools is divided by %d, and all idle nodes may go at once; all else is as declared", faster)
	t.Logf("%s: %d nodes and %d pods at rest; under load %d nodes and %d pods after %.0f s; all %d nodes %.0f s after more was asked for than they hold, "+
		"with %d pods left waiting; without load %d nodes and %d pods after %.0f s",
		t.plan.Preset, nodes.Min, atRest, used, loaded, up.Seconds(), nodes.Max, full.Seconds(), waiting, nodes.Min, t.seen.running(), down.Seconds())
}

// loadFor is the load that takes a share of what so many pods should be used.
func (t *trial) loadFor(pods func(bounds) int32, share float64) map[workload]int64 {
	total := map[workload]int64{}
	for _, instance := range t.plan.Instances {
		for _, p := range instance.Pods {
			one := workload{home(instance), p.Workload}
			total[one] = int64(float64(pods(t.bounds[one])) * float64(p.CPU) * workloads.Target / 100 * share)
		}
	}
	return total
}

// await waits until all autoscalers have so many pods, all of them ready, and as many
// nodes as are right.
func (t *trial) await(what string, pods func(bounds) int32, right func(nodes int) bool) {
	t.Helper()
	wanted := map[workload]int32{}
	for one, b := range t.bounds {
		wanted[one] = pods(b)
	}
	var missing string
	_, err := t.seen.cluster.Wait(t.Context(), what, limit, func(context.Context) (bool, error) {
		now, err := t.count()
		if err != nil {
			return false, err
		}
		missing, err = t.seen.missing(wanted)
		if !right(now) {
			missing += fmt.Sprintf("\n%d nodes", now)
		}
		return missing == "", err
	})
	require.NoError(t, err, missing)
}

// count is how many nodes there are, and an error if there ever were too many.
func (t *trial) count() (int, error) {
	now, most := t.seen.count()
	if most > t.plan.Cluster.Nodes.Max {
		return now, fmt.Errorf("there were %d nodes, and %d are the most", most, t.plan.Cluster.Nodes.Max)
	}
	return now, nil
}

// visitors is something that asks for whole nodes, more of them than there may be.
const visitors = "visitors"

// fill asks for more nodes than there may be. All there may be come, and the pods that
// want others wait, without harm to those that run. It returns how many wait.
func (t *trial) fill() (waiting int, took time.Duration) {
	ctx, c, nodes := t.Context(), t.seen.cluster, t.plan.Cluster.Nodes
	marks := map[string]string{"app": visitors}
	before := t.seen.running()
	require.NoError(t, c.Apply(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: visitors, Namespace: metav1.NamespaceDefault},
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(nodes.Max)),
			Selector: &metav1.LabelSelector{MatchLabels: marks},
			// They are to ask for nodes, and to take no worker's place.
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: marks}, Spec: corev1.PodSpec{
				PriorityClassName: workloads.WorkerPriority,
				Containers: []corev1.Container{{
					Name: visitors, Image: visitors,
					Resources: corev1.ResourceRequirements{Requests: requests(1000*(machines[nodes.Machine].cpu-1), 1024)},
				}},
			}},
		},
	}))
	took, err := c.Wait(ctx, "all nodes are there, and Karpenter says that there may be no more", limit, func(ctx context.Context) (bool, error) {
		now, err := t.count()
		if err != nil || now != nodes.Max {
			return false, err
		}
		return t.refused(ctx)
	})
	require.NoError(t, err)
	for _, pod := range t.seen.pods(labels.SelectorFromSet(marks)) {
		if pod.Spec.NodeName == "" {
			waiting++
		}
	}
	require.Positive(t, waiting, "pods without a node")
	require.Equal(t, before, t.seen.running(), "pods of instances that are ready")
	return waiting, took
}

// refused tells whether Karpenter has said of a pod that its nodes are all there.
func (t *trial) refused(ctx context.Context) (bool, error) {
	events, err := t.seen.cluster.Kubernetes.CoreV1().Events(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{FieldSelector: "reason=FailedScheduling"})
	if err != nil {
		return false, err
	}
	for _, event := range events.Items {
		if event.Source.Component == "karpenter" && strings.Contains(event.Message, "limits") {
			return true, nil
		}
	}
	return false, nil
}

// empty takes away what fill has asked for.
func (t *trial) empty() {
	require.NoError(t, t.seen.cluster.Kubernetes.AppsV1().Deployments(metav1.NamespaceDefault).Delete(t.Context(), visitors, metav1.DeleteOptions{}))
}
