package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/plan"
)

func TestWhatTakesMoreThanAWSUsuallyGivesIsNamed(t *testing.T) {
	for _, test := range []struct {
		instances int
		cdn       bool
		takes     map[string]int
	}{
		{25, true, nil},
		{26, true, map[string]int{"certificates": 26}},
		{50, true, map[string]int{"certificates": 50}},
		{51, true, map[string]int{"certificates": 51, "rules": 102}},
		{51, false, map[string]int{"certificates": 51, "rules": 102}},
		// The second hundred is at a load balancer of its own.
		{200, true, map[string]int{"certificates": 100, "rules": 200}},
		{256, true, map[string]int{"certificates": 100, "rules": 200, "distributions": 512}},
		{256, false, map[string]int{"certificates": 100, "rules": 200}},
	} {
		var p plan.Plan
		p.Edge.CDN.Enabled = test.cdn
		for slot := range test.instances {
			p.Instances = append(p.Instances, plan.Instance{Slot: slot})
		}
		got := p.Allowances()
		if len(got) != len(test.takes) {
			t.Errorf("%d instances: got %v", test.instances, got)
		}
		for _, one := range got {
			for word, takes := range test.takes {
				if strings.Contains(one.What, word) && one.Takes != takes {
					t.Errorf("%d instances take %d %s, want %d", test.instances, one.Takes, one.What, takes)
				}
			}
			if !strings.Contains(one.String(), "https://docs.aws.amazon.com/") {
				t.Errorf("%q does not say where to read", one)
			}
		}
	}
}
