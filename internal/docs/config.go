package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

// generated heads every page.
const generated = "<!-- Written by `go run ./internal/docs`; edit the code it comes from instead. -->\n\n"

const configIntro = `# Configuration

A stack is one platform, and everything about it is in its settings file, ` + "`Pulumi.<stack>.yaml`" + `. The starter
stacks ` + "`Pulumi.small.yaml`, `Pulumi.medium.yaml` and `Pulumi.large.yaml`" + ` work as they are in the offline cloud; copy
one to a name of your own for a real platform.

Five keys are required, and two of every instance. Everything else has a default, which comes from the preset where three values are given
(small / medium / large). Edit the file, or let the CLI do it:

` + "```" + `
pulumi config set openedx:preset medium
pulumi config set --path openedx:network.cidr 10.30.0.0/16
pulumi config set --path 'openedx:network.zones[3]' d
pulumi config rm --path openedx:network.cidr
pulumi config set --secret openedx:mongoPassword
` + "```" + `

The whole configuration is checked before anything is created, and every problem is reported at once, each with the
command that mends it. A key that is not on this page is refused, at every level. No environment variable is read.
A list or a group of keys where a single value belongs, and the other way round, is refused by the Pulumi CLI itself
before the program starts, in its own words and one at a time.

`

// section is one heading of the page with the keys below it.
type section struct {
	path, doc string
	keys      []config.Key
}

// sections sorts the keys under the group that each is in; those in none come first.
func sections() []section {
	all := []section{{doc: "Each stands for itself at the top of the settings."}}
	for _, key := range config.Keys() {
		if key.Path == "openedx:mongo.kind" {
			key.Values = config.MongoKinds() // a rule holds it to them, and says more than the reader could
		}
		if key.Group {
			all = append(all, section{path: key.Path, doc: key.Doc})
			continue
		}
		// Parents come before their children, so the last group around a key is the nearest.
		for i := range slices.Backward(all) {
			if all[i].path == "" || strings.HasPrefix(key.Path, all[i].path+".") {
				all[i].keys = append(all[i].keys, key)
				break
			}
		}
	}
	return all
}

// configPage renders docs/config.md.
func configPage() string {
	var page strings.Builder
	page.WriteString(generated + configIntro)
	for _, s := range sections() {
		level, title, heading := "##", s.path, s.path+"."
		if s.path == "" {
			title, heading = "Single values", ""
		}
		if strings.Contains(s.path, ".") {
			level = "###"
		}
		fmt.Fprintf(&page, "%s %s\n\n%s\n\n", level, title, s.doc)
		if len(s.keys) > 0 {
			table(&page, s.keys, heading)
		}
	}
	page.WriteString(appendix())
	return page.String()
}

// table renders keys as a table, without the part of the path that the heading has.
func table(page *strings.Builder, keys []config.Key, heading string) {
	page.WriteString("| Key | Type | Default | Example | Meaning |\n| --- | --- | --- | --- | --- |\n")
	for _, key := range keys {
		fmt.Fprintf(page, "| `%s` | %s | %s | %s | %s |\n",
			strings.TrimPrefix(key.Path, heading), typeOf(key), defaultOf(key), example(key), key.Doc)
	}
	page.WriteString("\n")
}

// isList and isMap tell what a key without keys of its own holds.
func isList(key config.Key) bool { return strings.HasPrefix(key.Type, "list") }
func isMap(key config.Key) bool  { return strings.HasPrefix(key.Type, "group") }

// typeOf renders what a key may hold.
func typeOf(key config.Key) string {
	choice := "`" + strings.Join(key.Values, "`, `") + "`"
	switch {
	case key.Secret:
		return "secret " + key.Type
	case isMap(key):
		return key.Entry + "s by name"
	case key.Values == nil:
		return key.Type
	case isList(key):
		return "list of any of " + choice
	}
	return "one of " + choice
}

// example renders an example as it is typed into the settings file.
func example(key config.Key) string {
	text := strings.Join(key.Examples, ", ")
	_, err := strconv.ParseFloat(text, 64)
	switch {
	case key.Secret:
		text = config.SetSecretCommand("", key.Path)
	case isMap(key) && text == "":
		text = `{cost-centre: "4711"}`
	case isMap(key) && key.Entry == "number":
		text = "{" + load.Keys()[0] + ": " + text + "}"
	case isMap(key):
		text = "{a: " + text + "}"
	case isList(key):
		text = "[" + text + "]"
	case key.Type == "text" && err == nil: // which YAML would take for a number
		text = strconv.Quote(text)
	}
	return "`" + text + "`"
}

// defaults are those that neither the settings nor the sizing table tell.
func defaults() map[string]string {
	return map[string]string{
		"openedx:cluster.version":           "`\"" + versions.DefaultKubernetes + "\"`",
		"openedx:mysql.version":             "`" + versions.DefaultMySQL + "`",
		"openedx:cache.version":             "`\"" + versions.DefaultCache("valkey") + "\"`, for redis `\"" + versions.DefaultCache("redis") + "\"`",
		"openedx:search.version":            "`" + versions.DefaultSearch + "`",
		"openedx:mongo.atlas.project":       "required for kind `atlas`",
		"openedx:mongo.atlas.tier":          atlasTiers(),
		"openedx:mongo.external.host":       "required for kind `external`",
		"openedx:mongo.external.replicaSet": "required for kind `external`",
		"openedx:mongoPassword":             "required for kind `external`",
		"openedx:instances.<slug>.slot":     "required",
		"openedx:overrides.learners":        learnersByPreset(),
		"openedx:dns.zoneId":                "a zone is made",
		"openedx:dns.parent.stack":          "required together with `domain`",
		"openedx:dns.parent.domain":         "required together with `stack`",
		"openedx:mail.reports":              "none are asked for",
		"openedx:mail.smtp.host":            "required for kind `smtp`",
		"openedx:mail.smtp.username":        "required for kind `smtp`",
		"openedx:mailPassword":              "required for kind `smtp`",
		"openedx:github.repository":         "nobody deploys from there",
		"openedx:github.provider":           "one is made",
		"openedx:backup.copyRegion":         "another region of the same country or union, where one is usual; else required",

		"openedx:instances.<slug>.zoneId":         "a zone is made",
		"openedx:instances.<slug>.certificate":    "one is issued",
		"openedx:instances.<slug>.cdnCertificate": "one is issued",
	}
}

// learnersByPreset lists how many learners each preset is built for.
func learnersByPreset() string {
	var most []string
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		most = append(most, fmt.Sprintf("`%d`", sizing.Learners.Max))
	}
	return strings.Join(most, " / ")
}

// atlasTiers lists the Atlas tier of each preset, as plans have it.
func atlasTiers() string {
	var tiers []string
	kind, project := string(config.MongoAtlas), strings.Repeat("0", 24)
	for _, preset := range config.Presets() {
		resolved, _ := plan.Resolve(config.Settings{
			Stack: "docs", Cloud: config.AWS, Preset: preset, Name: "campus", Domain: "campus.example.org", Region: "eu-west-1",
			Mongo: config.Mongo{Kind: &kind, Atlas: config.Atlas{Project: &project}},
		})
		tiers = append(tiers, "`"+resolved.Stores.Mongo.Atlas.Tier+"`")
	}
	return strings.Join(tiers, " / ")
}

// defaultOf renders what holds when a key is not written: always the same, or
// what each preset says.
func defaultOf(key config.Key) string {
	if key.Mandatory {
		return "required"
	}
	if text, told := defaults()[key.Path]; told {
		return text
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
