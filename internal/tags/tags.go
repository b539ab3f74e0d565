// Package tags makes the one set of tags that every taggable resource carries.
// It imports the standard library only.
package tags

import (
	"maps"
	"slices"
	"strings"
)

// The keys the platform writes itself. They hold neither "/" nor ":", so that
// the same set is valid on every cloud.
const (
	ManagedBy = "managed-by"
	Stack     = "openedx-stack"
	Component = "openedx-component"
	Instance  = "openedx-instance"
	Name      = "Name"
	// Backup marks what the backup plan of the stack copies.
	Backup = "openedx-backup"
)

// manager is the value of ManagedBy.
const manager = "pulumi-openedx"

// Reserved returns, sorted, the keys that a user's own tags may not use.
func Reserved() []string {
	keys := []string{ManagedBy, Stack, Component, Instance, Name, Backup}
	slices.Sort(keys)
	return keys
}

// IsReserved tells whether a key is one of the platform's own, in any mixture
// of capitals: Azure does not tell keys apart by case.
func IsReserved(key string) bool {
	return slices.ContainsFunc(Reserved(), func(own string) bool { return strings.EqualFold(own, key) })
}

// Set makes the tags of one stack's resources.
type Set struct{ base map[string]string }

// New returns the tags of a stack. The platform's own keys win over the user's.
func New(stack string, user map[string]string) Set {
	base := make(map[string]string, len(user)+len(Reserved()))
	for key, value := range user {
		if !IsReserved(key) {
			base[key] = value
		}
	}
	base[ManagedBy] = manager
	base[Stack] = stack
	return Set{base: base}
}

// For returns a fresh map with the tags of one resource of a component.
func (s Set) For(component, name string) map[string]string {
	all := maps.Clone(s.base)
	if all == nil {
		all = map[string]string{}
	}
	all[Component] = component
	all[Name] = name
	return all
}

// ForInstance returns the tags of a resource that belongs to one Open edX instance.
func (s Set) ForInstance(component, name, instance string) map[string]string {
	all := s.For(component, name)
	all[Instance] = instance
	return all
}

// BackedUp adds the mark of the stack's backup plan to the tags of a resource.
func (s Set) BackedUp(all map[string]string) map[string]string {
	all[Backup] = s.base[Stack]
	return all
}
