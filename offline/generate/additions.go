package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// additions are what neither the SDKs nor the facts say, read from
// additions.yaml, where each entry names its source.
type additions struct {
	// Upstream names the facts of a type where its own name does not tell.
	Upstream map[string]string `json:"upstream"`
	// Resources are by token; a "*" at the end stands for the rest of it.
	Resources map[string]addition `json:"resources"`
	Types     map[string]addition `json:"types"`
}

// addition changes the schema of one object.
type addition struct {
	Source string `json:"source"`
	// Replace and InPlace list properties, "*" standing for any letters, or
	// paths into them.
	Replace []string `json:"replace"`
	InPlace []string `json:"inPlace"`
	Secrets []string `json:"secrets"`
	// Properties override keywords; null takes a keyword away.
	Properties map[string]map[string]any `json:"properties"`
	// Rules are keywords of the object itself.
	Rules map[string]any `json:"rules"`
	// Inputs and Outputs make up a type that no SDK declares.
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

// written returns the entry of a type that no SDK declares, or nil.
func (a *additions) written(tok string) *entry {
	whole := a.Resources[tok]
	if whole.Inputs == nil {
		return nil
	}
	return &entry{Inputs: whole.Inputs, Outputs: whole.Outputs}
}

// finish applies everything that is written for a token, the general before
// the particular.
func (a *additions) finish(tok string, e *entry) {
	for _, key := range slices.Sorted(maps.Keys(a.Resources)) {
		prefix, general := strings.CutSuffix(key, "*")
		if key == tok || general && strings.HasPrefix(tok, prefix) {
			extra := a.Resources[key]
			e.Replace = append(e.Replace, extra.extend(e.Inputs)...)
			e.Secrets = append(e.Secrets, extra.Secrets...)
		}
	}
	settleDocs(e.Inputs)
	e.Replace = slices.Compact(slices.Sorted(slices.Values(e.Replace)))
	e.Secrets = slices.Compact(slices.Sorted(slices.Values(e.Secrets)))
}

func (a *additions) extendTypes(types map[string]map[string]any) error {
	for name, extra := range a.Types {
		schema, ok := types[name]
		if !ok {
			// No listed resource reaches the type at the moment.
			continue
		}
		if deep := extra.extend(schema); len(deep) > 0 {
			return fmt.Errorf("additions.yaml: type %q: %v: a type's paths have one step", name, deep)
		}
	}
	for _, schema := range types {
		settleDocs(schema)
	}
	return nil
}

// extend changes an object's schema and returns the paths that lead deeper.
func (a addition) extend(schema map[string]any) (deep []string) {
	for _, name := range slices.Sorted(maps.Keys(a.Properties)) {
		override(propertyOf(schema, name), a.Properties[name])
	}
	maps.Copy(schema, a.Rules)
	for _, pattern := range a.Replace {
		if strings.ContainsAny(pattern, ".[") {
			deep = append(deep, pattern)
			continue
		}
		eachProperty(schema, pattern, func(property map[string]any) { property["replace"] = true })
	}
	for _, pattern := range a.InPlace {
		eachProperty(schema, pattern, func(property map[string]any) { delete(property, "replace") })
	}
	return deep
}

func override(property, keywords map[string]any) {
	if property == nil {
		return
	}
	for keyword, value := range keywords {
		if value == nil {
			delete(property, keyword)
		} else {
			property[keyword] = value
		}
	}
}

func eachProperty(schema map[string]any, pattern string, do func(map[string]any)) {
	for name := range propertiesOf(schema) {
		if matched, err := path.Match(pattern, name); err == nil && matched {
			do(propertyOf(schema, name))
		}
	}
}

// settleDocs adds the values that comments list to the rules: the comments are
// newer than the facts, which may lack a value.
func settleDocs(schema map[string]any) {
	for name := range propertiesOf(schema) {
		target := itemsOrSelf(propertyOf(schema, name))
		documented := as[[]any](target["fromDocs"])
		delete(target, "fromDocs")
		known := as[[]any](target["enum"])
		if known == nil && (documented == nil || target["pattern"] != nil || target["anyOf"] != nil) {
			// The facts have a rule of another kind, such as any letter case.
			continue
		}
		for _, value := range documented {
			if !slices.Contains(known, value) {
				known = append(known, value)
			}
		}
		target["enum"] = known
	}
}
