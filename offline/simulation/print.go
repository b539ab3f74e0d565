package simulation

import (
	"fmt"
	"math"
	"strings"
)

// leastShare is the smallest part of a path that is worth a mention.
const leastShare = 0.01

// Markdown writes the report for people.
func (r *Report) Markdown() string {
	var page strings.Builder
	fmt.Fprintf(&page, "| | Minutes | At least | Ratio |\n| --- | --- | --- | --- |\n")
	for _, m := range append(r.Milestones, Milestone{"everything", r.Total, r.Bound}) {
		fmt.Fprintf(&page, "| %s | %s | %s | %.2f |\n", m.Name, minutes(m.At), minutes(m.Lowest), m.Ratio())
	}
	fmt.Fprintf(&page, "\nThe longest chain of waits:\n\n| Begins | Takes | Resource | Type |\n| --- | --- | --- | --- |\n")
	for _, step := range r.Path {
		takes := minutes(step.Seconds)
		if waited := math.Round(step.Idle); waited > 0 {
			takes += fmt.Sprintf(", after %s without a free hand", minutes(waited))
		}
		fmt.Fprintf(&page, "| %s | %s | %s | `%s` |\n", minutes(step.Start), takes, step.Name, step.Type)
	}
	var parts []string
	for _, share := range r.Shares {
		if part := share.Seconds / r.Total; part >= leastShare {
			parts = append(parts, fmt.Sprintf("%s %.0f%%", share.Type, 100*part))
		}
	}
	fmt.Fprintf(&page, "\nIt consists of: %s.\n", strings.Join(parts, ", "))
	if len(r.Unknown) > 0 {
		fmt.Fprintf(&page, "\nNo time is listed for: %s.\n", strings.Join(r.Unknown, ", "))
	}
	return page.String()
}

// minutes writes seconds as m:ss.
func minutes(seconds float64) string {
	whole := int(math.Round(seconds))
	return fmt.Sprintf("%d:%02d", whole/60, whole%60)
}
