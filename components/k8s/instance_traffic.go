package k8s

import (
	"fmt"
	"slices"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/workloads"
)

const (
	// everywhere is every address of IPv4.
	everywhere = "0.0.0.0/0"
	// linkLocal are the node's own addresses, behind some of which clouds give out
	// the node's identity.
	linkLocal = "169.254.0.0/16"
	// namesNamespace is where the cluster's own DNS runs.
	namesNamespace = "kube-system"
)

// Policy is one of the network policies of an instance. What no policy allows is
// forbidden.
type Policy struct {
	// Name ends the policy's own.
	Name string
	// Of are the pods that it is about.
	Of Selector
	// Closes lists the directions in which nothing else is allowed: Ingress, Egress.
	Closes []string
	// From is who may come in, and To where the pods may go.
	From, To []Flow
}

// Selector chooses pods of the namespace. Without anything it is all of them.
type Selector struct {
	// Only chooses Open edX's by the workload they are of, and But all of Open edX's
	// except some: Tutor's Jobs have names that nobody knows before.
	Only, But []string
}

// Flow is traffic with some peers on some ports. It is with the pods of Peers, with
// a Namespace, or with the addresses of Blocks.
type Flow struct {
	Peers     *Selector
	Namespace string
	Blocks    []Block
	Protocol  string
	Ports     []int
	// Last makes the one port the first of several.
	Last int
}

// Block are addresses, less some.
type Block struct {
	CIDR   string
	Except []string
}

const (
	tcp     = "TCP"
	udp     = "UDP"
	ingress = "Ingress"
	egress  = "Egress"
)

// Who talks to whom. The application is whatever is of Open edX and none of the
// four that need little: LMS, CMS, their workers, Tutor's Jobs and plugins. Those of
// it that answer are the sites: workers only ask.
var (
	application = Selector{But: []string{workloads.Caddy, workloads.MFE, workloads.Meilisearch, workloads.CodeJail}}
	sites       = Selector{But: append(slices.Clone(application.But), workloads.LMSWorker, workloads.CMSWorker)}
	caddy       = Selector{Only: []string{workloads.Caddy}}
	frontends   = Selector{Only: []string{workloads.MFE}}
	search      = Selector{Only: []string{workloads.Meilisearch}}
	lms         = Selector{Only: []string{workloads.LMS}}
	codeJail    = Selector{Only: []string{workloads.CodeJail}}
)

// Policies are the flows that Open edX needs, each allowed at both ends.
func (a *InstanceArgs) Policies() []Policy {
	policies := []Policy{
		{Name: "closed", Closes: []string{ingress, egress}},
		{Name: "names", To: names()},
		{Name: "caddy-in", Of: caddy, From: []Flow{{Blocks: blocks(a.BalancerBlocks), Protocol: tcp, Ports: portOf(workloads.Caddy)}}},
		{Name: "caddy-out", Of: caddy, To: []Flow{with(sites, workloads.LMS), with(frontends, workloads.MFE), with(search, workloads.Meilisearch)}},
		{Name: "frontends-in", Of: frontends, From: []Flow{with(caddy, workloads.MFE)}},
		{Name: "frontends-out", Of: frontends, To: []Flow{with(lms, workloads.LMS)}},
		{Name: "lms-in", Of: lms, From: []Flow{with(frontends, workloads.LMS)}},
		{Name: "search-in", Of: search, From: []Flow{with(caddy, workloads.Meilisearch), with(application, workloads.Meilisearch)}},
		{Name: "application-in", Of: sites, From: []Flow{with(caddy, workloads.LMS), with(application, workloads.LMS)}},
		{Name: "application-out", Of: application, To: append(
			[]Flow{with(sites, workloads.LMS), with(search, workloads.Meilisearch)}, outside(a.ServiceBlock, a.NetworkBlock, a.Reach)...,
		)},
	}
	if !a.CodeJail {
		return policies
	}
	// What learners wrote may be asked, and asks nobody.
	return append(policies,
		Policy{Name: "code-jail-in", Of: codeJail, From: []Flow{{Peers: &application, Protocol: tcp, Ports: []int{workloads.CodeJailPort}}}},
		Policy{Name: "code-jail-out", Of: application, To: []Flow{{Peers: &codeJail, Protocol: tcp, Ports: []int{workloads.CodeJailPort}}}},
	)
}

// names are the flows to the cluster's own DNS.
func names() []Flow {
	return []Flow{
		{Namespace: namesNamespace, Protocol: udp, Ports: []int{dnsPort}}, {Namespace: namesNamespace, Protocol: tcp, Ports: []int{dnsPort}},
	}
}

