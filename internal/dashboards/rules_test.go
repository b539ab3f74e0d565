package dashboards_test

import (
	"regexp"
	"strings"
	"testing"

	"example.org/openedx/internal/dashboards"
)

// label finds the labels that a sentence of an alert mentions.
var label = regexp.MustCompile(`\$labels\.(\w+)`)

// rules are all rules, those that are alerts or those that are recorded.
func rules(alerts bool) []dashboards.Rule {
	var all []dashboards.Rule
	for _, group := range dashboards.Rules() {
		for _, rule := range group.Rules {
			if (rule.Record == "") == alerts {
				all = append(all, rule)
			}
		}
	}
	return all
}

func TestEveryAlertSaysWhatIsWrongAndWhatToLookAt(t *testing.T) {
	names := map[string]bool{}
	for _, rule := range rules(true) {
		once(t, names, rule.Alert)
		if !strings.HasPrefix(rule.Alert, "OpenEdX") || rule.For == "" || rule.Action == "" {
			t.Errorf("%s: %+v", rule.Alert, rule)
		}
		if rule.Severity != dashboards.Critical && rule.Severity != dashboards.Warning {
			t.Errorf("%s: severity %q", rule.Alert, rule.Severity)
		}
		if !label.MatchString(rule.Summary) {
			t.Errorf("%s does not say which: %s", rule.Alert, rule.Summary)
		}
	}
	if len(names) < 10 {
		t.Errorf("%d alerts", len(names))
	}
}

func TestARecordedSeriesIsNoAlert(t *testing.T) {
	records := map[string]bool{}
	for _, rule := range rules(false) {
		once(t, records, rule.Record)
		if !strings.HasPrefix(rule.Record, "openedx:") || rule.Alert != "" || rule.For != "" || rule.Severity != "" {
			t.Errorf("%s: %+v", rule.Record, rule)
		}
	}
	for _, share := range []string{dashboards.CPUShare, dashboards.MemoryShare, dashboards.CostShare} {
		if !records[share] {
			t.Errorf("%s is not recorded", share)
		}
	}
}
