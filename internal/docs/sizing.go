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
	page.WriteString(carries() + costs + sizingOutro)
	return page.String(), nil
}
