package aws

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/accounts"
)

// instanceAccess is a role that may administer the Open edX instances in a
// cluster, and nothing else in it.
type instanceAccess struct {
	Account     Account
	ClusterName pulumi.StringInput
	Role        pulumi.StringInput
	Tags        map[string]string
}

// newInstanceAccess gives a role the namespaces of all instances, those of later
// ones too: an instance more touches nothing here.
// https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
func newInstanceAccess(ctx *pulumi.Context, parent pulumi.Resource, name string, a instanceAccess) error {
	entry, err := awseks.NewAccessEntry(ctx, name, &awseks.AccessEntryArgs{
		ClusterName:  a.ClusterName.ToStringOutput(),
		PrincipalArn: a.Role.ToStringOutput(),
		Type:         pulumi.String("STANDARD"),
		Tags:         pulumi.ToStringMap(a.Tags),
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("access entry: %w", err)
	}
	_, err = awseks.NewAccessPolicyAssociation(ctx, name+"-instances", &awseks.AccessPolicyAssociationArgs{
		ClusterName:  a.ClusterName.ToStringOutput(),
		PrincipalArn: entry.PrincipalArn,
		PolicyArn:    pulumi.String("arn:" + a.Account.Partition + ":eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"),
		AccessScope: awseks.AccessPolicyAssociationAccessScopeArgs{
			Type:       pulumi.String("namespace"),
			Namespaces: pulumi.ToStringArray([]string{accounts.HomePrefix + "*"}),
		},
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("access to instances: %w", err)
	}
	return nil
}
