package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	topicType        = "aws:sns/topic:Topic"
	subscriptionType = "aws:sns/topicSubscription:TopicSubscription"
	alarmType        = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

func alertsArgs() *aws.AlertsArgs {
	return &aws.AlertsArgs{
		Account: account, Key: pulumi.String("key-arn"), Emails: []string{"ops@example.org", "dev@example.org"}, Tags: tags.New("test", nil),
	}
}

func alerts(t *testing.T, args *aws.AlertsArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewAlerts(ctx, "al", args)
		return err
	})
}

func TestAlarmsAreSentEncryptedAndOnlyByTheServicesThatWatch(t *testing.T) {
	graph := alerts(t, alertsArgs())
	if got := graph.One(t, topicType, "al-topic").Text(t, "kmsMasterKeyId"); got != "key-arn" {
		t.Errorf("the topic is encrypted with %q", got)
	}
	sameJSON(t, graph.One(t, "aws:sns/topicPolicy:TopicPolicy", "al-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Send", "Effect": "Allow", "Action": ["sns:Publish"],
			"Resource": ["arn:aws:sns:eu-west-1:123456789012:al-topic"],
			"Principal": {"Service": [
				"backup.amazonaws.com", "budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com",
				"events.rds.amazonaws.com", "ses.amazonaws.com"
			]},
			"Condition": {"StringEquals": {"aws:SourceAccount": ["123456789012"]}}
		}, {
			"Sid": "Events", "Effect": "Allow", "Action": ["sns:Publish"],
			"Resource": ["arn:aws:sns:eu-west-1:123456789012:al-topic"],
			"Principal": {"Service": ["events.amazonaws.com"]}
		}]
	}`)
}

func TestEveryAddressHearsBothTopics(t *testing.T) {
	graph := alerts(t, alertsArgs())
	heard := map[string]int{}
	for _, one := range graph.All(subscriptionType) {
		heard[one.Text(t, "endpoint")+" "+one.Text(t, "topic")]++
	}
	for _, address := range []string{"ops@example.org", "dev@example.org"} {
		for _, topic := range []string{"al-topic", "al-notices"} {
			if heard[address+" arn:aws:sns:eu-west-1:123456789012:"+topic] != 1 {
				t.Errorf("%s does not hear %s once: %v", address, topic, heard)
			}
		}
	}
}

func TestWrongAlertsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.AlertsArgs)
		want  string
	}{
		"no key":           {func(a *aws.AlertsArgs) { a.Key = nil }, "no key"},
		"an address twice": {func(a *aws.AlertsArgs) { a.Emails = []string{"a@example.org", "a@example.org"} }, "is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			args := alertsArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewAlerts(ctx, "al", args)
				return err
			}, `alerts "al"`, test.want)
		})
	}
}

// oneAlarm is an alarm that a test changes one thing of.
func oneAlarm() aws.Alarm {
	return aws.Alarm{
		Name: "cpu", Means: "It is busy.", Namespace: "AWS/RDS", Metric: "CPUUtilization", Statistic: "Average",
		Dimensions: map[string]pulumi.StringInput{"Role": pulumi.String("WRITER"), "DBClusterIdentifier": pulumi.String("db")},
		Comparison: "GreaterThanThreshold", Threshold: 80, PeriodSeconds: 60, Periods: 5, Missing: "breaching",
		Further: []string{"arn:aws:automate:eu-west-1:ec2:recover"},
	}
}

func alarmsArgs(alarms ...aws.Alarm) *aws.AlarmsArgs {
	return &aws.AlarmsArgs{
		Account: account, Topic: pulumi.String("topic-arn"), Stores: []aws.WatchedStore{{Name: "mysql", Alarms: alarms}},
		Tags: tags.New("test", nil),
	}
}

func TestAnAlarmIsSentWhenItBeginsAndWhenItEnds(t *testing.T) {
	made := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewAlarms(ctx, "al", alarmsArgs(oneAlarm()))
		return err
	}).One(t, alarmType, "al-mysql-cpu")
	for path, want := range map[string]string{
		"alarmActions[0]": "topic-arn", "alarmActions[1]": "arn:aws:automate:eu-west-1:ec2:recover", "okActions[0]": "topic-arn",
		"namespace": "AWS/RDS", "metricName": "CPUUtilization", "statistic": "Average", "comparisonOperator": "GreaterThanThreshold",
		"treatMissingData": "breaching", "dimensions.Role": "WRITER", "dimensions.DBClusterIdentifier": "db", "alarmDescription": "It is busy.",
	} {
		if got := made.Text(t, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]float64{"threshold": 80, "period": 60, "evaluationPeriods": 5} {
		if got := made.Value(t, path).NumberValue(); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

func TestTheDashboardShowsEveryAlarmWithItsLine(t *testing.T) {
	low := oneAlarm()
	low.Name, low.Metric, low.Threshold, low.Comparison = "memory", "FreeableMemory", 1024, "LessThanThreshold"
	dashboard := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewAlarms(ctx, "al", alarmsArgs(oneAlarm(), low))
		return err
	}).One(t, "aws:cloudwatch/dashboard:Dashboard", "al-dashboard")
	sameJSON(t, dashboard.Text(t, "dashboardBody"), `{"widgets": [
		{"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "properties": {"markdown": "## mysql"}},
		{"type": "metric", "x": 0, "y": 1, "width": 8, "height": 6, "properties": {
			"title": "CPUUtilization (cpu)", "region": "eu-west-1", "period": 60, "stat": "Average",
			"metrics": [["AWS/RDS", "CPUUtilization", "DBClusterIdentifier", "db", "Role", "WRITER"]],
			"annotations": {"horizontal": [{"label": "alarm", "value": 80}]}
		}},
		{"type": "metric", "x": 8, "y": 1, "width": 8, "height": 6, "properties": {
			"title": "FreeableMemory (memory)", "region": "eu-west-1", "period": 60, "stat": "Average",
			"metrics": [["AWS/RDS", "FreeableMemory", "DBClusterIdentifier", "db", "Role", "WRITER"]],
			"annotations": {"horizontal": [{"label": "alarm", "value": 1024}]}
		}}
	]}`)
}

func TestWrongAlarmsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.AlarmsArgs, *aws.Alarm)
		want  string
	}{
		"no topic":            {func(a *aws.AlarmsArgs, _ *aws.Alarm) { a.Topic = nil }, "no topic"},
		"no meaning":          {func(_ *aws.AlarmsArgs, a *aws.Alarm) { a.Means = "" }, "its meaning"},
		"no statistic":        {func(_ *aws.AlarmsArgs, a *aws.Alarm) { a.Statistic = "" }, "its metric"},
		"a strange operator":  {func(_ *aws.AlarmsArgs, a *aws.Alarm) { a.Comparison = "above" }, `compares by "above"`},
		"silence unexplained": {func(_ *aws.AlarmsArgs, a *aws.Alarm) { a.Missing = "" }, "a missing value"},
		"no periods":          {func(_ *aws.AlarmsArgs, a *aws.Alarm) { a.Periods = 0 }, "0 periods"},
	} {
		t.Run(name, func(t *testing.T) {
			alarm := oneAlarm()
			args := alarmsArgs()
			test.spoil(args, &alarm)
			args.Stores[0].Alarms = []aws.Alarm{alarm}
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewAlarms(ctx, "al", args)
				return err
			}, `alarms "al"`, test.want)
		})
	}
	refuses(t, func(ctx *pulumi.Context) error {
		_, err := aws.NewAlarms(ctx, "al", alarmsArgs(oneAlarm(), oneAlarm()))
		return err
	}, `alarms "al"`, `alarm "cpu" is there twice`)
}
