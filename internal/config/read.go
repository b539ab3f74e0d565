package config

import (
	"reflect"
	"slices"
	"strings"
)

// Source is the configuration as Pulumi hands it to a program: every key of the
// stack with its value, objects as JSON.
//
// The keys come from pulumi.RunInfo, which a pulumi.RunOption is given before
// the program runs. The context alone would not do: it answers for a key, but
// cannot list them, and a mistyped optional key would go unseen.
//
//	var source config.Source
//	pulumi.Run(program, func(info *pulumi.RunInfo) {
//		source = config.Source{Stack: info.Stack, Values: info.Config, Secret: info.ConfigSecretKeys}
//	})
type Source struct {
	Stack  string
	Values map[string]string
	Secret []string
}

// namespace is the part of a key that says it is this project's.
const namespace = "openedx:"

// Read decodes a stack's configuration. It never stops at the first problem:
// what could be decoded is returned beside the problems, so that the rules can
// speak about the rest at the same time.
func Read(source Source) (Settings, Problems) {
	settings := Settings{Stack: source.Stack}
	d := &decoder{stack: source.Stack}
	value := reflect.ValueOf(&settings).Elem()
	declared := map[string]bool{}
	var names []string
	for _, f := range fieldsOf(value.Type()) {
		declared[f.key] = true
		names = append(names, strings.TrimPrefix(f.key, namespace))
		d.topLevel(source, f, value.FieldByIndex(f.index))
	}
	for key := range source.Values {
		if strings.HasPrefix(key, namespace) && !declared[key] {
			d.unknown(key, strings.TrimPrefix(key, namespace), names)
		}
	}
	return settings, Problems{Stack: source.Stack, List: d.problems}
}

// topLevel decodes one key of the stack file.
func (d *decoder) topLevel(source Source, f field, target reflect.Value) {
	text, written := source.Values[f.key]
	// The project file gives every required key an empty default, so that a
	// missing one is reported here, together with everything else.
	if !written || (text == "" && f.required) {
		if f.required {
			d.missing(f.key, f)
		}
		return
	}
	if f.secret {
		d.secret(source, f, text, target)
		return
	}
	if slices.Contains(source.Secret, f.key) {
		d.add(f.key, "", "is marked secret, but is no secret and would be printed all over the cloud; write it in plain text",
			setSecretAgain(source.Stack, f))
		return
	}
	d.decode(f.key, parse(text, target.Type()), target, f)
}

// secret takes a value as it is, if it was written as a secret.
func (d *decoder) secret(source Source, f field, text string, target reflect.Value) {
	if text == "" {
		return // the project file's default: not written
	}
	if !slices.Contains(source.Secret, f.key) {
		d.add(f.key, "", "is written in plain text, where whoever sees the file can read it; a secret is wanted", SetSecretCommand(source.Stack, f.key))
		return
	}
	target.SetString(text)
}
