package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is where the starter stacks are.
const root = "../../.."

// printed is what the command prints, which must succeed.
func printed(t *testing.T, arguments ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(append([]string{"-folder", root}, arguments...), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAStackIsEstimatedFromItsFile(t *testing.T) {
	text := printed(t, "-stack", "small")
	for _, wanted := range []string{"stack small (preset small)", "eu-west-1", "In total, on demand", "each concurrent learner", "commitments of one year", "Note:"} {
		if !strings.Contains(text, wanted) {
			t.Errorf("%q is not in:\n%s", wanted, text)
		}
	}
}

func TestLearnersAndAssumptionsAreTheOperators(t *testing.T) {
	few, many := printed(t, "-stack", "medium", "-learners", "1200"), printed(t, "-stack", "medium", "-learners", "1200", "-assume", "mails=2000 cached-kb=0")
	if !strings.Contains(few, "for 1,200 concurrent learners") || few == many {
		t.Errorf("got:\n%s\nand:\n%s", few, many)
	}
	if !strings.Contains(many, "2,400") {
		t.Errorf("2,400 thousand mails are not in:\n%s", many)
	}
}

func TestWrongArgumentsAreRefusedWithWhatIsWanted(t *testing.T) {
	for want, arguments := range map[string][]string{
		"LEARNERS is \"many\"":      {"-stack", "small", "-learners", "many"},
		"LEARNERS is \"NaN\"":       {"-stack", "small", "-learners", "NaN"},
		"LEARNERS is \"0\"":         {"-stack", "small", "-learners", "0"},
		"\"mial\" is no assumption": {"-stack", "small", "-assume", "mial=5"},
		"ASSUME has \"mails\"":      {"-stack", "small", "-assume", "mails"},
		"ASSUME has \"mails=NaN\"":  {"-stack", "small", "-assume", "mails=NaN"},
		"ASSUME has \"mails=Inf\"":  {"-stack", "small", "-assume", "mails=Inf"},
		"stack \"absent\"":          {"-stack", "absent"},
	} {
		err := run(append([]string{"-folder", root}, arguments...), &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", arguments, err, want)
		}
	}
}

func TestABadSettingsFileIsExplainedAsByAPreview(t *testing.T) {
	folder := t.TempDir()
	text := "config:\n  aws:region: eu-west-1\n  openedx:cloud: aws\n  openedx:preset: medum\n"
	if err := os.WriteFile(filepath.Join(folder, "Pulumi.mine.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run([]string{"-folder", folder, "-stack", "mine"}, &strings.Builder{})
	for _, wanted := range []string{"problems in the configuration of stack mine", "openedx:preset", "medum", "openedx:name", "fix with: pulumi config set"} {
		if err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%q is not in: %v", wanted, err)
		}
	}
}
