package aws

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	cacheMetrics = "AWS/ElastiCache"
	// cachePeriod is how often ElastiCache measures.
	cachePeriod = 60
	// cacheConnections is how many connections a node takes, whatever its size:
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
	cacheConnections = 65000
)

// alarms are what is to be watched in every node: any of them may be the primary.
// To CloudWatch each node of a group is a cluster of its own.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CloudWatchMetrics.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
func (a *CacheArgs) alarms(members pulumi.StringArrayOutput) []Alarm {
	var all []Alarm
	for number := 1; number <= a.Nodes; number++ {
		dimensions := map[string]pulumi.StringInput{"CacheClusterId": a.member(members, number)}
		for _, alarm := range a.nodeAlarms() {
			alarm.Name = fmt.Sprintf("%s-%d", alarm.Name, number)
			alarm.Namespace, alarm.Dimensions, alarm.PeriodSeconds = cacheMetrics, dimensions, cachePeriod
			all = append(all, alarm)
		}
	}
	return all
}

// member is what a node is called. ElastiCache counts from 001, but a group that
// lost nodes may keep any of its numbers, so that only the group knows them.
func (a *CacheArgs) member(members pulumi.StringArrayOutput, number int) pulumi.StringOutput {
	//nolint:errcheck // the function gives a string
	return members.ApplyT(func(ids []string) string {
		if number > len(ids) {
			return fmt.Sprintf("%s-%03d", a.Identifier, number)
		}
		return slices.Sorted(slices.Values(ids))[number-1]
	}).(pulumi.StringOutput)
}

// nodeAlarms are what is to be watched in one node.
func (a *CacheArgs) nodeAlarms() []Alarm {
	limits := a.Thresholds
	alarms := []Alarm{{
		Name: "cpu", Metric: "EngineCPUUtilization", Statistic: "Average", Comparison: above,
		Threshold: float64(limits.CPU), Periods: limits.Minutes, Missing: missingIsBad,
		Means: "Redis works on one core and that is busy, or the node is gone: pages and queued tasks slow down. " +
			"Choose a machine with faster cores.",
	}, {
		Name: "memory", Metric: "DatabaseMemoryUsagePercentage", Statistic: "Maximum", Comparison: above,
		Threshold: float64(100 - limits.FreeMemory), Periods: limits.Minutes, Missing: missingIsGood,
		Means: "Redis is almost full: soon it drops sessions or refuses tasks. Choose a larger machine.",
	}, {
		Name: "connections", Metric: "CurrConnections", Statistic: "Maximum", Comparison: above,
		Threshold: float64(cacheConnections*limits.Connections) / 100, Periods: limits.Minutes, Missing: missingIsGood,
		Means: "Almost all connections are taken: soon Redis refuses new ones, and machines of another size take no more.",
	}, {
		Name: "lag", Metric: "ReplicationLag", Statistic: "Maximum", Comparison: above,
		// Only a replica has it.
		Threshold: float64(limits.LagSeconds), Periods: limits.Minutes, Missing: missingIsGood,
		Means: "The replica is behind: a failover now would lose the sessions and tasks of that time.",
	}}
	if !a.keeps() {
		return alarms // a cache may evict; it is what it does when it is full
	}
	return append(alarms, Alarm{
		Name: "evictions", Metric: "Evictions", Statistic: "Sum", Comparison: above,
		Threshold: 0, Periods: 1, Missing: missingIsGood,
		Means: "Redis is full and drops what it holds: learners are logged out. Choose a larger machine.",
	})
}
