package aws

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/firstboot"
)

const (
	// leastOplogHours gives a member a day to come back without a full copy.
	leastOplogHours = 24
	// leastCredits are ten minutes of one processor at full speed.
	leastCredits = 10
)

// How many seconds one value of a metric spans. The balance of credits is
// published every five minutes, whatever the monitoring.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
const (
	minute      = 60
	fiveMinutes = 300
	day         = 86400
)

// burstable are the machines that live on credits; trn1 is not one of them.
var burstable = regexp.MustCompile(`^t[0-9]`)

// watch lists what somebody has to be told of the set.
func (m *Mongo) watch() []Alarm {
	alarms := []Alarm{{
		Name:      "backup",
		Means:     "No dump of the MongoDB set reached the bucket for a day. The daily copies of the disks are all that there is.",
		Namespace: firstboot.MetricNamespace, Metric: firstboot.MetricBackupSucceeded, Statistic: "Maximum",
		Dimensions: map[string]pulumi.StringInput{firstboot.DimensionReplicaSet: pulumi.String(m.args.ReplicaSet)},
		Comparison: below, Threshold: 1, PeriodSeconds: day, Periods: 1, Missing: missingIsBad,
	}}
	for _, machine := range m.machines {
		alarms = append(alarms, m.args.memberAlarms(machine.MongoMember)...)
		alarms = append(alarms, m.args.machineAlarms(machine.MongoMember, machine.instance.ID().ToStringOutput())...)
	}
	return alarms
}

// memberAlarms are about one member of the set. Where a member is silent, one
// alarm says so, and the others wait.
func (a *MongoArgs) memberAlarms(member MongoMember) []Alarm {
	alarms := []Alarm{
		{
			Name: "down", Means: "MongoDB member %s is neither primary nor secondary. The set outlives one, not two.",
			Metric: firstboot.MetricMemberHealthy, Statistic: "Maximum", Comparison: below, Threshold: 1, Missing: missingIsBad,
		},
		{
			Name: "lag", Means: "MongoDB member %s is behind the primary. Writes that wait for a majority may be slow, and it cannot take over soon.",
			Metric: firstboot.MetricReplicationLag, Statistic: "Maximum", Comparison: above, Threshold: float64(a.Thresholds.LagSeconds),
		},
		{
			Name: "oplog", Means: "The oplog of MongoDB member %s spans less than a day. A member that is away for longer needs a full copy.",
			Metric: firstboot.MetricOplogWindow, Statistic: "Minimum", Comparison: below, Threshold: leastOplogHours,
		},
		{
			Name: "disk", Means: "The data disk of MongoDB member %s is filling up. Full, it stops the member.",
			Metric: firstboot.MetricDiskUsed, Statistic: "Maximum", Comparison: above, Threshold: float64(a.Thresholds.UsedStorage),
		},
	}
	for i := range alarms {
		alarms[i].Namespace = firstboot.MetricNamespace
		alarms[i].Dimensions = map[string]pulumi.StringInput{
			firstboot.DimensionReplicaSet: pulumi.String(a.ReplicaSet), firstboot.DimensionMember: pulumi.String(member.host()),
		}
		alarms[i].PeriodSeconds, alarms[i].Periods = minute, a.Thresholds.Minutes
		if alarms[i].Missing == "" {
			alarms[i].Missing = missingIsGood
		}
	}
	return named(alarms, member)
}

// machineAlarms are about the machine that one member is.
func (a *MongoArgs) machineAlarms(member MongoMember, instance pulumi.StringInput) []Alarm {
	alarms := []Alarm{
		{
			Name: "cpu", Means: "The processors of MongoDB member %s have been busy for long. Every page waits for them.",
			Metric: "CPUUtilization", Statistic: "Average", Comparison: above, Threshold: float64(a.Thresholds.CPU),
			PeriodSeconds: minute, Periods: a.Thresholds.Minutes,
		},
		{
			Name: "system", Means: "The hardware below MongoDB member %s is broken. EC2 moves the machine to another host.",
			Metric: "StatusCheckFailed_System", Statistic: "Maximum", Comparison: above, Threshold: 0,
			// Two minutes in a row, as AWS advises for a recovery.
			// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/UsingAlarmActions.html
			PeriodSeconds: minute, Periods: 2,
			Further: []string{fmt.Sprintf("arn:%s:automate:%s:ec2:recover", a.Account.Partition, a.Account.Region)},
		},
	}
	if burstable.MatchString(a.Machine) {
		alarms = append(alarms, Alarm{
			Name: "credits", Means: "MongoDB member %s has used up its CPU credits. From here on it is slow, or costs more.",
			Metric: "CPUCreditBalance", Statistic: "Minimum", Comparison: below, Threshold: leastCredits,
			PeriodSeconds: fiveMinutes, Periods: max(1, a.Thresholds.Minutes*minute/fiveMinutes),
		})
	}
	for i := range alarms {
		alarms[i].Namespace = "AWS/EC2"
		alarms[i].Dimensions = map[string]pulumi.StringInput{"InstanceId": instance}
		alarms[i].Missing = missingIsGood
	}
	return named(alarms, member)
}

// named gives alarms the name of the member that they are about.
func named(alarms []Alarm, member MongoMember) []Alarm {
	for i := range alarms {
		alarms[i].Name += "-" + member.Name
		alarms[i].Means = fmt.Sprintf(alarms[i].Means, member.host())
	}
	return alarms
}
