package plan

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyMachine = "openedx:overrides.nodes.machine"
	keyMin     = "openedx:overrides.nodes.min"
	keyMax     = "openedx:overrides.nodes.max"
	keyDisk    = "openedx:overrides.nodes.diskGiB"
)

const (
	// mostNodes is the quota of one managed node group, which the fewest nodes are, and
	// about as many as the widest network has addresses for:
	// https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html.
	mostNodes = 450
	// smallestDisk holds the system, the images and a day of logs.
	smallestDisk = 50
	// largestDisk is the limit of a gp3 volume:
	// https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html.
	largestDisk = 16384
	// addressesPerNode is what a node takes from its subnet. Pods get theirs in
	// blocks of 16, of which one is kept warm; two more carry 32 pods:
	// https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html.
	addressesPerNode = 48
	// addressesKept is what AWS keeps of every subnet for itself:
	// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html.
	addressesKept = 5
	// privateBits is how much narrower a private subnet is than the network:
	// half of it, cut into four.
	privateBits = 3
)

// machineFamilies holds, for each family that nodes may be of, its sizes. All
// are x86: the Open edX images are built for amd64. Sizes with less than 8 GiB
// are left out, because a node's own services and one web worker do not fit.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html.
var machineFamilies = map[string]string{
	"c5":       "xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge",
	"c5a":      "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
	"c6a":      "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge",
	"c6i":      "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
	"c7a":      "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge",
	"c7i":      "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
	"c7i-flex": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
	"m5":       "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
	"m5a":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
	"m6a":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge",
	"m6i":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
	"m7a":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge",
	"m7i":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
	"m7i-flex": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
	"r5":       "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
	"r5a":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
	"r6a":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge",
	"r6i":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
	"r7a":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge",
	"r7i":      "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
	"t3":       "large xlarge 2xlarge",
	"t3a":      "large xlarge 2xlarge",
}

// armFamily is an AWS family with Arm processors: a g right after the generation.
var armFamily = regexp.MustCompile(`^[a-z]+[0-9]+g`)

// machine wants an instance type that the nodes can be of.
func (c *checker) machine() {
	machine := c.settings.Overrides.Nodes.Machine
	if machine == nil || c.settings.Cloud == config.Azure {
		return
	}
	usual := "m6i.xlarge"
	if c.sized {
		usual = c.sizing.Nodes.AWS
	}
	if reason, better := machineProblem(*machine, usual); reason != "" {
		c.refuseFor(keyMachine, *machine, reason, better)
		return
	}
	if strings.HasPrefix(*machine, "t") && c.sized && c.settings.Preset != config.Small {
		c.refuseFor(keyMachine, *machine, fmt.Sprintf("is burstable: under the steady load that preset %s is for, it runs out of CPU credits "+
			"and slows to a fraction; a type of the m, c or r families is wanted", c.settings.Preset), usual)
	}
}

// machineProblem says why an instance type cannot be a node and what could.
func machineProblem(machine, usual string) (reason, better string) {
	family, size, _ := strings.Cut(machine, ".")
	families := slices.Sorted(maps.Keys(machineFamilies))
	if armFamily.MatchString(family) {
		return "has Arm processors, and the Open edX images are built for x86; a type of the families " +
			strings.Join(families, ", ") + " is wanted", usual
	}
	sizes := strings.Fields(machineFamilies[family])
	if len(sizes) == 0 {
		nearest := config.Nearest(family, families)
		return "is of no family known here; a type of the families " + strings.Join(families, ", ") + " is wanted" + suggest(nearest), usual
	}
	if !slices.Contains(sizes, size) {
		better = family + "." + sizes[0]
		if nearest := config.Nearest(size, sizes); nearest != "" {
			better = family + "." + nearest
		}
		return fmt.Sprintf("is no size of %s with at least 8 GiB; one of %s is wanted", family, strings.Join(sizes, ", ")), better
	}
	return "", ""
}

