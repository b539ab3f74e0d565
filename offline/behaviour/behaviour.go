// Package behaviour tells what the offline cloud does with each resource type:
// its id, what it computes, what must exist first, what may not be there twice.
// All of it is data in the YAML files beside this one: a package has a file of
// its name and may have more resources in the files of a folder of its name. It
// imports no other package of the project and no SDK.
//
// Texts may hold placeholders:
//
//	{region} {account}      a setting of the provider, or a constant of the file
//	{id} {urnName}          the resource's id; its name in the program
//	{revision}              1 after creation, one more after each update
//	{name} {a.b[0].c}       a property of the resource
//	{vpcId->cidrBlock}      a property of the resource that vpcId refers to; of
//	                        several resources all values that differ, with
//	                        commas between; there may be more than one arrow
//	{bucket<-type.policy}   the property policy of all resources of a type that
//	                        refer to the bucket
//	{before.name}           in a refusal: an input as it was before the update
//	{a ? b->c}              the first that is not empty
//	{x|bare}                without https:// before it and a dot after it
//	{x|address}             a free address of a CIDR
//	{x|major} {x|minor}     of version 8.0.1: 8; 8.0
//	{x|short} {x|count}     euw1 for eu-west-1; how many values x has
//	{x|dashed}              eu-west-1 for EU_WEST_1
//	{x|constant}            the constant that has the name x, which must exist
//	{hex17} {digits10}      so many characters that follow from the URN; also
//	                        HEX, base, BASE (letters and digits), octet and uuid
//	{hex17:main}            the same characters wherever main is written
//	{caCert:ca}             a certificate authority, PEM in base64
//	{=tags}                 the value itself, whatever its type
//
// In place of a list there may be {repeat: "{count}", of: ...}, in which {index3}
// is the number of the item, of three digits; in place of any output {if: ...,
// then: ..., else: ...} with conditions as in refusals, where no else means none;
// or {go: name}, which is made by the Go function of that name.
package behaviour

import (
	"encoding/json"
	"regexp"
)

// Package is the behaviour of one provider package.
type Package struct {
	// Constants are values that placeholders may name.
	Constants map[string]string `json:"constants"`
	// Provider is about the configuration of the provider itself.
	Provider Provider `json:"provider"`
	// Local is set for packages whose resources live in the stack's state only.
	Local bool `json:"local"`
	// Opaque are the properties whose insides are the user's own text.
	Opaque []string `json:"opaque"`
	// Anchors holds lists that are used several times in the file.
	Anchors any `json:"anchors"`
	// References tells, by the name of a property, what its value must name.
	References map[string]*Reference `json:"references"`
	// Resources are the resource types by token.
	Resources map[string]*Resource `json:"resources"`
	// Functions are the answers to invokes by token.
	Functions map[string]map[string]any `json:"functions"`
}

// Provider is what the configuration of a provider must hold.
type Provider struct {
	// Scope is the setting that tells apart places in which ids may repeat.
	Scope string `json:"scope"`
	// Required maps a setting that must be there to the form it must have.
	Required map[string]Pattern `json:"required"`
}

// Resource is the behaviour of one resource type.
type Resource struct {
	ID        string         `json:"id"`
	Component bool           `json:"component"`
	Outputs   map[string]any `json:"outputs"`
	// Compute names the Go function that makes the outputs, where text will not do.
	Compute  string    `json:"compute"`
	Autoname *Autoname `json:"autoname"`
	// Defaults are inputs that the provider fills in and owns up to.
	Defaults map[string]any `json:"defaults"`
	// Silent are inputs, by path, that the provider fills in without a trace.
	Silent map[string]any `json:"silent"`
	// Unique lists the sets of properties that no two resources may share.
	Unique [][]string `json:"unique"`
	// Clash is the provider's error code when they do.
	Clash string `json:"clash"`
	// Replace are paths that force a replacement beyond what the schema says.
	Replace []string `json:"replace"`
	// ReplaceWhen are those that do under conditions, and then only if they
	// themselves change, not what is inside them.
	ReplaceWhen map[string]Conditions `json:"replaceWhen"`
	// Secrets are outputs that are always secret.
	Secrets []string `json:"secrets"`
	// References overrides the package's references; null means none.
	References map[string]*Reference `json:"references"`
	// DeleteFreely is set where the provider deletes what is still in use.
	DeleteFreely bool `json:"deleteFreely"`
	// Global is set for what exists once an account, not once a region.
	Global bool `json:"global"`
	// CIDR is set for what takes a part of its parent's addresses.
	CIDR *CIDR `json:"cidr"`
	// Refuse lists what the provider will not do.
	Refuse []*Refusal `json:"refuse"`
	// Rules names further rules, written in Go.
	Rules []string `json:"rules"`
}

// Autoname tells how a name is made up when the program gives none.
type Autoname struct {
	Property string `json:"property"`
	Prefix   string `json:"prefix"`
	Max      int    `json:"max"`
	// Separator and Random default to a dash and seven digits.
	Separator *string `json:"separator"`
	Random    int     `json:"random"`
	// Annotation marks the object itself as named by Pulumi.
	Annotation bool `json:"annotation"`
}

// CIDR says that a property is a block inside one of its parent's blocks, and
// apart from those of its siblings.
type CIDR struct {
	Property string `json:"property"`
	Parent   string `json:"parent"`
	Within   string `json:"within"`
	Code     string `json:"code"`
}

// Reference is what a property's value must name.
type Reference struct {
	// To lists type.property pairs, of which one must have the value.
	To []string `json:"to"`
	// Outside matches values that the offline cloud need not hold.
	Outside Pattern `json:"outside"`
	// Anywhere is set where what is named may be in another region; what is
	// global may name, and be named by, all regions anyway.
	Anywhere bool `json:"anywhere"`
	// Part matches what of a value is the name, where more may follow it.
	Part Pattern `json:"part"`
}

// Named is what of a value is the name.
func (r *Reference) Named(value string) string {
	if r.Part.Regexp != nil {
		if part := r.Part.FindString(value); part != "" {
			return part
		}
	}
	return value
}

// UnmarshalJSON also accepts a lone type.property.
func (r *Reference) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		r.To = []string{one}
		return nil
	}
	type plain Reference
	return json.Unmarshal(data, (*plain)(r))
}

// Pattern is a regular expression in a behaviour file.
type Pattern struct{ *regexp.Regexp }

// UnmarshalJSON compiles the expression.
func (p *Pattern) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	compiled, err := regexp.Compile(text)
	p.Regexp = compiled
	return err
}

// Matches tells whether there is a pattern and the text has its form.
func (p Pattern) Matches(text string) bool { return p.Regexp != nil && p.MatchString(text) }
