package aws

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const networkType = "openedx:aws:Network"

// NetworkArgs describes a network as decided before the run.
type NetworkArgs struct {
	Account Account
	CIDR    string
	Zones   []Zone
	// NATPerZone gives each zone its own way out; otherwise all share the first zone's.
	NATPerZone bool
	// Endpoints are the AWS services reached without leaving the network, such as "ecr.api".
	Endpoints []string
	FlowLogs  FlowLogs
	// ClusterName is the cluster whose nodes and load balancers find their subnets by tag.
	ClusterName string
	Tags        tags.Set
}

// Zone is one availability zone and the blocks of its subnets.
type Zone struct{ Letter, Name, Public, Private, Data string }

// FlowLogs says which traffic is recorded, where, and for how long.
type FlowLogs struct {
	LogGroup string
	Traffic  string // ALL or REJECT
	Days     int
	Key      pulumi.StringInput
}

// Network is a VPC with three tiers of subnets.
type Network struct {
	pulumi.ResourceState
	platform.Network

	name   string
	args   *NetworkArgs
	tables []routeTable
}

// routeTable is a route table and its logical name.
type routeTable struct {
	*ec2.RouteTable
	name string
}

// NewNetwork creates a network.
func NewNetwork(ctx *pulumi.Context, name string, args *NetworkArgs, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	n := &Network{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(networkType, name, args.inputs(), n, opts...); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	if err := n.build(ctx); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(n, pulumi.Map{
		"id":      n.ID,
		"public":  platform.IDs(n.Public),
		"private": platform.IDs(n.Private),
		"data":    platform.IDs(n.Data),
	}); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	return n, nil
}

// build creates the network from the VPC outwards.
func (n *Network) build(ctx *pulumi.Context) error {
	if err := n.createVPC(ctx); err != nil {
		return err
	}
	if err := n.createTiers(ctx); err != nil {
		return err
	}
	if err := n.createGatewayEndpoint(ctx); err != nil {
		return err
	}
	if err := n.createInterfaceEndpoints(ctx); err != nil {
		return err
	}
	return n.createFlowLogs(ctx)
}

func (a *NetworkArgs) validate() error {
	if _, err := netip.ParsePrefix(a.CIDR); err != nil {
		return fmt.Errorf("address block: %w", err)
	}
	if a.ClusterName == "" {
		return errors.New("no cluster name to tag the subnets with")
	}
	if a.FlowLogs.Traffic != "ALL" && a.FlowLogs.Traffic != "REJECT" {
		return fmt.Errorf("flow logs record ALL or REJECT, not %q", a.FlowLogs.Traffic)
	}
	if a.FlowLogs.Key == nil {
		return errors.New("no key to encrypt flow logs with")
	}
	if len(a.Zones) == 0 {
		return errors.New("no zones")
	}
	letters := make([]string, len(a.Zones))
	for i, zone := range a.Zones {
		letters[i] = zone.Letter
	}
	if err := unique("zone", letters); err != nil {
		return err
	}
	return unique("endpoint", a.Endpoints)
}

// unique refuses a value that is there twice, since both would get the same name.
func unique(what string, values []string) error {
	seen := make(map[string]bool, len(values))
	for _, value := range values {
		if seen[value] {
			return fmt.Errorf("%s %q is there twice", what, value)
		}
		seen[value] = true
	}
	return nil
}

func (a *NetworkArgs) inputs() pulumi.Map {
	zones := make(pulumi.StringArray, len(a.Zones))
	for i, zone := range a.Zones {
		zones[i] = pulumi.String(zone.Letter)
	}
	return pulumi.Map{
		"cidr":       pulumi.String(a.CIDR),
		"zones":      zones,
		"natPerZone": pulumi.Bool(a.NATPerZone),
		"endpoints":  pulumi.ToStringArray(a.Endpoints),
	}
}

// tags are the tags of one of the network's resources.
func (n *Network) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(n.args.Tags.For("network", name))
}

// createVPC creates the VPC, with its default security group emptied: what is
// put there by mistake can then reach nothing and be reached by nobody.
func (n *Network) createVPC(ctx *pulumi.Context) error {
	vpc, err := ec2.NewVpc(ctx, n.name+"-vpc", &ec2.VpcArgs{
		CidrBlock:          pulumi.String(n.args.CIDR),
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true), // private names of interface endpoints need it
		Tags:               n.tags(n.name + "-vpc"),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("vpc: %w", err)
	}
	n.ID = vpc.ID().ToStringOutput()
	_, err = ec2.NewDefaultSecurityGroup(ctx, n.name+"-default-group", &ec2.DefaultSecurityGroupArgs{
		VpcId:   n.ID,
		Ingress: ec2.DefaultSecurityGroupIngressArray{},
		Egress:  ec2.DefaultSecurityGroupEgressArray{},
		Tags:    n.tags(n.name + "-default-group"),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("default security group: %w", err)
	}
	return nil
}