// nodeCounts wants a node for each zone and room between the fewest and the most.
func (c *checker) nodeCounts() {
	nodes := c.settings.Overrides.Nodes
	const fewest = fewestZones
	if nodes.Min != nil && (*nodes.Min < fewest || *nodes.Min > mostNodes) {
		c.refuseFor(keyMin, fmt.Sprint(*nodes.Min), fmt.Sprintf("is out of range; %d to %d nodes are wanted, so that each zone has one",
			fewest, mostNodes), fmt.Sprint(min(max(*nodes.Min, fewest), mostNodes)))
		return
	}
	if nodes.Max != nil && (*nodes.Max < fewest || *nodes.Max > mostNodes) {
		c.refuseFor(keyMax, fmt.Sprint(*nodes.Max), fmt.Sprintf("is out of range; %d to %d nodes are wanted, for which the widest network has addresses",
			fewest, mostNodes), fmt.Sprint(min(max(*nodes.Max, fewest), mostNodes)))
		return
	}
	c.nodeOrder()
}

// nodeOrder wants the fewest nodes not to be more than the most, whichever of
// them was written.
func (c *checker) nodeOrder() {
	nodes := c.settings.Overrides.Nodes
	if !c.sized || (nodes.Min == nil && nodes.Max == nil) {
		return
	}
	fewest, most := or(nodes.Min, c.sizing.NodesMin), or(nodes.Max, c.sizing.NodesMax)
	if fewest <= most {
		return
	}
	if nodes.Max != nil {
		c.refuseFor(keyMax, fmt.Sprint(most), fmt.Sprintf("is below the fewest nodes, %d%s; at least as many are wanted",
			fewest, fromPreset(nodes.Min == nil, c.settings.Preset)), fmt.Sprint(fewest))
		return
	}
	c.refuseFor(keyMin, fmt.Sprint(fewest), fmt.Sprintf("is above the most nodes, %d%s; at most as many are wanted",
		most, fromPreset(true, c.settings.Preset)), fmt.Sprint(most))
}

// fromPreset says where a number that the operator did not write came from.
func fromPreset(is bool, preset config.Preset) string {
	if !is {
		return ""
	}
	return fmt.Sprintf(" (from preset %s)", preset)
}

// nodeDisk wants a disk that holds the images and that EBS offers.
func (c *checker) nodeDisk() {
	disk := c.settings.Overrides.Nodes.DiskGiB
	if disk == nil || (*disk >= smallestDisk && *disk <= largestDisk) {
		return
	}
	c.refuseFor(keyDisk, fmt.Sprint(*disk), fmt.Sprintf("is out of range; %d to %d GiB are wanted", smallestDisk, largestDisk),
		fmt.Sprint(min(max(*disk, smallestDisk), largestDisk)))
}

// roomForNodes wants the private subnets to have addresses for the most nodes:
// otherwise pods hang without one just when load is highest.
func (c *checker) roomForNodes() {
	block, most := or(c.settings.Network.CIDR, defaultCIDR), or(c.settings.Overrides.Nodes.Max, c.sizing.NodesMax)
	prefix, err := netip.ParsePrefix(block)
	if reason, _ := blockProblem(block); err != nil || reason != "" || !c.sized || most > mostNodes {
		return
	}
	enough := prefix.Bits()
	for roomIn(enough) < most {
		enough--
	}
	if enough == prefix.Bits() {
		return
	}
	wider := netip.PrefixFrom(prefix.Addr(), enough).Masked().String()
	if reason, _ := blockProblem(wider); reason != "" {
		wider = defaultCIDR
	}
	c.refuseFor(keyCIDR, block, fmt.Sprintf("is too narrow for %d nodes%s: their pods would run out of addresses; use /%d or wider",
		most, fromPreset(c.settings.Overrides.Nodes.Max == nil, c.settings.Preset), enough), wider)
}

// roomIn is how many nodes the private subnets of a block have addresses for, in
// the zones that every cluster has. The widest block has room for more nodes
// than a node group holds.
func roomIn(bits int) int {
	subnet := 1 << (32 - bits - privateBits)
	return fewestZones * (subnet - addressesKept) / addressesPerNode
}
