package capacity

import (
	"fmt"
	"maps"
	"strings"

	"example.org/openedx/internal/plan"
)

// OfStack says in words and tables what the learners that a stack's instances expect
// use of it, what it is warned of, and what all of it assumes: what the stack's
// settings say, and what is known beside them.
func OfStack(p plan.Plan, known map[string]float64) string {
	p.Capacity = maps.Clone(p.Capacity)
	maps.Copy(p.Capacity, known)
	report := Of(p)
	for i, resource := range report.Resources {
		if resource.Instance != "" {
			report.Resources[i].Name += " of " + resource.Instance
		}
	}
	var text strings.Builder
	text.WriteString(introduction(p, report) + "\n\n" + table(p.Stack, report) + "\n")
	warnings := Warnings(p)
	if len(warnings) == 0 && report.Learners > 0 {
		text.WriteString("It carries them as it is.\n\n")
	}
	for _, warning := range warnings {
		text.WriteString("Warning: " + warning + "\n\n")
	}
	text.WriteString(assumptions(p.Capacity))
	return text.String()
}

// introduction is whom a stack expects, and whom it is built for.
func introduction(p plan.Plan, report Report) string {
	built := fmt.Sprintf("%s is built for %s", builder(p), thousands(p.Learners))
	if report.Learners == 0 {
		return fmt.Sprintf("stack %s: no instance says how many concurrent learners it expects (openedx:instances.<slug>.learners), %s. With the fewest pods:", p.Stack, built)
	}
	return fmt.Sprintf("stack %s: %s, %s.", p.Stack, expectation(p.Instances, report.Learners), built)
}
