package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

const keyInstances = "openedx:instances"

// instanceSlug begins the instance's namespace, database and bucket names, of
// which a MySQL user is the shortest with 32 characters.
var instanceSlug = regexp.MustCompile(`^[a-z][a-z0-9-]{0,18}[a-z0-9]$`)

// instances wants every instance to have a good slug and hosts of its own.
func (c *checker) instances() {
	owners := map[string]string{}
	for _, slug := range c.slugs() {
		key := config.Child(keyInstances, slug)
		c.slug(key, slug)
		as := c.settings.Instances[slug]
		filled := instanceOf(slug, as)
		for _, host := range []instanceHost{
			{"lms", as.LMS, filled.LMS},
			{"studio", as.Studio, filled.Studio},
			{"apps", as.Apps, filled.Apps},
			{"meilisearch", as.Meilisearch, filled.Meilisearch},
		} {
			c.host(key, host, as, owners)
		}
	}
}

// slugs lists the instances in the order in which they are reported.
func (c *checker) slugs() []string { return slices.Sorted(maps.Keys(c.settings.Instances)) }

// instanceHost is one of an instance's hosts, as it was written and as it is.
type instanceHost struct{ role, written, name string }

// slug wants the short name of an instance to fit into every name made from it.
func (c *checker) slug(key, slug string) {
	if strings.HasPrefix(slug, "kube-") || slug == "default" {
		c.refuseEntry(key, slug, "is a name that Kubernetes keeps for itself; another slug is wanted, such as main")
		return
	}
	if !instanceSlug.MatchString(slug) || strings.Contains(slug, "--") {
		c.refuseEntry(key, slug, fmt.Sprintf("is no slug; 2 to 20 lower-case letters, digits and single hyphens are wanted, "+
			"starting with a letter and not ending with a hyphen, such as %s", slugLike(slug, 2, 20, "main")))
	}
}

// host wants a good DNS name that nobody else has, under the domain whose zone
// gets its record.
func (c *checker) host(instance string, host instanceHost, as config.Instance, owners map[string]string) {
	key, name := config.Child(instance, host.role), host.name
	// A host that follows from the learners' host is as good as that one.
	follows := host.written == ""
	if name == "" || (follows && hostProblem(as.LMS) != "") {
		return
	}
	if reason := hostProblem(name); reason != "" {
		c.refuseFor(key, name, reason, hostLike(name, "learn.campus.example.org"))
		return
	}
	if owner, taken := owners[name]; taken {
		c.refuseFor(key, name, "is already the host of "+owner+"; a host of its own is wanted", "other."+name)
		return
	}
	owners[name] = key
	if !follows {
		c.hostInZone(instance, key, name, as)
	}
}

// instanceOf is an instance with the hosts that were not written filled in.
func instanceOf(slug string, as config.Instance) Instance {
	instance := Instance{
		Slug: slug, Slot: or(as.Slot, 0), LMS: as.LMS, Studio: as.Studio, Apps: as.Apps, Meilisearch: as.Meilisearch,
		Domain: as.Domain, ZoneID: as.ZoneID, Certificate: as.Certificate, CDNCertificate: as.CDNCertificate, Contact: as.Contact,
	}
	for _, host := range []struct {
		name  *string
		label string
	}{{&instance.Studio, "studio"}, {&instance.Apps, "apps"}, {&instance.Meilisearch, "meilisearch"}} {
		if *host.name == "" && as.LMS != "" {
			*host.name = host.label + "." + as.LMS
		}
	}
	return instance
}
