package tutor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/tutor"
	"example.org/openedx/internal/workloads"
)

func TestOnlyWorkersGoWhereAWSMayTakeTheNodeBackAndOnlyWhereThereAreSuch(t *testing.T) {
	for _, spot := range []bool{true, false} {
		i := instance(t, 1)
		i.Spot = spot
		documents := overrides(t, i)
		for _, workload := range workloads.All() {
			pod := podOf(documents["Deployment "+workload.Name])
			var tolerations, preference any
			if worker := len(workload.Queues) > 0; worker && spot {
				tolerations = []any{map[string]any{"key": "openedx-pool", "operator": "Equal", "value": "spot", "effect": "NoSchedule"}}
				preference = map[string]any{"key": "openedx-pool", "operator": "In", "values": []any{"spot"}}
			}
			if diff := cmp.Diff(tolerations, at(pod, "tolerations")); diff != "" {
				t.Errorf("%s, spot %t: %s", workload.Name, spot, diff)
			}
			preferred := at(pod, "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0, "preference", "matchExpressions", 0)
			if diff := cmp.Diff(preference, preferred); diff != "" {
				t.Errorf("%s, spot %t: %s", workload.Name, spot, diff)
			}
		}
	}
}

func TestTheCodeJailRunsOnItsOwnNodesWhereAnInstanceHasThePlugin(t *testing.T) {
	i := instance(t, 1)
	without, err := i.Patch(tutor.OverridePatch)
	if err != nil || strings.Contains(without, workloads.CodeJail) {
		t.Fatalf("a platform without has it: %v\n%s", err, without)
	}
	i.CodeJail = true
	with, err := i.Patch(tutor.OverridePatch)
	if err != nil {
		t.Fatal(err)
	}
	more, ok := strings.CutPrefix(with, without)
	if !ok {
		t.Fatalf("the code jail changes what is before it:\n%s", with)
	}
	document, ok := strings.CutPrefix(more, "{% if \"codejail\" in PLUGINS %}\n---\n")
	if !ok {
		t.Fatalf("it does not ask for the plugin:\n%s", more)
	}
	document, ok = strings.CutSuffix(document, "{% endif %}\n")
	if !ok {
		t.Fatalf("what it asks has no end:\n%s", more)
	}
	var got any
	if err = yaml.UnmarshalStrict([]byte(document), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "codejailservice"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
			"automountServiceAccountToken": false,
			"nodeSelector":                 map[string]any{"openedx-pool": "code-jail"},
			"tolerations":                  []any{map[string]any{"key": "openedx-pool", "operator": "Equal", "value": "code-jail", "effect": "NoSchedule"}},
		}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
