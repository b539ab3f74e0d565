package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
)

// Assumption is something about the platform's use that nobody can know before.
type Assumption struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Why   string  `json:"why"`
}

// Usage is how much a platform is used.
type Usage struct {
	// Learners are the concurrent learners in the busiest hour, with the fewest and
	// with the most nodes.
	Learners Range
	// Values are the assumptions by name.
	Values map[string]float64
	// Optimized has MySQL's storage billed without its operations, and Volumes is the
	// kind of volume that nodes and MongoDB are billed for.
	Optimized bool
	Volumes   string
}

// The kinds of volumes.
const (
	gp3 = "gp3-gib"
	gp2 = "gp2-gib"
)

// requestsPerLearner is the capacity model's own assumption, which is not made twice.
const requestsPerLearner = "requestsPerLearner"

// Assumptions returns the assumptions by name.
func Assumptions() (map[string]Assumption, error) {
	t, err := prices()
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.usage)
	if shared, ok := load.Find(requestsPerLearner); ok {
		all[shared.Key] = Assumption{Value: shared.Default, Unit: shared.Unit, Why: shared.Doc + " The capacity model says from where."}
	}
	return all, nil
}

// UsualUsage is how a platform is used: by the learners that its preset is built for,
// or that it is meant for, as is assumed or, where its settings say so, known.
func UsualUsage(p plan.Plan) (Usage, error) {
	assumptions, err := Assumptions()
	if err != nil {
		return Usage{}, err
	}
	learners, err := Learners(p.Preset)
	if err != nil {
		return Usage{}, err
	}
	if meant := float64(p.Learners); meant > 0 {
		learners = Range{min(learners.Low, meant), meant}
	}
	usage := Usage{Learners: learners, Values: map[string]float64{}, Volumes: gp3}
	for name, assumption := range assumptions {
		usage.Values[name] = assumption.Value
	}
	usage.Values[requestsPerLearner] = load.Assume(p.Capacity).RequestsPerLearner
	return usage, nil
}

// Assume is the usage with another value of an assumption.
func (u Usage) Assume(name string, value float64) (Usage, error) {
	if _, ok := u.Values[name]; !ok {
		return Usage{}, fmt.Errorf("%q is no assumption; there are %s", name, strings.Join(slices.Sorted(maps.Keys(u.Values)), ", "))
	}
	u.Values = maps.Clone(u.Values)
	u.Values[name] = value
	return u, nil
}

// requests are the requests of a month, in millions, that reach the pods.
func (u Usage) requests() Range {
	const secondsPerHour, million = 3600, 1e6
	return u.Learners.times(u.Values[requestsPerLearner] * u.Values["busy-hours"] * secondsPerHour / million)
}

// perRequest is how many GB a month are, of which each request has some KB.
func (u Usage) perRequest(name string) Range {
	return u.requests().times(u.Values[name]) // a million KB are a GB
}

// perLearner is how much a month is, of which each learner has some.
func (u Usage) perLearner(name string) Range { return u.Learners.times(u.Values[name]) }
