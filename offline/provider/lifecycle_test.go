package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	difference "github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"sigs.k8s.io/yaml"
)

// life is what happens to the resources of one service; testdata has one a file.
type life struct {
	Package string `json:"package"`
	// Graph is created in this order and deleted in the reverse one.
	Graph []struct {
		Name   string         `json:"name"`
		Type   string         `json:"type"`
		Inputs map[string]any `json:"inputs"`
		// Region is another one than that of the rest, with a provider of its own.
		Region string `json:"region"`
	} `json:"graph"`
	// Outputs are the forms of outputs, by name and path.
	Outputs map[string]string `json:"outputs"`
	// Refused are copies of a resource, or updates, that the cloud will not take.
	Refused []struct {
		alteration
		Name   string   `json:"name"`
		Update bool     `json:"update"`
		Region string   `json:"region"`
		Says   []string `json:"says"`
	} `json:"refused"`
	Kept map[string]string `json:"kept"`
	// Changes happen one after another, in place or by replacement, in which
	// case the diff is all there is.
	Changes []struct {
		alteration
		Replaces string `json:"replaces"`
	} `json:"changes"`
	// Hidden are texts that may never be on disk or in an error.
	Hidden []string `json:"hidden"`
}

// alteration changes inputs of a resource by their paths; null takes one away.
type alteration struct {
	Of  string         `json:"of"`
	Set map[string]any `json:"set"`
}

// stage is a world with named resources in it.
type stage struct {
	*world
	life   life
	things map[string]*thing
	inputs map[string]map[string]any
	// regions are the other providers, and homes those of the things there.
	regions, homes map[string]*world
}

func TestServicesLiveAsTheirDataSays(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			newStage(t, file).foretell()
			s := newStage(t, file)
			s.build()
			s.refuse()
			s.alter()
			s.tearDown()
		})
	}
}

func newStage(t *testing.T, file string) *stage {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{
		things: map[string]*thing{}, inputs: map[string]map[string]any{},
		regions: map[string]*world{}, homes: map[string]*world{},
	}
	if err := yaml.UnmarshalStrict(data, &s.life); err != nil {
		t.Fatal(err)
	}
	s.world = open(t, s.life.Package, t.TempDir())
	if s.life.Package == "aws" {
		s.things["net"], s.things["a"] = s.network()
		s.things["b"] = s.create(subnetType, "b", zone(s.things["net"], "b", "10.0.1.0/24"))
		s.things["group"] = s.create(groupType, "g", props{"vpcId": s.things["net"].id})
	}
	return s
}

// in gives the provider of a region.
func (s *stage) in(region string) *world {
	if region == "" {
		return s.world
	}
	if s.regions[region] == nil {
		s.regions[region] = openIn(s.t, s.life.Package, s.dir, region)
	}
	return s.regions[region]
}

// home gives the provider that made a thing.
func (s *stage) home(name string) *world { return cmp.Or(s.homes[name], s.world) }

var names = regexp.MustCompile(`\$\{(\w+)\.?([^}]*)\}`)

// fill writes ids and outputs in place of ${name} and ${name.path}, and makes a
// secret of {secret: text}.
func (s *stage) fill(value any) any {
	switch value := value.(type) {
	case string:
		return names.ReplaceAllStringFunc(value, s.named)
	case []any:
		filled := make([]any, 0, len(value))
		for _, item := range value {
			filled = append(filled, s.fill(item))
		}
		return filled
	case map[string]any:
		if secret, ok := value["secret"]; ok {
			return resource.MakeSecret(resource.NewPropertyValue(secret))
		}
		filled := map[string]any{}
		for key, item := range value {
			filled[key] = s.fill(item)
		}
		return filled
	default:
		return value
	}
}

// named gives what ${name} or ${name.path} stands for.
func (s *stage) named(match string) string {
	parts := names.FindStringSubmatch(match)
	switch of := s.things[parts[1]]; {
	case of == nil:
		return match
	case parts[2] == "":
		return of.id
	default:
		return of.text(parts[2])
	}
}

// altered gives the inputs of a resource with some of them changed.
func (s *stage) altered(a alteration) map[string]any {
	s.t.Helper()
	changed := resource.NewPropertyMapFromMap(maps.Clone(s.inputs[a.Of]))
	for path, value := range a.Set {
		steps, err := resource.ParsePropertyPath(path)
		if err != nil {
			s.t.Fatal(err)
		}
		if value == nil {
			steps.Delete(resource.NewProperty(changed))
		} else {
			steps.Add(resource.NewProperty(changed), resource.NewPropertyValue(value))
		}
	}
	return changed.Mappable()
}

func (s *stage) filled(inputs map[string]any) props {
	filled := props{}
	for key, value := range inputs {
		filled[key] = s.fill(value)
	}
	return filled
}

