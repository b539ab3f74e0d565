package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/plan"
)

const costIntro = `## What it costs

US dollars a month on demand in %s, without taxes, support and free allowances: the settings of the starter stack of each preset, priced
by ` + "`make cost STACK=<preset>`" + `, which does the same for any stack and lists every item. The first figure is with the fewest
nodes and learners, the second with the most nodes, all of them all month, and the most learners. The bill of a busy month is
in between: nodes beyond the fewest come and go.

`

const leversIntro = `
### What makes it cheaper

What each choice saves a month, computed by making it and estimating again; where there is a minus, it costs more. A preset
has made its choice already where there is a dash.

`

const choicesText = `
What is cheaper and as good, the presets have taken: Valkey, gp3, Graviton for every store and the bastion, no interface endpoints
before large, one NAT gateway in small. What they have not taken, and why:

- **Nodes with AMD's processors** are a tenth cheaper, and [not sold in every region](https://github.com/aws-samples/aws-genai-llm-chatbot/issues/488)
  that a platform can be in. Nodes beyond the fewest are of them where they are cheapest, in every preset.
- **Nodes with Graviton** are cheaper still. Tutor's images of Open edX are for x86.
- **One NAT gateway** saves medium and large less than a fiftieth, and the loss of its zone would take every way out.
- **Spot** is for those whose workers mostly send mail.
- **OpenSearch** can go from medium and large where nobody uses course discovery; a domain that is there does not go by itself.
- **MySQL with I/O-Optimized storage** pays once operations are more than a quarter of what MySQL costs.
- **Commitments** are bought in the account, by whoever knows that the platform stays for a year.
`

const assumptionsIntro = `
### What is assumed

Machines, volumes, gateways, firewalls, keys and alarms are counted from the plan. What depends on learners follows from these
assumptions; ` + "`make cost ASSUME='mails=5 busy-hours=80' LEARNERS=1500`" + ` takes figures of your own.

| Assumption | Value | Why |
| --- | --- | --- |
`

const sourcesIntro = `
### Where the prices are from

The table is in internal/cost/prices, with a source for each price; the day is the one that its figures are of, or else the one that it was
read on. %s

| Day | Source |
| --- | --- |
`

// docsRegion is the region of the starter stacks.
const docsRegion = "eu-west-1"

// costed is a preset's plan with what it costs.
type costed struct {
	preset   config.Preset
	estimate cost.Estimate
	savings  []cost.Saving
}

// costSection renders what the presets cost.
func costSection() (string, error) {
	all, err := everyPreset()
	if err != nil {
		return "", err
	}
	var page strings.Builder
	fmt.Fprintf(&page, costIntro, docsRegion)
	costTable(&page, all)
	page.WriteString(leversIntro)
	leverTable(&page, all)
	page.WriteString(choicesText + assumptionsIntro)
	if err = sourceTables(&page, all); err != nil {
		return "", err
	}
	page.WriteString("\n")
	return page.String(), nil
}

// everyPreset estimates each preset as its starter stack is.
func everyPreset() ([]costed, error) {
	var all []costed
	for _, preset := range config.Presets() {
		resolved, err := planOf(preset)
		if err != nil {
			return nil, err
		}
		usage, err := cost.UsualUsage(resolved)
		if err != nil {
			return nil, err
		}
		estimate, err := cost.With(resolved, usage)
		if err != nil {
			return nil, err
		}
		savings, err := cost.Levers(resolved, usage)
		if err != nil {
			return nil, err
		}
		all = append(all, costed{preset, estimate, savings})
	}
	return all, nil
}

// planOf is the plan of a preset's starter.
func planOf(preset config.Preset) (plan.Plan, error) {
	resolved, problems := plan.Resolve(starter(preset))
	return resolved, config.Problems{Stack: string(preset), List: problems}.Err()
}

