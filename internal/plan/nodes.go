package plan

import (
	"maps"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/versions"
)

// Nodes are the cluster's nodes as decided. The fewest are there all the time; the
// others come and go with the pods that need them.
type Nodes struct {
	Machine string `json:"machine"`
	// Machines are those that the nodes beyond the fewest may be of: the machine, and
	// its like in other families, for when one of them is sold out.
	Machines []string `json:"machines"`
	Min      int      `json:"min"`
	Max      int      `json:"max"`
	// Spot is how many of those beyond the fewest may be spot instances.
	Spot int `json:"spot"`
	// CodeJail is how many of them are for the code jail, where it is on.
	CodeJail int `json:"codeJail"`
	// CPUs is how many vCPUs each of the machines has, and Pods how many pods a node takes.
	CPUs int `json:"cpus"`
	Pods int `json:"pods"`
	// IdleMinutes is how long a node stays that is not needed.
	IdleMinutes int `json:"idleMinutes"`
	DiskGiB     int `json:"diskGiB"`
	// Image is the release of Amazon's node image.
	Image string `json:"image"`
	// Quiet is when no node is given up or replaced.
	Quiet []Quiet `json:"quiet"`
}

// Quiet is a time that comes again and again.
type Quiet struct {
	// Schedule is a cron expression in UTC.
	Schedule string `json:"schedule"`
	// Duration is in hours and minutes, such as 1h30m.
	Duration string `json:"duration"`
}

// Pools is how many nodes beyond the fewest there may be of each kind.
type Pools struct{ OnDemand, Spot, CodeJail int }

// Pools shares out the nodes beyond the fewest, so that all together are never
// more than the most.
func (n Nodes) Pools(codeJail bool) Pools {
	pools := Pools{Spot: n.Spot}
	if codeJail {
		pools.CodeJail = n.CodeJail
	}
	pools.OnDemand = n.Max - n.Min - pools.Spot - pools.CodeJail
	return pools
}

// planNodes merges the nodes.
func planNodes(settings config.Settings, sizing Sizing, version string) Nodes {
	nodes := settings.Overrides.Nodes
	machine := or(nodes.Machine, sizing.Nodes.On(settings.Cloud))
	pinned, _ := versions.FindKubernetes(version) // which the rules have looked up already
	quiet := make([]Quiet, 0, len(settings.Cluster.QuietHours))
	for _, text := range sorted(settings.Cluster.QuietHours) {
		if hours, reason := quietHours(text); reason == "" {
			quiet = append(quiet, hours)
		}
	}
	return Nodes{
		Machine: machine, Machines: likeMachines(machine),
		Min: or(nodes.Min, sizing.NodesMin), Max: or(nodes.Max, sizing.NodesMax),
		Spot: or(nodes.Spot, sizing.NodesSpot), CodeJail: sizing.NodesCodeJail,
		CPUs: cpusOf(machine), Pods: podsOn(machine), IdleMinutes: sizing.NodeIdle,
		DiskGiB: or(nodes.DiskGiB, sizing.NodeDiskGiB),
		Image:   or(settings.Cluster.NodeImage, pinned.Image), Quiet: quiet,
	}
}

// likeMachines lists the machines that are as large as another: the same size of
// the same class of families, none of an older generation. What differs is whose
// processor it is, and the price by a few percent.
func likeMachines(machine string) []string {
	family, size, _ := strings.Cut(machine, ".")
	like := []string{machine}
	if machineFamilies[family] == "" {
		return like // another cloud's, or none
	}
	for _, other := range slices.Sorted(maps.Keys(machineFamilies)) {
		same := other != family && other[0] == family[0] && generation(other) >= generation(family)
		// The flex families promise their processors for part of the time only.
		if same && !strings.Contains(other, "flex") && slices.Contains(strings.Fields(machineFamilies[other]), size) {
			like = append(like, other+"."+size)
		}
	}
	return like
}

// cpusOf is how many vCPUs a machine has, and nothing for another cloud's.
func cpusOf(machine string) int {
	has, known := machineHas(machine)
	if !known {
		return 0
	}
	return has.CPU / 1000
}

// generation is the digit in a family's name.
func generation(family string) byte { return family[1] }

// How many pods a node takes, as EKS recommends it for networks that give addresses
// to nodes in blocks: by whether it has 30 vCPUs.
// https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
const (
	largeCPUs   = 30
	podsUsually = 110
	podsOnLarge = 250
)

// podsOn is how many pods a machine takes.
func podsOn(machine string) int {
	if cpusOf(machine) < largeCPUs {
		return podsUsually
	}
	return podsOnLarge
}
