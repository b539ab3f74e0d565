package changes

import (
	"fmt"
	"strings"

	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/plan"
)

// How nodes are replaced. EKS takes a quarter of the group at a time, Karpenter a tenth
// of its nodes; both drain each first, under the pods' disruption budgets.
// https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
// https://karpenter.sh/docs/concepts/disruption/#drift
const (
	rolling = "replaced a few at a time, each drained first: pods move within their disruption budgets"
	leaving = "those that are too many are drained and go: pods move within their disruption budgets"
	imaged  = "Karpenter's are replaced a tenth at a time, each drained first; the others keep their image until their next update"
)

// presetName is the name of the fact that a summary begins with.
const presetName = "preset"

// clusterFacts are about size, nodes, Kubernetes and the network.
var clusterFacts = []fact{
	{name: presetName, topic: "preset", say: func(p plan.Plan) string { return string(p.Preset) }},
	{name: "learners", topic: "built for", say: learners},

	{name: "nodes", topic: "nodes", say: func(p plan.Plan) string {
		n := p.Cluster.Nodes
		return fmt.Sprintf("%d to %d %s", n.Min, n.Max, n.Machine)
	}, then: nodes},
	{name: "nodeDisk", topic: "nodes", say: func(p plan.Plan) string {
		return fmt.Sprintf("disks of %d GiB", p.Cluster.Nodes.DiskGiB)
	}, then: restarts(rolling)},
	{name: "nodeImage", topic: "nodes", say: func(p plan.Plan) string { return "image " + p.Cluster.Nodes.Image }, then: restarts(imaged)},
	{name: "nodeSpot", topic: "nodes", say: func(p plan.Plan) string {
		return choice(p.Cluster.Nodes.Spot > 0, fmt.Sprintf("up to %d on spot", p.Cluster.Nodes.Spot), "none on spot")
	}},
	{name: "nodeJail", topic: "nodes", say: func(p plan.Plan) string {
		return choice(p.AddOns.CodeJail, fmt.Sprintf("up to %d for the code jail", p.Cluster.Nodes.CodeJail), "")
	}},
	{name: "nodeIdle", topic: "nodes", say: func(p plan.Plan) string {
		return fmt.Sprintf("%d idle minutes", p.Cluster.Nodes.IdleMinutes)
	}},
	{name: "nodeQuiet", topic: "nodes", say: quietHours},

	// https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
	{
		name: "kubernetes", topic: "Kubernetes", say: func(p plan.Plan) string { return p.Cluster.Version },
		then: restarts("the control plane first, which goes on answering; then all nodes, a few at a time, each drained first; the bastion is made anew"),
	},

	{name: "zones", topic: "network", say: func(p plan.Plan) string {
		var letters []string
		for _, zone := range p.Network.Zones {
			letters = append(letters, zone.Letter)
		}
		return "zones " + strings.Join(letters, " ")
	}},
	// A route that leads to another gateway takes no connection along:
	// https://repost.aws/knowledge-center/migrate-nat-instance-gateway
	{
		name: "nat", topic: "network", say: func(p plan.Plan) string {
			return choice(p.Network.NATPerZone, "a NAT gateway per zone", "one NAT gateway")
		},
		then: does("connections to the internet from all zones but the first are dropped once; the first zone's address stays"),
	},
	{
		name: "endpoints", topic: "endpoints", say: func(p plan.Plan) string {
			return strings.Join(p.Network.Endpoints, ", ")
		},
	},
	// AWS changes no flow log: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-flow-logs.html
	{
		name: "flowLogs", topic: "network", say: func(p plan.Plan) string {
			return "flow logs of " + choice(p.Network.FlowLogTraffic == "ALL", "all traffic", "rejected traffic")
		},
		then: does("the flow log is made anew: some minutes are not recorded, what was recorded stays"),
	},
}

// learners are those that the preset is built for.
func learners(p plan.Plan) string {
	built, err := cost.Learners(p.Preset)
	if err != nil {
		return "nobody knows how many learners: " + err.Error()
	}
	text := fmt.Sprintf("%s to %s learners", cost.Dollars(built.Low), cost.Dollars(built.High))
	return text + choice(p.Learners != int(built.High), fmt.Sprintf(", meant for %d", p.Learners), "")
}

// nodes are replaced for another machine, and go where fewer are wanted at least. The
// most is a limit of Karpenter's, which takes no node away.
func nodes(c change) effect {
	machine := func(text string) string { return text[strings.LastIndex(text, " ")+1:] }
	switch {
	case machine(c.was) != machine(c.is):
		return effect{says: rolling, stops: true}
	case number(c.is) < number(c.was):
		return effect{says: leaving, stops: true}
	default:
		return effect{}
	}
}

// quietHours are when no node is replaced.
func quietHours(p plan.Plan) string {
	var hours []string
	for _, quiet := range p.Cluster.Nodes.Quiet {
		hours = append(hours, fmt.Sprintf("quiet for %s from %s", quiet.Duration, quiet.Schedule))
	}
	return choice(len(hours) == 0, "no quiet hours", strings.Join(hours, " and "))
}
