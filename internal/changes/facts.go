// Package changes says what a plan decides, in a few words for each decision, and what
// becomes of a platform when another plan takes its place: what changes, what restarts,
// what it costs. It may import the plan, the costs and other pure packages.
package changes

import (
	"fmt"
	"slices"

	"example.org/openedx/internal/plan"
)

// Facts are the decisions of a plan by their names, each in a few words. They are a
// stack's output: what a preview shows as a difference of it, line by line, and what
// the next run compares with. None is a secret.
type Facts map[string]string

// fact is one decision.
type fact struct {
	// name is public, as the name of an output is. One that ends in a dot stands for
	// all below it.
	name string
	// topic is what it is about; a summary has one line for each topic.
	topic string
	// say gives the decision in a few words, separated by commas where there are
	// several; nothing where there is nothing to decide. each is say for all below.
	say  func(plan.Plan) string
	each func(plan.Plan) map[string]string
	// then tells what a change of it does; nil where nobody notices.
	then func(change) effect
}

// change is one decision before and after; nothing is where there is nothing to decide.
type change struct {
	was, is       string
	before, after Facts
}

// effect is what a change does to what runs.
type effect struct {
	says string
	// stops tells that something restarts or is replaced.
	stops bool
}

// facts lists all decisions in the order in which a summary shows them.
func facts() []fact {
	return slices.Concat(clusterFacts, storeFacts, edgeFacts, instanceFacts, costFacts)
}

// Of gives the facts of a plan.
func Of(p plan.Plan) Facts {
	all := Facts{}
	for _, f := range facts() {
		if f.each != nil {
			for below, value := range f.each(p) {
				all[f.name+below] = value
			}
			continue
		}
		if value := f.say(p); value != "" {
			all[f.name] = value
		}
	}
	return all
}

// restarts is an effect of every change of something that is there before and after.
func restarts(says string) func(change) effect {
	return func(c change) effect {
		if c.was == "" || c.is == "" {
			return effect{}
		}
		return effect{says: says, stops: true}
	}
}

// does is an effect of every change that stops nothing.
func does(says string) func(change) effect {
	return func(change) effect { return effect{says: says} }
}

// goes is an effect of what is there no more.
func goes(says string) func(change) effect {
	return func(c change) effect {
		if c.is != "" {
			return effect{}
		}
		return effect{says: says}
	}
}

// count is a number with its unit, in the plural where it takes one.
func count(number int, unit string) string {
	if number == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", number, unit)
}

// choice is one of two texts.
func choice(yes bool, then, otherwise string) string {
	if yes {
		return then
	}
	return otherwise
}

// number is the first number of a text; 0 where it does not begin with one.
func number(text string) int {
	var first int
	if _, err := fmt.Sscanf(text, "%d", &first); err != nil {
		return 0
	}
	return first
}
