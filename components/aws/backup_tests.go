package aws

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const (
	// testHours is how long after the backups of the night the tests begin, testWindowHours
	// how long they may take to, and testDays how old the backup may be that is restored.
	testHours, testWindowHours, testDays = 3, 8, 7
	// checkHours is how long what was restored is there to be looked at.
	checkHours = 1
)

// createRestores creates the role that restores, and what restores regularly.
func (b *Backup) createRestores(ctx *pulumi.Context) (err error) {
	if b.RestoreRole, err = b.createRole(ctx, "restore-role", "Restores backups of "+ctx.Stack(), restorePolicies); err != nil {
		return err
	}
	if !b.args.RestoreTests {
		return nil
	}
	return b.createTests(ctx)
}

// createTests has the newest backup of everything restored once a week, and thrown
// away again: a backup that was never restored is a hope.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
func (b *Backup) createTests(ctx *pulumi.Context) error {
	name := b.name + "-tests"
	plan, err := backup.NewRestoreTestingPlan(ctx, name, &backup.RestoreTestingPlanArgs{
		Name:               pulumi.String(testName(ctx.Stack(), b.name)),
		ScheduleExpression: pulumi.String(b.start.later(testHours).cron("?", "MON")),
		StartWindowHours:   pulumi.Int(testWindowHours),
		RecoveryPointSelection: backup.RestoreTestingPlanRecoveryPointSelectionArgs{
			Algorithm:           pulumi.String("LATEST_WITHIN_WINDOW"),
			IncludeVaults:       pulumi.StringArray{b.vault.Arn},
			RecoveryPointTypes:  pulumi.ToStringArray([]string{"SNAPSHOT"}),
			SelectionWindowDays: pulumi.Int(testDays),
		},
		Tags: b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("restore tests: %w", err)
	}
	for _, kind := range []struct {
		name      string
		overrides pulumi.StringMapInput
	}{
		// Otherwise it would be the default network's, which many accounts are without.
		// AWS Backup returns the keys in small letters, however they are written.
		// https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
		{"Aurora", pulumi.StringMap{"dbsubnetgroupname": b.args.SubnetGroup}},
		{"EBS", nil},
		{"S3", nil},
	} {
		if err := b.createTest(ctx, plan, kind.name, kind.overrides); err != nil {
			return err
		}
	}
	return nil
}

// createTest tests the backups of one kind of resource.
func (b *Backup) createTest(ctx *pulumi.Context, plan *backup.RestoreTestingPlan, kind string, overrides pulumi.StringMapInput) error {
	name := b.name + "-test-" + strings.ToLower(kind)
	_, err := backup.NewRestoreTestingSelection(ctx, name, &backup.RestoreTestingSelectionArgs{
		Name:                   pulumi.String(testName(ctx.Stack(), name)),
		RestoreTestingPlanName: plan.Name,
		ProtectedResourceType:  pulumi.String(kind),
		ProtectedResourceConditions: backup.RestoreTestingSelectionProtectedResourceConditionsArgs{
			StringEquals: backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArray{
				backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs{
					Key: pulumi.String("aws:ResourceTag/" + tags.Backup), Value: pulumi.String(b.args.mark()),
				},
			},
		},
		RestoreMetadataOverrides: overrides,
		IamRoleArn:               b.RestoreRole,
		ValidationWindowHours:    pulumi.Int(checkHours),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("restore test of %s: %w", kind, err)
	}
	return nil
}

// testName is a name for restore tests, which take underscores where all else takes hyphens.
func testName(stack, name string) string {
	return strings.ReplaceAll(BackupVaultName(stack, name), "-", "_")
}
