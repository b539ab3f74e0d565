package aws

import (
	"context"
	"fmt"
	"maps"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-eks/sdk/v3/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/versions"
)

// This is the only file that knows pulumi-eks, and it uses none of its outputs
// but scalars: resources inside outputs do not survive every engine.

// createControlPlane creates the cluster itself, with the add-ons that work
// without nodes. It comes back when all of them are finished.
func (c *Cluster) createControlPlane(ctx *pulumi.Context) (*eks.Cluster, error) {
	logs, err := c.createLogGroup(ctx)
	if err != nil {
		return nil, err
	}
	name := c.name + "-eks"
	control, err := eks.NewCluster(ctx, name, c.args.controlPlane(c.tags(name)), pulumi.Parent(c),
		// EKS would create the log group itself, for ever and unencrypted.
		pulumi.DependsOn([]pulumi.Resource{logs}),
		pulumi.Transforms([]pulumi.ResourceTransform{complete("aws:eks/cluster:Cluster", c.args.beyondEKS())}))
	if err != nil {
		return nil, fmt.Errorf("control plane: %w", err)
	}
	c.joined = after(ctx, pulumi.String(c.args.Name).ToStringOutput(), control)
	c.Name = c.joined
	c.Kubeconfig = platform.Secret(control.KubeconfigJson)
	c.Issuer = control.OidcProviderUrl
	c.SecurityGroup = control.ClusterSecurityGroupId
	return control, nil
}

// controlPlane builds the arguments of the control plane.
func (a *ClusterArgs) controlPlane(all pulumi.StringMap) *eks.ClusterArgs {
	mode := eks.AuthenticationModeApi
	args := &eks.ClusterArgs{
		Name:      pulumi.String(a.Name),
		Version:   pulumi.String(a.Version),
		VpcId:     a.VPC.ToStringOutput(),
		SubnetIds: platform.IDs(a.Subnets),
		// Left to itself EKS picks one that may be taken.
		KubernetesServiceIpAddressRange: pulumi.String(a.ServiceBlock),
		AuthenticationMode:              &mode,
		AccessEntries:                   a.accessEntries(),
		EncryptionConfigKeyArn:          a.SecretsKey.ToStringOutput(),
		EnabledClusterLogTypes:          pulumi.ToStringArray(controlPlaneLogs()),
		EndpointPrivateAccess:           pulumi.Bool(true),
		EndpointPublicAccess:            pulumi.Bool(len(a.PublicAccess) > 0),
		SkipDefaultNodeGroup:            pulumi.BoolRef(true),
		SkipDefaultSecurityGroups:       pulumi.BoolRef(true), // EKS makes one group for control plane, nodes and pods
		Tags:                            all,
		KubeProxyAddonOptions:           &eks.KubeProxyAddonOptionsArgs{Version: pulumi.String(a.AddOns[versions.KubeProxy])},
		// CoreDNS cannot finish before there are nodes, nodes wait for this component,
		// and this component for all of its add-ons: so CoreDNS is made apart.
		CorednsAddonOptions: &eks.CoreDnsAddonOptionsArgs{Enabled: pulumi.BoolRef(false)},
		VpcCniOptions: &eks.VpcCniOptionsArgs{
			AddonVersion: pulumi.String(a.AddOns[versions.VPCCNI]),
			// Whole /28 blocks instead of single addresses: four times as many pods a
			// node, and one block in reserve so that a burst of pods does not wait.
			EnablePrefixDelegation: pulumi.Bool(true),
			WarmPrefixTarget:       pulumi.Int(1),
			EnableNetworkPolicy:    pulumi.Bool(true),
		},
	}
	if len(a.PublicAccess) > 0 {
		args.PublicAccessCidrs = pulumi.ToStringArray(a.PublicAccess)
	}
	return args
}

// controlPlaneLogs are all the logs that EKS can give.
// https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
func controlPlaneLogs() []string {
	return []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}
}

