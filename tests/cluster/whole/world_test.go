// Package whole puts all that the program declares for a stack before a real API
// server: its own objects, and what Helm makes of its charts. It needs bin/ with
// bin/k8s, which make builds.
package whole

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/cluster/charts"
	"example.org/openedx/tests/cluster/cluster"
	"example.org/openedx/tests/cluster/declared"
)

// limit is the longest that anything may take.
const limit = 90 * time.Second

// shared is the control plane of all tests here. They run one after the other, and
// clear it before they use it.
var shared *cluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(m, cluster.Options{}, func(_ context.Context, c *cluster.Cluster) error {
		shared = c
		return nil
	}))
}

// platform is a stack as the cluster sees it.
type platform struct {
	state *declared.State
	// releases are what Helm makes of the charts, in the order in which they are installed.
	releases []release
}

type release struct {
	declared.Release
	objects []*unstructured.Unstructured
}

// loaded are the stacks that tests have asked for.
var loaded = map[string]platform{}

// load runs the program and renders its charts, once for each stack: what it returns
// is to be read only.
func load(t *testing.T, stack declared.Stack) platform {
	t.Helper()
	key := fmt.Sprint(stack)
	if _, known := loaded[key]; !known {
		loaded[key] = render(t, declared.Load(t, stack))
	}
	return loaded[key]
}

// render has Helm make the objects of all charts. Each chart finds the kinds of those
// that are installed before it, as in a cluster that is built from nothing.
func render(t *testing.T, state *declared.State) platform {
	t.Helper()
	p := platform{state: state}
	world := charts.World{Kubernetes: version(t, state)}
	for _, asked := range state.Releases {
		chart := open(t, asked)
		objects, err := chart.Render(asked, world)
		require.NoError(t, err)
		kinds, err := charts.Kinds(objects)
		require.NoError(t, err)
		world.Kinds = append(world.Kinds, kinds...)
		p.releases = append(p.releases, release{asked, objects})
	}
	return p
}

// open finds the pinned chart of a release. A chart from an OCI registry is asked for
// by its address.
func open(t *testing.T, asked declared.Release) *charts.Chart {
	t.Helper()
	pinned, ok := versions.FindChart(path.Base(asked.Chart))
	require.True(t, ok, "chart %q is not pinned", asked.Chart)
	chart, err := charts.Open(t.Context(), pinned)
	require.NoError(t, err)
	return chart
}

// version is the stack's version of Kubernetes.
func version(t *testing.T, state *declared.State) string {
	t.Helper()
	text, ok := only(t, state, "aws:eks/cluster:Cluster").Inputs["version"].(string)
	require.True(t, ok)
	return text
}

func only(t *testing.T, state *declared.State, kind string) declared.Resource {
	t.Helper()
	all := state.OfType(kind)
	require.Len(t, all, 1, kind)
	return all[0]
}

// unserved are the kinds that have the API server ask a pod before it answers. Here no
// pod answers: they are checked, and not kept.
var unserved = []string{"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"}

// install applies everything, strictly, and returns how many objects that were. First
// comes what brings kinds, namespaces and priorities, then Helm's part, then the
// program's own.
func (p platform) install(t *testing.T) int {
	t.Helper()
	ctx := t.Context()
	count := len(p.state.Objects)
	var first, last, definitions []runtime.Object
	for _, object := range p.state.Objects {
		if slices.Contains([]string{"Namespace", "PriorityClass", "StorageClass"}, kind(object)) {
			first = append(first, object)
		} else {
			last = append(last, object)
		}
	}
	for _, r := range p.releases {
		count += len(r.objects)
		definitions = append(definitions, r.those(func(kind string) bool { return kind == "CustomResourceDefinition" })...)
	}
	definitions = append(definitions, p.definitions(t)...)
	require.NoError(t, shared.Apply(ctx, append(definitions, first...)...))
	for _, r := range p.releases {
		checked := r.those(func(kind string) bool { return slices.Contains(unserved, kind) })
		kept := r.those(func(kind string) bool { return !slices.Contains(append(unserved, "CustomResourceDefinition"), kind) })
		require.NoError(t, shared.ApplyTo(ctx, r.Namespace, kept...), r.Name)
		require.NoError(t, shared.Check(ctx, r.Namespace, checked...), r.Name)
	}
	require.NoError(t, shared.Apply(ctx, last...))
	return count
}

// snapshotModule has the definitions that EKS' snapshot controller brings. That of the
// controller's own version is not to be had; the kinds are those of v1 since v6.
const snapshotModule = "github.com/kubernetes-csi/external-snapshotter/client/v8@v8.4.0"

