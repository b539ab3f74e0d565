package main

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// saysReplace are the phrases in which the SDKs' comments say that a change
	// forces a replacement; saysNot are those in which only some changes do.
	saysReplace = regexp.MustCompile(`(?i)\bforces? (a |the )?(creation of a )?(new resource|replacement|recreation|a new cluster)|` +
		`changing this (value |argument |parameter )?(forces|will (re-?create|force))|will force (a|the) (recreation|replacement|new)|` +
		`triggers? (a )?(replacement when|destroy and recreate|recreation of)|requires resource replacement|forces? a new cluster`)
	saysNot = regexp.MustCompile(`(?i)(not|without|if|unless)[^.]{0,60}(forc|recreat|replac)`)

	quotedList     = "((?:`[^`\\s]+`(?:, and |, or |, | and | or | \\| )?)+)"
	saysConflict   = regexp.MustCompile(`(?i)conflicts? with ` + quotedList + `(?:\.|\n|$)`)
	saysExactlyOne = regexp.MustCompile(`(?i)exactly one of ` + quotedList + ` (?:is|are|must|should|has|need)`)
	saysValues     = regexp.MustCompile(`(?i)(?:valid|allowed) (?:values|options)(?: are|:| are:) ` + quotedList + `(?:\.|\n|$)`)
	// camelled are values that the SDK's documentation has bent to the spelling
	// of its property names: "dualStack" for dual_stack.
	camelled = regexp.MustCompile(`^[a-z]+[A-Z]`)
	quoted   = regexp.MustCompile("`([^`]+)`")
)

// readDoc adds what the comment on a property says to the schema of the object
// that holds it. Only sentences of an unmistakable form count: a rule that is
// missed makes the offline cloud lenient, a wrong one makes it useless.
func (b *builder) readDoc(schema map[string]any, name, doc string) {
	property := propertyOf(schema, name)
	text := strings.ReplaceAll(doc, "\n", " ")
	if !b.component && saysReplace.MatchString(text) && !saysNot.MatchString(text) {
		property["replace"] = true
	}
	for _, match := range saysConflict.FindAllStringSubmatch(text, -1) {
		for _, other := range names(match[1]) {
			addGroup(schema, "conflicts", []string{name, other})
		}
	}
	if match := saysExactlyOne.FindStringSubmatch(text); match != nil {
		addGroup(schema, "exactlyOneOf", names(match[1]))
	}
	if match := saysValues.FindStringSubmatch(text); match != nil {
		readValues(itemsOrSelf(property), names(match[1]))
	}
}

// readValues keeps the values that a comment lists until the facts are known.
func readValues(target map[string]any, texts []string) {
	if target["type"] != "string" || target["enum"] != nil || len(texts) < 2 || slices.ContainsFunc(texts, camelled.MatchString) {
		return
	}
	values := make([]any, 0, len(texts))
	for _, text := range texts {
		values = append(values, text)
	}
	target["fromDocs"] = values
}

func names(list string) []string {
	var found []string
	for _, match := range quoted.FindAllStringSubmatch(list, -1) {
		found = append(found, strings.Trim(match[1], `"`))
	}
	return found
}

// addGroup adds a group of property names to a rule of an object's schema. A
// name that is no property there belongs to some other object.
func addGroup(schema map[string]any, rule string, group []string) {
	group = slices.Compact(slices.Sorted(slices.Values(group)))
	for _, name := range group {
		if propertyOf(schema, name) == nil {
			return
		}
	}
	if len(group) < 2 {
		return
	}
	groups := as[[][]string](schema[rule])
	if !slices.ContainsFunc(groups, func(known []string) bool { return slices.Equal(known, group) }) {
		groups = append(groups, group)
		slices.SortFunc(groups, slices.Compare)
	}
	schema[rule] = groups
}

// itemsOrSelf returns the schema of a list's elements, or the schema itself.
func itemsOrSelf(schema map[string]any) map[string]any {
	if items := as[map[string]any](schema["items"]); items != nil {
		return items
	}
	return schema
}
