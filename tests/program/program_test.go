// Package program runs the whole program, for every preset, against recording
// mocks.
package program

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/config"
	"example.org/openedx/stacks"
	"example.org/openedx/tests/harness"
)

var update = flag.Bool("update", false, "rewrite the golden inventories")

// settings are a stack's configuration: the preset's, and what a test adds.
func settings(preset config.Preset, more ...map[string]any) map[string]string {
	values := map[string]string{
		"aws:region":        harness.Region,
		"openedx:cloud":     string(config.AWS),
		"openedx:preset":    string(preset),
		"openedx:name":      "campus",
		"openedx:domain":    "campus.example.org",
		"openedx:instances": `{"main":{"slot":0,"lms":"learn.campus.example.org"}}`,
	}
	for _, one := range more {
		for key, value := range one {
			text, err := json.Marshal(value)
			if err != nil {
				panic(err) // a literal in this file is no JSON
			}
			values[key] = strings.Trim(string(text), `"`)
		}
	}
	return values
}

// program is what main runs.
func program(values map[string]string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		return stacks.Run(ctx, config.Source{
			Stack: harness.Stack, Values: values, Secret: []string{"openedx:mongoPassword", "openedx:mailPassword"},
		})
	}
}

func run(t *testing.T, values map[string]string) *harness.Graph {
	t.Helper()
	return harness.Run(t, values, program(values))
}

// presets runs a test for every preset.
func presets(t *testing.T, test func(*testing.T, config.Preset)) {
	for _, preset := range config.Presets() {
		t.Run(string(preset), func(t *testing.T) { test(t, preset) })
	}
}

func TestEachPresetMakesWhatItsInventorySays(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		got := run(t, settings(preset)).Inventory()
		path := filepath.Join("testdata", string(preset)+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
		}
	})
}

func TestEachPresetKeepsEveryInvariant(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		graph := run(t, settings(preset, map[string]any{
			"openedx:cluster": map[string]any{
				"admins": []string{"arn:aws:iam::123456789012:role/ops"}, "publicAccess": []string{"203.0.113.0/24"},
			},
		}))
		for _, invariant := range invariants {
			for _, violation := range invariant.violations(graph) {
				t.Errorf("%s: %s", invariant.name, violation)
			}
		}
	})
}

func TestADisposableStackProtectsNothing(t *testing.T) {
	for _, r := range run(t, settings(config.Small, map[string]any{"openedx:disposable": true})).Resources {
		if r.Protect {
			t.Errorf("%s would have to be unprotected before the stack can go", r)
		}
	}
}

func TestAPreviewPlansWhatAnUpdateMakes(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		values := settings(preset)
		if diff := cmp.Diff(shapes(run(t, values)), shapes(harness.Preview(t, values, program(values)))); diff != "" {
			t.Errorf("(-update +preview):\n%s", diff)
		}
	})
}

// shapes is what a preview knows about each resource: all but the values that a
// provider computes.
func shapes(graph *harness.Graph) map[string]string {
	all := map[string]string{}
	for _, r := range graph.Resources {
		all[r.URN] = fmt.Sprint(r.Protect, r.Aliases, r.IgnoreChanges, r.SecretOutputs, r.Transforms, r.DependsOn, slices.Sorted(maps.Keys(r.Inputs)))
	}
	return all
}

