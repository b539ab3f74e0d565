package main

import (
	"fmt"
	"reflect"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

const sizingIntro = `# Sizing

A preset is a column of these tables. Every size comes from it unless ` + "`openedx:overrides`" + ` or another key says
otherwise; [config.md](config.md) names the key. Moving from one preset to the next is an edit of ` + "`openedx:preset`" + `:
no count, size or retention is smaller in a larger preset, and no subnet changes its address.

`

const promisesIntro = `## What a preset promises

An override may depart from its preset, but not below what the preset promises: it is refused, with the reason. Whoever
wants less takes the smaller preset and raises what has to be larger, or writes ` + "`openedx:disposable: true`" + ` where nobody
learns. Below what every preset takes (two nodes of Redis, three members of MongoDB, three zones) nothing goes.

| Not below | small | medium | large | Because |
| --- | --- | --- | --- | --- |
`

const promisesOutro = `
Some levers stay free although something is lost with them, because they are a matter of money or of law:

- ` + "`openedx:network.nat: single`" + ` saves NAT gateways. With the zone that the one is in, everything in the cluster loses its way
  out: mail, calls to other services, images that have no endpoint. Learners still get in, and courses still answer.
- ` + "`openedx:backup.copy: never`" + ` keeps learners' data in one region, as a law may demand. With the region its backups are gone.
- Logs may be kept for less long: they hold names and addresses, which a law may want gone.

Volumes do not shrink, and an edit that would shrink one is refused; so is one that cuts the network's block or keeps
backups for less long than they are kept already, which would delete the oldest. A smaller preset than the one that is
deployed therefore takes the sizes of the volumes with it: the run says, all at once, what to write.

`

const sizingOutro = `## Protection

In every preset, small as well, whatever holds data is protected: Pulumi refuses to delete it until the protection is
taken off. ` + "`openedx:disposable: true`" + ` takes it off, for trial stacks. Only a disposable stack is easy to destroy.
`

// row is one decision of the sizing table.
type row struct {
	title, key, why string
	part            string   // the part of the platform it is about
	full            []string // what each preset says, in order
	short           []string // the same, fit for a cell beside others
}

// rows reads the sizing table.
func rows() []row {
	var all []row
	for _, f := range reflect.VisibleFields(reflect.TypeFor[plan.Sizing]()) {
		if f.Anonymous {
			continue // what it holds is listed by itself
		}
		r := row{part: partOf(f), title: f.Tag.Get("row"), key: f.Tag.Get("key"), why: f.Tag.Get("why")}
		for _, preset := range config.Presets() {
			sizing, ok := plan.SizingOf(preset)
			if !ok {
				continue
			}
			value := reflect.ValueOf(sizing).FieldByIndex(f.Index).Interface()
			r.full = append(r.full, full(value))
			r.short = append(r.short, short(value))
		}
		all = append(all, r)
	}
	return all
}

// The parts of the platform, in the order of their tables.
const (
	partCluster = "Network and cluster"
	partStores  = "Data stores"
	partEdge    = "Edge and operations"
	partAddOns  = "Add-ons"
	partPods    = "Pods of an instance of weight 1"
)

// partOf tells by the struct that a field is embedded from what it is about.
func partOf(f reflect.StructField) string {
	switch reflect.TypeFor[plan.Sizing]().Field(f.Index[0]).Type {
	case reflect.TypeFor[plan.StoreSizing]():
		return partStores
	case reflect.TypeFor[plan.EdgeSizing](), reflect.TypeFor[plan.MonitoringSizing]():
		return partEdge
	case reflect.TypeFor[plan.AddOnSizing]():
		return partAddOns
	case reflect.TypeFor[plan.PodSizing]():
		return partPods
	}
	return partCluster
}

// full renders a value for the sizing table.
func full(value any) string {
	switch v := value.(type) {
	case plan.Machine:
		return v.AWS
	case []string:
		if len(v) == 0 {
			return "none"
		}
		return strings.Join(v, ", ")
	case config.NAT:
		return map[config.NAT]string{config.NATSingle: "one", config.NATPerZone: "one per zone"}[v]
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	default:
		return fmt.Sprint(v)
	}
}

// short renders a value as it would be typed.
func short(value any) string {
	switch v := value.(type) {
	case []string:
		if len(v) == 0 {
			return "`[]`"
		}
		return fmt.Sprintf("%d services, see [sizing](sizing.md)", len(v))
	case config.NAT, bool:
		return fmt.Sprintf("`%v`", v)
	default:
		return "`" + full(value) + "`"
	}
}

// sizingPage renders docs/sizing.md.
func sizingPage() (string, error) {
	var page strings.Builder
	page.WriteString(generated + sizingIntro)
	for _, part := range []string{partCluster, partStores, partEdge, partAddOns, partPods} {
		page.WriteString("## " + part + "\n\n| | small | medium | large | Why |\n| --- | --- | --- | --- | --- |\n")
		for _, r := range rows() {
			if r.part == part {
				fmt.Fprintf(&page, "| %s | %s | %s |\n", r.title, strings.Join(r.full, " | "), r.why)
			}
		}
		page.WriteString("\n")
	}
	costs, err := costSection()
	if err != nil {
		return "", err
	}
	page.WriteString(carries() + promisesIntro + promiseRows() + promisesOutro + cellsChapter() + costs + sizingOutro)
	return page.String(), nil
}

// promiseRows renders what each preset promises.
func promiseRows() string {
	var table strings.Builder
	for i, promise := range plan.Promises(config.Small) {
		cells := make([]string, 0, len(config.Presets()))
		for _, preset := range config.Presets() {
			cell := "no promise"
			if least := plan.Promises(preset)[i].Least; least > 0 {
				cell = fmt.Sprint(least)
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", promise.Key, strings.Join(cells, " | "), promise.Because)
	}
	return table.String()
}
