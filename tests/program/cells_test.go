package program

import (
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/tests/harness"
)

const recordType = "aws:route53/record:Record"

// cell are the settings of a platform below campus.example.org, with an instance of
// each kind of host.
var cell = map[string]any{
	"openedx:domain": "east.campus.example.org",
	"openedx:dns":    map[string]any{"parent": map[string]any{"stack": harness.Above, "domain": "campus.example.org"}},
	"openedx:instances": map[string]any{
		"main":  map[string]any{"slot": 0, "lms": "learn.campus.example.org"},
		"staff": map[string]any{"slot": 1, "lms": "staff.east.campus.example.org"},
		"arts":  map[string]any{"slot": 2, "lms": "learn.academy.example.com", "domain": "academy.example.com"},
	},
}

func TestACellsZoneIsDelegatedToByTheOneAbove(t *testing.T) {
	graph := run(t, settings(config.Small, cell))
	record := graph.One(t, recordType, "campus-zone-delegation")
	for path, want := range map[string]string{"zoneId": "Z0ABOVE", "name": "east.campus.example.org", "type": "NS"} {
		if got := text(record, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if servers := list(record, "records"); !slices.Equal(servers, []string{"campus-zone-zone.ns.example.com"}) {
		t.Errorf("it names %v", servers)
	}
}

func TestHostsOfACellAreInTheZoneOfTheirDomain(t *testing.T) {
	graph := run(t, settings(config.Small, cell))
	zones := map[string]string{"main": "Z0ABOVE", "staff": "campus-zone-zone-id", "arts": "campus-zone-arts-zone-id"}
	for slug, want := range zones {
		counted := map[string]int{}
		for _, record := range graph.All(recordType) {
			for _, kind := range []string{"campus-records-" + slug + "-", "campus-certificate-" + slug + "-proof-"} {
				if !strings.HasPrefix(record.Name, kind) {
					continue
				}
				counted[kind]++
				if got := text(record, "zoneId"); got != want {
					t.Errorf("%s is in zone %s, want %s", record.Name, got, want)
				}
			}
		}
		if len(counted) != 2 {
			t.Errorf("%s has records of %v", slug, counted)
		}
	}
}

func TestNothingOfACellButHostsAndTheDelegationIsInTheZoneAbove(t *testing.T) {
	graph := run(t, settings(config.Small, cell))
	for _, record := range graph.All(recordType) {
		shared := strings.HasPrefix(record.Name, "campus-records-main-") || strings.HasPrefix(record.Name, "campus-certificate-main-proof-")
		if text(record, "zoneId") == "Z0ABOVE" && !shared && record.Name != "campus-zone-delegation" {
			t.Errorf("%s is in the zone above", record.Name)
		}
	}
}

func TestAPlatformThatIsNoCellAsksNoStackAndDelegatesNothing(t *testing.T) {
	graph := run(t, settings(config.Small))
	for _, record := range graph.All(recordType) {
		if text(record, "type") == "NS" {
			t.Errorf("%s delegates", record.Name)
		}
	}
}

func TestAStackAboveThatIsNoneRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		stack, domain string
		want          []string
	}{
		"no zone":        {harness.Bare, "campus.example.org", []string{"openedx:dns.parent.stack", "has no output zoneId", "pulumi up --stack bare"}},
		"another domain": {harness.Above, "example.org", []string{"openedx:dns.parent.domain", "which is campus.example.org", "pulumi config set"}},
	} {
		t.Run(name, func(t *testing.T) {
			values := settings(config.Small, cell, map[string]any{
				"openedx:dns": map[string]any{"parent": map[string]any{"stack": test.stack, "domain": test.domain}},
			})
			for _, preview := range []bool{false, true} {
				graph, err := harness.Try(values, preview, program(values))
				if err == nil {
					t.Fatal("accepted")
				}
				for _, want := range test.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q lacks %q", err, want)
					}
				}
				if len(graph.Resources) != 0 {
					t.Errorf("registered:\n%s", graph.Inventory())
				}
			}
		})
	}
}
