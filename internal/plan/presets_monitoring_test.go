package plan_test

import (
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func TestWhatIsWrittenAboutMonitoringWinsOverThePreset(t *testing.T) {
	days, volume, logs := 45, 250, 60
	written := settings(t, config.Medium)
	written.Monitoring = config.Monitoring{RetentionDays: &days, VolumeGiB: &volume, LogDays: &logs}
	got := resolve(t, written).Monitoring
	if got.RetentionDays != days || got.VolumeGiB != volume || got.LogDays != logs {
		t.Errorf("planned %+v", got)
	}
	sizing, _ := plan.SizingOf(written.Preset)
	if got.Replicas != sizing.MonitoringReplicas || got.CPU != sizing.MetricCPU || got.Memory != sizing.MetricMemory {
		t.Errorf("planned %+v of %+v", got, sizing.MonitoringSizing)
	}
}
