// Command generate writes the schema files of the offline cloud from the
// source of the provider SDKs, which it parses and never imports, and from
// committed facts about the providers. Run it from the project's root.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	check := flag.Bool("check", false, "fail if a committed file is not what would be written")
	verbose := flag.Bool("v", false, "tell which facts found no place")
	dump := flag.String("distil", "", "read this dump of upstream attributes and rewrite offline/facts/aws.json")
	flag.Parse()
	note := func(format string, args ...any) {
		if *verbose {
			fmt.Fprintf(os.Stderr, format+"\n", args...)
		}
	}
	g, err := newGenerator(".", note)
	if err != nil {
		return err
	}
	if *dump != "" {
		return distil(g.lib, *dump, filepath.Join(g.project, factsFile))
	}
	written, err := g.all()
	if err != nil {
		return err
	}
	return publish(g.project, written, *check)
}

// publish writes the files, or compares them with what is there.
func publish(project string, files map[string][]byte, check bool) error {
	var stale []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		target := filepath.Join(project, schemasDir, name)
		old, err := os.ReadFile(target) //nolint:gosec // a file of this project
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if bytes.Equal(old, files[name]) {
			continue
		}
		stale = append(stale, name)
		if check {
			continue
		}
		if err := os.WriteFile(target, files[name], 0o644); err != nil { //nolint:gosec // a committed file is readable
			return err
		}
	}
	if check && len(stale) > 0 {
		return fmt.Errorf("%s/{%s} are out of date: run `make schemas`", schemasDir, strings.Join(stale, ","))
	}
	return nil
}

const (
	schemasDir   = "offline/schemas"
	factsFile    = "offline/facts/aws.json"
	behaviourDir = "offline/behaviour"
)

// generator makes schema files.
type generator struct {
	project    string
	lib        *library
	facts      map[string]map[string]*attribute
	translator *translator
	additions  additions
	note       func(string, ...any)
}

func newGenerator(project string, note func(string, ...any)) (*generator, error) {
	lib, err := newLibrary(project)
	if err != nil {
		return nil, err
	}
	g := &generator{project: project, lib: lib, translator: &translator{}, note: note}
	folder := filepath.Join(project, "offline/generate")
	if err = readYAML(filepath.Join(folder, "validators.yaml"), g.translator); err != nil {
		return nil, err
	}
	if err = readYAML(filepath.Join(folder, "additions.yaml"), &g.additions); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(project, factsFile)) //nolint:gosec // a file of this project
	if errors.Is(err, os.ErrNotExist) {
		// Distilling writes the file in the first place.
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &g.facts); err != nil {
		return nil, fmt.Errorf("%s: %w", factsFile, err)
	}
	return g, nil
}

// all makes the schema file of every package that behaviour is written for.
func (g *generator) all() (map[string][]byte, error) {
	lists, err := filepath.Glob(filepath.Join(g.project, behaviourDir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, list := range lists {
		name := strings.TrimSuffix(filepath.Base(list), ".yaml")
		parts, err := filepath.Glob(filepath.Join(g.project, behaviourDir, name, "*.yaml"))
		if err != nil {
			return nil, err
		}
		data, err := g.file(name, append(parts, list))
		if err != nil {
			return nil, fmt.Errorf("package %q: %w", name, err)
		}
		files[name+".json"] = data
	}
	return files, nil
}

// schemaFile is the shape of what is written.
type schemaFile struct {
	Package   string                    `json:"package"`
	Module    string                    `json:"module"`
	Version   string                    `json:"version"`
	Resources map[string]*entry         `json:"resources"`
	Functions map[string]*entry         `json:"functions,omitempty"`
	Types     map[string]map[string]any `json:"types,omitempty"`
}

func (g *generator) file(name string, lists []string) ([]byte, error) {
	resources, functions, err := tokens(lists)
	if err != nil {
		return nil, err
	}
	src, ok := g.lib.sources[name]
	if !ok {
		return nil, errors.New("it has no entry in offline/generate/sources.yaml")
	}
	b := &builder{lib: g.lib, types: map[string]map[string]any{}}
	out := schemaFile{
		Package: name, Module: src.Module, Version: strings.TrimPrefix(g.lib.version(src), "v"),
		Resources: map[string]*entry{}, Functions: map[string]*entry{}, Types: b.types,
	}
	join := &joiner{facts: g.facts, translator: g.translator, types: b.types, note: g.note}
	for _, tok := range resources {
		if out.Resources[tok], err = g.resource(b, join, src, tok); err != nil {
			return nil, err
		}
	}
	for _, tok := range functions {
		if out.Functions[tok], err = b.function(src, tok); err != nil {
			return nil, err
		}
	}
	for _, each := range []map[string]*entry{out.Resources, out.Functions} {
		for tok, e := range each {
			b.fillOutputs(e)
			g.additions.finish(tok, e)
		}
	}
	if err := g.additions.extendTypes(b.types); err != nil {
		return nil, err
	}
	return marshal(out, "\t")
}

func (g *generator) resource(b *builder, join *joiner, src source, tok string) (*entry, error) {
	if written := g.additions.written(tok); written != nil {
		return written, nil
	}
	e, err := b.resource(src, tok)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(tok, "aws:") {
		join.join(tok, g.additions.Upstream[tok], e.Inputs)
	}
	return e, nil
}

// tokens reads which types a package has behaviour for.
func tokens(lists []string) (resources, functions []string, err error) {
	for _, list := range lists {
		var behaviour map[string]any
		if err := readYAML(list, &behaviour); err != nil {
			return nil, nil, err
		}
		keys := func(section string) []string {
			return slices.Sorted(maps.Keys(as[map[string]any](behaviour[section])))
		}
		resources = append(resources, keys("resources")...)
		functions = append(functions, keys("functions")...)
	}
	return resources, functions, nil
}

// marshal writes JSON with its keys sorted and its angle brackets readable.
func marshal(v any, indent string) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
