package simulation

import (
	"fmt"
	"strings"
)

// Named is the report of one preset.
type Named struct {
	Preset string
	// Reports are of several numbers of hands, and the first is shown in full.
	Reports []*Report
}

// Page writes the reports of all presets as a document.
func Page(intro string, all []Named) string {
	var page strings.Builder
	page.WriteString(intro)
	page.WriteString("\n| Preset | At a time | Minutes | At least | Ratio |\n| --- | --- | --- | --- | --- |\n")
	for _, one := range all {
		for _, r := range one.Reports {
			fmt.Fprintf(&page, "| %s | %d | %s | %s | %.2f |\n", one.Preset, r.Hands, minutes(r.Total), minutes(r.Bound), r.Ratio())
		}
	}
	for _, one := range all {
		fmt.Fprintf(&page, "\n## %s, %d at a time\n\n%s", one.Preset, one.Reports[0].Hands, one.Reports[0].Markdown())
	}
	return page.String()
}
