package charts

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/release"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/tests/cluster/cluster"
	"example.org/openedx/tests/cluster/declared"
)

// World is what a chart finds in the cluster that it is installed into.
type World struct {
	// Kubernetes is the version, such as 1.35.
	Kubernetes string
	// Kinds are the kinds beyond Kubernetes' own that the server knows by then, such
	// as monitoring.coreos.com/v1/ServiceMonitor.
	Kinds []string
}

// Render is what Helm would send to the cluster for a release, definitions and hooks
// included.
func (c *Chart) Render(asked declared.Release, world World) ([]*unstructured.Unstructured, error) {
	text, err := c.render(asked, world, true)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", asked.Chart, err)
	}
	objects, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("what comes of %s: %w", asked.Chart, err)
	}
	return objects, nil
}

func (c *Chart) render(asked declared.Release, world World, definitions bool) (string, error) {
	if asked.Version != c.pinned.Version {
		return "", fmt.Errorf("the release is of version %q, pinned is %q", asked.Version, c.pinned.Version)
	}
	loaded, err := c.load()
	if err != nil {
		return "", err
	}
	values, err := asHelm(asked.Values)
	if err != nil {
		return "", err
	}
	if err = c.without(loaded, values); err != nil {
		return "", err
	}
	version, err := chartutil.ParseKubeVersion("v" + world.Kubernetes)
	if err != nil {
		return "", err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun, install.ClientOnly, install.IncludeCRDs = true, true, definitions
	install.ReleaseName, install.Namespace = asked.Name, asked.Namespace
	install.KubeVersion, install.APIVersions = version, world.Kinds
	made, err := install.Run(loaded, values)
	if err != nil {
		return "", err
	}
	return whole(made), nil
}

// whole is all that Helm sends; what it only makes for its own tests is left out.
func whole(made *release.Release) string {
	text := made.Manifest
	for _, hook := range made.Hooks {
		if !slices.Contains(hook.Events, release.HookTest) {
			text += separator + hook.Manifest
		}
	}
	return text
}

const separator = "\n---\n"

// asHelm makes of values what Helm gets from Pulumi's provider: all numbers are
// floating, and templates write large ones in another way than integers.
func asHelm(values map[string]any) (map[string]any, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	copied := map[string]any{}
	return copied, json.Unmarshal(text, &copied)
}

// without switches off the subcharts that are not to be had. That is all that is
// changed in the program's own values.
func (c *Chart) without(loaded *chart.Chart, values map[string]any) error {
	for _, dependency := range loaded.Metadata.Dependencies {
		if !slices.Contains(c.Missing, dependency.Name) {
			continue
		}
		name, key, found := strings.Cut(dependency.Condition, ".")
		if !found || strings.Contains(key, ".") {
			return fmt.Errorf("subchart %s is in no module and cannot be switched off by %q", dependency.Name, dependency.Condition)
		}
		section, ok := values[name].(map[string]any)
		if !ok {
			section = map[string]any{}
		}
		section[key] = false
		values[name] = section
	}
	return nil
}

// parse reads the objects of a rendering.
func parse(text string) ([]*unstructured.Unstructured, error) {
	parsed, err := cluster.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	objects := make([]*unstructured.Unstructured, 0, len(parsed))
	for _, object := range parsed {
		// Whole numbers have to be integers, as Kubernetes' own decoder has them.
		text, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		plain := &unstructured.Unstructured{}
		if err = plain.UnmarshalJSON(text); err != nil {
			return nil, err
		}
		if plain.GetName() == "" {
			return nil, fmt.Errorf("a %s without a name", plain.GetKind())
		}
		objects = append(objects, plain)
	}
	if len(objects) == 0 {
		return nil, errors.New("nothing comes of it")
	}
	return objects, nil
}

// Kinds lists what definitions among objects let the server know, as Helm names it.
func Kinds(objects []*unstructured.Unstructured) ([]string, error) {
	var kinds []string
	for _, object := range objects {
		if object.GetKind() != "CustomResourceDefinition" {
			continue
		}
		var definition apiextensionsv1.CustomResourceDefinition
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &definition); err != nil {
			return nil, fmt.Errorf("definition %s: %w", object.GetName(), err)
		}
		for _, version := range definition.Spec.Versions {
			name := definition.Spec.Group + "/" + version.Name
			kinds = append(kinds, name, name+"/"+definition.Spec.Names.Kind)
		}
	}
	return kinds, nil
}
