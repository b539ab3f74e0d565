package main

import (
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

// generated heads every page.
const generated = "<!-- Written by `go run ./internal/docs`; edit the code it comes from instead. -->\n\n"

const configIntro = `# Configuration

A stack is one platform, and everything about it is in its settings file, ` + "`Pulumi.<stack>.yaml`" + `. The starter
stacks ` + "`Pulumi.small.yaml`, `Pulumi.medium.yaml` and `Pulumi.large.yaml`" + ` work as they are in the offline cloud; copy
one to a name of your own for a real platform.

Five keys are required. Everything else has a default, which comes from the preset where three values are given
(small / medium / large). Edit the file, or let the CLI do it:

` + "```" + `
pulumi config set openedx:preset medium
pulumi config set --path openedx:network.cidr 10.30.0.0/16
pulumi config set --path 'openedx:network.zones[3]' d
pulumi config rm --path openedx:network.cidr
` + "```" + `

The whole configuration is checked before anything is created, and every problem is reported at once, each with the
command that mends it. A key that is not on this page is refused, at every level. No environment variable is read.
A list or a group of keys where a single value belongs, and the other way round, is refused by the Pulumi CLI itself
before the program starts, in its own words and one at a time.

`

// configPage renders docs/config.md.
func configPage() string {
	var page strings.Builder
	page.WriteString(generated + configIntro)
	var alone []config.Key
	groups := map[string][]config.Key{}
	var order []config.Key
	for _, key := range config.Keys() {
		group, _, nested := strings.Cut(key.Path, ".")
		switch {
		case nested && !key.Group:
			groups[group] = append(groups[group], key)
		case key.Group:
			if !nested {
				order = append(order, key)
			}
		default:
			alone = append(alone, key)
		}
	}
	page.WriteString("## Single values\n\n")
	table(&page, alone, "")
	for _, group := range order {
		fmt.Fprintf(&page, "## %s\n\n%s\n\n", group.Path, group.Doc)
		table(&page, groups[group.Path], group.Path+".")
	}
	page.WriteString(appendix())
	return page.String()
}

// table renders keys as a table, without the part of the path that the heading has.
func table(page *strings.Builder, keys []config.Key, heading string) {
	page.WriteString("| Key | Type | Default | Example | Meaning |\n| --- | --- | --- | --- | --- |\n")
	for _, key := range keys {
		kind := key.Type
		if key.Values != nil {
			kind = "one of `" + strings.Join(key.Values, "`, `") + "`"
		}
		fmt.Fprintf(page, "| `%s` | %s | %s | %s | %s |\n",
			strings.TrimPrefix(key.Path, heading), kind, defaultOf(key), example(key), key.Doc)
	}
	page.WriteString("\n")
}

// example renders an example as it is typed into the settings file.
func example(key config.Key) string {
	text := strings.Join(key.Examples, ", ")
	switch {
	case text == "":
		return "`{cost-centre: \"4711\"}`"
	case strings.HasPrefix(key.Type, "list"):
		text = "[" + text + "]"
	case key.Path == "openedx:cluster.version":
		text = `"` + text + `"`
	}
	return "`" + text + "`"
}

// defaultOf renders what holds when a key is not written: always the same, or
// what each preset says.
func defaultOf(key config.Key) string {
	if key.Mandatory {
		return "required"
	}
	if key.Path == "openedx:cluster.version" {
		return "`\"" + versions.DefaultKubernetes + "\"`"
	}
	values := presetValues(key.Path)
	if values == nil {
		return "`" + key.Default + "`"
	}
	if len(slices.Compact(slices.Clone(values))) == 1 {
		return values[0]
	}
	return strings.Join(values, " / ")
}

// presetValues lists what each preset says about a key, or nothing where none does.
func presetValues(path string) []string {
	for _, row := range rows() {
		if row.key == path {
			return row.short
		}
	}
	return nil
}

// appendix lists the closed sets that are too long for a table's cell.
func appendix() string {
	var page strings.Builder
	page.WriteString("## Kubernetes versions\n\n| Version | Standard support until |\n| --- | --- |\n")
	for _, k := range versions.AllKubernetes() {
		fmt.Fprintf(&page, "| %s | %s |\n", k.Version, k.Until)
	}
	page.WriteString("\n## Regions\n\n| Region | Zones, in the order of their address slots |\n| --- | --- |\n")
	for _, region := range plan.Regions() {
		fmt.Fprintf(&page, "| %s | %s |\n", region, strings.Join(plan.ZoneLetters(region), ", "))
	}
	page.WriteString("\nThe first three are used unless `openedx:network.zones` says otherwise. Letters mean different places in " +
		"different accounts, and an old account may miss one that is listed: then name the zones it has.\n")
	return page.String()
}
