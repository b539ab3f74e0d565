package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// badCase is one wrong configuration of the table that the CLI's test shares.
type badCase struct {
	Name    string         `json:"name"`
	Base    config.Preset  `json:"base"`
	Set     map[string]any `json:"set"`
	Unset   []string       `json:"unset"`
	Want    []string       `json:"want"`
	CLI     bool           `json:"cli"`
	WantCLI []string       `json:"wantCLI"`
}

func badCases(t *testing.T) []badCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "tests/badconfig/cases.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []badCase
	if err := yaml.UnmarshalStrict(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestEveryWrongConfigurationIsRefusedWithKeyValueAndFix(t *testing.T) {
	for _, c := range badCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			base := c.Base
			if base == "" {
				base = config.Medium
			}
			values := stackFile(t, base)
			for key, value := range c.Set {
				values[key] = value
			}
			for _, key := range c.Unset {
				delete(values, key)
			}
			read, problems := config.Read(source(t, string(base), values))
			resolved, more := plan.Resolve(read)
			err := problems.Add(more...).Err()
			if err == nil {
				t.Fatalf("nothing is wrong with it: %+v", resolved)
			}
			for _, want := range c.Want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q:\n%v", want, err)
				}
			}
			if c.CLI != (len(c.WantCLI) > 0) {
				t.Error("wantCLI belongs to the cases that the CLI refuses, and to no other")
			}
		})
	}
}

func TestTheTableOfWrongConfigurationsTouchesEveryKey(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "tests/badconfig/cases.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys() {
		if key.Group {
			continue
		}
		path := strings.Replace(key.Path, "<slug>", "main", 1)
		if !strings.Contains(string(text), path) && !strings.Contains(string(text), strings.Replace(key.Path, "<slug>", "staff", 1)) {
			t.Errorf("no wrong configuration names %s", path)
		}
	}
}
