package main

import (
	"maps"
	"slices"
	"strings"
)

// attribute is what the upstream provider says about one attribute and the
// SDK does not: see distil.go for where the file comes from.
type attribute struct {
	Required      bool                  `json:"required,omitempty"`
	ForceNew      bool                  `json:"forceNew,omitempty"`
	MaxItems      string                `json:"maxItems,omitempty"`
	Validate      string                `json:"validate,omitempty"`
	ConflictsWith []string              `json:"conflictsWith,omitempty"`
	ExactlyOneOf  []string              `json:"exactlyOneOf,omitempty"`
	AtLeastOneOf  []string              `json:"atLeastOneOf,omitempty"`
	RequiredWith  []string              `json:"requiredWith,omitempty"`
	Elem          map[string]*attribute `json:"elem,omitempty"`
}

// joiner adds provider facts to the schemas that the SDK gave.
type joiner struct {
	facts      map[string]map[string]*attribute
	translator *translator
	types      map[string]map[string]any
	// note is told what found no place.
	note func(format string, args ...any)
}

// join adds the facts about a resource type to its inputs.
func (j *joiner) join(tok, upstream string, inputs map[string]any) {
	if upstream == "" {
		upstream = j.upstreamName(tok)
	}
	attributes, ok := j.facts[upstream]
	if !ok {
		j.note("%s: no facts", tok)
		return
	}
	j.object(upstream, inputs, attributes)
}

// upstreamName finds the upstream type: aws:rds/cluster:Cluster is
// aws_rds_cluster, but aws:ec2/subnet:Subnet is aws_subnet.
func (j *joiner) upstreamName(tok string) string {
	module, name, _ := strings.Cut(strings.Split(tok, ":")[1], "/")
	name = strings.ToLower(strings.TrimSuffix(name, "V2"))
	var found string
	for upstream := range j.facts {
		switch strings.ReplaceAll(strings.TrimPrefix(upstream, "aws_"), "_", "") {
		case module + name:
			return upstream
		case name:
			found = upstream
		}
	}
	return found
}

func (j *joiner) object(where string, schema map[string]any, attributes map[string]*attribute) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		property := match(schema, name)
		if property == "" {
			j.note("%s.%s: no such property in the SDK", where, name)
			continue
		}
		j.property(where+"."+name, schema, property, attributes[name])
	}
}

func (j *joiner) property(where string, schema map[string]any, name string, a *attribute) {
	property := propertyOf(schema, name)
	if a.ForceNew {
		property["replace"] = true
	}
	if a.Required && j.nested(where) && (property["type"] == "array" || property["type"] == "object") {
		require(schema, name)
	}
	if count, ok := j.translator.count(a.MaxItems); ok && property["type"] == "array" {
		property["maxItems"] = count
	}
	if a.Validate != "" {
		j.validate(where, property, a.Validate)
	}
	j.groups(where, schema, name, a)
	if len(a.Elem) > 0 {
		j.block(where, property, a.Elem)
	}
}

// block adds the facts about a block to the object it became, whether single
// or listed.
func (j *joiner) block(where string, property map[string]any, attributes map[string]*attribute) {
	ref := as[string](itemsOrSelf(property)["$ref"])
	inner := j.types[strings.TrimPrefix(ref, "#/types/")]
	if inner == nil {
		j.note("%s: not a block in the SDK", where)
		return
	}
	j.object(where, inner, attributes)
}

// nested tells whether an attribute lies in a block: at the top, the SDK's
// constructor says what is required, and it is the newer of the two.
func (j *joiner) nested(where string) bool { return strings.Count(where, ".") > 1 }

func (j *joiner) validate(where string, property map[string]any, source string) {
	rule, ok := j.translator.keywords(source)
	target := itemsOrSelf(property)
	if !ok || target["$ref"] != nil || target["additionalProperties"] != nil {
		j.note("%s: validator not used: %s", where, source)
		return
	}
	if values, isEnum := rule["enum"].([]any); isEnum && (target["enum"] != nil || !sameKind(values, target["type"])) {
		// The SDK's own list is the newer one.
		return
	}
	merge(target, rule)
}

func sameKind(values []any, kind any) bool {
	_, isText := values[0].(string)
	return isText == (kind == "string")
}

func (j *joiner) groups(where string, schema map[string]any, name string, a *attribute) {
	siblings := func(paths []string) []string {
		var found []string
		for _, path := range paths {
			sibling := match(schema, path[strings.LastIndex(path, ".")+1:])
			if sibling == "" || strings.Count(path, ".")/2 != strings.Count(where, ".")-1 {
				j.note("%s: %s is elsewhere", where, path)
				continue
			}
			found = append(found, sibling)
		}
		return found
	}
	for _, other := range siblings(a.ConflictsWith) {
		addGroup(schema, "conflicts", []string{name, other})
	}
	addGroup(schema, "exactlyOneOf", siblings(a.ExactlyOneOf))
	addGroup(schema, "atLeastOneOf", siblings(a.AtLeastOneOf))
	for _, other := range siblings(a.RequiredWith) {
		if other == name {
			continue
		}
		requires, ok := schema["requires"].(map[string][]string)
		if !ok {
			requires = map[string][]string{}
			schema["requires"] = requires
		}
		if !slices.Contains(requires[name], other) {
			requires[name] = append(requires[name], other)
		}
	}
}

// match finds the Pulumi name of an upstream attribute: the same letters, or
// the same but for a plural.
func match(schema map[string]any, upstream string) string {
	flat := strings.ReplaceAll(upstream, "_", "")
	var similar string
	for _, name := range slices.Sorted(maps.Keys(propertiesOf(schema))) {
		if strings.EqualFold(name, flat) {
			return name
		}
		if singular(strings.ToLower(name)) == singular(flat) {
			similar = name
		}
	}
	return similar
}

func singular(word string) string {
	if stem, ok := strings.CutSuffix(word, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimRight(word, "es")
}
