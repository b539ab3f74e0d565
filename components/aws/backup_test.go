package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	backupVaultType     = "aws:backup/vault:Vault"
	backupPlanType      = "aws:backup/plan:Plan"
	backupLockType      = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
	backupSelectionType = "aws:backup/selection:Selection"
	backupTestType      = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
)

// backupArgs are arguments that a test changes one of.
func backupArgs() *aws.BackupArgs {
	return &aws.BackupArgs{
		Account: account, Key: pulumi.String("data-key-arn"), Days: 14, Window: "02:30-03:30",
		Topic: pulumi.String("topic-arn"), Protect: true, Tags: tags.New("test", nil),
	}
}

// backupEverything asks for all that there is, but for copies.
func backupEverything() *aws.BackupArgs {
	args := backupArgs()
	args.MonthlyMonths, args.RestoreTests, args.SubnetGroup, args.Lock = 12, true, pulumi.String("db-subnets"), "governance"
	return args
}

// backup runs a program that is the backups of a stack, copied as often as is said.
func backup(t *testing.T, args *aws.BackupArgs, copies string) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, backupProgram(args, copies))
}

// backupProgram is backups, and the region of their copies if there are any.
func backupProgram(args *aws.BackupArgs, copies string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		args.Copy, args.CopyDays, args.CopyTo = copies, 0, nil
		if copies != "" {
			region, err := aws.NewRegion(ctx, "away", &aws.RegionArgs{Account: account.In("eu-central-1"), Tags: args.Tags})
			if err != nil {
				return err
			}
			args.CopyDays, args.CopyTo = 35, region
		}
		_, err := aws.NewBackup(ctx, "ba", args)
		return err
	}
}

// backupRules are the rules of the plan by name.
func backupRules(t *testing.T, graph *harness.Graph) map[string]map[string]any {
	t.Helper()
	list := graph.One(t, backupPlanType, "ba-plan").Value(t, "rules").Mappable().([]any) //nolint:errcheck // rules are a list
	rules := map[string]map[string]any{}
	for _, one := range list {
		rule := one.(map[string]any)            //nolint:errcheck // a rule is a map
		rules[rule["ruleName"].(string)] = rule //nolint:errcheck // its name is a string
	}
	return rules
}

