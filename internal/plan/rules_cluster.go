package plan

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/versions"
)

const (
	keyVersion        = "openedx:cluster.version"
	keyPublicAccess   = "openedx:cluster.publicAccess"
	keyAdmins         = "openedx:cluster.admins"
	keyViewers        = "openedx:cluster.viewers"
	keyClusterLogDays = "openedx:cluster.logDays"
)

const (
	// widestAccess is the widest block that may reach the cluster's API: a
	// university's own. Anything wider is no allow-list, and two halves of the
	// internet are the internet.
	widestAccess = 16
	// mostAccess is the quota of blocks on one endpoint:
	// https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html.
	mostAccess = 40
	// The values that stand in a suggestion where nobody but the operator knows
	// the right one.
	exampleAccess    = "203.0.113.0/24"
	examplePrincipal = "arn:aws:iam::123456789012:role/platform-admin"
)

// version wants a Kubernetes version in standard support.
func (c *checker) version() {
	version := c.settings.Cluster.Version
	if version == nil {
		return
	}
	if _, ok := versions.FindKubernetes(*version); ok {
		return
	}
	reason := map[versions.Age]string{
		versions.Unreadable: "is no Kubernetes version",
		versions.Past:       "is past its standard support",
		versions.Listed:     "is more than a minor version says: EKS chooses the patch itself",
		versions.Unknown:    "is newer than any version known here",
	}[versions.AgeOf(*version)]
	c.refuseFor(keyVersion, *version, reason+"; one of "+supported()+" is wanted", versionLike(*version))
}

// supported lists the versions that can be chosen and how long they last.
func supported() string {
	var list []string
	for _, k := range versions.AllKubernetes() {
		list = append(list, fmt.Sprintf("%s (until %s)", k.Version, k.Until))
	}
	return strings.Join(list, ", ")
}

// minorVersion finds the minor version inside something longer.
var minorVersion = regexp.MustCompile(`1\.[0-9]+`)

// versionLike is the version that something longer begins with, or the usual one.
func versionLike(version string) string {
	minor := minorVersion.FindString(version)
	if _, ok := versions.FindKubernetes(minor); ok {
		return minor
	}
	return versions.DefaultKubernetes
}

// publicAccess wants an allow-list of the operator's own addresses.
func (c *checker) publicAccess() {
	list := c.settings.Cluster.PublicAccess
	c.noRepeats(keyPublicAccess, list)
	for i, block := range list {
		if block == "" {
			continue
		}
		key := config.Element(keyPublicAccess, i)
		if reason, better := accessProblem(block); better != "" {
			c.refuseEach(key, block, reason, better, list)
		} else if reason != "" {
			c.refuseEach(key, block, reason, exampleAccess, list)
		}
	}
	if len(list) > mostAccess {
		c.refuse(keyPublicAccess, plural(len(list), "block"), fmt.Sprintf("are more than the %d that EKS takes; fewer, wider blocks are wanted", mostAccess),
			config.RemoveCommand(c.settings.Stack, config.Element(keyPublicAccess, mostAccess)))
	}
}

// closedBlocks are never the source of traffic from the internet, and EKS refuses them.
var closedBlocks = append(slices.Clone(privateBlocks),
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"))

// accessProblem says why a block cannot be let in and, where it can be told,
// what was meant.
func accessProblem(block string) (reason, better string) {
	if address, err := netip.ParseAddr(block); err == nil && address.Is4() {
		if reason, _ = accessProblem(block + "/32"); reason != "" {
			return reason, ""
		}
		return "is a single address; a block is wanted, which for one address ends in /32", block + "/32"
	}
	prefix, err := netip.ParsePrefix(block)
	if err != nil || !prefix.Addr().Is4() {
		return "is no IPv4 address block; the public block of your office or VPN is wanted, such as " + exampleAccess, ""
	}
	if prefix.Bits() == 0 {
		return "lets the whole internet reach the cluster's API; the public block of your office or VPN is wanted, such as " + exampleAccess, ""
	}
	if prefix.Bits() < widestAccess {
		return fmt.Sprintf("is too wide for an allow-list; blocks of /%d or narrower are wanted", widestAccess), ""
	}
	if prefix != prefix.Masked() {
		return fmt.Sprintf("is not aligned: the block that holds this address is %s", prefix.Masked()), prefix.Masked().String()
	}
	if slices.ContainsFunc(closedBlocks, prefix.Overlaps) {
		return "is not public address space, from which nothing can arrive; the public block of your office or VPN is wanted", ""
	}
	return "", ""
}

// principal is an IAM role or user:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
var principal = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:(role|user)(/[\x21-\x29\x2B-\x3E\x40-\x7E]+)*/[A-Za-z0-9_+=,.@-]{1,64}$`)

// principals wants admins and viewers that an access entry can name, each with
// one role only.
func (c *checker) principals() {
	lists := map[string][]string{keyAdmins: c.settings.Cluster.Admins, keyViewers: c.settings.Cluster.Viewers}
	for key, list := range lists {
		c.noRepeats(key, list)
		for i, arn := range list {
			if arn != "" && !principal.MatchString(arn) {
				c.refuseEach(config.Element(key, i), arn, principalProblem(arn), examplePrincipal, list)
			}
		}
	}
	for i, arn := range c.settings.Cluster.Viewers {
		if arn != "" && slices.Contains(c.settings.Cluster.Admins, arn) {
			c.refuseEntry(config.Element(keyViewers, i), arn, "is also among "+keyAdmins+"; one of the two lists is wanted")
		}
	}
}

// principalProblem says what a name is that is neither role nor user.
func principalProblem(arn string) string {
	const wanted = "; the ARN of an IAM role or user is wanted, such as " + examplePrincipal
	switch {
	case strings.Contains(arn, "*"):
		return "has a wildcard, which an access entry cannot have" + wanted
	case strings.HasSuffix(arn, ":root"):
		return "is a whole account, which an access entry cannot name" + wanted
	case strings.Contains(arn, ":assumed-role/"):
		return "is a session of a role, which ends" + wanted
	case strings.Contains(arn, ":group/"):
		return "is a group, which an access entry cannot name" + wanted
	case strings.HasPrefix(arn, "arn:aws-"):
		return "is in another partition than the regions that can be used" + wanted
	}
	return "is no IAM principal" + wanted
}

// clusterLogs wants a retention that the log service accepts.
func (c *checker) clusterLogs() { c.retention(keyClusterLogDays, c.settings.Cluster.LogDays) }
