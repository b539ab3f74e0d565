package aws

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/accounts"
)

// createRole lets the instance's Job read what it makes accounts with, and
// returns what has to be there before the Job starts.
func (a *Accounts) createRole(ctx *pulumi.Context, secrets map[accounts.Store]kept) ([]pulumi.Resource, error) {
	name := a.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Makes the accounts of " + a.args.Slug),
		AssumeRolePolicy: a.args.trust(),
		Tags:             a.tags(name),
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("role: %w", err)
	}
	rights, err := iam.NewRolePolicy(ctx, name+"-policy", &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: a.args.rights(secrets),
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	identity := a.name + "-identity"
	association, err := awseks.NewPodIdentityAssociation(ctx, identity, &awseks.PodIdentityAssociationArgs{
		ClusterName:    a.args.ClusterName.ToStringOutput(),
		Namespace:      pulumi.String(a.args.Namespace),
		ServiceAccount: pulumi.String(a.args.ServiceAccount),
		RoleArn:        role.Arn,
		Tags:           a.tags(identity),
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return []pulumi.Resource{rights, association}, nil
}

// trust is that of every other service account of the cluster with a role.
func (a *AccountsArgs) trust() pulumi.StringOutput {
	return podTrust(a.Account, a.ClusterName, a.Namespace, a.ServiceAccount)
}

// rights are to read the secrets of the stores that the Job makes accounts in: the
// instance's own and the administrators'. The key opens them through Secrets
// Manager only.
func (a *AccountsArgs) rights(secrets map[accounts.Store]kept) pulumi.StringOutput {
	read := pulumi.StringArray{a.SecretsKey, secrets[accounts.MySQL].ARN, a.Stores.MySQL.AdminSecret}
	if a.MongoAccount {
		read = append(read, secrets[accounts.MongoDB].ARN, a.Stores.Mongo.AdminSecret)
	}
	return documentAbout(read, func(arns []string) []statement {
		return []statement{
			allow("Secrets", "secretsmanager:GetSecretValue").on(arns[1:]...),
			allow("Key", "kms:Decrypt").on(arns[0]).
				when(condition{"StringEquals": {"kms:ViaService": {"secretsmanager." + a.Account.Region + ".amazonaws.com"}}}),
		}
	})
}
