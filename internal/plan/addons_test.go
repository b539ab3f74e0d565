package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func TestEachAddOnCanBeSwitchedOnAndOff(t *testing.T) {
	for _, preset := range config.Presets() {
		for _, on := range []bool{true, false} {
			s := settings(t, preset)
			s.AddOns = config.AddOns{
				KEDA: &on, CertManager: &on, ExternalSecrets: &on, ExternalDNS: &on, Snapshots: &on, Monitoring: &on, Logs: &on, CodeJail: &on,
			}
			want := plan.AddOns{
				Replicas: resolve(t, settings(t, preset)).AddOns.Replicas,
				KEDA:     on, CertManager: on, ExternalSecrets: on, ExternalDNS: on, Snapshots: on, Monitoring: on, Logs: on, CodeJail: on,
			}
			if !on {
				want.Off = []string{"certManager", "externalSecrets", "externalDns", "snapshots"}
			}
			if diff := cmp.Diff(want, resolve(t, s).AddOns); diff != "" {
				t.Errorf("%s, all %t: %s", preset, on, diff)
			}
		}
	}
}

func TestASwitchThatWasNotTouchedIsThePresets(t *testing.T) {
	off := false
	s := settings(t, config.Medium)
	s.AddOns.ExternalDNS = &off
	want := resolve(t, settings(t, config.Medium)).AddOns
	want.ExternalDNS, want.Off = false, []string{"externalDns"}
	if diff := cmp.Diff(want, resolve(t, s).AddOns); diff != "" {
		t.Error(diff)
	}
}

func TestGrowingTakesNoAddOnAway(t *testing.T) {
	count := func(preset config.Preset) (on int) {
		a := resolve(t, settings(t, preset)).AddOns
		for _, one := range []bool{a.KEDA, a.CertManager, a.ExternalSecrets, a.ExternalDNS, a.Snapshots, a.Monitoring, a.Logs, a.CodeJail} {
			if one {
				on++
			}
		}
		return on*10 + a.Replicas
	}
	if small, medium, large := count(config.Small), count(config.Medium), count(config.Large); small >= medium || medium > large {
		t.Errorf("%d, %d, %d", small, medium, large)
	}
}
