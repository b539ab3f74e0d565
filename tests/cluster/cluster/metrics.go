package cluster

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"path/filepath"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// UsageCPU and UsageMemory are the annotations of a pod that say what it uses.
const (
	UsageCPU    = "kwok.x-k8s.io/usage-cpu"
	UsageMemory = "kwok.x-k8s.io/usage-memory"
)

// metricsPath is where metrics-server asks a node, instead of the kubelet's own path.
const metricsPath = "metrics.k8s.io/resource-metrics-path"

// metricsStage gives that annotation to nodes that others have made, such as Karpenter's.
const metricsStage = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: node-metrics-path}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  # Any weight: those of kwok's own have none, and wait.
  weight: 1
  selector:
    matchExpressions:
      - {key: '.metadata.annotations["` + metricsPath + `"]', operator: DoesNotExist}
      - {key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: In, values: ["True"]}
  next:
    patches:
      - root: metadata
        type: merge
        template: |
          annotations:
            ` + metricsPath + `: {{ printf "/metrics/nodes/%s/metrics/resource" .metadata.name | Quote }}
`

// metricsService lets the API server find metrics-server, which runs outside the cluster.
const metricsService = `apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec:
  type: ExternalName
  externalName: localhost
  ports: [{port: %[1]s}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {name: metrics-server, namespace: kube-system, port: %[1]s}
  caBundle: %[2]s
`

// StartMetrics starts metrics-server, and waits until the API server asks it. What a
// pod uses is what its annotations say, ten seconds and more ago.
func (c *Cluster) StartMetrics(ctx context.Context) error {
	port, err := c.ports.next()
	if err != nil {
		return err
	}
	kubeconfig := c.Kubeconfig
	p, err := c.run("metrics-server", "metrics-server", nil,
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--bind-address="+loopback, "--secure-port="+port,
		"--tls-cert-file="+filepath.Join(c.Folder, "server.crt"), "--tls-private-key-file="+filepath.Join(c.Folder, "server.key"),
		"--kubelet-insecure-tls", "--kubelet-use-node-status-port", "--kubelet-preferred-address-types=InternalIP",
		// Ten seconds are the least that it accepts, and a request has to be shorter.
		"--metric-resolution=10s", "--kubelet-request-timeout=5s")
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, start)
	defer cancel()
	if err = c.answers(limited, p, "https://"+net.JoinHostPort(loopback, port)+"/livez"); err != nil {
		return err
	}
	bundle, err := c.authority.pem()
	if err != nil {
		return err
	}
	objects, err := Parse(fmt.Appendf(nil, metricsService, port, base64.StdEncoding.EncodeToString(bundle)))
	if err != nil {
		return err
	}
	if err = c.Apply(ctx, objects...); err != nil {
		return err
	}
	_, err = c.Wait(ctx, "the API server asks metrics-server", time.Minute, func(ctx context.Context) (bool, error) {
		nodes := c.Dynamic.Resource(schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "nodes"})
		_, listErr := nodes.List(ctx, metav1.ListOptions{})
		if apierrors.IsServiceUnavailable(listErr) || apierrors.IsNotFound(listErr) {
			return false, nil
		}
		return listErr == nil, listErr
	})
	return err
}
