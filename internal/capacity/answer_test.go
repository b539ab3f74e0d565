package capacity_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/capacity"
)

var update = flag.Bool("update", false, "write the golden answers again")

// answer is what is said to some learners.
func answer(t *testing.T, learners int, known map[string]float64) string {
	t.Helper()
	text, err := capacity.Answer(learners, known)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTheAnswerBetweenPresetsIsAsRecorded(t *testing.T) {
	path, got := filepath.Join("testdata", "3500.txt"), answer(t, 3500, nil)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(recorded), got); diff != "" {
		t.Errorf("the answer changed; if that is meant, run the test with -update:\n%s", diff)
	}
}

func TestAnAnswerNamesThePresetAndWhatElseWouldDo(t *testing.T) {
	const (
		raised    = "Between presets, "
		carries   = " carries them as it is."
		noFurther = "cannot be raised that far"
	)
	for _, test := range []struct {
		learners int
		known    map[string]float64
		want     []string
		never    []string
	}{
		{1, nil, []string{"1 concurrent learners: take preset small", "small" + carries}, []string{raised}},
		{200, nil, []string{"take preset small, which is built for 100 to 200", "small" + carries}, []string{raised}},
		{201, nil, []string{"take preset medium", raised + "small (built for 100 to 200)", "pulumi config set --path openedx:overrides.learners 201", "pods.lms.max 11"}, []string{"nodes.max"}},
		{500, nil, []string{"take preset medium", raised + "small", "pods.lms.max 25", "nodes.max 7"}, nil},
		{1000, nil, []string{"take preset medium", "medium" + carries}, []string{raised}},
		{2001, nil, []string{"take preset large", raised + "medium", "pods.lms.max 101"}, nil},
		{10000, nil, []string{"take preset large", "large" + carries}, []string{raised, "cells"}},
		{10001, nil, []string{"10,001 concurrent learners are more than large is built for, which is 5,000 to 10,000: take 2 cells", "with 5,001 learners:"}, []string{raised}},
		{20000, nil, []string{"take 2 cells", "with 10,000 learners:", "large" + carries}, nil},
		{20001, nil, []string{"take 3 cells", "with 6,667 learners:"}, nil},
		{
			2000,
			map[string]float64{"requestsPerLearner": 0.3},
			[]string{
				"By these assumptions medium does not carry them as it is, because they need 150 LMS pods (the most is 100)", "raise openedx:overrides.pods.lms.max to 150",
				"requestsPerLearner = 0.3 (usually 0.2) requests a second", "requestsPerProcess = 2 requests a second",
			},
			nil,
		},
		{900, map[string]float64{"connectionsPerProcess": 100}, []string{"take preset medium", "Preset small, which is built for 100 to 200, " + noFurther + ": no setting gives enough MySQL connections"}, []string{raised}},
	} {
		got := answer(t, test.learners, test.known)
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%d: the answer lacks %q:\n%s", test.learners, want, got)
			}
		}
		for _, never := range test.never {
			if strings.Contains(got, never) {
				t.Errorf("%d: the answer has %q:\n%s", test.learners, never, got)
			}
		}
	}
}

func TestWhatCannotBeAnsweredIsSaid(t *testing.T) {
	if text, err := capacity.Answer(100, map[string]float64{"packing": 7}); err == nil {
		t.Errorf("got %s", text)
	}
}
