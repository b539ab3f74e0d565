// Package machines knows what the machines of the data stores and of the bastion
// have: which there are, how much memory, how many connections. It imports the
// standard library only.
package machines

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Machine is what one size of machine has.
type Machine struct {
	MemoryGiB float64
	// Connections is the most that the store lets in by default; 0 where it is
	// not the machine that decides.
	Connections int
	// StorageGiB is the largest volume it takes; 0 where the store has no volume of its own.
	StorageGiB int
	// Burstable machines live on credits and slow down when they have none.
	Burstable bool
}

// Kind is a store by the machines it runs on.
type Kind string

// The kinds of machines.
const (
	MySQL   Kind = "mysql"
	Mongo   Kind = "mongo"
	Cache   Kind = "cache"
	Search  Kind = "search"
	Bastion Kind = "bastion"
)

// SearchMaster is the machine of OpenSearch's dedicated masters: they hold no data.
const SearchMaster = "m7g.large.search"

// RootGiB is the system disk of MongoDB's machines and of the bastion: room for the
// system, its logs and the packages.
const RootGiB = 20

// Find returns what a machine has, by the name that AWS gives it.
func Find(kind Kind, name string) (Machine, bool) {
	machine, ok := all[kind][name]
	return machine, ok
}

// Names lists the machines of a kind, least memory first.
func Names(kind Kind) []string {
	return slices.SortedFunc(maps.Keys(all[kind]), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[kind][a].MemoryGiB, all[kind][b].MemoryGiB), strings.Compare(a, b))
	})
}

// Families lists the families of a kind, such as r7g.
func Families(kind Kind) []string {
	seen := map[string]bool{}
	for name := range all[kind] {
		seen[Family(name)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Family returns the family in a machine's name: r7g of db.r7g.large, of
// r7g.large and of r7g.large.search.
func Family(name string) string {
	for _, word := range []string{"db.", "cache."} {
		name = strings.TrimPrefix(name, word)
	}
	family, _, _ := strings.Cut(name, ".")
	return family
}

// Connections is how many connections an Aurora MySQL of so much memory lets in:
// what the largest machine that has no more memory does.
func Connections(memoryGiB float64) int {
	most := 0
	for _, machine := range all[MySQL] {
		if machine.MemoryGiB <= memoryGiB {
			most = max(most, machine.Connections)
		}
	}
	return most
}
