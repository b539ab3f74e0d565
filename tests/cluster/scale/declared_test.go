package scale

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/workloads"
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

// preferences tells Karpenter to let the scheduler alone see to what pods would only
// like. By default it counts ScheduleAnyway as a must: pods that would like to be on
// many nodes then get a node each, as long as there may be more, and keep it.
// https://karpenter.sh/v1.14/reference/settings/
const preferences = "PREFERENCE_POLICY=Ignore"

// object is a part of an object of Kubernetes.
type object = map[string]any

// declared is what the program declares for autoscaling: by instance, and of nodes.
func declared(t *testing.T, p plan.Plan) []runtime.Object {
	t.Helper()
	var all []runtime.Object
	add := func(content object) { all = append(all, &unstructured.Unstructured{Object: content}) }
	for i, name := range []string{workloads.WorkerPriority, workloads.WebPriority, workloads.PlatformPriority} {
		add(object{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": object{"name": name}, "value": int64(1000 * (i + 1))})
	}
	for _, instance := range p.Instances {
		namespace := home(instance)
		add(object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": namespace}})
		for _, pods := range instance.Pods {
			workload, ok := workloads.Find(pods.Workload)
			require.True(t, ok)
			if !workload.Replicated {
				continue
			}
			metadata := object{"name": workload.Name, "namespace": namespace}
			add(object{"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": autoscaler(workload, pods)})
			add(object{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget(workload)})
		}
	}
	add(object{"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": object{"name": "on-demand"}, "spec": pool(p.Cluster.Nodes)})
	return all
}

func autoscaler(workload workloads.Workload, pods workloads.Pods) object {
	rest := 300
	if !workload.Web() {
		rest = 600
	}
	pace := func(kind string, value, seconds int) object {
		return object{"type": kind, "value": int64(value), "periodSeconds": int64(seconds)}
	}
	return object{
		"scaleTargetRef": object{"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.Name},
		"minReplicas":    int64(pods.Min), "maxReplicas": int64(pods.Max),
		"metrics": []any{object{"type": "Resource", "resource": object{
			"name": "cpu", "target": object{"type": "Utilization", "averageUtilization": int64(workloads.Target)},
		}}},
		"behavior": object{
			"scaleUp": object{
				"stabilizationWindowSeconds": int64(0), "selectPolicy": "Max",
				"policies": []any{pace("Percent", 100, 30), pace("Pods", 4, 30)},
			},
			"scaleDown": object{
				"stabilizationWindowSeconds": int64(rest), "selectPolicy": "Max",
				"policies": []any{pace("Percent", 25, 60), pace("Pods", 1, 60)},
			},
		},
	}
}

func budget(workload workloads.Workload) object {
	spec := object{
		"selector":                   object{"matchLabels": object{workloads.PartLabel: workloads.Part, workloads.NameLabel: workload.Name}},
		"unhealthyPodEvictionPolicy": "AlwaysAllow",
	}
	if workload.Web() {
		spec["minAvailable"] = "50%"
	} else {
		spec["maxUnavailable"] = "50%"
	}
	return spec
}

func pool(nodes plan.Nodes) object {
	among := func(key string, values ...string) object {
		list := make([]any, len(values))
		for i, value := range values {
			list[i] = value
		}
		return object{"key": key, "operator": "In", "values": list}
	}
	most := nodes.Pools(false).OnDemand
	return object{
		"template": object{"spec": object{
			"nodeClassRef": object{"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "standard"},
			"requirements": []any{
				among("karpenter.sh/capacity-type", "on-demand"), among(corev1.LabelArchStable, "amd64"), among(corev1.LabelOSStable, "linux"),
				among(corev1.LabelInstanceTypeStable, nodes.Machines...),
			},
			"expireAfter": "720h", "terminationGracePeriod": "4h",
		}},
		// By nodes alone there would be more of them: Karpenter 1.14 does not count those
		// that it is about to order. All machines are of one size, so that CPUs are nodes.
		// https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/controllers/provisioning/scheduling/scheduler.go
		"limits": object{"nodes": fmt.Sprint(most), "cpu": fmt.Sprint(most * machines[nodes.Machine].cpu)},
		"disruption": object{
			"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": fmt.Sprintf("%dm", nodes.IdleMinutes),
			"budgets": []any{object{"nodes": "10%"}},
		},
	}
}

// override is what the plugin merges into Tutor's Deployments.
func override(t *testing.T, instance plan.Instance) string {
	t.Helper()
	var text strings.Builder
	for _, pods := range instance.Pods {
		workload, ok := workloads.Find(pods.Workload)
		require.True(t, ok)
		spec := object{"containers": []object{{"name": workload.Name, "resources": corev1.ResourceRequirements{Requests: requests(pods.CPU, pods.Memory)}}}}
		spec["priorityClassName"] = workload.Priority
		if workload.Replicated {
			spec["topologySpreadConstraints"] = []object{
				spread(workload, corev1.LabelTopologyZone, zones(workload)), spread(workload, corev1.LabelHostname, "ScheduleAnyway"),
			}
		}
		patch, err := yaml.Marshal(object{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": workload.Name},
			"spec": object{"template": object{"spec": spec}},
		})
		require.NoError(t, err)
		text.WriteString("---\n" + string(patch))
	}
	return text.String()
}

// zones is whether the pods of a workload rather wait than be unequally spread over
// the zones. Workers may not wait: the smallest preset has two nodes for what three
// zones lack, and if both are in other zones, a worker that has to be in the third
// waits there for ever. What people wait for finds its place, since workers give way.
func zones(workload workloads.Workload) string {
	if workload.Web() {
		return "DoNotSchedule"
	}
	return "ScheduleAnyway"
}

func spread(workload workloads.Workload, key, otherwise string) object {
	return object{
		"topologyKey": key, "whenUnsatisfiable": otherwise, "maxSkew": 1, "nodeTaintsPolicy": "Honor",
		"labelSelector":  metav1.LabelSelector{MatchLabels: map[string]string{workloads.NameLabel: workload.Name}},
		"matchLabelKeys": []string{"pod-template-hash"},
	}
}

// openedx is what Tutor deploys for an instance.
func openedx(t *testing.T, instance plan.Instance) []runtime.Object {
	t.Helper()
	objects, err := tutor.Instance{ID: instance.Slug, Namespace: home(instance), Override: override(t, instance)}.Objects()
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
