package cost

import "slices"

// network is the ways out of the network, and between its zones.
func (b *bill) network() {
	n := b.plan.Network
	gateways := 1
	if n.NATPerZone {
		gateways = len(n.Zones)
	}
	b.service(entry{
		item: "NAT gateways", price: "nat-hour", quantity: number(gateways).times(hours),
		resource: "aws:ec2/natGateway:NatGateway", count: gateways,
	})
	b.service(entry{
		item: "Their public addresses", price: "ipv4-hour", quantity: number(gateways).times(hours),
		resource: "aws:ec2/eip:Eip", count: gateways,
	})
	b.service(entry{
		item: "Interface endpoints", price: "endpoint-hour", quantity: number(len(n.Endpoints) * len(n.Zones)).times(hours),
		resource: "aws:ec2/vpcEndpoint:VpcEndpoint", count: len(n.Endpoints),
	})
	natted, inside := b.ways()
	b.service(entry{item: "Through NAT", price: "nat-gb", quantity: natted})
	b.service(entry{item: "Through interface endpoints", price: "endpoint-gb", quantity: inside})
	const bothWays = 2
	b.service(entry{item: "Between zones", price: "zone-gb", quantity: b.usage.perRequest("zone-kb").times(bothWays)})
}

// ways divides what the nodes send to others and to AWS between NAT and endpoints.
func (b *bill) ways() (natted, inside Range) {
	nodes := Range{float64(b.plan.Cluster.Nodes.Min), float64(b.plan.Cluster.Nodes.Max)}
	natted = nodes.times(b.usage.Values["nat-node-gb"]).plus(b.usage.perLearner("nat-learner-gb"))
	calls := nodes.times(b.usage.Values["api-node-gb"])
	// AWS's APIs are many; those that are called most are the ones of controllers and of images.
	if slices.Contains(b.plan.Network.Endpoints, "ec2") && slices.Contains(b.plan.Network.Endpoints, "ecr.api") {
		inside = inside.plus(calls)
	} else {
		natted = natted.plus(calls)
	}
	if slices.Contains(b.plan.Network.Endpoints, "logs") {
		inside = inside.plus(b.containerLogs())
	} else {
		natted = natted.plus(b.containerLogs())
	}
	return natted, inside
}

// containerLogs is how many GB of logs leave the nodes.
func (b *bill) containerLogs() Range {
	if !b.plan.AddOns.Logs {
		return Range{}
	}
	return b.usage.perRequest("log-kb")
}
