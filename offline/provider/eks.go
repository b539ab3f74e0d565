package provider

import (
	"crypto/sha1" //nolint:gosec // pulumi-eks names resources by it; nothing is protected with it
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// clusterArgs are the arguments of eks:index:Cluster that are honoured here;
// all others are refused.
type clusterArgs struct {
	AccessEntries                   map[string]accessEntry      `pulumi:"accessEntries"`
	AuthenticationMode              string                      `pulumi:"authenticationMode"`
	ClusterSecurityGroupTags        pulumi.StringMapInput       `pulumi:"clusterSecurityGroupTags"`
	ClusterTags                     pulumi.StringMapInput       `pulumi:"clusterTags"`
	CorednsAddonOptions             *addonOptions               `pulumi:"corednsAddonOptions"`
	CreateOidcProvider              bool                        `pulumi:"createOidcProvider"`
	EnabledClusterLogTypes          pulumi.StringArrayInput     `pulumi:"enabledClusterLogTypes"`
	EncryptionConfigKeyArn          pulumi.StringPtrInput       `pulumi:"encryptionConfigKeyArn"`
	EndpointPrivateAccess           pulumi.BoolPtrInput         `pulumi:"endpointPrivateAccess"`
	EndpointPublicAccess            pulumi.BoolPtrInput         `pulumi:"endpointPublicAccess"`
	KubeProxyAddonOptions           *addonOptions               `pulumi:"kubeProxyAddonOptions"`
	KubernetesServiceIPAddressRange pulumi.StringPtrInput       `pulumi:"kubernetesServiceIpAddressRange"`
	Name                            pulumi.StringPtrInput       `pulumi:"name"`
	NodeSecurityGroupTags           pulumi.StringMapInput       `pulumi:"nodeSecurityGroupTags"`
	PrivateSubnetIDs                pulumi.StringArrayInput     `pulumi:"privateSubnetIds"`
	PublicAccessCIDRs               pulumi.StringArrayInput     `pulumi:"publicAccessCidrs"`
	PublicSubnetIDs                 pulumi.StringArrayInput     `pulumi:"publicSubnetIds"`
	SkipDefaultNodeGroup            bool                        `pulumi:"skipDefaultNodeGroup"`
	SkipDefaultSecurityGroups       bool                        `pulumi:"skipDefaultSecurityGroups"`
	SubnetIDs                       pulumi.StringArrayInput     `pulumi:"subnetIds"`
	Tags                            pulumi.StringMapInput       `pulumi:"tags"`
	UseDefaultVpcCni                bool                        `pulumi:"useDefaultVpcCni"`
	Version                         pulumi.StringPtrInput       `pulumi:"version"`
	VpcCniOptions                   map[string]pulumi.AnyOutput `pulumi:"vpcCniOptions"`
	VpcID                           pulumi.StringPtrInput       `pulumi:"vpcId"`
}

type accessEntry struct {
	AccessPolicies   map[string]accessPolicy `pulumi:"accessPolicies"`
	KubernetesGroups pulumi.StringArrayInput `pulumi:"kubernetesGroups"`
	PrincipalArn     pulumi.StringInput      `pulumi:"principalArn"`
	Tags             pulumi.StringMapInput   `pulumi:"tags"`
	Type             pulumi.StringPtrInput   `pulumi:"type"`
	Username         pulumi.StringPtrInput   `pulumi:"username"`
}

type accessPolicy struct {
	AccessScope pulumi.MapInput    `pulumi:"accessScope"`
	PolicyArn   pulumi.StringInput `pulumi:"policyArn"`
}

type addonOptions struct {
	ConfigurationValues      pulumi.MapInput       `pulumi:"configurationValues"`
	Enabled                  *bool                 `pulumi:"enabled"`
	ResolveConflictsOnCreate pulumi.StringPtrInput `pulumi:"resolveConflictsOnCreate"`
	ResolveConflictsOnUpdate pulumi.StringPtrInput `pulumi:"resolveConflictsOnUpdate"`
	Version                  pulumi.StringPtrInput `pulumi:"version"`
}

func newCluster(
	ctx *pulumi.Context, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption,
) (*provider.ConstructResult, error) {
	args := &clusterArgs{}
	if err := refuseOthers(inputs, args); err != nil {
		return nil, fmt.Errorf("eks cluster %q: %w", name, err)
	}
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("eks cluster %q: %w", name, err)
	}
	c := newComponent(ctx, "eks:index:Cluster", name, options)
	role := c.serviceRole(args)
	var group *child
	if !args.SkipDefaultSecurityGroups {
		group = c.clusterGroup(args)
	}
	control := c.controlPlane(args, role, group)
	c.addons(args, control)
	kubeconfig := kubeconfigOf(control)
	kubeconfigJSON := pulumi.JSONMarshal(kubeconfig)
	cluster := c.add("pulumi:providers:kubernetes", "-eks-k8s", pulumi.Map{"kubeconfig": kubeconfigJSON})
	c.accessEntries(args, control)
	outputs := pulumi.Map{
		"autoModeNodeRoleName": pulumi.String(""), "defaultNodeGroupAsgName": pulumi.String(""),
		"fargateProfileId": pulumi.String(""), "fargateProfileStatus": pulumi.String(""),
		"clusterIngressRuleId": pulumi.String(""), "oidcProviderArn": pulumi.String(""),
		"instanceRoles": pulumi.Array{}, "kubeconfig": kubeconfig, "kubeconfigJson": kubeconfigJSON,
	}
	if args.CreateOidcProvider {
		outputs["oidcProviderArn"] = c.identityProvider(control).Arn
	}
	c.groupOutputs(args, control, group, outputs)
	if c.err != nil {
		return nil, c.err
	}
	issuer := issuerOf(control)
	outputs["oidcProviderUrl"] = issuer
	outputs["oidcIssuer"] = issuer.ApplyT(func(url string) string { return strings.TrimPrefix(url, "https://") })
	outputs["eksCluster"] = pulumi.NewResourceInput(control)
	outputs["core"] = pulumi.Map{
		"cluster": pulumi.NewResourceInput(control), "clusterIamRole": pulumi.NewResourceInput(role),
		"endpoint": control.Endpoint, "instanceRoles": pulumi.Array{}, "kubeconfig": kubeconfig,
		"nodeGroupOptions": pulumi.Map{}, "provider": pulumi.NewResourceInput(cluster),
		"subnetIds": args.subnets(), "vpcId": args.VpcID,
	}
	return c.done(outputs)
}

