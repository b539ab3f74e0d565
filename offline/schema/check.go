package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Failure is one property that the provider would refuse, and why.
type Failure struct {
	// Property is the path as Pulumi writes it, empty for the whole resource.
	Property string
	// Reason names the value and the rule.
	Reason string
}

// Check returns everything that is wrong with the inputs, sorted by property.
// A value that is not known yet counts as set and passes every other rule.
func (c *checked) Check(inputs resource.PropertyMap) []Failure {
	schema, err := c.schema()
	if err != nil {
		return []Failure{{Reason: fmt.Sprintf("its schema in offline/schemas is broken: %v", err)}}
	}
	value := convertObject(inputs, false)
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(value.plain); err == nil {
		return nil
	} else if !errors.As(err, &invalid) {
		return []Failure{{Reason: err.Error()}}
	}
	report := report{pkg: c.pkg, token: c.token, inputs: value}
	failures := report.collect(invalid)
	slices.SortFunc(failures, func(a, b Failure) int {
		return strings.Compare(a.Property+"\n"+a.Reason, b.Property+"\n"+b.Reason)
	})
	return failures
}

// report turns the validator's errors into failures of one resource.
type report struct {
	pkg    *Package
	token  string
	inputs converted
}

func (r report) collect(e *jsonschema.ValidationError) []Failure {
	switch k := e.ErrorKind.(type) {
	case *kind.InvalidJsonValue:
		// Only a value that is not known yet is no JSON.
		return nil
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		return r.causes(e)
	case *kind.AnyOf:
		return r.anyOf(e)
	case *kind.Required:
		return r.each(e, k.Missing, func(string) string { return "is required" })
	case *kind.AdditionalProperties:
		return r.each(e, k.Properties, func(name string) string { return r.unknownProperty(e, name) })
	case *kind.PropertyNames:
		return r.each(e, []string{k.Property}, func(string) string { return "this key is not allowed" })
	case *broken:
		return r.rule(e, k)
	}
	path, at := r.locate(e.InstanceLocation)
	return []Failure{{Property: path.String(), Reason: r.reason(e, at)}}
}

func (r report) causes(e *jsonschema.ValidationError) []Failure {
	var failures []Failure
	for _, cause := range e.Causes {
		failures = append(failures, r.collect(cause)...)
	}
	return failures
}

// anyOf joins what each alternative wants; one that failed only because of a
// value not known yet may still be met.
func (r report) anyOf(e *jsonschema.ValidationError) []Failure {
	var reasons []string
	for _, cause := range e.Causes {
		failures := r.collect(cause)
		if len(failures) == 0 {
			return nil
		}
		reasons = append(reasons, failures[0].Reason)
	}
	path, _ := r.locate(e.InstanceLocation)
	return []Failure{{Property: path.String(), Reason: strings.Join(reasons, "; or ")}}
}

func (r report) each(e *jsonschema.ValidationError, names []string, reason func(string) string) []Failure {
	path, _ := r.locate(e.InstanceLocation)
	failures := make([]Failure, 0, len(names))
	for _, name := range names {
		failures = append(failures, Failure{Property: append(slices.Clone(path), name).String(), Reason: reason(name)})
	}
	return failures
}

func (r report) rule(e *jsonschema.ValidationError, b *broken) []Failure {
	path, at := r.locate(e.InstanceLocation)
	reason := b.reason
	if b.other != "" {
		reason += fmt.Sprintf(", got %s and %s", at.fields[b.property].show(), at.fields[b.other].show())
	}
	if b.property != "" {
		path = append(slices.Clone(path), b.property)
	}
	return []Failure{{Property: path.String(), Reason: reason}}
}

func (r report) unknownProperty(e *jsonschema.ValidationError, name string) string {
	var known []string
	for property := range object(r.pkg.at(e.SchemaURL)["properties"]) {
		known = append(known, property)
	}
	return "is not a property of " + r.token + didYouMean(name, known)
}

// locate turns the validator's path into Pulumi's and finds the value there.
func (r report) locate(tokens []string) (resource.PropertyPath, converted) {
	path := resource.PropertyPath{}
	at := r.inputs
	for _, token := range tokens {
		if at.items != nil {
			if index, err := strconv.Atoi(token); err == nil && index < len(at.items) {
				path, at = append(path, index), at.items[index]
				continue
			}
		}
		path, at = append(path, token), at.fields[token]
	}
	return path, at
}

// didYouMean suggests the known name that is nearest, if one is near enough.
func didYouMean(name string, known []string) string {
	best, distance := "", max(2, len(name)/3)+1
	slices.Sort(known)
	for _, candidate := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}
