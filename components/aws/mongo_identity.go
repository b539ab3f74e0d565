package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/firstboot"
)

// createIdentity creates the role that the members take: it reads their
// secrets, writes dumps and metrics, and is reached by Session Manager. The right
// to a member's certificate is a policy of its own, so that another member leaves
// the rights of those that are there as they are.
func (m *Mongo) createIdentity(ctx *pulumi.Context) error {
	name := m.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Members of " + m.args.ReplicaSet),
		AssumeRolePolicy: document(allow("Machines", "sts:AssumeRole").to("ec2.amazonaws.com")),
		Tags:             m.tags(name),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("role: %w", err)
	}
	session, err := iam.NewRolePolicyAttachment(ctx, name+"-session", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(m.args.Account.managedPolicy("AmazonSSMManagedInstanceCore")),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("role: session manager: %w", err)
	}
	m.ready = append(m.ready, session)
	if err = m.createRights(ctx, role, "rights", m.rights()); err != nil {
		return err
	}
	for _, machine := range m.machines {
		if err = m.createRights(ctx, role, "tls-"+machine.Name, readSecrets(machine.tls)); err != nil {
			return err
		}
	}
	profile, err := iam.NewInstanceProfile(ctx, m.name+"-profile", &iam.InstanceProfileArgs{
		Role: role.Name,
		Tags: m.tags(m.name + "-profile"),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("instance profile: %w", err)
	}
	m.profile = profile.Name
	return nil
}

// createRights gives the role a policy.
func (m *Mongo) createRights(ctx *pulumi.Context, role *iam.Role, part string, policy pulumi.StringOutput) error {
	rights, err := iam.NewRolePolicy(ctx, m.name+"-role-"+part, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: policy,
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("role: policy %q: %w", part, err)
	}
	m.ready = append(m.ready, rights)
	return nil
}

// rights are what all members may do.
func (m *Mongo) rights() pulumi.StringOutput {
	a := m.args
	return documentAbout(pulumi.StringArray{
		m.shared.keyFile, m.shared.admin, m.shared.monitor, a.SecretsKey, a.DataKey, a.Backups.ARN,
	}, func(arns []string) []statement {
		secretsKey, dataKey, bucket := arns[3], arns[4], arns[5]
		return append([]statement{
			readSecret(arns[:3]...),
			allow("DecryptSecrets", "kms:Decrypt").on(secretsKey).when(a.through("secretsmanager")),
			// A metric has no ARN; its namespace is all that a policy can name.
			allow("Measure", "cloudwatch:PutMetricData").on("*").
				when(condition{"StringEquals": {"cloudwatch:namespace": {firstboot.MetricNamespace}}}),
		}, a.dump(bucket, dataKey)...)
	})
}

// readSecrets is a policy that opens one secret.
func readSecrets(arn pulumi.StringOutput) pulumi.StringOutput {
	return documentAbout(pulumi.StringArray{arn}, func(arns []string) []statement { return []statement{readSecret(arns...)} })
}

// readSecret opens exactly some secrets.
func readSecret(arns ...string) statement {
	return allow("ReadSecrets", "secretsmanager:GetSecretValue").on(arns...)
}

// through narrows the use of a key to what a service does for the member.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func (a *MongoArgs) through(service string) condition {
	return condition{"StringEquals": {"kms:ViaService": {service + "." + a.Account.Region + ".amazonaws.com"}}}
}
