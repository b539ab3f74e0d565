package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// everywhere is every IPv4 address.
const everywhere = "0.0.0.0/0"

// createTiers creates the subnets and gives each tier its way out: public
// through the internet gateway, private through NAT, data none at all.
func (n *Network) createTiers(ctx *pulumi.Context) error {
	public, private, data := n.args.tiers()
	gateway, err := ec2.NewInternetGateway(ctx, n.name+"-gateway", &ec2.InternetGatewayArgs{
		VpcId: n.ID,
		Tags:  n.tags(n.name + "-gateway"),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("internet gateway: %w", err)
	}
	subnets, err := n.createPublic(ctx, public, gateway)
	if err != nil {
		return err
	}
	nats, err := n.createNATs(ctx, subnets, gateway)
	if err != nil {
		return err
	}
	if err := n.createPrivate(ctx, private, nats); err != nil {
		return err
	}
	return n.createData(ctx, data)
}

// createPublic creates the tier that the internet can reach.
func (n *Network) createPublic(ctx *pulumi.Context, t tier, gateway *ec2.InternetGateway) ([]subnet, error) {
	table, err := n.createRouteTable(ctx, n.name+"-public-routes")
	if err != nil {
		return nil, err
	}
	route, err := n.createDefaultRoute(ctx, n.name+"-public-default", &ec2.RouteArgs{
		RouteTableId: table.ID(),
		GatewayId:    gateway.ID(),
	})
	if err != nil {
		return nil, err
	}
	subnets, err := n.createSubnets(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, s := range subnets {
		attached, err := n.attach(ctx, s, table, route)
		if err != nil {
			return nil, err
		}
		n.Public = append(n.Public, attached)
	}
	return subnets, nil
}

// createNATs creates the ways out of the private tier: one in each of the given
// public subnets, or one in the first. The first is the same either way, so that
// a platform that grows keeps the address that others may have allowed.
func (n *Network) createNATs(ctx *pulumi.Context, subnets []subnet, gateway *ec2.InternetGateway) ([]*ec2.NatGateway, error) {
	if !n.args.NATPerZone {
		subnets = subnets[:1]
	}
	nats := make([]*ec2.NatGateway, len(subnets))
	for i, s := range subnets {
		// AWS refuses both in a VPC whose gateway is not attached yet.
		// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
		attached := pulumi.DependsOn([]pulumi.Resource{gateway})
		name := n.name + "-nat-address-" + s.zone
		address, err := ec2.NewEip(ctx, name, &ec2.EipArgs{
			Domain: pulumi.String("vpc"),
			Tags:   n.tags(name),
		}, pulumi.Parent(n), attached)
		if err != nil {
			return nil, fmt.Errorf("address of nat in zone %q: %w", s.zone, err)
		}
		name = n.name + "-nat-" + s.zone
		nats[i], err = ec2.NewNatGateway(ctx, name, &ec2.NatGatewayArgs{
			AllocationId: address.ID(),
			SubnetId:     s.ID(),
			Tags:         n.tags(name),
		}, pulumi.Parent(n), attached)
		if err != nil {
			return nil, fmt.Errorf("nat in zone %q: %w", s.zone, err)
		}
	}
	return nats, nil
}

// createPrivate creates the tier that reaches the internet through NAT. Each
// zone has a table of its own even where they share a NAT gateway, so that a
// change of heart edits routes and moves nothing.
func (n *Network) createPrivate(ctx *pulumi.Context, t tier, nats []*ec2.NatGateway) error {
	subnets, err := n.createSubnets(ctx, t)
	if err != nil {
		return err
	}
	for i, s := range subnets {
		nat := nats[0]
		if n.args.NATPerZone {
			nat = nats[i]
		}
		table, err := n.createRouteTable(ctx, n.name+"-private-routes-"+s.zone)
		if err != nil {
			return err
		}
		route, err := n.createDefaultRoute(ctx, n.name+"-private-default-"+s.zone, &ec2.RouteArgs{
			RouteTableId: table.ID(),
			NatGatewayId: nat.ID(),
		})
		if err != nil {
			return err
		}
		attached, err := n.attach(ctx, s, table, route)
		if err != nil {
			return err
		}
		n.Private = append(n.Private, attached)
	}
	return nil
}

// createData creates the tier that has no way out.
func (n *Network) createData(ctx *pulumi.Context, t tier) error {
	table, err := n.createRouteTable(ctx, n.name+"-data-routes")
	if err != nil {
		return err
	}
	subnets, err := n.createSubnets(ctx, t)
	if err != nil {
		return err
	}
	for _, s := range subnets {
		attached, err := n.attach(ctx, s, table, nil)
		if err != nil {
			return err
		}
		n.Data = append(n.Data, attached)
	}
	return nil
}

// createRouteTable creates a table that knows the way inside the VPC only.
func (n *Network) createRouteTable(ctx *pulumi.Context, name string) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(ctx, name, &ec2.RouteTableArgs{VpcId: n.ID, Tags: n.tags(name)}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("route table %q: %w", name, err)
	}
	n.tables = append(n.tables, routeTable{RouteTable: table, name: name})
	return table, nil
}

// createDefaultRoute sends what is meant for the outside on its way.
func (n *Network) createDefaultRoute(ctx *pulumi.Context, name string, args *ec2.RouteArgs) (*ec2.Route, error) {
	args.DestinationCidrBlock = pulumi.String(everywhere)
	route, err := ec2.NewRoute(ctx, name, args, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("route %q: %w", name, err)
	}
	return route, nil
}
