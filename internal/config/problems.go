package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with the settings.
type Problem struct {
	Key  string // as typed: openedx:network.cidr
	Got  string // the value as typed; empty when there is none to show
	Want string // what is wrong with it and what is wanted, read after Got
	Fix  string // the command that mends it
}

// Problems is everything wrong with one stack's settings.
type Problems struct {
	Stack string
	List  []Problem
}

// Add returns the problems with more of them.
func (p Problems) Add(more ...Problem) Problems {
	return Problems{Stack: p.Stack, List: append(slices.Clone(p.List), more...)}
}

// Err returns the problems as an error, or nil when there are none.
func (p Problems) Err() error {
	if len(p.List) == 0 {
		return nil
	}
	return p
}

// Error prints every problem, sorted by key, each with the command that mends it.
func (p Problems) Error() string {
	list := slices.Clone(p.List)
	slices.SortFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.text(), b.text()))
	})
	width := 0
	for _, problem := range list {
		width = max(width, len(problem.Key))
	}
	var out strings.Builder
	noun := "problems"
	if len(list) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&out, "%d %s in the configuration of stack %s", len(list), noun, p.Stack)
	for _, problem := range list {
		fmt.Fprintf(&out, "\n  %-*s  %s", width, problem.Key, problem.text())
		if problem.Fix != "" {
			fmt.Fprintf(&out, "\n  fix with: %s", problem.Fix)
		}
	}
	return out.String()
}

// text is the explanation: the value as typed, then what is wanted.
func (p Problem) text() string {
	if p.Got == "" {
		return p.Want
	}
	return p.Got + " " + p.Want
}
