package harness

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Graph is everything one run registered, sorted by URN, and the stack outputs
// it asked for.
type Graph struct {
	Resources []*Resource
	Exports   map[string]pulumi.Input
}

// One returns the only resource of a type and name.
func (g *Graph) One(t testing.TB, typ, name string) *Resource {
	t.Helper()
	var found []*Resource
	for _, r := range g.Resources {
		if r.Type == typ && r.Name == name {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s named %q, want one; there are:\n%s", len(found), typ, name, g.Inventory())
	}
	return found[0]
}

// All returns the resources of a type, sorted by name.
func (g *Graph) All(typ string) []*Resource {
	var found []*Resource
	for _, r := range g.Resources {
		if r.Type == typ {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *Resource) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// Count tells how many resources of a type there are.
func (g *Graph) Count(typ string) int { return len(g.All(typ)) }

// ByURN returns a resource, or nil.
func (g *Graph) ByURN(urn string) *Resource {
	i, found := slices.BinarySearchFunc(g.Resources, urn, func(r *Resource, urn string) int { return strings.Compare(r.URN, urn) })
	if !found {
		return nil
	}
	return g.Resources[i]
}

// Inventory is one line a resource, type and name, sorted.
func (g *Graph) Inventory() string {
	lines := make([]string, len(g.Resources))
	for i, r := range g.Resources {
		lines[i] = r.Type + " " + r.Name + "\n"
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// Waits tells whether a resource cannot be made before another is finished.
func (g *Graph) Waits(r *Resource, urn string) bool {
	seen := map[string]bool{}
	var search func(*Resource) bool
	search = func(r *Resource) bool {
		for _, dependency := range r.DependsOn {
			if dependency == urn {
				return true
			}
			if next := g.ByURN(dependency); next != nil && !seen[dependency] {
				seen[dependency] = true
				if search(next) {
					return true
				}
			}
		}
		return false
	}
	return search(r)
}

// Value is what an input holds, with secrets opened, found by a path as in
// "vpcConfig.subnetIds[0]"; nothing is found as the null value.
func (r *Resource) Value(t testing.TB, path string) resource.PropertyValue {
	t.Helper()
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		t.Fatalf("path %q: %v", path, err)
	}
	value, ok := parsed.Get(resource.NewProperty(plain(r.Inputs)))
	if !ok {
		return resource.NewNullProperty()
	}
	return value
}

// Text is an input that must be a string.
func (r *Resource) Text(t testing.TB, path string) string {
	t.Helper()
	value := r.Value(t, path)
	if !value.IsString() {
		t.Fatalf("%s %q: %s is %v, want a string", r.Type, r.Name, path, value)
	}
	return value.StringValue()
}

// String names a resource as a test reports it.
func (r *Resource) String() string { return fmt.Sprintf("%s %q", r.Type, r.Name) }

// plain opens secrets, so that a path can lead through them.
func plain(properties resource.PropertyMap) resource.PropertyMap {
	opened := resource.PropertyMap{}
	for key, value := range properties {
		opened[key] = open(value)
	}
	return opened
}

// open opens the secrets in one value.
func open(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return open(value.SecretValue().Element)
	case value.IsObject():
		return resource.NewProperty(plain(value.ObjectValue()))
	case value.IsArray():
		opened := make([]resource.PropertyValue, len(value.ArrayValue()))
		for i, element := range value.ArrayValue() {
			opened[i] = open(element)
		}
		return resource.NewProperty(opened)
	default:
		return value
	}
}
