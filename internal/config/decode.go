package config

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decoder turns parsed JSON into settings and collects what does not fit. The
// usual libraries stop at the first problem of each object, or convert in
// silence; neither would do here.
type decoder struct {
	stack    string
	problems []Problem
}

// add records a problem.
func (d *decoder) add(path, got, want, fix string) {
	d.problems = append(d.problems, Problem{Key: path, Got: got, Want: want, Fix: fix})
}

// parse reads the text of a top-level key. A list or a group of keys is JSON,
// and so is everything where no text is wanted; what is no JSON stands for itself.
func parse(text string, t reflect.Type) any {
	if t.Kind() == reflect.String && !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return text
	}
	reader := json.NewDecoder(strings.NewReader(text))
	// Numbers stay as typed, so that 2.5 is refused rather than cut to 2.
	reader.UseNumber()
	var raw any
	if err := reader.Decode(&raw); err != nil {
		return text
	}
	if _, err := reader.Token(); err != io.EOF {
		return text
	}
	return raw
}

// decode puts one value into its place, or says why it does not fit.
func (d *decoder) decode(path string, raw any, target reflect.Value, f field) {
	if target.Kind() == reflect.Pointer {
		fresh := reflect.New(target.Type().Elem())
		before := len(d.problems)
		d.decode(path, raw, fresh.Elem(), f)
		if len(d.problems) == before {
			target.Set(fresh)
		}
		return
	}
	if raw == nil || raw == "" {
		d.add(path, "", "is empty; write "+article(typeName(target.Type()))+" or leave the key out", RemoveCommand(d.stack, path))
		return
	}
	into := map[reflect.Kind]func(string, any, reflect.Value, field) bool{
		reflect.String:  d.text,
		reflect.Bool:    d.truth,
		reflect.Int:     d.number,
		reflect.Float64: d.measure,
		reflect.Slice:   d.list,
		reflect.Map:     d.entries,
		reflect.Struct:  d.group,
	}
	if !into[target.Kind()](path, raw, target, f) {
		d.wrongType(path, raw, target.Type(), f)
	}
}

// text decodes a text, and a choice from a closed list.
func (d *decoder) text(path string, raw any, target reflect.Value, f field) bool {
	text, ok := raw.(string)
	if !ok {
		return false
	}
	if f.values == nil || slices.Contains(f.values, text) {
		target.SetString(text)
		return true
	}
	nearest := Nearest(text, f.values)
	d.add(path, text, fmt.Sprintf("is not one of %s%s", strings.Join(f.values, ", "), didYouMean(nearest)),
		SetCommand(d.stack, path, firstOf(nearest, f.examples)))
	return true
}

// truth decodes true or false.
func (d *decoder) truth(_ string, raw any, target reflect.Value, _ field) bool {
	truth, ok := raw.(bool)
	target.SetBool(truth)
	return ok
}

// number decodes a whole number.
func (d *decoder) number(_ string, raw any, target reflect.Value, _ field) bool {
	number, ok := raw.(json.Number)
	if !ok {
		return false
	}
	whole, err := number.Int64()
	if err != nil || target.OverflowInt(whole) {
		return false
	}
	target.SetInt(whole)
	return true
}

// measure decodes a number that need not be whole. The CLI stores such a one as a
// text, so a text that is one will do.
func (d *decoder) measure(_ string, raw any, target reflect.Value, _ field) bool {
	measure, err := strconv.ParseFloat(fmt.Sprint(raw), 64)
	if err != nil || math.IsNaN(measure) {
		return false
	}
	target.SetFloat(measure)
	return true
}

// list decodes a list. An entry that does not fit keeps its place, so that the
// rules number the others as the operator does.
func (d *decoder) list(path string, raw any, target reflect.Value, f field) bool {
	entries, ok := raw.([]any)
	if !ok {
		return false
	}
	target.Set(reflect.MakeSlice(target.Type(), len(entries), len(entries)))
	for i, entry := range entries {
		d.decode(Element(path, i), entry, target.Index(i), field{values: f.values, entry: true})
	}
	return true
}

// entries decodes a map whose keys the operator chose.
func (d *decoder) entries(path string, raw any, target reflect.Value, _ field) bool {
	written, ok := raw.(map[string]any)
	if !ok {
		return false
	}
	target.Set(reflect.MakeMapWithSize(target.Type(), len(written)))
	for _, key := range slices.Sorted(maps.Keys(written)) {
		entry := reflect.New(target.Type().Elem()).Elem()
		d.decode(Child(path, key), written[key], entry, field{})
		target.SetMapIndex(reflect.ValueOf(key), entry)
	}
	return true
}

