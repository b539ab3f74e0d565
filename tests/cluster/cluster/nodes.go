package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	metricsresource "sigs.k8s.io/kwok/kustomize/metrics/resource"
	"sigs.k8s.io/kwok/kustomize/metrics/usage"
	node "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	nodeheartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	pod "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/yaml"
)

const (
	// off marks a node that nothing simulates: its kubelet has stopped.
	off = "cluster.test/off"
	// podsPerNode is the kubelet's default; EKS with prefix delegation recommends the same for machines of up to 30 vCPUs:
	// https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses-procedure.html
	podsPerNode = "110"
)

// zone is a zone with the one program that plays all its kubelets.
type zone struct {
	kwok  *process
	nodes int
	// port is where the kubelets' metrics are served.
	port string
}

// AddNodes adds nodes of so many cores and so much memory, all of which pods may
// use, to a zone, and waits until they are ready.
func (c *Cluster) AddNodes(ctx context.Context, zoneName string, count, cpu, memoryGiB int) error {
	return c.AddMachines(ctx, zoneName, count, corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(int64(cpu), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(int64(memoryGiB)<<30, resource.BinarySI),
		corev1.ResourcePods:   resource.MustParse(podsPerNode),
	})
}

// AddMachines is AddNodes for nodes with exactly this room for pods.
func (c *Cluster) AddMachines(ctx context.Context, zoneName string, count int, room corev1.ResourceList) error {
	z, err := c.zone(zoneName)
	if err != nil {
		return err
	}
	names := make([]string, 0, count)
	for range count {
		z.nodes++
		node := c.node(zoneName, z, room)
		if _, err = c.Kubernetes.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict}); err != nil {
			return fmt.Errorf("node %s: %w", node.Name, err)
		}
		names = append(names, node.Name)
	}
	_, err = c.Wait(ctx, "the nodes of zone "+zoneName+" are ready", time.Minute, func(ctx context.Context) (bool, error) {
		ready, listErr := c.ReadyNodes(ctx, zoneName)
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(ready, name) }), listErr
	})
	return err
}

// node is the object that a kubelet and the cloud would write.
func (c *Cluster) node(zoneName string, z *zone, room corev1.ResourceList) *corev1.Node {
	name := fmt.Sprintf("node-%s-%d", zoneName, z.nodes)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
				corev1.LabelTopologyZone: zoneName, corev1.LabelTopologyRegion: strings.TrimRight(zoneName, "abcdef"),
			},
			Annotations: map[string]string{metricsPath: "/metrics/nodes/" + name + "/metrics/resource"},
		},
		// Without an address of both kinds kwok writes them anew when a node returns.
		Status: corev1.NodeStatus{
			Capacity: room, Allocatable: room,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: loopback}, {Type: corev1.NodeHostName, Address: name}},
		},
	}
}

// KillZone ends everything that runs in a zone, at once and without a word.
func (c *Cluster) KillZone(zoneName string) error {
	z, ok := c.zones[zoneName]
	if !ok {
		return fmt.Errorf("zone %q has no nodes", zoneName)
	}
	return z.kwok.kill()
}

// ReturnZone lets the machines of a zone start again.
func (c *Cluster) ReturnZone(zoneName string) error {
	z, ok := c.zones[zoneName]
	if !ok {
		return fmt.Errorf("zone %q has no nodes", zoneName)
	}
	return errors.Join(z.kwok.kill(), c.startZone(zoneName, z))
}

// StopNode lets one node fall silent, and StartNode lets it return.
func (c *Cluster) StopNode(ctx context.Context, name string) error {
	return c.label(ctx, name, `{"metadata":{"labels":{"`+off+`":""}}}`)
}

// StartNode lets a node return.
func (c *Cluster) StartNode(ctx context.Context, name string) error {
	return c.label(ctx, name, `{"metadata":{"labels":{"`+off+`":null}}}`)
}

func (c *Cluster) label(ctx context.Context, name, patch string) error {
	_, err := c.Kubernetes.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

// ReadyNodes lists the nodes of a zone, or of all, that are ready.
func (c *Cluster) ReadyNodes(ctx context.Context, zoneName string) ([]string, error) {
	options := metav1.ListOptions{}
	if zoneName != "" {
		options.LabelSelector = corev1.LabelTopologyZone + "=" + zoneName
	}
	nodes, err := c.Kubernetes.CoreV1().Nodes().List(ctx, options)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, node := range nodes.Items {
		for _, condition := range node.Status.Conditions {
			if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
				names = append(names, node.Name)
			}
		}
	}
	return names, nil
}

// zone returns a zone, which begins with the first mention of it.
func (c *Cluster) zone(name string) (*zone, error) {
	if z, ok := c.zones[name]; ok {
		return z, nil
	}
	port, err := c.ports.next()
	if err != nil {
		return nil, err
	}
	z := &zone{port: port}
	if err = c.startZone(name, z); err != nil {
		return nil, err
	}
	c.zones[name] = z
	return z, nil
}

func (c *Cluster) startZone(name string, z *zone) error {
	stages, err := c.stages()
	if err != nil {
		return err
	}
	if err = write(c.Folder, "kwok.yaml", []byte(stages)); err != nil {
		return err
	}
	z.kwok, err = c.run("kwok-"+name, "kwok", nil,
		"--kubeconfig="+c.Kubeconfig, "--config="+filepath.Join(c.Folder, "kwok.yaml"),
		"--manage-nodes-with-label-selector="+corev1.LabelTopologyZone+"="+name+",!"+off,
		// It renews its hold on a node at a quarter of that, well within the grace.
		fmt.Sprintf("--node-lease-duration-seconds=%d", c.grace()/2/time.Second),
		"--node-ip="+loopback, "--node-port="+z.port, "--server-address="+net.JoinHostPort(loopback, z.port),
		"--tls-cert-file="+filepath.Join(c.Folder, "server.crt"), "--tls-private-key-file="+filepath.Join(c.Folder, "server.key"))
	return err
}

// stages is what kwok does to nodes and pods, by its own definitions, with the times of the options.
func (c *Cluster) stages() (string, error) {
	documents := []string{
		node.DefaultNodeInit, nodeheartbeat.DefaultNodeHeartbeatWithLease, pod.DefaultPodComplete,
		metricsresource.DefaultMetricsResource, usage.DefaultUsageFromAnnotation, metricsStage,
	}
	for _, late := range []struct {
		stage string
		delay time.Duration
	}{{pod.DefaultPodReady, c.options.PodStart}, {pod.DefaultPodDelete, c.options.PodStop}} {
		stage, err := delayed(late.stage, late.delay)
		if err != nil {
			return "", err
		}
		documents = append(documents, stage)
	}
	return strings.Join(documents, "\n---\n"), nil
}

// delayed lets a stage happen some time after its object is ready for it.
func delayed(stage string, delay time.Duration) (string, error) {
	var object struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
		Spec       map[string]any `json:"spec"`
	}
	if err := yaml.UnmarshalStrict([]byte(stage), &object); err != nil {
		return "", fmt.Errorf("stage of kwok: %w", err)
	}
	object.Spec["delay"] = map[string]any{"durationMilliseconds": delay.Milliseconds()}
	text, err := yaml.Marshal(object)
	return string(text), err
}
