package capacity_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func TestAPlanThatCarriesWhatIsExpectedIsNotWarnedOf(t *testing.T) {
	for name, s := range map[string]config.Settings{
		"nobody says":                        settings(config.Small, 0, 0),
		"no instance":                        settings(config.Large),
		"small's most":                       settings(config.Small, 150, 50),
		"medium's most in one":               settings(config.Medium, 2000),
		"large's most in many":               settings(config.Large, 4000, 3000, 3000, 0, 0),
		"more than medium's, and meant":      change(settings(config.Medium, 650, 650, 650, 650), func(s *config.Settings) { s.Overrides.Learners = ptr(2600) }),
		"more than is assumed, and measured": change(settings(config.Small, 200), func(s *config.Settings) { s.Capacity = map[string]float64{"requestsPerLearner": 0.1} }),
	} {
		if got := capacity.Warnings(resolve(t, s)); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAWarningSaysWhatIsShortAndWhatMendsIt(t *testing.T) {
	for name, test := range map[string]struct {
		settings config.Settings
		want     []string
	}{
		"more than the preset is built for, which has room": {
			settings(config.Medium, 650, 650, 650, 650),
			[]string{"these 4 instances expect 2,600 concurrent learners, medium is built for 2,000: take large, or raise openedx:overrides.learners to 2600."},
		},
		"one more": {
			settings(config.Medium, 1000, 1001, 0),
			[]string{"these 2 instances expect 2,001 concurrent learners (and 1 of 3 do not say how many), medium is built for 2,000: take large, or raise openedx:overrides.learners to 2001."},
		},
		"nodes as well": {
			settings(config.Small, 150, 150, 150),
			[]string{
				"these 3 instances expect 450 concurrent learners, small is built for 200: take medium, or raise openedx:overrides.learners to 450 " +
					"and openedx:overrides.nodes.max to 8, because they need 8 nodes m6i.xlarge (the most is 5).",
			},
		},
		"pods of one instance": {
			change(settings(config.Medium, 1000, 2600), func(s *config.Settings) { s.Overrides.Learners = ptr(3600) }),
			[]string{
				"instance i1 expects 2,600 concurrent learners, which need 130 LMS pods (the most is 100) and 13 LMS workers (the most is 12): " +
					"raise openedx:instances.i1.weight to 2, or openedx:overrides.pods.lms.max to 130 and openedx:overrides.pods.lmsWorker.max to 13.",
			},
		},
		"pods that no weight is enough for": {
			change(settings(config.Small, 4000), func(s *config.Settings) { s.Overrides.Learners, s.Overrides.Nodes.Max = ptr(4000), ptr(60) }),
			[]string{
				"instance i0 expects 4,000 concurrent learners, which need 2,200 MiB in Redis on cache.t4g.small (the most is 1,052) and 1,600 MiB in MongoDB's cache " +
					"on t4g.medium (the most is 1,536): raise openedx:overrides.cache.machine to cache.t4g.medium and openedx:overrides.mongo.machine to t4g.large.",
				"instance i0 expects 4,000 concurrent learners, which need 200 LMS pods (the most is 10), 6 CMS pods (the most is 3), 20 LMS workers (the most is 3) and " +
					"5 CMS workers (the most is 2): raise openedx:overrides.pods.lms.max to 200, openedx:overrides.pods.cms.max to 6, " +
					"openedx:overrides.pods.lmsWorker.max to 20 and openedx:overrides.pods.cmsWorker.max to 5.",
			},
		},
		"nodes that an override took away": {
			change(settings(config.Medium, 1900), func(s *config.Settings) { s.Overrides.Nodes.Max = ptr(7) }),
			[]string{"instance i0 expects 1,900 concurrent learners, which need 9 nodes m6i.2xlarge (the most is 7): raise openedx:overrides.nodes.max to 9."},
		},
		"nodes beside those for learners' code": {
			change(settings(config.Medium, 1900), func(s *config.Settings) { s.Overrides.Nodes.Max, s.AddOns.CodeJail = ptr(10), ptr(true) }),
			[]string{"instance i0 expects 1,900 concurrent learners, which need 9 nodes m6i.2xlarge (the most is 8): raise openedx:overrides.nodes.max to 11."},
		},
		"connections without a machine": {
			change(settings(config.Small, 60), func(s *config.Settings) {
				s.MySQL.Serverless, s.Overrides.MySQL.MaxCapacity = true, ptr(2)
				s.Capacity = map[string]float64{"connectionsBeside": 60}
			}),
			[]string{"instance i0 expects 60 concurrent learners, which need 78 MySQL connections on db.serverless (the most is 72): raise openedx:overrides.mysql.maxCapacity to 4."},
		},
		"more than any preset": {
			settings(config.Large, 9000, 9000),
			[]string{"these 2 instances expect 18,000 concurrent learners, large is built for 10,000: have another stack for some of them, or raise openedx:overrides.learners to 18000."},
		},
		"more than any preset and any machine": {
			settings(config.Large, 60000),
			[]string{
				"instance i0 expects 60,000 concurrent learners, large is built for 10,000: have another stack for some of them, because they need " +
					"183 nodes m6i.4xlarge (the most is 100) and 8,685 MySQL connections on db.r7g.4xlarge (the most is 3,200).",
				"instance i0 expects 60,000 concurrent learners, which need 1,500 LMS pods (the most is 250), 45 CMS pods (the most is 16), 150 LMS workers (the most is 40), " +
					"38 CMS workers (the most is 16), 10 micro-frontend pods (the most is 8) and 58 Caddy pods (the most is 24): raise openedx:instances.i0.weight to 6.",
			},
		},
		"more than any machine": {
			change(settings(config.Large, 9000), func(s *config.Settings) { s.Capacity = map[string]float64{"connectionsPerProcess": 5} }),
			[]string{"instance i0 expects 9,000 concurrent learners, which need 6,545 MySQL connections on db.r7g.4xlarge (the most is 3,200): have another stack for some of them, because no setting gives enough MySQL connections on db.r7g.4xlarge."},
		},
		"more than was meant": {
			change(settings(config.Large, 1500), func(s *config.Settings) { s.Overrides.Learners = ptr(1000) }),
			[]string{"instance i0 expects 1,500 concurrent learners, by openedx:overrides.learners the platform is built for 1,000: leave openedx:overrides.learners out, or raise openedx:overrides.learners to 1500."},
		},
	} {
		if diff := cmp.Diff(test.want, capacity.Warnings(resolve(t, test.settings))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// written are settings with others, which go by their keys.
func written(t *testing.T, preset config.Preset, learners int, others []capacity.Setting) config.Settings {
	t.Helper()
	groups := map[string]any{"openedx:instances": map[string]any{"main": map[string]any{"slot": 0, "lms": "learn.campus.example.org", "learners": learners}}}
	for _, setting := range others {
		put(groups, strings.Split(setting.Key, "."), setting.Value)
	}
	source := config.Source{Stack: "dev", Values: map[string]string{
		"aws:region": "eu-west-1", "openedx:cloud": "aws", "openedx:preset": string(preset), "openedx:name": "campus", "openedx:domain": "campus.example.org",
	}}
	for key, group := range groups {
		text, err := json.Marshal(group)
		if err != nil {
			t.Fatal(err)
		}
		source.Values[key] = string(text)
	}
	read, problems := config.Read(source)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return read
}

// put sets a value at the end of a path of groups, a number where it is one.
func put(group map[string]any, path []string, value string) {
	if len(path) == 1 {
		group[path[0]] = value
		if number, err := strconv.Atoi(value); err == nil {
			group[path[0]] = number
		}
		return
	}
	inner, there := group[path[0]].(map[string]any)
	if !there {
		inner = map[string]any{}
		group[path[0]] = inner
	}
	put(inner, path[1:], value)
}

func TestTheSettingsThatAWarningNamesSilenceIt(t *testing.T) {
	for preset, learners := range map[config.Preset]int{config.Small: 4000, config.Medium: 9000, config.Large: 20000} {
		meant := []capacity.Setting{{Key: plan.KeyLearners, Value: strconv.Itoa(learners)}}
		before := resolve(t, written(t, preset, learners, meant))
		if len(capacity.Warnings(before)) == 0 {
			t.Fatalf("%s is not warned of", preset)
		}
		for _, short := range capacity.Of(before).Short() {
			meant = append(meant, short.Mend)
		}
		if got := capacity.Warnings(resolve(t, written(t, preset, learners, meant))); len(got) > 0 {
			t.Errorf("%s with %v: %v", preset, meant, got)
		}
	}
}

func TestTheWeightThatAWarningNamesSilencesIt(t *testing.T) {
	s := change(settings(config.Medium, 6000), func(s *config.Settings) { s.Overrides.Learners = ptr(6000) })
	if got := capacity.Warnings(resolve(t, s)); len(got) != 1 || !strings.Contains(got[0], "openedx:instances.i0.weight to 3,") {
		t.Fatalf("got %v", got)
	}
	heavier := s.Instances["i0"]
	for weight, silent := range map[int]bool{2: false, 3: true} {
		heavier.Weight = ptr(weight)
		s.Instances["i0"] = heavier
		if got := capacity.Warnings(resolve(t, s)); (len(got) == 0) != silent {
			t.Errorf("weight %d: %v", weight, got)
		}
	}
}
