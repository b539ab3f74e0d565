package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"sigs.k8s.io/yaml"
)

// source says where the Go SDK of a provider package is.
type source struct {
	// Module is the module's path; "{module}" stands for the token's module in
	// an SDK that is split by it.
	Module string `json:"module"`
	// Version is used if the project itself does not require the module.
	Version string `json:"version"`
	// Root is the folder of the package's index module.
	Root string `json:"root"`
}

// library finds and parses the Go packages of all SDKs.
type library struct {
	sources  map[string]source
	versions map[string]string
	modules  map[string]string
	packages map[string]*goPackage
	files    *token.FileSet
}

// goPackage is one parsed Go package of an SDK: its shared types only, since a
// resource has a file of its own, which is parsed when it is asked for.
type goPackage struct {
	name       string
	importPath string
	dir        string
	structs    map[string]declared
	enums      map[string]map[string]any
}

// declared is a struct type along with the imports of the file it stands in.
type declared struct {
	*ast.StructType
	scope scope
}

// scope resolves the names of one file.
type scope struct {
	pkg     *goPackage
	imports map[string]string
}

func newLibrary(project string) (*library, error) {
	lib := &library{
		versions: map[string]string{}, modules: map[string]string{},
		packages: map[string]*goPackage{}, files: token.NewFileSet(),
	}
	if err := readYAML(filepath.Join(project, "offline/generate/sources.yaml"), &lib.sources); err != nil {
		return nil, err
	}
	name := filepath.Join(project, "go.mod")
	data, err := os.ReadFile(name) //nolint:gosec // a file of this project
	if err != nil {
		return nil, err
	}
	mod, err := modfile.ParseLax(name, data, nil)
	if err != nil {
		return nil, err
	}
	for _, require := range mod.Require {
		lib.versions[require.Mod.Path] = require.Mod.Version
	}
	return lib, nil
}

// readYAML decodes a file strictly.
func readYAML(name string, into any) error {
	data, err := os.ReadFile(name) //nolint:gosec // a file of this project
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// version returns the version of an SDK's module that the project uses.
func (lib *library) version(src source) string {
	if v, ok := lib.versions[src.Module]; ok {
		return v
	}
	return src.Version
}

// importPath returns the Go package that declares a token's type.
func (lib *library) importPath(src source, tok string) string {
	parts := strings.Split(tok, ":")
	module := strings.Split(parts[1], "/")
	if strings.Contains(src.Module, "{module}") {
		return path.Join(strings.ReplaceAll(src.Module, "{module}", module[0]), src.Root)
	}
	// Kubernetes puts the API group's short name in the path and its full name
	// in the token; bridged packages put the file's name after the module's.
	folder := strings.Split(module[0], ".")[0]
	if parts[0] == "kubernetes" {
		folder = path.Join(append([]string{folder}, module[1:]...)...)
	}
	if folder == "index" || folder == "providers" {
		folder = ""
	}
	return path.Join(src.Module, src.Root, folder)
}

// open parses the shared types of the Go package with this import path.
func (lib *library) open(importPath string) (*goPackage, error) {
	if pkg, ok := lib.packages[importPath]; ok {
		return pkg, nil
	}
	dir, name, err := lib.find(importPath)
	if err != nil {
		return nil, err
	}
	pkg := &goPackage{name: name, importPath: importPath, dir: dir, structs: map[string]declared{}, enums: map[string]map[string]any{}}
	lib.packages[importPath] = pkg
	files, err := filepath.Glob(filepath.Join(dir, "pulumi*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		parsed, err := lib.parse(file)
		if err != nil {
			return nil, err
		}
		collect(pkg, parsed)
	}
	return pkg, nil
}

// find returns the folder of a Go package, and its name among shared types.
func (lib *library) find(importPath string) (dir, name string, err error) {
	for provider, src := range lib.sources {
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(src.Module), `\{module\}`, "([a-z0-9]+)"))
		match := pattern.FindStringSubmatch(importPath)
		if match == nil {
			continue
		}
		root, err := lib.download(match[0], lib.version(src))
		if err != nil {
			return "", "", err
		}
		inside := strings.TrimPrefix(strings.TrimPrefix(importPath, match[0]), "/")
		name := strings.Trim(strings.TrimPrefix(inside, src.Root), "/")
		if len(match) > 1 {
			name = match[1]
		}
		if name == "" {
			name = provider
		}
		return filepath.Join(root, inside), strings.ReplaceAll(name, "/", "."), nil
	}
	return "", "", fmt.Errorf("no SDK in offline/generate/sources.yaml holds %q", importPath)
}

