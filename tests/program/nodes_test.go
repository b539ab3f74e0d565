package program

import (
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func TestEveryKindOfNodeKeepsEveryInvariant(t *testing.T) {
	graph := run(t, settings(config.Small, map[string]any{
		"openedx:addons":    map[string]any{"codeJail": true},
		"openedx:cluster":   map[string]any{"quietHours": []any{"0 7 * * 1-5 12h"}},
		"openedx:overrides": map[string]any{"nodes": map[string]any{"spot": 1}},
	}))
	for _, i := range invariants {
		for _, violation := range i.violations(graph) {
			t.Errorf("%s, but %s", i.name, violation)
		}
	}
	karpenter := graph.One(t, "openedx:aws:Karpenter", "campus-karpenter")
	for kind, want := range map[string]float64{"onDemand": 0, "spot": 1, "codeJail": 1} {
		if got := karpenter.Value(t, kind).NumberValue(); got != want {
			t.Errorf("%s: %v nodes, want %v", kind, got, want)
		}
	}
}

func TestTheNodesOfEachPresetAreAtMostAsManyAsItSays(t *testing.T) {
	for _, preset := range config.Presets() {
		graph := run(t, settings(preset, nil))
		sizing, _ := plan.SizingOf(preset)
		fewest := graph.One(t, "eks:index:ManagedNodeGroup", "campus-cluster-nodes").Value(t, "scalingConfig.maxSize").NumberValue()
		karpenter := graph.One(t, "openedx:aws:Karpenter", "campus-karpenter")
		most := fewest
		for _, kind := range []string{"onDemand", "spot", "codeJail"} {
			most += karpenter.Value(t, kind).NumberValue()
		}
		if int(fewest) != sizing.NodesMin || int(most) != sizing.NodesMax {
			t.Errorf("%s: %v to %v nodes, want %d to %d", preset, fewest, most, sizing.NodesMin, sizing.NodesMax)
		}
		if karpenter.Value(t, "spot").NumberValue() != 0 {
			t.Errorf("%s: spot instances that nobody asked for", preset)
		}
	}
}