func TestTwoRunsAreTheSame(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		first, second := run(t, settings(preset)), run(t, settings(preset))
		if diff := cmp.Diff(shapes(first), shapes(second)); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
		if got := changes(first, second); len(got.added)+len(got.removed)+len(got.edited) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestEachPresetHasItsZonesAndWaysOut(t *testing.T) {
	for preset, want := range map[config.Preset]struct{ subnets, nats, endpoints int }{
		config.Small:  {subnets: 9, nats: 1, endpoints: 1},
		config.Medium: {subnets: 9, nats: 3, endpoints: 1},
		config.Large:  {subnets: 9, nats: 3, endpoints: 12},
	} {
		graph := run(t, settings(preset))
		for typ, count := range map[string]int{
			"aws:ec2/subnet:Subnet": want.subnets, "aws:ec2/natGateway:NatGateway": want.nats,
			"aws:ec2/eip:Eip": want.nats, "aws:ec2/vpcEndpoint:VpcEndpoint": want.endpoints,
		} {
			if got := graph.Count(typ); got != count {
				t.Errorf("%s has %d of %s, want %d", preset, got, typ, count)
			}
		}
	}
}

func TestAPlatformThatGrowsKeepsItsSubnetsAndAddress(t *testing.T) {
	for _, step := range [][2]config.Preset{{config.Small, config.Medium}, {config.Medium, config.Large}, {config.Large, config.Small}} {
		before, after := run(t, settings(step[0])), run(t, settings(step[1]))
		got := changes(before, after)
		for _, r := range slices.Concat(got.removed, got.edited) {
			switch r.Type {
			case "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc", "aws:ec2/routeTable:RouteTable", "aws:kms/key:Key":
				// A rule refuses to end the copies of backups, and their key with them.
				if r.Name != "campus-copies-key" {
					t.Errorf("from %s to %s touches %s", step[0], step[1], r)
				}
			}
			if r.Name == "campus-network-nat-a" || r.Name == "campus-network-nat-address-a" {
				t.Errorf("from %s to %s loses the address that others may have allowed", step[0], step[1])
			}
		}
	}
}

func TestAFourthZoneTouchesNothingThatIsThere(t *testing.T) {
	zones := func(letters ...string) map[string]any {
		return map[string]any{"aws:region": "us-east-1", "openedx:network": map[string]any{"zones": letters}}
	}
	for name, test := range map[string]struct{ before, after []string }{
		"the next letter":     {[]string{"a", "b", "c"}, []string{"a", "b", "c", "d"}},
		"a letter in between": {[]string{"a", "b", "d"}, []string{"a", "b", "d", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			presets(t, func(t *testing.T, preset config.Preset) {
				got := changes(run(t, settings(preset, zones(test.before...))), run(t, settings(preset, zones(test.after...))))
				if len(got.removed) != 0 {
					t.Errorf("removed: %v", got.removed)
				}
				for _, r := range got.edited {
					// These take further subnets in place.
					if r.Type != "aws:ec2/vpcEndpoint:VpcEndpoint" && r.Type != balancerType {
						t.Errorf("edited: %s", r)
					}
				}
				if len(got.added) == 0 {
					t.Error("the zone adds nothing")
				}
			})
		})
	}
}

func TestInstancesComeAndGoAlone(t *testing.T) {
	instances := func(slugs ...string) map[string]any {
		slots, all := map[string]int{"arts": 0, "law": 1, "medicine": 2}, map[string]any{}
		for _, slug := range slugs {
			all[slug] = map[string]any{"slot": slots[slug], "lms": slug + ".campus.example.org"}
		}
		return map[string]any{"openedx:instances": all}
	}
	presets(t, func(t *testing.T, preset config.Preset) {
		many := run(t, settings(preset, instances("arts", "law", "medicine")))
		few := run(t, settings(preset, instances("arts", "medicine")))
		got := changes(many, few)
		if len(got.added)+len(got.edited) != 0 {
			t.Errorf("the others are touched: %+v", got)
		}
		for _, r := range got.removed {
			if !strings.Contains(r.Name, "law") {
				t.Errorf("%s is no part of the instance", r)
			}
		}
	})
}

// difference is what a change of settings does to resources; an edit that a
// provider would answer with a replacement counts as one.
type difference struct{ added, removed, edited []*harness.Resource }

// changes compares two graphs; components record settings and do nothing, so
// only resources count.
func changes(before, after *harness.Graph) difference {
	var got difference
	for _, was := range before.Resources {
		is := after.ByURN(was.URN)
		switch {
		case is == nil:
			got.removed = append(got.removed, was)
		case (was.Custom || was.Remote) && !was.Inputs.DeepEquals(is.Inputs):
			got.edited = append(got.edited, was)
		}
	}
	for _, is := range after.Resources {
		if before.ByURN(is.URN) == nil {
			got.added = append(got.added, is)
		}
	}
	return got
}

func TestOutputsAreThereAndOnlyWhatOpensSomethingIsSecret(t *testing.T) {
	exports := run(t, settings(config.Medium)).Exports
	want := []string{
		"backupVault", "balancerHost", "bastion", "bastionShell", "cacheHost", "clusterIssuer", "clusterName", "dataSubnetIds",
		"domain", "foundations", "instances", "kubeconfig", "mailHost", "mongoHost", "mysqlHost", "name", "nameServers", "networkId",
		"nextSteps", "privateSubnetIds", "publicSubnetIds", "queueHost", "region", "registry", "restoreRole", "searchHost", "sizing", "tutor", "zoneId",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(exports))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, value := range exports {
		if output, ok := value.(pulumi.Output); ok && pulumi.IsSecret(output) != (name == "kubeconfig" || name == "tutor") {
			t.Errorf("%s: secret is %t", name, pulumi.IsSecret(output))
		}
	}
}

func TestWrongSettingsRegisterNothingAndAreToldTogether(t *testing.T) {
	values := settings("huge", map[string]any{
		"openedx:name":    "No Slug",
		"openedx:network": map[string]any{"cidr": "8.8.0.0/16"},
		"openedx:custer":  map[string]any{},
	})
	graph, err := harness.Try(values, false, program(values))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"openedx:preset", "openedx:name", "openedx:network.cidr", "openedx:custer"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%q does not speak of %s", err, key)
		}
	}
	if len(graph.Resources) != 0 {
		t.Errorf("registered:\n%s", graph.Inventory())
	}
}

func TestACloudThatCannotBeBuiltRegistersNothing(t *testing.T) {
	for _, cloud := range []config.Cloud{config.Azure, config.Existing} {
		values := settings(config.Small, map[string]any{"openedx:cloud": string(cloud)})
		graph, err := harness.Try(values, false, program(values))
		if err == nil || !strings.Contains(err.Error(), "openedx:cloud") {
			t.Errorf("%s: %v", cloud, err)
		}
		if len(graph.Resources) != 0 {
			t.Errorf("registered:\n%s", graph.Inventory())
		}
	}
}
