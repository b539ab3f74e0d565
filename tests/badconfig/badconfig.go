// Package badconfig holds wrong configurations as data, for every test that
// wants to see them refused: by the rules alone and through the real CLI.
package badconfig

import (
	_ "embed"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"
)

// Table is the file of cases as it is written.
//
//go:embed cases.yaml
var Table []byte

// Case is one wrong configuration: a starter stack with some keys set and some
// taken away, and the texts that the message must hold.
type Case struct {
	Name  string         `json:"name"`
	Base  string         `json:"base"`
	Set   map[string]any `json:"set"`
	Unset []string       `json:"unset"`
	Want  []string       `json:"want"`
	// CLI marks what the CLI refuses before the program starts, in the words of WantCLI.
	CLI     bool     `json:"cli"`
	WantCLI []string `json:"wantCLI"`
}

// Load reads the table.
func Load(t testing.TB) []Case {
	t.Helper()
	var cases []Case
	if err := yaml.UnmarshalStrict(Table, &cases); err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		if cases[i].Base == "" {
			cases[i].Base = "medium"
		}
	}
	return cases
}

// Values are the case's settings by key. The test runs two folders below the
// root of the repository, where the starter stacks are.
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
	text, err := yaml.Marshal(map[string]any{"config": c.Values(t)})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
