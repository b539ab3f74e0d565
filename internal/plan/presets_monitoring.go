package plan

import "example.org/openedx/internal/config"

// MonitoringSizing is the part of the sizing table about metrics and logs.
type MonitoringSizing struct {
	MonitoringReplicas int `row:"Prometheus and Alertmanager, of each" why:"With two in different zones, the loss of a zone is something that one of them still tells about."`
	MetricDays         int `row:"Metrics kept, days" key:"openedx:monitoring.retentionDays" why:"Enough to compare with the week before; in the larger presets with the last exams."`
	MetricVolumeGiB    int `row:"Prometheus volume, GiB" key:"openedx:monitoring.volumeGiB" why:"A sample takes about 1.5 bytes, and each series has two a minute: the 60,000 series of small are 0.3 GB a day, the 200,000 of medium 1 GB, the 700,000 of large 3 GB. Twice of what that makes, and more."`
	MetricCPU          int `row:"Prometheus asks for, thousandths of a core" why:"It grows with what is asked and read; rules are evaluated twice a minute."`
	MetricMemory       int `row:"Prometheus asks for, MiB" why:"All series of the last two hours are in memory, about 8 KiB each; it may take twice as much while pods come and go."`
	ContainerLogDays   int `row:"Container logs kept, days" key:"openedx:monitoring.logDays" why:"What Open edX writes is read when something goes wrong, and is the largest of all logs. What learners did is not in it, and kept for good."`
}

// The monitoring of each preset.
var (
	smallMonitoring = MonitoringSizing{
		MonitoringReplicas: 1, MetricDays: 15, MetricVolumeGiB: 20, MetricCPU: 200, MetricMemory: 1024, ContainerLogDays: 14,
	}
	mediumMonitoring = MonitoringSizing{
		MonitoringReplicas: 2, MetricDays: 30, MetricVolumeGiB: 100, MetricCPU: 500, MetricMemory: 3072, ContainerLogDays: 30,
	}
	largeMonitoring = MonitoringSizing{
		MonitoringReplicas: 2, MetricDays: 30, MetricVolumeGiB: 300, MetricCPU: 2000, MetricMemory: 10240, ContainerLogDays: 90,
	}
)

// Monitoring is what is kept of metrics and logs, as decided.
type Monitoring struct {
	// Replicas are of Prometheus and Alertmanager each.
	Replicas      int `json:"replicas"`
	RetentionDays int `json:"retentionDays"`
	VolumeGiB     int `json:"volumeGiB"`
	// CPU is in thousandths of a core and Memory in MiB: what each Prometheus asks for.
	CPU     int `json:"cpu"`
	Memory  int `json:"memory"`
	LogDays int `json:"logDays"`
}

const (
	keyMetricDays   = "openedx:monitoring.retentionDays"
	keyMetricVolume = "openedx:monitoring.volumeGiB"
	keyLogDays      = "openedx:monitoring.logDays"

	unmonitored = "openedx:addons.monitoring is false"
	unlogged    = "openedx:addons.logs is false"
)

const (
	// mostMetricDays is two years: Prometheus is asked about the past by those who
	// compare terms, and beyond that reads slowly.
	mostMetricDays = 730
	// leastMetricGiB holds two hours of a small platform, which Prometheus keeps apart,
	// many times over. The most is gp3's that every region has:
	// https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
	leastMetricGiB, mostMetricGiB = 10, 16384
)

func planMonitoring(written config.Monitoring, sizing Sizing) Monitoring {
	return Monitoring{
		Replicas: sizing.MonitoringReplicas, CPU: sizing.MetricCPU, Memory: sizing.MetricMemory,
		RetentionDays: or(written.RetentionDays, sizing.MetricDays), VolumeGiB: or(written.VolumeGiB, sizing.MetricVolumeGiB),
		LogDays: or(written.LogDays, sizing.ContainerLogDays),
	}
}

// monitoring wants days and volumes that Prometheus, EBS and CloudWatch take, where
// there is something to keep: every preset has both.
func (c *checker) monitoring() {
	written, on := c.settings.Monitoring, c.settings.AddOns
	if !or(on.Monitoring, true) {
		c.without(keyMetricDays, written.RetentionDays != nil, unmonitored)
		c.without(keyMetricVolume, written.VolumeGiB != nil, unmonitored)
	}
	if !or(on.Logs, true) {
		c.without(keyLogDays, written.LogDays != nil, unlogged)
	}
	c.inRange(keyMetricDays, written.RetentionDays, 1, mostMetricDays, "days")
	c.inRange(keyMetricVolume, written.VolumeGiB, leastMetricGiB, mostMetricGiB, "GiB")
	c.retention(keyLogDays, written.LogDays)
}
