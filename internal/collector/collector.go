// Package collector says what Fluent Bit, which runs on every node, reads of the logs of
// containers, and what it makes of them. It imports the standard library and the names of
// instances only.
package collector

import (
	"fmt"
	"strings"

	"example.org/openedx/internal/accounts"
)

// Where the kubelet keeps a link to each container's log.
const logFiles = "/var/log/containers/"

// What is kept on the node, so that a collector that starts anew goes on where the last
// one stopped: where in each file it is, and the events that were not sent yet.
const (
	Positions         = "/var/log/openedx-logs.db"
	trackingPositions = "/var/log/openedx-tracking.db"
	Waiting           = "/var/log/openedx-tracking"
)

// How the containers' lines are read.
const (
	// Files are those of all containers.
	Files = logFiles + "*.log"
	// Parsers put together the pieces into which the container runtime cuts long lines.
	Parsers = "docker, cri"
	// Tag is what lines are called. It ends in the name of the stream they are kept in.
	Tag = "kube.<namespace_name>.<pod_name>.<container_name>"
	// FileName takes a file's name apart. Fluent Bit leaves out a file that does not match.
	FileName = `(?<pod_name>[^_/]+)_(?<namespace_name>[^_]+)_(?<container_name>.+)-[0-9a-f]{64}\.log$`
	// AllTags matches the lines of all containers.
	AllTags = "kube.*"
	// Line is the key of a record that has the line.
	Line = "log"
)

// How the events of instances, which Open edX calls tracking logs, are read and kept.
const (
	// TrackingTags matches them; the second part of such a tag is the instance's slug.
	TrackingTags = "tracking.*"
	// Event is the key of a record that has the event.
	Event = "event"
	// Folder is where they are kept in their bucket.
	Folder = "tracking"
	// ObjectNames are those in the bucket: the instance, then the day on which the first
	// event of the file happened, by UTC.
	ObjectNames = "/" + Folder + "/$TAG[1]/%Y/%m/%d/%H%M%S-$UUID.jsonl.gz"

	// instanceTags matches the lines of all instances.
	instanceTags = "kube." + accounts.HomePrefix + "*"
	// trackingName finds the slug in the name of a file.
	trackingName = `_` + accounts.HomePrefix + `(?<slug>[^_]+)_`
)

// prefix is how a line about an event begins. Tutor has Open edX write events as it
// writes every other line, under a logger called tracking, with the event itself in JSON
// at the end:
//
//	2026-01-31 12:00:00,123 INFO 17 [tracking] [user 5] [ip 203.0.113.7] logger.py:41 - {"name": ...}
//
// https://github.com/overhangio/tutor/blob/release/tutor/templates/apps/openedx/settings/partials/common_all.py
// https://github.com/openedx/openedx-platform/blob/master/openedx/core/lib/logsettings.py
const prefix = `^\S+ \S+ [A-Z]+ \d+ \[tracking\] \[user [^\]]*\] \[ip [^\]]*\] \S+ - `

// The pattern of a line that is an event: as a whole, and with a name for the event.
const (
	EventLine    = prefix + `\{.*\}\s*$`
	EventPattern = prefix + `(?<` + Event + `>\{.*\})\s*$`
)

// ExtraParsers are those that Fluent Bit does not bring.
func ExtraParsers() string {
	return section("PARSER", "Name tracking", "Format regex", "Regex "+EventPattern)
}

// ExtraInputs read the web servers and workers of instances a second time, for events:
// what holds up one of the two ways leaves the other alone.
func ExtraInputs() string {
	var files []string
	for _, container := range []string{"lms", "cms"} {
		files = append(files, fmt.Sprintf("%s*_%s*_%s*.log", logFiles, accounts.HomePrefix, container))
	}
	return section(
		"INPUT", "Name tail", "Tag tracking.<slug>", "Tag_Regex "+trackingName, "Path "+strings.Join(files, ","),
		"multiline.parser "+Parsers, "DB "+trackingPositions, "Mem_Buf_Limit 10MB", "Skip_Long_Lines On", "Refresh_Interval 10",
	)
}

// ExtraFilters leave of the one way nothing but events, and of the other no event: there
// are many, and the bucket keeps them for a tenth of what they would cost among the logs.
func ExtraFilters() string {
	return section("FILTER", "Name parser", "Match "+TrackingTags, "Key_Name "+Line, "Parser tracking") +
		section("FILTER", "Name grep", "Match "+TrackingTags, "Regex "+Event+` ^\{`) +
		section("FILTER", "Name grep", "Match "+instanceTags, "Exclude "+Line+" "+EventLine)
}

// section writes a section of Fluent Bit's classic format.
// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/classic-mode/format-schema
func section(name string, lines ...string) string {
	return "[" + name + "]\n    " + strings.Join(lines, "\n    ") + "\n"
}