// starter is a preset with as many instances as its starter stack has.
func starter(preset config.Preset) config.Settings {
	instances := map[string]config.Instance{}
	for slot, name := range []string{"main", "staff", "online"}[:map[config.Preset]int{config.Small: 1, config.Medium: 2, config.Large: 3}[preset]] {
		instances[name] = config.Instance{Slot: &slot, LMS: name + ".campus.example.org"}
	}
	return config.Settings{
		Stack: string(preset), Cloud: config.AWS, Preset: preset, Region: docsRegion,
		Name: "campus", Domain: "campus.example.org", Instances: instances,
	}
}

// span is a figure with the fewest and with the most.
func span(low, high float64) string {
	if cost.Dollars(low) == cost.Dollars(high) {
		return cost.Dollars(low)
	}
	return cost.Dollars(low) + " to " + cost.Dollars(high)
}

// costTable is what each component costs in each preset, and what it comes to.
func costTable(page *strings.Builder, all []costed) {
	page.WriteString("| | small | medium | large |\n| --- | --- | --- | --- |\n")
	var parts []string
	for _, part := range all[len(all)-1].estimate.Components() {
		parts = append(parts, part.Component)
	}
	for _, part := range parts {
		costRow(page, part, all, func(e cost.Estimate) string { return partOfEstimate(e, part) })
	}
	costRow(page, "**All, on demand**", all, func(e cost.Estimate) string { return span(e.Low(), e.High()) })
	costRow(page, "**All, with commitments of one year**", all, func(e cost.Estimate) string {
		return span(e.Committed().Low(), e.Committed().High())
	})
	costRow(page, "For each concurrent learner, on demand", all, each)
	costRow(page, "For each concurrent learner, with commitments", all, func(e cost.Estimate) string { return each(e.Committed()) })
}

// costRow is one row of the table.
func costRow(page *strings.Builder, title string, all []costed, cell func(cost.Estimate) string) {
	cells := []string{title}
	for _, one := range all {
		cells = append(cells, cell(one.estimate))
	}
	fmt.Fprintf(page, "| %s |\n", strings.Join(cells, " | "))
}

// partOfEstimate is what one component costs.
func partOfEstimate(e cost.Estimate, name string) string {
	for _, part := range e.Components() {
		if part.Component == name {
			return span(part.Low, part.High)
		}
	}
	return "-"
}

// each is what an estimate is for each learner: of the fewest, and of the most.
func each(e cost.Estimate) string {
	learner := e.PerLearner()
	return fmt.Sprintf("%.2f of few, %.2f of many", learner.Low, learner.High)
}

// leverTable is what each lever saves in each preset.
func leverTable(page *strings.Builder, all []costed) {
	page.WriteString("| | small | medium | large | Setting | What it costs otherwise |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, lever := range cost.EveryLever() {
		cells := []string{lever.Name}
		for _, one := range all {
			cell := "-"
			at := slices.IndexFunc(one.savings, func(s cost.Saving) bool { return s.Name == lever.Name })
			if at >= 0 {
				cell = span(one.savings[at].Low, one.savings[at].High)
			}
			cells = append(cells, cell)
		}
		setting := lever.Key
		if !strings.HasPrefix(setting, "none") {
			setting = "`" + setting + "`"
		}
		fmt.Fprintf(page, "| %s | %s | %s |\n", strings.Join(cells, " | "), setting, lever.Caution)
	}
}

// sourceTables lists assumptions and sources.
func sourceTables(page *strings.Builder, all []costed) error {
	assumptions, err := cost.Assumptions()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(assumptions)) {
		assumption := assumptions[name]
		fmt.Fprintf(page, "| `%s` | %v %s | %s |\n", name, assumption.Value, assumption.Unit, assumption.Why)
	}
	sources, err := cost.Sources()
	if err != nil {
		return err
	}
	fmt.Fprintf(page, sourcesIntro, strings.Join(all[len(all)-1].estimate.Notes, " "))
	for _, key := range slices.Sorted(maps.Keys(sources)) {
		fmt.Fprintf(page, "| %s | [%s](%s) |\n", sources[key].Day(), sources[key].Title, sources[key].URL)
	}
	return nil
}
