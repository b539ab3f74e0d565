package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Wait asks until a condition holds, and returns how long that took.
func (c *Cluster) Wait(ctx context.Context, what string, limit time.Duration, holds wait.ConditionWithContextFunc) (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		if err := c.broken(); err != nil {
			return false, err
		}
		return holds(ctx)
	})
	if err != nil {
		return time.Since(began), fmt.Errorf("not after %.0f s: %s: %w", time.Since(began).Seconds(), what, err)
	}
	return time.Since(began), nil
}

// broken says which program has ended without being told to.
func (c *Cluster) broken() error {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, p := range append(slices.Clone(c.clients), c.etcd, c.api) {
		if err := p.failure(); err != nil && !p.told.Load() {
			return err
		}
	}
	return nil
}

// Kubectl runs the real kubectl with all rights.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, filepath.Join(c.bin, "kubectl"), append([]string{"--kubeconfig=" + c.Kubeconfig}, args...)...) //nolint:gosec // the test's own words
	command.Env = []string{"HOME=" + c.Folder}
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl %v: %w\n%s", args, err, output)
	}
	return string(output), nil
}

// Pod is where a pod is and how it does.
type Pod struct {
	Name, Node, Zone string
	// Ready pods answer requests; those that have been told to end no longer do.
	Ready bool
}

// Pods lists the pods of a namespace that have the labels and have not been told to end.
func (c *Cluster) Pods(ctx context.Context, namespace, selector string) ([]Pod, error) {
	zones, err := c.zonesOfNodes(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.Kubernetes.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	var pods []Pod
	for i := range list.Items {
		pod := &list.Items[i]
		if pod.DeletionTimestamp == nil {
			pods = append(pods, Pod{Name: pod.Name, Node: pod.Spec.NodeName, Zone: zones[pod.Spec.NodeName], Ready: Ready(pod)})
		}
	}
	return pods, nil
}

func (c *Cluster) zonesOfNodes(ctx context.Context) (map[string]string, error) {
	nodes, err := c.Kubernetes.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	zones := map[string]string{}
	for _, node := range nodes.Items {
		zones[node.Name] = node.Labels[corev1.LabelTopologyZone]
	}
	return zones, nil
}

// Ready tells whether a pod answers requests.
func Ready(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// RolledOut waits until all Deployments of a namespace have all their replicas ready.
func (c *Cluster) RolledOut(ctx context.Context, namespace string, limit time.Duration) (time.Duration, error) {
	missing := ""
	took, err := c.Wait(ctx, "all replicas in "+namespace+" are ready", limit, func(ctx context.Context) (bool, error) {
		list, err := c.Kubernetes.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		missing = ""
		for _, d := range list.Items {
			status := d.Status
			if status.ObservedGeneration < d.Generation || status.ReadyReplicas != *d.Spec.Replicas || status.UpdatedReplicas != *d.Spec.Replicas {
				missing += fmt.Sprintf(" %s %d of %d", d.Name, status.ReadyReplicas, *d.Spec.Replicas)
			}
		}
		return missing == "" && len(list.Items) > 0, nil
	})
	if err != nil {
		return took, fmt.Errorf("%w:%s", err, missing)
	}
	return took, nil
}

// Scale sets the replicas of a Deployment as an autoscaler does. It sends a patch,
// which holds whatever version of the Deployment the controllers have just written.
func (c *Cluster) Scale(ctx context.Context, namespace, deployment string, replicas int32) error {
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	_, err := c.Kubernetes.AppsV1().Deployments(namespace).Patch(ctx, deployment, types.MergePatchType, patch, metav1.PatchOptions{}, "scale")
	return err
}

// Namespace makes a namespace that goes when the test ends.
func (c *Cluster) Namespace(t testing.TB, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := c.Apply(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := c.Kubernetes.CoreV1().Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}
