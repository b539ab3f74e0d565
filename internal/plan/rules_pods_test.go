package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func pods(change func(p *config.PodsOverride, value *int)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Overrides.Pods, number(value)) }
}

func TestPodsHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "weight", key: "openedx:instances.main.weight",
			set:  instance(func(i *config.Instance, v string) { i.Weight = number(v) }),
			good: []string{"1", "10"}, bad: []string{"-1", "0", "11"},
		},
		{
			name: "fewest pods", key: "openedx:overrides.pods.caddy.min",
			set:  pods(func(p *config.PodsOverride, v *int) { p.Caddy.Min = v }),
			good: []string{"2", "8"}, bad: []string{"0", "1", "9", "501"},
		},
		{
			name: "fewest workers", key: "openedx:overrides.pods.lmsWorker.min",
			set:  trial(pods(func(p *config.PodsOverride, v *int) { p.LMSWorker.Min = v })),
			good: []string{"1", "12"}, bad: []string{"0", "13"},
		},
		{
			name: "most pods", key: "openedx:overrides.pods.lms.max",
			set:  pods(func(p *config.PodsOverride, v *int) { p.LMS.Max = v }),
			good: []string{"4", "500"}, bad: []string{"0", "3", "501"},
		},
		{
			name: "most workers", key: "openedx:overrides.pods.cmsWorker.max",
			set:  trial(pods(func(p *config.PodsOverride, v *int) { p.CMSWorker.Min, p.CMSWorker.Max = ptr(1), v })),
			good: []string{"1"}, bad: []string{"0"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

// crowded is small with so many instances of weights.
func crowded(weights ...int) func(s *config.Settings) {
	return func(s *config.Settings) {
		s.Instances = map[string]config.Instance{}
		for i, weight := range weights {
			slug := fmt.Sprintf("i%02d", i)
			s.Instances[slug] = config.Instance{LMS: slug + "." + s.Domain, Slot: ptr(i), Weight: ptr(weight)}
		}
	}
}

func TestTheFewestPodsOfAllInstancesFitTheMostNodes(t *testing.T) {
	for name, test := range map[string]struct {
		preset   config.Preset
		set      func(s *config.Settings)
		key, got string
		fix      string // the end of it
	}{
		"as many as fit":      {config.Small, crowded(1, 1, 1), "", "", ""},
		"one too many":        {config.Small, crowded(1, 1, 1, 1), "openedx:overrides.nodes.max", "5", "openedx:overrides.nodes.max 6 --stack small"},
		"a weight is heavy":   {config.Large, func(s *config.Settings) { crowded(1, 10, 9)(s); s.Overrides.Nodes.Max = ptr(17) }, "openedx:instances.i01.weight", "10", "openedx:instances.i01.weight 8 --stack large"},
		"both are":            {config.Large, func(s *config.Settings) { crowded(10, 10)(s); s.Overrides.Nodes.Max = ptr(10) }, "openedx:overrides.nodes.max", "10", "openedx:overrides.nodes.max 18 --stack large"},
		"an override is much": {config.Small, func(s *config.Settings) { s.Overrides.Pods.LMS = config.PodsRange{Min: ptr(90), Max: ptr(90)} }, "openedx:overrides.pods.lms.min", "90", "rm --path openedx:overrides.pods.lms.min --stack small"},
		"a machine is too small for one pod": {
			config.Large, func(s *config.Settings) { s.Overrides.Nodes.Machine = text("m6i.large") },
			"openedx:overrides.nodes.machine", "m6i.large", "openedx:overrides.nodes.machine m6i.4xlarge --stack large",
		},
		"no number of machines": {
			config.Small, func(s *config.Settings) {
				crowded(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)(s)
				s.Overrides.Nodes.Machine, s.Overrides.Pods.LMS = text("m6i.large"), config.PodsRange{Min: ptr(500), Max: ptr(500)}
				s.Overrides.Pods.CMS = config.PodsRange{Min: ptr(10), Max: ptr(10)}
				crowded(repeat(1, 64)...)(s)
			}, "openedx:overrides.nodes.machine", "m6i.large", "openedx:overrides.nodes.machine m6i.4xlarge --stack small",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(t, test.preset)
			test.set(&s)
			_, problems := plan.Resolve(s)
			if test.key == "" {
				if len(problems) > 0 {
					t.Errorf("refused: %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Key != test.key || problems[0].Got != test.got || !strings.HasSuffix(problems[0].Fix, test.fix) {
				t.Fatalf("got %+v", problems)
			}
			if !strings.Contains(problems[0].Want, "vCPU and") {
				t.Errorf("nothing is said of what is asked for: %s", problems[0].Want)
			}
		})
	}
}

func repeat(value, times int) []int {
	all := make([]int, times)
	for i := range all {
		all[i] = value
	}
	return all
}

func TestWhatIsWrongAboutNodesIsNotSaidAboutPodsAgain(t *testing.T) {
	for name, set := range map[string]func(*config.Settings){
		"machine":    func(s *config.Settings) { s.Overrides.Nodes.Machine = text("m6i.tiny") },
		"no machine": func(s *config.Settings) { s.Overrides.Nodes.Machine = text("x") },
		"most":       func(s *config.Settings) { s.Overrides.Nodes.Max = ptr(2) },
		"a weight":   func(s *config.Settings) { crowded(11, 1, 1, 1, 1, 1)(s) },
	} {
		s := settings(t, config.Small)
		set(&s)
		if _, problems := plan.Resolve(s); len(problems) != 1 {
			t.Errorf("%s: got %v", name, problems)
		}
	}
}

func TestAMachineHasTheMemoryOfItsFamily(t *testing.T) {
	for machine, want := range map[string]string{
		"c6i.xlarge": "and 3 nodes c6i.xlarge have 7.2 vCPU and 4.5 GiB for them",
		"m6i.large":  "and 3 nodes m6i.large have 1.2 vCPU and 4.5 GiB for them",
		"r6i.large":  "and 3 nodes r6i.large have 1.2 vCPU and 28.5 GiB for them",
	} {
		s := settings(t, config.Small)
		s.Overrides.Nodes = config.NodesOverride{Machine: text(machine), Max: ptr(3)}
		_, problems := plan.Resolve(s)
		if len(problems) != 1 || problems[0].Key != "openedx:overrides.nodes.max" || !strings.Contains(problems[0].Want, want) {
			t.Errorf("%s: got %+v", machine, problems)
		}
	}
	s := settings(t, config.Small)
	s.Overrides.Nodes = config.NodesOverride{Machine: text("c7a.48xlarge"), Max: ptr(3)}
	resolve(t, s)
}
