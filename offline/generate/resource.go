package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// entry is a resource type or function in a schema file.
type entry struct {
	Inputs    map[string]any `json:"inputs"`
	Outputs   map[string]any `json:"outputs"`
	Secrets   []string       `json:"secrets,omitempty"`
	Replace   []string       `json:"replace,omitempty"`
	Component bool           `json:"component,omitempty"`

	results *ast.StructType
	in      scope
}

// resource reads the inputs of a resource type; its outputs are read later,
// when all nested types that inputs reach are known.
func (b *builder) resource(src source, tok string) (*entry, error) {
	file, constructor, in, err := b.declaration(src, tok)
	if err != nil {
		return nil, err
	}
	args := structNamed(file, paramType(constructor, "args"), in)
	results := structNamed(file, resultType(constructor), in)
	if args.StructType == nil || results.StructType == nil {
		return nil, fmt.Errorf("%s: no argument struct beside %s", tok, constructor.Name.Name)
	}
	registration := readConstructor(constructor, args)
	b.component = registration.component
	inputs, err := b.object(args)
	b.component = false
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tok, err)
	}
	registration.apply(inputs)
	return &entry{
		Inputs: inputs, Secrets: registration.secretOutputs, Replace: registration.replaceOnChanges,
		Component: registration.component, results: results.StructType, in: in,
	}, nil
}

// function reads the inputs of an invoke.
func (b *builder) function(src source, tok string) (*entry, error) {
	file, call, in, err := b.declaration(src, tok)
	if err != nil {
		return nil, err
	}
	result := &entry{Inputs: map[string]any{"type": "object", "additionalProperties": false}, in: in}
	if args := structNamed(file, paramType(call, "args"), in); args.StructType != nil {
		if result.Inputs, err = b.object(args); err != nil {
			return nil, fmt.Errorf("%s: %w", tok, err)
		}
	}
	result.results = structNamed(file, resultType(call), in).StructType
	if result.results == nil {
		return nil, fmt.Errorf("%s: no result struct beside %s", tok, call.Name.Name)
	}
	return result, nil
}

// fillOutputs reads the outputs of an entry.
func (b *builder) fillOutputs(e *entry) {
	e.Outputs = map[string]any{}
	if e.results == nil {
		return
	}
	for _, field := range e.results.Fields.List {
		name := tag(field)
		if name == "" {
			continue
		}
		output := b.output(field.Type, e.in)
		e.Outputs[name] = output
		// Where an input takes an object too that the program turns into a
		// string, its Go type says nothing, but the output's does.
		input := propertyOf(e.Inputs, name)
		if _, typed := input["type"]; input != nil && !typed && input["$ref"] == nil && output["type"] == "string" {
			input["type"] = "string"
		}
	}
}

// declaration finds the function that registers or calls a token.
func (b *builder) declaration(src source, tok string) (*ast.File, *ast.FuncDecl, scope, error) {
	pkg, err := b.lib.open(b.lib.importPath(src, tok))
	if err != nil {
		return nil, nil, scope{}, fmt.Errorf("%s: %w", tok, err)
	}
	file, err := b.lib.fileOf(pkg, tok)
	if err != nil {
		return nil, nil, scope{}, err
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && registers(fn, tok) {
			return file, fn, scopeOf(pkg, file), nil
		}
	}
	return nil, nil, scope{}, fmt.Errorf("%q is not in a function of its file", tok)
}

// registers tells whether a function passes the token to the engine.
func registers(fn *ast.FuncDecl, tok string) bool {
	found := false
	ast.Inspect(fn, func(node ast.Node) bool {
		if name, args := method(node); name == "RegisterResource" || name == "RegisterRemoteComponentResource" || name == "Invoke" {
			literal, ok := args[0].(*ast.BasicLit)
			found = found || ok && unquote(literal) == tok
		}
		return !found
	})
	return found
}

// method returns the name and arguments of a call like ctx.Invoke(...).
func method(node ast.Node) (string, []ast.Expr) {
	call, ok := node.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", nil
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", nil
	}
	return selector.Sel.Name, call.Args
}

func paramType(fn *ast.FuncDecl, name string) string {
	for _, param := range fn.Type.Params.List {
		if len(param.Names) > 0 && param.Names[0].Name == name {
			return pointee(param.Type)
		}
	}
	return ""
}

