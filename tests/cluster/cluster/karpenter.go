package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
)

// InstanceType is a machine that Karpenter may order.
type InstanceType struct {
	Name           string
	CPU, MemoryGiB int
	// Price is per hour; only which is cheaper counts.
	Price float64
}

// Capacities are how machines can be paid for.
var Capacities = []string{"on-demand", "spot"}

// offering is how KWOK's provider reads where and how a machine can be had.
type offering struct {
	Price        float64
	Available    bool
	Requirements []corev1.NodeSelectorRequirement
}

// StartKarpenter starts Karpenter with a cloud that has these machines in these zones
// and nothing else, and the programs that play the kubelets of those zones. Its node
// class is the kind KWOKNodeClass of karpenter.kwok.sh/v1alpha1. The cluster's options
// may add to its settings.
func (c *Cluster) StartKarpenter(ctx context.Context, zones []string, types ...InstanceType) error {
	for _, name := range zones {
		if _, err := c.zone(name); err != nil {
			return err
		}
	}
	text, err := instanceTypes(zones, types)
	if err != nil {
		return err
	}
	if err = write(c.Folder, "instance-types.json", text); err != nil {
		return err
	}
	definitions, err := KarpenterDefinitions(ctx)
	if err != nil {
		return err
	}
	if err = c.Apply(ctx, definitions...); err != nil {
		return err
	}
	metrics, err := c.ports.next()
	if err != nil {
		return err
	}
	health, err := c.ports.next()
	if err != nil {
		return err
	}
	p, err := c.run("karpenter", "karpenter-kwok", append([]string{
		"KUBECONFIG=" + c.Kubeconfig, "SYSTEM_NAMESPACE=kube-system", "DISABLE_LEADER_ELECTION=true",
		"METRICS_PORT=" + metrics, "HEALTH_PROBE_PORT=" + health,
		"BATCH_IDLE_DURATION=300ms", "KUBE_CLIENT_QPS=1000", "KUBE_CLIENT_BURST=1000",
		"INSTANCE_TYPES_FILE_PATH=" + filepath.Join(c.Folder, "instance-types.json"),
	}, c.options.Karpenter...))
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return c.answers(limited, p, "http://"+net.JoinHostPort(loopback, health)+"/readyz")
}

// instanceTypes writes the machines as KWOK's provider reads them.
func instanceTypes(zones []string, types []InstanceType) ([]byte, error) {
	var all []map[string]any
	for _, t := range types {
		var offerings []offering
		for _, zone := range zones {
			for _, capacity := range Capacities {
				offerings = append(offerings, offering{Price: t.Price, Available: true, Requirements: []corev1.NodeSelectorRequirement{
					{Key: "karpenter.sh/capacity-type", Operator: corev1.NodeSelectorOpIn, Values: []string{capacity}},
					{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone}},
				}})
			}
		}
		all = append(all, map[string]any{
			"name": t.Name, "architecture": "amd64", "operatingSystems": []string{"linux"}, "offerings": offerings,
			"resources": corev1.ResourceList{
				corev1.ResourceCPU:              *resource.NewQuantity(int64(t.CPU), resource.DecimalSI),
				corev1.ResourceMemory:           *resource.NewQuantity(int64(t.MemoryGiB)<<30, resource.BinarySI),
				corev1.ResourcePods:             resource.MustParse(podsPerNode),
				corev1.ResourceEphemeralStorage: resource.MustParse("100Gi"),
			},
		})
	}
	return json.Marshal(all)
}

// KarpenterDefinitions are Karpenter's custom resources, and those of its simulated cloud.
func KarpenterDefinitions(ctx context.Context) ([]runtime.Object, error) {
	folder, err := Module(ctx, "sigs.k8s.io/karpenter")
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "kwok", "apis", "crds", "*.yaml"))
	if err != nil {
		return nil, err
	}
	own, err := filepath.Glob(filepath.Join(folder, "pkg", "apis", "crds", "*.yaml"))
	if err != nil {
		return nil, err
	}
	var all []runtime.Object
	for _, file := range append(files, own...) {
		text, err := os.ReadFile(file) //nolint:gosec // of a module with a checksum
		if err != nil {
			return nil, err
		}
		objects, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

// Module is the folder of one of the modules that the control plane is built from, at its version.
func Module(ctx context.Context, path string) (string, error) {
	bin, err := programs()
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", path) //nolint:gosec // a module's path
	command.Dir = filepath.Join(bin, "..", "..", "tools", "control-plane")
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("module %s: %w", path, err)
	}
	return strings.TrimSpace(string(output)), nil
}
