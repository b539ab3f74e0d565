package simulation

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"example.org/openedx/offline/behaviour"
)

func nothing(string) string { return "" }

func inputs(all map[string]string) func(string) string {
	return func(name string) string { return all[name] }
}

func TestATimeGoesByTypeAndByWhatMatters(t *testing.T) {
	times := loaded(t)
	for _, one := range []struct {
		token  string
		inputs map[string]string
		slower float64
	}{
		{"aws:eks/cluster:Cluster", nil, 300},
		{"aws:ec2/vpcEndpoint:VpcEndpoint", map[string]string{"vpcEndpointType": "Interface"}, 60},
		{"aws:rds/clusterInstance:ClusterInstance", nil, 300},
	} {
		if seconds, known := times.Of(one.token, inputs(one.inputs)); !known || seconds < one.slower {
			t.Errorf("%s takes %v s (known: %t), want more than %v", one.token, seconds, known, one.slower)
		}
	}
	if seconds, known := times.Of("aws:ec2/vpcEndpoint:VpcEndpoint", inputs(map[string]string{"vpcEndpointType": "Gateway"})); !known || seconds > 20 {
		t.Errorf("a gateway endpoint takes %v s (known: %t), want few", seconds, known)
	}
	if seconds, known := times.Of("random:index/randomPassword:RandomPassword", nothing); !known || seconds != 0 {
		t.Errorf("a password takes %v s (known: %t), want none", seconds, known)
	}
	if seconds, known := times.Of("aws:new/thing:Thing", nothing); known || seconds != times.Quick.Seconds {
		t.Errorf("a thing that nobody listed takes %v s (known: %t)", seconds, known)
	}
}

func TestEveryTypeOfTheOfflineCloudHasATime(t *testing.T) {
	times := loaded(t)
	for _, pkg := range []string{"aws", "kubernetes"} {
		known, err := behaviour.Load(pkg)
		if err != nil {
			t.Fatal(err)
		}
		for token := range known.Resources {
			slow := slices.ContainsFunc(times.Slow, func(one Time) bool { return one.Type == token })
			if quick := slices.Contains(times.Quick.Types, token); slow == quick {
				t.Errorf("%s is among the slow (%t) and among the quick (%t); list it once in times.yaml", token, slow, quick)
			}
		}
	}
}

func TestEveryReportHasAnAddressAndADate(t *testing.T) {
	for name, source := range loaded(t).Reports {
		if at, err := url.Parse(source.URL); err != nil || at.Scheme != "https" {
			t.Errorf("report %s has no address: %q", name, source.URL)
		}
		if _, err := time.Parse(time.DateOnly, source.Date); err != nil {
			t.Errorf("report %s has no date: %v", name, err)
		}
	}
}

func TestEveryTimeCitesAReport(t *testing.T) {
	times := loaded(t)
	cited := map[string]bool{}
	for _, one := range append(slices.Clone(times.Slow), times.Quick.Time) {
		cited[one.Report] = true
		if times.Reports[one.Report].URL == "" {
			t.Errorf("%s cites report %q, which is not there", one.Type, one.Report)
		}
		if one.Says == "" || one.Seconds <= 0 || !slices.Contains([]Basis{Reported, Documented, Estimate}, one.Basis) {
			t.Errorf("%s takes %v s by %q, and the report says %q", one.Type, one.Seconds, one.Basis, one.Says)
		}
	}
	for name := range times.Reports {
		if !cited[name] {
			t.Errorf("report %s is cited by nothing", name)
		}
	}
}

func TestEveryNeedSaysWhoAndWhy(t *testing.T) {
	times := loaded(t)
	needs, err := LoadNeeds()
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range needs.Needs {
		if at, err := url.Parse(need.Source); need.Why == "" || err != nil || at.Scheme != "https" {
			t.Errorf("%v need %v because %q, by %q", need.Who, need.Needs, need.Why, need.Source)
		}
		for _, token := range slices.Concat(need.Who, need.Needs) {
			if _, known := times.Of(token, nothing); !known {
				t.Errorf("%s is no type that has a time", token)
			}
		}
	}
	for _, token := range needs.ByInput {
		if seconds, _ := times.Of(token, nothing); seconds < needs.SlowFrom {
			t.Errorf("%s takes %v s: an input that refers to it is a need as it is", token, seconds)
		}
	}
}

func loaded(t *testing.T) *Times {
	t.Helper()
	times, err := LoadTimes()
	if err != nil {
		t.Fatal(err)
	}
	return times
}
