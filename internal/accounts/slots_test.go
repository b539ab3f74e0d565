package accounts

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
)

func at(slot int) *int { return &slot }

func assign(written map[string]*int, capacity int) (map[string]int, []string, []config.Problem) {
	slots, problems := AssignSlots("campus", written, capacity)
	var fixes []string
	for _, problem := range problems {
		fixes = append(fixes, problem.Fix)
	}
	return slots, fixes, problems
}

func TestNoTwoSlotsShareARedisDatabase(t *testing.T) {
	seen := map[int]int{}
	for slot := range 256 {
		broker, cache := RedisDatabases(slot)
		for _, database := range []int{broker, cache} {
			if owner, taken := seen[database]; taken || database < 0 || database >= 512 {
				t.Fatalf("database %d of slot %d: slot %d has it", database, slot, owner)
			}
			seen[database] = slot
		}
	}
	if broker, cache := RedisDatabases(0); broker != 0 || cache != 1 {
		t.Errorf("the first slot has the databases %d and %d, want Tutor's own 0 and 1", broker, cache)
	}
}

func TestWrittenSlotsAreKeptWhoeverComesOrGoes(t *testing.T) {
	written := map[string]*int{"acme": at(2), "beta": at(0), "gamma": at(5), "delta": at(1)}
	for _, gone := range slices.Sorted(maps.Keys(written)) {
		fewer := maps.Clone(written)
		delete(fewer, gone)
		slots, fixes, _ := assign(fewer, 8)
		if len(fixes) != 0 {
			t.Errorf("without %q: %v", gone, fixes)
		}
		for slug, slot := range slots {
			if slot != *written[slug] {
				t.Errorf("without %q, %q moved from %d to %d", gone, slug, *written[slug], slot)
			}
		}
	}
	more := maps.Clone(written)
	more["aaaa"] = at(7)
	if slots, fixes, _ := assign(more, 8); len(fixes) != 0 || slots["acme"] != 2 || slots["aaaa"] != 7 || len(slots) != 5 {
		t.Errorf("got %v, %v", slots, fixes)
	}
}

func TestALoneInstanceNeedsASlotTooAndIsToldWhichIsFree(t *testing.T) {
	_, _, problems := assign(map[string]*int{"main": nil}, 64)
	want := []config.Problem{{
		Key:  "openedx:instances.main.slot",
		Want: "missing: every instance has a slot, the place of its two Redis databases; 0 is free",
		Fix:  "pulumi config set --path openedx:instances.main.slot 0 --stack campus",
	}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func TestANewInstanceIsOfferedASlotNobodyEverHad(t *testing.T) {
	// Slots 1 and 2 may be what removed instances left behind.
	_, fixes, problems := assign(map[string]*int{"main": at(0), "old": at(3), "new": nil}, 64)
	if want := []string{"pulumi config set --path openedx:instances.new.slot 4 --stack campus"}; !slices.Equal(fixes, want) {
		t.Errorf("got %v, want %v", fixes, want)
	}
	if strings.Contains(problems[0].Want, "flush") {
		t.Errorf("nothing is to be flushed: %q", problems[0].Want)
	}
}

func TestAGapIsOfferedLastAndWithTheDatabasesToFlush(t *testing.T) {
	_, fixes, problems := assign(map[string]*int{"main": at(0), "old": at(3), "new": nil}, 4)
	if want := []string{"pulumi config set --path openedx:instances.new.slot 1 --stack campus"}; !slices.Equal(fixes, want) {
		t.Errorf("got %v, want %v", fixes, want)
	}
	if !strings.Contains(problems[0].Want, "flush the Redis databases 2 and 3 first") {
		t.Errorf("got %q", problems[0].Want)
	}
}

func TestTwoProposalsAreNeverTheSameSlot(t *testing.T) {
	_, fixes, _ := assign(map[string]*int{"a1": nil, "b1": nil, "c1": nil, "main": at(0)}, 4)
	want := []string{
		"pulumi config set --path openedx:instances.a1.slot 1 --stack campus",
		"pulumi config set --path openedx:instances.b1.slot 2 --stack campus",
		"pulumi config set --path openedx:instances.c1.slot 3 --stack campus",
	}
	if !slices.Equal(fixes, want) {
		t.Errorf("got %v, want %v", fixes, want)
	}
}

func TestASharedSlotIsReportedOnceAndNamesBothInstances(t *testing.T) {
	_, _, problems := assign(map[string]*int{"main": at(0), "second": at(0)}, 64)
	if len(problems) != 1 {
		t.Fatalf("got %d problems: %v", len(problems), problems)
	}
	got := problems[0]
	if got.Key != "openedx:instances.second.slot" || got.Got != "0" || !strings.Contains(got.Want, `"main"`) ||
		!strings.Contains(got.Want, "move the one added last") || got.Fix != "pulumi config set --path openedx:instances.second.slot 1 --stack campus" {
		t.Errorf("got %+v", got)
	}
}

func TestSlotsEndWhereTheDatabasesEnd(t *testing.T) {
	for slot, good := range map[int]bool{-1: false, 0: true, 31: true, 32: false} {
		_, fixes, problems := assign(map[string]*int{"main": at(slot)}, 32)
		if (len(problems) == 0) != good {
			t.Errorf("slot %d: got %v", slot, problems)
		}
		if !good && (!strings.Contains(problems[0].Want, "0 to 31") || !strings.HasSuffix(fixes[0], "main.slot 0 --stack campus")) {
			t.Errorf("slot %d: got %+v", slot, problems[0])
		}
	}
}

func TestMoreInstancesThanRedisHoldsIsReportedWithTheNumberThatFits(t *testing.T) {
	written := map[string]*int{"a1": at(0), "b1": at(1)}
	if _, _, problems := assign(written, 2); len(problems) != 0 {
		t.Fatalf("two fit: %v", problems)
	}
	written["c1"] = nil
	_, _, problems := assign(written, 2)
	if len(problems) != 2 {
		t.Fatalf("got %v", problems)
	}
	if problems[0].Key != "openedx:instances" || problems[0].Got != "3 instances" || !strings.Contains(problems[0].Want, "more than the 2 that fit") {
		t.Errorf("got %+v", problems[0])
	}
	if problems[1].Fix != "" || !strings.Contains(problems[1].Want, "no slot is free") {
		t.Errorf("got %+v", problems[1])
	}
}
