package flows

import (
	"slices"
	"testing"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/declared"
)

// addOns are the namespaces of the platform with somebody in each, and who answers
// the names that all pods ask for.
var addOns = []struct {
	name, namespace string
	labels          map[string]string
	groups          []string
}{
	{"cluster DNS", "kube-system", map[string]string{"k8s-app": "kube-dns"}, []string{"dns"}},
	{"load balancer controller", "kube-system", map[string]string{workloads.NameLabel: "aws-load-balancer-controller"}, []string{"dns"}},
	{"prometheus", "monitoring", map[string]string{workloads.NameLabel: "prometheus"}, nil},
	{"grafana", "monitoring", map[string]string{workloads.NameLabel: "grafana"}, nil},
	{"log collector", "logging", map[string]string{workloads.NameLabel: "collector"}, nil},
	{"keda", "keda", map[string]string{workloads.NameLabel: "keda-operator"}, nil},
	{"external secrets", "external-secrets", map[string]string{workloads.NameLabel: "external-secrets"}, nil},
	{"cert-manager", "cert-manager", map[string]string{workloads.NameLabel: "cert-manager"}, nil},
	{"external-dns", "external-dns", map[string]string{workloads.NameLabel: "external-dns"}, nil},
	// It carries what Open edX's pods carry: a namespace that is not the instance's own does not help it.
	{"impostor", "default", map[string]string{workloads.NameLabel: workloads.LMS, workloads.PartLabel: workloads.Part}, nil},
}

// platformPlaces are the add-ons, and a pod of each other namespace that charts go to.
func platformPlaces(t *testing.T, state *declared.State, known map[string]map[string]string, network map[string]func() string) []*place {
	t.Helper()
	var all []*place
	add := func(name, namespace string, labels map[string]string, groups ...string) {
		if known[namespace] == nil {
			known[namespace] = map[string]string{corev1.LabelMetadataName: namespace}
		}
		all = append(all, &place{name: name, groups: append(groups, "add-ons", "private"), peer: pod(namespace, known, labels, network)})
	}
	seen := map[string]bool{}
	for _, one := range addOns {
		add(one.name, one.namespace, one.labels, one.groups...)
		seen[one.namespace] = true
	}
	for _, release := range state.Releases {
		require.NotEmpty(t, release.Namespace, release.Name)
		if !seen[release.Namespace] {
			add(release.Namespace, release.Namespace, map[string]string{workloads.NameLabel: release.Name})
			seen[release.Namespace] = true
		}
	}
	return all
}

// surroundings are what is not a pod.
func surroundings(network map[string]func() string) []*place {
	var all []*place
	for _, one := range []struct {
		name, address string
		groups        []string
	}{
		{"load balancer", network["public"](), nil},
		{"node", network["private"](), []string{"private"}},
		{"another machine", network["private"](), []string{"private"}},
		{"mongodb", network["private"](), []string{"private"}},
		{"cloud endpoint", network["private"](), []string{"private"}}, // such as Secrets Manager's, in the network
		{"api", network["private"](), []string{"private"}},            // the Kubernetes API's, in the network
		{"mysql", network["data"](), []string{"data"}},
		{"redis", network["data"](), []string{"data"}},
		{"atlas", network["data"](), []string{"data"}}, // its endpoint in the network
		{"api service", "172.20.0.1", nil},
		{"another service", "172.20.31.7", nil},
		{"metadata", "169.254.169.254", nil},
		{"pod identity", "169.254.170.23", nil},
		{"time", "169.254.169.123", nil},
		{"internet", "198.51.100.10", []string{"outside"}},
		{"mail server", "203.0.113.25", []string{"outside"}},
		{"s3", "3.5.72.1", []string{"outside"}}, // the gateway leaves its addresses as they are
		{"school's own network", "192.168.7.7", []string{"outside"}},
	} {
		all = append(all, &place{name: one.name, groups: one.groups, peer: matcher.TrafficPeer{IP: one.address}})
	}
	return all
}

// common are ports that something in the cluster or outside answers on.
var common = []int{
	1, 22, 25, 53, 80, 123, 389, 443, 465, 587, 1025, 2049, 2465, 3000, 3306, 2019, 4317, 6379, 6443, 8025, 8080, 8443, 9000, 9090, 9093, 9100, 9200,
	9402, 9443, 9666, 10250, 11211, 27017, 30080, 65535,
}

// ports are all that can make a difference: those that anybody answers on, and those
// that a policy names, each with its neighbours.
func ports(policies []*networkingv1.NetworkPolicy) []port {
	numbers := slices.Clone(common)
	for _, workload := range workloads.All() {
		numbers = append(numbers, workload.Port)
	}
	for _, policy := range policies {
		for _, one := range named(policy) {
			numbers = append(numbers, one.number-1, one.number, one.number+1)
		}
	}
	slices.Sort(numbers)
	var all []port
	for _, number := range slices.Compact(numbers) {
		for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
			if number > 0 && number < 1<<16 {
				all = append(all, port{protocol, number})
			}
		}
	}
	return all
}

// named are the ports that a policy names, of several the first and the last.
func named(policy *networkingv1.NetworkPolicy) []port {
	var rules [][]networkingv1.NetworkPolicyPort
	for _, rule := range policy.Spec.Ingress {
		rules = append(rules, rule.Ports)
	}
	for _, rule := range policy.Spec.Egress {
		rules = append(rules, rule.Ports)
	}
	var all []port
	for _, one := range slices.Concat(rules...) {
		if one.Port != nil {
			all = append(all, port{*one.Protocol, one.Port.IntValue()})
		}
		if one.EndPort != nil {
			all = append(all, port{*one.Protocol, int(*one.EndPort)})
		}
	}
	return all
}
