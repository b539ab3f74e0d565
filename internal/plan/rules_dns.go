package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyZoneID = "openedx:dns.zoneId"
	anyZone   = "Z0123456789ABCDEFGHIJ"
)

// zoneID is a hosted zone's:
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html.
var zoneID = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)

// longestSubject is the longest name that a certificate can be issued for; only
// the names after the first may be longer:
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html.
const longestSubject = 64

// within tells whether a host is a domain or under it.
func within(host, domain string) bool {
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

// zone wants the id of a hosted zone.
func (c *checker) zone() { c.zoneOf(keyZoneID, or(c.settings.DNS.ZoneID, "")) }

// zoneOf wants the id of a hosted zone, and takes it out of what the API calls it.
func (c *checker) zoneOf(key, id string) {
	if id == "" || zoneID.MatchString(id) {
		return
	}
	better := strings.ToUpper(id[strings.LastIndex(id, "/")+1:])
	if !zoneID.MatchString(better) {
		better = anyZone
	}
	c.refuseFor(key, id, "is no hosted zone of Route 53; its id is wanted, such as "+anyZone, better)
}

// homeOf is the domain whose zone gets the records of an instance, and one below it,
// if any, that has a zone of its own.
func (c *checker) homeOf(instance string, as config.Instance) (home, rival domainKey) {
	platform := domainKey{c.settings.Domain, keyDomain}
	switch {
	case as.Domain != "":
		return domainKey{as.Domain, config.Child(instance, "domain")}, c.umbrella()
	case shares(c.settings, as):
		return domainKey{or(c.settings.DNS.Parent.Domain, ""), keyParentDomain}, platform
	}
	return platform, domainKey{}
}

// hostInZone wants a host under the domain whose zone gets its record, and under no
// other whose zone would answer for it.
func (c *checker) hostInZone(instance, key, name string, as config.Instance) {
	home, rival := c.homeOf(instance, as)
	// What is wrong with a domain itself is said of the domain.
	if domainProblem(home.name) != "" || within(as.Domain, c.umbrella().name) || c.adrift() {
		return
	}
	label, _, _ := strings.Cut(name, ".")
	better := label + "." + home.name
	switch {
	case !within(name, home.name):
		want := fmt.Sprintf("is not under %s, the domain in %s, whose zone gets its record; a host under it is wanted", home.name, home.key)
		if home.key == keyDomain {
			want += ", or another domain in " + config.Child(instance, "domain")
		}
		c.refuseFor(key, name, want, better)
	case within(name, rival.name):
		if within(better, rival.name) {
			better = "learn." + home.name
		}
		c.refuseFor(key, name, fmt.Sprintf("is under %s, the domain in %s, whose zone answers for it; a host of %s outside it is wanted",
			rival.name, rival.key, home.name), better)
	}
}

// ownDomains wants domains of instances that need a zone of their own.
func (c *checker) ownDomains() {
	for _, slug := range c.slugs() {
		as, instance := c.settings.Instances[slug], config.Child(keyInstances, slug)
		key, zone := config.Child(instance, "domain"), config.Child(instance, "zoneId")
		if as.Domain == "" {
			c.without(zone, as.ZoneID != "", "the instance has no domain of its own, and the zone of openedx:domain is named in "+keyZoneID)
			continue
		}
		c.zoneOf(zone, as.ZoneID)
		if reason := domainProblem(as.Domain); reason != "" {
			c.refuseFor(key, as.Domain, reason, hostLike(as.Domain, "academy.example.com"))
		} else if above := c.umbrella(); within(as.Domain, above.name) {
			c.refuseEntry(key, as.Domain, fmt.Sprintf("is under %s already, the domain in %s, whose zone takes the instance's records; it is to be left out",
				above.name, above.key))
		}
	}
}

// sharedDomains wants instances with the same domain to name the same zone: made
// for each of them there would be several, and DNS asks one.
func (c *checker) sharedDomains() {
	first := map[string]string{}
	for _, slug := range c.slugs() {
		as := c.settings.Instances[slug]
		if as.Domain == "" {
			continue
		}
		other, shared := first[as.Domain]
		if !shared {
			first[as.Domain] = slug
			continue
		}
		key, otherKey := config.Child(config.Child(keyInstances, slug), "zoneId"), config.Child(config.Child(keyInstances, other), "zoneId")
		switch id, otherID := as.ZoneID, c.settings.Instances[other].ZoneID; {
		case otherID == "":
			c.refuseFor(otherKey, "", c.twoZones(as.Domain, slug), anyZone)
		case id == "":
			c.refuseFor(key, "", c.twoZones(as.Domain, other), otherID)
		case id != otherID:
			c.refuseFor(key, id, fmt.Sprintf("is another zone than %s in %s, for the same domain; one zone is wanted for both", otherID, otherKey), otherID)
		}
	}
}

// twoZones is why a zone that would be made has to be named.
func (c *checker) twoZones(domain, other string) string {
	return fmt.Sprintf("is missing: instance %s has the domain %s as well, and each would make a zone of it; "+
		"make the zone beforehand and name it in both", other, domain)
}

// subjects wants learners' hosts that a certificate can be issued for.
func (c *checker) subjects() {
	for _, slug := range c.slugs() {
		as := c.settings.Instances[slug]
		issued := as.Certificate == "" || (c.fronted() && as.CDNCertificate == "")
		if issued && len(as.LMS) > longestSubject && hostProblem(as.LMS) == "" {
			c.refuseFor(config.Child(config.Child(keyInstances, slug), "lms"), as.LMS,
				fmt.Sprintf("has %d characters, and a certificate is issued for at most %d; a shorter host is wanted, or certificates of your own",
					len(as.LMS), longestSubject), "learn."+cmp.Or(as.Domain, c.settings.Domain, "campus.example.org"))
		}
	}
}

// certificate is one in ACM:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html.
var certificate = regexp.MustCompile(`^arn:aws:acm:([a-z0-9-]+):[0-9]{12}:certificate/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// anyCertificate stands in a suggestion, after its region.
const anyCertificate = "arn:aws:acm:%s:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666"

// certificates wants each certificate in the region of what shows it.
func (c *checker) certificates() {
	for _, slug := range c.slugs() {
		as, instance := c.settings.Instances[slug], config.Child(keyInstances, slug)
		c.certificate(config.Child(instance, "certificate"), as.Certificate, c.settings.Region, "the load balancer, in the region of aws:region,")
		key := config.Child(instance, "cdnCertificate")
		if !c.fronted() {
			c.without(key, as.CDNCertificate != "", unfronted)
			continue
		}
		c.certificate(key, as.CDNCertificate, CDNRegion, "CloudFront, wherever the stack is,")
	}
}

// certificate wants a certificate in a region.
func (c *checker) certificate(key, arn, region, who string) {
	if arn == "" || region == "" {
		return
	}
	parts := certificate.FindStringSubmatch(arn)
	if parts == nil {
		example := fmt.Sprintf(anyCertificate, region)
		c.refuseFor(key, arn, "is no certificate in ACM; its ARN is wanted, such as "+example, example)
		return
	}
	if parts[1] != region {
		c.refuseEntry(key, arn, fmt.Sprintf("is in %s, and %s takes certificates from %s only; one from there is wanted, or none, and one is issued",
			parts[1], who, region))
	}
}
