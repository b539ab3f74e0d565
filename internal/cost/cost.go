// Package cost estimates what a platform costs in a month: from its plan, a table of
// prices with their sources, and assumptions about its use. It may import the plan,
// config and other pure packages; it asks nobody, so that a preview can say what a
// change costs.
package cost

import (
	"fmt"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// hours are a month's, as AWS's own calculator counts them.
const hours = 730

// Range is a figure with the fewest nodes and learners, and with the most.
type Range struct{ Low, High float64 }

func (r Range) times(factor float64) Range { return Range{r.Low * factor, r.High * factor} }
func (r Range) plus(other Range) Range     { return Range{r.Low + other.Low, r.High + other.High} }

// always is a figure that is the same with few and with many.
func always(value float64) Range { return Range{value, value} }

// number is a count that is the same with few and with many.
func number(count int) Range { return always(float64(count)) }

// Line is one thing that is billed. Its costs are in US dollars a month.
type Line struct {
	// Component is the part of the platform, and Item what is billed.
	Component, Item string
	Quantity        Range
	Unit            string
	// Low is with the fewest nodes and learners all month, High with the most.
	Low, High float64
	// Unpriced tells that no price is known, and that the line is in no total.
	Unpriced bool
	// Resource is the type of resource that is billed, and Count how many there are of
	// it; nothing where the bill is for use.
	Resource string
	Count    int
	// off is what a commitment takes off of what runs all the time.
	off float64
}

// Estimate is what a platform costs in a month.
type Estimate struct {
	Region   string
	Learners Range
	Lines    []Line
	// Notes say what the figures do not.
	Notes []string
}

// Low is the month with the fewest nodes and learners.
func (e Estimate) Low() float64 { return e.total().Low }

// High is the month with the most nodes, all of them all the time, and learners.
func (e Estimate) High() float64 { return e.total().High }

func (e Estimate) total() Range {
	var sum Range
	for _, line := range e.Lines {
		sum = sum.plus(Range{line.Low, line.High})
	}
	return sum
}

// PerLearner is the month for each concurrent learner.
func (e Estimate) PerLearner() Range {
	return Range{e.Low() / e.Learners.Low, e.High() / e.Learners.High}
}

// Committed is the estimate with commitments of one year for what runs all the time.
func (e Estimate) Committed() Estimate {
	lines := make([]Line, len(e.Lines))
	for i, line := range e.Lines {
		saved := min(line.Low, line.High) * line.off
		line.Low, line.High = line.Low-saved, line.High-saved
		lines[i] = line
	}
	e.Lines = lines
	return e
}

// Components sums the lines by component, in their order.
func (e Estimate) Components() []Line {
	var all []Line
	for _, line := range e.Lines {
		if len(all) == 0 || all[len(all)-1].Component != line.Component {
			all = append(all, Line{Component: line.Component})
		}
		sum := &all[len(all)-1]
		sum.Low, sum.High = sum.Low+line.Low, sum.High+line.High
	}
	return all
}

// Of estimates a plan as it is meant to be used.
func Of(p plan.Plan) (Estimate, error) {
	usage, err := UsualUsage(p)
	if err != nil {
		return Estimate{}, err
	}
	return With(p, usage)
}

// With estimates a plan with another usage.
func With(p plan.Plan, usage Usage) (Estimate, error) {
	if p.Cloud != config.AWS {
		return Estimate{}, fmt.Errorf("cloud %q has no prices", p.Cloud)
	}
	t, err := prices()
	if err != nil {
		return Estimate{}, err
	}
	b := &bill{plan: p, prices: t, usage: usage}
	for _, part := range []struct {
		name string
		add  func()
	}{
		{"Nodes and cluster", b.cluster},
		{"Network", b.network},
		{"MySQL", b.mysql},
		{"MongoDB", b.mongo},
		{"Redis and Memcached", b.caches},
		{"OpenSearch", b.search},
		{"CloudFront, load balancer, firewall", b.edge},
		{"Files and images", b.files},
		{"Backups", b.backups},
		{"Logs, metrics, alarms", b.monitoring},
		{"Names, keys, secrets, mail, bastion", b.house},
	} {
		b.component = part.name
		part.add()
	}
	if b.err != nil {
		return Estimate{}, b.err
	}
	return Estimate{Region: p.Region, Learners: usage.Learners, Lines: b.lines, Notes: b.notes()}, nil
}

// Learners are the concurrent learners that a preset is built for.
func Learners(preset config.Preset) (Range, error) {
	sizing, ok := plan.SizingOf(preset)
	if !ok {
		return Range{}, fmt.Errorf("preset %q has no size", preset)
	}
	return Range{float64(sizing.Learners.Min), float64(sizing.Learners.Max)}, nil
}
