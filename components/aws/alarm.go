package aws

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Alarm is something about a store that somebody has to be told. Stores say
// what is to be watched; Alarms makes them, all with one topic and one dashboard.
type Alarm struct {
	// Name is the alarm's part of a logical name, such as "cpu" or "disk-a".
	Name string
	// Means says what is wrong and what follows from it, for whoever is woken.
	Means string
	// Namespace, Metric, Dimensions and Statistic name a metric of CloudWatch.
	Namespace, Metric string
	Dimensions        map[string]pulumi.StringInput
	Statistic         string // Average, Maximum, Minimum or Sum
	// Comparison is the operator by which the metric and Threshold compare when
	// something is wrong: above or below.
	Comparison string
	Threshold  float64
	// PeriodSeconds is how long one value of the metric spans, and Periods how
	// many in a row must be wrong.
	PeriodSeconds, Periods int
	// Missing says what no value at all means: breaching or notBreaching.
	Missing string
	// Further are ARNs of actions beside the topic, such as the recovery of a machine.
	Further []string
}

// The comparisons of an alarm, as CloudWatch spells them.
const (
	above = "GreaterThanThreshold"
	below = "LessThanThreshold"
)

// What an alarm makes of a metric that has no value.
const (
	missingIsBad  = "breaching"
	missingIsGood = "notBreaching"
)

// Thresholds say from when on somebody is to be told.
type Thresholds struct {
	// CPU is the busiest that a processor may be for long, in percent.
	CPU int
	// FreeMemory is the least memory that has to be free, in percent.
	FreeMemory int
	// UsedStorage is the fullest that a disk may be, in percent.
	UsedStorage int
	// Connections is the most connections, in percent of those that fit.
	Connections int
	// LagSeconds is how far a replica may be behind.
	LagSeconds int
	// Minutes is how long any of these may last.
	Minutes int
}

// alarmSenders are the services that send to the topic of alarms, and say for which account.
func alarmSenders() []string {
	return []string{
		"backup.amazonaws.com", "budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com",
		"events.rds.amazonaws.com", "ses.amazonaws.com",
	}
}

// eventSender does not say for which account it sends: a condition would stop it
// without a word. What it sends is chosen by rules, which are the account's own.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
const eventSender = "events.amazonaws.com"
