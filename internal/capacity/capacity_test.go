package capacity_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// ofPreset is the report on a preset as it is.
func ofPreset(t *testing.T, preset config.Preset, learners int) capacity.Report {
	t.Helper()
	report, err := capacity.OfPreset(preset, learners, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestEveryPresetCarriesTheMostOfItsRangeWithEverythingItHas(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		report := ofPreset(t, preset, sizing.Learners.Max)
		for _, resource := range report.Resources {
			if resource.Short() {
				t.Errorf("%s: %d learners need %d %s, it has %d", preset, sizing.Learners.Max, resource.Needs, resource.Name, resource.Has)
			}
		}
		if kinds := len(report.Resources); kinds != 7+1+4 {
			t.Errorf("%s: %d things are compared, want seven workloads, nodes and four of the stores", preset, kinds)
		}
	}
}

func TestNoPresetCarriesTwiceAsMany(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		if len(ofPreset(t, preset, 2*sizing.Learners.Max).Short()) == 0 {
			t.Errorf("%s carries %d learners, so it is built for more than it says", preset, 2*sizing.Learners.Max)
		}
	}
}

// A larger preset that carries fewer would make growth a step back.
func TestWhereOnePresetEndsTheNextCarriesOn(t *testing.T) {
	presets := config.Presets()
	for i := 1; i < len(presets); i++ {
		before, _ := plan.SizingOf(presets[i-1])
		after, _ := plan.SizingOf(presets[i])
		if before.Learners.Max >= after.Learners.Min {
			t.Errorf("%s and %s are built for the same", presets[i-1], presets[i])
		}
		for learners := before.Learners.Max; learners <= after.Learners.Max; learners += 50 {
			if short := ofPreset(t, presets[i], learners).Short(); len(short) > 0 {
				t.Errorf("%s does not carry %d: %+v", presets[i], learners, short)
			}
		}
	}
}

func TestMoreLearnersNeverNeedLess(t *testing.T) {
	for _, preset := range config.Presets() {
		before := ofPreset(t, preset, 1)
		for learners := 2; learners < 30000; learners += learners/10 + 1 {
			after := ofPreset(t, preset, learners)
			for i, resource := range after.Resources {
				if resource.Needs < before.Resources[i].Needs || resource.Has != before.Resources[i].Has {
					t.Errorf("%s: %d learners need %+v, %d need %+v", preset, learners, resource, before.Learners, before.Resources[i])
				}
			}
			if after.Load.Requests < before.Load.Requests || after.Processes < before.Processes || after.Room.CPU < before.Room.CPU || after.Room.Memory < before.Room.Memory {
				t.Errorf("%s: %d learners ask for less than %d", preset, learners, before.Learners)
			}
			before = after
		}
	}
}

// needs is what a report says of one resource of an instance.
func needs(t *testing.T, report capacity.Report, name string) capacity.Resource {
	t.Helper()
	at := slices.IndexFunc(report.Resources, func(r capacity.Resource) bool { return strings.HasPrefix(r.Name, name) })
	if at < 0 {
		t.Fatalf("nothing is said of %s", name)
	}
	return report.Resources[at]
}

// The arithmetic of the assumptions, written down a second time: a pod of two
// processes answers four requests a second, which are those of twenty learners.
func TestWhatIsNeededChangesAtItsBoundary(t *testing.T) {
	for _, test := range []struct {
		preset        config.Preset
		name          string
		learners      int
		needs, beyond int
	}{
		{config.Small, "LMS pods", 40, 2, 3},
		{config.Small, "LMS pods", 180, 9, 10},
		{config.Medium, "LMS pods", 80, 4, 5},
		{config.Large, "LMS pods", 320, 8, 9},    // of four processes
		{config.Small, "LMS workers", 200, 1, 2}, // 40 requests lead to 4 tasks of half a second
		{config.Large, "CMS pods", 4000, 3, 4},   // 40 authors make 12 requests a second
		{config.Large, "CMS workers", 3200, 2, 3},
		{config.Large, "micro-frontend pods", 18750, 3, 4},
		{config.Small, "Caddy pods", 2083, 2, 3}, // 416.6 requests and 83.3 files
		{config.Small, "MiB in Redis", 200, 300, 301},
		{config.Small, "MiB in MongoDB", 200, 80, 81},
	} {
		if got := needs(t, ofPreset(t, test.preset, test.learners), test.name).Needs; got != test.needs {
			t.Errorf("%s, %d learners: %d %s, want %d", test.preset, test.learners, got, test.name, test.needs)
		}
		if got := needs(t, ofPreset(t, test.preset, test.learners+1), test.name).Needs; got != test.beyond {
			t.Errorf("%s, %d learners: %d %s, want %d", test.preset, test.learners+1, got, test.name, test.beyond)
		}
	}
}

