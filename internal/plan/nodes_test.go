package plan_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

func TestAllNodesTogetherAreNeverMoreThanTheMost(t *testing.T) {
	for preset, want := range map[config.Preset]string{config.Small: "3 to 5", config.Medium: "5 to 30", config.Large: "10 to 100"} {
		for _, spot := range []int{0, 1} {
			for _, codeJail := range []bool{false, true} {
				s := settings(t, preset)
				s.Overrides.Nodes.Spot = &spot
				nodes := resolve(t, s).Cluster.Nodes
				pools := nodes.Pools(codeJail)
				if got := fmt.Sprintf("%d to %d", nodes.Min, nodes.Min+pools.OnDemand+pools.Spot+pools.CodeJail); got != want {
					t.Errorf("%s: %s nodes with %+v, want %s", preset, got, pools, want)
				}
				if pools.OnDemand < 0 || pools.Spot != spot || (pools.CodeJail > 0) != codeJail {
					t.Errorf("%s: %+v with %d on spot and the code jail on: %t", preset, pools, spot, codeJail)
				}
			}
		}
	}
}

func TestNoPresetHasSpotInstancesOfItsOwnAccord(t *testing.T) {
	for _, preset := range config.Presets() {
		if pools := resolve(t, settings(t, preset)).Cluster.Nodes.Pools(true); pools.Spot != 0 {
			t.Errorf("%s: %+v", preset, pools)
		}
	}
}

func TestANodeMayBeOfAnyFamilyThatIsAsGood(t *testing.T) {
	for machine, want := range map[string][]string{
		"m6i.2xlarge":      {"m6i.2xlarge", "m6a.2xlarge", "m7a.2xlarge", "m7i.2xlarge"},
		"m7i.xlarge":       {"m7i.xlarge", "m7a.xlarge"},
		"r6a.48xlarge":     {"r6a.48xlarge", "r7a.48xlarge", "r7i.48xlarge"},
		"c5.9xlarge":       {"c5.9xlarge"},
		"m7i-flex.4xlarge": {"m7i-flex.4xlarge", "m7a.4xlarge", "m7i.4xlarge"},
	} {
		s := settings(t, config.Medium)
		s.Overrides.Nodes.Machine = &machine
		if diff := cmp.Diff(want, resolve(t, s).Cluster.Nodes.Machines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", machine, diff)
		}
	}
}

func TestLargeNodesTakeMorePods(t *testing.T) {
	for machine, want := range map[string]int{"m6i.large": 110, "m6i.4xlarge": 110, "m6i.8xlarge": 250, "c5.9xlarge": 250, "c5.12xlarge": 250} {
		s := settings(t, config.Medium)
		s.Overrides.Nodes.Machine = &machine
		if got := resolve(t, s).Cluster.Nodes.Pods; got != want {
			t.Errorf("%s takes %d pods, want %d", machine, got, want)
		}
	}
}

func TestTheNodeImageIsThatOfTheKubernetesVersionOrTheOneAskedFor(t *testing.T) {
	s := settings(t, config.Small)
	for _, k := range versions.AllKubernetes() {
		s.Cluster.Version = &k.Version
		if got := resolve(t, s).Cluster.Nodes.Image; got != k.Image {
			t.Errorf("%s: nodes are started from %s, want %s", k.Version, got, k.Image)
		}
	}
	if s.Cluster.NodeImage = text("v20261001"); resolve(t, s).Cluster.Nodes.Image != "v20261001" {
		t.Error("nobody can choose another image")
	}
}

// budget is what Karpenter accepts as the length of a budget and as its schedule.
// https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/apis/v1/nodepool.go
var (
	budgetLength   = regexp.MustCompile(`^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$`)
	budgetSchedule = regexp.MustCompile(`^(.+)\s(.+)\s(.+)\s(.+)\s(.+)$`)
)

