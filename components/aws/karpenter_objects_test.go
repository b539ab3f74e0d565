package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/harness"
)

// named lists the objects of an add-on.
func named(addOn platform.AddOn) []string {
	var names []string
	for _, o := range addOn.Objects {
		names = append(names, o.Kind+" "+o.Name)
	}
	return names
}

func TestTheKindsOfObjectsComeBeforeKarpenterAndItsObjects(t *testing.T) {
	args := karpenterArgs()
	everyPool(args)
	_, addOns := karpenter(t, args)
	if len(addOns) != 2 || addOns[0].Chart != "karpenter-crd" || addOns[1].Chart != "karpenter" {
		t.Fatalf("%d add-ons", len(addOns))
	}
	if addOns[0].Namespace != "kube-system" || addOns[1].Namespace != "kube-system" || !slices.Equal(addOns[1].After, []string{"karpenter-crd"}) {
		t.Errorf("they run in %s and %s, after %v", addOns[0].Namespace, addOns[1].Namespace, addOns[1].After)
	}
	want := []string{"EC2NodeClass standard", "EC2NodeClass code-jail", "NodePool on-demand", "NodePool spot", "NodePool code-jail"}
	if diff := cmp.Diff(want, named(addOns[1])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPoolWithoutNodesIsNotThere(t *testing.T) {
	for pools, want := range map[aws.NodePools]string{
		{}:                         "EC2NodeClass standard",
		{OnDemand: 1}:              "EC2NodeClass standard, NodePool on-demand",
		{Spot: 1}:                  "EC2NodeClass standard, NodePool spot",
		{OnDemand: 1, CodeJail: 1}: "EC2NodeClass standard, EC2NodeClass code-jail, NodePool on-demand, NodePool code-jail",
	} {
		args := karpenterArgs()
		args.Pools = pools
		graph, addOns := karpenter(t, args)
		if got := strings.Join(named(addOns[1]), ", "); got != want {
			t.Errorf("%+v: %s, want %s", pools, got, want)
		}
		if got := graph.Count("aws:ec2/securityGroup:SecurityGroup"); got != pools.CodeJail {
			t.Errorf("%+v: %d security groups", pools, got)
		}
	}
}

func TestKarpenterRunsTwiceOnNodesThatItCannotTakeAway(t *testing.T) {
	graph, _ := karpenter(t, karpenterArgs())
	values := object(t, graph, "karpenter")
	for property, want := range map[string]string{
		"settings.clusterName": "test-cluster", "settings.interruptionQueue": "kp-queue", "priorityClassName": "system-cluster-critical",
		"dnsPolicy": "Default", "controller.resources.requests.memory": "1Gi", "controller.resources.limits.memory": "1Gi",
		"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key":      "karpenter.sh/nodepool",
		"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator": "DoesNotExist",
		"affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey":                                 "kubernetes.io/hostname",
		"topologySpreadConstraints[0].topologyKey":      "topology.kubernetes.io/zone",
		"topologySpreadConstraints[0].nodeTaintsPolicy": "Honor", "settings.preferencePolicy": "Ignore",
	} {
		if got := values.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if values.Value(t, "replicas").NumberValue() != 2 || values.Value(t, "podDisruptionBudget.maxUnavailable").NumberValue() != 1 {
		t.Error("a drain could take the last Karpenter")
	}
}

func TestANodeStartsFromOneImageEncryptedAndClosed(t *testing.T) {
	graph, _ := karpenter(t, karpenterArgs())
	class := object(t, graph, "EC2NodeClass standard")
	for property, want := range map[string]string{
		"spec.amiSelectorTerms[0].alias": "al2023@v20260903", "spec.instanceProfile": "kp-standard-node-profile",
		"spec.subnetSelectorTerms[0].id": "subnet-a", "spec.subnetSelectorTerms[1].id": "subnet-b",
		"spec.securityGroupSelectorTerms[0].id": "sg-cluster",
		"spec.metadataOptions.httpTokens":       "required", "spec.metadataOptions.httpEndpoint": "enabled",
		"spec.blockDeviceMappings[0].deviceName": "/dev/xvda", "spec.blockDeviceMappings[0].ebs.volumeType": "gp3",
		"spec.blockDeviceMappings[0].ebs.volumeSize": "100Gi",
		"spec.blockDeviceMappings[0].ebs.kmsKeyID":   "arn:aws:kms:eu-west-1:123456789012:key/data",
		`spec.tags["managed-by"]`:                    "pulumi-openedx", `spec.tags["openedx-stack"]`: "test",
		`spec.tags["openedx-component"]`: "karpenter", `spec.tags["Name"]`: "kp-standard-node",
	} {
		if got := class.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	for property, want := range map[string]float64{"spec.metadataOptions.httpPutResponseHopLimit": 1, "spec.kubelet.maxPods": 110} {
		if got := class.Value(t, property).NumberValue(); got != want {
			t.Errorf("%s is %v, want %v", property, got, want)
		}
	}
	for property, want := range map[string]bool{
		"spec.blockDeviceMappings[0].ebs.encrypted": true, "spec.blockDeviceMappings[0].ebs.deleteOnTermination": true,
		"spec.associatePublicIPAddress": false, "spec.detailedMonitoring": false,
	} {
		if got := class.Value(t, property).BoolValue(); got != want {
			t.Errorf("%s is %t", property, got)
		}
	}
	// Karpenter would make a profile from a role, for which it has no right.
	if class.Value(t, "spec.role").HasValue() {
		t.Error("a role is named beside the profile")
	}
}

// requirement is the values of a pool's requirement.
func requirement(t *testing.T, pool *harness.Resource, key string) string {
	t.Helper()
	for _, r := range pool.Value(t, "spec.template.spec.requirements").ArrayValue() {
		if r.ObjectValue()["key"].StringValue() == key && r.ObjectValue()["operator"].StringValue() == "In" {
			var values []string
			for _, v := range r.ObjectValue()["values"].ArrayValue() {
				values = append(values, v.StringValue())
			}
			return strings.Join(values, " ")
		}
	}
	return ""
}

func TestEachPoolIsOfOneKindAndLimitedInNodesAndInTheirProcessors(t *testing.T) {
	args := karpenterArgs()
	everyPool(args)
	graph, _ := karpenter(t, args)
	for name, want := range map[string]struct{ capacity, class, limit string }{
		"on-demand":            {"on-demand", "standard", "20 nodes, 80 vCPUs"},
		workloads.SpotPool:     {"spot", "standard", "4 nodes, 16 vCPUs"},
		workloads.CodeJailPool: {"on-demand", "code-jail", "1 nodes, 4 vCPUs"},
	} {
		pool := object(t, graph, "NodePool "+name)
		got := struct{ capacity, class, limit string }{
			requirement(t, pool, "karpenter.sh/capacity-type"), pool.Text(t, "spec.template.spec.nodeClassRef.name"),
			pool.Text(t, "spec.limits.nodes") + " nodes, " + pool.Text(t, "spec.limits.cpu") + " vCPUs",
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if requirement(t, pool, "node.kubernetes.io/instance-type") != "m6i.xlarge m7i.xlarge" || requirement(t, pool, "kubernetes.io/arch") != "amd64" ||
			requirement(t, pool, "kubernetes.io/os") != "linux" {
			t.Errorf("%s: nodes of %v", name, pool.Value(t, "spec.template.spec.requirements"))
		}
		if pool.Text(t, "spec.template.spec.nodeClassRef.group") != "karpenter.k8s.aws" || pool.Text(t, "spec.template.spec.nodeClassRef.kind") != "EC2NodeClass" {
			t.Errorf("%s: of class %v", name, pool.Value(t, "spec.template.spec.nodeClassRef"))
		}
	}
}

func TestOnlyPodsThatAskForItRunOnSpotOrInTheJail(t *testing.T) {
	args := karpenterArgs()
	everyPool(args)
	graph, _ := karpenter(t, args)
	for _, name := range []string{workloads.SpotPool, workloads.CodeJailPool} {
		pool := object(t, graph, "NodePool "+name)
		if got := pool.Text(t, `spec.template.metadata.labels["openedx-pool"]`); got != name {
			t.Errorf("%s: nobody finds nodes labelled %q", name, got)
		}
		taint := pool.Value(t, "spec.template.spec.taints[0]").ObjectValue()
		got := fmt.Sprintf("%s=%s:%s", taint["key"].StringValue(), taint["value"].StringValue(), taint["effect"].StringValue())
		if want := workloads.PoolLabel + "=" + name + ":NoSchedule"; got != want {
			t.Errorf("%s: the taint is %s, want %s", name, got, want)
		}
	}
	usual := object(t, graph, "NodePool on-demand")
	if usual.Value(t, "spec.template.spec.taints").HasValue() {
		t.Error("pods that ask for nothing have nowhere to run")
	}
	if usual.Value(t, "spec.weight").HasValue() || object(t, graph, "NodePool spot").Value(t, "spec.weight").NumberValue() <= 0 {
		t.Error("a worker that tolerates both gets the dearer node first")
	}
}

func TestNodesGoATenthAtATimeAndNoneInQuietHours(t *testing.T) {
	args := karpenterArgs()
	args.Quiet = []aws.QuietHours{{Schedule: "0 7 * * 1-5", Duration: "12h"}}
	graph, _ := karpenter(t, args)
	pool := object(t, graph, "NodePool on-demand")
	for property, want := range map[string]string{
		"spec.disruption.consolidationPolicy": "WhenEmptyOrUnderutilized", "spec.disruption.consolidateAfter": "5m",
		"spec.disruption.budgets[0].nodes": "10%", "spec.disruption.budgets[1].nodes": "0",
		"spec.disruption.budgets[1].schedule": "0 7 * * 1-5", "spec.disruption.budgets[1].duration": "12h",
		"spec.template.spec.expireAfter": "720h", "spec.template.spec.terminationGracePeriod": "4h",
	} {
		if got := pool.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	usual, _ := karpenter(t, karpenterArgs())
	if got := object(t, usual, "NodePool on-demand").Value(t, "spec.disruption.budgets").ArrayValue(); len(got) != 1 {
		t.Errorf("nobody asked for quiet, and there are %d budgets", len(got))
	}
}

func TestTheCodeJailReachesNoStore(t *testing.T) {
	args := karpenterArgs()
	everyPool(args)
	graph, _ := karpenter(t, args)
	if got := object(t, graph, "EC2NodeClass code-jail").Text(t, "spec.securityGroupSelectorTerms[0].id"); got != "kp-jail-id" {
		t.Errorf("its nodes are in %s, as everybody's are", got)
	}
	var got []string
	for _, kind := range []string{"Ingress", "Egress"} {
		for _, r := range graph.All("aws:vpc/securityGroup" + kind + "Rule:SecurityGroup" + kind + "Rule") {
			port := "all"
			if r.Value(t, "fromPort").HasValue() {
				port = fmt.Sprint(r.Value(t, "fromPort").NumberValue())
			}
			other := "0.0.0.0/0"
			if r.Value(t, "referencedSecurityGroupId").HasValue() {
				other = r.Text(t, "referencedSecurityGroupId")
			}
			got = append(got, strings.Join([]string{kind, r.Text(t, "securityGroupId"), other, r.Text(t, "ipProtocol"), port}, " "))
		}
	}
	want := []string{
		"Ingress sg-cluster kp-jail-id tcp 443", "Ingress sg-cluster kp-jail-id tcp 53", "Ingress sg-cluster kp-jail-id udp 53",
		"Ingress kp-jail-id sg-cluster -1 all",
		"Egress kp-jail-id sg-cluster tcp 53", "Egress kp-jail-id sg-cluster udp 53", "Egress kp-jail-id 0.0.0.0/0 tcp 443",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
