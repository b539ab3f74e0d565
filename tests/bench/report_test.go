package main

import (
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// measured is a row whose runs all took the same.
func measured(name string, resources int, seconds, bare float64) row {
	costs := func(seconds float64) []cost {
		took := time.Duration(seconds * float64(time.Second))
		return []cost{{wall: took, cpu: took}}
	}
	return row{name: name, resources: resources, ours: costs(seconds), bare: costs(bare)}
}

// broken lists the promises that a report breaks.
func broken(r report) []string {
	var all []string
	for _, one := range r.promises() {
		if !one.kept {
			all = append(all, one.text)
		}
	}
	return all
}

func TestAPromiseBreaksRightBeyondItsLimit(t *testing.T) {
	for _, test := range []struct {
		name   string
		report report
		want   string
	}{
		{"medium in time", report{rows: []row{measured("medium", 500, 4, 1)}}, ""},
		{"medium late", report{rows: []row{measured("medium", 500, 4.01, 4)}}, "preview of medium"},
		{"a hundred in time", report{rows: []row{measured("100", 1000, 13, 10)}}, ""},
		{"a hundred late", report{rows: []row{measured("100", 1000, 13.1, 10)}}, "100 instances takes"},
		{"other numbers promise nothing", report{rows: []row{measured("50", 1000, 20, 10)}}, ""},
		{"linear growth", report{rows: []row{measured("10", 100, 2, 2), measured("100", 1000, 11, 11), measured("200", 2000, 21, 21)}}, ""},
		{"quadratic growth", report{rows: []row{measured("10", 100, 0.1, 1), measured("100", 1000, 10, 10), measured("200", 2000, 40, 40)}}, "grows linearly"},
		{"a first run in time", report{cold: 12 * time.Minute}, ""},
		{"a first run late", report{cold: 12*time.Minute + time.Second}, "first run"},
	} {
		got := broken(test.report)
		if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%s: broken are %q", test.name, got)
		}
		if err := test.report.verdict(); (err == nil) != (test.want == "") {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

func TestTheRatioIsTheLastColumnOfMedians(t *testing.T) {
	r := measured("100", 1000, 12, 10)
	r.ours = append(r.ours, measured("", 0, 900, 1).ours[0], measured("", 0, 1, 1).ours[0])
	cells := strings.Split(strings.Trim(r.String(), "| "), " | ")
	titles := strings.Split(strings.Trim(strings.Split(header, "\n")[0], "| "), " | ")
	if len(cells) != len(titles) || titles[len(titles)-1] != "ratio" || cells[len(cells)-1] != "1.20" || cells[2] != "12.00" {
		t.Errorf("got %q under %q", cells, titles)
	}
}

func TestAStackFileKeepsItsSettingsAndGetsTheInstances(t *testing.T) {
	text, err := withInstances([]byte("config: {aws:region: eu-west-1, openedx:domain: u.example.org, openedx:instances: {north: {slot: 0}}}"), 2)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Config struct {
			Region    string `json:"aws:region"`
			Instances map[string]struct {
				Slot int    `json:"slot"`
				LMS  string `json:"lms"`
			} `json:"openedx:instances"`
		} `json:"config"`
	}
	if err = yaml.UnmarshalStrict(text, &got, yaml.DisallowUnknownFields); err == nil {
		t.Error("the domain and the nodes are not there")
	}
	if err = yaml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	second := got.Config.Instances["i001"]
	if got.Config.Region != "eu-west-1" || len(got.Config.Instances) != 2 || second.Slot != 1 || second.LMS != "i001.u.example.org" {
		t.Errorf("got %+v", got)
	}
}

func TestThePreviewTellsHowManyResourcesThereAre(t *testing.T) {
	got, err := countOf("Resources:\n    + 601 to create\n")
	if err != nil || got != 600 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err = countOf("Resources:\n    600 unchanged\n"); err == nil {
		t.Error("nothing is created, and no error")
	}
}
