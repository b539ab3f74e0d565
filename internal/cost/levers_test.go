package cost_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
)

// levers are a plan's, as its preset is used.
func levers(t *testing.T, p plan.Plan) []cost.Saving {
	t.Helper()
	usage, err := cost.UsualUsage(p)
	if err != nil {
		t.Fatal(err)
	}
	all, err := cost.Levers(p, usage)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// saving is what a plan's lever saves, if it can be pulled.
func saving(t *testing.T, p plan.Plan, name string) (cost.Saving, bool) {
	t.Helper()
	all := levers(t, p)
	at := slices.IndexFunc(all, func(s cost.Saving) bool { return strings.Contains(s.Name, name) })
	if at < 0 {
		return cost.Saving{}, false
	}
	return all[at], true
}

func TestEveryLeverMovesTheEstimateInItsDirection(t *testing.T) {
	for name, want := range map[string]struct{ low, high float64 }{
		"on spot": {0, 1}, "AMD": {1, 1}, "Graviton": {1, 1}, "One NAT": {1, 1}, "No interface endpoints": {1, 1},
		"gp2": {-1, -1}, "I/O-Optimized": {-1, -1}, "Redis OSS": {-1, -1}, "No OpenSearch": {1, 1}, "Monday": {1, 1}, "Commitments": {1, 1},
	} {
		lever, ok := saving(t, starter(t, config.Large), name)
		if !ok {
			t.Errorf("large has no lever %q", name)
			continue
		}
		if sign(lever.Low) != want.low || sign(lever.High) != want.high {
			t.Errorf("%s saves %.2f to %.2f, want the signs %v and %v", name, lever.Low, lever.High, want.low, want.high)
		}
	}
	for name, want := range map[string]float64{"All interface endpoints": -1, "cheaper storage": 1} {
		lever, ok := saving(t, starter(t, config.Small), name)
		if !ok || sign(lever.Low) != want || sign(lever.High) != want {
			t.Errorf("%s saves %.4f to %.4f in small, want the sign %v", name, lever.Low, lever.High, want)
		}
	}
}

func sign(amount float64) float64 {
	if math.Abs(amount) < 1e-9 {
		return 0
	}
	return math.Copysign(1, amount)
}

func TestALeverThatIsPulledIsNotOffered(t *testing.T) {
	p := starter(t, config.Large)
	p.Network.NATPerZone, p.Network.Endpoints = false, nil
	p.Cluster.Nodes.Machine = "m6a.4xlarge"
	p.Cluster.Nodes.Spot = p.Cluster.Nodes.Max - p.Cluster.Nodes.Min
	p.Stores.Redis.Engine = redis.RedisOSS
	p.Stores.Search = plan.Search{}
	p.Edge.Storage.ColdDays = 30
	for _, name := range []string{"One NAT", "No interface", "AMD", "on spot", "Redis OSS", "No OpenSearch", "cheaper storage"} {
		if lever, ok := saving(t, p, name); ok {
			t.Errorf("%s is pulled already, and offered", lever.Name)
		}
	}
}

func TestALeverSavesWhatTheEstimateDoesWithoutIt(t *testing.T) {
	p := starter(t, config.Large)
	before := estimate(t, p)
	lever, _ := saving(t, p, "One NAT")
	p.Network.NATPerZone = false
	after := estimate(t, p)
	if got, want := lever.Low, before.Low()-after.Low(); math.Abs(got-want) > 1e-6 {
		t.Errorf("the lever saves %.2f, the setting %.2f", got, want)
	}
}

func TestLookingAtLeversChangesNothing(t *testing.T) {
	p := starter(t, config.Large)
	usage, err := cost.UsualUsage(p)
	if err != nil {
		t.Fatal(err)
	}
	before, err := cost.With(p, usage)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = cost.Levers(p, usage); err != nil {
		t.Fatal(err)
	}
	after, err := cost.With(p, usage)
	if err != nil {
		t.Fatal(err)
	}
	if after.Low() != before.Low() || after.High() != before.High() {
		t.Errorf("it cost %.2f to %.2f before and %.2f to %.2f after", before.Low(), before.High(), after.Low(), after.High())
	}
}

func TestEveryLeverNamesItsSettingAndWhatItCostsOtherwise(t *testing.T) {
	keys := map[string]bool{}
	for _, key := range config.Keys() {
		keys[key.Path] = true
	}
	for _, preset := range config.Presets() {
		for _, lever := range levers(t, starter(t, preset)) {
			if lever.Caution == "" || (!keys[lever.Key] && !strings.HasPrefix(lever.Key, "none: ")) {
				t.Errorf("%s is set by %q and costs %q", lever.Name, lever.Key, lever.Caution)
			}
		}
	}
}

// Where a cheaper choice is as good, the preset takes it: what is left to be saved by settings alone is small, or
// has a reason in docs/sizing.md.
func TestMediumHasNoEndpointsThatNATWouldReplaceForLess(t *testing.T) {
	for _, preset := range []config.Preset{config.Small, config.Medium} {
		if lever, ok := saving(t, starter(t, preset), "No interface endpoints"); ok {
			t.Errorf("%s would save %.0f without interface endpoints", preset, lever.Low)
		}
	}
}