// outside are the flows beyond the pods' namespace. Whatever has a certificate is in
// reach, from YouTube to the cloud's own services, but for what is near: the cluster's
// services, and the network itself, in which all other pods, the nodes and the
// cluster's API have addresses too. Of those only what is named is in reach.
func outside(services, network string, reach []Destination) []Flow {
	far := Block{CIDR: everywhere, Except: []string{services, network, linkLocal}}
	flows := []Flow{{Blocks: []Block{far}, Protocol: tcp, Ports: []int{httpsPort}}}
	for _, one := range reach {
		block := Block{CIDR: one.Block}
		if one.Block == "" {
			block = far
		}
		flows = append(flows, Flow{Blocks: []Block{block}, Protocol: tcp, Ports: []int{one.Port}, Last: one.Last})
	}
	return flows
}

// with is traffic with pods on a workload's port.
func with(pods Selector, workload string) Flow {
	return Flow{Peers: &pods, Protocol: tcp, Ports: portOf(workload)}
}

// portOf is the port of a workload, which all have that anybody talks to.
func portOf(workload string) []int {
	found, _ := workloads.Find(workload)
	return []int{found.Port}
}

func blocks(list []string) []Block {
	all := make([]Block, len(list))
	for i, block := range list {
		all[i].CIDR = block
	}
	return all
}

// createPolicies creates every policy.
func (i *Instance) createPolicies(ctx *pulumi.Context) error {
	for _, policy := range i.args.Policies() {
		_, err := networkingv1.NewNetworkPolicy(ctx, i.name+"-"+policy.Name, &networkingv1.NetworkPolicyArgs{
			Metadata: i.metadata(policy.Name), Spec: policy.spec(),
		}, i.options()...)
		if err != nil {
			return fmt.Errorf("network policy %q: %w", policy.Name, err)
		}
	}
	return nil
}

// spec is the policy in Kubernetes's words.
func (p Policy) spec() networkingv1.NetworkPolicySpecArgs {
	spec := networkingv1.NetworkPolicySpecArgs{PodSelector: p.Of.labels()}
	directions := p.Closes
	if len(p.From) > 0 {
		directions = append(directions, ingress)
		rules := networkingv1.NetworkPolicyIngressRuleArray{}
		for _, flow := range p.From {
			rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: flow.peers(), Ports: flow.ports()})
		}
		spec.Ingress = rules
	}
	if len(p.To) > 0 {
		directions = append(directions, egress)
		rules := networkingv1.NetworkPolicyEgressRuleArray{}
		for _, flow := range p.To {
			rules = append(rules, networkingv1.NetworkPolicyEgressRuleArgs{To: flow.peers(), Ports: flow.ports()})
		}
		spec.Egress = rules
	}
	spec.PolicyTypes = pulumi.ToStringArray(directions)
	return spec
}

// labels are the selector in Kubernetes's words.
func (s Selector) labels() metav1.LabelSelectorArgs {
	if len(s.Only)+len(s.But) == 0 {
		return metav1.LabelSelectorArgs{}
	}
	operator, values := "In", s.Only
	if len(s.But) > 0 {
		operator, values = "NotIn", s.But
	}
	return metav1.LabelSelectorArgs{
		MatchLabels: pulumi.StringMap{workloads.PartLabel: pulumi.String(workloads.Part)},
		MatchExpressions: metav1.LabelSelectorRequirementArray{metav1.LabelSelectorRequirementArgs{
			Key: pulumi.String(workloads.NameLabel), Operator: pulumi.String(operator), Values: pulumi.ToStringArray(values),
		}},
	}
}

func (f Flow) peers() networkingv1.NetworkPolicyPeerArray {
	peers := networkingv1.NetworkPolicyPeerArray{}
	if f.Peers != nil {
		peers = append(peers, networkingv1.NetworkPolicyPeerArgs{PodSelector: f.Peers.labels()})
	}
	if f.Namespace != "" {
		peers = append(peers, networkingv1.NetworkPolicyPeerArgs{NamespaceSelector: metav1.LabelSelectorArgs{
			MatchLabels: pulumi.StringMap{"kubernetes.io/metadata.name": pulumi.String(f.Namespace)},
		}})
	}
	for _, block := range f.Blocks {
		addresses := networkingv1.IPBlockArgs{Cidr: pulumi.String(block.CIDR)}
		if len(block.Except) > 0 {
			addresses.Except = pulumi.ToStringArray(block.Except)
		}
		peers = append(peers, networkingv1.NetworkPolicyPeerArgs{IpBlock: addresses})
	}
	return peers
}

func (f Flow) ports() networkingv1.NetworkPolicyPortArray {
	ports := make(networkingv1.NetworkPolicyPortArray, len(f.Ports))
	for i, number := range f.Ports {
		one := port(f.Protocol, number)
		if f.Last > 0 {
			one.EndPort = pulumi.Int(f.Last)
		}
		ports[i] = one
	}
	return ports
}