func resultType(fn *ast.FuncDecl) string {
	if fn.Type.Results == nil {
		return ""
	}
	return pointee(fn.Type.Results.List[0].Type)
}

func pointee(expr ast.Expr) string {
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if name, ok := expr.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// structNamed finds a struct type in a file. Of the argument structs it takes
// the plain one, which differs in the case of the first letter only and is the
// one that carries the Pulumi names.
func structNamed(file *ast.File, name string, in scope) declared {
	found := declared{}
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			named, isType := spec.(*ast.TypeSpec)
			if !isType || !strings.EqualFold(named.Name.Name, name) {
				continue
			}
			if structure, isStruct := named.Type.(*ast.StructType); isStruct && (found.StructType == nil || !named.Name.IsExported()) {
				found = declared{structure, in}
			}
		}
	}
	return found
}

// registration is what a constructor does beside registering.
type registration struct {
	component        bool
	required         []string
	secretInputs     []string
	secretOutputs    []string
	replaceOnChanges []string
	constants        map[string]string
}

func readConstructor(fn *ast.FuncDecl, args declared) registration {
	r := registration{constants: map[string]string{}}
	names := map[string]string{}
	for _, field := range args.Fields.List {
		if len(field.Names) > 0 {
			names[field.Names[0].Name] = tag(field)
		}
	}
	for _, statement := range fn.Body.List {
		r.readStatement(statement, names)
	}
	ast.Inspect(fn, func(node ast.Node) bool {
		switch name, arguments := method(node); name {
		case "RegisterRemoteComponentResource":
			r.component = true
		case "AdditionalSecretOutputs":
			r.secretOutputs = literals(arguments[0])
		case "ReplaceOnChanges":
			r.replaceOnChanges = literals(arguments[0])
		case "ToSecret":
			r.secretInputs = append(r.secretInputs, names[argument(arguments[0])])
		}
		return true
	})
	return r
}

// readStatement sees that an argument is required, as in
// `if args.VpcId == nil { return ... }`, or has one value only, as in
// `args.Kind = pulumi.StringPtr("Secret")`.
func (r *registration) readStatement(statement ast.Stmt, names map[string]string) {
	switch s := statement.(type) {
	case *ast.IfStmt:
		compared, ok := s.Cond.(*ast.BinaryExpr)
		if !ok || len(s.Body.List) == 0 {
			return
		}
		if _, returns := s.Body.List[0].(*ast.ReturnStmt); returns && names[argument(compared.X)] != "" {
			r.required = append(r.required, names[argument(compared.X)])
		}
	case *ast.AssignStmt:
		if name, values := method(s.Rhs[0]); name == "StringPtr" && names[argument(s.Lhs[0])] != "" {
			if literal, ok := values[0].(*ast.BasicLit); ok {
				r.constants[names[argument(s.Lhs[0])]] = unquote(literal)
			}
		}
	}
}

// argument returns X of the expression args.X.
func argument(expr ast.Expr) string {
	selector, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if name, isName := selector.X.(*ast.Ident); !isName || name.Name != "args" {
		return ""
	}
	return selector.Sel.Name
}

func literals(expr ast.Expr) []string {
	var texts []string
	ast.Inspect(expr, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok {
			texts = append(texts, unquote(literal))
		}
		return true
	})
	slices.Sort(texts)
	return texts
}

func (r *registration) apply(inputs map[string]any) {
	for _, name := range r.required {
		require(inputs, name)
	}
	for _, name := range r.secretInputs {
		if property := propertyOf(inputs, name); property != nil {
			property["secret"] = true
		}
	}
	for name, value := range r.constants {
		propertyOf(inputs, name)["const"] = value
	}
}

// require adds a name to the required properties of an object's schema.
func require(schema map[string]any, name string) {
	required := as[[]string](schema["required"])
	if !slices.Contains(required, name) {
		required = append(required, name)
		slices.Sort(required)
	}
	schema["required"] = required
}

func propertyOf(schema map[string]any, name string) map[string]any {
	return as[map[string]any](propertiesOf(schema)[name])
}

func propertiesOf(schema map[string]any) map[string]any {
	return as[map[string]any](schema["properties"])
}

// as returns v if it is a T, else the zero T, which for maps and slices reads
// as empty.
func as[T any](v any) T {
	t, ok := v.(T)
	if !ok {
		var zero T
		return zero
	}
	return t
}
