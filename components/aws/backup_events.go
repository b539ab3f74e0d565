package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// failure is a kind of job that somebody has to be told of when it fails.
type failure struct {
	part, event string
	// field names the vault in the event; empty where the event names none.
	field string
	// state is the field of the event that says how the job ended, which AWS Backup
	// does not call the same everywhere.
	state  string
	states []string
}

// failures are those of this stack's vault. An event of a restore names no vault, so
// that those of the whole account are told, which are few.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
var failures = []failure{
	{"backup", "Backup Job State Change", "backupVaultArn", "state", []string{"FAILED", "EXPIRED", "ABORTED", "PARTIAL"}},
	{"copy", "Copy Job State Change", "sourceBackupVaultArn", "state", []string{"FAILED"}},
	{"restore", "Restore Job State Change", "", "status", []string{"FAILED", "ABORTED"}},
}

// createEvents tells the topic of failures. The vault's own notifications cannot:
// they no longer have any for a job that failed, only one for each that ended.
// https://docs.aws.amazon.com/aws-backup/latest/APIReference/API_PutBackupVaultNotifications.html
func (b *Backup) createEvents(ctx *pulumi.Context) error {
	for _, f := range failures {
		name := b.name + "-failed-" + f.part
		rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
			Description:  pulumi.String("A " + f.part + " failed"),
			EventPattern: f.pattern(b.vault.Arn),
			Tags:         b.tags(name),
		}, pulumi.Parent(b))
		if err != nil {
			return fmt.Errorf("rule %q: %w", f.part, err)
		}
		_, err = cloudwatch.NewEventTarget(ctx, name+"-target", &cloudwatch.EventTargetArgs{
			Rule: rule.Name, Arn: b.args.Topic.ToStringOutput(),
		}, pulumi.Parent(b))
		if err != nil {
			return fmt.Errorf("target of rule %q: %w", f.part, err)
		}
	}
	return nil
}

// pattern matches the events.
func (f failure) pattern(vault pulumi.StringInput) pulumi.StringOutput {
	detail := pulumi.Map{f.state: pulumi.ToStringArray(f.states)}
	if f.field != "" {
		detail[f.field] = pulumi.StringArray{vault}
	}
	return pulumi.JSONMarshal(pulumi.Map{
		"source":      pulumi.ToStringArray([]string{"aws.backup"}),
		"detail-type": pulumi.ToStringArray([]string{f.event}),
		"detail":      detail,
	})
}

// watch says what no event tells: that nothing happens at all. A new stack says so
// until its first night is over.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
func (b *Backup) watch() []Alarm {
	return []Alarm{{
		Name: "none",
		Means: "For a day nothing was backed up. Look in AWS Backup's settings whether Aurora, EBS and S3 are switched on in this region, " +
			"and in its jobs for what they wait.",
		Namespace: "AWS/Backup", Metric: "NumberOfBackupJobsCompleted", Statistic: "Sum",
		Dimensions: map[string]pulumi.StringInput{"BackupVaultName": b.vault.Name},
		Comparison: below, Threshold: 1,
		PeriodSeconds: dayHours * hourMinutes * 60, Periods: 1, Missing: missingIsBad,
	}}
}
