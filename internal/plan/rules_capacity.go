package plan

import (
	"fmt"
	"maps"
	"slices"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/load"
)

const (
	keyLearners = "openedx:overrides.learners"
	keyCapacity = "openedx:capacity"
	// mostLearners is beyond what any Open edX was ever seen to carry: a typing error.
	mostLearners = 1_000_000
)

// learners wants numbers of learners that there can be.
func (c *checker) learners() {
	const what = "concurrent learners"
	c.inRange(keyLearners, c.settings.Overrides.Learners, 1, mostLearners, what)
	for _, slug := range c.slugs() {
		c.inRange(config.Child(config.Child(keyInstances, slug), "learners"), c.settings.Instances[slug].Learners, 1, mostLearners, what)
	}
}

// assumptions wants what is known about learners to be about something that the
// capacity model has, and possible.
func (c *checker) assumptions() {
	for _, name := range slices.Sorted(maps.Keys(c.settings.Capacity)) {
		key, value := config.Child(keyCapacity, name), c.settings.Capacity[name]
		assumption, known := load.Find(name)
		switch {
		case !known:
			c.refuseEntry(key, "", "unknown key"+suggest(config.Nearest(name, load.Keys()))+"; sizing.md lists the assumptions")
		case !assumption.Allows(value):
			c.refuseFor(key, fmt.Sprintf("%g", value), fmt.Sprintf("is out of range; %s is wanted", assumption.Range()), fmt.Sprintf("%g", assumption.Default))
		}
	}
}
