// Package cidr cuts a network's address block into the fixed lattice of
// subnets. It may import address arithmetic and nothing else.
package cidr

import (
	"fmt"
	"net"
	"net/netip"

	gocidr "github.com/apparentlymart/go-cidr/cidr"
)

// Slots is how many zones a lattice has room for, used or not.
const Slots = 4

// Tiers is one address block per tier.
type Tiers struct{ Public, Private, Data string }

// Lattice is a block cut so that no subnet ever moves: private takes half,
// public and data a quarter each, and every tier has four slots.
type Lattice struct {
	tiers Tiers
	slots [Slots]Tiers
}

// NewLattice cuts an IPv4 block, which must be aligned to its length.
func NewLattice(block string) (Lattice, error) {
	prefix, err := netip.ParsePrefix(block)
	if err != nil {
		return Lattice{}, fmt.Errorf("address block %q: %w", block, err)
	}
	if !prefix.Addr().Is4() {
		return Lattice{}, fmt.Errorf("address block %q is not IPv4", block)
	}
	if prefix != prefix.Masked() {
		return Lattice{}, fmt.Errorf("address block %q is not aligned; its network address is %s", block, prefix.Masked())
	}
	private, err := cut(block, 1, 0)
	if err != nil {
		return Lattice{}, err
	}
	public, err := cut(block, 2, 2)
	if err != nil {
		return Lattice{}, err
	}
	data, err := cut(block, 2, 3)
	if err != nil {
		return Lattice{}, err
	}
	lattice := Lattice{tiers: Tiers{Public: public, Private: private, Data: data}}
	for i := range lattice.slots {
		if lattice.slots[i], err = lattice.slot(i); err != nil {
			return Lattice{}, err
		}
	}
	return lattice, nil
}

// Tiers returns the aggregate block of each tier.
func (l Lattice) Tiers() Tiers { return l.tiers }

// Slot returns the subnets of one slot, which counts from 0 to Slots-1.
func (l Lattice) Slot(i int) (Tiers, error) {
	if i < 0 || i >= Slots {
		return Tiers{}, fmt.Errorf("slot %d is not one of the lattice's %d", i, Slots)
	}
	return l.slots[i], nil
}

// slot cuts one slot out of each tier.
func (l Lattice) slot(i int) (Tiers, error) {
	var slot Tiers
	for _, tier := range []struct {
		block string
		into  *string
	}{{l.tiers.Public, &slot.Public}, {l.tiers.Private, &slot.Private}, {l.tiers.Data, &slot.Data}} {
		block, err := cut(tier.block, 2, i)
		if err != nil {
			return Tiers{}, err
		}
		*tier.into = block
	}
	return slot, nil
}

// cut returns the numbered part of a block that is split 2^bits ways.
func cut(block string, bits, number int) (string, error) {
	_, network, err := net.ParseCIDR(block)
	if err != nil {
		return "", fmt.Errorf("address block %q: %w", block, err)
	}
	part, err := gocidr.Subnet(network, bits, number)
	if err != nil {
		return "", fmt.Errorf("address block %q: %w", block, err)
	}
	return part.String(), nil
}
