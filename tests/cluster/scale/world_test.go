// Package scale lets load rise and fall on what the program declares for each preset,
// and sees that pods and then nodes follow, to the most and back to the fewest. The
// autoscaler, metrics-server, the scheduler and Karpenter are the real ones. It needs
// bin/, which make builds.
package scale

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/stackfile"
	"example.org/openedx/tests/cluster/cluster"
	"example.org/openedx/tests/cluster/declared"
)

// machines are what the presets' nodes are of.
// https://aws.amazon.com/ec2/instance-types/m6i/
var machines = map[string]struct{ cpu, memoryGiB int }{
	"m6i.xlarge": {4, 16}, "m6i.2xlarge": {8, 32}, "m6i.4xlarge": {16, 64},
}

// What is taken on every node, and by all add-ons together that are not on every
// node, as the plan counts it where it refuses what no node would hold
// (internal/plan/rules_pods.go).
var (
	nodeKeeps     = requests(600, 3*1024)
	platformTakes = requests(3000, 10752)
)

// platformPods is how many pods the add-ons' share is taken by.
const platformPods = 12

// requests are thousandths of a core and MiB.
func requests(cpu, memory int) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(int64(cpu), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(int64(memory)<<20, resource.BinarySI),
	}
}

// withoutQueues is a starter stack for the program. Without KEDA, workers are scaled by
// their load too: there are no queues here.
func withoutQueues(preset config.Preset) declared.Stack {
	return declared.Starter(string(preset)).With(map[string]any{"openedx:addons": map[string]any{"keda": false}})
}

// planned is a starter stack as the program plans it.
func planned(t *testing.T, preset config.Preset) plan.Plan {
	t.Helper()
	resolved, err := stackfile.Plan(filepath.Join("..", "..", ".."), string(preset))
	require.NoError(t, err)
	return resolved
}

// startNodes adds the nodes that are always there, over the zones, with what the
// platform itself runs on them.
func startNodes(ctx context.Context, c *cluster.Cluster, p plan.Plan) error {
	nodes, zones := p.Cluster.Nodes, len(p.Network.Zones)
	machine := machines[nodes.Machine]
	for i, zone := range p.Network.Zones {
		count := (nodes.Min + zones - 1 - i) / zones
		if err := c.AddNodes(ctx, zone.Name, count, machine.cpu, machine.memoryGiB); err != nil {
			return err
		}
	}
	return c.Apply(ctx, platform()...)
}

// platform is a stand-in for the add-ons: as much is taken of each node, and of all.
func platform() []runtime.Object {
	const namespace = "kube-system"
	selector := func(name string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
	}
	template := func(name string, taken corev1.ResourceList) corev1.PodTemplateSpec {
		return corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}},
			Spec: corev1.PodSpec{
				PriorityClassName: "system-cluster-critical",
				Containers:        []corev1.Container{{Name: name, Image: name, Resources: corev1.ResourceRequirements{Requests: taken}}},
			},
		}
	}
	const everywhere, addOns = "every-node", "add-ons"
	cpu, memory := platformTakes.Cpu().MilliValue(), platformTakes.Memory().Value()>>20
	return []runtime.Object{
		&appsv1.DaemonSet{
			ObjectMeta: metav1.ObjectMeta{Name: everywhere, Namespace: namespace},
			Spec:       appsv1.DaemonSetSpec{Selector: selector(everywhere), Template: template(everywhere, nodeKeeps)},
		},
		&appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: addOns, Namespace: namespace},
			Spec: appsv1.DeploymentSpec{
				Replicas: new(int32(platformPods)), Selector: selector(addOns),
				Template: template(addOns, requests(int(cpu)/platformPods, int(memory)/platformPods)),
			},
		},
	}
}

// startKarpenter starts it with the machines that the preset's nodes may be of.
func startKarpenter(ctx context.Context, c *cluster.Cluster, p plan.Plan) error {
	size := machines[p.Cluster.Nodes.Machine]
	class, err := cluster.Parse(fmt.Appendf(nil, simulated, size.cpu))
	if err != nil {
		return err
	}
	var offered []cluster.InstanceType
	for _, name := range p.Cluster.Nodes.Machines {
		offered = append(offered, cluster.InstanceType{Name: name, CPU: size.cpu, MemoryGiB: size.memoryGiB, Price: float64(size.cpu)})
	}
	var zones []string
	for _, zone := range p.Network.Zones {
		zones = append(zones, zone.Name)
	}
	if err = c.StartKarpenter(ctx, zones, offered...); err != nil {
		return err
	}
	return c.Apply(ctx, class...)
}

// home is the namespace of an instance.
func home(instance plan.Instance) string { return fmt.Sprintf("instance-%s", instance.Slug) }
