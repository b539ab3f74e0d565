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
	for _, slug := range slices.Sorted(maps.Keys(c.settings.Instances)) {
		key := config.Child(keyInstances, slug)
		c.slug(key, slug)
		instance := instanceOf(slug, c.settings.Instances[slug])
		for _, host := range []struct{ role, name string }{
			{"lms", instance.LMS}, {"studio", instance.Studio}, {"apps", instance.Apps},
		} {
			c.host(config.Child(key, host.role), host.name, c.settings.Instances[slug], owners)
		}
	}
}

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

// host wants a good DNS name that nobody else has.
func (c *checker) host(key, name string, as config.Instance, owners map[string]string) {
	// A host that follows from the learners' host is as good as that one.
	derived := (as.Studio == "" && strings.HasSuffix(key, ".studio")) || (as.Apps == "" && strings.HasSuffix(key, ".apps"))
	if name == "" || (derived && hostProblem(as.LMS) != "") {
		return
	}
	if reason := hostProblem(name); reason != "" {
		c.refuseFor(key, name, reason, hostLike(name, "learn.campus.example.org"))
		return
	}
	owner, taken := owners[name]
	if !taken {
		owners[name] = key
		return
	}
	c.refuseFor(key, name, "is already the host of "+owner+"; a host of its own is wanted", "other."+name)
}

// instanceOf is an instance with the hosts that were not written filled in.
func instanceOf(slug string, as config.Instance) Instance {
	instance := Instance{Slug: slug, Slot: or(as.Slot, 0), LMS: as.LMS, Studio: as.Studio, Apps: as.Apps}
	if as.LMS != "" && as.Studio == "" {
		instance.Studio = "studio." + as.LMS
	}
	if as.LMS != "" && as.Apps == "" {
		instance.Apps = "apps." + as.LMS
	}
	return instance
}
