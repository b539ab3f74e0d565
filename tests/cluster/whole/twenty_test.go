package whole

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/cluster/declared"
	"example.org/openedx/tests/cluster/tutor"
)

const (
	many = 20
	// manyNodes are as many as hold all instances at their fewest and two of them at
	// their most: one instance alone may take half of the preset's.
	manyNodes = 45
)

// schools is a campus with many instances in one cluster.
func schools() declared.Stack {
	all := map[string]any{}
	for n := range many {
		all[slug(n)] = map[string]any{"slot": n, "lms": slug(n) + ".campus.example.org"}
	}
	return declared.Starter("medium").With(map[string]any{
		"openedx:instances": all, "openedx:overrides": map[string]any{"nodes": map[string]any{"max": manyNodes}},
	})
}

func slug(n int) string { return fmt.Sprintf("school%02d", n+1) }

func namespace(slug string) string { return "instance-" + slug }

func TestTwentyInstancesShareAClusterAndNoneStarvesAnother(t *testing.T) {
	p := load(t, schools())
	clearAll(t)
	shares := p.without(many).install(t)
	began := time.Now()
	for n := range many {
		objects := p.of(slug(n))
		require.Len(t, objects, len(p.of(slug(0))), "every instance is made of the same objects")
		require.Greater(t, len(objects), 15)
		require.NoError(t, shared.Apply(t.Context(), objects...))
	}
	t.Logf("%d instances of %d API objects each, applied in %.2f s each, beside the %d objects that all share",
		many, len(p.of(slug(0))), time.Since(began).Seconds()/many, shares)

	// The most, which Karpenter would order.
	p.nodes(t, manyNodes)
	began = time.Now()
	for n := range many {
		p.deploy(t, slug(n))
	}
	for n := range many {
		require.NoError(t, p.atLeast(t, slug(n), p.bounds(t, slug(n), fewest)))
	}
	t.Logf("all pods of %d instances, at their fewest, run after %.1f s", many, time.Since(began).Seconds())

	greedy, modest := slug(0), slug(1)
	p.grab(t, greedy, 400)
	began = time.Now()
	for workload, most := range p.bounds(t, modest, most) {
		require.NoError(t, shared.Scale(t.Context(), namespace(modest), workload, int32(most)))
	}
	require.NoError(t, p.atLeast(t, modest, p.bounds(t, modest, most)))
	used := bounded(t, greedy)
	t.Logf("one instance asks for 400 pods of each kind and holds %s; another has its most after %.1f s", used, time.Since(began).Seconds())
}

// of are the objects of an instance: those in its namespace, and what else is its own.
func (p platform) of(slug string) []runtime.Object {
	return slices.DeleteFunc(slices.Clone(p.state.Objects), func(object runtime.Object) bool { return !belongs(object, slug) })
}

// without is the platform less the first instances.
func (p platform) without(instances int) platform {
	state := *p.state
	for n := range instances {
		state.Objects = slices.DeleteFunc(slices.Clone(state.Objects), func(object runtime.Object) bool { return belongs(object, slug(n)) })
	}
	return platform{state: &state, releases: p.releases}
}

func belongs(object runtime.Object, slug string) bool {
	plain, ok := object.(*unstructured.Unstructured)
	return ok && (plain.GetNamespace() == namespace(slug) || plain.GetName() == namespace(slug) || plain.GetLabels()[tags.Instance] == slug)
}

// deploy brings in what Tutor would, with the patches of the plugin that the program hands over.
func (p platform) deploy(t *testing.T, slug string) {
	t.Helper()
	override, err := tutor.Override(p.state.Plugin(t, slug))
	require.NoError(t, err)
	objects, err := tutor.Instance{ID: slug, Namespace: namespace(slug), Override: override}.Objects()
	require.NoError(t, err)
	require.NoError(t, shared.Apply(t.Context(), objects...))
	for workload, replicas := range p.bounds(t, slug, fewest) {
		require.NoError(t, shared.Scale(t.Context(), namespace(slug), workload, int32(replicas)))
	}
}

// The bounds of an autoscaler, by what it is called in the two kinds.
var (
	fewest = map[string]string{"HorizontalPodAutoscaler": "minReplicas", "ScaledObject": "minReplicaCount"}
	most   = map[string]string{"HorizontalPodAutoscaler": "maxReplicas", "ScaledObject": "maxReplicaCount"}
)

