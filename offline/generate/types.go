package main

import (
	"go/ast"
	"go/token"
	"maps"
	"strconv"
	"strings"
)

// builder turns Go types of an SDK into JSON Schema.
type builder struct {
	lib *library
	// types are the nested types that the inputs of the listed types reach.
	types map[string]map[string]any
	// component is set while a remote component is read: what its comments say
	// about replacement is about its children.
	component bool
}

// primitive returns the schema of a basic Go type, or nil.
func primitive(name string) map[string]any {
	switch name {
	case "string", "String", "ID", "URN":
		return map[string]any{"type": "string"}
	case "int", "Int":
		return map[string]any{"type": "integer"}
	case "float64", "Float64":
		return map[string]any{"type": "number"}
	case "bool", "Bool":
		return map[string]any{"type": "boolean"}
	case "any", "Any", "":
		return map[string]any{}
	case "Archive", "Asset", "AssetOrArchive":
		return map[string]any{"type": "object", "format": "asset"}
	}
	return nil
}

// input returns the schema of a field of a plain argument struct.
func (b *builder) input(expr ast.Expr, in scope) (map[string]any, error) {
	switch t := expr.(type) {
	case *ast.StarExpr:
		return b.input(t.X, in)
	case *ast.InterfaceType:
		return map[string]any{}, nil
	case *ast.ArrayType:
		items, err := b.input(t.Elt, in)
		return map[string]any{"type": "array", "items": items}, err
	case *ast.MapType:
		values, err := b.input(t.Value, in)
		return map[string]any{"type": "object", "additionalProperties": values}, err
	case *ast.Ident:
		if schema := primitive(t.Name); schema != nil {
			return schema, nil
		}
		return b.named(t.Name, in.pkg)
	case *ast.SelectorExpr:
		return b.selected(t, in)
	}
	return map[string]any{}, nil
}

func (b *builder) selected(expr *ast.SelectorExpr, in scope) (map[string]any, error) {
	qualifier, ok := expr.X.(*ast.Ident)
	if !ok {
		return map[string]any{}, nil
	}
	if qualifier.Name == "pulumi" {
		return primitive(expr.Sel.Name), nil
	}
	pkg, err := b.lib.open(in.imports[qualifier.Name])
	if err != nil {
		return nil, err
	}
	return b.named(expr.Sel.Name, pkg)
}

// named returns the schema of a type that an SDK package declares: an enum, a
// reference to a struct, or else a resource.
func (b *builder) named(name string, pkg *goPackage) (map[string]any, error) {
	if enum, ok := pkg.enums[name]; ok {
		return maps.Clone(enum), nil
	}
	declaration, ok := pkg.structs[name]
	if !ok {
		return map[string]any{"type": "object", "format": "resource"}, nil
	}
	key := pkg.name + "." + name
	ref := map[string]any{"$ref": "#/types/" + key}
	if _, done := b.types[key]; done {
		return ref, nil
	}
	b.types[key] = map[string]any{}
	schema, err := b.object(declaration)
	if err != nil {
		return nil, err
	}
	b.types[key] = schema
	return ref, nil
}

// object returns the schema of a plain struct.
func (b *builder) object(declaration declared) (map[string]any, error) {
	properties := map[string]any{}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	docs := map[string]string{}
	for _, field := range declaration.Fields.List {
		name := tag(field)
		if name == "" {
			continue
		}
		property, err := b.input(field.Type, declaration.scope)
		if err != nil {
			return nil, err
		}
		properties[name] = property
		if needed(field.Type) {
			require(schema, name)
		}
		docs[name] = field.Doc.Text()
	}
	for name, doc := range docs {
		b.readDoc(schema, name, doc)
	}
	return schema, nil
}

// needed tells whether the Go type alone says that a property is required: an
// optional scalar or struct is a pointer. Lists and maps do not tell.
func needed(expr ast.Expr) bool {
	switch expr.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return true
	}
	return false
}

// output returns the schema of an output, of which the Go type is known by its
// name only, such as pulumi.StringArrayOutput.
func (b *builder) output(expr ast.Expr, in scope) map[string]any {
	switch t := expr.(type) {
	case *ast.Ident:
		return b.outputNamed(strings.TrimSuffix(t.Name, "Output"), in.pkg)
	case *ast.SelectorExpr:
		qualifier, ok := t.X.(*ast.Ident)
		if !ok {
			return map[string]any{}
		}
		// A package that no input reaches stays closed: a name is enough here.
		return b.outputNamed(strings.TrimSuffix(t.Sel.Name, "Output"), b.lib.packages[in.imports[qualifier.Name]])
	case *ast.StarExpr:
		return b.output(t.X, in)
	case *ast.ArrayType:
		return map[string]any{"type": "array", "items": b.output(t.Elt, in)}
	case *ast.MapType:
		return map[string]any{"type": "object", "additionalProperties": b.output(t.Value, in)}
	}
	return map[string]any{}
}

func (b *builder) outputNamed(name string, pkg *goPackage) map[string]any {
	if schema := primitive(name); schema != nil {
		return schema
	}
	if pkg != nil {
		if enum, ok := pkg.enums[name]; ok {
			return map[string]any{"type": enum["type"]}
		}
		key := pkg.name + "." + name
		if _, ok := b.types[key]; ok {
			return map[string]any{"$ref": "#/types/" + key}
		}
		if _, ok := pkg.structs[name]; ok {
			return map[string]any{"type": "object"}
		}
	}
	if element, ok := strings.CutSuffix(name, "Ptr"); ok {
		return b.outputNamed(element, pkg)
	}
	if element, ok := strings.CutSuffix(name, "Array"); ok {
		return map[string]any{"type": "array", "items": b.outputNamed(element, pkg)}
	}
	if element, ok := strings.CutSuffix(name, "Map"); ok {
		return map[string]any{"type": "object", "additionalProperties": b.outputNamed(element, pkg)}
	}
	return map[string]any{"type": "object"}
}

// tag returns the Pulumi name of a field, or nothing if it has none.
func tag(field *ast.Field) string {
	if field.Tag == nil {
		return ""
	}
	_, rest, found := strings.Cut(unquote(field.Tag), `pulumi:"`)
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(rest, `"`)
	name, _, _ = strings.Cut(name, ",")
	return name
}

// unquote returns the text of a string literal.
func unquote(literal *ast.BasicLit) string {
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return text
}

// constant returns the value of a literal as JSON has it.
func constant(literal *ast.BasicLit) any {
	if literal.Kind == token.STRING {
		return unquote(literal)
	}
	number, err := strconv.ParseFloat(literal.Value, 64)
	if err != nil {
		return literal.Value
	}
	return number
}
