// Package charts renders the charts of the platform's add-ons as Helm does, from the
// source that the Go module proxy has of them, and tells which values a chart does not
// know. It needs the go command, and knows no control plane.
package charts

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/ignore"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/cluster/cluster"
)

// Chart is the source of a chart.
type Chart struct {
	pinned versions.Chart
	files  []*loader.BufferedFile
	// subcharts are those that are in the same module, and would be fetched on release.
	subcharts map[string][]*loader.BufferedFile
	// Missing are the subcharts whose source no module holds.
	Missing []string
}

// Open reads a chart from the module that holds it, and holds it to the version that
// is pinned.
func Open(ctx context.Context, pinned versions.Chart) (*Chart, error) {
	c := &Chart{pinned: pinned, subcharts: map[string][]*loader.BufferedFile{}}
	if err := c.open(ctx); err != nil {
		return nil, fmt.Errorf("chart %s: %w", pinned.Name, err)
	}
	return c, nil
}

func (c *Chart) open(ctx context.Context) (err error) {
	archive, err := download(ctx, c.pinned.Module)
	if err != nil {
		return err
	}
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	root := path.Join(c.pinned.Module, c.pinned.Folder)
	if c.files, err = read(reader, root); err != nil {
		return err
	}
	loaded, err := loader.LoadFiles(c.files)
	if err != nil {
		return err
	}
	if err = c.hold(loaded); err != nil {
		return err
	}
	return c.findSubcharts(reader, path.Dir(root), loaded)
}

// hold compares the source with what is pinned. Where releasing a chart writes its
// version, the module has to be of that version.
func (c *Chart) hold(loaded *chart.Chart) error {
	want := cmp.Or(c.pinned.Marked, c.pinned.Version)
	if loaded.Name() != c.pinned.Name || loaded.Metadata.Version != want {
		return fmt.Errorf("the source is %s %s, not %s", loaded.Name(), loaded.Metadata.Version, want)
	}
	_, module, _ := strings.Cut(c.pinned.Module, "@")
	if c.pinned.Marked != "" && strings.TrimPrefix(module, "v") != strings.TrimPrefix(c.pinned.Version, "v") {
		return fmt.Errorf("the source bears no version of its own, and is %s instead of %s", module, c.pinned.Version)
	}
	return nil
}

// findSubcharts looks for the charts that a chart is made of where its own source is.
func (c *Chart) findSubcharts(files fs.FS, folder string, loaded *chart.Chart) error {
	there := map[string]bool{}
	for _, inside := range loaded.Dependencies() {
		there[inside.Name()] = true
	}
	for _, dependency := range loaded.Metadata.Dependencies {
		if there[dependency.Name] {
			continue
		}
		beside, err := read(files, path.Join(folder, dependency.Name))
		if errors.Is(err, fs.ErrNotExist) {
			c.Missing = append(c.Missing, dependency.Name)
			continue
		}
		if err == nil {
			err = fits(dependency, beside)
		}
		if err != nil {
			return fmt.Errorf("subchart %s: %w", dependency.Name, err)
		}
		c.subcharts[dependency.Name] = beside
	}
	return nil
}

// fits makes sure of a subchart's version: Helm leaves out in silence what does not fit.
func fits(dependency *chart.Dependency, files []*loader.BufferedFile) error {
	loaded, err := loader.LoadFiles(files)
	if err != nil {
		return err
	}
	wanted, err := semver.NewConstraint(dependency.Version)
	if err != nil {
		return err
	}
	version, err := semver.NewVersion(loaded.Metadata.Version)
	if err != nil {
		return err
	}
	if !wanted.Check(version) {
		return fmt.Errorf("the source is %s, wanted is %s", version, dependency.Version)
	}
	return nil
}

// load makes a chart that a rendering may change.
func (c *Chart) load() (*chart.Chart, error) {
	loaded, err := loader.LoadFiles(c.files)
	if err != nil {
		return nil, err
	}
	for _, files := range c.subcharts {
		subchart, err := loader.LoadFiles(files)
		if err != nil {
			return nil, err
		}
		loaded.AddDependency(subchart)
	}
	if c.pinned.Marked != "" {
		loaded.Metadata.Version = c.pinned.Version
		loaded.Metadata.AppVersion = c.pinned.Version
	}
	return loaded, nil
}

// ignored is what packing a chart leaves out.
func ignored(files fs.FS, folder string) (*ignore.Rules, error) {
	rules := ignore.Empty()
	text, err := files.Open(path.Join(folder, ignore.HelmIgnore))
	switch {
	case err == nil:
		rules, err = ignore.Parse(text)
		if err = errors.Join(err, text.Close()); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	rules.AddDefaults()
	return rules, nil
}

// read returns the files of a chart's folder as packing the chart would.
func read(files fs.FS, folder string) ([]*loader.BufferedFile, error) {
	rules, err := ignored(files, folder)
	if err != nil {
		return nil, err
	}
	var all []*loader.BufferedFile
	err = fs.WalkDir(files, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == folder {
			return err
		}
		relative := strings.TrimPrefix(name, folder+"/")
		info, err := entry.Info()
		if err != nil {
			return err
		}
		leftOut := rules.Ignore(relative, info)
		if leftOut && entry.IsDir() {
			return fs.SkipDir
		}
		if leftOut || entry.IsDir() {
			return nil
		}
		data, err := fs.ReadFile(files, name)
		all = append(all, &loader.BufferedFile{Name: relative, Data: data})
		return err
	})
	return all, err
}

// Definitions reads the definitions of kinds in a folder of a module, for what brings
// its kinds without a chart.
func Definitions(ctx context.Context, module, folder string) ([]runtime.Object, error) {
	archive, err := download(ctx, module)
	if err != nil {
		return nil, err
	}
	files, err := zip.OpenReader(archive)
	if err != nil {
		return nil, err
	}
	texts, err := read(files, path.Join(module, folder))
	if err = errors.Join(err, files.Close()); err != nil {
		return nil, fmt.Errorf("definitions of %s: %w", module, err)
	}
	var all []runtime.Object
	for _, text := range texts {
		objects, err := cluster.Parse(text.Data)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", text.Name, module, err)
		}
		for _, object := range objects {
			if object.GetObjectKind().GroupVersionKind().Kind == "CustomResourceDefinition" {
				all = append(all, object)
			}
		}
	}
	return all, nil
}

// download has the go command fetch a module, and check it, and returns its archive.
// The command fails for a module that wants a newer Go, but the charts in it are not Go.
func download(ctx context.Context, module string) (archive string, err error) {
	if module == "" {
		return "", errors.New("no module holds it")
	}
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", module) //nolint:gosec // a module of the project's own table
	command.Dir = os.TempDir()                                                    // outside of any module whose go.sum it might change
	output, failure := command.Output()
	var found struct{ Zip, Error string }
	if err = json.Unmarshal(output, &found); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, errors.Join(failure, err))
	}
	if found.Zip == "" {
		return "", fmt.Errorf("go mod download %s: %s: %w", module, found.Error, failure)
	}
	return found.Zip, nil
}
