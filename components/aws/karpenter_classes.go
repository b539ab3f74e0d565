package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/workloads"
)

// nodeClass is what nodes of a kind are to AWS: what they may do, and whom they can
// reach.
type nodeClass struct {
	name    string
	role    *iam.Role
	profile *iam.InstanceProfile
	group   pulumi.StringInput
}

// standardClass is the class of all nodes but those of the code jail.
const standardClass = "standard"

// createClasses creates what the nodes may do and whom they reach.
func (k *Karpenter) createClasses(ctx *pulumi.Context) ([]nodeClass, error) {
	standard, err := k.createClass(ctx, standardClass, nodeRights, k.args.ClusterGroup)
	if err != nil {
		return nil, err
	}
	if k.args.Pools.CodeJail == 0 {
		return []nodeClass{standard}, nil
	}
	group, err := k.createJailGroup(ctx)
	if err != nil {
		return nil, err
	}
	// Session Manager's policy lets a machine read every parameter of the account.
	jail, err := k.createClass(ctx, workloads.CodeJailPool, nodeRights[:2], group.ID().ToStringOutput())
	if err != nil {
		return nil, err
	}
	return []nodeClass{standard, jail}, nil
}

// createClass creates the role of nodes, the profile that hands it to them, and the
// entry that lets them into the cluster. EKS makes such an entry only for the
// nodes that it starts itself.
func (k *Karpenter) createClass(ctx *pulumi.Context, class string, rights []nodeRight, group pulumi.StringInput) (nodeClass, error) {
	name := k.name + "-" + class + "-node"
	role, held, err := newNodeRole(ctx, k, nodeRole{
		name: name, description: "Nodes that Karpenter adds to " + k.args.Cluster, account: k.args.Account, rights: rights, tags: k.tags(name),
	})
	if err != nil {
		return nodeClass{}, fmt.Errorf("class %q: %w", class, err)
	}
	profile, err := iam.NewInstanceProfile(ctx, name+"-profile", &iam.InstanceProfileArgs{
		Role: role.Name, Tags: k.tags(name + "-profile"),
	}, pulumi.Parent(k))
	if err != nil {
		return nodeClass{}, fmt.Errorf("profile of class %q: %w", class, err)
	}
	entry, err := awseks.NewAccessEntry(ctx, name+"-entry", &awseks.AccessEntryArgs{
		ClusterName:  k.args.ClusterName.ToStringOutput(),
		PrincipalArn: role.Arn,
		Type:         pulumi.String("EC2_LINUX"),
		Tags:         k.tags(name + "-entry"),
	}, pulumi.Parent(k))
	if err != nil {
		return nodeClass{}, fmt.Errorf("access entry of class %q: %w", class, err)
	}
	k.needs = append(append(k.needs, held...), profile, entry)
	return nodeClass{name: class, role: role, profile: profile, group: group}, nil
}

const dnsPort = 53

// createJailGroup creates a group for the nodes of the code jail. The stores let in
// the cluster's own group, which these nodes are not in: what breaks out of the jail
// cannot reach them.
func (k *Karpenter) createJailGroup(ctx *pulumi.Context) (*ec2.SecurityGroup, error) {
	name := k.name + "-jail"
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       k.args.VPC.ToStringOutput(),
		Description: pulumi.String("Nodes of the code jail of " + k.args.Cluster),
		Tags:        k.tags(name),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, fmt.Errorf("security group of code jail: %w", err)
	}
	id, cluster := group.ID().ToStringOutput(), k.args.ClusterGroup.ToStringOutput()
	for _, way := range []jailWay{
		// Whoever may call the jail is a network policy's matter, as for every pod.
		{part: "in", description: "From the cluster to kubelet and pods", protocol: "-1", from: cluster, into: id},
		{part: "api", description: "From the code jail to the Kubernetes API", protocol: "tcp", port: httpsPort, from: id, into: cluster},
		{part: "dns-udp", description: "From the code jail to DNS", protocol: "udp", port: dnsPort, from: id, into: cluster},
		{part: "dns-tcp", description: "From the code jail to DNS", protocol: "tcp", port: dnsPort, from: id, into: cluster},
	} {
		rule, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-"+way.part, way.ingress(k.tags(name+"-"+way.part)), pulumi.Parent(k))
		if err != nil {
			return nil, fmt.Errorf("rule %q of code jail: %w", way.part, err)
		}
		k.needs = append(k.needs, rule)
	}
	return group, k.createJailExits(ctx, name, group)
}

// jailWay is a way between the code jail and the rest of the cluster.
type jailWay struct {
	part, description, protocol string
	port                        int
	from, into                  pulumi.StringOutput
}

// ingress lets somebody in.
func (w jailWay) ingress(all pulumi.StringMap) *vpc.SecurityGroupIngressRuleArgs {
	args := &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: w.into, ReferencedSecurityGroupId: w.from,
		Description: pulumi.String(w.description), IpProtocol: pulumi.String(w.protocol), Tags: all,
	}
	if w.port != 0 {
		args.FromPort, args.ToPort = pulumi.Int(w.port), pulumi.Int(w.port)
	}
	return args
}

// createJailExits let the nodes join, resolve names and pull images.
func (k *Karpenter) createJailExits(ctx *pulumi.Context, name string, group *ec2.SecurityGroup) error {
	for _, exit := range []struct {
		part, description, protocol string
		port                        int
		group, block                pulumi.StringPtrInput
	}{
		{"dns-udp-out", "To DNS", "udp", dnsPort, k.args.ClusterGroup.ToStringOutput(), nil},
		{"dns-tcp-out", "To DNS", "tcp", dnsPort, k.args.ClusterGroup.ToStringOutput(), nil},
		{"https-out", "To the Kubernetes API, images and AWS", "tcp", httpsPort, nil, pulumi.String("0.0.0.0/0")},
	} {
		rule, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-"+exit.part, &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId:           group.ID(),
			ReferencedSecurityGroupId: exit.group,
			CidrIpv4:                  exit.block,
			Description:               pulumi.String(exit.description),
			IpProtocol:                pulumi.String(exit.protocol),
			FromPort:                  pulumi.Int(exit.port),
			ToPort:                    pulumi.Int(exit.port),
			Tags:                      k.tags(name + "-" + exit.part),
		}, pulumi.Parent(k))
		if err != nil {
			return fmt.Errorf("rule %q of code jail: %w", exit.part, err)
		}
		k.needs = append(k.needs, rule)
	}
	return nil
}
