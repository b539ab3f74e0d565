package declared_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/tests/cluster/declared"
)

func TestObjectsAreWhatTheProgramDeclaresWithTheirNames(t *testing.T) {
	state := declared.Load(t, declared.Starter("medium"))
	require.NotEmpty(t, state.Outputs)
	require.Greater(t, len(state.Objects), 10)
	kinds := map[string]int{}
	for _, object := range state.Objects {
		plain, ok := object.(*unstructured.Unstructured)
		require.True(t, ok)
		require.NotEmpty(t, plain.GetAPIVersion(), plain)
		require.NotEmpty(t, plain.GetName(), plain)
		kinds[plain.GetKind()]++
	}
	require.Positive(t, kinds["Namespace"])
	require.Zero(t, kinds["Release"], "a release is no object")
	// Numbers have to be those that Kubernetes' own types take.
	job := find(t, state, "Job")
	var typed batchv1.Job
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(job.Object, &typed))
	require.Positive(t, *typed.Spec.BackoffLimit)
}

func find(t *testing.T, state *declared.State, kind string) *unstructured.Unstructured {
	t.Helper()
	for _, object := range state.Objects {
		if plain, ok := object.(*unstructured.Unstructured); ok && plain.GetKind() == kind {
			return plain
		}
	}
	require.Fail(t, "no "+kind)
	return nil
}

func TestWhatAResourceDependsOnComesBeforeIt(t *testing.T) {
	state := declared.Load(t, declared.Starter("medium"))
	var before []string
	dependencies := 0
	for _, resource := range state.Resources {
		for _, urn := range resource.DependsOn {
			require.Contains(t, before, urn, resource.URN)
			dependencies++
		}
		before = append(before, resource.URN)
	}
	require.Greater(t, dependencies, len(before))
}

func TestSecretsAreOpen(t *testing.T) {
	state := declared.Load(t, declared.Starter("medium"))
	passwords := 0
	for _, resource := range state.Resources {
		if resource.Type == "random:index/randomPassword:RandomPassword" {
			require.IsType(t, "", resource.Outputs["result"], resource.URN)
			passwords++
		}
	}
	require.Positive(t, passwords)
}

func TestTheProgramRunsOnceForTheSameSettingsAndEveryCallerHasItsOwnCopy(t *testing.T) {
	first := declared.Load(t, declared.Starter("medium"))
	want := len(first.Objects)
	object := find(t, first, "Namespace")
	name := object.GetName()
	object.SetName("changed")
	second := declared.Load(t, declared.Starter("medium").With(nil))
	require.Len(t, second.Objects, want)
	require.Equal(t, name, find(t, second, "Namespace").GetName())
	// The engine draws the ids of providers anew in every run.
	drawn := func(state *declared.State) string {
		i := slices.IndexFunc(state.Resources, func(r declared.Resource) bool { return r.Type == "pulumi:providers:kubernetes" })
		return state.Resources[i].ID
	}
	require.Equal(t, drawn(first), drawn(second))
	require.NotEqual(t, drawn(first), drawn(declared.Load(t, declared.Starter("small"))))
}

func TestASettingTakesThePlaceOfTheStarters(t *testing.T) {
	state := declared.Load(t, declared.Starter("medium").With(map[string]any{
		"openedx:instances": map[string]any{"alone": map[string]any{"slot": 5, "lms": "alone.campus.example.org"}},
	}))
	text := ""
	for _, resource := range state.Resources {
		text += resource.Name + "\n"
	}
	require.Contains(t, text, "alone")
	require.NotContains(t, strings.ReplaceAll(text, "domain", ""), "-main")
}

func TestARefusedStackSaysWhyAndNeverRuns(t *testing.T) {
	status, printed, err := declared.Refused(t.Context(), declared.Starter("small").With(map[string]any{"openedx:preset": "tiny"}))
	require.NoError(t, err)
	require.NotZero(t, status)
	require.Contains(t, printed, "openedx:preset")
	_, err = declared.Read(declared.Starter("small").With(map[string]any{"openedx:preset": "tiny"}))
	require.ErrorContains(t, err, "openedx:preset")
	_, err = declared.Read(declared.Starter("none"))
	require.Error(t, err)
}
