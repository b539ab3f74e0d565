package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/accounts"
)

// createRole creates the role that the machine, and so every operator on it, has.
func (b *Bastion) createRole(ctx *pulumi.Context) error {
	name := b.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("What operators may do on the bastion"),
		AssumeRolePolicy: document(allow("Machines", "sts:AssumeRole").to("ec2.amazonaws.com")),
		Tags:             b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("role: %w", err)
	}
	b.Role = role.Arn
	rights, err := iam.NewRolePolicy(ctx, name+"-rights", &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: b.args.rights(),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("rights: %w", err)
	}
	b.needs = append(b.needs, rights)
	profile, err := iam.NewInstanceProfile(ctx, b.name+"-profile", &iam.InstanceProfileArgs{
		Role: role.Name,
		Tags: b.tags(b.name + "-profile"),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("instance profile: %w", err)
	}
	b.profile = profile.Name
	return newInstanceAccess(ctx, b, b.name+"-access", instanceAccess{
		Account: b.args.Account, ClusterName: b.args.ClusterName, Role: role.Arn,
		Tags: b.args.Tags.For("bastion", b.name+"-access"),
	})
}

// rights are what the machine may do. AWS's own AmazonSSMManagedInstanceCore is
// not among them: it also opens every parameter of the account.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
func (a *BastionArgs) rights() pulumi.StringOutput {
	group := a.Account.logGroup(a.LogGroup)
	return documentAbout(pulumi.StringArray{a.LogsKey, a.SecretsKey, a.ClusterARN}, func(arns []string) []statement {
		logsKey, secretsKey, cluster := arns[0], arns[1], arns[2]
		return []statement{
			// None of these can be narrowed: they speak about the machine that asks.
			allow("Sessions", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel").on("*"),
			allow("Encrypt", "kms:Decrypt").on(logsKey),
			allow("Record", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents").on(group, group+":*"),
			allow("FindRecord", "logs:DescribeLogGroups").on("*"), // which is never about a single one
			readSecret(a.instanceSecrets()...),
			allow("DecryptSecrets", "kms:Decrypt").on(secretsKey).when(condition{"StringEquals": {
				"kms:ViaService": {"secretsmanager." + a.Account.Region + ".amazonaws.com"},
			}}),
			allow("FindCluster", "eks:DescribeCluster").on(cluster),
		}
	})
}

// instanceSecrets are the secrets of all instances, those of later ones too, by
// the last part of their names: those of the stores' administrators are below the
// same path and end otherwise. The question marks are the six characters that
// Secrets Manager adds.
func (a *BastionArgs) instanceSecrets() []string {
	var patterns []string
	for _, store := range []accounts.Store{
		accounts.MySQL, accounts.MongoDB, accounts.Redis, accounts.SMTP, accounts.Meilisearch, accounts.Tutor,
	} {
		patterns = append(patterns, a.Account.arn("secretsmanager", "secret:"+a.Path+"/*/"+string(store)+"-??????"))
	}
	return patterns
}
