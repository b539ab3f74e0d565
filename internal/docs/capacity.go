package main

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
)

const capacityIntro = `## What a preset carries, and why

Learners make requests, requests keep processes busy, processes live in pods, pods in nodes, and each process holds
connections. The tables go that way for the fewest and the most learners of each preset, all of them in one instance,
beside the most that the preset has. A test holds every preset to carrying the most, and to not carrying twice as many.

The figures rest on the assumptions below and were not measured: before you promise anything, let a load test tell you
what your courses ask for, and put it into ` + "`openedx:capacity`" + `. A run warns when the learners that the settings expect
(` + "`openedx:instances.<slug>.learners`" + `) are more than the platform is built for, or need more of something than there is;
the warning names what to raise. ` + "`make capacity LEARNERS=3500`" + ` shows the same for any number,
` + "`make capacity STACK=name`" + ` for what a stack expects.

`

// carries renders what each preset carries.
func carries() string {
	var page strings.Builder
	page.WriteString(capacityIntro)
	english := message.NewPrinter(language.English)
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		few, many := ofPreset(preset, sizing.Learners.Min), ofPreset(preset, sizing.Learners.Max)
		idle := ofPreset(preset, 1)
		page.WriteString(english.Sprintf("### %s\n\n| | %d learners | %d learners | at most | How |\n| --- | --- | --- | --- | --- |\n", string(preset), few.Learners, many.Learners))
		least := few.Figures()
		for i, figure := range many.Figures() {
			fmt.Fprintf(&page, "| %s | %s | %s | | %s |\n", figure.Name, least[i].Value, figure.Value, figure.How)
		}
		for i, r := range many.Resources {
			page.WriteString(english.Sprintf("| %s | %d | %d | %d | %s |\n", r.Name, few.Resources[i].Needs, r.Needs, r.Has, r.How))
		}
		fmt.Fprintf(&page, "\nWhat is left of the nodes is for more instances: one that hardly anybody uses asks for %s.\n\n", idle.Room)
	}
	page.WriteString(assumptions())
	return page.String()
}

// ofPreset is the report on a preset as it is; its settings are always good.
func ofPreset(preset config.Preset, learners int) capacity.Report {
	report, _ := capacity.OfPreset(preset, learners, nil) //nolint:errcheck // a test plans every preset so
	return report
}

// assumptions renders the constants of the model.
func assumptions() string {
	var page strings.Builder
	page.WriteString("### Assumptions\n\n| Key | Value | In | What it is | Where it is from |\n| --- | --- | --- | --- | --- |\n")
	for _, a := range load.All() {
		fmt.Fprintf(&page, "| `%s` | %g | %s | %s | %s |\n", a.Key, a.Default, a.Unit, a.Doc, a.Source)
	}
	page.WriteString("\n")
	return page.String()
}