// validate refuses what would need children that are not modelled here.
func (a *clusterArgs) validate() error {
	switch {
	case !a.SkipDefaultNodeGroup:
		return errors.New("the offline cloud makes no default node group; set skipDefaultNodeGroup")
	case a.AuthenticationMode != "API":
		return fmt.Errorf("the offline cloud knows authenticationMode API only, got %q", a.AuthenticationMode)
	case a.VpcID == nil:
		return errors.New("vpcId is required: the offline cloud has no default VPC")
	case a.SubnetIDs != nil && (a.PublicSubnetIDs != nil || a.PrivateSubnetIDs != nil):
		return errors.New("subnetIds excludes publicSubnetIds and privateSubnetIds")
	default:
		return nil
	}
}

// serviceRole makes the role that EKS itself takes on.
func (c *component) serviceRole(args *clusterArgs) *child {
	r := c.nested("eks:index:ServiceRole", "-eksRole")
	role := r.add("aws:iam/role:Role", "-role", pulumi.Map{
		"assumeRolePolicy": pulumi.String(`{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole","sts:TagSession"],` +
			`"Effect":"Allow","Principal":{"Service":["eks.amazonaws.com"]}}]}`),
		"description": pulumi.String("Allows EKS to manage clusters on your behalf."),
		"tags":        args.Tags,
	})
	policy := "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
	sum := sha1.Sum([]byte(policy)) //nolint:gosec // see the import
	r.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "-"+hex.EncodeToString(sum[:4]), pulumi.Map{
		"policyArn": pulumi.String(policy), "role": role.Name,
	})
	c.err = r.err
	return role
}

