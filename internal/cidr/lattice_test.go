package cidr_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/cidr"
)

func TestTheLatticeOfASixteen(t *testing.T) {
	lattice, err := cidr.NewLattice("10.20.0.0/16")
	if err != nil {
		t.Fatal(err)
	}
	want := cidr.Tiers{Public: "10.20.128.0/18", Private: "10.20.0.0/17", Data: "10.20.192.0/18"}
	if diff := cmp.Diff(want, lattice.Tiers()); diff != "" {
		t.Error(diff)
	}
	slots := []cidr.Tiers{
		{Public: "10.20.128.0/20", Private: "10.20.0.0/19", Data: "10.20.192.0/20"},
		{Public: "10.20.144.0/20", Private: "10.20.32.0/19", Data: "10.20.208.0/20"},
		{Public: "10.20.160.0/20", Private: "10.20.64.0/19", Data: "10.20.224.0/20"},
		{Public: "10.20.176.0/20", Private: "10.20.96.0/19", Data: "10.20.240.0/20"},
	}
	for i, want := range slots {
		got, err := lattice.Slot(i)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("slot %d: %s", i, diff)
		}
	}
}

func TestSubnetsFillTheBlockWithoutOverlap(t *testing.T) {
	for _, block := range []string{"10.0.0.0/16", "172.16.0.0/17", "192.168.128.0/18", "100.64.32.0/19", "10.1.16.0/20"} {
		lattice, err := cidr.NewLattice(block)
		if err != nil {
			t.Fatal(err)
		}
		all := subnets(t, lattice)
		addresses := 0
		for i, prefix := range all {
			for _, other := range all[:i] {
				if other.Overlaps(prefix) {
					t.Errorf("%s: %s overlaps %s", block, prefix, other)
				}
			}
			addresses += 1 << (32 - prefix.Bits())
		}
		if want := 1 << (32 - netip.MustParsePrefix(block).Bits()); addresses != want {
			t.Errorf("%s: %d addresses in subnets, want %d", block, addresses, want)
		}
	}
}

// subnets lists every subnet of a lattice, each of which must be a quarter of
// its tier.
func subnets(t *testing.T, lattice cidr.Lattice) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	tiers := lattice.Tiers()
	for i := range cidr.Slots {
		slot, err := lattice.Slot(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]string{{tiers.Public, slot.Public}, {tiers.Private, slot.Private}, {tiers.Data, slot.Data}} {
			tier, subnet := netip.MustParsePrefix(pair[0]), netip.MustParsePrefix(pair[1])
			if !tier.Overlaps(subnet) || subnet.Bits() != tier.Bits()+2 {
				t.Errorf("%s is not a quarter of %s", subnet, tier)
			}
			all = append(all, subnet)
		}
	}
	return all
}

func TestABlockThatCannotBeCutIsRefused(t *testing.T) {
	for block, want := range map[string]string{
		"10.20.0.0":    "10.20.0.0",
		"fd00::/56":    "is not IPv4",
		"10.20.1.0/16": "is not aligned; its network address is 10.20.0.0/16",
		"10.0.0.0/29":  "insufficient address space",
		"":             "no '/'",
	} {
		_, err := cidr.NewLattice(block)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", block, err, want)
		}
	}
}

func TestASlotOutsideTheLatticeIsRefused(t *testing.T) {
	lattice, err := cidr.NewLattice("10.0.0.0/16")
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range []int{-1, cidr.Slots} {
		if _, err := lattice.Slot(slot); err == nil {
			t.Errorf("slot %d: no error", slot)
		}
	}
}
