package whole

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// maker is what makes pods of a template.
type maker struct {
	kind, namespace, name string
	replicas              int64
	pods                  corev1.PodTemplateSpec
}

func (m maker) String() string { return m.kind + " " + m.namespace + "/" + m.name }

// templates is where each kind has the template of its pods.
var templates = map[string][]string{
	"Deployment": {"spec", "template"}, "DaemonSet": {"spec", "template"}, "StatefulSet": {"spec", "template"},
	"Job": {"spec", "template"}, "CronJob": {"spec", "jobTemplate", "spec", "template"},
}

// makersOf finds what makes pods among objects; those of Prometheus' operator are what
// the operator would make of them.
func makersOf(t *testing.T, namespace string, objects []*unstructured.Unstructured) []maker {
	t.Helper()
	var all []maker
	for _, object := range objects {
		if slices.Contains([]string{"Prometheus", "Alertmanager"}, object.GetKind()) {
			object = operated(t, object)
		}
		path, makes := templates[object.GetKind()]
		if !makes {
			continue
		}
		template, found, err := unstructured.NestedMap(object.Object, path...)
		require.NoError(t, err)
		require.True(t, found, object)
		m := maker{kind: object.GetKind(), namespace: cmp.Or(object.GetNamespace(), namespace), name: object.GetName(), replicas: 1}
		require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(template, &m.pods))
		if replicas, found, err := unstructured.NestedInt64(object.Object, "spec", "replicas"); found && err == nil {
			m.replicas = replicas
		}
		all = append(all, m)
	}
	return all
}

// operated is the StatefulSet that Prometheus' operator, which does not run here, makes
// of a Prometheus or an Alertmanager, with those labels of its pods by which they are spread:
// https://prometheus-operator.dev/docs/developer/testing-monitoring/
func operated(t *testing.T, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	var wanted struct {
		Spec struct {
			Replicas                  int32                             `json:"replicas"`
			PriorityClassName         string                            `json:"priorityClassName"`
			ServiceAccountName        string                            `json:"serviceAccountName"`
			Resources                 corev1.ResourceRequirements       `json:"resources"`
			Affinity                  *corev1.Affinity                  `json:"affinity"`
			TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints"`
			SecurityContext           *corev1.PodSecurityContext        `json:"securityContext"`
			NodeSelector              map[string]string                 `json:"nodeSelector"`
			Tolerations               []corev1.Toleration               `json:"tolerations"`
		} `json:"spec"`
	}
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &wanted))
	kind, spec := strings.ToLower(object.GetKind()), wanted.Spec
	labels := map[string]string{
		"app.kubernetes.io/name": kind, "app.kubernetes.io/instance": object.GetName(), kind: object.GetName(),
		"app.kubernetes.io/managed-by": "prometheus-operator",
	}
	set := &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{Name: kind + "-" + object.GetName(), Namespace: object.GetNamespace()},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &spec.Replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, PodManagementPolicy: appsv1.ParallelPodManagement,
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					PriorityClassName: spec.PriorityClassName, ServiceAccountName: spec.ServiceAccountName, Affinity: spec.Affinity,
					TopologySpreadConstraints: spec.TopologySpreadConstraints, SecurityContext: spec.SecurityContext,
					NodeSelector: spec.NodeSelector, Tolerations: spec.Tolerations,
					Containers: []corev1.Container{{Name: kind, Image: kind, Resources: spec.Resources}},
				},
			},
		},
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(set)
	require.NoError(t, err)
	delete(content, "status")
	return &unstructured.Unstructured{Object: content}
}

// addOns are all that makes pods of the add-ons.
func (p platform) addOns(t *testing.T) []maker {
	t.Helper()
	var all []maker
	for _, r := range p.releases {
		all = append(all, makersOf(t, r.Namespace, r.objects)...)
	}
	return all
}

