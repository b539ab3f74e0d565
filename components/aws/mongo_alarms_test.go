package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

// mongoAlarms are the alarms of one replica set by name.
func mongoAlarms(t *testing.T, args *aws.MongoArgs) map[string]aws.Alarm {
	t.Helper()
	byName := map[string]aws.Alarm{}
	harness.Run(t, nil, func(ctx *pulumi.Context) error {
		set, err := aws.NewMongo(ctx, "mg", args)
		if err != nil {
			return err
		}
		for _, alarm := range set.Alarms {
			if _, there := byName[alarm.Name]; there {
				t.Errorf("%q is there twice", alarm.Name)
			}
			byName[alarm.Name] = alarm
		}
		byName["cpu-b"].Dimensions["InstanceId"].ToStringOutput().ApplyT(func(id string) error {
			if id != "mg-machine-b-id" {
				t.Errorf("the alarm of member b is about %s", id)
			}
			return nil
		})
		return nil
	})
	return byName
}

func TestEveryMemberAndTheDumpsAreWatched(t *testing.T) {
	of := func(member string) map[string]pulumi.StringInput {
		return map[string]pulumi.StringInput{"ReplicaSet": pulumi.String("campus-prod"), "Member": pulumi.String("mongo-" + member)}
	}
	const set, machine = "OpenedX/MongoDB", "AWS/EC2"
	alarms := mongoAlarms(t, mongoArgs())
	for _, want := range []aws.Alarm{
		{
			Name: "backup", Namespace: set, Metric: "BackupSucceeded", Statistic: "Maximum", Comparison: "LessThanThreshold", Threshold: 1,
			PeriodSeconds: 86400, Periods: 1, Missing: "breaching",
			Dimensions: map[string]pulumi.StringInput{"ReplicaSet": pulumi.String("campus-prod")},
		},
		{
			Name: "down-a", Namespace: set, Metric: "MemberHealthy", Statistic: "Maximum", Comparison: "LessThanThreshold", Threshold: 1,
			PeriodSeconds: 60, Periods: 10, Missing: "breaching", Dimensions: of("a"),
		},
		{
			Name: "lag-b", Namespace: set, Metric: "ReplicationLagSeconds", Statistic: "Maximum", Comparison: "GreaterThanThreshold",
			Threshold: 30, PeriodSeconds: 60, Periods: 10, Missing: "notBreaching", Dimensions: of("b"),
		},
		{
			Name: "oplog-c", Namespace: set, Metric: "OplogWindowHours", Statistic: "Minimum", Comparison: "LessThanThreshold",
			Threshold: 24, PeriodSeconds: 60, Periods: 10, Missing: "notBreaching", Dimensions: of("c"),
		},
		{
			Name: "disk-a", Namespace: set, Metric: "DiskUsedPercent", Statistic: "Maximum", Comparison: "GreaterThanThreshold",
			Threshold: 75, PeriodSeconds: 60, Periods: 10, Missing: "notBreaching", Dimensions: of("a"),
		},
		{
			Name: "cpu-a", Namespace: machine, Metric: "CPUUtilization", Statistic: "Average", Comparison: "GreaterThanThreshold",
			Threshold: 80, PeriodSeconds: 60, Periods: 10, Missing: "notBreaching",
		},
		{
			Name: "credits-a", Namespace: machine, Metric: "CPUCreditBalance", Statistic: "Minimum", Comparison: "LessThanThreshold",
			Threshold: 10, PeriodSeconds: 300, Periods: 2, Missing: "notBreaching",
		},
		{
			Name: "system-a", Namespace: machine, Metric: "StatusCheckFailed_System", Statistic: "Maximum", Comparison: "GreaterThanThreshold",
			PeriodSeconds: 60, Periods: 2, Missing: "notBreaching", Further: []string{"arn:aws:automate:eu-west-1:ec2:recover"},
		},
	} {
		got, there := alarms[want.Name]
		if !there {
			t.Errorf("nobody is told of %q", want.Name)
			continue
		}
		if want.Name != "backup" && !strings.Contains(got.Means, "mongo-"+want.Name[len(want.Name)-1:]) {
			t.Errorf("%q says %q", want.Name, got.Means)
		}
		if want.Namespace == machine {
			got.Dimensions = nil // an output, which is compared above
		}
		got.Means = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	if got, want := len(alarms), 1+3*7; got != want {
		t.Errorf("%d alarms, want %d", got, want)
	}
}

func TestCreditsAreWatchedWhereAMachineLivesOnThem(t *testing.T) {
	for machine, want := range map[string]bool{"t3.medium": true, "t4g.small": true, "m7g.large": false, "trn1.2xlarge": false} {
		args := mongoArgs()
		args.Machine = machine
		if _, got := mongoAlarms(t, args)["credits-a"]; got != want {
			t.Errorf("%s: credits are watched: %t, want %t", machine, got, want)
		}
	}
}
