package program

import (
	"fmt"
	"maps"
	"slices"
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

// sizes are how many resources there are, and how many characters their inputs take
// when they are written down, but for CloudFront's policies of the second fifty.
func sizes(graph *harness.Graph) (resources, characters int) {
	for _, r := range graph.Resources {
		if !strings.HasPrefix(r.Name, "campus-cdn-2") {
			resources++
			characters += len(fmt.Sprint(r.Inputs))
		}
	}
	return resources, characters
}

// This stands for the time that a preview takes, which a busy machine cannot
// measure: `make bench` does.
func TestEachInstanceAddsAsMuchAsTheOneBefore(t *testing.T) {
	one, oneWritten := sizes(run(t, manyInstances(1)))
	two, twoWritten := sizes(run(t, manyInstances(2)))
	hundred, hundredWritten := sizes(run(t, manyInstances(100)))
	if want := one + 99*(two-one); hundred != want {
		t.Errorf("100 instances are %d resources; one is %d and two are %d, so that %d are wanted", hundred, one, two, want)
	}
	// Slots and their databases have a digit more from some number on.
	if got, most := hundredWritten-oneWritten, 99*(twoWritten-oneWritten)*101/100; got > most {
		t.Errorf("99 more instances have inputs of %d characters; one more has %d, so that %d are the most", got, twoWritten-oneWritten, most)
	}
}

// mostFrames is how deep the calls are from a step of the platform to a resource of
// an instance. Those from main to the step are eight more.
const mostFrames = 12

func TestNoResourceCarriesTheCallsFromMain(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		for _, r := range run(t, settings(preset)).Resources {
			if r.Frames == 0 || r.Frames > mostFrames {
				t.Errorf("%s was made %d calls deep, want %d at most", r, r.Frames, mostFrames)
			}
		}
	})
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
	// A policy of origin requests is for 100 distributions at most.
	users := map[string]int{}
	for _, distribution := range graph.All("aws:cloudfront/distribution:Distribution") {
		users[distribution.Text(t, "orderedCacheBehaviors[0].originRequestPolicyId")]++
	}
	if len(users) != 3 || slices.Max(slices.Collect(maps.Values(users))) > 100 {
		t.Errorf("policies have %v distributions, want three with 100 at most", users)
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