func (c *component) clusterGroup(args *clusterArgs) *child {
	group := c.add("aws:ec2/securityGroup:SecurityGroup", "-eksClusterSecurityGroup", pulumi.Map{
		"vpcId": args.VpcID, "revokeRulesOnDelete": pulumi.Bool(true),
		"tags": layered(pulumi.StringMap{"Name": pulumi.String(c.name + "-eksClusterSecurityGroup")}, args.ClusterSecurityGroupTags, args.Tags),
	})
	c.add("aws:ec2/securityGroupRule:SecurityGroupRule", "-eksClusterInternetEgressRule", pulumi.Map{
		"description": pulumi.String("Allow internet access."), "type": pulumi.String("egress"),
		"fromPort": pulumi.Int(0), "toPort": pulumi.Int(0), "protocol": pulumi.String("-1"),
		"cidrBlocks": pulumi.ToStringArray([]string{"0.0.0.0/0"}), "securityGroupId": group.ID(),
	})
	return group
}

func (c *component) controlPlane(args *clusterArgs, role, group *child) *child {
	network := pulumi.Map{
		"subnetIds": args.subnets(), "endpointPrivateAccess": args.EndpointPrivateAccess,
		"endpointPublicAccess": args.EndpointPublicAccess, "publicAccessCidrs": args.PublicAccessCIDRs,
	}
	if group != nil {
		network["securityGroupIds"] = pulumi.StringArray{group.ID().ToStringOutput()}
	}
	props := pulumi.Map{
		"name": args.Name, "roleArn": role.Arn, "version": args.Version, "vpcConfig": network,
		"bootstrapSelfManagedAddons": pulumi.Bool(true), "enabledClusterLogTypes": args.EnabledClusterLogTypes,
		"tags": layered(pulumi.StringMap{"Name": pulumi.String(c.name + "-eksCluster")}, args.ClusterTags, args.Tags),
		"accessConfig": pulumi.Map{
			"authenticationMode":                      pulumi.String(args.AuthenticationMode),
			"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(true),
		},
	}
	if args.EncryptionConfigKeyArn != nil {
		props["encryptionConfig"] = pulumi.Map{
			"provider":  pulumi.Map{"keyArn": args.EncryptionConfigKeyArn},
			"resources": pulumi.ToStringArray([]string{"secrets"}),
		}
	}
	if args.KubernetesServiceIPAddressRange != nil {
		props["kubernetesNetworkConfig"] = pulumi.Map{
			"ipFamily": pulumi.String("ipv4"), "serviceIpv4Cidr": args.KubernetesServiceIPAddressRange,
		}
	}
	maps.DeleteFunc(network, func(_ string, value pulumi.Input) bool { return value == nil })
	return c.add("aws:eks/cluster:Cluster", "-eksCluster", props, pulumi.IgnoreChanges([]string{
		"accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons",
	}))
}

// addons makes the add-ons that EKS manages: kube-proxy and the network unless
// switched off, CoreDNS if asked for, since there are no nodes yet to run it on.
func (c *component) addons(args *clusterArgs, control *child) {
	proxy := args.KubeProxyAddonOptions
	if proxy == nil {
		proxy = &addonOptions{}
	}
	if proxy.Enabled == nil || *proxy.Enabled {
		c.addon(args, control, "kube-proxy", proxy, proxy.ConfigurationValues)
	}
	if dns := args.CorednsAddonOptions; dns != nil && (dns.Enabled != nil && *dns.Enabled || dns.ConfigurationValues != nil) {
		c.addon(args, control, "coredns", dns, dns.ConfigurationValues)
	}
	if args.UseDefaultVpcCni {
		return
	}
	v := c.nested("eks:index:VpcCniAddon", "-vpc-cni")
	given := func(name string) pulumi.StringPtrInput {
		if value, ok := args.VpcCniOptions[name]; ok {
			return pulumi.Sprintf("%v", value)
		}
		return nil
	}
	v.addon(args, control, "vpc-cni", &addonOptions{
		Version:                  given("addonVersion"),
		ResolveConflictsOnCreate: given("resolveConflictsOnCreate"), ResolveConflictsOnUpdate: given("resolveConflictsOnUpdate"),
	}, networkConfiguration(args.VpcCniOptions))
	c.err = v.err
}

