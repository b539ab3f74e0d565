package declared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// State is what the program declares for a stack, with its secrets in plain words.
type State struct {
	// Resources are all of them; what a resource depends on comes before it.
	Resources []Resource
	// Objects are those that go into the cluster as they are, in the same order. They
	// are *unstructured.Unstructured, and the caller's own to change.
	Objects []runtime.Object
	// Releases are the charts that Helm installs.
	Releases []Release
	// Outputs are the stack's.
	Outputs map[string]any
}

// Resource is a resource of the stack.
type Resource struct {
	URN, Type, Name, ID string
	Inputs, Outputs     map[string]any
	// DependsOn are the URNs of what has to be there before, the parent included.
	DependsOn []string
}

// Release is a chart and what Helm is told to make of it.
type Release struct {
	Name, Namespace            string
	Chart, Repository, Version string
	Values                     map[string]any
}

const (
	kubernetes  = "kubernetes:"
	releaseType = "kubernetes:helm.sh/v3:Release"
	stackType   = "pulumi:pulumi:Stack"
)

// known are the exports of the stacks that were asked for. Whoever asks gets a state
// of his own, since objects are there to be changed.
var (
	lock  sync.Mutex
	known = map[string]func() ([]byte, error){}
)

// Load is what the program declares for a stack. The program runs once for the same
// settings, however many tests of a package ask.
func Load(t testing.TB, stack Stack) *State {
	t.Helper()
	state, err := Read(stack)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// Read is Load for what is not a test.
func Read(stack Stack) (*State, error) {
	// Maps are written with their keys sorted, so that the same settings are the same text.
	settings, err := json.Marshal([]any{stack.settings, stack.secrets})
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", stack.starter, err)
	}
	key := stack.starter + string(settings)
	lock.Lock()
	export, ok := known[key]
	if !ok {
		export = sync.OnceValues(func() ([]byte, error) { return run(stack) })
		known[key] = export
	}
	lock.Unlock()
	text, err := export()
	if err != nil {
		return nil, fmt.Errorf("stack %s: %w", stack.starter, err)
	}
	state, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", stack.starter, err)
	}
	return state, nil
}

// run brings the stack up and exports its state.
func run(stack Stack) (text []byte, err error) {
	w, err := open(stack)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for _, command := range []string{"up", "export"} {
		output, problems, err := w.run(context.Background(), command)
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s%s", command, err, output, problems)
		}
		text = output
	}
	return text, nil
}

// Refused runs a stack that the program is not to accept, and returns the CLI's exit
// status and what it printed.
func Refused(ctx context.Context, stack Stack) (status int, printed string, err error) {
	w, err := open(stack)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	output, problems, err := w.run(ctx, "up")
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(output) + string(problems), nil
	}
	return 0, string(output) + string(problems), err
}

func parse(text []byte) (*State, error) {
	var export struct {
		Deployment struct {
			Resources []struct {
				URN          string         `json:"urn"`
				Type         string         `json:"type"`
				ID           string         `json:"id"`
				Parent       string         `json:"parent"`
				Inputs       map[string]any `json:"inputs"`
				Outputs      map[string]any `json:"outputs"`
				Dependencies []string       `json:"dependencies"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(text, &export); err != nil {
		return nil, err
	}
	state := &State{}
	for _, r := range export.Deployment.Resources {
		resource := Resource{URN: r.URN, Type: r.Type, Name: r.URN[strings.LastIndex(r.URN, "::")+2:], ID: r.ID}
		resource.DependsOn = slices.DeleteFunc(append(slices.Clone(r.Dependencies), r.Parent), func(urn string) bool { return urn == "" })
		var err error
		if resource.Inputs, err = plainMap(r.Inputs); err == nil {
			resource.Outputs, err = plainMap(r.Outputs)
		}
		if err == nil {
			err = state.add(resource)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.URN, err)
		}
	}
	return state, nil
}

func (s *State) add(resource Resource) error {
	s.Resources = append(s.Resources, resource)
	switch {
	case resource.Type == stackType:
		s.Outputs = resource.Outputs
	case resource.Type == releaseType:
		release, err := newRelease(resource.Inputs)
		s.Releases = append(s.Releases, release)
		return err
	case strings.HasPrefix(resource.Type, kubernetes) && resource.ID != "":
		object, err := newObject(resource)
		s.Objects = append(s.Objects, object)
		return err
	}
	return nil
}

// newObject is what the API server gets: the inputs, with the name that the provider chose.
func newObject(resource Resource) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(resource.Inputs)}
	created := unstructured.Unstructured{Object: resource.Outputs}
	if object.GetAPIVersion() == "" || object.GetKind() == "" {
		return nil, errors.New("an object without apiVersion and kind")
	}
	if object.GetName() == "" {
		object.SetName(created.GetName())
	}
	if object.GetName() == "" {
		return nil, errors.New("an object without a name")
	}
	return object, nil
}

func newRelease(inputs map[string]any) (Release, error) {
	text, err := json.Marshal(inputs)
	if err != nil {
		return Release{}, err
	}
	var written struct {
		Name, Namespace, Chart, Version string
		RepositoryOpts                  struct{ Repo string }
		Values                          map[string]any
	}
	if err = json.Unmarshal(text, &written); err != nil {
		return Release{}, err
	}
	return Release{
		Name: written.Name, Namespace: written.Namespace, Chart: written.Chart,
		Repository: written.RepositoryOpts.Repo, Version: written.Version, Values: written.Values,
	}, nil
}

// Plugin is the plugin that an instance is handed over to Tutor with.
func (s *State) Plugin(t testing.TB, slug string) string {
	t.Helper()
	plugin, found, err := unstructured.NestedString(s.Outputs, "tutor", slug, "plugin")
	if err != nil || !found {
		t.Fatalf("the stack has no plugin for %s: %v", slug, err)
	}
	return plugin
}

// OfType are the resources of a type, such as "aws:eks/cluster:Cluster".
func (s *State) OfType(token string) []Resource {
	var all []Resource
	for _, resource := range s.Resources {
		if resource.Type == token {
			all = append(all, resource)
		}
	}
	return all
}
