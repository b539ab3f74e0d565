// Package schema checks the inputs of a resource against what its provider
// accepts and tells which changes force a replacement. The rules are data, read
// from offline/schemas. It may import the Pulumi core SDK and offline/schemas,
// but no provider SDK.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.org/openedx/offline/schemas"
)

// Package is everything known about one provider package.
type Package struct {
	Name      string
	Version   string
	Resources map[string]*Resource
	Functions map[string]*Function

	document map[string]any
}

// Resource is one resource type: what it accepts and what it publishes.
type Resource struct {
	checked
	outputs   map[string]any
	secrets   []string
	replace   []resource.PropertyPath
	component bool
}

// Function is one invoke: what it accepts and what it answers.
type Function struct {
	checked
	outputs map[string]any
}

// typesKey is where a schema file has the types that others refer to.
const typesKey = "types"

// location is where a package's document lives for the schema compiler; it is
// a name, nothing is read from there.
const location = "offline:///"

var loaded = struct {
	sync.Mutex
	packages map[string]*Package
}{packages: map[string]*Package{}}

// Load returns the schemas of a provider package; a package is read once.
func Load(name string) (*Package, error) {
	loaded.Lock()
	defer loaded.Unlock()
	if p, ok := loaded.packages[name]; ok {
		return p, nil
	}
	data, err := schemas.Files.ReadFile(name + ".json")
	if err != nil {
		return nil, fmt.Errorf("no schemas for package %q: add offline/behaviour/%s.yaml and run `make schemas`", name, name)
	}
	p, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("schemas of package %q: %w", name, err)
	}
	loaded.packages[name] = p
	return p, nil
}

// file is the part of a schema file that this package reads by name.
type file struct {
	Package   string `json:"package"`
	Version   string `json:"version"`
	Resources map[string]struct {
		Outputs   map[string]any `json:"outputs"`
		Secrets   []string       `json:"secrets"`
		Replace   []string       `json:"replace"`
		Component bool           `json:"component"`
	} `json:"resources"`
	Functions map[string]struct {
		Outputs map[string]any `json:"outputs"`
	} `json:"functions"`
}

// Parse reads a schema file.
func Parse(data []byte) (*Package, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("not a schema file: %w", err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a schema file: %w", err)
	}
	p := &Package{
		Name: f.Package, Version: f.Version, document: object(document),
		Resources: map[string]*Resource{}, Functions: map[string]*Function{},
	}
	for token, r := range f.Resources {
		paths, err := parsePaths(r.Replace)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", token, err)
		}
		p.Resources[token] = &Resource{
			checked: checked{pkg: p, kind: "resources", token: token},
			outputs: r.Outputs, secrets: r.Secrets, replace: paths, component: r.Component,
		}
	}
	for token, fn := range f.Functions {
		p.Functions[token] = &Function{
			checked: checked{pkg: p, kind: "functions", token: token}, outputs: fn.Outputs,
		}
	}
	return p, nil
}

func parsePaths(texts []string) ([]resource.PropertyPath, error) {
	paths := make([]resource.PropertyPath, 0, len(texts))
	for _, text := range texts {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Resource returns the resource type with this token.
func (p *Package) Resource(token string) (*Resource, error) {
	if r, ok := p.Resources[token]; ok {
		return r, nil
	}
	return nil, p.missing("resource type", token, slices.Collect(maps.Keys(p.Resources)))
}

// Function returns the function with this token.
func (p *Package) Function(token string) (*Function, error) {
	if f, ok := p.Functions[token]; ok {
		return f, nil
	}
	return nil, p.missing("function", token, slices.Collect(maps.Keys(p.Functions)))
}

func (p *Package) missing(what, token string, known []string) error {
	return fmt.Errorf("no schema for %s %q: add a line for it to offline/behaviour/%s.yaml and run `make schemas`%s",
		what, token, p.Name, didYouMean(token, known))
}

// Token returns the type token.
func (r *Resource) Token() string { return r.token }

// Component tells whether the type is a remote component.
func (r *Resource) Component() bool { return r.component }

// SecretOutputs names the outputs that are secret whatever the inputs were.
func (r *Resource) SecretOutputs() []string { return slices.Clone(r.secrets) }

// Outputs returns the schema of each output by its name.
func (r *Resource) Outputs() map[string]any { return maps.Clone(r.outputs) }

// Outputs returns the schema of each property of the answer by its name.
func (f *Function) Outputs() map[string]any { return maps.Clone(f.outputs) }

// checked is what resource types and functions share: inputs with rules.
type checked struct {
	pkg         *Package
	kind, token string

	once     sync.Once
	compiled *jsonschema.Schema
	err      error
}

// Inputs returns the JSON Schema of the inputs.
func (c *checked) Inputs() map[string]any {
	entry := object(object(c.pkg.document[c.kind])[c.token])
	return object(entry["inputs"])
}

// schema compiles the inputs the first time they are needed: a program uses
// few of the types, and compiling all would cost every start. Each has a compiler
// of its own, with what it refers to and no more: whatever a compiler knows already,
// it copies for each reference that it meets.
func (c *checked) schema() (*jsonschema.Schema, error) {
	c.once.Do(func() {
		compiler := newCompiler()
		inputs, types := c.Inputs(), map[string]any{}
		c.pkg.collect(inputs, types)
		document := map[string]any{typesKey: types, c.kind: map[string]any{c.token: map[string]any{"inputs": inputs}}}
		if c.err = compiler.AddResource(location+c.pkg.Name, document); c.err != nil {
			return
		}
		pointer := "/" + c.kind + "/" + escapePointer(c.token) + "/inputs"
		c.compiled, c.err = compiler.Compile(location + c.pkg.Name + "#" + url.PathEscape(pointer))
	})
	return c.compiled, c.err
}

// collect adds the types that a schema refers to, and those that they refer to.
func (p *Package) collect(node any, types map[string]any) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			p.collect(item, types)
		}
	case map[string]any:
		if ref, refers := node["$ref"].(string); refers {
			name := typeName(ref)
			if _, known := types[name]; !known {
				types[name] = object(p.document[typesKey])[name]
				p.collect(types[name], types)
			}
		}
		for _, value := range node {
			p.collect(value, types)
		}
	}
}

// escapePointer makes a key usable as one step of a JSON pointer.
func escapePointer(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// at returns the schema at a location that the validator reported.
func (p *Package) at(schemaURL string) map[string]any {
	_, fragment, found := strings.Cut(schemaURL, "#")
	if !found {
		return nil
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return nil
	}
	var node any = p.document
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		node = child(node, step)
	}
	return object(node)
}

// object returns v if it is a JSON object, else nil, which reads as empty.
func object(v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return m
}