// Medium with 2,000: 100 LMS pods and 3 CMS pods of two processes, 10 and 3 workers of
// two, a quarter more of all while a release is rolled out, and 20 connections beside.
func TestConnectionsAreThoseOfEveryProcessWhileAReleaseIsRolledOut(t *testing.T) {
	report := ofPreset(t, config.Medium, 2000)
	mysql, redis := needs(t, report, "MySQL connections"), needs(t, report, "Redis connections")
	if report.Processes != 206 || report.Children != 26 || mysql.Needs != 310 || redis.Needs != 870 {
		t.Errorf("%d and %d processes, %d and %d connections", report.Processes, report.Children, mysql.Needs, redis.Needs)
	}
	if want := 2000 * 80 / 100; mysql.Has != want {
		t.Errorf("%d connections are there before the alarm, want %d", mysql.Has, want)
	}
}

func TestAutoscalingByCPUMayTakeMorePodsThanProcessesDo(t *testing.T) {
	// A pod of 500m that is to be 65 % busy has 325 ms of CPU a second for four requests.
	for milliseconds, want := range map[float64]int{81.25: 100, 82: 101, 162.5: 200} {
		report, err := capacity.OfPreset(config.Medium, 2000, map[string]float64{"cpuPerRequest": milliseconds})
		if err != nil {
			t.Fatal(err)
		}
		if got := needs(t, report, "LMS pods").Needs; got != want {
			t.Errorf("%g ms: %d pods, want %d", milliseconds, got, want)
		}
	}
}

// Medium's pods for 2,000 ask for 59.3 vCPU and 229.9 GiB, of which a node is filled to
// nine tenths, and the platform for 3 and 10.5. A c6i.2xlarge has room for 7.4 and 13.
func TestNodesAreCountedByWhatOfThemIsScarcer(t *testing.T) {
	for machine, want := range map[string]int{"m6i.2xlarge": 10, "c6i.2xlarge": 21} {
		s := change(settings(config.Medium, 2000), func(s *config.Settings) { s.Overrides.Nodes.Machine = &machine })
		if got := needs(t, capacity.Of(resolve(t, s)), "nodes "+machine).Needs; got != want {
			t.Errorf("%d nodes %s, want %d", got, machine, want)
		}
	}
}

// 400 times 0.07 is 28, and a hair more in a computer.
func TestAHairMoreIsNoPodMore(t *testing.T) {
	report, err := capacity.OfPreset(config.Medium, 400, map[string]float64{"requestsPerLearner": 0.07})
	if got := needs(t, report, "LMS pods").Needs; err != nil || got != 7 {
		t.Errorf("%d pods, want 7: %v", got, err)
	}
}

func TestNodesForLearnersCodeHoldNoneOfThePods(t *testing.T) {
	s := settings(config.Small, 200)
	with := change(s, func(s *config.Settings) { s.AddOns.CodeJail = ptr(true) })
	without := needs(t, capacity.Of(resolve(t, s)), "nodes")
	if got := needs(t, capacity.Of(resolve(t, with)), "nodes"); got.Has != without.Has-1 || got.Needs != without.Needs {
		t.Errorf("with the code jail %+v, without %+v", got, without)
	}
}

func TestNoSettingGivesMoreNodesThanAGroupHolds(t *testing.T) {
	for learners, mended := range map[int]bool{40000: true, 60000: false} {
		got := needs(t, ofPreset(t, config.Small, learners), "nodes")
		if !got.Short() || (got.Needs <= plan.MostNodes) != mended || (got.Mend.Key != "") != mended {
			t.Errorf("%d learners: %+v", learners, got)
		}
	}
}

func TestAStoreOfOthersIsNotMeasured(t *testing.T) {
	kind, project := string(config.MongoAtlas), strings.Repeat("0", 24)
	s := change(settings(config.Small, 200), func(s *config.Settings) {
		s.Mongo = config.Mongo{Kind: &kind, Atlas: config.Atlas{Project: &project}}
	})
	for _, resource := range capacity.Of(resolve(t, s)).Resources {
		if strings.Contains(resource.Name, "Mongo") {
			t.Errorf("got %+v", resource)
		}
	}
}

func TestWhatNoPlanCanBeMadeOfIsReported(t *testing.T) {
	if _, err := capacity.OfPreset(config.Small, -1, nil); err == nil || !strings.Contains(err.Error(), "openedx:instances.main.learners is out of range") {
		t.Errorf("got %v", err)
	}
}
