package changes

import (
	"fmt"
	"slices"
	"strings"
)

const (
	arrow = " -> "
	// mostParts of a decision and mostNames of things are listed; the output has all.
	mostParts, mostNames = 4, 3
	// mostChanges are shown in full. Where there are more, as with another preset, minor
	// ones are named only.
	mostChanges = 12
	// width is where a change continues on the next line.
	width = 100
)

// first are the facts that say what a platform is where none is deployed.
var first = []string{"learners", "nodes", "mysqlMachine", costName}

// String is the summary as an operator reads it before agreeing; nothing where nothing changes.
func (s Summary) String() string {
	if len(s.Changes) == 0 && len(s.Lost) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(s.headline() + "\n")
	if len(s.before) == 0 {
		s.section(&out, "", s.firstLines())
	} else {
		s.section(&out, "", s.shown())
		out.WriteString(choice(len(s.Restarts) == 0, "Nothing restarts.\n", ""))
		s.section(&out, "What restarts, in this run:\n", s.Restarts)
		s.section(&out, "What else is noticed:\n", s.Effects)
		out.WriteString(choice(len(s.Lost) == 0, "Nothing that holds data is made anew.\n", ""))
	}
	out.WriteString(choice(len(s.Lost) > 0, "DATA THAT GOES OR STAYS BEHIND: "+strings.Join(s.Lost, ", ")+".\n", ""))
	return strings.TrimSuffix(out.String(), "\n")
}

// headline says what becomes of what.
func (s Summary) headline() string {
	was, is := s.before[presetName], s.after[presetName]
	switch {
	case was == "":
		return "This will be " + is + ":"
	case was != is:
		return was + " becomes " + is + ":"
	default:
		return "What changes:"
	}
}

// minor are topics that nobody decides by.
var minor = []string{"days of logs", "uploads", "images", "firewall", "alarms", "budget", "pod", "processes", "volumes"}

// shown are the changes, the minor ones by name where there are many.
func (s Summary) shown() []Line {
	if len(s.Changes) <= mostChanges {
		return s.Changes
	}
	var major []Line
	var names []string
	for _, line := range s.Changes {
		switch {
		case !slices.Contains(minor, line.Topic):
			major = append(major, line)
		case !slices.Contains(names, line.Topic):
			names = append(names, line.Topic)
		}
	}
	if len(names) == 0 {
		return major
	}
	rest := Line{Topic: "and", Text: strings.Join(names, ", ") + ": see the output sizing"}
	if last := len(major) - 1; last >= 0 && major[last].Topic == costTopic {
		return slices.Insert(major, last, rest)
	}
	return append(major, rest)
}

// firstLines are what a platform will be.
func (s Summary) firstLines() []Line {
	var lines []Line
	for _, f := range facts() {
		if slices.Contains(first, f.name) {
			lines = append(lines, Line{Topic: f.topic, Text: s.after[f.name]})
		}
	}
	return lines
}

// section writes lines below a title; nothing without lines.
func (s Summary) section(out *strings.Builder, title string, lines []Line) {
	if len(lines) == 0 {
		return
	}
	out.WriteString(title)
	column := 0
	for _, line := range lines {
		column = max(column, len(line.label()))
	}
	for _, line := range lines {
		text := line.Text
		if was, is, both := strings.Cut(text, arrow); both && len(text) > width {
			text = was + "\n" + strings.Repeat(" ", column+len("    ")) + strings.TrimSpace(arrow) + " " + is
		}
		fmt.Fprintf(out, "  %-*s  %s\n", column, line.label(), text)
	}
}

// label is the topic with the names of the things.
func (l Line) label() string {
	if len(l.Names) == 0 {
		return l.Topic
	}
	return choice(len(l.Names) == 1, l.Topic, l.Topic+"s") + " " + few(l.Names, mostNames)
}

// few lists the first of many.
func few(list []string, most int) string {
	if len(list) <= most+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
