package plan

import (
	"fmt"
	"regexp"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyParent       = "openedx:dns.parent"
	keyParentStack  = "openedx:dns.parent.stack"
	keyParentDomain = "openedx:dns.parent.domain"
	anyParent       = "campus"
)

// parentStack is the name of a stack of this program, or of any in full:
// https://www.pulumi.com/docs/iac/concepts/stacks/#create-stack
var parentStack = regexp.MustCompile(`^(?:[A-Za-z0-9_.-]+/([A-Za-z0-9_.-]+)/)?([A-Za-z0-9_.-]+)$`)

// domainKey is a domain and the key that it is written in.
type domainKey struct{ name, key string }

// shares tells whether an instance has its hosts in the zone that cells share, and
// so keeps them when it moves to another cell. It goes by the learners' host, which
// with a domain of the instance's own is never there.
func shares(settings config.Settings, as config.Instance) bool {
	return !within(as.LMS, settings.Domain) && within(as.LMS, or(settings.DNS.Parent.Domain, ""))
}

// umbrella is the domain under which every name is in a zone of this platform or
// in the one that it shares.
func (c *checker) umbrella() domainKey {
	if above := or(c.settings.DNS.Parent.Domain, ""); domainProblem(above) == "" && within(c.settings.Domain, above) {
		return domainKey{above, keyParentDomain}
	}
	return domainKey{c.settings.Domain, keyDomain}
}

// adrift tells whether the platform is a cell whose domain above cannot be one.
func (c *checker) adrift() bool {
	written := c.settings.DNS.Parent
	return written != (config.ParentZone{}) && domainProblem(or(written.Domain, "")) != ""
}

// parent wants a stack above, another than this one, and its domain, which is above
// this one's.
func (c *checker) parent() {
	written := c.settings.DNS.Parent
	if written == (config.ParentZone{}) {
		return
	}
	c.without(keyZoneID, c.settings.DNS.ZoneID != nil, "a cell's zone is made, so that the one above can delegate to it ("+keyParent+")")
	c.parentStack(or(written.Stack, ""))
	c.parentDomain(or(written.Domain, ""))
}

func (c *checker) parentStack(stack string) {
	parts := parentStack.FindStringSubmatch(stack)
	switch {
	case parts == nil:
		c.refuseFor(keyParentStack, stack, missingOr(stack, "is no stack")+"; the name of the stack that has the zone is wanted, such as "+anyParent, anyParent)
	case parts[2] == c.settings.Stack && (parts[1] == "" || parts[1] == project):
		c.refuse(keyParentStack, stack, "is this stack itself; another one is wanted, or none, where the platform shares its domain with no other",
			config.RemoveCommand(c.settings.Stack, keyParent))
	}
}

// project is what Pulumi.yaml calls this program.
const project = "openedx"

func (c *checker) parentDomain(above string) {
	domain := c.settings.Domain
	label, rest, _ := strings.Cut(domain, ".")
	switch {
	case domainProblem(above) != "":
		better := hostLike(above, "campus.example.org")
		if domainProblem(rest) == "" {
			better = rest
		}
		c.refuseFor(keyParentDomain, above, missingOr(above, domainProblem(above))+"; openedx:domain of the stack in "+keyParentStack+" is wanted", better)
	case domain != "" && domainProblem(domain) == "" && (domain == above || !within(domain, above)):
		c.refuseFor(keyDomain, domain, fmt.Sprintf("is not below %s, the domain in %s; a cell has a domain below the one that cells share",
			above, keyParentDomain), label+"."+above)
	}
}

// ParentProblems compares what the plan says of the stack above with what that
// stack has: its zone's id and its domain, each empty where it has none.
func (p Plan) ParentProblems(zoneID, domain string) []config.Problem {
	above := p.Edge.Parent
	switch {
	case zoneID == "":
		return []config.Problem{{
			Key: keyParentStack, Got: above.Stack, Want: "has no output zoneId: it is no platform of this program, or not deployed by this release of it",
			Fix: "pulumi up --stack " + above.Stack,
		}}
	case domain != above.Domain:
		return []config.Problem{{
			Key: keyParentDomain, Got: above.Domain, Want: fmt.Sprintf("is not the domain of stack %s, which is %s", above.Stack, domain),
			Fix: config.SetCommand(p.Stack, keyParentDomain, domain),
		}}
	}
	return nil
}
