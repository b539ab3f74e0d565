// Package badconfig holds wrong configurations as data, for every test that
// wants to see them refused: by the rules alone and through the real CLI.
//
// Each begins as the stack file Pulumi.<base>.yaml; `set` replaces whole
// top-level keys, `unset` removes them, `secret` writes texts as secrets. Every
// text of `want` must be in the message: the key, the value, what is wanted, the
// command that mends it. No text of `never` may be. Nothing may be registered.
//
// Where `cli` is true the Pulumi CLI refuses the value before the program starts,
// with its own words, which are in `wantCLI`; a run without that check says what
// `want` says.
package badconfig

import (
	"embed"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"
)

//go:embed cases/*.yaml
var folder embed.FS

// Case is one wrong configuration.
type Case struct {
	Name    string            `json:"name"`
	Base    string            `json:"base"`
	Set     map[string]any    `json:"set"`
	Unset   []string          `json:"unset"`
	Secret  map[string]string `json:"secret"`
	Want    []string          `json:"want"`
	Never   []string          `json:"never"`
	CLI     bool              `json:"cli"`
	WantCLI []string          `json:"wantCLI"`
}

// Load reads every case.
func Load(t testing.TB) []Case {
	t.Helper()
	var all []Case
	for name, text := range files(t) {
		cases, err := parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, cases...)
	}
	if name := twice(all); name != "" {
		t.Fatalf("two cases are called %q", name)
	}
	return all
}

// Text is every case as it is written.
func Text(t testing.TB) string {
	t.Helper()
	var all string
	for _, text := range files(t) {
		all += string(text)
	}
	return all
}

// files ranges over the files of cases in the order of their names.
func files(t testing.TB) func(func(name string, text []byte) bool) {
	t.Helper()
	entries, err := folder.ReadDir("cases")
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(name string, text []byte) bool) {
		for _, entry := range entries {
			text, err := folder.ReadFile(path.Join("cases", entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if !yield(entry.Name(), text) {
				return
			}
		}
	}
}

// parse reads one file of cases.
func parse(text []byte) ([]Case, error) {
	var cases []Case
	if err := yaml.UnmarshalStrict(text, &cases); err != nil {
		return nil, fmt.Errorf("wrong configurations: %w", err)
	}
	for i := range cases {
		if cases[i].Base == "" {
			cases[i].Base = "medium"
		}
	}
	return cases, nil
}

// twice returns a name that two cases have, or nothing.
func twice(cases []Case) string {
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.Name] {
			return c.Name
		}
		seen[c.Name] = true
	}
	return ""
}

// Values are the case's settings by key, without its secrets. The test runs two
// folders below the root of the repository, where the starter stacks are.
func (c Case) Values(t testing.TB) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi."+c.Base+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Config map[string]any `json:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	maps.Copy(file.Config, c.Set)
	for _, key := range c.Unset {
		delete(file.Config, key)
	}
	return file.Config
}

// StackFile is the case as a stack's settings file.
func (c Case) StackFile(t testing.TB) []byte {
	t.Helper()
	values, file := c.Values(t), map[string]any{}
	if len(c.Secret) > 0 {
		sealed, salt, err := Seal(c.Secret)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(values, sealed)
		file["encryptionsalt"] = salt
	}
	file["config"] = values
	text, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
