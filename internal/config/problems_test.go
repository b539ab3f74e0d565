package config_test

import (
	"testing"

	"example.org/openedx/internal/config"
)

func TestProblemsAreSortedAlignedAndCarryTheirFix(t *testing.T) {
	problems := config.Problems{Stack: "campus-prod"}.Add(
		config.Problem{Key: "openedx:overrides.cache.nodetyp", Want: "unknown key; did you mean nodeType?"},
		config.Problem{
			Key: "openedx:network.cidr", Got: "10.0.0.0/22", Want: "is too narrow",
			Fix: config.SetCommand("", "openedx:network.cidr", "10.20.0.0/16"),
		},
	)
	want := `2 problems in the configuration of stack campus-prod
  openedx:network.cidr             10.0.0.0/22 is too narrow
  fix with: pulumi config set --path openedx:network.cidr 10.20.0.0/16
  openedx:overrides.cache.nodetyp  unknown key; did you mean nodeType?`
	if got := problems.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOneProblemIsNotCalledProblems(t *testing.T) {
	problems := config.Problems{Stack: "a"}.Add(config.Problem{Key: "k", Want: "is missing"})
	if got, want := problems.Error(), "1 problem in the configuration of stack a\n  k  is missing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoProblemIsNoError(t *testing.T) {
	if err := (config.Problems{Stack: "a"}).Err(); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestAddingProblemsLeavesTheOriginalAlone(t *testing.T) {
	original := config.Problems{Stack: "a"}.Add(config.Problem{Key: "k"})
	one, other := original.Add(config.Problem{Key: "x"}), original.Add(config.Problem{Key: "y"})
	if len(original.List) != 1 || one.List[1].Key != "x" || other.List[1].Key != "y" {
		t.Errorf("got %v, %v, %v", original.List, one.List, other.List)
	}
}

func TestCommandsAreWhatTheShellAndTheCLITake(t *testing.T) {
	tags := config.Child("openedx:tags", "team/owner")
	cases := []struct{ got, want string }{
		{config.SetCommand("dev", "openedx:preset", "small"), `pulumi config set openedx:preset small --stack dev`},
		{config.SetCommand("dev", config.Child("openedx:network", "cidr"), "10.0.0.0/16"), `pulumi config set --path openedx:network.cidr 10.0.0.0/16 --stack dev`},
		{config.RemoveCommand("dev", config.Element("openedx:network.zones", 1)), `pulumi config rm --path 'openedx:network.zones[1]' --stack dev`},
		{config.RemoveCommand("dev", tags), `pulumi config rm --path 'openedx:tags["team/owner"]' --stack dev`},
		{config.SetTextCommand("dev", tags, "it's 1"), `pulumi config set --type string --path 'openedx:tags["team/owner"]' 'it'\''s 1' --stack dev`},
		{
			config.SetListCommand("dev", "openedx:x.y", []string{"a", "b"}),
			`pulumi config rm --path openedx:x.y --stack dev && pulumi config set --path 'openedx:x.y[0]' a --stack dev && pulumi config set --path 'openedx:x.y[1]' b --stack dev`,
		},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestASuggestionIsNearOrNone(t *testing.T) {
	names := []string{"cidr", "zones", "nat", "endpoints"}
	for typed, want := range map[string]string{
		"cdir": "cidr", "zone": "zones", "endpoint": "endpoints", "Cidr": "cidr", "colour": "", "x": "", "": "",
	} {
		if got := config.Nearest(typed, names); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
