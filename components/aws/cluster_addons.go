package aws

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	storagev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/storage/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/versions"
)

// addOns lists the add-ons whose versions must be pinned.
func addOns() []string {
	return []string{
		versions.VPCCNI, versions.KubeProxy, versions.CoreDNS, versions.PodIdentityAgent, versions.EBSCSIDriver, versions.SnapshotController,
	}
}

// serviceAccount is a Kubernetes service account that acts on AWS.
type serviceAccount struct{ namespace, name string }

// createNodePrerequisites creates what must be there before the first node
// joins: a node's network add-on takes its rights from Pod Identity rather than
// from the node, so it needs the agent and the association from its first start.
func (c *Cluster) createNodePrerequisites(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	agent, err := c.createAddOn(ctx, versions.PodIdentityAgent, &awseks.AddonArgs{})
	if err != nil {
		return nil, err
	}
	account := serviceAccount{namespace: "kube-system", name: "aws-node"}
	role, rights, err := c.createPodRole(ctx, "network", account, "AmazonEKS_CNI_Policy")
	if err != nil {
		return nil, err
	}
	name := c.name + "-network-identity"
	association, err := awseks.NewPodIdentityAssociation(ctx, name, &awseks.PodIdentityAssociationArgs{
		ClusterName:    c.joined,
		Namespace:      pulumi.String(account.namespace),
		ServiceAccount: pulumi.String(account.name),
		RoleArn:        role.Arn,
		Tags:           c.tags(name),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("identity of network add-on: %w", err)
	}
	return []pulumi.Resource{agent, association, rights}, nil
}

// createNodeAddOns creates the add-ons that are finished only once they run.
func (c *Cluster) createNodeAddOns(ctx *pulumi.Context, nodes pulumi.Resource) error {
	names, err := c.createAddOn(ctx, versions.CoreDNS, &awseks.AddonArgs{
		// https://docs.aws.amazon.com/eks/latest/userguide/coredns-autoscaling.html
		ConfigurationValues: pulumi.JSONMarshal(map[string]any{"autoScaling": map[string]any{"enabled": true}}),
	}, nodes)
	if err != nil {
		return err
	}
	account := serviceAccount{namespace: "kube-system", name: "ebs-csi-controller-sa"}
	role, rights, err := c.createPodRole(ctx, "storage", account, "service-role/AmazonEBSCSIDriverPolicy")
	if err != nil {
		return err
	}
	c.Running = []pulumi.Resource{nodes, names}
	driver, err := c.createAddOn(ctx, versions.EBSCSIDriver, &awseks.AddonArgs{
		// Volumes are made by the driver, not by this program, and would have no tags.
		ConfigurationValues: pulumi.JSONMarshal(map[string]any{"controller": map[string]any{
			"extraVolumeTags": c.args.Tags.For("cluster", c.name+"-volume"),
		}}),
		PodIdentityAssociations: awseks.AddonPodIdentityAssociationArray{awseks.AddonPodIdentityAssociationArgs{
			ServiceAccount: pulumi.String(account.name),
			RoleArn:        role.Arn,
		}},
	}, nodes, rights)
	if err != nil {
		return err
	}
	c.Volumes = []pulumi.Resource{driver}
	return nil
}

// createAddOn creates one EKS add-on at its pinned version.
func (c *Cluster) createAddOn(ctx *pulumi.Context, addOn string, args *awseks.AddonArgs, needs ...pulumi.Resource) (*awseks.Addon, error) {
	name := c.name + "-addon-" + addOn
	args.ClusterName = c.joined
	args.AddonName = pulumi.String(addOn)
	args.AddonVersion = pulumi.String(c.args.AddOns[addOn])
	// EKS starts clusters with copies of some add-ons that nobody manages; ours replace them.
	args.ResolveConflictsOnCreate = pulumi.String("OVERWRITE")
	args.ResolveConflictsOnUpdate = pulumi.String("OVERWRITE")
	args.Tags = c.tags(name)
	created, err := awseks.NewAddon(ctx, name, args, pulumi.Parent(c), pulumi.DependsOn(needs))
	if err != nil {
		return nil, fmt.Errorf("add-on %q: %w", addOn, err)
	}
	return created, nil
}

// createPodRole creates the role of one service account of this cluster.
func (c *Cluster) createPodRole(ctx *pulumi.Context, part string, account serviceAccount, policyPath string) (*iam.Role, pulumi.Resource, error) {
	name := c.name + "-" + part + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(account.name + " of " + c.args.Name),
		AssumeRolePolicy: document(c.args.podTrust(account)),
		Tags:             c.tags(name),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, nil, fmt.Errorf("role of %q: %w", account.name, err)
	}
	rights, err := iam.NewRolePolicyAttachment(ctx, name+"-policy", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(c.args.Account.managedPolicy(policyPath)),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, nil, fmt.Errorf("policy of %q: %w", account.name, err)
	}
	return role, rights, nil
}

// podTrust lets Pod Identity give a role to one service account of this cluster
// and to no other.
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
func (a *ClusterArgs) podTrust(account serviceAccount) statement {
	return allow("PodIdentity", "sts:AssumeRole", "sts:TagSession").to("pods.eks.amazonaws.com").when(condition{
		"StringEquals": {
			"aws:RequestTag/eks-cluster-arn":            {a.Account.arn("eks", "cluster/"+a.Name)},
			"aws:RequestTag/kubernetes-namespace":       {account.namespace},
			"aws:RequestTag/kubernetes-service-account": {account.name},
		},
	})
}

// createStorage creates the storage class that volumes get unless they ask for
// another, through the provider that is the only one to reach this cluster.
func (c *Cluster) createStorage(ctx *pulumi.Context) error {
	provider, err := kubernetes.NewProvider(ctx, c.name+"-provider", &kubernetes.ProviderArgs{
		Kubeconfig:            c.Kubeconfig,
		EnableServerSideApply: pulumi.Bool(true),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("kubernetes provider: %w", err)
	}
	c.Provider = provider
	class, err := storagev1.NewStorageClass(ctx, c.name+"-storage-gp3", &storagev1.StorageClassArgs{
		Metadata: &metav1.ObjectMetaArgs{
			Name:        pulumi.String("gp3"),
			Annotations: pulumi.StringMap{"storageclass.kubernetes.io/is-default-class": pulumi.String("true")},
		},
		Provisioner:          pulumi.String("ebs.csi.aws.com"),
		Parameters:           pulumi.StringMap{"type": pulumi.String("gp3"), "encrypted": pulumi.String("true")},
		AllowVolumeExpansion: pulumi.Bool(true),
		// A volume lies in one zone: it is made where the scheduler puts its pod.
		VolumeBindingMode: pulumi.String("WaitForFirstConsumer"),
	}, pulumi.Parent(c), pulumi.Provider(provider))
	if err != nil {
		return fmt.Errorf("storage class: %w", err)
	}
	c.Volumes = append(c.Volumes, class)
	return nil
}
