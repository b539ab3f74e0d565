package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// translator turns the validators that the upstream provider is written with
// into JSON Schema keywords. It reads their source as an expression; what it
// cannot read is looked up in validators.yaml.
type translator struct {
	// Constants are integers that validators name.
	Constants map[string]int `json:"constants"`
	// Numeric are validators whose arguments are the values of these keywords.
	Numeric map[string][]string `json:"numeric"`
	// Named are the rules of validators that are called by name.
	Named map[string]map[string]any `json:"named"`
}

// keywords returns the rule that a validator stands for, and whether it was
// understood.
func (t *translator) keywords(source string) (map[string]any, bool) {
	expr, err := parser.ParseExpr(source)
	if err != nil {
		return nil, false
	}
	return t.rule(expr)
}

func (t *translator) named(name string) (map[string]any, bool) {
	rule, ok := t.Named[name]
	rule = maps.Clone(rule)
	delete(rule, "source")
	return rule, ok
}

func (t *translator) rule(expr ast.Expr) (map[string]any, bool) {
	if rule, ok := t.named(types.ExprString(expr)); ok {
		return rule, true
	}
	call, ok := expr.(*ast.CallExpr)
	if !ok {
		return nil, false
	}
	name := types.ExprString(call.Fun)
	if rule, known := t.named(name); known {
		return rule, true
	}
	if len(call.Args) == 0 {
		return nil, false
	}
	if rule := t.numeric(name, call.Args); rule != nil {
		return rule, true
	}
	if rule := t.textual(name, call.Args); rule != nil {
		return rule, true
	}
	return t.composed(name, call.Args)
}

// numeric translates validators of integers and lengths.
func (t *translator) numeric(name string, args []ast.Expr) map[string]any {
	if name == "validation.IsCIDRNetwork" {
		low, lowOK := t.number(args[0])
		high, highOK := t.number(args[1])
		if !lowOK || !highOK {
			return nil
		}
		return map[string]any{"format": "cidr", "prefix": []any{low, high}}
	}
	keywords, ok := t.Numeric[name]
	if !ok || len(keywords) != len(args) {
		return nil
	}
	rule := map[string]any{}
	for i, keyword := range keywords {
		value, known := t.number(args[i])
		if !known {
			return nil
		}
		if keyword != "minLength" || value != 0 {
			rule[keyword] = value
		}
	}
	return rule
}

// textual translates validators that list values or hold a pattern.
func (t *translator) textual(name string, args []ast.Expr) map[string]any {
	switch name {
	case "validation.StringInSlice", "validation.IntInSlice":
		return listed(t.values(args[0]), len(args) == 2 && types.ExprString(args[1]) == "true")
	case "validation.StringMatch", "validation.StringDoesNotMatch":
		pattern, ok := pattern(args[0])
		if !ok {
			return nil
		}
		return matching(pattern, name == "validation.StringMatch", args[1])
	}
	literal, ok := args[0].(*ast.BasicLit)
	switch {
	case ok && name == "validation.StringDoesNotContainAny":
		return matching("["+regexp.QuoteMeta(unquote(literal))+"]", false, literal)
	case ok && name == "verify.StringHasPrefix":
		return map[string]any{"pattern": "^" + regexp.QuoteMeta(unquote(literal)), "description": "must begin with " + unquote(literal)}
	}
	return nil
}

// composed translates validators made of others.
func (t *translator) composed(name string, args []ast.Expr) (map[string]any, bool) {
	switch name {
	case "validation.ToDiagFunc":
		return t.rule(args[0])
	case "validation.All", "validation.AllDiag":
		rule, understood := map[string]any{}, false
		for _, arg := range args {
			if part, ok := t.rule(arg); ok {
				merge(rule, part)
				understood = true
			}
		}
		return rule, understood
	case "validation.Any":
		var parts []any
		for _, arg := range args {
			part, ok := t.rule(arg)
			if !ok {
				return nil, false
			}
			parts = append(parts, part)
		}
		return map[string]any{"anyOf": parts}, true
	}
	return nil, false
}

// merge adds a rule to a schema. A keyword that is there already is kept, and
// both apply.
func merge(schema, rule map[string]any) {
	for keyword := range rule {
		if _, taken := schema[keyword]; taken {
			schema["allOf"] = append(as[[]any](schema["allOf"]), rule)
			return
		}
	}
	maps.Copy(schema, rule)
}

// number evaluates an integer or a decimal; JSON knows one kind.
func (t *translator) number(expr ast.Expr) (float64, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		value, err := strconv.ParseFloat(e.Value, 64)
		return value, err == nil
	case *ast.UnaryExpr:
		value, ok := t.number(e.X)
		return -value, ok && e.Op == token.SUB
	case *ast.BinaryExpr:
		left, leftOK := t.number(e.X)
		right, rightOK := t.number(e.Y)
		if e.Op == token.ADD {
			return left + right, leftOK && rightOK
		}
		return left - right, leftOK && rightOK && e.Op == token.SUB
	}
	value, ok := t.Constants[types.ExprString(expr)]
	return float64(value), ok
}

// values evaluates a slice literal of strings or numbers.
func (t *translator) values(expr ast.Expr) []any {
	var elements []ast.Expr
	switch list := expr.(type) {
	case *ast.CompositeLit:
		elements = list.Elts
	case *ast.CallExpr:
		// enum.Slice(a, b), or a function that is called by name.
		elements = list.Args
	}
	if len(elements) == 0 {
		return as[[]any](t.Named[types.ExprString(expr)]["enum"])
	}
	var values []any
	for _, element := range elements {
		if text, isLiteral := element.(*ast.BasicLit); isLiteral {
			values = append(values, constant(text))
			continue
		}
		number, known := t.number(element)
		if !known {
			return nil
		}
		values = append(values, number)
	}
	return values
}

// listed accepts the values only, if need be in whatever case they are written.
func listed(values []any, anyCase bool) map[string]any {
	if values == nil {
		return nil
	}
	if !anyCase {
		return map[string]any{"enum": values}
	}
	var texts, escaped []string
	for _, value := range values {
		texts = append(texts, as[string](value))
		escaped = append(escaped, regexp.QuoteMeta(as[string](value)))
	}
	return map[string]any{
		"pattern":     "^(?i:" + strings.Join(escaped, "|") + ")$",
		"description": "must be one of " + strings.Join(texts, ", "),
	}
}

// pattern reads regexache.MustCompile(`...`).
func pattern(expr ast.Expr) (string, bool) {
	_, args := method(expr)
	if len(args) != 1 {
		return "", false
	}
	literal, ok := args[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	_, err := regexp.Compile(unquote(literal))
	return unquote(literal), err == nil
}

// matching builds the rule for a pattern, with the sentence that upstream
// prints when it is broken.
func matching(pattern string, wanted bool, sentence ast.Expr) map[string]any {
	rule := map[string]any{"pattern": pattern}
	if !wanted {
		rule = map[string]any{"not": map[string]any{"pattern": pattern}}
	}
	if literal, ok := sentence.(*ast.BasicLit); ok && strings.Contains(unquote(literal), " ") {
		rule["description"] = unquote(literal)
	}
	return rule
}

// count reads the largest number of items in a list.
func (t *translator) count(text string) (float64, bool) {
	if text == "" {
		return 0, false
	}
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return 0, false
	}
	return t.number(expr)
}
