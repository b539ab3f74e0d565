package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// boundary is one rule at its edge: the values it takes and the values it does not.
type boundary struct {
	name   string
	key    string // where the problem is reported
	preset config.Preset
	set    func(s *config.Settings, value string)
	good   []string
	bad    []string
}

func (b boundary) run(t *testing.T) {
	if b.preset == "" {
		b.preset = config.Medium
	}
	base := settings(t, b.preset)
	check := func(value string) []config.Problem {
		s := base
		b.set(&s, value)
		_, problems := plan.Resolve(s)
		return problems
	}
	for _, value := range b.good {
		if problems := check(value); len(problems) > 0 {
			t.Errorf("%q is refused: %v", value, problems)
		}
	}
	for _, value := range b.bad {
		problems := check(value)
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Key, b.key) {
			t.Errorf("%q: got %v, want one problem at %s", value, problems, b.key)
			continue
		}
		if problems[0].Want == "" || !strings.HasPrefix(problems[0].Fix, "pulumi config ") {
			t.Errorf("%q: nothing is said of what is wanted, or how: %+v", value, problems[0])
		}
		if problems = b.follow(base.Stack, problems, check); len(problems) > 0 {
			t.Errorf("%q: whoever follows the commands ends with %v", value, problems)
		}
	}
}

// trial lifts the promises of the preset, so that only what no preset takes is refused.
func trial(set func(*config.Settings, string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.Disposable = true
		set(s, value)
	}
}

// follow types the suggested values until the rule is content, and returns what
// is left after as many as anybody would try.
func (b boundary) follow(stack string, problems []config.Problem, check func(string) []config.Problem) []config.Problem {
	for range 2 {
		if len(problems) == 0 || problems[0].Key != b.key {
			return nil
		}
		better, is := suggested(stack, problems[0])
		if !is {
			return nil
		}
		problems = check(better)
	}
	return problems
}

// suggested is the value that the command of a problem sets in place of the wrong
// one, if that is all it does.
func suggested(stack string, problem config.Problem) (string, bool) {
	const mark = "VALUE"
	before, after, _ := strings.Cut(config.SetCommand(stack, problem.Key, mark), mark)
	value, begins := strings.CutPrefix(problem.Fix, before)
	value, ends := strings.CutSuffix(value, after)
	return value, begins && ends && !strings.ContainsAny(value, " '")
}
