package cluster_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.org/openedx/tests/cluster/cluster"
)

var shared *cluster.Cluster

func TestMain(m *testing.M) {
	if os.Getenv(victimVariable) != "" {
		os.Exit(beVictim())
	}
	os.Exit(cluster.Run(m, cluster.Options{}, func(_ context.Context, c *cluster.Cluster) error {
		shared = c
		return nil
	}))
}

// widgets is a definition, and one of what it defines, in the wrong order.
const widgets = `
apiVersion: test.example.org/v1
kind: Widget
metadata: {name: one, namespace: strict}
spec: {size: 3}
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Namespace
    metadata: {name: strict}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.test.example.org}
spec:
  group: test.example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {size: {type: integer}}
`

func TestObjectsAreAppliedInTheOrderThatTheyNeedAndTwice(t *testing.T) {
	objects, err := cluster.Parse([]byte(widgets))
	require.NoError(t, err)
	require.Len(t, objects, 3)
	for range 2 {
		require.NoError(t, shared.Apply(t.Context(), objects...))
	}
	text, err := shared.Kubectl(t.Context(), "get", "widgets", "--namespace=strict", "--output=jsonpath={.items[*].spec.size}")
	require.NoError(t, err)
	require.Equal(t, "3", text)
}

func TestWhatTheServerDoesNotKnowIsRefused(t *testing.T) {
	objects, err := cluster.Parse([]byte(widgets))
	require.NoError(t, err)
	require.NoError(t, shared.Apply(t.Context(), objects...))
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: one, namespace: default}\nspec: {containers: [{name: one, image: one"
	for text, want := range map[string]string{
		pod + `, imagePullPolice: Always}]}`:  "imagePullPolice",
		pod + `}], restartPolicy: Sometimes}`: "Unsupported value",
		"apiVersion: test.example.org/v1\nkind: Widget\nmetadata: {name: two, namespace: strict}\nspec: {size: 3, sizes: 4}":       "sizes",
		"apiVersion: test.example.org/v1\nkind: Widget\nmetadata: {name: two, namespace: strict}\nspec: {size: three}":             "expected numeric",
		"apiVersion: test.example.org/v1\nkind: Gadget\nmetadata: {name: two, namespace: strict}":                                  "no matches for kind",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two, namespace: nowhere}":                                               "not found",
		"apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: two, namespace: default}\nspec: {hard: {requests.cpu: a lot}}":      "quantities must match",
		"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: two, namespace: default}\nspec: {ingres: [{}]}\n": "ingres",
	} {
		wrong, err := cluster.Parse([]byte(text))
		require.NoError(t, err)
		require.ErrorContains(t, shared.Apply(t.Context(), wrong...), want)
	}
}

func TestAGoTypeIsAppliedWithItsKind(t *testing.T) {
	plain, err := cluster.Plain(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "one"}})
	require.NoError(t, err)
	require.Equal(t, "apps/v1, Kind=Deployment", plain.GroupVersionKind().String())
	require.NotContains(t, plain.Object, "status")
}

func TestAVolumeIsMadeInTheZoneOfItsFirstPodAndStaysThere(t *testing.T) {
	ctx := t.Context()
	shared.Namespace(t, "volumes")
	require.NoError(t, shared.AddNodes(ctx, "eu-west-1a", 1, 4, 16))
	objects, err := cluster.Parse([]byte(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: volumes}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: volumes}
spec:
  containers: [{name: one, image: one}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`))
	require.NoError(t, err)
	require.NoError(t, shared.Apply(ctx, objects...))
	runs := func(ctx context.Context) (bool, error) {
		pods, listErr := shared.Pods(ctx, "volumes", "")
		return len(pods) == 1 && pods[0].Ready && pods[0].Zone == "eu-west-1a", listErr
	}
	_, err = shared.Wait(ctx, "the pod runs in the only zone", time.Minute, runs)
	require.NoError(t, err)

	require.NoError(t, shared.AddNodes(ctx, "eu-west-1b", 1, 4, 16))
	_, err = shared.Kubectl(ctx, "cordon", "node-eu-west-1a-1")
	require.NoError(t, err)
	_, err = shared.Kubectl(ctx, "delete", "pod", "one", "--namespace=volumes")
	require.NoError(t, err)
	require.NoError(t, shared.Apply(ctx, objects[1]))
	_, err = shared.Wait(ctx, "the scheduler says why the pod cannot leave its volume", time.Minute, func(ctx context.Context) (bool, error) {
		pod, getErr := shared.Kubernetes.CoreV1().Pods("volumes").Get(ctx, "one", metav1.GetOptions{})
		return getErr == nil && len(pod.Status.Conditions) > 0 && pod.Status.Conditions[0].Reason == corev1.PodReasonUnschedulable, getErr
	})
	require.NoError(t, err)
	_, err = shared.Kubectl(ctx, "uncordon", "node-eu-west-1a-1")
	require.NoError(t, err)
	_, err = shared.Wait(ctx, "the pod is back in the zone of its volume", time.Minute, runs)
	require.NoError(t, err)
}

func TestControllersHaveTheRightsOfTheirRolesAndNoMore(t *testing.T) {
	_, err := shared.Kubectl(t.Context(), "auth", "can-i", "create", "pods", "--subresource=binding", "--as=system:kube-scheduler")
	require.NoError(t, err)
	_, err = shared.Kubectl(t.Context(), "auth", "can-i", "delete", "namespaces", "--as=system:kube-scheduler")
	require.ErrorContains(t, err, "no")
	_, err = shared.Kubernetes.CoreV1().Namespaces().Get(t.Context(), "nowhere", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "the tests' own client may look: %v", err)
}

func TestTimeOutsAddUpToWhenTheLastNodeOfAZoneIsGivenUp(t *testing.T) {
	require.Equal(t, 350*time.Second, cluster.Defaults.Until(1))
	require.Equal(t, 370*time.Second, cluster.Defaults.Until(3))
	require.Equal(t, 10*time.Second, cluster.Fast.Until(1))
}
