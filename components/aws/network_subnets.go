package aws

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// tier is one row of subnets: what it is for decides its blocks and tags.
type tier struct {
	name  string
	block func(Zone) string
	tags  map[string]string
}

// subnet is one subnet and where it lies.
type subnet struct {
	*ec2.Subnet
	tier, zone string
}

// tiers lists the three tiers with the tags by which the load balancer
// controller and Karpenter find theirs.
// https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
// https://karpenter.sh/docs/concepts/nodeclasses/#specsubnetselectorterms
func (a *NetworkArgs) tiers() (public, private, data tier) {
	public = tier{
		name:  "public",
		block: func(z Zone) string { return z.Public },
		tags:  map[string]string{"kubernetes.io/role/elb": "1"},
	}
	private = tier{
		name:  "private",
		block: func(z Zone) string { return z.Private },
		tags: map[string]string{
			"kubernetes.io/role/internal-elb": "1",
			"karpenter.sh/discovery":          a.ClusterName,
		},
	}
	data = tier{name: "data", block: func(z Zone) string { return z.Data }}
	return public, private, data
}

// createSubnets creates a tier's subnet in every zone.
func (n *Network) createSubnets(ctx *pulumi.Context, t tier) ([]subnet, error) {
	subnets := make([]subnet, len(n.args.Zones))
	for i, zone := range n.args.Zones {
		name := n.name + "-" + t.name + "-" + zone.Letter
		all := n.args.Tags.For("network", name)
		maps.Copy(all, t.tags)
		created, err := ec2.NewSubnet(ctx, name, &ec2.SubnetArgs{
			VpcId:            n.ID,
			AvailabilityZone: pulumi.String(zone.Name),
			CidrBlock:        pulumi.String(t.block(zone)),
			// Not even in the public tier: what faces the internet brings an address of its own.
			MapPublicIpOnLaunch: pulumi.Bool(false),
			Tags:                pulumi.ToStringMap(all),
		}, pulumi.Parent(n))
		if err != nil {
			return nil, fmt.Errorf("%s subnet of zone %q: %w", t.name, zone.Letter, err)
		}
		subnets[i] = subnet{Subnet: created, tier: t.name, zone: zone.Letter}
	}
	return subnets, nil
}

// attach puts a subnet under a route table. The route, if there is one, is what
// the subnet's traffic leaves by.
func (n *Network) attach(ctx *pulumi.Context, s subnet, table *ec2.RouteTable, route *ec2.Route) (platform.Subnet, error) {
	name := n.name + "-" + s.tier + "-association-" + s.zone
	association, err := ec2.NewRouteTableAssociation(ctx, name, &ec2.RouteTableAssociationArgs{
		SubnetId:     s.ID(),
		RouteTableId: table.ID(),
	}, pulumi.Parent(n))
	if err != nil {
		return platform.Subnet{}, fmt.Errorf("route table of %s subnet in zone %q: %w", s.tier, s.zone, err)
	}
	needs := []pulumi.Resource{association}
	if route != nil {
		needs = append(needs, route)
	}
	id := s.ID().ToStringOutput()
	return platform.Subnet{Zone: s.zone, ID: id, Routed: after(ctx, id, needs...)}, nil
}
