package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/openedx/internal/capacity"
)

func TestTheAnswerIsTheModels(t *testing.T) {
	var out strings.Builder
	if err := run([]string{"-learners", "3500", "-assume", "requestsPerLearner=0.3 requestsPerProcess=3"}, &out); err != nil {
		t.Fatal(err)
	}
	want, err := capacity.Answer(3500, map[string]float64{"requestsPerLearner": 0.3, "requestsPerProcess": 3})
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestWhatIsNoNumberOfLearnersIsRefused(t *testing.T) {
	for typed, want := range map[string]string{
		"":  "LEARNERS is missing: a whole number from 1 to 1000000 is wanted, such as make capacity LEARNERS=3500",
		"0": `LEARNERS is "0": a whole number from 1 to 1000000`, "-3": `LEARNERS is "-3"`, "3,500": `LEARNERS is "3,500"`, "3.5": `LEARNERS is "3.5"`,
		"many": `LEARNERS is "many"`, "1000001": `LEARNERS is "1000001"`, "99999999999999999999": `LEARNERS is "99999999999999999999"`,
	} {
		var out strings.Builder
		if err := run([]string{"-learners", typed}, &out); err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%q: got %v and %q", typed, err, out.String())
		}
	}
	for typed := range map[string]bool{"1": true, "1000000": true} {
		if err := run([]string{"-learners", typed}, &strings.Builder{}); err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestAStackIsAnsweredForFromItsFile(t *testing.T) {
	folder := t.TempDir()
	const file = `config:
  aws:region: eu-west-1
  openedx:cloud: aws
  openedx:preset: medium
  openedx:name: campus
  openedx:domain: campus.example.org
  openedx:instances:
    main: {slot: 0, lms: learn.campus.example.org, learners: %s}
`
	for learners, test := range map[string]struct{ want, err string }{
		"1500": {want: "stack mine: instance main expects 1,500 concurrent learners, medium is built for 2,000."},
		"2600": {want: "Warning: instance main expects 2,600 concurrent learners, medium is built for 2,000: take large"},
		"0":    {err: "openedx:instances.main.learners  0 is out of range"},
		"many": {err: "openedx:instances.main.learners  many is a text"},
	} {
		if err := os.WriteFile(filepath.Join(folder, "Pulumi.mine.yaml"), fmt.Appendf(nil, file, learners), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err := run([]string{"-folder", folder, "-stack", "mine"}, &out)
		if (err != nil) != (test.err != "") || (err != nil && !strings.Contains(err.Error(), test.err)) || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: %v\n%s", learners, err, out.String())
		}
	}
}

func TestAStackThatIsNotThereOrIsAskedForBesideLearnersIsRefused(t *testing.T) {
	for want, arguments := range map[string][]string{
		`stack "nowhere": open `:      {"-folder", t.TempDir(), "-stack", "nowhere"},
		"give LEARNERS or STACK: how": {"-folder", t.TempDir(), "-stack", "nowhere", "-learners", "5"},
	} {
		if err := run(arguments, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAWrongAssumptionIsRefused(t *testing.T) {
	if err := run([]string{"-learners", "10", "-assume", "packing=2"}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), `ASSUME: packing is "2"`) {
		t.Errorf("got %v", err)
	}
}
