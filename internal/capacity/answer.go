package capacity

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
)

// Answer says in words and tables which preset some learners take, what they would
// use of it, what else would do, and what all of it assumes.
func Answer(learners int, known map[string]float64) (string, error) {
	preset, found := presetFor(learners)
	cells := 1
	if !found {
		preset = config.Presets()[len(config.Presets())-1]
		sizing, _ := plan.SizingOf(preset)
		cells = up(share(learners, sizing.Learners.Max))
	}
	report, err := OfPreset(preset, up(share(learners, cells)), known)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString(headline(preset, learners, cells) + "\n\n" + table(string(preset), report) + "\n" + verdict(preset, report) + "\n")
	smaller, err := instead(preset, report.Learners, known)
	if err != nil {
		return "", err
	}
	text.WriteString(smaller + assumptions(known))
	return text.String(), nil
}

// headline is the answer in a sentence.
func headline(preset config.Preset, learners, cells int) string {
	sizing, _ := plan.SizingOf(preset)
	if cells > 1 {
		return fmt.Sprintf("%s concurrent learners are more than %s is built for, which is %s: take %d cells, platforms of preset %s side by side,\n"+
			"each a stack of its own with instances of its own (docs/sizing.md, Beyond large). One of them, with %s learners:",
			thousands(learners), preset, sizing.Learners, cells, preset, thousands(up(share(learners, cells))))
	}
	return fmt.Sprintf("%s concurrent learners: take preset %s, which is built for %s. If one instance has them all:",
		thousands(learners), preset, sizing.Learners)
}

// table shows what learners need of a preset or a stack, and how that comes about.
func table(owner string, report Report) string {
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	write := func(cells ...string) { fmt.Fprintln(columns, "  "+strings.Join(cells, "\t")) } //nolint:errcheck // into memory
	write("", "needed", "in "+owner, "used", "how")
	for _, figure := range report.Figures() {
		write(figure.Name, figure.Value, "", "", figure.How)
	}
	for _, r := range report.Resources {
		write(r.Name, thousands(r.Needs), thousands(r.Has), fmt.Sprintf("%.0f %%", 100*share(r.Needs, r.Has)), r.How)
	}
	columns.Flush() //nolint:errcheck,gosec // into memory
	return text.String()
}

// verdict says whether the preset carries them as it is.
func verdict(preset config.Preset, report Report) string {
	short := report.Short()
	if len(short) == 0 {
		return fmt.Sprintf("%s carries them as it is.\n", preset)
	}
	mends, hopeless := mendsOf(short)
	return fmt.Sprintf("By these assumptions %s does not carry them as it is, because they need %s: %s.\n", preset, needs(short), ways(mends, hopeless))
}

// instead is the next smaller preset with the settings that let it carry learners
// that are too few for the one that was chosen.
func instead(preset config.Preset, learners int, known map[string]float64) (string, error) {
	sizing, _ := plan.SizingOf(preset)
	at := slices.Index(config.Presets(), preset)
	if at == 0 || learners >= sizing.Learners.Min {
		return "", nil
	}
	smaller := config.Presets()[at-1]
	report, err := OfPreset(smaller, learners, known)
	if err != nil {
		return "", err
	}
	has, _ := plan.SizingOf(smaller)
	short := report.Short()
	if _, hopeless := mendsOf(short); len(hopeless) > 0 {
		return fmt.Sprintf("Preset %s, which is built for %s, cannot be raised that far: no setting gives enough %s.\n\n", smaller, has.Learners, list(hopeless)), nil
	}
	commands := []string{config.SetCommand("", plan.KeyLearners, fmt.Sprint(learners))}
	for _, r := range short {
		commands = append(commands, config.SetCommand("", r.Mend.Key, r.Mend.Value))
	}
	return fmt.Sprintf("Between presets, %s (built for %s) carries them too, with:\n\n  %s\n\n", smaller, has.Learners, strings.Join(commands, "\n  ")), nil
}

// assumptions lists what the answer rests on.
func assumptions(known map[string]float64) string {
	assumed := load.Assume(known)
	var text strings.Builder
	text.WriteString("What this assumes. Estimates are called so: measure, and say what you found with ASSUME=\"key=value key=value\" here,\n" +
		"and with openedx:capacity in the settings of a stack.\n")
	for _, a := range load.All() {
		value := fmt.Sprintf("%g", a.Value(assumed))
		if _, given := known[a.Key]; given {
			value += fmt.Sprintf(" (usually %g)", a.Default)
		}
		fmt.Fprintf(&text, "\n  %s = %s %s\n    %s\n    %s\n", a.Key, value, a.Unit, a.Doc, a.Source)
	}
	return text.String()
}
