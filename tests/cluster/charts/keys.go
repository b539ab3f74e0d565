package charts

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"

	"example.org/openedx/tests/cluster/declared"
)

// Examination tells which values a chart knows, for one release.
//
// Helm ignores in silence what a chart does not read, unless the chart has a schema.
// So a path is known if the chart's own values.yaml, or a subchart's, has it; or if
// what is rendered is another when only the value there is another. The second holds
// for what values.yaml has in comments only, and for maps that a template hands on
// whole; whether a key in such a map is right, the API server says.
type Examination struct {
	chart  *Chart
	loaded *chart.Chart
	asked  declared.Release
	world  World
	// before is what is rendered of the release's own values.
	before func() (rendering, error)
}

// Examine begins an examination.
func (c *Chart) Examine(asked declared.Release, world World) (*Examination, error) {
	loaded, err := c.load()
	if err != nil {
		return nil, err
	}
	before := sync.OnceValues(func() (rendering, error) { return c.stable(asked, world) })
	return &Examination{chart: c, loaded: loaded, asked: asked, world: world, before: before}, nil
}

// Verdict is what can be said of a path.
type Verdict string

// The verdicts.
const (
	Known   Verdict = "known"
	Unknown Verdict = "unknown"
	// Refused is what the chart's schema or a template says no to, which is to say
	// that it was read.
	Refused Verdict = "refused"
	// Unchecked is what only a subchart knows that is in no module.
	Unchecked Verdict = "unchecked"
)

// Has tells whether the chart knows a path of the release's values.
func (e *Examination) Has(path []string) (Verdict, error) {
	return e.Try(path, other(at(e.asked.Values, path)))
}

// Try tells whether the chart would know a path with a value there.
func (e *Examination) Try(path []string, value any) (Verdict, error) {
	if e.chart.has(e.loaded, path) {
		return Known, nil
	}
	if slices.Contains(e.chart.Missing, path[0]) {
		return Unchecked, nil
	}
	before, err := e.before()
	if err != nil {
		return "", err
	}
	changed := e.asked
	changed.Values = with(e.asked.Values, path, value)
	after, err := e.chart.render(changed, e.world, false)
	switch {
	case err != nil:
		return Refused, nil //nolint:nilerr // that a chart refuses it is the answer
	case before.equal(after):
		return Unknown, nil
	}
	return Known, nil
}

// Leaves are the paths of everything in values that is no map, or an empty one.
func Leaves(values map[string]any) [][]string {
	var all [][]string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		inner, ok := values[key].(map[string]any)
		if !ok || len(inner) == 0 {
			all = append(all, []string{key})
			continue
		}
		for _, path := range Leaves(inner) {
			all = append(all, append([]string{key}, path...))
		}
	}
	return all
}

func at(values map[string]any, path []string) any {
	inner, ok := values[path[0]].(map[string]any)
	if !ok || len(path) == 1 {
		return values[path[0]]
	}
	return at(inner, path[1:])
}

// has tells whether values.yaml of a chart or of the subchart that a path leads to has it.
func (c *Chart) has(loaded *chart.Chart, path []string) bool {
	if holds(loaded.Values, path) {
		return true
	}
	for _, subchart := range loaded.Dependencies() {
		if subchart.Name() == path[0] && len(path) > 1 && c.has(subchart, path[1:]) {
			return true
		}
	}
	return false
}

func holds(values map[string]any, path []string) bool {
	value, ok := values[path[0]]
	if !ok || len(path) == 1 {
		return ok
	}
	inner, ok := value.(map[string]any)
	return ok && holds(inner, path[1:])
}

// with returns values with another one at a path, which need not be there.
func with(values map[string]any, path []string, value any) map[string]any {
	changed := maps.Clone(values)
	if changed == nil {
		changed = map[string]any{}
	}
	if len(path) == 1 {
		changed[path[0]] = value
		return changed
	}
	inner, _ := values[path[0]].(map[string]any) //nolint:errcheck // what is no map gives way to one
	changed[path[0]] = with(inner, path[1:], value)
	return changed
}

// other is a value of the same type that is not the same.
func other(value any) any {
	switch v := value.(type) {
	case bool:
		return !v
	case int64:
		return v + 1
	case float64:
		return v + 1
	case string:
		return v + "-other"
	case []any:
		if len(v) > 0 {
			return []any{}
		}
		return []any{"other"}
	case map[string]any:
		return map[string]any{"other": "other"}
	}
	return "other"
}

// rendering is what comes out the same each time: charts draw keys and passwords anew
// as long as there is no cluster to look them up in.
type rendering struct {
	documents []string
	drawn     map[int]bool
}

func (c *Chart) stable(asked declared.Release, world World) (rendering, error) {
	first, err := c.render(asked, world, false)
	if err != nil {
		return rendering{}, err
	}
	second, err := c.render(asked, world, false)
	if err != nil {
		return rendering{}, err
	}
	r := rendering{documents: strings.Split(first, separator), drawn: map[int]bool{}}
	again := strings.Split(second, separator)
	if len(again) != len(r.documents) {
		return rendering{}, errors.New("two renderings have not as many objects")
	}
	for i := range again {
		r.drawn[i] = again[i] != r.documents[i]
	}
	return r, nil
}

// equal compares all but what is drawn.
func (r rendering) equal(text string) bool {
	now := strings.Split(text, separator)
	if len(now) != len(r.documents) {
		return false
	}
	for i := range now {
		if !r.drawn[i] && now[i] != r.documents[i] {
			return false
		}
	}
	return true
}
