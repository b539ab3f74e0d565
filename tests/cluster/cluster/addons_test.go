package cluster_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.org/openedx/tests/cluster/cluster"
)

// pool is a node pool that gives any pod a node, and a pod that needs one.
const pool = `apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: default}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: default}
spec:
  template:
    spec:
      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
      requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}]
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: karpenter, annotations: {kwok.x-k8s.io/usage-cpu: 250m}}
spec:
  nodeSelector: {topology.kubernetes.io/zone: eu-west-1b}
  containers: [{name: one, image: one, resources: {requests: {cpu: "3"}}}]
`

func TestKarpenterOrdersANodeForAPodAndItsUsageIsMeasured(t *testing.T) {
	c := cluster.Start(t, cluster.Options{})
	ctx := t.Context()
	require.NoError(t, c.StartKarpenter(ctx, []string{"eu-west-1a", "eu-west-1b"},
		cluster.InstanceType{Name: "m6i.large", CPU: 2, MemoryGiB: 8, Price: 0.1}, cluster.InstanceType{Name: "m6i.xlarge", CPU: 4, MemoryGiB: 16, Price: 0.2}))
	require.NoError(t, c.StartMetrics(ctx))
	c.Namespace(t, "karpenter")
	objects, err := cluster.Parse([]byte(pool))
	require.NoError(t, err)
	require.NoError(t, c.Apply(ctx, objects...))
	took, err := c.Wait(ctx, "the pod runs on a node of Karpenter's", time.Minute, func(ctx context.Context) (bool, error) {
		pods, listErr := c.Pods(ctx, "karpenter", "")
		return len(pods) == 1 && pods[0].Ready && pods[0].Zone == "eu-west-1b", listErr
	})
	require.NoError(t, err)
	t.Logf("a node was ordered, and the pod on it is ready, after %.1f s", took.Seconds())
	var usage string
	took, err = c.Wait(ctx, "the usage of the pod is known", 90*time.Second, func(ctx context.Context) (bool, error) {
		text, getErr := c.Kubectl(ctx, "get", "--raw", "/apis/metrics.k8s.io/v1beta1/namespaces/karpenter/pods")
		usage = text
		return strings.Contains(text, `"cpu":`), getErr
	})
	require.NoError(t, err)
	require.Regexp(t, `"cpu":"2[45][0-9]+n"`, usage)
	t.Logf("its usage is known %.1f s later", took.Seconds())
}
