package plan

import (
	"fmt"
	"regexp"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyCloud  = "openedx:cloud"
	keyName   = "openedx:name"
	keyDomain = "openedx:domain"
	keyRegion = "aws:region"
)

// platformName begins every logical name and some physical ones, the shortest
// of which have 28 characters (an OpenSearch domain).
var platformName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,18}[a-z0-9]$`)

// stackName is what EKS takes for the beginning of a cluster's name; Pulumi
// would allow full stops too.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
var stackName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// stack wants a stack whose name can begin the cluster's.
func (c *checker) stack() {
	if stackName.MatchString(c.settings.Stack) {
		return
	}
	c.refuse("stack name", c.settings.Stack, "is no beginning for a cluster's name; letters, digits, hyphens and underscores are wanted, "+
		"starting with a letter or a digit", "pulumi stack rename "+slugLike(c.settings.Stack, 1, 100, "production"))
}

// cloud refuses the clouds that have a name here but cannot be built.
func (c *checker) cloud() {
	reasons := map[config.Cloud]string{
		config.Azure:    "cannot be built yet: only the AWS components exist; aws is wanted",
		config.Existing: "cannot be built yet: adopting an existing cluster is not there; aws is wanted",
	}
	if reason, refused := reasons[c.settings.Cloud]; refused {
		c.refuseFor(keyCloud, string(c.settings.Cloud), reason, string(config.AWS))
	}
}

// region wants a region with zones enough.
func (c *checker) region() {
	region := c.settings.Region
	if region == "" || zones[region] != "" {
		return
	}
	if reason, known := refusedRegions[region]; known {
		c.refuseFor(keyRegion, region, reason+"; one of "+strings.Join(Regions(), ", ")+" is wanted", regionLike(region))
		return
	}
	c.refuseFor(keyRegion, region, "is no region with three availability zones; one of "+strings.Join(Regions(), ", ")+" is wanted"+
		suggest(config.Nearest(region, Regions())), regionLike(region))
}

// regionLike is the usable region nearest in spelling, or a common one.
func regionLike(region string) string {
	if nearest := config.Nearest(region, Regions()); nearest != "" {
		return nearest
	}
	return "eu-west-1"
}

// name wants the platform's name to fit into every name made from it.
func (c *checker) name() {
	name := c.settings.Name
	if name == "" || (platformName.MatchString(name) && !strings.Contains(name, "--")) {
		return
	}
	c.refuseFor(keyName, name, "is no platform name; 3 to 20 lower-case letters, digits and single hyphens are wanted, "+
		"starting with a letter and not ending with a hyphen", slugLike(name, 3, 20, "campus"))
}

// domain wants a name that the operator can own.
func (c *checker) domain() {
	domain := c.settings.Domain
	if domain == "" {
		return
	}
	if reason := domainProblem(domain); reason != "" {
		c.refuseFor(keyDomain, domain, reason, hostLike(domain, "campus.example.org"))
	}
}

var notInSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slugLike bends a word into the grammar of names, or gives up for another.
func slugLike(word string, shortest, longest int, otherwise string) string {
	bent := strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(word), "-"), "-")
	bent = strings.TrimLeft(bent, "0123456789-")
	if len(bent) > longest {
		bent = strings.TrimRight(bent[:longest], "-")
	}
	if len(bent) < shortest {
		return otherwise
	}
	return bent
}

// plural is a count and its noun.
func plural(count int, noun string) string {
	if count == 1 {
		return fmt.Sprintf("1 %s", noun)
	}
	return fmt.Sprintf("%d %ss", count, noun)
}
