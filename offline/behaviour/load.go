package behaviour

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed *.yaml */*.yaml
var files embed.FS

// Load reads the behaviour of a provider package.
func Load(name string) (*Package, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no behaviour for package %q: add offline/behaviour/%s.yaml", name, name)
	}
	var p Package
	if err = yaml.UnmarshalStrict(data, &p); err != nil {
		return nil, fmt.Errorf("offline/behaviour/%s.yaml: %w", name, err)
	}
	parts, err := fs.Glob(files, name+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("offline/behaviour/%s: %w", name, err)
	}
	for _, part := range parts {
		if data, err = files.ReadFile(part); err != nil {
			return nil, fmt.Errorf("offline/behaviour: %w", err)
		}
		if err = p.add(data); err != nil {
			return nil, fmt.Errorf("offline/behaviour/%s: %w", part, err)
		}
	}
	return &p, nil
}

// add takes in the resources of one more file.
func (p *Package) add(data []byte) error {
	var part struct {
		Anchors   any                  `json:"anchors"`
		Resources map[string]*Resource `json:"resources"`
	}
	if err := yaml.UnmarshalStrict(data, &part); err != nil {
		return err
	}
	if p.Resources == nil {
		p.Resources = map[string]*Resource{}
	}
	for token, resource := range part.Resources {
		if p.Resources[token] != nil {
			return fmt.Errorf("%s is in another file already", token)
		}
		p.Resources[token] = resource
	}
	return nil
}

// Names lists the packages, sorted.
func Names() ([]string, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("offline/behaviour: %w", err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, path.Ext(name))
	}
	return names, nil
}
