package tutor_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/tutor"
)

const override = `apiVersion: apps/v1
kind: Deployment
metadata: {name: lms}
spec:
  template:
    spec:
      priorityClassName: openedx-web
      containers:
        - name: lms
          resources: {requests: {cpu: 500m}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mfe}
spec: {template: {spec: {priorityClassName: openedx-worker}}}
`

func TestAnInstanceIsMadeOfTutorsDeploymentsServicesAndVolume(t *testing.T) {
	objects, err := tutor.Instance{ID: "abc", Namespace: "instance-main", Override: override}.Objects()
	require.NoError(t, err)
	kinds := map[string]int{}
	deployments := map[string]*appsv1.Deployment{}
	for _, object := range objects {
		plain, ok := object.(*unstructured.Unstructured)
		require.True(t, ok)
		kinds[plain.GetKind()]++
		require.Equal(t, "instance-main", plain.GetNamespace())
		require.Equal(t, map[string]string{
			"app.kubernetes.io/instance": "openedx-abc", "app.kubernetes.io/managed-by": "tutor", workloads.PartLabel: workloads.Part,
		}, without(plain.GetLabels(), workloads.NameLabel, "app.kubernetes.io/component"), "%s %s", plain.GetKind(), plain.GetName())
		if plain.GetKind() == "Deployment" {
			deployments[plain.GetName()] = convert[appsv1.Deployment](t, plain)
		}
		if plain.GetKind() == "Service" {
			service := convert[corev1.Service](t, plain)
			workload, ok := workloads.Find(service.Name)
			require.True(t, ok)
			require.Equal(t, workload.Port, int(service.Spec.Ports[0].Port))
			require.Equal(t, service.Name, service.Spec.Selector[workloads.NameLabel])
			require.Equal(t, workloads.Part, service.Spec.Selector[workloads.PartLabel])
		}
	}
	require.Equal(t, map[string]int{"Deployment": 7, "Service": 5, "PersistentVolumeClaim": 1}, kinds)
	for _, workload := range workloads.All() {
		deployment := deployments[workload.Name]
		require.NotNil(t, deployment, workload.Name)
		require.Nil(t, deployment.Spec.Replicas)
		require.Equal(t, workload.Name, deployment.Spec.Selector.MatchLabels[workloads.NameLabel])
		require.Equal(t, "openedx-abc", deployment.Spec.Template.Labels["app.kubernetes.io/instance"])
	}
	// The patch adds to what Tutor asks for, and takes nothing away.
	lms, cms, mfe := deployments["lms"].Spec.Template.Spec, deployments["cms"].Spec.Template.Spec, deployments["mfe"].Spec.Template.Spec
	require.Equal(t, "500m", lms.Containers[0].Resources.Requests.Cpu().String())
	require.Equal(t, "2Gi", lms.Containers[0].Resources.Requests.Memory().String())
	require.Equal(t, int32(8000), lms.Containers[0].Ports[0].ContainerPort)
	require.Equal(t, []string{"openedx-web", "", "openedx-worker"}, []string{lms.PriorityClassName, cms.PriorityClassName, mfe.PriorityClassName})
	require.True(t, cms.Containers[0].Resources.Requests.Cpu().IsZero())
}

func TestAPatchOfWhatTutorDoesNotMakeIsAnError(t *testing.T) {
	_, err := tutor.Instance{ID: "abc", Namespace: "instance-main", Override: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: forum}\nspec: {}\n"}.Objects()
	require.ErrorContains(t, err, "no matches for Id Deployment.v1.apps/forum")
}

// without copies labels less some of them.
func without(labels map[string]string, names ...string) map[string]string {
	for _, name := range names {
		delete(labels, name)
	}
	return labels
}

// convert reads an object as its Go type; a field that the type does not have is an error.
func convert[T any](t *testing.T, object *unstructured.Unstructured) *T {
	t.Helper()
	typed := new(T)
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, typed, true))
	return typed
}
