package aws

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const (
	// leastStartMinutes is the shortest window in which AWS Backup starts a job.
	leastStartMinutes = 60
	// completionMinutes is how long a job may take: a week, as in AWS's own console.
	// The provider's three hours end the first copy of many files.
	completionMinutes = 7 * 24 * 60
	// monthDays is a month, rounded up.
	monthDays = 31
	// monthlyHours is how much earlier in the day the monthly backup starts. Where two
	// rules want to start at the same time AWS Backup obeys one of them only.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
	monthlyHours = 6
	dayHours     = 24
	hourMinutes  = 60
)

// The policies that AWS keeps for whoever makes backups, and for whoever restores
// them: those who run every night may overwrite nothing.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
var (
	backupPolicies = []backupPolicy{
		{"stores", "service-role/AWSBackupServiceRolePolicyForBackup"}, {"buckets", "AWSBackupServiceRolePolicyForS3Backup"},
	}
	restorePolicies = []backupPolicy{
		{"stores", "service-role/AWSBackupServiceRolePolicyForRestores"}, {"buckets", "AWSBackupServiceRolePolicyForS3Restore"},
	}
)

// backupPolicy is what a policy is about, and what AWS calls it.
type backupPolicy struct{ key, path string }

// clock is a time of day in UTC, and how many minutes later the last job may start.
type clock struct{ hour, minute, window int }

// startOf reads a window such as "02:00-03:00", which may end on the next day.
func startOf(window string) (clock, error) {
	const form = "15:04"
	from, to, _ := strings.Cut(window, "-")
	first, wrong := time.Parse(form, from)
	last, alsoWrong := time.Parse(form, to)
	if err := errors.Join(wrong, alsoWrong); err != nil {
		return clock{}, fmt.Errorf("window %q: %w", window, err)
	}
	minutes := int(last.Sub(first).Minutes())
	if minutes < 0 {
		minutes += dayHours * hourMinutes
	}
	return clock{first.Hour(), first.Minute(), max(minutes, leastStartMinutes)}, nil
}

// cron is a schedule of AWS at this time, on some days of the month or the week.
func (c clock) cron(days, weekdays string) string {
	return fmt.Sprintf("cron(%d %d %s * %s *)", c.minute, c.hour, days, weekdays)
}

// later is the same clock some hours on.
func (c clock) later(hours int) clock {
	c.hour = (c.hour + hours) % dayHours
	return c
}

// createPlan creates the plan and says what it copies: whatever carries the stack's
// mark, so that an instance more is no change here.
func (b *Backup) createPlan(ctx *pulumi.Context) error {
	name := b.name + "-plan"
	plan, err := backup.NewPlan(ctx, name, &backup.PlanArgs{
		Name:  pulumi.String(BackupVaultName(ctx.Stack(), b.name)),
		Rules: b.rules(),
		Tags:  b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	role, err := b.createRole(ctx, "role", "Makes backups of "+ctx.Stack(), backupPolicies)
	if err != nil {
		return err
	}
	_, err = backup.NewSelection(ctx, b.name+"-selection", &backup.SelectionArgs{
		Name:       pulumi.String(BackupVaultName(ctx.Stack(), b.name)),
		PlanId:     plan.ID(),
		IamRoleArn: role,
		SelectionTags: backup.SelectionSelectionTagArray{backup.SelectionSelectionTagArgs{
			Type: pulumi.String("STRINGEQUALS"), Key: pulumi.String(tags.Backup), Value: pulumi.String(b.args.mark()),
		}},
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("selection: %w", err)
	}
	return nil
}

// rules say when backups are made and how long they stay. All are snapshots: a
// continuous backup would take Aurora's own, which go back to any second, out of the
// hands of the database.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
func (b *Backup) rules() backup.PlanRuleArray {
	daily := b.rule("daily", b.start.cron("?", "*"), b.args.Days)
	rules := backup.PlanRuleArray{}
	switch b.args.Copy {
	case copyDaily:
		daily.CopyActions = b.copyActions()
	case copyWeekly:
		// The week is divided, or else the day would have two rules at one time.
		daily.Schedule = pulumi.String(b.start.cron("?", "MON-SAT"))
		weekly := b.rule("weekly", b.start.cron("?", "SUN"), b.args.Days)
		weekly.CopyActions = b.copyActions()
		rules = append(rules, weekly)
	}
	rules = append(rules, daily)
	if b.args.MonthlyMonths > 0 {
		early := b.start.later(dayHours - monthlyHours)
		rules = append(rules, b.rule("monthly", early.cron("1", "?"), b.args.MonthlyMonths*monthDays))
	}
	return rules
}

// rule builds one rule.
func (b *Backup) rule(name, schedule string, days int) backup.PlanRuleArgs {
	return backup.PlanRuleArgs{
		RuleName:          pulumi.String(name),
		TargetVaultName:   b.vault.Name,
		Schedule:          pulumi.String(schedule),
		StartWindow:       pulumi.Int(b.start.window),
		CompletionWindow:  pulumi.Int(completionMinutes),
		Lifecycle:         backup.PlanRuleLifecycleArgs{DeleteAfter: pulumi.Int(days)},
		RecoveryPointTags: b.tags(b.name + "-" + name),
	}
}

// copyActions send a backup to the other region.
func (b *Backup) copyActions() backup.PlanRuleCopyActionArray {
	return backup.PlanRuleCopyActionArray{backup.PlanRuleCopyActionArgs{
		DestinationVaultArn: b.copies.Arn,
		Lifecycle:           backup.PlanRuleCopyActionLifecycleArgs{DeleteAfter: pulumi.Int(b.args.CopyDays)},
	}}
}

// createRole creates a role for AWS Backup, whose ARN waits until the role may do
// what it is for. The role is worth something to those only who may pass it on.
func (b *Backup) createRole(ctx *pulumi.Context, part, description string, policies []backupPolicy) (pulumi.StringOutput, error) {
	name := b.name + "-" + part
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: document(allow("Backup", "sts:AssumeRole").to("backup.amazonaws.com")),
		Tags:             b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("role %q: %w", part, err)
	}
	var rights []pulumi.Resource
	for _, policy := range policies {
		attachment, err := iam.NewRolePolicyAttachment(ctx, name+"-"+policy.key, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.String(b.args.Account.managedPolicy(policy.path)),
		}, pulumi.Parent(b))
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("policy %q of role %q: %w", policy.path, part, err)
		}
		rights = append(rights, attachment)
	}
	return after(ctx, role.Arn, rights...), nil
}
