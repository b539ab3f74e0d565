package schema

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/message"
)

// newCompiler returns a compiler that knows the project's formats and rules.
func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertVocabs()
	for name, check := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	c.RegisterVocabulary(&jsonschema.Vocabulary{
		URL: location + "rules", Compile: compileRules,
		Subschemas: []jsonschema.SchemaPath{{jsonschema.Prop(typesKey), jsonschema.AllProp{}}},
	})
	return c
}

// rules are the keywords that JSON Schema has no word for. Each list holds
// groups of property names of one object, but for prefix, which is about a
// CIDR block in a string.
type rules struct {
	Conflicts    [][]string          `json:"conflicts"`
	ExactlyOneOf [][]string          `json:"exactlyOneOf"`
	AtLeastOneOf [][]string          `json:"atLeastOneOf"`
	Requires     map[string][]string `json:"requires"`
	Ordered      [][]string          `json:"ordered"`
	Prefix       []int               `json:"prefix"`
}

// ruleKeywords are the names under which rules appear in a schema.
var ruleKeywords = []string{"conflicts", "exactlyOneOf", "atLeastOneOf", "requires", "ordered", "prefix"}

func compileRules(_ *jsonschema.CompilerContext, schema map[string]any) (jsonschema.SchemaExt, error) {
	found := map[string]any{}
	for _, keyword := range ruleKeywords {
		if value, ok := schema[keyword]; ok {
			found[keyword] = value
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(found)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	var r rules
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return &r, nil
}

// Validate implements jsonschema.SchemaExt.
func (r *rules) Validate(ctx *jsonschema.ValidatorContext, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, failure := range slices.Concat(r.together(v), r.alternatives(v), r.order(v)) {
			ctx.AddError(failure)
		}
	case string:
		if failure := r.checkPrefix(v); failure != nil {
			ctx.AddError(failure)
		}
	}
}

// broken is the error of a rule: on which property, what is wrong, and the
// property it was compared with, if any.
type broken struct{ property, reason, other string }

// KeywordPath implements jsonschema.ErrorKind.
func (*broken) KeywordPath() []string { return nil }

// LocalizedString implements jsonschema.ErrorKind.
func (b *broken) LocalizedString(*message.Printer) string { return b.reason }

// together checks what may not, or must, be set along with something else.
func (r *rules) together(v map[string]any) []*broken {
	var failures []*broken
	for _, group := range r.Conflicts {
		if set, unknown := present(v, group); len(set) > 1 && !unknown {
			failures = append(failures, &broken{property: set[0], reason: "conflicts with " + strings.Join(set[1:], ", ") + "; set only one of them"})
		}
	}
	for name, needs := range r.Requires {
		if _, ok := v[name]; !ok {
			continue
		}
		for _, need := range needs {
			if _, ok := v[need]; !ok {
				failures = append(failures, &broken{property: name, reason: "needs " + need + " to be set as well"})
			}
		}
	}
	return failures
}

// alternatives checks the groups of which one has to be set.
func (r *rules) alternatives(v map[string]any) []*broken {
	var failures []*broken
	for _, group := range r.ExactlyOneOf {
		set, unknown := present(v, group)
		if len(set) == 0 || len(set) > 1 && !unknown {
			failures = append(failures, &broken{reason: fmt.Sprintf("exactly one of %s must be set, got %d", strings.Join(group, ", "), len(set))})
		}
	}
	for _, group := range r.AtLeastOneOf {
		if set, _ := present(v, group); len(set) == 0 {
			failures = append(failures, &broken{reason: "at least one of " + strings.Join(group, ", ") + " must be set"})
		}
	}
	return failures
}

// present lists the names that are set, and tells whether any of them is not
// known yet: such a value may turn out to be none, so it cannot conflict.
func present(v map[string]any, names []string) (set []string, unknown bool) {
	for _, name := range names {
		value, ok := v[name]
		if !ok {
			continue
		}
		set = append(set, name)
		if _, isUnknown := value.(notKnown); isUnknown {
			unknown = true
		}
	}
	return set, unknown
}

// order checks that the numbers of a group do not fall from one to the next.
func (r *rules) order(v map[string]any) []*broken {
	var failures []*broken
	for _, group := range r.Ordered {
		for i := 1; i < len(group); i++ {
			low, lowKnown := v[group[i-1]].(float64)
			high, highKnown := v[group[i]].(float64)
			if lowKnown && highKnown && low > high {
				failures = append(failures, &broken{property: group[i-1], reason: "must not be above " + group[i], other: group[i]})
			}
		}
	}
	return failures
}

func (r *rules) checkPrefix(block string) *broken {
	prefix, err := netip.ParsePrefix(block)
	if err != nil || len(r.Prefix) != 2 {
		// The format keyword beside this one reports what is not a block.
		return nil
	}
	if bits := prefix.Bits(); bits < r.Prefix[0] || bits > r.Prefix[1] {
		return &broken{reason: fmt.Sprintf("must be a block between /%d and /%d, got /%d", r.Prefix[0], r.Prefix[1], bits)}
	}
	return nil
}
