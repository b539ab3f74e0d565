package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// cell makes a cell of settings: east.campus.example.org below the domain of stack campus.
func cell(s *config.Settings) {
	s.Domain = "east.campus.example.org"
	s.DNS.Parent = config.ParentZone{Stack: text("campus"), Domain: text("campus.example.org")}
	s.Instances = map[string]config.Instance{
		"main":  {Slot: ptr(0), LMS: "learn.campus.example.org"},
		"staff": {Slot: ptr(1), LMS: "staff.east.campus.example.org"},
	}
}

// inCell edits the settings of a cell.
func inCell(set func(s *config.Settings, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		cell(s)
		set(s, value)
	}
}

func TestTheRulesOfCellsHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "stack", key: "openedx:dns.parent.stack",
			set:  inCell(func(s *config.Settings, v string) { s.DNS.Parent.Stack = &v }),
			good: []string{"campus", "organization/openedx/campus", "example-org/openedx/cell_1.west", "acme/other/medium"},
			bad:  []string{"", "openedx/campus", "a/b/c/d", "campus!", "/openedx/campus", "east campus"},
		},
		{
			name: "itself", key: "openedx:dns.parent.stack",
			set:  inCell(func(s *config.Settings, v string) { s.DNS.Parent.Stack = &v }),
			good: []string{"mediums", "organization/other/medium"}, bad: []string{"medium", "organization/openedx/medium"},
		},
		{
			name: "the domain above", key: "openedx:dns.parent.domain",
			set:  inCell(func(s *config.Settings, v string) { s.DNS.Parent.Domain = &v }),
			good: []string{"campus.example.org"}, bad: []string{"", "org", "https://campus.example.org", "Campus.example.org"},
		},
		{
			name: "the domain", key: "openedx:domain",
			set: inCell(func(s *config.Settings, v string) {
				s.Domain, s.Instances = v, map[string]config.Instance{"main": {Slot: ptr(0), LMS: "learn.campus.example.org"}}
			}),
			good: []string{"east.campus.example.org", "a.b.campus.example.org"},
			bad:  []string{"campus.example.org", "eastcampus.example.org", "example.org", "east.academy.example.com"},
		},
		{
			name: "a zone that is there", key: "openedx:dns.zoneId",
			set: inCell(func(s *config.Settings, v string) { s.DNS.ZoneID = &v }), bad: []string{anyZone},
		},
		{
			name: "learners' host", key: "openedx:instances.main.lms",
			set: inCell(func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"main": {Slot: ptr(0), LMS: v}}
			}),
			good: []string{"campus.example.org", "learn.campus.example.org", "a.b.campus.example.org", "learn.east.campus.example.org", "learn.northeast.campus.example.org"},
			bad:  []string{"learn.example.org", "learn.mycampus.example.org", "learn.academy.example.com"},
		},
		{
			name: "authors' host of a shared instance", key: "openedx:instances.main.studio",
			set: inCell(func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"main": {Slot: ptr(0), LMS: "learn.campus.example.org", Studio: v}}
			}),
			good: []string{"studio.campus.example.org"}, bad: []string{"studio.east.campus.example.org", "studio.example.org"},
		},
		{
			name: "authors' host of the cell's own", key: "openedx:instances.staff.studio",
			set: inCell(func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"staff": {Slot: ptr(0), LMS: "staff.east.campus.example.org", Studio: v}}
			}),
			good: []string{"studio.east.campus.example.org"}, bad: []string{"studio.campus.example.org"},
		},
		{
			name: "an instance's domain", key: "openedx:instances.main.domain",
			set: inCell(func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"main": {Slot: ptr(0), LMS: "learn." + v, Domain: v}}
			}),
			good: []string{"academy.example.com"}, bad: []string{"arts.campus.example.org", "campus.example.org", "arts.east.campus.example.org"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestWithoutACellAHostStaysUnderThePlatformsDomain(t *testing.T) {
	s := settings(t, config.Medium)
	cell(&s)
	s.DNS.Parent = config.ParentZone{}
	_, problems := plan.Resolve(s)
	if len(problems) != 1 || problems[0].Key != "openedx:instances.main.lms" {
		t.Errorf("got %v", problems)
	}
}

func TestAnInstanceSharesTheZoneOfTheDomainThatItsHostsAreUnder(t *testing.T) {
	s := settings(t, config.Medium)
	cell(&s)
	s.Instances["arts"] = config.Instance{Slot: ptr(2), LMS: "learn.academy.example.com", Domain: "academy.example.com"}
	resolved := resolve(t, s)
	if want := (plan.Parent{Stack: "campus", Domain: "campus.example.org"}); resolved.Edge.Parent != want {
		t.Errorf("the stack above is %v", resolved.Edge.Parent)
	}
	for _, instance := range resolved.Instances {
		if want := instance.Slug == "main"; instance.Shared != want {
			t.Errorf("%s is shared: %t", instance.Slug, instance.Shared)
		}
	}
}

func TestTheStackAboveIsWhatThePlanTakesItFor(t *testing.T) {
	s := settings(t, config.Medium)
	cell(&s)
	resolved := resolve(t, s)
	for name, test := range map[string]struct{ zone, domain, key, want, fix string }{
		"it is":               {zone: "Z1", domain: "campus.example.org"},
		"it has no zone":      {key: "openedx:dns.parent.stack", want: "has no output zoneId", fix: "pulumi up --stack campus"},
		"it has another name": {"Z1", "school.example.org", "openedx:dns.parent.domain", "which is school.example.org", "openedx:dns.parent.domain school.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := resolved.ParentProblems(test.zone, test.domain)
			if test.key == "" && len(problems) == 0 {
				return
			}
			if len(problems) != 1 || problems[0].Key != test.key || !strings.Contains(problems[0].Want, test.want) || !strings.Contains(problems[0].Fix, test.fix) {
				t.Errorf("got %v", problems)
			}
		})
	}
}
