package plan_test

import (
	"testing"

	"example.org/openedx/internal/plan"
)

func TestAHundredInstancesShareALoadBalancer(t *testing.T) {
	for _, test := range []struct {
		slots     []int
		balancers int
	}{
		{nil, 1}, {[]int{0}, 1}, {[]int{0, 99}, 1}, {[]int{99, 100}, 2}, {[]int{255}, 3},
	} {
		var p plan.Plan
		behind := map[int]int{}
		for _, slot := range test.slots {
			instance := plan.Instance{Slot: slot}
			p.Instances = append(p.Instances, instance)
			behind[instance.Balancer()]++
		}
		if got := p.Balancers(); got != test.balancers {
			t.Errorf("slots %v: %d load balancers, want %d", test.slots, got, test.balancers)
		}
		for number := range behind {
			if number < 0 || number >= p.Balancers() {
				t.Errorf("slots %v: one is behind load balancer %d, which there is not", test.slots, number)
			}
		}
	}
}
