package k8s_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/components/k8s"
)

// flows are the policies as sentences, by name.
func flows(policies []k8s.Policy) map[string][]string {
	all := map[string][]string{}
	for _, policy := range policies {
		list := slices.Clone(policy.Closes)
		for _, flow := range policy.From {
			list = append(list, "from "+sentence(flow))
		}
		for _, flow := range policy.To {
			list = append(list, "to "+sentence(flow))
		}
		all[policy.Name+" "+selected(policy.Of)] = list
	}
	return all
}

func selected(s k8s.Selector) string {
	return strings.Join(s.Only, ",") + map[bool]string{true: "not "}[len(s.But) > 0] + strings.Join(s.But, ",")
}

func sentence(f k8s.Flow) string {
	who := f.Namespace
	if f.Peers != nil {
		who = selected(*f.Peers)
	}
	for _, block := range f.Blocks {
		who = block.CIDR
		if len(block.Except) > 0 {
			who += " but " + strings.Join(block.Except, " ")
		}
	}
	said := fmt.Sprintf("%s %s %v", who, f.Protocol, f.Ports)
	if f.Last > 0 {
		said += fmt.Sprintf(" to %d", f.Last)
	}
	return said
}

func TestOnlyTheFlowsThatOpenEdXNeedsAreAllowed(t *testing.T) {
	const (
		application = "not caddy,mfe,meilisearch,codejailservice"
		sites       = application + ",lms-worker,cms-worker"
		far         = "0.0.0.0/0 but 172.20.0.0/16 10.20.0.0/16 169.254.0.0/16"
	)
	want := map[string][]string{
		"closed ":           {"Ingress", "Egress"},
		"names ":            {"to kube-system UDP [53]", "to kube-system TCP [53]"},
		"caddy-in caddy":    {"from 10.20.128.0/18 TCP [80]"},
		"caddy-out caddy":   {"to " + sites + " TCP [8000]", "to mfe TCP [8002]", "to meilisearch TCP [7700]"},
		"frontends-in mfe":  {"from caddy TCP [8002]"},
		"frontends-out mfe": {"to lms TCP [8000]"},
		"lms-in lms":        {"from mfe TCP [8000]"},
		"search-in meilisearch": {
			"from caddy TCP [7700]", "from " + application + " TCP [7700]",
		},
		"application-in " + sites: {"from caddy TCP [8000]", "from " + application + " TCP [8000]"},
		"application-out " + application: {
			"to " + sites + " TCP [8000]", "to meilisearch TCP [7700]",
			"to " + far + " TCP [443]", "to 10.20.192.0/18 TCP [3306]",
			"to " + far + " TCP [587]", "to 10.20.192.0/18 TCP [1024] to 65535", "to 169.254.170.23/32 TCP [80]",
		},
	}
	if diff := cmp.Diff(want, flows(instanceArgs().Policies())); diff != "" {
		t.Error(diff)
	}
}

func TestEachPolicyIsAnObjectThatSaysTheSame(t *testing.T) {
	graph := instance(t, nil)
	policies := instanceArgs().Policies()
	if graph.Count(policyType) != len(policies) {
		t.Errorf("%d objects for %d policies", graph.Count(policyType), len(policies))
	}
	part := "matchLabels:map[app.kubernetes.io/part-of:openedx]"
	workload := func(operator, values string) string {
		return "map[matchExpressions:[map[key:app.kubernetes.io/name operator:" + operator + " values:[" + values + "]]] " + part + "]"
	}
	application := workload("NotIn", "caddy mfe meilisearch codejailservice")
	sites := workload("NotIn", "caddy mfe meilisearch codejailservice lms-worker cms-worker")
	for name, want := range map[string]string{
		"closed": "map[podSelector:map[] policyTypes:[Ingress Egress]]",
		"names": "map[egress:[map[ports:[map[port:53 protocol:UDP]] to:[map[namespaceSelector:map[matchLabels:map[kubernetes.io/metadata.name:kube-system]]]]] " +
			"map[ports:[map[port:53 protocol:TCP]] to:[map[namespaceSelector:map[matchLabels:map[kubernetes.io/metadata.name:kube-system]]]]]] " +
			"podSelector:map[] policyTypes:[Egress]]",
		"caddy-in": "map[ingress:[map[from:[map[ipBlock:map[cidr:10.20.128.0/18]]] ports:[map[port:80 protocol:TCP]]]] podSelector:" +
			workload("In", "caddy") + " policyTypes:[Ingress]]",
		"application-in": "map[ingress:[map[from:[map[podSelector:" + workload("In", "caddy") + "]] ports:[map[port:8000 protocol:TCP]]] " +
			"map[from:[map[podSelector:" + application + "]] ports:[map[port:8000 protocol:TCP]]]] podSelector:" + sites + " policyTypes:[Ingress]]",
	} {
		if got := text(graph.One(t, policyType, "in-"+name).Value(t, "spec")); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	https := text(graph.One(t, policyType, "in-application-out").Value(t, "spec.egress[2]"))
	if want := "map[ports:[map[port:443 protocol:TCP]] to:[map[ipBlock:map[cidr:0.0.0.0/0 except:[172.20.0.0/16 10.20.0.0/16 169.254.0.0/16]]]]]"; https != want {
		t.Errorf("got %s", https)
	}
	several := text(graph.One(t, policyType, "in-application-out").Value(t, "spec.egress[5]"))
	if want := "map[ports:[map[endPort:65535 port:1024 protocol:TCP]] to:[map[ipBlock:map[cidr:10.20.192.0/18]]]]"; several != want {
		t.Errorf("got %s", several)
	}
	var names []string
	for _, policy := range policies {
		names = append(names, policy.Name)
	}
	if unique := slices.Sorted(maps.Keys(flows(policies))); len(unique) != len(names) {
		t.Errorf("%v are called %v", unique, names)
	}
}

func TestWhatLearnersWroteMayBeAskedAndAsksNobody(t *testing.T) {
	args := instanceArgs()
	without := flows(args.Policies())
	args.CodeJail = true
	with := flows(args.Policies())
	want := maps.Clone(without)
	want["code-jail-in codejailservice"] = []string{"from not caddy,mfe,meilisearch,codejailservice TCP [8550]"}
	want["code-jail-out not caddy,mfe,meilisearch,codejailservice"] = []string{"to codejailservice TCP [8550]"}
	if diff := cmp.Diff(want, with); diff != "" {
		t.Error(diff)
	}
}
