package aws

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	gibibyte     = 1 << 30
	percent      = 100
	milliseconds = 1000 // of a second
)

// mysqlLocalStorage is how large an instance's local disk is at least, for each
// GiB of its memory.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html
const mysqlLocalStorage = 2

// mysqlPeriodSeconds is how often RDS sends values. In so short a period each
// instance has one, so that the cluster's maximum is the worst instance's value
// rather than a moment's.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/monitoring-cloudwatch.html
const mysqlPeriodSeconds = 60

// alarms lists what somebody is to be told of. They watch the worst instance of
// the cluster, whichever that is and whatever it is at the moment.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/dimensions.html
func (a *MySQLArgs) alarms(identifier pulumi.StringInput) []Alarm {
	whole := map[string]pulumi.StringInput{"DBClusterIdentifier": identifier}
	list := append(a.machineAlarms(), a.sizeAlarm())
	for i := range list {
		list[i].Dimensions = whole
	}
	if a.Readers > 0 {
		lag := a.lagAlarm()
		lag.Dimensions = maps.Clone(whole)
		lag.Dimensions["Role"] = pulumi.String("READER")
		list = append(list, lag)
	}
	for i := range list {
		list[i].Namespace = "AWS/RDS"
		list[i].PeriodSeconds, list[i].Periods = mysqlPeriodSeconds, a.Thresholds.Minutes
		if list[i].Missing == "" {
			list[i].Missing = missingIsGood
		}
	}
	return list
}

// machineAlarms are the same for every machine. For a serverless one all values
// are those of its largest size.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
func (a *MySQLArgs) machineAlarms() []Alarm {
	return []Alarm{
		{
			Name: "cpu", Metric: "CPUUtilization", Statistic: "Maximum",
			Comparison: above, Threshold: float64(a.Thresholds.CPU),
			Missing: missingIsBad,
			Means: "A MySQL instance is at its limit: pages get slow, then fail. Or none says anything, because all are " +
				"down. Look for slow statements, then for a larger machine.",
		},
		{
			Name: "memory", Metric: "FreeableMemory", Statistic: "Minimum",
			Comparison: below, Threshold: a.MemoryGiB * gibibyte * float64(a.Thresholds.FreeMemory) / percent,
			Means: "A MySQL instance is short of memory: Aurora ends statements, then restarts the server. Take " +
				"a larger machine.",
		},
		{
			Name: "connections", Metric: "DatabaseConnections", Statistic: "Maximum",
			Comparison: above, Threshold: float64(a.MostConnections) * float64(a.Thresholds.Connections) / percent,
			Means: "MySQL is running out of connections: new requests will fail. There are more web and worker " +
				"processes than the machine is made for.",
		},
		{
			// One now and then is normal and tried again; minutes of them are not.
			Name: "deadlocks", Metric: "Deadlocks", Statistic: "Maximum",
			Comparison: above, Threshold: 0,
			Means: "Transactions have been blocking each other for minutes: requests and tasks fail. The error " +
				"log names the statements.",
		},
	}
}

// sizeAlarm is about what a machine has too little of: a fixed one of local
// disk, a serverless one, whose disk nobody reports, of capacity.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
func (a *MySQLArgs) sizeAlarm() Alarm {
	if a.serverless() {
		return Alarm{
			Name: "capacity", Metric: "ACUUtilization", Statistic: "Maximum",
			Comparison: above, Threshold: float64(a.Thresholds.CPU),
			Means: "MySQL is near the most capacity it may take: pages will get slow. Raise the maximum.",
		}
	}
	disk := a.MemoryGiB * mysqlLocalStorage * gibibyte
	return Alarm{
		Name: "local-storage", Metric: "FreeLocalStorage", Statistic: "Minimum",
		Comparison: below, Threshold: disk * float64(percent-a.Thresholds.UsedStorage) / percent,
		Means: "A MySQL instance is running out of room for temporary tables: large statements and changes " +
			"of tables fail. Look for long statements, or take a larger machine.",
	}
}

// lagAlarm is about replicas that tell of the past, in the metric of each
// replica: the writer's own shows the lag of replicas that are gone.
func (a *MySQLArgs) lagAlarm() Alarm {
	return Alarm{
		Name: "replica-lag", Metric: "AuroraReplicaLag", Statistic: "Maximum",
		Comparison: above, Threshold: float64(a.Thresholds.LagSeconds) * milliseconds,
		Means: "A MySQL reader is behind the writer: it answers with the past, and restarts if it cannot " +
			"catch up. The writer writes more than the readers' machine can take.",
	}
}
