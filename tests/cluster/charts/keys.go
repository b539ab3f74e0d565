package charts

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/tests/cluster/declared"
)

// Unknown lists the values of a release, as paths, that the chart does not know.
//
// Helm ignores in silence what a chart does not read, unless the chart has a schema.
// So a path is known if the chart's own values.yaml, or a subchart's, has it; or if
// what is rendered is another when only the value there is another. The second holds
// for what values.yaml has in comments only, and for maps that a template hands on
// whole; whether a key in such a map is right, the API server says.
//
// Unchecked are the paths of subcharts that are not to be had.
func (c *Chart) Unknown(asked declared.Release, world World) (unknown, unchecked []string, err error) {
	loaded, err := c.load()
	if err != nil {
		return nil, nil, err
	}
	before, err := c.stable(asked, world)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range leaves(asked.Values, nil) {
		switch {
		case c.has(loaded, path):
			continue
		case slices.Contains(c.Missing, path[0]):
			unchecked = append(unchecked, strings.Join(path, "."))
			continue
		}
		changed := asked
		if changed.Values, err = change(asked.Values, path); err != nil {
			return nil, nil, err
		}
		// What a chart refuses it has read.
		if after, err := c.Render(changed, world); err == nil && before.equal(after) {
			unknown = append(unknown, strings.Join(path, "."))
		}
	}
	return unknown, unchecked, nil
}

// leaves are the paths of everything that is not a map of its own.
func leaves(values map[string]any, above []string) [][]string {
	var all [][]string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		path := append(slices.Clone(above), key)
		if inner, ok := values[key].(map[string]any); ok && len(inner) > 0 {
			all = append(all, leaves(inner, path)...)
		} else {
			all = append(all, path)
		}
	}
	return all
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

// change returns values with another one at a path.
func change(values map[string]any, path []string) (map[string]any, error) {
	changed := runtime.DeepCopyJSON(values)
	inner := changed
	for _, key := range path[:len(path)-1] {
		var ok bool
		if inner, ok = inner[key].(map[string]any); !ok {
			return nil, fmt.Errorf("no map at %q of %v", key, path)
		}
	}
	last := path[len(path)-1]
	inner[last] = other(inner[last])
	return changed, nil
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

// rendering is what comes out the same each time, by object: charts draw keys and
// passwords anew as long as there is no cluster to look them up in.
type rendering struct {
	objects map[string]string
	drawn   map[string]bool
}

func (c *Chart) stable(asked declared.Release, world World) (rendering, error) {
	r := rendering{drawn: map[string]bool{}}
	for range 2 {
		objects, err := c.Render(asked, world)
		if err != nil {
			return r, err
		}
		texts := texts(objects)
		for key, text := range r.objects {
			r.drawn[key] = text != texts[key]
		}
		r.objects = texts
	}
	return r, nil
}

// equal compares all but what is drawn.
func (r rendering) equal(objects []*unstructured.Unstructured) bool {
	now := texts(objects)
	for key := range r.drawn {
		if _, there := now[key]; there && r.drawn[key] {
			now[key] = r.objects[key]
		}
	}
	return maps.Equal(r.objects, now)
}

func texts(objects []*unstructured.Unstructured) map[string]string {
	all := map[string]string{}
	for _, object := range objects {
		text, err := json.Marshal(object.Object)
		if err != nil {
			text = fmt.Append(nil, object.Object)
		}
		all[object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName()] = string(text)
	}
	return all
}
