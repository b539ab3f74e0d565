package aws

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/firstboot"
)

// createGroup creates the group that the members are in. They talk to each
// other, and over HTTPS to package repositories and AWS. Names and the time need
// no rule: security groups do not filter what AWS answers inside a VPC.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
func (m *Mongo) createGroup(ctx *pulumi.Context) error {
	name := m.name + "-group"
	group, err := newStoreGroup(ctx, m, storeGroup{name, "mongo", single(firstboot.Port)}, &m.args.StoreArgs)
	if err != nil {
		return err
	}
	m.group = group
	peersIn, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-peers-in", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           group.ID(),
		ReferencedSecurityGroupId: group.ID(),
		Description:               pulumi.String("From the other members"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(firstboot.Port),
		ToPort:                    pulumi.Int(firstboot.Port),
		Tags:                      m.tags(name + "-peers-in"),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("rule for the members: %w", err)
	}
	m.ready = append(m.ready, peersIn)
	for _, out := range []struct {
		part, description string
		port              int
		group, block      pulumi.StringPtrInput
	}{
		{"peers-out", "To the other members", firstboot.Port, group.ID().ToStringOutput(), nil},
		{"https-out", "To package repositories and AWS", 443, nil, pulumi.String("0.0.0.0/0")},
	} {
		rule, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-"+out.part, &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId:           group.ID(),
			ReferencedSecurityGroupId: out.group,
			CidrIpv4:                  out.block,
			Description:               pulumi.String(out.description),
			IpProtocol:                pulumi.String("tcp"),
			FromPort:                  pulumi.Int(out.port),
			ToPort:                    pulumi.Int(out.port),
			Tags:                      m.tags(name + "-" + out.part),
		}, pulumi.Parent(m))
		if err != nil {
			return fmt.Errorf("rule %q: %w", out.part, err)
		}
		m.ready = append(m.ready, rule)
	}
	return nil
}

// createInterfaces gives each member an address of its own that outlives its
// machine: clients and members keep connections to addresses, and a name that
// led elsewhere would have to be waited for.
func (m *Mongo) createInterfaces(ctx *pulumi.Context) error {
	for _, member := range m.args.Members {
		name := m.name + "-interface-" + member.Name
		subnet := m.args.Subnets[slices.IndexFunc(m.args.Subnets, member.livesIn)]
		address, err := ec2.NewNetworkInterface(ctx, name, &ec2.NetworkInterfaceArgs{
			SubnetId:       subnet.Routed,
			SecurityGroups: pulumi.StringArray{m.group.ID()},
			Description:    pulumi.String(member.host() + " of " + m.args.ReplicaSet),
			Tags:           m.tags(name),
		}, pulumi.Parent(m))
		if err != nil {
			return fmt.Errorf("interface of member %q: %w", member.Name, err)
		}
		m.machines = append(m.machines, &mongoMachine{MongoMember: member, address: address})
	}
	return nil
}
