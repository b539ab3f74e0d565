package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const clusterType = "openedx:aws:Cluster"

// ClusterArgs describes a cluster as decided before the run.
type ClusterArgs struct {
	Account Account
	// Name is the cluster's name on AWS: operators type it.
	Name    string
	Version string
	// AddOns are the exact versions of the EKS add-ons by name.
	AddOns map[string]string
	VPC    pulumi.StringInput
	// ServiceBlock is where services get their addresses; it may overlap no network the pods must reach.
	ServiceBlock string
	// Subnets carry the control plane's interfaces and the nodes. EKS never lets a
	// control plane into another zone, so they stay the same for the cluster's life.
	// https://github.com/aws/containers-roadmap/issues/2330
	Subnets []platform.Subnet
	// PublicAccess are the blocks that reach the API from outside; without any, nobody does.
	PublicAccess []string
	// Admins and Viewers are the ARNs of IAM principals. Without admins, whoever
	// creates the cluster is its only one; with them, whoever deploys must be among them.
	Admins, Viewers []string
	Logs            ClusterLogs
	// SecretsKey is the ARN of the key that Kubernetes secrets are encrypted with.
	SecretsKey pulumi.StringInput
	// DataKey is the ARN of the key that the nodes' disks are encrypted with: pods
	// leave behind on them what they uploaded and cached.
	DataKey pulumi.StringInput
	Nodes   Nodes
	// Snapshots lets volumes be copied from within the cluster.
	Snapshots bool
	Tags      tags.Set
}

// Cluster is an EKS cluster with the nodes and add-ons that everything else needs.
type Cluster struct {
	pulumi.ResourceState
	platform.Cluster
	// SecurityGroup is the id of the group that the nodes and their pods are in.
	SecurityGroup pulumi.StringOutput
	// ARN is for policies, which may be written before the cluster is there.
	ARN pulumi.StringOutput
	// Running is what has to be there before any pod: nodes, and names to look up.
	// Volumes is what has to be there beside it before a pod that has a volume.
	Running, Volumes []pulumi.Resource

	name string
	args *ClusterArgs
	// joined is the cluster's name for what can only be made once the cluster is there.
	joined pulumi.StringOutput
}

// NewCluster creates a cluster.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	c := &Cluster{name: name, args: args, ARN: pulumi.String(args.Account.arn("eks", "cluster/"+args.Name)).ToStringOutput()}
	if err := ctx.RegisterComponentResourceV2(clusterType, name, args.inputs(), c, opts...); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	if err := c.build(ctx); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{
		"name":          c.Name,
		"kubeconfig":    c.Kubeconfig,
		"issuer":        c.Issuer,
		"securityGroup": c.SecurityGroup,
	}); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	return c, nil
}

// build creates the control plane, then what nodes need, the nodes, and what
// needs nodes.
func (c *Cluster) build(ctx *pulumi.Context) error {
	control, err := c.createControlPlane(ctx)
	if err != nil {
		return err
	}
	ready, err := c.createNodePrerequisites(ctx)
	if err != nil {
		return err
	}
	nodes, err := c.createNodes(ctx, control, ready)
	if err != nil {
		return err
	}
	if err := c.createNodeAddOns(ctx, nodes); err != nil {
		return err
	}
	if err := c.createStorage(ctx); err != nil {
		return err
	}
	return c.createSnapshots(ctx, nodes)
}

func (a *ClusterArgs) validate() error {
	if a.Name == "" || a.Version == "" || a.ServiceBlock == "" {
		return errors.New("name, version and service block must be given")
	}
	if err := a.validateInputs(); err != nil {
		return err
	}
	switch {
	case len(a.Subnets) < 2:
		return fmt.Errorf("%d subnets; EKS wants subnets in two zones at least", len(a.Subnets))
	case a.Nodes.Count < 1:
		return fmt.Errorf("%d nodes", a.Nodes.Count)
	}
	for _, addOn := range addOns() {
		if a.AddOns[addOn] == "" {
			return fmt.Errorf("add-on %q has no version", addOn)
		}
	}
	return unique("principal", append(append([]string{}, a.Admins...), a.Viewers...))
}

// validateInputs wants what other components give.
func (a *ClusterArgs) validateInputs() error {
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{{"vpc", a.VPC}, {"secrets key", a.SecretsKey}, {"data key", a.DataKey}, {"logs key", a.Logs.Key}} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	return nil
}

func (a *ClusterArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"name":         pulumi.String(a.Name),
		"version":      pulumi.String(a.Version),
		"publicAccess": pulumi.ToStringArray(a.PublicAccess),
		"nodes": pulumi.Map{
			"machine": pulumi.String(a.Nodes.Machine),
			"count":   pulumi.Int(a.Nodes.Count),
		},
	}
}

// tags are the tags of one of the cluster's resources.
func (c *Cluster) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(c.args.Tags.For("cluster", name))
}
