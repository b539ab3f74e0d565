package aws

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

const httpsPort = 443

// serviceName is a service as its endpoints in this region are called.
func (a Account) serviceName(service string) pulumi.String {
	return pulumi.String("com.amazonaws." + a.Region + "." + service)
}

// createGatewayEndpoint lets every tier, even the data tier, reach S3 without
// leaving the network; it costs nothing, and image layers and uploads would be
// most of what NAT is paid for. Tables are tied to it one by one rather than in
// a list, so that another zone changes nothing that is there.
func (n *Network) createGatewayEndpoint(ctx *pulumi.Context) error {
	name := n.name + "-endpoint-s3"
	endpoint, err := ec2.NewVpcEndpoint(ctx, name, &ec2.VpcEndpointArgs{
		VpcId:           n.ID,
		VpcEndpointType: pulumi.String("Gateway"),
		ServiceName:     n.args.Account.serviceName("s3"),
		Tags:            n.tags(name),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("gateway endpoint: %w", err)
	}
	for _, table := range n.tables {
		_, err := ec2.NewVpcEndpointRouteTableAssociation(ctx, name+strings.TrimPrefix(table.name, n.name),
			&ec2.VpcEndpointRouteTableAssociationArgs{
				VpcEndpointId: endpoint.ID(),
				RouteTableId:  table.ID(),
			}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("gateway endpoint in %q: %w", table.name, err)
		}
	}
	return nil
}

// createInterfaceEndpoints puts AWS services into the private tier.
func (n *Network) createInterfaceEndpoints(ctx *pulumi.Context) error {
	if len(n.args.Endpoints) == 0 {
		return nil
	}
	group, err := n.createEndpointGroup(ctx)
	if err != nil {
		return err
	}
	for _, service := range n.args.Endpoints {
		name := n.name + "-endpoint-" + strings.ReplaceAll(service, ".", "-")
		_, err := ec2.NewVpcEndpoint(ctx, name, &ec2.VpcEndpointArgs{
			VpcId:             n.ID,
			VpcEndpointType:   pulumi.String("Interface"),
			ServiceName:       n.args.Account.serviceName(service),
			PrivateDnsEnabled: pulumi.Bool(true), // clients keep using the public names
			SecurityGroupIds:  pulumi.StringArray{group.ID()},
			SubnetIds:         platform.IDs(n.Private),
			Tags:              n.tags(name),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("endpoint %q: %w", service, err)
		}
	}
	return nil
}

// createEndpointGroup lets the whole network, and nobody else, use the endpoints.
func (n *Network) createEndpointGroup(ctx *pulumi.Context) (*ec2.SecurityGroup, error) {
	name := n.name + "-endpoints"
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       n.ID,
		Description: pulumi.String("AWS services inside the network"),
		Tags:        n.tags(name),
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("security group of endpoints: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, name+"-https", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String("HTTPS from the network"),
		CidrIpv4:        pulumi.String(n.args.CIDR),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(httpsPort),
		ToPort:          pulumi.Int(httpsPort),
		Tags:            n.tags(name + "-https"),
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("https rule of endpoints: %w", err)
	}
	return group, nil
}