// foretell previews the whole graph, in which no resource knows another yet.
func (s *stage) foretell() {
	for _, each := range s.life.Graph {
		inputs := props{}
		for key, value := range each.Inputs {
			inputs[key] = s.fill(value)
			if names.MatchString(fmt.Sprint(value)) {
				inputs[key] = resource.MakeComputed(resource.NewProperty(""))
			}
		}
		if _, err := s.in(each.Region).try(each.Type, each.Name, inputs, true); err != nil {
			s.t.Errorf("a preview refused %s: %v", each.Name, err)
		}
	}
}

func (s *stage) build() {
	for _, each := range s.life.Graph {
		s.inputs[each.Name] = each.Inputs
		s.homes[each.Name] = s.in(each.Region)
		s.things[each.Name] = s.in(each.Region).create(each.Type, each.Name, s.filled(each.Inputs))
		s.settled(each.Name)
	}
	for at, form := range s.life.Outputs {
		name, path, _ := strings.Cut(at, ".")
		if got := s.things[name].text(path); !regexp.MustCompile(form).MatchString(got) {
			s.t.Errorf("%s is %q, want %s", at, got, form)
		}
	}
}

// settled expects that neither the program nor a refresh sees a difference.
func (s *stage) settled(name string) {
	s.t.Helper()
	made, home := s.things[name], s.home(name)
	if answer, _ := home.diff(made, s.filled(s.inputs[name])); len(answer.DetailedDiff) > 0 {
		s.t.Errorf("%s is not what was asked for: %v", name, answer.DetailedDiff)
	}
	same := home.read(made)
	if drift := difference.Diff(fmt.Sprint(made.inputs, made.outputs), fmt.Sprint(same.inputs, same.outputs)); drift != "" {
		s.t.Errorf("%s has drift: %s", name, drift)
	}
	for _, word := range s.life.Hidden {
		assertNotOnDisk(s.t, s.dir, word)
	}
}

func (s *stage) refuse() {
	for _, c := range s.life.Refused {
		old := s.things[c.Of]
		olds, name := resource.PropertyMap(nil), "another"
		if c.Update {
			olds, name = old.inputs, old.name
		}
		home := s.home(c.Of)
		if c.Region != "" {
			home = s.in(c.Region)
		}
		inputs := s.filled(s.altered(c.alteration))
		_, failures := home.check(old.token, name, olds, inputs)
		told := strings.Join(failures, "; ")
		if told == "" && !c.Update {
			// Only the operation itself knows what is in other regions.
			if _, err := home.try(old.token, name, inputs, false); err != nil {
				told = err.Error()
			}
		}
		for _, part := range c.Says {
			if !strings.Contains(told, part) {
				s.t.Errorf("%s: %q is not in: %s", c.Name, part, told)
			}
		}
		s.unspoken(told)
	}
	for name, says := range s.life.Kept {
		refused(s.t, s.home(name).delete(s.things[name]), says)
	}
}

func (s *stage) unspoken(told string) {
	for _, word := range s.life.Hidden {
		if strings.Contains(told, word) {
			s.t.Errorf("%q is in: %s", word, told)
		}
	}
}

func (s *stage) alter() {
	for _, change := range s.life.Changes {
		old, inputs := s.things[change.Of], s.altered(change.alteration)
		home := s.home(change.Of)
		answer, _ := home.diff(old, s.filled(inputs))
		if change.Replaces != "" {
			if !slices.ContainsFunc(answer.Replaces, func(path string) bool { return strings.HasPrefix(path, change.Replaces) }) {
				s.t.Errorf("%v of %s: want %s to replace it, got %v", change.Set, change.Of, change.Replaces, answer)
			}
			continue
		}
		if len(answer.DetailedDiff) == 0 || len(answer.Replaces) > 0 {
			s.t.Errorf("%v of %s is no update in place: %v", change.Set, change.Of, answer)
		}
		if planned, err := home.update(old, s.filled(inputs), true); err != nil || len(planned.outputs) < len(old.inputs) {
			s.t.Errorf("the preview of %v of %s gives %v, %v", change.Set, change.Of, planned, err)
		}
		changed, err := home.update(old, s.filled(inputs), false)
		if err != nil {
			s.t.Fatal(err)
		}
		s.things[change.Of], s.inputs[change.Of] = changed, inputs
		s.settled(change.Of)
	}
}

func (s *stage) tearDown() {
	for _, each := range slices.Backward(s.life.Graph) {
		home := s.home(each.Name)
		if err := home.delete(s.things[each.Name]); err != nil || home.read(s.things[each.Name]) != nil {
			s.t.Errorf("deleting %s: %v", each.Name, err)
		}
	}
}