// definitions are those that no chart's source has: EKS brings those of snapshots, and
// External Secrets puts its own into the chart only as it releases it.
func (p platform) definitions(t *testing.T) []runtime.Object {
	t.Helper()
	folders := map[string]string{}
	for _, addOn := range p.state.OfType("aws:eks/addon:Addon") {
		if addOn.Inputs["addonName"] == versions.SnapshotController {
			folders[snapshotModule] = "config/crd"
		}
	}
	for _, r := range p.releases {
		if pinned, _ := versions.FindChart(r.Name); r.Name == versions.ExternalSecrets {
			folders[pinned.Module] = "config/crds/bases"
		}
	}
	var all []runtime.Object
	for module, folder := range folders {
		found, err := charts.Definitions(t.Context(), module, folder)
		require.NoError(t, err)
		require.NotEmpty(t, found)
		all = append(all, found...)
	}
	return all
}

func kind(object runtime.Object) string { return object.GetObjectKind().GroupVersionKind().Kind }

func (r release) those(wanted func(kind string) bool) []runtime.Object {
	var all []runtime.Object
	for _, object := range r.objects {
		if wanted(object.GetKind()) {
			all = append(all, object)
		}
	}
	return all
}

// makers are what makes pods, and then pods themselves.
var makers = []schema.GroupVersionResource{
	{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"},
	{Group: "batch", Version: "v1", Resource: "cronjobs"},
	{Group: "batch", Version: "v1", Resource: "jobs"},
	{Group: "apps", Version: "v1", Resource: "deployments"},
	{Group: "apps", Version: "v1", Resource: "daemonsets"},
	{Group: "apps", Version: "v1", Resource: "statefulsets"},
	{Version: "v1", Resource: "pods"},
}

// clearAll takes away the pods and nodes that an earlier test left, and what makes pods.
// The nodes go last: a pod only ends where there is one.
func clearAll(t *testing.T) {
	t.Helper()
	for _, maker := range makers {
		remove(t, maker, "")
	}
	// Another run draws other keys, which what cannot change holds.
	remove(t, schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, tags.Component)
	_, err := shared.Wait(t.Context(), "no pod is left of the test before", limit, func(ctx context.Context) (bool, error) {
		pods, err := shared.Kubernetes.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		return err == nil && len(pods.Items) == 0, err
	})
	require.NoError(t, err)
	remove(t, schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, "")
}

func remove(t *testing.T, all schema.GroupVersionResource, selector string) {
	t.Helper()
	list, err := shared.Dynamic.Resource(all).List(t.Context(), metav1.ListOptions{LabelSelector: selector})
	require.NoError(t, err)
	for _, one := range list.Items {
		options := metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationBackground)}
		err = shared.Dynamic.Resource(all).Namespace(one.GetNamespace()).Delete(t.Context(), one.GetName(), options)
		if !apierrors.IsNotFound(err) {
			require.NoError(t, err)
		}
	}
}

// zones are those of the starters.
var zones = []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}

// nodes adds as many nodes as the stack's own group has, or more, of its machine.
func (p platform) nodes(t *testing.T, count int) {
	t.Helper()
	template := only(t, p.state, "aws:ec2/launchTemplate:LaunchTemplate")
	machine, ok := template.Inputs["instanceType"].(string)
	require.True(t, ok, template.Inputs)
	room, err := room(machine)
	require.NoError(t, err)
	for i, zone := range zones {
		share := count / len(zones)
		if i < count%len(zones) {
			share++
		}
		require.NoError(t, shared.AddMachines(t.Context(), zone, share, room))
	}
	t.Logf("%d nodes of %s, each with room for %s cores and %s", count, machine, room.Cpu(), room.Memory())
}

// fewest is the size of the stack's own group of nodes, which Karpenter never changes.
func (p platform) fewest(t *testing.T) int {
	t.Helper()
	group := only(t, p.state, "aws:eks/nodeGroup:NodeGroup")
	size, _, err := unstructured.NestedInt64(group.Inputs, "scalingConfig", "desiredSize")
	require.NoError(t, err)
	require.Positive(t, size)
	return int(size)
}

// room is what a machine has left for pods that are declared. EKS keeps some for the
// kubelet, https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go,
// the machine itself keeps a part of its memory, for which Karpenter takes 7.5 %, and
// EKS' own add-ons (network, names, volumes, identities) run on every node.
func room(machine string) (corev1.ResourceList, error) {
	family, size, _ := strings.Cut(machine, ".")
	cores, known := map[string]int64{"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}[size]
	perCore, ok := map[byte]int64{'c': 2, 'm': 4, 'r': 8}[family[0]]
	if !known || !ok {
		return nil, fmt.Errorf("machine %q is not known", machine)
	}
	const pods, kubelet, eviction, ownCPU, ownMemory = 110, 255 + 11*110, 100, 300, 400
	cpu := cores*1000 - (60 + 10 + 5*min(2, cores-2) + max(0, cores-4)*25/10) - ownCPU
	memory := cores*perCore*1024*925/1000 - kubelet - eviction - ownMemory
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(cpu, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(memory<<20, resource.BinarySI),
		corev1.ResourcePods:   *resource.NewQuantity(pods, resource.DecimalSI),
	}, nil
}
