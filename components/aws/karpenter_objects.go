package aws

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
)

// The kinds of objects that Karpenter acts on, and words in them.
const (
	nodeClassAPI    = "karpenter.k8s.aws/v1"
	nodeClassGroup  = "karpenter.k8s.aws"
	nodeClassKind   = "EC2NodeClass"
	nodePoolAPI     = "karpenter.sh/v1"
	nodePoolKind    = "NodePool"
	nodesOnDemand   = "on-demand"
	spotCapacity    = "spot"
	alwaysDisturbed = "10%"
)

// addOns are the two charts, and the nodes that there may be. The kinds of objects
// have a chart of their own, because Helm never upgrades those that come along with
// another.
// https://karpenter.sh/v1.14/upgrading/upgrade-guide/#crd-upgrades
func (k *Karpenter) addOns(queue *sqs.Queue, classes []nodeClass) []platform.AddOn {
	var objects []platform.Object
	for _, class := range classes {
		objects = append(objects, k.nodeClass(class))
	}
	for _, pool := range k.args.pools() {
		objects = append(objects, k.args.nodePool(pool))
	}
	return []platform.AddOn{
		{Chart: versions.KarpenterCRD, Namespace: karpenterNamespace},
		{
			Chart: versions.Karpenter, Namespace: karpenterNamespace, Values: k.values(queue),
			After: []string{versions.KarpenterCRD}, Needs: k.needs, Objects: objects,
		},
	}
}

// values are what the chart has to be told.
func (k *Karpenter) values(queue *sqs.Queue) pulumi.Map {
	affinity := addons.Placement{Passing: KarpenterNodes}.Affinity()
	affinity["podAntiAffinity"] = map[string]any{
		"requiredDuringSchedulingIgnoredDuringExecution": []any{map[string]any{"topologyKey": "kubernetes.io/hostname"}},
	}
	all := pulumi.ToMap(map[string]any{
		"replicas":            2, // one leads, the other takes over within seconds
		"podDisruptionBudget": map[string]any{"name": karpenterAccount, "maxUnavailable": 1},
		"serviceAccount":      map[string]any{"name": karpenterAccount},
		"priorityClassName":   "system-cluster-critical",
		// The cluster's DNS may be among what waits for a node.
		"dnsPolicy": "Default",
		// Never on a node of its own, which it could take away under its feet.
		"affinity":                  affinity,
		"topologySpreadConstraints": addons.Spread(nil),
		"controller":                map[string]any{"resources": addons.Resources("250m", "1Gi", "1Gi")},
	})
	all["settings"] = pulumi.Map{
		"clusterName": k.args.ClusterName, "eksControlPlane": pulumi.Bool(true), "interruptionQueue": queue.Name,
		// It would take a wish to be on another node than its like for a demand, and start
		// a node for each pod that has it. Which pool is tried first is a matter of weight.
		"preferencePolicy": pulumi.String("Ignore"),
	}
	return all
}

// nodeClass says what EC2 starts for nodes of a class.
func (k *Karpenter) nodeClass(class nodeClass) platform.Object {
	a, name := k.args, k.name+"-"+class.name+"-node"
	subnets := make(pulumi.Array, len(a.Subnets))
	for i, subnet := range a.Subnets {
		subnets[i] = pulumi.Map{"id": subnet.Routed}
	}
	return platform.Object{APIVersion: nodeClassAPI, Kind: nodeClassKind, Name: class.name, Body: pulumi.Map{"spec": pulumi.Map{
		// One release: with the latest, a new image of Amazon's would replace the nodes
		// on a day of its choosing.
		"amiSelectorTerms":           pulumi.Array{pulumi.StringMap{"alias": pulumi.String("al2023@" + a.Image)}},
		"instanceProfile":            class.profile.Name,
		"subnetSelectorTerms":        subnets,
		"securityGroupSelectorTerms": pulumi.Array{pulumi.Map{"id": class.group}},
		"associatePublicIPAddress":   pulumi.Bool(false),
		"detailedMonitoring":         pulumi.Bool(false),
		"kubelet":                    pulumi.Map{"maxPods": pulumi.Int(a.Pods)},
		"metadataOptions": pulumi.Map{
			"httpEndpoint": pulumi.String("enabled"), "httpTokens": pulumi.String("required"),
			// One hop reaches the node, not its pods: they must not borrow its role.
			"httpPutResponseHopLimit": pulumi.Int(1),
		},
		"blockDeviceMappings": pulumi.Array{pulumi.Map{
			"deviceName": pulumi.String("/dev/xvda"), // the root of Amazon Linux 2023
			"rootVolume": pulumi.Bool(true),
			"ebs": pulumi.Map{
				"volumeType": pulumi.String("gp3"), "volumeSize": pulumi.String(fmt.Sprintf("%dGi", a.DiskGiB)),
				"encrypted": pulumi.Bool(true), "kmsKeyID": a.DataKey, "deleteOnTermination": pulumi.Bool(true),
			},
		}},
		"tags": k.tags(name),
	}}}
}

