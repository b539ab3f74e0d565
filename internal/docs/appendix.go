package main

import (
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

// list is one closed set that is too long for a table's cell.
type list struct {
	title   string
	columns []string
	rows    [][]string
	after   string
}

// appendix renders the closed sets.
func appendix() string {
	var page strings.Builder
	for _, l := range []list{kubernetesVersions(), mysqlVersions(), cacheVersions(), searchVersions(), storeMachines(), regions()} {
		fmt.Fprintf(&page, "## %s\n\n| %s |\n|%s\n", l.title, strings.Join(l.columns, " | "), strings.Repeat(" --- |", len(l.columns)))
		for _, row := range l.rows {
			fmt.Fprintf(&page, "| %s |\n", strings.Join(row, " | "))
		}
		page.WriteString("\n")
		if l.after != "" {
			page.WriteString(l.after + "\n\n")
		}
	}
	return strings.TrimSuffix(page.String(), "\n")
}

func kubernetesVersions() list {
	l := list{title: "Kubernetes versions", columns: []string{"Version", "Standard support until", "Node image"}}
	for _, k := range versions.AllKubernetes() {
		l.rows = append(l.rows, []string{k.Version, k.Until, k.Image})
	}
	return l
}

func mysqlVersions() list {
	l := list{
		title: "MySQL versions", columns: []string{"Version", "Parameter group family"},
		after: "The first half of a version is MySQL's, the second Aurora's own.",
	}
	for _, version := range versions.MySQL() {
		l.rows = append(l.rows, []string{marked(version, versions.DefaultMySQL), versions.MySQLFamily(version)})
	}
	return l
}

func cacheVersions() list {
	l := list{title: "Redis and Valkey versions", columns: []string{"`openedx:cache.engine`", "`openedx:cache.version`"}}
	for _, engine := range []redis.Engine{redis.Valkey, redis.RedisOSS} {
		var all []string
		for _, version := range redis.Versions(engine) {
			all = append(all, marked(version, versions.DefaultCache(string(engine))))
		}
		l.rows = append(l.rows, []string{string(engine), strings.Join(all, ", ")})
	}
	return l
}

func searchVersions() list {
	l := list{title: "OpenSearch versions", columns: []string{"Version"}}
	for _, version := range versions.Search() {
		l.rows = append(l.rows, []string{marked(version, versions.DefaultSearch)})
	}
	return l
}

// marked says of a version whether it is the default.
func marked(version, usual string) string {
	if version == usual {
		return version + " (default)"
	}
	return version
}

// storeMachines lists the machines of the stores by family, those that come in
// the same sizes together.
func storeMachines() list {
	l := list{
		title: "Machines of the stores and of the bastion", columns: []string{"For", "Machine", "Sizes", "Memory, GiB"},
		after: "Burstable machines of stores are for the small preset: under steady load they run out of credits and slow down. A bastion has no steady load.",
	}
	for _, store := range []struct {
		name string
		kind machines.Kind
	}{
		{"MySQL", machines.MySQL},
		{"MongoDB", machines.Mongo},
		{"Redis and Memcached", machines.Cache},
		{"OpenSearch", machines.Search},
		{"Bastion", machines.Bastion},
	} {
		var rows [][]string
		for _, family := range machines.Families(store.kind) {
			row := familyRow(store.kind, family)
			same := slices.IndexFunc(rows, func(other []string) bool { return slices.Equal(other[1:], row[1:]) })
			if same < 0 {
				rows = append(rows, row)
				continue
			}
			rows[same][0] += ", " + row[0]
		}
		for _, row := range rows {
			l.rows = append(l.rows, append([]string{store.name}, row...))
		}
	}
	return l
}

// familyRow is a family's name with a gap for the size, its sizes, and how much
// memory the smallest and the largest have.
func familyRow(kind machines.Kind, family string) []string {
	var sizes, memory []string
	var form string
	for _, name := range machines.Names(kind) {
		if machines.Family(name) != family {
			continue
		}
		before, after, _ := strings.Cut(name, family+".")
		size, rest, ended := strings.Cut(after, ".")
		form = "`" + before + family + ".<size>"
		if ended {
			form += "." + rest
		}
		form += "`"
		machine, _ := machines.Find(kind, name)
		if machine.Burstable {
			form += " (burstable)"
		}
		sizes, memory = append(sizes, size), append(memory, fmt.Sprint(machine.MemoryGiB))
	}
	return []string{form, strings.Join(sizes, ", "), memory[0] + " to " + memory[len(memory)-1]}
}

func regions() list {
	l := list{
		title: "Regions", columns: []string{"Region", "Zones, in the order of their address slots"},
		after: "The first three are used unless `openedx:network.zones` says otherwise. Letters mean different places in " +
			"different accounts, and an old account may miss one that is listed: then name the zones it has.",
	}
	for _, region := range plan.Regions() {
		l.rows = append(l.rows, []string{region, strings.Join(plan.ZoneLetters(region), ", ")})
	}
	return l
}
