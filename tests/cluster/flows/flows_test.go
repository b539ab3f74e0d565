package flows

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/mattfenwick/cyclonus/pkg/kube"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"example.org/openedx/tests/cluster/declared"
)

// stacks are the settings under which policies differ, each with the rows that it adds.
var stacks = map[string]struct {
	stack declared.Stack
	rows  []row
}{
	"small":  {declared.Starter("small").With(map[string]any{"openedx:instances": twoInstances}), slices.Concat(ownMongo, ses)},
	"medium": {declared.Starter("medium"), slices.Concat(ownMongo, ses, openSearch)},
	"large":  {declared.Starter("large"), slices.Concat(ownMongo, ses, openSearch, endpoints)},
	"servers of others": {declared.Starter("medium").With(map[string]any{
		"openedx:mongo": map[string]any{"kind": "external", "external": map[string]any{"host": "mongo.example.org", "port": 27018, "replicaSet": "rs0"}},
		"openedx:mail":  map[string]any{"kind": "smtp", "smtp": map[string]any{"host": "mail.example.org", "port": 465, "username": "campus"}},
		"openedx:cache": map[string]any{"memcached": true, "split": true},
	}).WithSecrets(map[string]string{"openedx:mongoPassword": "wrongwrongwrong1", "openedx:mailPassword": "wrongwrongwrong2"}), slices.Concat(othersMongo, othersMail, openSearch, memcached)},
	"atlas": {declared.Starter("medium").With(map[string]any{
		"openedx:mongo":   map[string]any{"kind": "atlas", "atlas": map[string]any{"project": "5f1a2b3c4d5e6f7a8b9c0d1e"}},
		"openedx:network": map[string]any{"endpoints": []string{"email-smtp"}},
		"openedx:search":  map[string]any{"enabled": false},
	}), slices.Concat(atlas, ses, nearSES)},
}

var twoInstances = map[string]any{
	"main": map[string]any{"slot": 0, "lms": "learn.school.example.org"}, "night": map[string]any{"slot": 1, "lms": "night.school.example.org"},
}

// scene is a stack's world and what is needed in it.
func scene(t *testing.T, name string) (*world, []row) {
	t.Helper()
	return newWorld(t, declared.Load(t, stacks[name].stack)), slices.Concat(needed, dataTier, stacks[name].rows)
}

// between tells whether a row is about two places.
func (r row) between(from, to *place) bool {
	if !from.is(r.from) {
		return false
	}
	strangers := from.instance != "" && to.instance != "" && from.instance != to.instance
	if r.to == other {
		return strangers
	}
	return !strangers && to.is(r.to)
}

// flow is from one place to another's port.
type flow struct {
	from, to *place
	port     port
}

func (f flow) String() string {
	return fmt.Sprintf("%s -> %s %s %d", f.from, f.to, f.port.protocol, f.port.number)
}

// allows tells what the policies say: a flow has to be allowed where it leaves and where it arrives.
func allows(policy *matcher.Policy, f flow) bool {
	return policy.IsTrafficAllowed(&matcher.Traffic{
		Source: &f.from.peer, Destination: &f.to.peer, ResolvedPort: f.port.number, Protocol: f.port.protocol,
	}).IsAllowed()
}

// every is each flow that policies can have a say in, with whether a table wants it.
func (w *world) every(table []row, ports []port) iter.Seq2[flow, bool] {
	return func(yield func(flow, bool) bool) {
		for _, from := range w.places {
			for _, to := range w.places {
				if !from.governed && !to.governed {
					continue
				}
				spans := between(table, from, to)
				for _, p := range ports {
					if !yield(flow{from, to, p}, slices.ContainsFunc(spans, func(s span) bool { return s.has(p) })) {
						return
					}
				}
			}
		}
	}
}

// between are the ports that a table has between two places.
func between(table []row, from, to *place) []span {
	var spans []span
	for _, one := range table {
		if one.between(from, to) {
			spans = append(spans, one.ports...)
		}
	}
	return spans
}

// differences compares what policies say of every flow with what is needed, and stops
// after the most that somebody wants to read.
func (w *world) differences(policies []*networkingv1.NetworkPolicy, table []row, ports []port, most int) (differences []string, allowed int) {
	policy := matcher.BuildNetworkPolicies(false, policies)
	for f, want := range w.every(table, ports) {
		got := allows(policy, f)
		if got {
			allowed++
		}
		if want != got {
			differences = append(differences, fmt.Sprintf("%s: allowed is %t, want %t", f, got, want))
		}
		if len(differences) == most {
			break
		}
	}
	return differences, allowed
}

// flowsOf are all flows that a row is about.
func (w *world) flowsOf(r row) []flow {
	var all []flow
	for _, from := range w.places {
		for _, to := range w.places {
			if !r.between(from, to) {
				continue
			}
			for _, p := range w.ports {
				if slices.ContainsFunc(r.ports, func(s span) bool { return s.has(p) }) {
					all = append(all, flow{from, to, p})
				}
			}
		}
	}
	return all
}

func TestWhatIsNeededIsAllowedAndNothingElse(t *testing.T) {
	for name := range stacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, table := scene(t, name)
			differences, allowed := w.differences(w.policies, table, w.ports, 40)
			for _, one := range differences {
				t.Error(one)
			}
			t.Logf("%d policies, %d places, %d ports: %d flows are allowed", len(w.policies), len(w.places), len(w.ports), allowed)
			for _, one := range table {
				require.NotEmpty(t, w.flowsOf(one), "nothing is %+v", one)
			}
		})
	}
}

