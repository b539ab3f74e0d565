package changes

import (
	"maps"
	"slices"
	"strings"
)

// Line is what a summary says about one topic, or about several things of one kind.
type Line struct {
	Topic string
	// Names are of the things of the kind; empty where the topic is one thing.
	Names []string
	Text  string
}

// Summary is what becomes of a platform when another plan takes the place of the one
// that is deployed.
type Summary struct {
	before, after Facts
	// Changes are what is decided otherwise, before and after.
	Changes []Line
	// Restarts are what restarts or is replaced, and Effects what else is noticed.
	Restarts, Effects []Line
	// Lost are the stores that are made anew, and the copies that go.
	Lost []string
}

// Between compares the facts that are deployed with those of a plan; lost are the
// stores that the plan makes anew.
func Between(before, after Facts, lost []string) Summary {
	s := Summary{before: before, after: after, Lost: lost}
	var all []*difference
	for _, f := range facts() {
		if f.name == presetName {
			continue // which the headline tells
		}
		for _, name := range f.changed(before, after) {
			c := change{was: before[name], is: after[name], before: before, after: after}
			below := strings.TrimPrefix(name, f.name)
			if len(all) == 0 || all[len(all)-1].topic != f.topic || all[len(all)-1].name != below {
				all = append(all, &difference{topic: f.topic, name: below})
			}
			all[len(all)-1].add(c)
			s.effect(f, below, c)
		}
	}
	for _, d := range all {
		s.Changes = add(s.Changes, d.topic, d.name, d.text())
	}
	return s
}

// effect takes down what a change does.
func (s *Summary) effect(f fact, below string, c change) {
	if f.then == nil {
		return
	}
	switch done := f.then(c); {
	case done.says == "":
	case done.stops:
		s.Restarts = add(s.Restarts, f.topic, below, done.says)
	default:
		s.Effects = add(s.Effects, f.topic, below, done.says)
	}
}

// add adds a line, or a name to a line that says the same.
func add(lines []Line, topic, name, text string) []Line {
	at := slices.IndexFunc(lines, func(l Line) bool { return l.Topic == topic && l.Text == text })
	if at < 0 {
		lines = append(lines, Line{Topic: topic, Text: text})
		at = len(lines) - 1
	}
	if name != "" {
		lines[at].Names = append(lines[at].Names, name)
	}
	return lines
}

// changed lists the names of a fact that differ.
func (f fact) changed(before, after Facts) []string {
	names := map[string]bool{}
	for _, all := range []Facts{before, after} {
		for name := range all {
			mine := name == f.name || (f.each != nil && strings.HasPrefix(name, f.name))
			if mine && before[name] != after[name] {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// difference is what differs of one topic.
type difference struct {
	topic, name string
	was, is     []string
}

// add adds the parts of one decision that the other side has not.
func (d *difference) add(c change) {
	was, is := parts(c.was), parts(c.is)
	d.was = append(d.was, without(was, is)...)
	d.is = append(d.is, without(is, was)...)
}

// parts are what commas separate.
func parts(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ", ")
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(part string) bool { return slices.Contains(other, part) })
}

// text is a difference as it is read.
func (d *difference) text() string {
	was, is := few(d.was, mostParts), few(d.is, mostParts)
	switch {
	case was == "":
		return "new: " + is
	case is == "":
		return "no more: " + was
	default:
		return was + arrow + is
	}
}
