package aws

import (
	"errors"
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const podIdentityType = "openedx:aws:PodIdentity"

// PodIdentityArgs is which pods may do what on AWS.
type PodIdentityArgs struct {
	Account Account
	// ClusterName waits until the cluster is there.
	ClusterName pulumi.StringInput
	// Namespace and ServiceAccount are the pods'. The account need not be there yet.
	Namespace, ServiceAccount string
	// Purpose describes the role, such as "Keeps DNS records".
	Purpose string
	// Policy is the document that says what they may do.
	Policy pulumi.StringInput
	Tags   tags.Set
}

// PodIdentity is the right of one service account's pods to act on AWS, without
// any key that somebody could keep.
type PodIdentity struct {
	pulumi.ResourceState
	name string
	args *PodIdentityArgs

	// RoleARN is the role that the pods act as.
	RoleARN pulumi.StringOutput
	// Needs has to be there before a pod starts: a pod that starts earlier never
	// learns that it has a role.
	Needs []pulumi.Resource
}

// NewPodIdentity creates a role, its policy, and its tie to a service account.
func NewPodIdentity(ctx *pulumi.Context, name string, args *PodIdentityArgs, opts ...pulumi.ResourceOption) (*PodIdentity, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("pod identity %q: %w", name, err)
	}
	p := &PodIdentity{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(podIdentityType, name, args.inputs(), p, opts...); err != nil {
		return nil, fmt.Errorf("pod identity %q: %w", name, err)
	}
	if err := p.build(ctx); err != nil {
		return nil, fmt.Errorf("pod identity %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(p, pulumi.Map{"role": p.RoleARN}); err != nil {
		return nil, fmt.Errorf("pod identity %q: %w", name, err)
	}
	return p, nil
}

func (p *PodIdentity) build(ctx *pulumi.Context) error {
	name := p.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(p.args.Purpose),
		AssumeRolePolicy: podTrust(p.args.Account, p.args.ClusterName, p.args.Namespace, p.args.ServiceAccount),
		Tags:             p.tags(name),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("role: %w", err)
	}
	rights, err := iam.NewRolePolicy(ctx, name+"-policy", &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: p.args.Policy.ToStringOutput(),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	name = p.name + "-identity"
	association, err := awseks.NewPodIdentityAssociation(ctx, name, &awseks.PodIdentityAssociationArgs{
		ClusterName:    p.args.ClusterName.ToStringOutput(),
		Namespace:      pulumi.String(p.args.Namespace),
		ServiceAccount: pulumi.String(p.args.ServiceAccount),
		RoleArn:        role.Arn,
		Tags:           p.tags(name),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("association: %w", err)
	}
	p.RoleARN, p.Needs = role.Arn, []pulumi.Resource{rights, association}
	return nil
}

func (a *PodIdentityArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.ClusterName == nil:
		return errors.New("no cluster")
	case a.Namespace == "" || a.ServiceAccount == "":
		return errors.New("no service account that would have it")
	case a.Policy == nil:
		return errors.New("no policy")
	}
	return nil
}

func (a *PodIdentityArgs) inputs() pulumi.Map {
	return pulumi.Map{"namespace": pulumi.String(a.Namespace), "serviceAccount": pulumi.String(a.ServiceAccount)}
}

// tags are the tags of one of its resources.
func (p *PodIdentity) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(p.args.Tags.For("addons", name))
}

// podTrust is the trust of every role that pods of a cluster have.
func podTrust(account Account, cluster pulumi.StringInput, namespace, name string) pulumi.StringOutput {
	//nolint:errcheck // document gives a string
	return cluster.ToStringOutput().ApplyT(func(cluster string) pulumi.StringOutput {
		return document((&ClusterArgs{Account: account, Name: cluster}).podTrust(serviceAccount{namespace: namespace, name: name}))
	}).(pulumi.StringOutput)
}
