package addons_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/addons"
)

func TestAddOnsRunWhereNodesStay(t *testing.T) {
	want := map[string]any{"nodeAffinity": map[string]any{"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{
		"nodeSelectorTerms": []any{map[string]any{"matchExpressions": []any{
			map[string]any{"key": "example.org/pool", "operator": "DoesNotExist"},
		}}},
	}}}
	if diff := cmp.Diff(want, addons.Placement{Passing: "example.org/pool"}.Affinity()); diff != "" {
		t.Error(diff)
	}
	if got := (addons.Placement{}).Affinity(); len(got) != 0 {
		t.Errorf("where no node goes, pods are kept away from %v", got)
	}
}

func TestAZoneThatIsLostHoldsUpNoReplacement(t *testing.T) {
	labels := map[string]string{"app": "x"}
	for name, test := range map[string]struct {
		labels map[string]string
		want   map[string]any
	}{
		"with labels": {labels, map[string]any{
			"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
			"nodeTaintsPolicy": "Honor", "labelSelector": map[string]any{"matchLabels": labels},
		}},
		"with the chart's own": {nil, map[string]any{
			"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]any{test.want}, addons.Spread(test.labels)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoContainerIsThrottledAndEachHasAMemoryLimit(t *testing.T) {
	want := map[string]any{
		"requests": map[string]any{"cpu": "50m", "memory": "64Mi"}, "limits": map[string]any{"memory": "128Mi"},
	}
	if diff := cmp.Diff(want, addons.Resources("50m", "64Mi", "128Mi")); diff != "" {
		t.Error(diff)
	}
}