func TestQuietHoursAreSpeltAsKarpenterWantsThem(t *testing.T) {
	for written, want := range map[string]plan.Quiet{
		"0 7 * * 1-5 12h":       {Schedule: "0 7 * * 1-5", Duration: "12h"},
		"30 8  1 jun * 90m":     {Schedule: "30 8 1 jun *", Duration: "1h30m"},
		"*/5 * * * mon 5m":      {Schedule: "*/5 * * * mon", Duration: "5m"},
		"0 0 1 6 * 504h":        {Schedule: "0 0 1 6 *", Duration: "504h"},
		"0 0 * * sat,sun 24h0m": {Schedule: "0 0 * * sat,sun", Duration: "24h"},
	} {
		s := settings(t, config.Small)
		s.Cluster.QuietHours = []string{written}
		got := resolve(t, s).Cluster.Nodes.Quiet
		if diff := cmp.Diff([]plan.Quiet{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", written, diff)
			continue
		}
		if !budgetLength.MatchString(got[0].Duration) || !budgetSchedule.MatchString(got[0].Schedule) {
			t.Errorf("Karpenter would refuse %+v", got[0])
		}
	}
}

func TestQuietHoursEnd(t *testing.T) {
	boundary{
		key: "openedx:cluster.quietHours[0]",
		set: func(s *config.Settings, value string) { s.Cluster.QuietHours = []string{value} },
		good: []string{
			"0 0 * * * 23h59m",  // a minute a day
			"* * * * 1-5 1m",    // the weekend
			"0 0 1 * * 671h",    // an hour less than the shortest month
			"0 0 29 2 * 24h",    // in leap years
			"0 * 1-27 * * 60m",  // each hour begins as the one before ends, until the 28th
			"0 0 * * 1-5 24h0m", // the same by days
		},
		bad: []string{
			"* * * * * 1m", "0 0 * * * 24h", "0 0 1 * * 673h", "0 * * * * 60m", "0 0 31 4 * 1h", "0 0 * * * 0h", "0 0 * * * -1h", "0 0 * * * 1d",
			"0 0 * * * 1h30s", "0 0 * * 8 1h", "TZ=UTC 0 0 * * * 1h", "@daily 1h",
		},
	}.run(t)
}

func TestSpotInstancesAreAmongTheNodesBeyondTheFewest(t *testing.T) {
	boundary{
		key:  "openedx:overrides.nodes.spot",
		set:  func(s *config.Settings, value string) { s.Overrides.Nodes.Spot = number(value) },
		good: []string{"0", "25"}, bad: []string{"-1", "26"},
	}.run(t)
	boundary{
		key: "openedx:overrides.nodes.spot",
		set: func(s *config.Settings, value string) {
			s.Overrides.Nodes.Spot, s.Overrides.Nodes.Min, s.Overrides.Nodes.Max = number(value), number("4"), number("6")
		},
		good: []string{"2"}, bad: []string{"3"},
	}.run(t)
}

func TestTheCodeJailHasItsNodesBesideTheOthers(t *testing.T) {
	for on, bad := range map[bool][]string{true: {"5", "8", "9"}, false: nil} {
		boundary{
			key: "openedx:overrides.nodes.max",
			set: func(s *config.Settings, value string) {
				s.AddOns.CodeJail, s.Overrides.Nodes.Max, s.Overrides.Nodes.Spot = &on, number(value), ptr(3)
				if !on || value == "5" {
					s.Overrides.Nodes.Spot = ptr(0)
				}
			},
			good: []string{"10", "30"}, bad: bad,
		}.run(t)
	}
}

func TestTheNodeImageIsOneRelease(t *testing.T) {
	boundary{
		key:  "openedx:cluster.nodeImage",
		set:  func(s *config.Settings, value string) { s.Cluster.NodeImage = text(value) },
		good: []string{"v20260903", "v20261231"},
		bad:  []string{"latest", "20260903", "v20261301", "v2026090", "ami-0123456789abcdef0"},
	}.run(t)
}
