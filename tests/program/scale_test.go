package program

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/tests/harness"
)

// manyInstances are settings with a number of instances whose names are equally long.
func manyInstances(count int) map[string]string {
	instances := map[string]any{}
	for slot := range count {
		slug := fmt.Sprintf("i%03d", slot)
		instances[slug] = map[string]any{"slot": slot, "lms": slug + ".campus.example.org"}
	}
	// As many nodes as a managed group has, so that there is room for the fewest pods of all.
	return settings(config.Large, map[string]any{
		"openedx:instances": instances, "openedx:overrides": map[string]any{"nodes": map[string]any{"max": 450}},
	})
}

// size is how many characters the inputs of all resources take when they are written down.
func size(graph *harness.Graph) int {
	sum := 0
	for _, r := range graph.Resources {
		sum += len(fmt.Sprint(r.Inputs))
	}
	return sum
}

// This stands for the time that a preview takes, which a busy machine cannot
// measure: `make bench` does.
func TestEachInstanceAddsAsMuchAsTheOneBefore(t *testing.T) {
	one, two, hundred := run(t, manyInstances(1)), run(t, manyInstances(2)), run(t, manyInstances(100))
	each := len(two.Resources) - len(one.Resources)
	if got, want := len(hundred.Resources), len(one.Resources)+99*each; got != want {
		t.Errorf("100 instances are %d resources; one is %d and another %d more, so that %d are wanted", got, len(one.Resources), each, want)
	}
	// Slots and their databases have a digit more from some number on.
	bytes := size(two) - size(one)
	if got, most := size(hundred)-size(one), 99*bytes*101/100; got > most {
		t.Errorf("99 more instances have inputs of %d characters; one more has %d, so that %d are the most", got, bytes, most)
	}
}

func TestBeyondAHundredInstancesComeBehindAnotherLoadBalancer(t *testing.T) {
	graph := run(t, manyInstances(101))
	balancers := graph.All(balancerType)
	if len(balancers) != 2 {
		t.Fatalf("%d load balancers, want 2", len(balancers))
	}
	for _, test := range []struct{ rule, listener string }{
		{"campus-site-i099-direct-1", "balancer-https"}, {"campus-site-i100-direct-1", "balancer-2-https"},
	} {
		rule := graph.One(t, "aws:lb/listenerRule:ListenerRule", test.rule)
		if got := rule.Text(t, "listenerArn"); !strings.HasSuffix(got, "campus-"+test.listener) {
			t.Errorf("%s belongs to %s, want %s", rule, got, test.listener)
		}
	}
	for _, invariant := range invariants {
		for _, violation := range invariant.violations(graph) {
			t.Errorf("%s: %s", invariant.name, violation)
		}
	}
}

func TestAStackFromBeforeThereWasARecordKeepsItsRedisDatabases(t *testing.T) {
	before := map[string]any{"foundations": map[string]any{"openedx:name": "campus"}}
	values := settings(config.Small)
	graph, err := harness.TryAfter(before, values, program(values))
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range graph.All("aws:elasticache/parameterGroup:ParameterGroup") {
		if family := group.Inputs["family"].StringValue(); strings.HasPrefix(family, "memcached") {
			continue
		}
		if got := group.Value(t, "parameters[0].value").StringValue(); got != "128" {
			t.Errorf("%s has %s databases, want 128", group, got)
		}
	}
}