// bounds are the replicas that the instance's autoscalers give each workload.
func (p platform) bounds(t *testing.T, slug string, bound map[string]string) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for _, object := range p.of(slug) {
		plain, ok := object.(*unstructured.Unstructured)
		require.True(t, ok)
		field, scales := bound[plain.GetKind()]
		if !scales {
			continue
		}
		workload, _, err := unstructured.NestedString(plain.Object, "spec", "scaleTargetRef", "name")
		require.NoError(t, err)
		replicas, ok, err := unstructured.NestedInt64(plain.Object, "spec", field)
		require.NoError(t, err)
		require.True(t, ok, "%s of %s", field, plain.GetName())
		found[workload] = replicas
	}
	require.Len(t, found, 6)
	return found
}

// atLeast waits until so many pods of each workload are ready.
func (p platform) atLeast(t *testing.T, slug string, want map[string]int64) error {
	t.Helper()
	var missing []string
	_, err := shared.Wait(t.Context(), "the pods of "+slug+" run", limit, func(ctx context.Context) (bool, error) {
		list, err := shared.Kubernetes.AppsV1().Deployments(namespace(slug)).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		missing = nil
		for _, d := range list.Items {
			if int64(d.Status.ReadyReplicas) < max(1, want[d.Name]) {
				missing = append(missing, fmt.Sprintf("%s has %d of %d", d.Name, d.Status.ReadyReplicas, max(1, want[d.Name])))
			}
		}
		return len(missing) == 0 && len(list.Items) > len(want), nil
	})
	if err != nil {
		return fmt.Errorf("%w: %v\n%s", err, missing, strings.Join(why(t), "\n"))
	}
	return nil
}

// grab takes an instance's autoscalers away and has it ask for hundreds of pods.
func (p platform) grab(t *testing.T, slug string, replicas int32) {
	t.Helper()
	scalers := shared.Kubernetes.AutoscalingV2().HorizontalPodAutoscalers(namespace(slug))
	require.NoError(t, scalers.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}))
	for workload := range p.bounds(t, slug, most) {
		require.NoError(t, shared.Scale(t.Context(), namespace(slug), workload, replicas))
	}
	_, err := shared.Wait(t.Context(), "the quota of "+slug+" refuses pods", limit, func(ctx context.Context) (bool, error) {
		events, err := shared.Kubernetes.CoreV1().Events(namespace(slug)).List(ctx, metav1.ListOptions{})
		return err == nil && slices.ContainsFunc(events.Items, func(event corev1.Event) bool {
			return strings.Contains(event.Message, "exceeded quota")
		}), err
	})
	require.NoError(t, err)
}

// bounded makes sure that no quota of an instance is exceeded, and returns what it uses.
func bounded(t *testing.T, slug string) string {
	t.Helper()
	quotas, err := shared.Kubernetes.CoreV1().ResourceQuotas(namespace(slug)).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.NotEmpty(t, quotas.Items)
	var used []string
	for _, quota := range quotas.Items {
		for name, hard := range quota.Status.Hard {
			now := quota.Status.Used[name]
			require.LessOrEqual(t, now.Cmp(hard), 0, "%s of %s: %s of %s", name, slug, now.String(), hard.String())
			used = append(used, fmt.Sprintf("%s %s of %s", name, now.String(), hard.String()))
		}
	}
	slices.Sort(used)
	return strings.Join(used, ", ")
}

func TestTwoInstancesWithTheSameHostAreRefused(t *testing.T) {
	for name, instances := range map[string]map[string]any{
		"both for learners": {
			"main":  map[string]any{"slot": 0, "lms": "learn.campus.example.org"},
			"staff": map[string]any{"slot": 1, "lms": "learn.campus.example.org"},
		},
		"learners and authors": {
			"main":  map[string]any{"slot": 0, "lms": "learn.campus.example.org"},
			"staff": map[string]any{"slot": 1, "lms": "staff.campus.example.org", "studio": "learn.campus.example.org"},
		},
		"one host is made of the other's": {
			"main":  map[string]any{"slot": 0, "lms": "learn.campus.example.org"},
			"staff": map[string]any{"slot": 1, "lms": "studio.learn.campus.example.org"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, printed, err := declared.Refused(t.Context(), declared.Starter("medium").With(map[string]any{"openedx:instances": instances}))
			require.NoError(t, err)
			require.NotZero(t, status, printed)
			require.Contains(t, strings.ToLower(printed), "is already the host of")
			require.Contains(t, printed, "main")
			require.Contains(t, printed, "staff")
			require.NotContains(t, printed, "kubernetes:", "something was made all the same")
		})
	}
}