func TestWhatIsRefusedIsRefused(t *testing.T) {
	for name := range stacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := scene(t, name)
			policy := matcher.BuildNetworkPolicies(false, w.policies)
			for _, one := range refused {
				all := w.flowsOf(one)
				require.NotEmpty(t, all, "nothing is %+v", one)
				for _, f := range all {
					if allows(policy, f) {
						t.Errorf("%s is allowed: %s", f, one.why)
					}
				}
			}
		})
	}
}

// Without a policy, or without one rule of one, something has to differ: else nobody
// would know what it is for, or would notice that it is gone.
func TestEveryPolicyAndEveryRuleIsNeeded(t *testing.T) {
	w, table := scene(t, "medium")
	removed := 0
	check := func(what string, i int, instead ...*networkingv1.NetworkPolicy) {
		removed++
		asked := append(named(w.policies[i]), port{corev1.ProtocolTCP, 8000})
		differences, _ := w.differences(slices.Replace(slices.Clone(w.policies), i, i+1, instead...), table, asked, 1)
		require.NotEmpty(t, differences, "nobody misses %s", what)
	}
	for i, policy := range w.policies {
		name := policy.Namespace + "/" + policy.Name
		check(name, i)
		for j := range policy.Spec.Ingress {
			without := policy.DeepCopy()
			without.Spec.Ingress = slices.Delete(without.Spec.Ingress, j, j+1)
			check(fmt.Sprintf("%s, ingress %d", name, j), i, without)
		}
		for j := range policy.Spec.Egress {
			without := policy.DeepCopy()
			without.Spec.Egress = slices.Delete(without.Spec.Egress, j, j+1)
			check(fmt.Sprintf("%s, egress %d", name, j), i, without)
		}
	}
	t.Logf("%d policies and rules were taken away one by one", removed)
}

// Whatever somebody adds by mistake is found.
func TestAPolicyThatAllowsMoreIsFound(t *testing.T) {
	w, table := scene(t, "medium")
	both := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	everything := networkingv1.IPBlock{CIDR: "0.0.0.0/0"}
	for name, spec := range map[string]networkingv1.NetworkPolicySpec{
		"everything":     {PolicyTypes: both, Ingress: []networkingv1.NetworkPolicyIngressRule{{}}, Egress: []networkingv1.NetworkPolicyEgressRule{{}}},
		"all who come":   {PolicyTypes: both[:1], Ingress: []networkingv1.NetworkPolicyIngressRule{{}}},
		"every address":  {PolicyTypes: both[1:], Egress: []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{{IPBlock: &everything}}}}},
		"all namespaces": {PolicyTypes: both[:1], Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}}}},
		"all neighbours": {PolicyTypes: both[:1], Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}}},
	} {
		for _, namespace := range []string{"instance-main", "openedx-system"} {
			if namespace == "openedx-system" && name == "all neighbours" {
				continue // the jobs ask each other for nothing, so that it takes both ends
			}
			more := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "more", Namespace: namespace}, Spec: spec}
			asked := []port{{corev1.ProtocolTCP, 8000}, {corev1.ProtocolTCP, 27017}, {corev1.ProtocolTCP, 22}}
			differences, _ := w.differences(append(slices.Clone(w.policies), more), table, asked, 1)
			require.NotEmpty(t, differences, "%s in %s", name, namespace)
		}
	}
}

// The matcher has selectors of its own. They have to mean what Kubernetes' mean, for
// every pod that is asked about and every selector that is used.
func TestTheMatcherSelectsAsKubernetesDoes(t *testing.T) {
	w, _ := scene(t, "medium")
	compared := 0
	for _, policy := range w.policies {
		for _, selector := range selectors(policy) {
			kubernetes, err := metav1.LabelSelectorAsSelector(&selector)
			require.NoError(t, err)
			for _, one := range w.places {
				if one.peer.Internal == nil {
					continue
				}
				for _, set := range []map[string]string{one.peer.Internal.PodLabels, one.peer.Internal.NamespaceLabels} {
					own := labels.Set{}
					for key, value := range set {
						if value != "" {
							own[key] = value
						}
					}
					require.Equal(t, kubernetes.Matches(own), kube.IsLabelsMatchLabelSelector(set, selector), "%s: %s", one, kubernetes)
					compared++
				}
			}
		}
	}
	require.Greater(t, compared, 1000)
}

// selectors are all that a policy has.
func selectors(policy *networkingv1.NetworkPolicy) []metav1.LabelSelector {
	all := []metav1.LabelSelector{policy.Spec.PodSelector}
	var peers []networkingv1.NetworkPolicyPeer
	for _, rule := range policy.Spec.Ingress {
		peers = append(peers, rule.From...)
	}
	for _, rule := range policy.Spec.Egress {
		peers = append(peers, rule.To...)
	}
	for _, peer := range peers {
		for _, selector := range []*metav1.LabelSelector{peer.PodSelector, peer.NamespaceSelector} {
			if selector != nil {
				all = append(all, *selector)
			}
		}
	}
	return all
}

// A policy elsewhere would be one that the table says nothing of, and a port by name one
// that the matcher cannot know.
func TestPoliciesAreOfInstancesAndOfThePlatformsJobsAndNameNumbers(t *testing.T) {
	w, _ := scene(t, "large")
	perNamespace := map[string]int{}
	for _, policy := range w.policies {
		perNamespace[policy.Namespace]++
		for _, rule := range policy.Spec.Egress {
			for _, p := range rule.Ports {
				require.NotNil(t, p.Port, policy.Name)
				require.Positive(t, p.Port.IntValue(), policy.Name)
				require.Contains(t, []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP}, *p.Protocol)
			}
		}
	}
	require.Equal(t, map[string]int{"instance-north": 10, "instance-south": 10, "instance-online": 10, "openedx-system": 1}, perNamespace)
}
