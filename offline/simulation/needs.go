package simulation

import (
	_ "embed"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"
)

//go:embed needs.yaml
var needsFile []byte

// Need says that resources of some types really need those of others, so that no
// order of things can do without the wait.
type Need struct {
	Who []string `json:"who"`
	// Needs are the types that they need.
	Needs []string `json:"needs"`
	// Named narrows the need: one of the two resources has to have these inputs.
	Named map[string]string `json:"named"`
	// Why is the reason, and Source where it is documented.
	Why    string `json:"why"`
	Source string `json:"source"`
}

// Needs is the table of what waits for something slow with reason, and of what waits
// for something quick that no input tells of.
type Needs struct {
	// SlowFrom is how many seconds make a resource slow.
	SlowFrom float64 `json:"slowFrom"`
	// ByInput are slow types that whoever refers to them needs.
	ByInput []string `json:"byInput"`
	Needs   []Need   `json:"needs"`
}

// LoadNeeds reads the table of needs.
func LoadNeeds() (*Needs, error) {
	var all Needs
	if err := yaml.UnmarshalStrict(needsFile, &all); err != nil {
		return nil, fmt.Errorf("offline/simulation/needs.yaml: %w", err)
	}
	return &all, nil
}

// reason tells whether a wait is a need: r waits for other, which takes so long, and
// byInput tells whether an input of r refers to it.
func (n *Needs) reason(r, other Resource, seconds float64, byInput bool) bool {
	if byInput && (seconds < n.SlowFrom || slices.Contains(n.ByInput, other.Type)) {
		return true
	}
	return slices.ContainsFunc(n.Needs, func(need Need) bool { return need.explains(r, other) })
}

func (n Need) explains(r, other Resource) bool {
	if !slices.Contains(n.Who, r.Type) || !slices.Contains(n.Needs, other.Type) {
		return false
	}
	for name, want := range n.Named {
		if r.input(name) != want && other.input(name) != want {
			return false
		}
	}
	return true
}
