package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dlm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// snapshotTag marks the volumes that are copied every day; its value is the set.
const snapshotTag = "openedx-snapshots"

// dump lets a member add dumps of its set to the bucket: neither read, nor list,
// nor delete any. S3 reads the parts of a large upload again to put them
// together, which takes the right to decrypt.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func (a *MongoArgs) dump(bucket, key string) []statement {
	return []statement{
		allow("Dump", "s3:PutObject", "s3:AbortMultipartUpload").on(bucket + "/" + a.Backups.Prefix + "/" + a.ReplicaSet + "/*"),
		allow("EncryptDumps", "kms:GenerateDataKey", "kms:Decrypt").on(key).when(a.through("s3")),
	}
}

// createSnapshots has every volume copied once a day. A copy is what the volume
// would be after a power failure, which the journal beside the data repairs.
func (m *Mongo) createSnapshots(ctx *pulumi.Context) error {
	name := m.name + "-snapshots"
	role, err := iam.NewRole(ctx, name+"-role", &iam.RoleArgs{
		Description:      pulumi.String("Copies the volumes of " + m.args.ReplicaSet),
		AssumeRolePolicy: document(m.args.snapshotTrust()),
		Tags:             m.tags(name + "-role"),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("snapshot role: %w", err)
	}
	rights, err := iam.NewRolePolicyAttachment(ctx, name+"-rights", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(m.args.Account.managedPolicy("service-role/AWSDataLifecycleManagerServiceRole")),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("snapshot rights: %w", err)
	}
	_, err = dlm.NewLifecyclePolicy(ctx, name, &dlm.LifecyclePolicyArgs{
		Description:      pulumi.String("Daily copies of " + m.args.ReplicaSet),
		ExecutionRoleArn: role.Arn,
		State:            pulumi.String("ENABLED"),
		PolicyDetails:    m.args.snapshots(),
		Tags:             m.tags(name),
	}, pulumi.Parent(m), pulumi.DependsOn([]pulumi.Resource{rights}))
	if err != nil {
		return fmt.Errorf("snapshots: %w", err)
	}
	return nil
}

// snapshotTrust lets the lifecycle service take the role for this account's
// policies, and for nobody else who asks the service to.
// https://docs.aws.amazon.com/ebs/latest/userguide/service-role.html
func (a *MongoArgs) snapshotTrust() statement {
	return allow("Lifecycle", "sts:AssumeRole").to("dlm.amazonaws.com").when(condition{
		"StringEquals": {"aws:SourceAccount": {a.Account.ID}},
		"ArnLike":      {"aws:SourceArn": {a.Account.arn("dlm", "policy/*")}},
	})
}

// snapshots says which volumes are copied, when, and for how long the copies stay.
func (a *MongoArgs) snapshots() dlm.LifecyclePolicyPolicyDetailsArgs {
	return dlm.LifecyclePolicyPolicyDetailsArgs{
		ResourceTypes: pulumi.ToStringArray([]string{"VOLUME"}),
		TargetTags:    pulumi.StringMap{snapshotTag: pulumi.String(a.ReplicaSet)},
		Schedules: dlm.LifecyclePolicyPolicyDetailsScheduleArray{
			dlm.LifecyclePolicyPolicyDetailsScheduleArgs{
				Name: pulumi.String("daily"),
				CreateRule: dlm.LifecyclePolicyPolicyDetailsScheduleCreateRuleArgs{
					Interval:     pulumi.Int(24),
					IntervalUnit: pulumi.String("HOURS"),
					Times:        pulumi.String(a.SnapshotTime),
				},
				RetainRule: dlm.LifecyclePolicyPolicyDetailsScheduleRetainRuleArgs{
					Interval:     pulumi.Int(a.BackupDays),
					IntervalUnit: pulumi.String("DAYS"),
				},
				CopyTags: pulumi.Bool(true),
			},
		},
	}
}