func (c *component) addon(
	args *clusterArgs, control *child, addon string, options *addonOptions, configuration pulumi.Input,
) {
	props := pulumi.Map{
		"clusterName": control.Name, "addonName": pulumi.String(addon), "preserve": pulumi.Bool(true), "tags": args.Tags,
		"addonVersion":             options.Version,
		"resolveConflictsOnCreate": pulumi.String("OVERWRITE"), "resolveConflictsOnUpdate": pulumi.String("OVERWRITE"),
	}
	if options.ResolveConflictsOnCreate != nil {
		props["resolveConflictsOnCreate"] = options.ResolveConflictsOnCreate
	}
	if options.ResolveConflictsOnUpdate != nil {
		props["resolveConflictsOnUpdate"] = options.ResolveConflictsOnUpdate
	}
	if configuration != nil {
		props["configurationValues"] = pulumi.JSONMarshal(configuration)
	}
	suffix := "-" + addon
	if strings.HasSuffix(c.name, suffix) {
		suffix = ""
	}
	if c.err == nil && options.Version == nil {
		props["addonVersion"] = c.newest(addon, control)
	}
	c.add("aws:eks/addon:Addon", suffix, props)
}

// versionQuestion asks for the version of an add-on.
type versionQuestion struct {
	AddonName         string `pulumi:"addonName"`
	KubernetesVersion string `pulumi:"kubernetesVersion"`
	MostRecent        bool   `pulumi:"mostRecent"`
}

// newest asks AWS for the newest version of an add-on.
func (c *component) newest(addon string, control *child) pulumi.Output {
	return control.Version.ApplyT(func(kubernetes string) (string, error) {
		var answer struct {
			Version string `pulumi:"version"`
		}
		err := c.ctx.Invoke("aws:eks/getAddonVersion:getAddonVersion",
			&versionQuestion{addon, kubernetes, true}, &answer, pulumi.Parent(c))
		return answer.Version, err
	})
}

func (c *component) accessEntries(args *clusterArgs, control *child) {
	for _, key := range slices.Sorted(maps.Keys(args.AccessEntries)) {
		entry := args.AccessEntries[key]
		made := c.add("aws:eks/accessEntry:AccessEntry", "-"+key, pulumi.Map{
			"clusterName": control.Name, "principalArn": entry.PrincipalArn, "kubernetesGroups": entry.KubernetesGroups,
			"tags": entry.Tags, "type": entry.Type, "userName": entry.Username,
		}, pulumi.DependsOn([]pulumi.Resource{control}))
		for _, name := range slices.Sorted(maps.Keys(entry.AccessPolicies)) {
			policy := entry.AccessPolicies[name]
			c.add("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "-"+key+"-"+name, pulumi.Map{
				"clusterName": control.Name, "principalArn": entry.PrincipalArn, "policyArn": policy.PolicyArn,
				"accessScope": policy.AccessScope,
			}, pulumi.Parent(made), pulumi.DependsOn([]pulumi.Resource{made}))
		}
	}
}

func (c *component) identityProvider(control *child) *child {
	return c.add("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "-oidcProvider", pulumi.Map{
		"clientIdLists": pulumi.ToStringArray([]string{"sts.amazonaws.com"}), "url": issuerOf(control),
		// The plugin asks AWS for it; this is what it gets everywhere.
		"thumbprintLists": pulumi.ToStringArray([]string{"9e99a48a9960b14926bb7f3b02e22da2b0ab7280"}),
	})
}