// download asks the go command for a module; most times it is there already.
func (lib *library) download(module, version string) (string, error) {
	if dir, ok := lib.modules[module]; ok {
		return dir, nil
	}
	out, err := exec.Command("go", "mod", "download", "-json", module+"@"+version).Output() //nolint:gosec // the arguments come from files of this project
	if err != nil {
		return "", fmt.Errorf("go mod download %s@%s: %w: %s", module, version, err, out)
	}
	var answer struct{ Dir string }
	if err := json.Unmarshal(out, &answer); err != nil {
		return "", fmt.Errorf("go mod download %s@%s: %w", module, version, err)
	}
	lib.modules[module] = answer.Dir
	return answer.Dir, nil
}

func (lib *library) parse(file string) (*ast.File, error) {
	return parser.ParseFile(lib.files, file, nil, parser.ParseComments|parser.SkipObjectResolution)
}

// fileOf parses the file of a package that registers or calls the token.
func (lib *library) fileOf(pkg *goPackage, tok string) (*ast.File, error) {
	call := regexp.MustCompile(`\.(RegisterResource|RegisterRemoteComponentResource|Invoke)\("` + regexp.QuoteMeta(tok) + `"`)
	files, err := filepath.Glob(filepath.Join(pkg.dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file) //nolint:gosec // the file is in the module cache
		if err != nil {
			return nil, err
		}
		if bytes.Contains(data, []byte(tok)) && call.Match(data) {
			return lib.parse(file)
		}
	}
	return nil, fmt.Errorf("%q is not in %s", tok, pkg.importPath)
}

// collect adds the struct types and enums of a file to its package.
func collect(pkg *goPackage, file *ast.File) {
	in := scopeOf(pkg, file)
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				collectType(pkg, spec, in)
			case *ast.ValueSpec:
				collectValue(pkg, spec)
			}
		}
	}
}

func scopeOf(pkg *goPackage, file *ast.File) scope {
	in := scope{pkg: pkg, imports: map[string]string{}}
	for _, spec := range file.Imports {
		target := unquote(spec.Path)
		name := path.Base(target)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		in.imports[name] = target
		if strings.HasPrefix(name, "v") {
			// A module of major version 2 and up is called by the element before.
			in.imports[path.Base(path.Dir(target))] = target
		}
	}
	return in
}

func collectType(pkg *goPackage, spec *ast.TypeSpec, in scope) {
	switch underlying := spec.Type.(type) {
	case *ast.StructType:
		pkg.structs[spec.Name.Name] = declared{underlying, in}
	case *ast.Ident:
		if schema := primitive(underlying.Name); schema != nil {
			pkg.enums[spec.Name.Name] = schema
		}
	}
}

// collectValue adds a constant like `TenancyHost = Tenancy("host")` to its enum.
func collectValue(pkg *goPackage, spec *ast.ValueSpec) {
	for _, value := range spec.Values {
		call, ok := value.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			continue
		}
		name, isName := call.Fun.(*ast.Ident)
		literal, isLiteral := call.Args[0].(*ast.BasicLit)
		if !isName || !isLiteral || pkg.enums[name.Name] == nil {
			continue
		}
		values := as[[]any](pkg.enums[name.Name]["enum"])
		if !slices.Contains(values, constant(literal)) {
			pkg.enums[name.Name]["enum"] = append(values, constant(literal))
		}
	}
}
