package cli

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// account is what the stacks of this file share.
const account = "school"

// record is what matters here of a resource in the offline cloud.
type record struct {
	URN        string `json:"urn"`
	Type       string `json:"type"`
	ID         string `json:"id"`
	Properties struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		ZoneID string `json:"zoneId"`
	} `json:"properties"`
}

// records are what a stack has of a type in the account.
func (p project) records(stack, token string) []record {
	p.t.Helper()
	var found []record
	for _, file := range p.stored(account) {
		if !strings.Contains(file, filepath.Join("aws", "")) {
			continue
		}
		var r record
		if err := json.Unmarshal([]byte(p.readPath(file)), &r); err != nil {
			p.t.Fatalf("%s: %v", file, err)
		}
		if r.Type == token && strings.HasPrefix(r.URN, "urn:pulumi:"+stack+"::") {
			found = append(found, r)
		}
	}
	return found
}

// names are the names of a stack's records in a zone, by kind.
func (p project) names(stack, zone string) map[string]bool {
	p.t.Helper()
	names := map[string]bool{}
	for _, r := range p.records(stack, "aws:route53/record:Record") {
		if r.Properties.ZoneID == zone {
			names[r.Properties.Type+" "+r.Properties.Name] = true
		}
	}
	return names
}

// zoneOf is the id of the zone that a stack made for a domain.
func (p project) zoneOf(stack, domain string) string {
	p.t.Helper()
	for _, r := range p.records(stack, "aws:route53/zone:Zone") {
		if r.Properties.Name == domain {
			return r.ID
		}
	}
	p.t.Fatalf("stack %s has no zone of %s", stack, domain)
	return ""
}

// east is a cell below the domain of the starter stack small.
const east = `config:
  aws:region: eu-central-1
  pulumi:disable-default-providers: [kubernetes]
  openedx:cloud: aws
  openedx:preset: small
  openedx:name: east
  openedx:domain: east.school.example.org
  openedx:dns: {parent: {stack: small, domain: school.example.org}}
  openedx:instances:
    arts: {slot: 0, lms: arts.school.example.org}
    lab: {slot: 1, lms: lab.east.school.example.org}
`

func TestACellSharesTheZoneOfTheStackAboveAndLeavesItWhenItGoes(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.write("Pulumi.east.yaml", []byte(east))
	if output, status := p.try("preview", "-stack", "east", "-account", account); status == 0 || !strings.Contains(output, "pulumi up --stack small") {
		t.Errorf("a cell without the stack above is accepted, or not told what to do:\n%s", output)
	}

	p.must("up", "-stack", "small", "-account", account)
	above := p.zoneOf("small", "school.example.org")
	before := p.names("small", above)
	if planned := p.must("preview", "-stack", "east", "-account", account); strings.Contains(planned, "Delegate east.school.example.org") {
		t.Errorf("somebody is asked to delegate:\n%s", planned)
	}
	p.must("up", "-stack", "east", "-account", account)
	p.unchanged("east")
	p.shares(above)

	p.must("destroy", "-stack", "east", "-account", account)
	if left := p.names("east", above); len(left) > 0 {
		t.Errorf("the cell leaves %v in the zone above", left)
	}
	if after := p.names("small", above); !maps.Equal(before, after) {
		t.Errorf("the zone above had %v and has %v", before, after)
	}
	p.unchanged("small")
}

// unchanged runs a stack again, of which nothing may change.
func (p project) unchanged(stack string) {
	p.t.Helper()
	if output := p.must("up", "-stack", stack, "-account", account); !onlyUnchanged(output) {
		p.t.Errorf("another run of %s changes something:\n%s", stack, output)
	}
}

// shares looks at which of the cell's records are in the zone above, and which in its own.
func (p project) shares(above string) {
	p.t.Helper()
	shared, own := p.names("east", above), p.names("east", p.zoneOf("east", "east.school.example.org"))
	for _, want := range []string{"NS east.school.example.org", "A arts.school.example.org", "AAAA arts.school.example.org", "A studio.arts.school.example.org"} {
		if !shared[want] || own[want] {
			p.t.Errorf("%q is not in the zone above alone, which has %v", want, shared)
		}
	}
	if host := "A lab.east.school.example.org"; !own[host] || shared[host] {
		p.t.Errorf("%q is not in the cell's zone alone, which has %v", host, own)
	}
}
