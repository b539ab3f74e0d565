package aws

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// searchMetrics keeps the name that the service had before.
const searchMetrics = "AWS/ES"

// What AWS advises to be told of, in percent. The collector lets memory fill far
// before it does anything about it, so that FreeMemory is no measure here.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html
const (
	searchHeap      = 95
	searchMasterCPU = 50
)

// alarms are what is to be watched.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html
func (a *SearchArgs) alarms() []Alarm {
	alarms := append(a.stateAlarms(), a.loadAlarms()...)
	for i := range alarms {
		alarm := &alarms[i]
		alarm.Namespace, alarm.PeriodSeconds = searchMetrics, 60
		alarm.Dimensions = map[string]pulumi.StringInput{
			"DomainName": pulumi.String(a.DomainName),
			"ClientId":   pulumi.String(a.Account.ID),
		}
		if alarm.Comparison == "" {
			alarm.Comparison, alarm.Statistic = above, "Maximum"
		}
		if alarm.Missing == "" {
			alarm.Missing = missingIsGood
		}
	}
	return alarms
}

// stateAlarms are about what is so or not: their metrics are one or zero.
func (a *SearchArgs) stateAlarms() []Alarm {
	return []Alarm{{
		Name: "red", Metric: "ClusterStatus.red", Periods: 1,
		Means: "Part of an index is gone with all its copies: searches fail, and no snapshots are taken. Look for full disks and lost nodes.",
	}, {
		Name: "yellow", Metric: "ClusterStatus.yellow", Periods: 5,
		Means: "Part of an index has no copy: the loss of a node would be the loss of it. It ends by itself once a lost node is replaced.",
	}, {
		Name: "blocked", Metric: "ClusterIndexWritesBlocked", Periods: 5,
		Means: "The domain refuses to write: its disks or its memory are full. Give it more storage or larger machines.",
	}, {
		Name: "snapshot", Metric: "AutomatedSnapshotFailure", Periods: 1,
		Means: "The hourly snapshot failed, most often because the domain is red.",
	}, {
		Name: "key", Metric: "KMSKeyError", Periods: 1,
		Means: "The key that encrypts the domain is disabled: enable it again.",
	}, {
		Name: "key-gone", Metric: "KMSKeyInaccessible", Periods: 1,
		Means: "The key that encrypts the domain is deleted or may not be used: the domain is lost unless that is undone.",
	}}
}

// loadAlarms are about how much is left.
func (a *SearchArgs) loadAlarms() []Alarm {
	const mebibytesPerGiB = 1024
	alarms := []Alarm{{
		Name: "disk", Metric: "FreeStorageSpace", Statistic: "Minimum", Comparison: below, Periods: a.Thresholds.Minutes,
		Threshold: float64(a.StorageGiB*mebibytesPerGiB*(100-a.Thresholds.UsedStorage)) / 100,
		Means:     "A disk is almost full: soon the domain refuses to write. Give it more storage.",
	}, {
		Name: "cpu", Metric: "CPUUtilization", Threshold: float64(a.Thresholds.CPU), Periods: a.Thresholds.Minutes, Missing: missingIsBad,
		Means: "A node is busy, or the domain is gone: searches slow down. Choose larger machines or more of them.",
	}, {
		Name: "heap", Metric: "JVMMemoryPressure", Threshold: searchHeap, Periods: 3,
		Means: "A node has almost no memory left: soon it fails. Choose larger machines.",
	}}
	if a.Masters == 0 {
		return alarms
	}
	return append(alarms, Alarm{
		Name: "master-cpu", Metric: "MasterCPUUtilization", Threshold: searchMasterCPU, Periods: a.Thresholds.Minutes,
		Means: "A master is busy: soon the nodes lose each other. Choose a larger machine for the masters.",
	}, Alarm{
		Name: "master-heap", Metric: "MasterJVMMemoryPressure", Threshold: searchHeap, Periods: 3,
		Means: "A master has almost no memory left: soon the nodes lose each other. Choose a larger machine for the masters.",
	})
}
