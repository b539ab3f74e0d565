package scale

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/plan"
	"example.org/openedx/tests/cluster/declared"
	"example.org/openedx/tests/cluster/tutor"
)

// faster is what time is divided by in what is declared: a second here is a minute.
// Nothing else of it is changed, but that all idle nodes may go at once: Karpenter
// looks for the next ones every ten seconds, whatever it is told.
const faster = 60

// simulated is how the simulated provider makes nodes. It says of a machine that it
// has as much as its first pods ask for, where EC2 says what it has; a limit in CPUs
// would then hold for those pods, not for machines. The policy puts that right before
// Karpenter or anybody else reads it.
const simulated = `apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: simulated}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: whole-machines}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [nodes]}
      - {apiGroups: [karpenter.sh], apiVersions: [v1], operations: [UPDATE], resources: [nodeclaims/status]}
  matchConditions:
    - name: has-a-machine
      expression: "has(object.status) && has(object.status.capacity) && 'cpu' in object.status.capacity"
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
    - patchType: JSONPatch
      jsonPatch: {expression: '[JSONPatch{op: "replace", path: "/status/capacity/cpu", value: "%d"}]'}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: whole-machines}
spec: {policyName: whole-machines}
`

// object is a part of an object of Kubernetes.
type object = map[string]any

// kinds are what of the program's objects decides about pods and nodes.
var kinds = []string{
	"Namespace", "PriorityClass", "ResourceQuota", "LimitRange", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NodePool",
}

// deciding are the objects of those kinds.
func deciding(state *declared.State) []runtime.Object {
	return slices.DeleteFunc(state.Objects, func(object runtime.Object) bool {
		return !slices.Contains(kinds, object.GetObjectKind().GroupVersionKind().Kind)
	})
}

// preferences is how the program has Karpenter take what pods would only like.
func preferences(t *testing.T, state *declared.State) string {
	t.Helper()
	at := slices.IndexFunc(state.Releases, func(r declared.Release) bool { return r.Name == "karpenter" })
	require.GreaterOrEqual(t, at, 0)
	policy, found, err := unstructured.NestedString(state.Releases[at].Values, "settings", "preferencePolicy")
	require.NoError(t, err)
	require.True(t, found)
	// https://karpenter.sh/v1.14/reference/settings/
	return "PREFERENCE_POLICY=" + policy
}

// openedx is what Tutor deploys for an instance.
func openedx(t *testing.T, state *declared.State, instance plan.Instance) []runtime.Object {
	t.Helper()
	override, err := tutor.Override(state.Plugin(t, instance.Slug))
	require.NoError(t, err)
	objects, err := tutor.Instance{ID: instance.Slug, Namespace: home(instance), Override: override}.Objects()
	require.NoError(t, err)
	return objects
}

// hurried divides the time in what is declared, and hands the nodes to the simulated
// provider.
func hurried(t *testing.T, objects []runtime.Object) []runtime.Object {
	t.Helper()
	for _, one := range objects {
		plain, ok := one.(*unstructured.Unstructured)
		require.True(t, ok)
		switch plain.GetKind() {
		case "HorizontalPodAutoscaler":
			for _, direction := range []string{"scaleUp", "scaleDown"} {
				hurryRules(t, plain, direction)
			}
		case "NodePool":
			hurryPool(t, plain)
		}
	}
	return objects
}

func hurryRules(t *testing.T, autoscaler *unstructured.Unstructured, direction string) {
	t.Helper()
	rules, found, err := unstructured.NestedMap(autoscaler.Object, "spec", "behavior", direction)
	require.NoError(t, err)
	require.True(t, found, direction)
	shorten := func(from object, key string, least int64) {
		seconds, found, err := unstructured.NestedInt64(from, key)
		require.NoError(t, err)
		require.True(t, found, key)
		from[key] = max(least, seconds/faster)
	}
	shorten(rules, "stabilizationWindowSeconds", 0)
	policies, ok := rules["policies"].([]any)
	require.True(t, ok)
	for _, policy := range policies {
		one, ok := policy.(object)
		require.True(t, ok)
		shorten(one, "periodSeconds", 1)
	}
	require.NoError(t, unstructured.SetNestedMap(autoscaler.Object, rules, "spec", "behavior", direction))
}

func hurryPool(t *testing.T, pool *unstructured.Unstructured) {
	t.Helper()
	text, found, err := unstructured.NestedString(pool.Object, "spec", "disruption", "consolidateAfter")
	require.NoError(t, err)
	require.True(t, found)
	idle, err := time.ParseDuration(text)
	require.NoError(t, err)
	for path, value := range map[string]any{
		"disruption.consolidateAfter": (idle / faster).String(),
		"disruption.budgets":          []any{object{"nodes": "100%"}},
		"template.spec.nodeClassRef":  object{"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "simulated"},
	} {
		require.NoError(t, unstructured.SetNestedField(pool.Object, value, append([]string{"spec"}, strings.Split(path, ".")...)...))
	}
}

// bounds are the pods that an autoscaler chooses among.
type bounds struct{ fewest, most int32 }

// boundsOf reads them from what is declared, by namespace and workload.
func boundsOf(t *testing.T, objects []runtime.Object) map[workload]bounds {
	t.Helper()
	all := map[workload]bounds{}
	for _, one := range objects {
		plain, ok := one.(*unstructured.Unstructured)
		require.True(t, ok)
		if plain.GetKind() != "HorizontalPodAutoscaler" {
			continue
		}
		var spec struct {
			ScaleTargetRef           struct{ Name string }
			MinReplicas, MaxReplicas int32
		}
		text, err := json.Marshal(plain.Object["spec"])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &spec))
		all[workload{plain.GetNamespace(), spec.ScaleTargetRef.Name}] = bounds{spec.MinReplicas, spec.MaxReplicas}
	}
	return all
}
