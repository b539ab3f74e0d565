package plan_test

import (
	"testing"

	"example.org/openedx/internal/plan"
)

func TestAHundredInstancesShareALoadBalancerAndFiftyTheirPolicies(t *testing.T) {
	for _, test := range []struct {
		slots           []int
		balancers, cdns int
	}{
		{nil, 1, 1},
		{[]int{0}, 1, 1},
		{[]int{0, 49}, 1, 1},
		{[]int{50}, 1, 2},
		{[]int{0, 99}, 1, 2},
		{[]int{99, 100}, 2, 3},
		{[]int{255}, 3, 6},
	} {
		var p plan.Plan
		for _, slot := range test.slots {
			p.Instances = append(p.Instances, plan.Instance{Slot: slot})
		}
		if p.Balancers() != test.balancers || p.CDNs() != test.cdns {
			t.Errorf("slots %v: %d load balancers and %d sets of policies, want %d and %d", test.slots, p.Balancers(), p.CDNs(), test.balancers, test.cdns)
		}
		for _, i := range p.Instances {
			if i.Balancer() >= p.Balancers() || i.CDN() >= p.CDNs() {
				t.Errorf("slot %d has what there is not", i.Slot)
			}
		}
	}
}
