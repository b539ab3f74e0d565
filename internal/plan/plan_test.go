package plan_test

import (
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
)

var update = flag.Bool("update", false, "write the golden plans again")

// resolve plans settings, which must be good.
func resolve(t *testing.T, s config.Settings) plan.Plan {
	t.Helper()
	resolved, problems := plan.Resolve(s)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return resolved
}

func TestTheStarterStacksPlanAsRecorded(t *testing.T) {
	for _, preset := range config.Presets() {
		t.Run(string(preset), func(t *testing.T) {
			text, err := json.MarshalIndent(resolve(t, settings(t, preset)), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, '\n')
			path := filepath.Join("testdata", string(preset)+".json")
			if *update {
				if err = os.WriteFile(path, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			recorded, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(recorded), string(text)); diff != "" {
				t.Errorf("the plan changed; if that is meant, run the test with -update:\n%s", diff)
			}
		})
	}
}

func TestEveryPresetSetsEveryFieldOfTheSizingTable(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, ok := plan.SizingOf(preset)
		if !ok {
			t.Fatalf("%s has no sizing", preset)
		}
		for _, f := range reflect.VisibleFields(reflect.TypeFor[plan.Sizing]()) {
			value := reflect.ValueOf(sizing).FieldByIndex(f.Index)
			if value.IsZero() && f.Tag.Get("optional") != "true" {
				t.Errorf("%s: %s is not set", preset, f.Name)
			}
			if machine, ok := value.Interface().(plan.Machine); ok && (machine.AWS == "" || machine.Azure == "") {
				t.Errorf("%s: %s is missing on one cloud", preset, f.Name)
			}
		}
	}
	if _, ok := plan.SizingOf("huge"); ok {
		t.Error("a preset that does not exist has a sizing")
	}
}

func TestNothingShrinksFromOnePresetToTheNext(t *testing.T) {
	presets := config.Presets()
	for i := 1; i < len(presets); i++ {
		small, _ := plan.SizingOf(presets[i-1])
		large, _ := plan.SizingOf(presets[i])
		for _, f := range reflect.VisibleFields(reflect.TypeFor[plan.Sizing]()) {
			if f.Type == reflect.TypeFor[string]() || f.Anonymous || stricter(f.Name) {
				continue // prose, what holds others, and what gets stricter
			}
			before, after := sizes(t, reflect.ValueOf(small).FieldByIndex(f.Index)), sizes(t, reflect.ValueOf(large).FieldByIndex(f.Index))
			for j := range before {
				if before[j] > after[j] {
					t.Errorf("%s shrinks from %s to %s: %v, then %v", f.Name, presets[i-1], presets[i], before, after)
				}
			}
		}
	}
}

// stricter tells whether less is more: thresholds of alarms, and the time that
// something may be away.
func stricter(field string) bool {
	return strings.HasPrefix(field, "Alarm") || strings.HasSuffix(field, "BackMinutes")
}

// sizes are numbers by which two values of one field can be compared.
func sizes(t *testing.T, value reflect.Value) []int {
	t.Helper()
	switch v := value.Interface().(type) {
	case int:
		return []int{v}
	case []string:
		return []int{len(v)}
	case config.NAT:
		return []int{slices.Index([]config.NAT{config.NATSingle, config.NATPerZone}, v)}
	case config.FlowLogs:
		return []int{slices.Index([]config.FlowLogs{config.FlowLogsRejects, config.FlowLogsAll}, v)}
	case config.CopyRhythm:
		return []int{slices.Index([]config.CopyRhythm{config.CopyNever, config.CopyWeekly, config.CopyDaily}, v)}
	case bool:
		return []int{map[bool]int{true: 1}[v]}
	case plan.Machine:
		return powers(t, v.AWS)
	case plan.PodSize:
		return []int{v.CPU, v.Memory, v.MemoryLimit}
	case plan.Range:
		return []int{v.Min, v.Max}
	}
	t.Errorf("the test cannot compare %v", value)
	return nil
}

// powers are what a machine has that a smaller one has less of.
func powers(t *testing.T, machine string) []int {
	t.Helper()
	if at := slices.Index([]string{"m6i.xlarge", "m6i.2xlarge", "m6i.4xlarge"}, machine); at >= 0 {
		return []int{at}
	}
	for _, kind := range []machines.Kind{machines.MySQL, machines.Mongo, machines.Cache, machines.Search, machines.Bastion} {
		if has, ok := machines.Find(kind, machine); ok {
			return []int{int(has.MemoryGiB * 100), has.Connections, has.StorageGiB}
		}
	}
	t.Errorf("the test does not know the size of %s", machine)
	return nil
}

