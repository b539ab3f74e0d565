package config

import (
	"reflect"
	"strings"
)

// field is one key that may be written, as its struct field describes it.
type field struct {
	key      string
	index    []int
	required bool
	entry    bool // it is an entry of a list
	secret   bool // it is never shown
	values   []string
	examples []string
}

// fieldsOf lists the keys of a struct in the order of its fields.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		key := f.Tag.Get("key")
		if key == "" || key == "-" {
			continue
		}
		described := field{
			key: key, index: f.Index,
			required: f.Tag.Get("required") == "true", secret: f.Tag.Get("secret") == "true",
		}
		if values := f.Tag.Get("values"); values != "" {
			described.values = strings.Split(values, ",")
		}
		if example := f.Tag.Get("example"); example != "" {
			described.examples = strings.Split(example, ",")
		}
		fields = append(fields, described)
	}
	return fields
}

// Key describes one key for the documentation. A map's entries appear under
// the placeholder <slug>.
type Key struct {
	Path string
	Type string
	// Entry is the type of what a map holds that has no keys of its own.
	Entry     string
	Doc       string
	Default   string
	Values    []string
	Examples  []string
	Mandatory bool
	Secret    bool // it is written with --secret
	Group     bool // it holds keys of its own rather than a value
}

// Keys lists every key that may be written, parents before their children.
func Keys() []Key { return keysUnder("", reflect.TypeFor[Settings]()) }

// keysUnder lists the keys of a struct whose own path is given.
func keysUnder(parent string, t reflect.Type) []Key {
	var keys []Key
	for _, f := range fieldsOf(t) {
		path := f.key
		if parent != "" {
			path = parent + "." + f.key
		}
		declared := t.FieldByIndex(f.index)
		inner, prefix := nested(declared.Type, path)
		keys = append(keys, Key{
			Path: path, Type: typeName(declared.Type), Entry: entryName(declared.Type), Mandatory: f.required, Secret: f.secret,
			Doc: declared.Tag.Get("doc"), Default: declared.Tag.Get("default"),
			Values: f.values, Examples: f.examples, Group: inner != nil,
		})
		if inner != nil {
			keys = append(keys, keysUnder(prefix, inner)...)
		}
	}
	return keys
}

// nested returns the struct inside a type, if there is one, and its path.
func nested(t reflect.Type, path string) (reflect.Type, string) {
	if t.Kind() == reflect.Struct {
		return t, path
	}
	if t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Struct {
		return t.Elem(), path + ".<slug>"
	}
	return nil, ""
}

// typeNames calls each kind of value by the name that the docs and the
// messages use.
var typeNames = map[reflect.Kind]string{
	reflect.String:  "text",
	reflect.Bool:    "true or false",
	reflect.Int:     "whole number",
	reflect.Float64: "number",
	reflect.Slice:   "list of texts",
	reflect.Map:     "group of keys",
	reflect.Struct:  "group of keys",
}

// entryName calls the type of a map's entries by its name.
func entryName(t reflect.Type) string {
	if t.Kind() != reflect.Map {
		return ""
	}
	return typeName(t.Elem())
}

// typeName calls a type by its name, seen through a pointer.
func typeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return typeNames[t.Kind()]
}