// nodePool is nodes of one kind, and how many there may be.
type nodePool struct {
	name, class, capacity string
	most                  int
	// apart keeps all pods away but those that ask for the pool.
	apart bool
	// weight is higher for pools that are tried before others.
	weight int
}

// pools lists the kinds that there may be any of.
func (a *KarpenterArgs) pools() []nodePool {
	var wanted []nodePool
	for _, pool := range []nodePool{
		{name: nodesOnDemand, class: standardClass, capacity: nodesOnDemand, most: a.Pools.OnDemand},
		// A worker tolerates both: it is to wait for no other node while there is a
		// cheaper one.
		{name: workloads.SpotPool, class: standardClass, capacity: spotCapacity, most: a.Pools.Spot, apart: true, weight: 10},
		{name: workloads.CodeJailPool, class: workloads.CodeJailPool, capacity: nodesOnDemand, most: a.Pools.CodeJail, apart: true},
	} {
		if pool.most > 0 {
			wanted = append(wanted, pool)
		}
	}
	return wanted
}

const (
	// nodeAge is how old a node becomes: whatever nobody patched is gone after it.
	nodeAge = "720h"
	// drainTime is how long a node waits for its pods before they are ended anyway. It
	// goes over disruption budgets, so it is longer than the longest task of a worker
	// is expected to be, and shorter than a night.
	drainTime = "4h"
)

// nodePool says which nodes there may be and when they go.
//
// The limit is there twice. In nodes it is what people ask about, but Karpenter does
// not count those that it orders in one go against it, and when many pods come at once
// it orders twice too many. In vCPUs it counts them as well, and all machines have as
// many. Neither counts nodes on their way out: while one is replaced there is one more.
// https://karpenter.sh/v1.14/concepts/nodepools/#speclimits
// https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/controllers/provisioning/scheduling/scheduler.go (subtractMax)
func (a *KarpenterArgs) nodePool(pool nodePool) platform.Object {
	node := pulumi.Map{
		"nodeClassRef": pulumi.StringMap{
			"group": pulumi.String(nodeClassGroup), "kind": pulumi.String(nodeClassKind), "name": pulumi.String(pool.class),
		},
		"requirements": pulumi.Array{
			among("karpenter.sh/capacity-type", pool.capacity),
			among("kubernetes.io/arch", "amd64"), // as the images of Open edX
			among("kubernetes.io/os", "linux"),
			among("node.kubernetes.io/instance-type", a.Machines...),
		},
		"expireAfter":            pulumi.String(nodeAge),
		"terminationGracePeriod": pulumi.String(drainTime),
	}
	template := pulumi.Map{"spec": node}
	if pool.apart {
		template["metadata"] = pulumi.Map{"labels": pulumi.StringMap{workloads.PoolLabel: pulumi.String(pool.name)}}
		node["taints"] = pulumi.Array{pulumi.StringMap{
			"key": pulumi.String(workloads.PoolLabel), "value": pulumi.String(pool.name), "effect": pulumi.String("NoSchedule"),
		}}
	}
	spec := pulumi.Map{
		"template": template,
		"limits": pulumi.StringMap{
			"nodes": pulumi.String(strconv.Itoa(pool.most)), "cpu": pulumi.String(strconv.Itoa(pool.most * a.CPUs)),
		},
		"disruption": a.disruption(),
	}
	if pool.weight > 0 {
		spec["weight"] = pulumi.Int(pool.weight)
	}
	return platform.Object{APIVersion: nodePoolAPI, Kind: nodePoolKind, Name: pool.name, Body: pulumi.Map{"spec": spec}}
}

// among wants a node's label to have one of some values.
func among(key string, values ...string) pulumi.Map {
	return pulumi.Map{"key": pulumi.String(key), "operator": pulumi.String("In"), "values": pulumi.ToStringArray(values)}
}

// disruption says when nodes are given up or replaced: a tenth at a time, and none
// in quiet hours. Neither holds back a node that is too old or that AWS takes away.
// https://karpenter.sh/v1.14/concepts/disruption/#nodepool-disruption-budgets
func (a *KarpenterArgs) disruption() pulumi.Map {
	budgets := pulumi.Array{pulumi.StringMap{"nodes": pulumi.String(alwaysDisturbed)}}
	for _, quiet := range a.Quiet {
		budgets = append(budgets, pulumi.StringMap{
			"nodes": pulumi.String("0"), "schedule": pulumi.String(quiet.Schedule), "duration": pulumi.String(quiet.Duration),
		})
	}
	return pulumi.Map{
		"consolidationPolicy": pulumi.String("WhenEmptyOrUnderutilized"),
		"consolidateAfter":    pulumi.String(fmt.Sprintf("%dm", a.IdleMinutes)),
		"budgets":             budgets,
	}
}