func TestEveryPresetIsGoodWithNothingButTheRequiredKeys(t *testing.T) {
	for _, preset := range config.Presets() {
		s := settings(t, preset)
		resolve(t, config.Settings{
			Stack: s.Stack, Cloud: s.Cloud, Preset: preset, Name: s.Name, Domain: s.Domain, Region: s.Region,
		})
	}
}

func TestEveryPresetFollowsTheRulesThatBindAnOverride(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		s := settings(t, preset)
		s.Network.NAT, s.Network.Endpoints = &sizing.NAT, sizing.Endpoints
		s.Network.FlowLogs, s.Network.FlowLogDays = &sizing.FlowLogs, &sizing.FlowLogDays
		s.Cluster.LogDays = &sizing.ClusterLogDays
		s.Overrides.Nodes = config.NodesOverride{
			Machine: &sizing.Nodes.AWS, Min: &sizing.NodesMin, Max: &sizing.NodesMax, Spot: &sizing.NodesSpot, DiskGiB: &sizing.NodeDiskGiB,
		}
		if diff := cmp.Diff(resolve(t, settings(t, preset)), resolve(t, s)); diff != "" {
			t.Errorf("%s: writing down the preset's own sizes changes the plan: %s", preset, diff)
		}
	}
}

func TestAnOverrideWinsOverThePreset(t *testing.T) {
	s := settings(t, config.Medium)
	s.Disposable, s.Tags = true, map[string]string{"team": "learning"}
	s.Network = config.Network{
		CIDR: text("10.30.0.0/16"), Zones: []string{"c", "a", "b"}, NAT: ptr(config.NATSingle),
		Endpoints: []string{}, FlowLogs: ptr(config.FlowLogsRejects), FlowLogDays: number("7"),
	}
	s.Cluster.Version, s.Cluster.LogDays = text("1.36"), number("180")
	s.Overrides.Nodes = config.NodesOverride{Machine: text("r6i.xlarge"), Min: number("4"), Max: number("44"), Spot: number("14"), DiskGiB: number("444")}
	s.Cluster.QuietHours, s.Cluster.NodeImage = []string{"0 7 * * 1-5 12h"}, text("v20261001")
	got := resolve(t, s)
	want := resolve(t, settings(t, config.Medium))
	want.Protect, want.Tags = false, map[string]string{"team": "learning"}
	want.Network = plan.Network{
		CIDR: "10.30.0.0/16", Public: "10.30.128.0/18", Private: "10.30.0.0/17", Data: "10.30.192.0/18",
		Zones: []plan.Zone{
			{Letter: "c", Name: "eu-west-1c", Public: "10.30.160.0/20", Private: "10.30.64.0/19", Data: "10.30.224.0/20"},
			{Letter: "a", Name: "eu-west-1a", Public: "10.30.128.0/20", Private: "10.30.0.0/19", Data: "10.30.192.0/20"},
			{Letter: "b", Name: "eu-west-1b", Public: "10.30.144.0/20", Private: "10.30.32.0/19", Data: "10.30.208.0/20"},
		},
		Endpoints: []string{}, FlowLogTraffic: "REJECT", FlowLogDays: 7,
	}
	want.Cluster.Version, want.Cluster.LogDays = "1.36", 180
	want.Cluster.Nodes = plan.Nodes{
		Machine: "r6i.xlarge", Machines: []string{"r6i.xlarge", "r6a.xlarge", "r7a.xlarge", "r7i.xlarge"},
		Min: 4, Max: 44, Spot: 14, CodeJail: 2, CPUs: 4, Pods: 110, IdleMinutes: 10, DiskGiB: 444, Image: "v20261001",
		Quiet: []plan.Quiet{{Schedule: "0 7 * * 1-5", Duration: "12h"}},
	}
	// The members of the replica set live in the first three zones.
	want.Stores.Mongo.Members = []plan.MongoMember{{Name: "c", Zone: "c"}, {Name: "a", Zone: "a"}, {Name: "b", Zone: "b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func ptr[T any](value T) *T { return &value }

func TestAZoneKeepsItsSubnetsWhateverTheOthersAre(t *testing.T) {
	s := settings(t, config.Medium)
	s.Region = "us-east-1"
	subnets := map[string]plan.Zone{}
	for _, letters := range []string{"", "a b c d", "d c b", "b c d", "c d a b"} {
		if s.Network.Zones = list(letters); letters == "" {
			s.Network.Zones = nil
		}
		for _, zone := range resolve(t, s).Network.Zones {
			if before, seen := subnets[zone.Letter]; seen && before != zone {
				t.Errorf("zone %s moved from %v to %v", zone.Letter, before, zone)
			}
			subnets[zone.Letter] = zone
		}
	}
	if len(subnets) != 4 {
		t.Errorf("%d zones were seen, want 4", len(subnets))
	}
}

func TestNoSubnetMovesWhenThePresetGrows(t *testing.T) {
	s := settings(t, config.Small)
	small := resolve(t, s).Network
	for _, preset := range config.Presets() {
		s.Preset = preset
		if diff := cmp.Diff(small.Zones, resolve(t, s).Network.Zones); diff != "" {
			t.Errorf("%s: %s", preset, diff)
		}
	}
}

func TestThreeZonesAreTakenUnlessOthersAreNamed(t *testing.T) {
	for region, want := range map[string]string{"eu-west-1": "abc", "ap-northeast-1": "acd", "ca-central-1": "abd", "us-east-1": "abc"} {
		s := settings(t, config.Small)
		s.Region = region
		got := ""
		for _, zone := range resolve(t, s).Network.Zones {
			got += zone.Letter
			if zone.Name != region+zone.Letter {
				t.Errorf("zone %s of %s is called %s", zone.Letter, region, zone.Name)
			}
		}
		if got != want {
			t.Errorf("%s: zones %s, want %s", region, got, want)
		}
	}
}

func TestEveryRegionHasRoomInTheLattice(t *testing.T) {
	for _, region := range plan.Regions() {
		letters := plan.ZoneLetters(region)
		if len(letters) < 3 || len(letters) > 4 {
			t.Errorf("%s lists %d zones, want 3 or 4", region, len(letters))
		}
		for i := 1; i < len(letters); i++ {
			if letters[i-1] >= letters[i] {
				t.Errorf("%s: %s is before %s", region, letters[i-1], letters[i])
			}
		}
	}
}

func TestKubernetesServicesAreOutsideEveryNetwork(t *testing.T) {
	services := netip.MustParsePrefix(plan.ServiceBlock)
	for _, preset := range config.Presets() {
		resolved := resolve(t, settings(t, preset))
		if services.Overlaps(netip.MustParsePrefix(resolved.Network.CIDR)) || resolved.Cluster.ServiceBlock != plan.ServiceBlock {
			t.Errorf("%s: network %s, services %s", preset, resolved.Network.CIDR, resolved.Cluster.ServiceBlock)
		}
	}
}

func TestInstancesAreSortedAndTheirHostsFilledIn(t *testing.T) {
	s := settings(t, config.Small)
	s.Instances = map[string]config.Instance{
		"zoo": {Slot: ptr(0), LMS: "zoo.school.example.org", Studio: "authors.school.example.org"},
		"art": {
			Slot: ptr(7), LMS: "art.example.com", Apps: "front.example.com", Meilisearch: "search.example.com", Contact: "art@school.example.org",
			Domain: "example.com", ZoneID: anyZone, Certificate: certificateIn("eu-west-1"), CDNCertificate: certificateIn("us-east-1"),
		},
	}
	want := []plan.Instance{
		{
			Slug: "art", Slot: 7, LMS: "art.example.com", Studio: "studio.art.example.com", Apps: "front.example.com", Meilisearch: "search.example.com",
			Domain: "example.com", ZoneID: anyZone, Certificate: certificateIn("eu-west-1"), CDNCertificate: certificateIn("us-east-1"),
			Contact: "art@school.example.org",
		},
		{
			Slug: "zoo", LMS: "zoo.school.example.org", Studio: "authors.school.example.org", Apps: "apps.zoo.school.example.org",
			Meilisearch: "meilisearch.zoo.school.example.org", Contact: "noreply@school.example.org",
		},
	}
	// What pods they have is looked at by itself.
	sizes := cmpopts.IgnoreFields(plan.Instance{}, "Weight", "Pods", "Quota", "UWSGIWorkers", "CeleryChildren", "SearchGiB", "DumpGiB", "DumpSchedule")
	if diff := cmp.Diff(want, resolve(t, s).Instances, sizes); diff != "" {
		t.Error(diff)
	}
}

func TestTheOrderOfAListThatHasNoneChangesNothing(t *testing.T) {
	s := settings(t, config.Small)
	s.Network.Endpoints = []string{"sts", "kms"}
	s.Cluster.PublicAccess = []string{"203.0.113.0/24", "198.51.100.0/24"}
	forwards := resolve(t, s)
	s.Network.Endpoints = []string{"kms", "sts"}
	s.Cluster.PublicAccess = []string{"198.51.100.0/24", "203.0.113.0/24"}
	if diff := cmp.Diff(forwards, resolve(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestThePlanSharesNothingWithTheSettings(t *testing.T) {
	s := settings(t, config.Large)
	s.Tags = map[string]string{"team": "learning"}
	first := resolve(t, s)
	first.Tags["team"], first.Network.Endpoints[0], first.Cluster.PublicAccess[0] = "changed", "changed", "changed"
	second := resolve(t, s)
	if second.Tags["team"] == "changed" || second.Network.Endpoints[0] == "changed" || second.Cluster.PublicAccess[0] == "changed" {
		t.Error("a change to one plan is in the next")
	}
}
