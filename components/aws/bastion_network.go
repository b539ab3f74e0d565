package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lastPort is the highest port there is.
const lastPort = 65535

// createGroup creates the machine's group, which lets nobody in: sessions come
// over a connection that the machine itself opens.
func (b *Bastion) createGroup(ctx *pulumi.Context) error {
	name := b.name + "-group"
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       b.args.VPC.ToStringOutput(),
		Description: pulumi.String("The machine of operators"),
		Tags:        b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("security group: %w", err)
	}
	b.Group = group.ID().ToStringOutput()
	if err = b.leave(ctx, name); err != nil {
		return err
	}
	return b.enterCluster(ctx, name+"-to-cluster")
}

// leave lets the machine reach AWS and package repositories over HTTPS, and the
// whole network: the stores come later and name this group as their client, so
// that it could not name theirs without a circle, and it is they who decide on
// which port they are reached.
func (b *Bastion) leave(ctx *pulumi.Context, name string) error {
	for _, out := range []struct {
		part, description, block string
		ports                    ports
	}{
		{"https-out", "To AWS and package repositories", "0.0.0.0/0", single(httpsPort)},
		{"network-out", "To the stores", b.args.Block, ports{0, lastPort}},
	} {
		rule, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-"+out.part, &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId: b.Group,
			CidrIpv4:        pulumi.String(out.block),
			Description:     pulumi.String(out.description),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(out.ports.first),
			ToPort:          pulumi.Int(out.ports.last),
			Tags:            b.tags(name + "-" + out.part),
		}, pulumi.Parent(b))
		if err != nil {
			return fmt.Errorf("rule %q: %w", out.part, err)
		}
		b.needs = append(b.needs, rule)
	}
	return nil
}

// enterCluster opens the cluster's API to the machine.
func (b *Bastion) enterCluster(ctx *pulumi.Context, name string) error {
	_, err := vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           b.args.ClusterGroup.ToStringOutput(),
		ReferencedSecurityGroupId: b.Group,
		Description:               pulumi.String("From the bastion"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(httpsPort),
		ToPort:                    pulumi.Int(httpsPort),
		Tags:                      b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("rule for the cluster: %w", err)
	}
	return nil
}
