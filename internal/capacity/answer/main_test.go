package main

import (
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

func TestAWrongAssumptionIsRefused(t *testing.T) {
	if err := run([]string{"-learners", "10", "-assume", "packing=2"}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), `ASSUME: packing is "2"`) {
		t.Errorf("got %v", err)
	}
}
