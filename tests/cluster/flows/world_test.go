// Package flows holds the network policies that the program declares to a table of who
// may talk to whom. The control plane of the other tests checks policies and has no
// network to enforce them; here they are evaluated flow by flow, each at both ends,
// with the matcher of https://github.com/mattfenwick/cyclonus.
package flows

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/declared"
	"example.org/openedx/tests/cluster/tutor"
)

// place is where a flow begins or ends.
type place struct {
	// name is what the tables call it, and groups are what they call several at once.
	name   string
	groups []string
	// instance is the slug of the instance that it is of, if it is of one.
	instance string
	// governed tells that policies are about it: all pods of instances and of the
	// platform's own jobs. What others may do among themselves is not asked here.
	governed bool
	peer     matcher.TrafficPeer
}

func (p *place) String() string {
	if p.instance == "" {
		return p.name
	}
	return p.instance + "/" + p.name
}

// is tells whether a table means the place.
func (p *place) is(name string) bool { return p.name == name || slices.Contains(p.groups, name) }

// port is a port, of which every protocol has its own.
type port struct {
	protocol corev1.Protocol
	number   int
}

// world is a stack's policies and everything there is to talk to.
type world struct {
	policies []*networkingv1.NetworkPolicy
	places   []*place
	ports    []port
}

// newWorld reads the policies of a stack, and gives its pods and their surroundings
// addresses in the stack's own network.
func newWorld(t *testing.T, state *declared.State) *world {
	t.Helper()
	w := &world{policies: policies(t, state.Objects)}
	w.ports = ports(w.policies)
	network := tiers(t, state)
	namespaces := namespaces(t, state.Objects)
	for _, slug := range slugs(t, state) {
		w.places = append(w.places, instancePlaces(t, slug, namespaces, network)...)
	}
	w.places = append(w.places, jobPlaces(t, state.Objects, namespaces, network)...)
	w.places = append(w.places, platformPlaces(t, state, namespaces, network)...)
	w.places = append(w.places, surroundings(network)...)
	return w
}

// policies are the typed policies. A field that Kubernetes does not know is an error.
func policies(t *testing.T, objects []runtime.Object) []*networkingv1.NetworkPolicy {
	t.Helper()
	var all []*networkingv1.NetworkPolicy
	for _, object := range objects {
		if plain := object.(*unstructured.Unstructured); plain.GetKind() == "NetworkPolicy" { //nolint:errcheck // all of State.Objects are
			all = append(all, typed[networkingv1.NetworkPolicy](t, plain.Object))
		}
	}
	require.NotEmpty(t, all)
	return all
}

func typed[T any](t *testing.T, object map[string]any) *T {
	t.Helper()
	value := new(T)
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object, value, true))
	return value
}

// namespaces are the labels of each namespace that the program declares, with the one
// that the API server adds.
func namespaces(t *testing.T, objects []runtime.Object) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, object := range objects {
		if plain := object.(*unstructured.Unstructured); plain.GetKind() == "Namespace" { //nolint:errcheck // all of State.Objects are
			all[plain.GetName()] = plain.GetLabels()
			all[plain.GetName()][corev1.LabelMetadataName] = plain.GetName()
		}
	}
	return all
}

// tiers gives out addresses of the network's three tiers.
func tiers(t *testing.T, state *declared.State) map[string]func() string {
	t.Helper()
	all := map[string]func() string{}
	for _, resource := range state.Resources {
		if resource.Type != "aws:ec2/subnet:Subnet" {
			continue
		}
		block, err := netip.ParsePrefix(resource.Inputs["cidrBlock"].(string)) //nolint:errcheck // a subnet has a block
		require.NoError(t, err)
		address := block.Addr()
		for range 9 { // the first are AWS' own
			address = address.Next()
		}
		for _, tier := range []string{"public", "private", "data"} {
			if strings.Contains(resource.Name, "-"+tier+"-") && all[tier] == nil {
				all[tier] = func() string { address = address.Next(); return address.String() }
			}
		}
	}
	require.Len(t, all, 3)
	return all
}

