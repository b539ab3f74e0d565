package aws

import "testing"

func TestABalancersNameIsOneThatAWSTakes(t *testing.T) {
	for _, test := range []struct{ stack, name, want string }{
		{"prod", "campus-balancer", "prod-campus-balancer"},
		{"My_Stack", "campus-balancer", "my-stack-campus-balancer"},
		{"internal", "campus-balancer", "sinternal-campus-balancer"},
		{"internals", "campus-balancer", "internals-campus-balancer"},
	} {
		if got := balancerName(test.stack, test.name); got != test.want {
			t.Errorf("%s of %s is %q, want %q", test.name, test.stack, got, test.want)
		}
	}
	if got := balancerName("a-stack-with-a-long-name", "university-balancer"); len(got) > balancerLimit {
		t.Errorf("%q has %d characters, want at most %d", got, len(got), balancerLimit)
	}
}
