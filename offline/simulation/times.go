package simulation

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed times.yaml
var timesFile []byte

// Source is where a time was read, and when that was written or looked at.
type Source struct {
	URL  string `json:"url"`
	Date string `json:"date"`
}

// Basis says how well a time is known.
type Basis string

// How a time is known: somebody measured it, the provider documents it, or it is
// guessed from the report that is nearest.
const (
	Reported   Basis = "reported"
	Documented Basis = "documented"
	Estimate   Basis = "estimate"
)

// Time is how long resources of a type take.
type Time struct {
	Type string `json:"type"`
	// When are inputs that a resource has to have, beside its type.
	When    map[string]string `json:"when"`
	Seconds float64           `json:"seconds"`
	Basis   Basis             `json:"basis"`
	// Report is the name of one of the reports, and Says what stands there.
	Report string `json:"report"`
	Says   string `json:"says"`
}

// Times is all that is known of how long things take.
type Times struct {
	Reports map[string]Source `json:"reports"`
	Slow    []Time            `json:"times"`
	Quick   struct {
		Time  `json:",inline"`
		Types []string `json:"types"`
	} `json:"quick"`
	// Local are the packages whose resources no cloud makes.
	Local []string `json:"local"`
}

// LoadTimes reads the table of times.
func LoadTimes() (*Times, error) {
	var all Times
	if err := yaml.UnmarshalStrict(timesFile, &all); err != nil {
		return nil, fmt.Errorf("offline/simulation/times.yaml: %w", err)
	}
	return &all, nil
}

// Of is how long a resource takes, by its type and its inputs. A type that nobody
// has listed counts as quick, and is not known.
func (t *Times) Of(token string, input func(string) string) (seconds float64, known bool) {
	pkg, _, _ := strings.Cut(token, ":")
	if slices.Contains(t.Local, pkg) {
		return 0, true
	}
	for _, entry := range t.Slow {
		if entry.Type == token && entry.fits(input) {
			return entry.Seconds, true
		}
	}
	return t.Quick.Seconds, slices.Contains(t.Quick.Types, token)
}

func (t Time) fits(input func(string) string) bool {
	for name, want := range t.When {
		if input(name) != want {
			return false
		}
	}
	return true
}