// accessEntries says who may use the Kubernetes API and as what.
// https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
func (a *ClusterArgs) accessEntries() map[string]eks.AccessEntryArgs {
	entries := make(map[string]eks.AccessEntryArgs, len(a.Admins)+len(a.Viewers))
	add := func(role, policyName string, principals []string) {
		for _, principal := range principals {
			entries[role+"-"+accessKey(principal)] = eks.AccessEntryArgs{
				PrincipalArn: pulumi.String(principal),
				Tags:         pulumi.ToStringMap(a.Tags.For("cluster", a.Name+"-"+role)),
				AccessPolicies: map[string]eks.AccessPolicyAssociationInput{
					role: eks.AccessPolicyAssociationArgs{
						PolicyArn: pulumi.String("arn:" + a.Account.Partition + ":eks::aws:cluster-access-policy/" + policyName),
						AccessScope: awseks.AccessPolicyAssociationAccessScopeArgs{
							Type: pulumi.String("cluster"),
						},
					},
				},
			}
		}
	}
	add("admin", "AmazonEKSClusterAdminPolicy", a.Admins)
	add("viewer", "AmazonEKSViewPolicy", a.Viewers)
	return entries
}

// beyondEKS is what the control plane needs and pulumi-eks has no argument for.
func (a *ClusterArgs) beyondEKS() pulumi.Map {
	beyond := pulumi.Map{
		// Otherwise a forgotten upgrade slips into support at six times the price.
		"upgradePolicy": pulumi.Map{"supportType": pulumi.String("STANDARD")},
	}
	if len(a.Admins) > 0 {
		// EKS would also make whoever creates the cluster an admin for ever, and
		// would refuse an entry for that principal because it had made one already.
		beyond["accessConfig"] = pulumi.Map{
			"authenticationMode":                      pulumi.String(string(eks.AuthenticationModeApi)),
			"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(false),
		}
	}
	return beyond
}

// complete sets properties on the one resource of a type that a remote component
// creates. It sees that resource only because the engine calls it back.
func complete(typ string, beyond pulumi.Map) pulumi.ResourceTransform {
	return func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if args.Type != typ {
			return nil
		}
		props := maps.Clone(args.Props)
		maps.Copy(props, beyond)
		return &pulumi.ResourceTransformResult{Props: props, Opts: args.Opts}
	}
}

// createNodes creates the nodes that are always there, once what they need as they
// join is. Karpenter, which runs on them, adds the others. They are no different
// for pods: instances run here too, so no taint keeps them away.
func (c *Cluster) createNodes(ctx *pulumi.Context, control *eks.Cluster, ready []pulumi.Resource) (pulumi.Resource, error) {
	template, err := c.createLaunchTemplate(ctx)
	if err != nil {
		return nil, err
	}
	role, rights, err := c.createNodeRole(ctx)
	if err != nil {
		return nil, err
	}
	name := c.name + "-nodes"
	nodes, err := eks.NewManagedNodeGroup(ctx, name, &eks.ManagedNodeGroupArgs{
		Cluster:        control,
		ClusterName:    c.joined,
		Version:        pulumi.String(c.args.Version),
		NodeRoleArn:    role.Arn,
		SubnetIds:      platform.RoutedIDs(c.args.Subnets),
		AmiType:        pulumi.String("AL2023_x86_64_STANDARD"),
		CapacityType:   pulumi.String("ON_DEMAND"),
		LaunchTemplate: template,
		ScalingConfig: &awseks.NodeGroupScalingConfigArgs{
			// While nodes are replaced, EKS raises the largest size itself.
			// https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
			MinSize:     pulumi.Int(c.args.Nodes.Count),
			MaxSize:     pulumi.Int(c.args.Nodes.Count),
			DesiredSize: pulumi.Int(c.args.Nodes.Count),
		},
		Tags: c.tags(name),
	}, pulumi.Parent(c), pulumi.DependsOn(append(ready, rights...)),
		pulumi.Transforms([]pulumi.ResourceTransform{complete("aws:eks/nodeGroup:NodeGroup", pulumi.Map{
			// One at a time, an upgrade of many nodes takes a day.
			"updateConfig": pulumi.Map{"maxUnavailablePercentage": pulumi.Int(maxUnavailablePercentage)},
			// A transform is given an object with one unknown part as unknown. So a preview that
			// makes another version of the template would take the group for one of another
			// template, which is another group. Said here part by part, the version alone is unknown.
			"launchTemplate": pulumi.Map{"id": template.Id, "version": template.Version},
		})}))
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	return nodes, nil
}
