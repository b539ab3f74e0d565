package accounts

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"example.org/openedx/internal/config"
)

const instancesKey = "openedx:instances"

// RedisDatabases returns the numbers of the two Redis databases of a slot: Celery's broker and Django's cache.
// They are two because all instances use the same key names, and the sessions of one would be read by another.
func RedisDatabases(slot int) (broker, cache int) { return 2 * slot, 2*slot + 1 }

// AssignSlots reads the slot written for every instance of a stack and reports each that is missing, taken or too high.
// Capacity is how many instances the Redis databases hold.
//
// A slot decides whose sessions and queued tasks a Redis database holds. It is therefore always written, for a lone
// instance too, and never derived from the other instances: adding or removing one moves nobody.
func AssignSlots(stack string, written map[string]*int, capacity int) (map[string]int, []config.Problem) {
	slots, holders := map[string]int{}, map[int][]string{}
	var problems []config.Problem
	if len(written) > capacity {
		problems = append(problems, config.Problem{
			Key: instancesKey,
			Got: fmt.Sprintf("%d instances", len(written)),
			Want: fmt.Sprintf("are more than the %d that fit: each takes two of the %d Redis databases, a number set when "+
				"Redis was created; build the others in another stack", capacity, 2*capacity),
		})
	}
	ordered := slices.Sorted(maps.Keys(written))
	for _, slug := range ordered {
		if slot := written[slug]; slot != nil {
			slots[slug] = *slot
			holders[*slot] = append(holders[*slot], slug)
		}
	}
	free := unused(holders, capacity)
	for _, slug := range ordered {
		got, want := complaint(slug, written[slug], holders, capacity)
		if want == "" {
			continue
		}
		var proposal slot
		if len(free) > 0 {
			proposal, free = free[0], free[1:]
		}
		problems = append(problems, proposal.problem(stack, slug, got, want))
	}
	return slots, problems
}

// complaint says what is wrong with one instance's slot, or nothing.
func complaint(slug string, written *int, holders map[int][]string, capacity int) (got, want string) {
	if written == nil {
		return "", "missing: every instance has a slot, the place of its two Redis databases"
	}
	got = strconv.Itoa(*written)
	if *written < 0 || *written >= capacity {
		return got, fmt.Sprintf("is not one of the slots 0 to %d", capacity-1)
	}
	// Which of two came last, and so has to move, is known to the operator only: the command names the one that sorts last.
	if first := holders[*written][0]; first != slug {
		return got, fmt.Sprintf("is also the slot of %q: the two would read each other's sessions; move the one added last, "+
			"and if that is %q name it in the command instead", first, first)
	}
	return "", ""
}

// slot is a free slot that can be proposed.
type slot struct {
	number int
	// gap says that a higher slot is taken, so that an instance that is gone may have left data in this one.
	gap, exists bool
}

// unused lists the free slots, those above every taken one first: nobody ever had them.
func unused(holders map[int][]string, capacity int) []slot {
	highest := -1
	for number := range holders {
		if number < capacity {
			highest = max(highest, number)
		}
	}
	var above, gaps []slot
	for number := range capacity {
		switch {
		case number > highest:
			above = append(above, slot{number: number, exists: true})
		case len(holders[number]) == 0:
			gaps = append(gaps, slot{number: number, gap: true, exists: true})
		}
	}
	return append(above, gaps...)
}

// problem proposes the slot to an instance and writes the command that takes it.
func (s slot) problem(stack, slug, got, want string) config.Problem {
	key := config.Child(config.Child(instancesKey, slug), "slot")
	if !s.exists {
		return config.Problem{Key: key, Got: got, Want: want + "; no slot is free"}
	}
	want += fmt.Sprintf("; %d is free", s.number)
	if s.gap {
		broker, cache := RedisDatabases(s.number)
		want += fmt.Sprintf(", but flush the Redis databases %d and %d first: an instance that is gone may have used them", broker, cache)
	}
	return config.Problem{Key: key, Got: got, Want: want, Fix: config.SetCommand(stack, key, strconv.Itoa(s.number))}
}
