package load_test

import (
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/load"
)

// sourced is what a source or an honest estimate looks like.
var sourced = regexp.MustCompile(`https://|^Estimate|^Follows from`)

func TestEveryAssumptionIsExplainedAndSourced(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range load.All() {
		if a.Key == "" || a.Doc == "" || a.Unit == "" || seen[a.Key] {
			t.Errorf("%+v is not explained, or there twice", a)
		}
		seen[a.Key] = true
		if !sourced.MatchString(a.Source) {
			t.Errorf("%s has no source and does not say that it is an estimate: %s", a.Key, a.Source)
		}
		if !a.Allows(a.Default) {
			t.Errorf("%s does not allow its own default, %g", a.Key, a.Default)
		}
	}
	if fields := reflect.TypeFor[load.Assumptions]().NumField(); len(seen) != fields {
		t.Errorf("%d of %d constants are listed", len(seen), fields)
	}
}

func TestAnAssumptionIsWhatWasGivenOrElseItsDefault(t *testing.T) {
	usual, other := load.Assume(nil), load.Assume(map[string]float64{"requestsPerLearner": 0.3, "packing": 1})
	for _, a := range load.All() {
		want := a.Default
		switch a.Key {
		case "requestsPerLearner":
			want = 0.3
		case "packing":
			want = 1
		}
		if a.Value(usual) != a.Default || a.Value(other) != want {
			t.Errorf("%s is %g and %g, want %g and %g", a.Key, a.Value(usual), a.Value(other), a.Default, want)
		}
	}
}

func TestAssumptionsAreReadAsTyped(t *testing.T) {
	got, err := load.Parse("  requestsPerLearner=0.3 packing=1\n")
	if diff := cmp.Diff(map[string]float64{"requestsPerLearner": 0.3, "packing": 1}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for typed, want := range map[string]string{
		"requestPerLearner=0.3": `"requestPerLearner" is no assumption; there are: requestsPerLearner, requestsPerProcess`,
		"=0.3":                  `"" is no assumption`,
		"packing":               `packing is ""; a number above 0 and not above 1 is wanted, such as packing=0.9`,
		"packing=1.1":           `packing is "1.1"`,
		"packing=0":             `packing is "0"`,
		"surge=-1":              `surge is "-1"`,
		"surge=NaN":             `surge is "NaN"`,
		"cpuPerRequest=Inf":     `cpuPerRequest is "Inf"`,
		"cpuPerRequest=80ms":    `cpuPerRequest is "80ms"; a number above 0 is wanted, such as cpuPerRequest=80`,
	} {
		if _, err = load.Parse(typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", typed, err)
		}
	}
}

// What learners ask for, written down a second time.
func TestTheLoadFollowsFromTheAssumptions(t *testing.T) {
	for learners, want := range map[int]load.Load{
		0: {},
		1000: {
			Requests: 200, Files: 40, CPU: 16000, Processes: 100, Children: 10,
			StudioProcesses: 3, StudioChildren: 2.5, RedisMiB: 500, MongoMiB: 400,
		},
	} {
		if diff := cmp.Diff(want, load.Assume(nil).Of(learners), cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); diff != "" {
			t.Errorf("%d learners: %s", learners, diff)
		}
	}
}
