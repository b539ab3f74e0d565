package dashboards_test

import (
	"regexp"
	"strings"
	"testing"

	"example.org/openedx/internal/dashboards"
)

// label finds the labels that a sentence of an alert mentions.
var label = regexp.MustCompile(`\$labels\.(\w+)`)

func TestEveryAlertSaysWhatIsWrongAndWhatToLookAt(t *testing.T) {
	names, alerts := map[string]bool{}, 0
	for _, group := range dashboards.Rules() {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				continue
			}
			alerts++
			if !strings.HasPrefix(rule.Alert, "OpenEdX") || names[rule.Alert] {
				t.Errorf("%q is no name, or another's", rule.Alert)
			}
			names[rule.Alert] = true
			if rule.For == "" || rule.Summary == "" || rule.Action == "" {
				t.Errorf("%s: %+v", rule.Alert, rule)
			}
			if rule.Severity != dashboards.Critical && rule.Severity != dashboards.Warning {
				t.Errorf("%s: severity %q", rule.Alert, rule.Severity)
			}
			if !label.MatchString(rule.Summary) {
				t.Errorf("%s does not say which: %s", rule.Alert, rule.Summary)
			}
		}
	}
	if alerts < 10 {
		t.Errorf("%d alerts", alerts)
	}
}

func TestARecordedSeriesIsNoAlert(t *testing.T) {
	records := map[string]bool{}
	for _, group := range dashboards.Rules() {
		for _, rule := range group.Rules {
			if rule.Record == "" {
				continue
			}
			if records[rule.Record] || !strings.HasPrefix(rule.Record, "openedx:") {
				t.Errorf("%q is no name, or another's", rule.Record)
			}
			records[rule.Record] = true
			if rule.Alert != "" || rule.For != "" || rule.Severity != "" || rule.Summary != "" {
				t.Errorf("%s: %+v", rule.Record, rule)
			}
		}
	}
	for _, share := range []string{dashboards.CPUShare, dashboards.MemoryShare, dashboards.CostShare} {
		if !records[share] {
			t.Errorf("%s is not recorded", share)
		}
	}
}
