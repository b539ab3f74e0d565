package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// english writes numbers with separators.
var english = message.NewPrinter(language.English)

// Dollars writes an amount as people read it.
func Dollars(amount float64) string { return english.Sprintf("%.0f", amount) }

// Text is the estimate of a plan with its levers, as a terminal shows it.
func (e Estimate) Text(title string, levers []Saving) (string, error) {
	t, err := prices()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	learners := english.Sprintf("%.0f", e.Learners.Low)
	if e.Learners.Low != e.Learners.High {
		learners += english.Sprintf(" to %.0f", e.Learners.High)
	}
	fmt.Fprintf(&out, "What %s costs in %s, US dollars a month of %d hours, without taxes, support and free allowances, for %s concurrent learners.\n"+
		"Low is with the fewest nodes and learners, high with the most of both, all month.\n\n", title, e.Region, hours, learners)
	e.table(&out)
	e.totals(&out)
	saved(&out, levers)
	out.WriteString("\nPrices, and the day that they are of or were read:\n")
	for _, key := range slices.Sorted(maps.Keys(t.sources)) {
		source := t.sources[key]
		fmt.Fprintf(&out, "  %s  %s\n              %s\n", source.Day(), source.Title, source.URL)
	}
	out.WriteString("What is assumed about use is in docs/sizing.md; give figures of your own with LEARNERS=... and ASSUME='name=value ...'.\n")
	for _, note := range e.Notes {
		fmt.Fprintf(&out, "Note: %s\n", note)
	}
	return out.String(), nil
}

// Day is the day that a source's figures are of, or else that it was read.
func (s Source) Day() string {
	if s.Of != "" {
		return s.Of
	}
	return s.Seen
}

// columns aligns what is written with tabs between.
func columns(out *strings.Builder) *tabwriter.Writer {
	return tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
}

// table lists every line below its component.
func (e Estimate) table(out *strings.Builder) {
	parts := e.Components()
	lines := e.Lines
	w := columns(out)
	defer flush(w)
	row(w, "", "", "", "low", "high")
	for _, part := range parts {
		row(w, part.Component, "", "", Dollars(part.Low), Dollars(part.High))
		for len(lines) > 0 && lines[0].Component == part.Component {
			line := lines[0]
			lines = lines[1:]
			low, high := Dollars(line.Low), Dollars(line.High)
			if line.Unpriced {
				low, high = "no price", "no price"
			}
			row(w, "  "+line.Item, line.amount(), line.Unit, low, high)
		}
	}
}

// amount is how much there is, in one number where it does not grow.
func (l Line) amount() string {
	low, high := english.Sprintf("%.0f", l.Quantity.Low), english.Sprintf("%.0f", l.Quantity.High)
	if low == high {
		return low
	}
	return low + " to " + high
}

// widest is the width of the first column, which is aligned to the left.
const widest = 58

// row writes one row.
func row(w *tabwriter.Writer, first string, others ...string) {
	//nolint:errcheck // it writes into memory
	fmt.Fprintf(w, "%-*s\t%s\t\n", widest, first, strings.Join(others, "\t"))
}

// flush ends a table.
func flush(w *tabwriter.Writer) {
	//nolint:errcheck,gosec // it writes into memory
	w.Flush()
}

// totals are what it comes to.
func (e Estimate) totals(out *strings.Builder) {
	committed, each := e.Committed(), e.PerLearner()
	out.WriteString("\n")
	w := columns(out)
	defer flush(w)
	row(w, "In total, on demand", Dollars(e.Low()), Dollars(e.High()))
	row(w, "In total, with commitments of one year", Dollars(committed.Low()), Dollars(committed.High()))
	row(w, "For each concurrent learner, on demand", fmt.Sprintf("%.2f", each.Low), fmt.Sprintf("%.2f", each.High))
	each = committed.PerLearner()
	row(w, "For each concurrent learner, with commitments of one year", fmt.Sprintf("%.2f", each.Low), fmt.Sprintf("%.2f", each.High))
}

// saved lists what levers save.
func saved(out *strings.Builder, levers []Saving) {
	out.WriteString("\nWhat each lever saves (where there is a minus, it costs more), and the setting:\n")
	w := columns(out)
	defer flush(w)
	for _, lever := range levers {
		row(w, lever.Name, Dollars(lever.Low), Dollars(lever.High), lever.Key)
	}
}
