package plan

import (
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

// checker runs the rules over what was written and what the preset adds, and
// collects every problem. A rule says nothing about a value that was not
// written or could not be decoded: the reader has said so already.
type checker struct {
	settings config.Settings
	sizing   Sizing
	sized    bool // the preset is known, so sizing is real
	problems []config.Problem
}

// rules lists every rule, in no order that matters but for the last.
func (c *checker) rules() []func() {
	return []func(){
		c.stack, c.cloud, c.region, c.name, c.domain,
		c.block, c.zones, c.endpoints, c.flowLogs, c.roomForNodes,
		c.version, c.publicAccess, c.principals, c.clusterLogs,
		c.machine, c.nodeCounts, c.spot, c.codeJail, c.nodeDisk, c.nodeImage, c.quietHours, c.podsFit,
		c.dataDays, c.windows, c.emails, c.replaceable,
		c.mysqlVersion, c.mysqlMachine, c.mysqlCapacity, c.mysqlReaders,
		c.mongoKind, c.mongoMembers, c.mongoImages, c.mongoVolume, c.mongoAtlas, c.mongoExternal, c.mongoPassword,
		c.cacheVersion, c.cacheGroups, c.memcached,
		c.searchVersion, c.searchMachine, c.searchNodes, c.searchStorage, c.indexVolume,
		c.instances, c.slots, c.tags,
		c.zone, c.parent, c.ownDomains, c.sharedDomains, c.certificates, c.subjects,
		c.firewallRates, c.firewallBlocks, c.countries,
		c.mailDomain, c.sender, c.contacts, c.reports, c.mailServer, c.mailPassword,
		c.cdn, c.storage, c.registry, c.github, c.bastion, c.costs,
		c.copies, c.monthly, c.lock, c.monitoring, c.kept,
		c.learners, c.assumptions,
	}
}

// check runs every rule.
func check(settings config.Settings, sizing Sizing, sized bool) []config.Problem {
	c := &checker{settings: settings, sizing: sizing, sized: sized}
	for _, rule := range c.rules() {
		rule()
	}
	return c.problems
}

// refuse records a problem and the command that mends it.
func (c *checker) refuse(key, got, want, fix string) {
	c.problems = append(c.problems, config.Problem{Key: key, Got: got, Want: want, Fix: fix})
}

// refuseFor records a problem that another value mends.
func (c *checker) refuseFor(key, got, want, value string) {
	c.refuse(key, got, want, config.SetCommand(c.settings.Stack, key, value))
}

// refuseEach is refuseFor for an entry of a list, which is mended by leaving it
// out where the list has the other value already.
func (c *checker) refuseEach(key, got, want, value string, list []string) {
	if slices.Contains(list, value) {
		c.refuseEntry(key, got, want)
		return
	}
	c.refuseFor(key, got, want, value)
}

// refuseEntry records a problem that is mended by leaving the value out.
func (c *checker) refuseEntry(key, got, want string) {
	c.refuse(key, got, want, config.RemoveCommand(c.settings.Stack, key))
}

// inRange wants a number between two others, and tells whether it is or was not
// written. It suggests none that is less than the preset promises.
func (c *checker) inRange(key string, got *int, least, most int, what string) bool {
	if got == nil || (*got >= least && *got <= most) {
		return true
	}
	c.refuseFor(key, fmt.Sprint(*got), fmt.Sprintf("is out of range; %d to %d %s are wanted", least, most, what),
		fmt.Sprint(min(max(*got, least, c.least(key)), most)))
	return false
}

// oneOf wants a text from a list.
func (c *checker) oneOf(key string, got *string, list []string, what, usual string) {
	if got == nil || slices.Contains(list, *got) {
		return
	}
	nearest := config.Nearest(*got, list)
	if nearest == "" {
		nearest = usual
	}
	c.refuseFor(key, *got, fmt.Sprintf("is no %s known here; one of %s is wanted", what, strings.Join(list, ", ")), nearest)
}

// without refuses what was written for something that the platform does without.
func (c *checker) without(key string, written bool, why string) {
	if written {
		c.refuse(key, "", "means nothing here: "+why, config.RemoveCommand(c.settings.Stack, key))
	}
}

// written shows a list the way it is typed.
func written(list []string) string { return "[" + strings.Join(list, ", ") + "]" }

// repeated returns the entries of a list that stand there before, by index.
// Entries that could not be decoded are empty and never count.
func repeated(list []string) map[int]int {
	first, again := map[string]int{}, map[int]int{}
	for i, entry := range list {
		if entry == "" {
			continue
		}
		if before, ok := first[entry]; ok {
			again[i] = before
			continue
		}
		first[entry] = i
	}
	return again
}

// noRepeats refuses every entry of a list that stands there before.
func (c *checker) noRepeats(key string, list []string) {
	for i, before := range repeated(list) {
		c.refuseEntry(config.Element(key, i), list[i], fmt.Sprintf("is already entry %d of the list; once is wanted", before))
	}
}

// suggest is the end of a sentence that suggests a word, if there is one.
func suggest(word string) string {
	if word == "" {
		return ""
	}
	return "; did you mean " + word + "?"
}

// or returns what was written, or else what the preset says.
func or[T any](written *T, preset T) T {
	if written == nil {
		return preset
	}
	return *written
}
