package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.org/openedx/tests/cluster/cluster"
)

func TestAControlPlaneStartsAndSimulatesNodes(t *testing.T) {
	c := cluster.Start(t, cluster.Options{})
	ctx := t.Context()
	require.NoError(t, c.AddNodes(ctx, "eu-west-1a", 2, 4, 16))
	require.NoError(t, c.AddNodes(ctx, "eu-west-1b", 2, 4, 16))
	require.NoError(t, c.Apply(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "one", Namespace: "default"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "one", Image: "example"}}},
	}))
	took, err := c.Wait(ctx, "the pod runs", 10*time.Second, func(ctx context.Context) (bool, error) {
		pods, err := c.Pods(ctx, "default", "")
		return len(pods) == 1 && pods[0].Ready, err
	})
	require.NoError(t, err)
	t.Log(took)
	text, err := c.Kubectl(ctx, "version")
	require.NoError(t, err)
	t.Log(text)
}
