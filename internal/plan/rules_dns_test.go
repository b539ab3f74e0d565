package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

const anyZone = "Z0123456789ABCDEFGHIJ"

// certificateIn is a certificate's ARN in a region.
func certificateIn(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666"
}

// academy is instance for one that has a domain of its own.
func academy(change func(i *config.Instance, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		i := config.Instance{LMS: "learn.academy.example.com", Slot: ptr(0), Domain: "academy.example.com"}
		change(&i, value)
		s.Instances = map[string]config.Instance{"main": i}
	}
}

// two sets a pair of instances with the same domain; a value is the ids of their zones.
func two(s *config.Settings, value string) {
	main, staff, _ := strings.Cut(value, " ")
	s.Instances = map[string]config.Instance{
		"main":  {LMS: "learn.academy.example.com", Slot: ptr(0), Domain: "academy.example.com", ZoneID: main},
		"staff": {LMS: "staff.academy.example.com", Slot: ptr(1), Domain: "academy.example.com", ZoneID: staff},
	}
}

func TestTheRulesOfZonesAndHostsHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "zone", key: "openedx:dns.zoneId",
			set:  func(s *config.Settings, v string) { s.DNS.ZoneID = &v },
			good: []string{anyZone, "Z1", "Z" + strings.Repeat("A", 31)},
			bad:  []string{"Z", "Z" + strings.Repeat("A", 32), "z0123456789abcdefghij", "A0123", "/hostedzone/Z1", "campus.example.org", "Z01-2"},
		},
		{
			name: "zone of an instance", key: "openedx:instances.main.zoneId",
			set:  academy(func(i *config.Instance, v string) { i.ZoneID = v }),
			good: []string{"", anyZone}, bad: []string{"Z", "academy.example.com"},
		},
		{
			name: "zone of an instance without a domain", key: "openedx:instances.main.zoneId",
			set:  instance(func(i *config.Instance, v string) { i.ZoneID = v }),
			good: []string{""}, bad: []string{anyZone, "Z"},
		},
		{
			name: "host in the platform's zone", key: "openedx:instances.main.lms",
			set:  instance(func(i *config.Instance, v string) { i.LMS = v }),
			good: []string{"example.org", "learn.example.org", "a.b.example.org"}, bad: []string{"learn.example.com", "learnexample.org", "example.org.example.com", "org.example"},
		},
		{
			name: "host in the instance's zone", key: "openedx:instances.main.meilisearch",
			set:  academy(func(i *config.Instance, v string) { i.Meilisearch = v }),
			good: []string{"", "search.academy.example.com"}, bad: []string{"search.example.com", "search.campus.example.org", "learn.academy.example.com"},
		},
		{
			name: "host beside the platform's zone", key: "openedx:instances.main.lms",
			set: func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"main": {LMS: v, Slot: ptr(0), Domain: "example.org"}}
			},
			good: []string{"learn.example.org", "example.org", "mycampus.example.org"}, bad: []string{"learn.campus.example.org", "campus.example.org"},
		},
		{
			name: "domain of an instance", key: "openedx:instances.main.domain",
			set: func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"main": {LMS: "learn." + v, Slot: ptr(0), Domain: v}}
			},
			good: []string{"academy.example.com", "example.org"}, bad: []string{"campus.example.org", "academy.campus.example.org", "co.uk"},
		},
		{
			name: "zones of a shared domain", key: "openedx:instances",
			set:  two,
			good: []string{anyZone + " " + anyZone}, bad: []string{"", anyZone, " " + anyZone, anyZone + " Z1"},
		},
		{
			name: "length of the learners' host", key: "openedx:instances.main.lms",
			set:  instance(func(i *config.Instance, v string) { i.LMS = v }),
			good: []string{strings.Repeat("a", 52) + ".example.org"}, bad: []string{strings.Repeat("a", 53) + ".example.org"},
		},
		{
			name: "length of the learners' host in a domain of its own", key: "openedx:instances.main.lms",
			set:  academy(func(i *config.Instance, v string) { i.LMS = v }),
			good: []string{strings.Repeat("a", 44) + ".academy.example.com"}, bad: []string{strings.Repeat("a", 45) + ".academy.example.com"},
		},
		{
			name: "search's host", key: "openedx:instances.main.meilisearch",
			set:  instance(func(i *config.Instance, v string) { i.Meilisearch = v }),
			good: []string{"", "search.example.org"}, bad: []string{"learn.example.org", "studio.learn.example.org", "search", "search.example.com"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestTheZoneThatIsMissingIsAskedForWhereItIsMissing(t *testing.T) {
	for ids, want := range map[string]string{
		"": "openedx:instances.main.zoneId", " " + anyZone: "openedx:instances.main.zoneId", anyZone + " ": "openedx:instances.staff.zoneId",
		anyZone + " Z1": "openedx:instances.staff.zoneId",
	} {
		s := settings(t, config.Medium)
		two(&s, ids)
		if _, problems := plan.Resolve(s); len(problems) != 1 || problems[0].Key != want {
			t.Errorf("%q: got %v, want one at %s", ids, problems, want)
		}
	}
}

func TestWhatFollowsFromAWrongHostOrDomainIsNotReportedAsWell(t *testing.T) {
	for name, change := range map[string]func(s *config.Settings){
		"the platform's domain": func(s *config.Settings) { s.Domain = "localhost" },
		"the learners' host": func(s *config.Settings) {
			s.Instances = map[string]config.Instance{"main": {LMS: "learn.other.example", Slot: ptr(0)}}
		},
		"the instance's domain": func(s *config.Settings) { academy(func(i *config.Instance, _ string) { i.Domain = "com" })(s, "") },
	} {
		s := settings(t, config.Medium)
		change(&s)
		if _, problems := plan.Resolve(s); len(problems) != 1 {
			t.Errorf("%s: got %v, want one problem", name, problems)
		}
	}
}

func TestALongHostIsGoodWithCertificatesOfItsOwn(t *testing.T) {
	long := strings.Repeat("a", 53) + ".campus.example.org"
	for _, c := range []struct {
		certificates [2]string
		fronted      bool
		good         bool
	}{
		{[2]string{certificateIn("eu-west-1"), certificateIn("us-east-1")}, true, true},
		{[2]string{certificateIn("eu-west-1"), ""}, true, false},
		{[2]string{"", certificateIn("us-east-1")}, true, false},
		{[2]string{certificateIn("eu-west-1"), ""}, false, true},
	} {
		s := settings(t, config.Medium)
		s.CDN.Enabled = &c.fronted
		s.Instances = map[string]config.Instance{"main": {LMS: long, Slot: ptr(0), Certificate: c.certificates[0], CDNCertificate: c.certificates[1]}}
		if _, problems := plan.Resolve(s); (len(problems) == 0) != c.good {
			t.Errorf("%v: got %v", c, problems)
		}
	}
}

func TestTheRulesOfCertificatesHoldAtTheirBoundaries(t *testing.T) {
	here, there := certificateIn("eu-west-1"), certificateIn("us-east-1")
	for _, b := range []boundary{
		{
			name: "certificate", key: "openedx:instances.main.certificate",
			set:  instance(func(i *config.Instance, v string) { i.Certificate = v }),
			good: []string{"", here},
			bad: []string{
				there, "campus.pem", here + "0", here[:len(here)-1], strings.Replace(here, ":acm:", ":iam:", 1), strings.Replace(here, "arn:aws:", "arn:aws-cn:", 1),
				strings.Replace(here, "123456789012", "12345678901", 1), strings.ToUpper(here),
			},
		},
		{
			name: "certificate of CloudFront", key: "openedx:instances.main.cdnCertificate",
			set:  instance(func(i *config.Instance, v string) { i.CDNCertificate = v }),
			good: []string{"", there}, bad: []string{here, "campus.pem"},
		},
		{
			name: "certificate of a CloudFront that is not there", key: "openedx:instances.main.cdnCertificate",
			set: func(s *config.Settings, v string) {
				s.CDN.Enabled = ptr(false)
				instance(func(i *config.Instance, v string) { i.CDNCertificate = v })(s, v)
			},
			good: []string{""}, bad: []string{here, there},
		},
	} {
		t.Run(b.name, b.run)
	}
	s := settings(t, config.Small)
	s.Region = plan.CDNRegion
	s.Instances = map[string]config.Instance{"main": {LMS: "learn.school.example.org", Slot: ptr(0), Certificate: there, CDNCertificate: there}}
	resolve(t, s) // in CloudFront's region one certificate does for both
}