// own are those of the program's own objects.
func (p platform) own(t *testing.T) []maker {
	t.Helper()
	var objects []*unstructured.Unstructured
	for _, object := range p.state.Objects {
		plain, ok := object.(*unstructured.Unstructured)
		require.True(t, ok)
		objects = append(objects, plain)
	}
	return makersOf(t, metav1.NamespaceDefault, objects)
}

// lacks says what a pod lacks that a full node, or a quota, would make it suffer from.
func lacks(pod corev1.PodSpec) []string {
	var missing []string
	if pod.PriorityClassName == "" {
		missing = append(missing, "a priority class")
	}
	for _, container := range slices.Concat(pod.InitContainers, pod.Containers) {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if container.Resources.Requests.Name(name, "").IsZero() {
				missing = append(missing, fmt.Sprintf("a request of %s for %s", name, container.Name))
			}
		}
		if container.Resources.Limits.Memory().IsZero() {
			missing = append(missing, "a limit of memory for "+container.Name)
		}
	}
	return missing
}

func TestWhatAPodLacksIsSaid(t *testing.T) {
	full := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1Gi")}
	one := corev1.Container{Name: "one", Resources: corev1.ResourceRequirements{Requests: full, Limits: full}}
	require.Empty(t, lacks(corev1.PodSpec{PriorityClassName: "some", Containers: []corev1.Container{one}}))
	require.Equal(t, []string{"a priority class", "a request of cpu for two", "a request of memory for two", "a limit of memory for two"},
		lacks(corev1.PodSpec{InitContainers: []corev1.Container{{Name: "two"}}, Containers: []corev1.Container{one}}))
}

// running waits until all pods of the makers run, and returns the zones of each maker's.
func running(t *testing.T, makers []maker) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	var waiting []string
	_, err := shared.Wait(t.Context(), "all pods of the add-ons run", limit, func(ctx context.Context) (bool, error) {
		waiting = nil
		for _, m := range makers {
			selector := metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: m.pods.Labels})
			pods, err := shared.Pods(ctx, m.namespace, selector)
			if err != nil {
				return false, err
			}
			want, err := m.wanted(ctx)
			if err != nil {
				return false, err
			}
			found[m.String()] = nil
			for _, pod := range pods {
				if pod.Ready {
					found[m.String()] = append(found[m.String()], pod.Zone)
				}
			}
			if len(found[m.String()]) != want {
				waiting = append(waiting, fmt.Sprintf("%s has %d of %d", m, len(found[m.String()]), want))
			}
		}
		return len(waiting) == 0, nil
	})
	require.NoError(t, err, strings.Join(append(waiting, why(t)...), "\n"))
	return found
}

// wanted is how many pods there should be: one for each node of a DaemonSet.
func (m maker) wanted(ctx context.Context) (int, error) {
	if m.kind != "DaemonSet" {
		return int(m.replicas), nil
	}
	nodes, err := shared.ReadyNodes(ctx, "")
	return len(nodes), err
}

// why is what the scheduler and the controllers say of pods that do not run.
func why(t *testing.T) []string {
	t.Helper()
	events, err := shared.Kubernetes.CoreV1().Events("").List(t.Context(), metav1.ListOptions{FieldSelector: "type=Warning"})
	require.NoError(t, err)
	var all []string
	for _, event := range events.Items {
		all = append(all, event.InvolvedObject.Kind+" "+event.InvolvedObject.Name+": "+event.Message)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// standIns makes what has no controller of its own here: what stands in for Prometheus' operator.
func standIns(t *testing.T, p platform) {
	t.Helper()
	for _, r := range p.releases {
		for _, object := range r.objects {
			if object.GetKind() == "Prometheus" || object.GetKind() == "Alertmanager" {
				require.NoError(t, shared.ApplyTo(t.Context(), r.Namespace, operated(t, object)))
			}
		}
	}
}

// distinct counts the zones that are not the same.
func distinct(zones []string) int {
	sorted := slices.Sorted(slices.Values(zones))
	return len(slices.Compact(sorted))
}