func TestEachNightIsBackedUpOnceAndKeptForItsDays(t *testing.T) {
	for copies, want := range map[string]map[string]string{
		"":       {"daily": "cron(30 2 ? * * *)", "monthly": "cron(30 20 1 * ? *)"},
		"daily":  {"daily": "cron(30 2 ? * * *)", "monthly": "cron(30 20 1 * ? *)"},
		"weekly": {"daily": "cron(30 2 ? * MON-SAT *)", "weekly": "cron(30 2 ? * SUN *)", "monthly": "cron(30 20 1 * ? *)"},
	} {
		got := map[string]string{}
		for name, rule := range backupRules(t, backup(t, backupEverything(), copies)) {
			got[name] = fmt.Sprint(rule["schedule"])
			days := 14.0
			if name == "monthly" {
				days = 372
			}
			if diff := cmp.Diff(map[string]any{"deleteAfter": days}, rule["lifecycle"]); diff != "" {
				t.Errorf("%s, copies %q: (-want +got):\n%s", name, copies, diff)
			}
			if rule["targetVaultName"] != "test-ba" || rule["startWindow"] != 60.0 || rule["completionWindow"] != 10080.0 {
				t.Errorf("%s: %v", name, rule)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("copies %q: (-want +got):\n%s", copies, diff)
		}
	}
	if _, found := backupRules(t, backup(t, backupArgs(), ""))["monthly"]; found {
		t.Error("a backup is kept for months though nobody asked for one")
	}
}

// A continuous backup would be AWS Backup's own retention in place of Aurora's.
func TestNoBackupIsContinuous(t *testing.T) {
	for name, rule := range backupRules(t, backup(t, backupEverything(), "weekly")) {
		if on, written := rule["enableContinuousBackup"]; written {
			t.Errorf("%s: continuous is %v", name, on)
		}
	}
}

func TestWindowsOverMidnightAndShortOnesAreStartedIn(t *testing.T) {
	for window, want := range map[string]struct {
		schedule, monthly string
		minutes           float64
	}{
		"23:30-01:30": {"cron(30 23 ? * * *)", "cron(30 17 1 * ? *)", 120},
		"02:00-02:30": {"cron(0 2 ? * * *)", "cron(0 20 1 * ? *)", 60},
	} {
		args := backupEverything()
		args.Window = window
		rules := backupRules(t, backup(t, args, ""))
		daily := rules["daily"]
		if daily["schedule"] != want.schedule || daily["startWindow"] != want.minutes || rules["monthly"]["schedule"] != want.monthly {
			t.Errorf("%s: %v", window, rules)
		}
	}
}

func TestCopiesGoToTheVaultInTheOtherRegion(t *testing.T) {
	for copies, copied := range map[string]string{"daily": "daily", "weekly": "weekly"} {
		graph := backup(t, backupEverything(), copies)
		for name, rule := range backupRules(t, graph) {
			if _, found := rule["copyActions"]; found != (name == copied) {
				t.Errorf("copies %q: %s is copied: %t", copies, name, found)
			}
		}
		want := []any{map[string]any{
			"destinationVaultArn": "arn:aws:backup:eu-west-1:123456789012:ba-copies", "lifecycle": map[string]any{"deleteAfter": 35.0},
		}}
		if diff := cmp.Diff(want, backupRules(t, graph)[copied]["copyActions"]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, part := range []struct{ typ, name string }{{backupVaultType, "ba-copies"}, {backupLockType, "ba-copies-lock"}} {
			if got := graph.One(t, part.typ, part.name).Provider; !strings.Contains(got, "away-provider") {
				t.Errorf("%s is made by %q", part.name, got)
			}
		}
		texts(t, graph.One(t, backupVaultType, "ba-copies"), map[string]string{
			"name": "test-ba", "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/away-key",
		})
		if days := graph.One(t, backupLockType, "ba-copies-lock").Value(t, "minRetentionDays").NumberValue(); days != 35 {
			t.Errorf("copies are locked for %v days", days)
		}
	}
}

func TestThePlanCopiesWhatCarriesTheMarkOfItsStack(t *testing.T) {
	graph := backup(t, backupArgs(), "")
	selection := graph.One(t, backupSelectionType, "ba-selection")
	holds(t, selection, map[string]any{
		"selectionTags": []any{map[string]any{"type": "STRINGEQUALS", "key": "openedx-backup", "value": "test"}},
		"iamRoleArn":    "arn:aws:iam:eu-west-1:123456789012:ba-role",
	})
	if selection.Value(t, "resources").HasValue() {
		t.Error("an instance more would change the selection")
	}
}

func TestWhoeverBacksUpRestoresNothing(t *testing.T) {
	graph := backup(t, backupEverything(), "")
	const attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	selection := graph.One(t, backupSelectionType, "ba-selection")
	check := graph.One(t, backupTestType, "ba-test-aurora")
	for name, want := range map[string]struct {
		policy string
		user   *harness.Resource
	}{
		"ba-role-stores":          {"service-role/AWSBackupServiceRolePolicyForBackup", selection},
		"ba-role-buckets":         {"AWSBackupServiceRolePolicyForS3Backup", selection},
		"ba-restore-role-stores":  {"service-role/AWSBackupServiceRolePolicyForRestores", check},
		"ba-restore-role-buckets": {"AWSBackupServiceRolePolicyForS3Restore", check},
	} {
		got := graph.One(t, attachment, name)
		texts(t, got, map[string]string{"policyArn": "arn:aws:iam::aws:policy/" + want.policy})
		if !graph.Waits(want.user, got.URN) {
			t.Errorf("%s may begin before it has %s", want.user, name)
		}
	}
	if got := graph.Count(attachment); got != 4 {
		t.Errorf("the roles have %d policies", got)
	}
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "ba-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{"Sid": "Backup", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["backup.amazonaws.com"]}}]
	}`)
}

func TestVaultsAreProtectedUnlessTheStackIsDisposable(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		args := backupArgs()
		args.Protect, args.Disposable = !disposable, disposable
		graph := backup(t, args, "daily")
		for _, r := range graph.Resources {
			if r.Protect != (r.Type == backupVaultType && !disposable) {
				t.Errorf("disposable %t: %s: protection is %t", disposable, r, r.Protect)
			}
		}
		for _, vault := range graph.All(backupVaultType) {
			if got := vault.Value(t, "forceDestroy").BoolValue(); got != disposable {
				t.Errorf("disposable %t: %s goes with its backups: %t", disposable, vault, got)
			}
		}
	}
}

// AWS locks a vault by its name: the end of an old lock would be the end of the new one.
func TestALockIsNeverReplacedByOneThatItsOwnEndTakesAway(t *testing.T) {
	for kind, want := range map[string]struct {
		grace   bool
		ignored []string
	}{"governance": {false, nil}, "compliance": {true, []string{"minRetentionDays"}}} {
		args := backupArgs()
		args.Lock = kind
		lock := backup(t, args, "").One(t, backupLockType, "ba-vault-lock")
		holds(t, lock, map[string]any{"backupVaultName": "test-ba", "minRetentionDays": 14.0})
		grace := lock.Value(t, "changeableForDays")
		if grace.HasValue() != want.grace || want.grace && grace.NumberValue() != 3 {
			t.Errorf("%s can be taken back for %v days", kind, grace)
		}
		if !lock.DeleteBeforeReplace || lock.RetainOnDelete != want.grace || !slices.Equal(lock.IgnoreChanges, want.ignored) {
			t.Errorf("%s: deleted first %t, left behind %t, ignores %v", kind, lock.DeleteBeforeReplace, lock.RetainOnDelete, lock.IgnoreChanges)
		}
	}
	if got := backup(t, backupArgs(), "").Count(backupLockType); got != 0 {
		t.Errorf("%d locks though nobody asked for one", got)
	}
}

func TestTheTopicIsToldOfEveryKindOfFailure(t *testing.T) {
	graph := backup(t, backupArgs(), "")
	const vault = `["arn:aws:backup:eu-west-1:123456789012:ba-vault"]`
	for part, detail := range map[string]string{
		"backup":  `"Backup Job State Change"], "detail": {"backupVaultArn": ` + vault + `, "state": ["FAILED", "EXPIRED", "ABORTED", "PARTIAL"]}`,
		"copy":    `"Copy Job State Change"], "detail": {"sourceBackupVaultArn": ` + vault + `, "state": ["FAILED"]}`,
		"restore": `"Restore Job State Change"], "detail": {"status": ["FAILED", "ABORTED"]}`,
	} {
		rule := graph.One(t, "aws:cloudwatch/eventRule:EventRule", "ba-failed-"+part)
		sameJSON(t, rule.Text(t, "eventPattern"), `{"source": ["aws.backup"], "detail-type": [`+detail+`}`)
		texts(t, graph.One(t, "aws:cloudwatch/eventTarget:EventTarget", "ba-failed-"+part+"-target"), map[string]string{
			"arn": "topic-arn", "rule": "ba-failed-" + part,
		})
	}
}

func TestANightWithoutAnyBackupIsAnAlarm(t *testing.T) {
	var alarms []aws.Alarm
	harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewBackup(ctx, "ba", backupArgs())
		if err == nil {
			alarms = made.Alarms
		}
		return err
	})
	if len(alarms) != 1 {
		t.Fatalf("%d alarms", len(alarms))
	}
	got := alarms[0]
	if got.Metric != "NumberOfBackupJobsCompleted" || got.Threshold != 1 || got.PeriodSeconds != 86400 || got.Missing != "breaching" ||
		got.Comparison != "LessThanThreshold" || got.Dimensions["BackupVaultName"] == nil {
		t.Errorf("got %+v", got)
	}
}

func TestTheNewestBackupOfEverythingIsRestoredOnceAWeek(t *testing.T) {
	graph := backup(t, backupEverything(), "")
	plan := graph.One(t, "aws:backup/restoreTestingPlan:RestoreTestingPlan", "ba-tests")
	holds(t, plan, map[string]any{
		// The names of restore tests hold no hyphens.
		"name": "test_ba", "scheduleExpression": "cron(30 5 ? * MON *)", "startWindowHours": 8.0,
		"recoveryPointSelection": map[string]any{
			"algorithm": "LATEST_WITHIN_WINDOW", "includeVaults": []any{"arn:aws:backup:eu-west-1:123456789012:ba-vault"},
			"recoveryPointTypes": []any{"SNAPSHOT"}, "selectionWindowDays": 7.0,
		},
	})
	for _, kind := range []string{"Aurora", "EBS", "S3"} {
		test := graph.One(t, backupTestType, "ba-test-"+strings.ToLower(kind))
		holds(t, test, map[string]any{
			"name": "test_ba_test_" + strings.ToLower(kind), "protectedResourceType": kind, "restoreTestingPlanName": "test_ba",
			"iamRoleArn": "arn:aws:iam:eu-west-1:123456789012:ba-restore-role", "validationWindowHours": 1.0,
			"protectedResourceConditions": map[string]any{
				"stringEquals": []any{map[string]any{"key": "aws:ResourceTag/openedx-backup", "value": "test"}},
			},
		})
		// An account without a default network has nowhere else to put a database.
		if overrides := test.Value(t, "restoreMetadataOverrides"); overrides.HasValue() != (kind == "Aurora") {
			t.Errorf("%s is restored with %v", kind, overrides)
		}
	}
	texts(t, graph.One(t, backupTestType, "ba-test-aurora"), map[string]string{"restoreMetadataOverrides.dbsubnetgroupname": "db-subnets"})
	if got := backup(t, backupArgs(), "").Count(backupTestType); got != 0 {
		t.Errorf("%d tests though nobody asked for any", got)
	}
}

func TestThePreviewOfBackupsIsTheirUpdate(t *testing.T) {
	for _, copies := range []string{"", "weekly"} {
		previewsAsItUpdates(t, backupProgram(backupEverything(), copies))
	}
}

func TestANameOfAVaultFits(t *testing.T) {
	for _, stack := range []string{"prod", "Prod_2.eu", "7", strings.Repeat("long-", 12)} {
		got := aws.BackupVaultName(stack, "campus-backup")
		if len(got) < 2 || len(got) > 50 || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q gives %q", stack, got)
		}
	}
}

func TestWrongBackupsRegisterNothing(t *testing.T) {
	away := &aws.Region{Account: account.In("eu-central-1")}
	for name, test := range map[string]struct {
		spoil func(*aws.BackupArgs)
		want  string
	}{
		"no account":                     {func(a *aws.BackupArgs) { a.Account.Partition = "" }, "incomplete"},
		"no key":                         {func(a *aws.BackupArgs) { a.Key = nil }, "key and topic"},
		"no topic":                       {func(a *aws.BackupArgs) { a.Topic = nil }, "key and topic"},
		"no days":                        {func(a *aws.BackupArgs) { a.Days = 0 }, "0 days"},
		"less than no months":            {func(a *aws.BackupArgs) { a.MonthlyMonths = -1 }, "-1 months"},
		"no window":                      {func(a *aws.BackupArgs) { a.Window = "" }, `window ""`},
		"half a window":                  {func(a *aws.BackupArgs) { a.Window = "02:00" }, `window "02:00"`},
		"tests without a network":        {func(a *aws.BackupArgs) { a.RestoreTests = true }, "no subnet group"},
		"an unknown lock":                {func(a *aws.BackupArgs) { a.Lock = "padlock" }, `lock "padlock"`},
		"what is locked and thrown away": {func(a *aws.BackupArgs) { a.Lock, a.Disposable = "governance", true }, "not disposable"},
		"months shorter than the lock":   {func(a *aws.BackupArgs) { a.Lock, a.Days, a.MonthlyMonths = "governance", 35, 1 }, "wants 35 days"},
		"an unknown rhythm":              {func(a *aws.BackupArgs) { a.Copy, a.CopyTo, a.CopyDays = "hourly", away, 7 }, `"hourly"`},
		"a region for no copies":         {func(a *aws.BackupArgs) { a.CopyTo = away }, "want weekly or daily"},
		"copies to nowhere":              {func(a *aws.BackupArgs) { a.Copy, a.CopyDays = "daily", 7 }, "no region"},
		"copies to itself": {func(a *aws.BackupArgs) {
			a.Copy, a.CopyDays, a.CopyTo = "daily", 7, &aws.Region{Account: account}
		}, "where the backups are"},
		"copies for no time": {func(a *aws.BackupArgs) { a.Copy, a.CopyTo = "daily", away }, "kept for 0 days"},
	} {
		t.Run(name, func(t *testing.T) {
			args := backupArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewBackup(ctx, "ba", args)
				return err
			}, `backup "ba"`, test.want)
		})
	}
}
