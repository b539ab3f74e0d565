// Package simulation knows how long a cloud takes to make each resource, and which
// resources really need each other, and so how long a deployment takes and how
// long it takes at least. It imports no SDK: what it is told of a deployment is
// what the engine keeps in its state.
package simulation

import "strings"

// Resource is a resource of a deployment, as the engine's state has it.
type Resource struct {
	URN                  string              `json:"urn"`
	Type                 string              `json:"type"`
	Custom               bool                `json:"custom"`
	Parent               string              `json:"parent"`
	Provider             string              `json:"provider"`
	Dependencies         []string            `json:"dependencies"`
	PropertyDependencies map[string][]string `json:"propertyDependencies"`
	Inputs               map[string]any      `json:"inputs"`
}

// Name is the resource's name in the program.
func (r Resource) Name() string { return nameOf(r.URN) }

func nameOf(urn string) string { return urn[strings.LastIndex(urn, ":")+1:] }

// input is one of its properties, where that is a text.
func (r Resource) input(name string) string {
	if text, ok := r.Inputs[name].(string); ok {
		return text
	}
	return ""
}

// remote tells whether it is a component that a provider makes, which is finished
// once everything in it is. The program's own components are finished at once.
func (r Resource) remote() bool {
	return r.URN != "" && !r.Custom && !strings.HasPrefix(r.Type, "openedx:") && !strings.HasPrefix(r.Type, "pulumi:")
}

// providerURN is the provider that makes it; the reference in the state ends with its id.
func (r Resource) providerURN() string {
	if at := strings.LastIndex(r.Provider, "::"); at > 0 {
		return r.Provider[:at]
	}
	return ""
}
