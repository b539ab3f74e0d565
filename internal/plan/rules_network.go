package plan

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyCIDR        = "openedx:network.cidr"
	keyZones       = "openedx:network.zones"
	keyEndpoints   = "openedx:network.endpoints"
	keyFlowLogDays = "openedx:network.flowLogDays"
)

const (
	defaultCIDR = "10.20.0.0/16"
	// widestBlock is the widest a VPC may be:
	// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html.
	widestBlock = 16
	// narrowestBlock leaves a /24 for each public and data subnet.
	narrowestBlock = 20
	// fewestZones lets a majority of three outlive the loss of a zone.
	fewestZones = 3
)

// ServiceBlock is where Kubernetes services get their addresses; EKS itself
// chooses this one or 10.100.0.0/16 when not told:
// https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html.
const ServiceBlock = "172.20.0.0/16"

// privateBlocks may be used inside a network: RFC 1918, and RFC 6598's shared space.
var privateBlocks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// takenBlocks are private and still cannot be the network's.
var takenBlocks = []struct {
	block netip.Prefix
	owner string
}{
	{netip.MustParsePrefix(ServiceBlock), "Kubernetes services use"},
	{netip.MustParsePrefix("172.17.0.0/16"), "container engines use on every machine"},
}

// block wants a private, aligned IPv4 block of a useful size.
func (c *checker) block() {
	if c.settings.Network.CIDR == nil {
		return
	}
	got := *c.settings.Network.CIDR
	if reason, better := blockProblem(got); reason != "" {
		c.refuseFor(keyCIDR, got, reason, better)
	}
}

// blockProblem says why a block cannot carry the network and what could.
func blockProblem(block string) (reason, better string) {
	prefix, err := netip.ParsePrefix(block)
	if err != nil || !prefix.Addr().Is4() {
		return "is no IPv4 address block; a private one from /16 to /20 is wanted, such as " + defaultCIDR, defaultCIDR
	}
	for _, rule := range []func(netip.Prefix) (string, string){sizeProblem, placeProblem, alignmentProblem} {
		if reason, better = rule(prefix); reason != "" {
			return reason, better
		}
	}
	return "", ""
}

// alignmentProblem says why a block does not begin where blocks begin.
func alignmentProblem(prefix netip.Prefix) (reason, better string) {
	if prefix == prefix.Masked() {
		return "", ""
	}
	return fmt.Sprintf("is not aligned: the block that holds this address is %s", prefix.Masked()), prefix.Masked().String()
}

// sizeProblem says why a block is too wide or too narrow.
func sizeProblem(prefix netip.Prefix) (reason, better string) {
	if prefix.Bits() < widestBlock {
		return fmt.Sprintf("is too wide: a VPC holds at most a /%d", widestBlock),
			netip.PrefixFrom(prefix.Addr(), widestBlock).String()
	}
	if prefix.Bits() > narrowestBlock {
		// Public and data are a quarter each, cut into four: four bits more.
		return fmt.Sprintf("is too narrow: public subnets would be /%d, the smallest allowed is /%d; use /%d or wider",
			prefix.Bits()+4, narrowestBlock+4, narrowestBlock), defaultCIDR
	}
	return "", ""
}

// placeProblem says why a block is in the wrong place.
func placeProblem(prefix netip.Prefix) (reason, better string) {
	inside := func(space netip.Prefix) bool { return space.Contains(prefix.Addr()) && space.Bits() <= prefix.Bits() }
	if !slices.ContainsFunc(privateBlocks, inside) {
		return "is public address space; a block inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10 is wanted", defaultCIDR
	}
	for _, taken := range takenBlocks {
		if prefix.Overlaps(taken.block) {
			return fmt.Sprintf("overlaps %s, which %s; a block outside it is wanted", taken.block, taken.owner), defaultCIDR
		}
	}
	return "", ""
}

// zones wants three or four different zones that the region has.
func (c *checker) zones() {
	letters, list := ZoneLetters(c.settings.Region), c.settings.Network.Zones
	if list == nil || len(letters) == 0 {
		return
	}
	c.noRepeats(keyZones, list)
	for i, letter := range list {
		if letter != "" && !slices.Contains(letters, letter) {
			c.refuseEntry(config.Element(keyZones, i), letter,
				fmt.Sprintf("is no zone of %s; letters from %s are wanted", c.settings.Region, strings.Join(letters, ", ")))
		}
	}
	if len(list) < fewestZones {
		c.refuse(keyZones, written(list), fmt.Sprintf("has %s; at least %d are wanted, because a replica set of three "+
			"keeps its majority through the loss of a zone only when each member has a zone of its own", plural(len(list), "zone"), fewestZones),
			config.SetListCommand(c.settings.Stack, keyZones, letters[:fewestZones]))
	}
}

// interfaceEndpoints are the services that an interface endpoint can be asked for,
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html,
// as far as anything in the platform speaks to them.
var interfaceEndpoints = []string{
	"autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing",
	"email-smtp", "kms", "logs", "monitoring", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts",
}

// endpoints wants services that are known, once each, and not half a pair.
func (c *checker) endpoints() {
	list := c.settings.Network.Endpoints
	c.noRepeats(keyEndpoints, list)
	for i, service := range list {
		if service == "" || slices.Contains(interfaceEndpoints, service) {
			continue
		}
		key := config.Element(keyEndpoints, i)
		if service == "s3" {
			c.refuseEntry(key, service, "needs no interface endpoint: the gateway endpoint for it is always there and costs nothing")
			continue
		}
		nearest := config.Nearest(strings.TrimPrefix(service, "com.amazonaws."+c.settings.Region+"."), interfaceEndpoints)
		want := "is no service known here; one of " + strings.Join(interfaceEndpoints, ", ") + " is wanted" + suggest(nearest)
		if nearest == "" {
			c.refuseEntry(key, service, want)
			continue
		}
		c.refuseEach(key, service, want, nearest, list)
	}
	// An image comes in two halves: its manifest from one, its token from the other.
	for _, pair := range [][2]string{{"ecr.api", "ecr.dkr"}, {"ecr.dkr", "ecr.api"}, {"ssm", "ssmmessages"}, {"ssmmessages", "ssm"}} {
		if slices.Contains(list, pair[0]) && !slices.Contains(list, pair[1]) {
			c.refuse(keyEndpoints, written(list), fmt.Sprintf("has %s without %s, and neither is of use without the other", pair[0], pair[1]),
				config.SetCommand(c.settings.Stack, config.Element(keyEndpoints, len(list)), pair[1]))
		}
	}
}

// retentions are the days that CloudWatch Logs accepts:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// flowLogs wants a retention that the log service accepts.
func (c *checker) flowLogs() { c.retention(keyFlowLogDays, c.settings.Network.FlowLogDays) }

// retention wants a number of days that the log service accepts.
func (c *checker) retention(key string, days *int) {
	if days == nil || slices.Contains(retentions, *days) {
		return
	}
	nearest := slices.MinFunc(retentions, func(a, b int) int { return cmp.Compare(distance(a, *days), distance(b, *days)) })
	c.refuseFor(key, fmt.Sprint(*days), "is no retention that CloudWatch Logs knows; one of "+
		strings.Trim(strings.ReplaceAll(fmt.Sprint(retentions), " ", ", "), "[]")+" days is wanted", fmt.Sprint(nearest))
}

// distance is how far apart two numbers are.
func distance(a, b int) int { return max(a-b, b-a) }
