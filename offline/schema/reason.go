package schema

import (
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// reason says in words which rule a value breaks.
func (r report) reason(e *jsonschema.ValidationError, at converted) string {
	switch k := e.ErrorKind.(type) {
	case *kind.MinItems:
		return size(r.pkg.at(e.SchemaURL), "Items", "items", k.Got)
	case *kind.MaxItems:
		return size(r.pkg.at(e.SchemaURL), "Items", "items", k.Got)
	case *kind.MinLength:
		return size(r.pkg.at(e.SchemaURL), "Length", "characters", k.Got) + ": " + at.show()
	case *kind.MaxLength:
		return size(r.pkg.at(e.SchemaURL), "Length", "characters", k.Got) + ": " + at.show()
	}
	return want(e.ErrorKind, r.pkg.at(e.SchemaURL)) + ", got " + at.show()
}

// want words the rules that a value breaks by itself, not by its size.
func want(k jsonschema.ErrorKind, rule map[string]any) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + article(strings.Join(k.Want, " or "))
	case *kind.Enum:
		return "must be " + oneOf(k.Want)
	case *kind.Const:
		return "must be " + quote(k.Want)
	case *kind.Format:
		return fmt.Sprintf("must be %v", k.Err)
	case *kind.Pattern, *kind.Not:
		return described(rule)
	case *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum, *kind.ExclusiveMaximum:
		return "must be " + bounds(rule)
	case *kind.MultipleOf:
		return fmt.Sprintf("must be a multiple of %v", rule["multipleOf"])
	default:
		return fmt.Sprintf("breaks the rule %v", k.KeywordPath())
	}
}

// described is the sentence that the schema carries for a pattern, or the
// pattern itself.
func described(rule map[string]any) string {
	if sentence, ok := rule["description"].(string); ok && sentence != "" {
		return sentence
	}
	if not := object(rule["not"]); not != nil {
		return fmt.Sprintf("must not match %v", not["pattern"])
	}
	return fmt.Sprintf("must match %v", rule["pattern"])
}

// size words a rule on a length or count.
func size(rule map[string]any, what, unit string, got int) string {
	low, hasLow := rule["min"+what]
	high, hasHigh := rule["max"+what]
	switch {
	case hasLow && hasHigh && fmt.Sprint(low) == fmt.Sprint(high):
		return fmt.Sprintf("must be exactly %v %s, got %d", low, unit, got)
	case hasLow && hasHigh:
		return fmt.Sprintf("must be %v to %v %s, got %d", low, high, unit, got)
	case hasLow:
		if fmt.Sprint(low) == "1" {
			return "must not be empty"
		}
		return fmt.Sprintf("must be at least %v %s, got %d", low, unit, got)
	default:
		return fmt.Sprintf("must be at most %v %s, got %d", high, unit, got)
	}
}

// bounds words a rule on the size of a number.
func bounds(rule map[string]any) string {
	low, hasLow := rule["minimum"]
	high, hasHigh := rule["maximum"]
	switch {
	case hasLow && hasHigh:
		return fmt.Sprintf("between %v and %v", low, high)
	case hasLow:
		return fmt.Sprintf("at least %v", low)
	case hasHigh:
		return fmt.Sprintf("at most %v", high)
	default:
		return fmt.Sprintf("more than %v", rule["exclusiveMinimum"])
	}
}

// manyValues is how many allowed values a message lists.
const manyValues = 12

func oneOf(values []any) string {
	texts := make([]string, 0, len(values))
	for _, value := range values {
		texts = append(texts, quote(value))
	}
	if len(texts) > manyValues {
		texts = append(texts[:manyValues:manyValues], fmt.Sprintf("... (%d more)", len(values)-manyValues))
	}
	return "one of " + strings.Join(texts, ", ")
}

func quote(value any) string {
	if s, ok := value.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(value)
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