// groupOutputs adds what concerns security groups: the cluster's and the nodes',
// or the one that EKS makes when these are skipped.
func (c *component) groupOutputs(args *clusterArgs, control, group *child, outputs pulumi.Map) {
	if c.err != nil {
		return
	}
	if group == nil {
		own := control.VpcConfig.ApplyT(func(config any) string {
			fields, ok := config.(map[string]any)
			if !ok {
				return ""
			}
			return fmt.Sprint(fields["clusterSecurityGroupId"])
		})
		outputs["clusterSecurityGroupId"], outputs["nodeSecurityGroupId"] = own, own
		return
	}
	nodes, ingress := c.nodeGroup(args, control, group)
	if c.err != nil {
		return
	}
	maps.Copy(outputs, pulumi.Map{
		"clusterSecurityGroupId": group.ID(), "nodeSecurityGroupId": nodes.ID(),
		"clusterIngressRuleId": ingress.SecurityGroupRuleID, "clusterSecurityGroup": pulumi.NewResourceInput(group),
		"nodeSecurityGroup": pulumi.NewResourceInput(nodes), "eksClusterIngressRule": pulumi.NewResourceInput(ingress),
	})
}

// nodeGroup makes the security group of the nodes, and lets them and the
// control plane talk to each other.
func (c *component) nodeGroup(args *clusterArgs, control, group *child) (nodes, ingress *child) {
	owned := control.Name.ApplyT(func(name string) map[string]string {
		return map[string]string{"Name": c.name + "-nodeSecurityGroup", "kubernetes.io/cluster/" + name: "owned"}
	})
	nodes = c.add("aws:ec2/securityGroup:SecurityGroup", "-nodeSecurityGroup", pulumi.Map{
		"vpcId": args.VpcID, "revokeRulesOnDelete": pulumi.Bool(true),
		"tags": layered(owned, args.NodeSecurityGroupTags, args.Tags),
	})
	rule := func(suffix, description string, ports [2]int, of *child, from pulumi.Map) *child {
		protocol := "tcp"
		if ports[1] == 0 {
			protocol = "-1"
		}
		kind := "ingress"
		if _, outward := from["cidrBlocks"]; outward {
			kind = "egress"
		}
		maps.Copy(from, pulumi.Map{
			"description": pulumi.String(description), "type": pulumi.String(kind), "fromPort": pulumi.Int(ports[0]),
			"toPort": pulumi.Int(ports[1]), "protocol": pulumi.String(protocol), "securityGroupId": of.ID(),
		})
		return c.add("aws:ec2/securityGroupRule:SecurityGroupRule", suffix, from)
	}
	all, https := [2]int{}, [2]int{443, 443}
	rule("-eksNodeIngressRule", "Allow nodes to communicate with each other", all, nodes,
		pulumi.Map{"self": pulumi.Bool(true)})
	rule("-eksNodeClusterIngressRule",
		"Allow worker Kubelets and pods to receive communication from the cluster control plane", [2]int{1025, 65535}, nodes,
		pulumi.Map{"sourceSecurityGroupId": group.ID()})
	rule("-eksExtApiServerClusterIngressRule",
		"Allow pods running extension API servers on port 443 to receive communication from cluster control plane", https, nodes,
		pulumi.Map{"sourceSecurityGroupId": group.ID()})
	rule("-eksNodeInternetEgressRule", "Allow internet access.", all, nodes,
		pulumi.Map{"cidrBlocks": pulumi.ToStringArray([]string{"0.0.0.0/0"})})
	return nodes, rule("-eksClusterIngressRule", "Allow pods to communicate with the cluster API Server", https, group,
		pulumi.Map{"sourceSecurityGroupId": nodes.ID()})
}