// group decodes an object whose keys are known.
func (d *decoder) group(path string, raw any, target reflect.Value, _ field) bool {
	written, ok := raw.(map[string]any)
	if !ok {
		return false
	}
	known := map[string]field{}
	var names []string
	for _, f := range fieldsOf(target.Type()) {
		known[f.key] = f
		names = append(names, f.key)
		if _, there := written[f.key]; f.required && !there {
			d.missing(Child(path, f.key), f)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(written)) {
		f, ok := known[key]
		if !ok {
			d.unknown(Child(path, key), key, names)
			continue
		}
		d.decode(Child(path, key), written[key], target.FieldByIndex(f.index), f)
	}
	return true
}

// unknown reports a key that nobody knows, with the nearest that somebody does.
func (d *decoder) unknown(path, key string, names []string) {
	nearest := Nearest(key, names)
	for _, name := range names {
		// Another package's key, looked for under this project's name.
		if strings.HasSuffix(name, ":"+key) {
			nearest = name
		}
	}
	want := "unknown key" + didYouMean(nearest)
	if nearest == "" {
		want = "unknown key; known here: " + strings.Join(names, ", ")
	}
	d.add(path, "", want, RemoveCommand(d.stack, path))
}

// missing reports a required key that was not written.
func (d *decoder) missing(path string, f field) {
	want := "is missing; a " + typeNames[reflect.String] + " is wanted"
	if f.values != nil {
		want = "is missing; one of " + strings.Join(f.values, ", ") + " is wanted"
	}
	d.add(path, "", want+", such as "+firstOf("", f.examples), SetCommand(d.stack, path, firstOf("", f.examples)))
}

// wrongType reports a value of the wrong type.
func (d *decoder) wrongType(path string, raw any, t reflect.Type, f field) {
	got := show(raw)
	want := fmt.Sprintf("is %s; %s is wanted", kindOf(raw), article(typeName(t)))
	d.add(path, got, want, d.fixType(path, got, t, f))
}

// fixType is the command that replaces a value of the wrong type. It removes the
// value first: the CLI edits the file in place, and where only the type differs
// ("30" and 30) it would keep the old one.
func (d *decoder) fixType(path, got string, t reflect.Type, f field) string {
	remove := RemoveCommand(d.stack, path)
	_, err := strconv.Atoi(got)
	switch {
	case f.entry:
		// Removing an entry moves those behind it, so none can be put in its place.
		return remove
	case t.Kind() == reflect.Int && err == nil:
		return remove + " && " + SetCommand(d.stack, path, got)
	case t.Kind() == reflect.Slice && f.examples != nil:
		return SetListCommand(d.stack, path, f.examples)
	case f.examples != nil:
		return remove + " && " + SetCommand(d.stack, path, f.examples[0])
	case t.Kind() == reflect.String:
		return remove + " && " + SetTextCommand(d.stack, path, got)
	}
	return remove
}

// kindOf says what a value is, in the words of the messages.
func kindOf(raw any) string {
	kinds := map[reflect.Kind]string{
		reflect.Bool: "a truth value", reflect.Slice: "a list", reflect.Map: "a group of keys",
	}
	if _, ok := raw.(json.Number); ok {
		return "a number"
	}
	if kind, ok := kinds[reflect.ValueOf(raw).Kind()]; ok {
		return kind
	}
	return "a text"
}

// article puts an article before a type's name, where it takes one.
func article(name string) string {
	if name == typeNames[reflect.Bool] {
		return name
	}
	return "a " + name
}

// setSecretAgain is the command that writes a secret value again in plain text.
// It cannot show the value.
func setSecretAgain(stack string, f field) string {
	if f.examples == nil {
		return RemoveCommand(stack, f.key)
	}
	return strings.Replace(SetCommand(stack, f.key, firstOf("", f.examples)), "config set", "config set --plaintext", 1)
}

// firstOf returns the text if there is one, else the first example.
func firstOf(text string, examples []string) string {
	if text != "" || len(examples) == 0 {
		return text
	}
	return examples[0]
}

// show prints a value of the wrong type the way it was typed, as near as can be.
func show(raw any) string {
	if text, ok := raw.(string); ok {
		return text
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return fmt.Sprint(raw)
	}
	return string(text)
}
