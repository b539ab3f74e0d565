package main

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/stackfile"
)

func TestTheCostsOnThePageAreThoseOfTheStarterStacks(t *testing.T) {
	page, err := costSection()
	if err != nil {
		t.Fatal(err)
	}
	for _, preset := range config.Presets() {
		resolved, err := stackfile.Plan(root, string(preset))
		if err != nil {
			t.Fatal(err)
		}
		estimate, err := cost.Of(resolved)
		if err != nil {
			t.Fatal(err)
		}
		if total := span(estimate.Low(), estimate.High()); !strings.Contains(page, "| "+total+" |") {
			t.Errorf("%s costs %s, which is not on the page", preset, total)
		}
	}
}

func TestEveryLeverAssumptionAndSourceIsOnThePage(t *testing.T) {
	page, err := costSection()
	if err != nil {
		t.Fatal(err)
	}
	var wanted []string
	for _, lever := range cost.EveryLever() {
		wanted = append(wanted, lever.Name, lever.Caution)
	}
	assumptions, err := cost.Assumptions()
	if err != nil {
		t.Fatal(err)
	}
	for name, assumption := range assumptions {
		wanted = append(wanted, "`"+name+"`", assumption.Why)
	}
	sources, err := cost.Sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		wanted = append(wanted, source.Title, source.URL, source.Day())
	}
	for _, text := range wanted {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
}