func slugs(t *testing.T, state *declared.State) []string {
	t.Helper()
	instances, ok := state.Outputs["instances"].(map[string]any)
	require.True(t, ok)
	all := make([]string, 0, len(instances))
	for slug := range instances {
		all = append(all, slug)
	}
	slices.Sort(all)
	require.GreaterOrEqual(t, len(all), 2, "one instance has nobody to be kept away from")
	return all
}

// instancePlaces are the pods of an instance: those that Tutor deploys, with the labels
// that kustomize gives them; its jobs; a plugin's service; and one that is not Tutor's.
func instancePlaces(t *testing.T, slug string, namespaces map[string]map[string]string, network map[string]func() string) []*place {
	t.Helper()
	names, err := accounts.For(slug)
	require.NoError(t, err)
	home := names.Home()
	require.Contains(t, namespaces, home)
	add := func(name string, labels map[string]string, groups ...string) *place {
		return &place{name: name, groups: append(groups, "instance"), instance: slug, governed: true, peer: pod(home, namespaces, labels, network)}
	}
	objects, err := tutor.Instance{ID: "id" + slug, Namespace: home}.Objects()
	require.NoError(t, err)
	var all []*place
	common := map[string]string{}
	for _, object := range objects {
		plain := object.(*unstructured.Unstructured) //nolint:errcheck // kustomize makes no others
		labels, found, err := unstructured.NestedStringMap(plain.Object, "spec", "template", "metadata", "labels")
		require.NoError(t, err)
		if !found {
			continue
		}
		name := plain.GetName()
		all = append(all, add(name, labels, groupsOf[name]...))
		for key, value := range labels {
			if key != workloads.NameLabel {
				common[key] = value
			}
		}
	}
	require.Len(t, all, len(workloads.All()))
	// Tutor gives a job the name of its service and the time, and writes it to the job's own
	// labels only: its pods have what kustomize and Kubernetes add.
	for _, job := range []string{"lms-job", "mysql-job"} {
		all = append(all, add(job, with(common, "job-name", job+"-20261130051407"), application, sites))
	}
	for _, service := range []string{"discovery", "notes"} {
		all = append(all, add(service, with(common, workloads.NameLabel, service), application, sites))
	}
	return append(all, add("stray", map[string]string{"app": "debug"}))
}

// with are labels and one more.
func with(labels map[string]string, key, value string) map[string]string {
	all := map[string]string{key: value}
	for key, value := range labels {
		all[key] = value
	}
	return all
}

// pod is a pod. In Kubernetes a label that is not there is in no list, so that NotIn
// holds for it; the matcher takes it for false. With an empty value both agree, but for
// Exists and DoesNotExist, which no policy asks: a test compares both for every pod.
func pod(namespace string, namespaces map[string]map[string]string, labels map[string]string, network map[string]func() string) matcher.TrafficPeer {
	if _, ok := labels[workloads.NameLabel]; !ok {
		labels = with(labels, workloads.NameLabel, "")
	}
	return matcher.TrafficPeer{
		IP:       network["private"](),
		Internal: &matcher.InternalPeer{Namespace: namespace, NamespaceLabels: namespaces[namespace], PodLabels: labels},
	}
}

// jobPlaces are the platform's own jobs, one of each kind.
func jobPlaces(t *testing.T, objects []runtime.Object, namespaces map[string]map[string]string, network map[string]func() string) []*place {
	t.Helper()
	found := map[string]*place{}
	for _, object := range objects {
		plain := object.(*unstructured.Unstructured) //nolint:errcheck // all of State.Objects are
		path := map[string][]string{
			"Job": {"spec", "template", "metadata", "labels"}, "CronJob": {"spec", "jobTemplate", "spec", "template", "metadata", "labels"},
		}[plain.GetKind()]
		if path == nil {
			continue
		}
		require.Equal(t, accounts.Namespace, plain.GetNamespace(), plain.GetName())
		labels, _, err := unstructured.NestedStringMap(plain.Object, path...)
		require.NoError(t, err)
		name := map[string]string{"Job": "accounts job", "CronJob": "nightly dump"}[plain.GetKind()]
		found[name] = &place{name: name, groups: []string{"jobs"}, governed: true, peer: pod(accounts.Namespace, namespaces, labels, network)}
	}
	require.Len(t, found, 2)
	return []*place{found["accounts job"], found["nightly dump"]}
}
