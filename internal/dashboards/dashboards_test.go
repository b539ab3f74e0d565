package dashboards_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/dashboards"
)

// cloud is a cloud with something to show everywhere.
func cloud() dashboards.Cloud {
	panel := func(title string, dimensions map[string]string) dashboards.Panel {
		return dashboards.Panel{Title: title, Means: "How many.", Unit: "short", Queries: []dashboards.Query{{
			Legend: "requests", Metric: &dashboards.Metric{Namespace: "Cloud/Balancer", Name: "Requests", Statistic: "Sum", Dimensions: dimensions},
		}}}
	}
	return dashboards.Cloud{
		Requests: []dashboards.Panel{panel("Requests a minute", map[string]string{"Site": "$site"})},
		Stores:   []dashboards.Panel{panel("Connections", map[string]string{"Store": "campus"})},
	}
}

// page is as much of a dashboard as Grafana needs to show anything.
type page struct {
	UID           string
	Title         string
	SchemaVersion int
	Templating    struct {
		List []struct {
			Name, Regex string
			Hide        int
			Query       struct{ Query string }
			Datasource  struct{ UID string }
		}
	}
	Panels []struct {
		ID          int
		Type        string
		Title       string
		Description string
		Datasource  struct{ Type, UID string }
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct {
			RefID      string
			Expr       string
			Namespace  string
			MetricName string
			Statistic  string
			Dimensions map[string][]string
			Datasource struct{ Type, UID string }
		}
	}
}

// pages renders all dashboards and reads them again.
func pages(t *testing.T, of dashboards.Cloud) []page {
	t.Helper()
	var all []page
	for _, dashboard := range dashboards.All(of) {
		text, err := dashboard.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var p page
		if err = json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatalf("%s: %v", dashboard.UID, err)
		}
		all = append(all, p)
	}
	return all
}

func TestEveryDashboardAndPanelHasANameOfItsOwn(t *testing.T) {
	uids := map[string]bool{}
	for _, p := range pages(t, cloud()) {
		if p.UID == "" || len(p.UID) > 40 || uids[p.UID] || p.Title == "" || p.SchemaVersion == 0 {
			t.Errorf("%+v", p)
		}
		uids[p.UID] = true
		ids, titles := map[int]bool{}, map[string]bool{}
		for _, panel := range p.Panels {
			if panel.ID == 0 || ids[panel.ID] || panel.Title == "" || titles[panel.Title] {
				t.Errorf("%s: panel %d, %q is there already", p.UID, panel.ID, panel.Title)
			}
			ids[panel.ID], titles[panel.Title] = true, true
		}
	}
	if len(uids) != 2 {
		t.Errorf("dashboards %v", uids)
	}
}

func TestEveryPanelAsksADataSourceSomethingAndSaysWhatItMeans(t *testing.T) {
	for _, p := range pages(t, cloud()) {
		for _, panel := range p.Panels {
			if panel.Type == "row" {
				continue
			}
			if panel.Description == "" || panel.Datasource.UID == "" || panel.Datasource.UID != panel.Datasource.Type || len(panel.Targets) == 0 {
				t.Errorf("%s: %q: %+v", p.UID, panel.Title, panel)
			}
			for _, target := range panel.Targets {
				prometheus := target.Datasource.UID == dashboards.PrometheusSource && target.Expr != ""
				cloudWatch := target.Datasource.UID == dashboards.CloudWatchSource && target.Expr == "" &&
					!slices.Contains([]string{target.Namespace, target.MetricName, target.Statistic}, "") && len(target.Dimensions) > 0
				if target.RefID == "" || !prometheus && !cloudWatch {
					t.Errorf("%s: %q asks %+v", p.UID, panel.Title, target)
				}
			}
		}
	}
}

func TestPanelsStayOnTheGridAndDoNotCoverEachOther(t *testing.T) {
	for _, p := range pages(t, cloud()) {
		taken := map[[2]int]string{}
		for _, panel := range p.Panels {
			at := panel.GridPos
			if at.W == 0 || at.H == 0 || at.X+at.W > 24 {
				t.Errorf("%s: %q is at %+v", p.UID, panel.Title, at)
			}
			for x := at.X; x < at.X+at.W; x++ {
				for y := at.Y; y < at.Y+at.H; y++ {
					if other, covered := taken[[2]int{x, y}]; covered {
						t.Fatalf("%s: %q covers %q", p.UID, panel.Title, other)
					}
					taken[[2]int{x, y}] = panel.Title
				}
			}
		}
	}
}

// variable finds what an expression takes from the page; Grafana's own begin with two underscores.
var variable = regexp.MustCompile(`\$\{?([A-Za-z]\w*)`)

func TestEveryVariableThatIsUsedIsThereAndComesFirst(t *testing.T) {
	used := 0
	for _, p := range pages(t, cloud()) {
		known := map[string]bool{}
		check := func(where, text string) {
			for _, match := range variable.FindAllStringSubmatch(text, -1) {
				used++
				if !known[match[1]] {
					t.Errorf("%s: %s uses $%s", p.UID, where, match[1])
				}
			}
		}
		for _, v := range p.Templating.List {
			if v.Datasource.UID != dashboards.PrometheusSource || v.Query.Query == "" {
				t.Errorf("%s: $%s is filled by %+v", p.UID, v.Name, v)
			}
			check("$"+v.Name, v.Query.Query)
			known[v.Name] = true
		}
		for _, panel := range p.Panels {
			for _, target := range panel.Targets {
				check(panel.Title, target.Expr)
				for _, values := range target.Dimensions {
					check(panel.Title, strings.Join(values, " "))
				}
			}
		}
	}
	if used == 0 {
		t.Error("nothing can be chosen")
	}
}

func TestAnInstanceIsChosenByItsSlugAndItsSiteFollows(t *testing.T) {
	list := pages(t, cloud())[0].Templating.List
	if len(list) != 2 || list[0].Name != "instance" || list[1].Name != "site" || list[0].Hide != 0 || list[1].Hide != 2 {
		t.Fatalf("variables %+v", list)
	}
	pattern := strings.Trim(list[0].Regex, "/")
	if got := regexp.MustCompile(pattern).FindStringSubmatch("instance-my-campus"); len(got) != 2 || got[1] != "my-campus" {
		t.Errorf("%s finds %v", pattern, got)
	}
	if want := `label_values(openedx:instance_site:info{namespace="instance-$instance"}, site)`; list[1].Query.Query != want {
		t.Errorf("the site is found by %s", list[1].Query.Query)
	}
}

func TestWithoutACloudThereIsNothingToAskItFor(t *testing.T) {
	for _, p := range pages(t, dashboards.Cloud{}) {
		for _, v := range p.Templating.List {
			if v.Name == "site" {
				t.Error("there is a site to choose")
			}
		}
		for _, panel := range p.Panels {
			if panel.Datasource.UID == dashboards.CloudWatchSource || panel.Title == "Requests" || panel.Title == "Data stores" {
				t.Errorf("%s has %q", p.UID, panel.Title)
			}
		}
	}
}

func TestADashboardIsRenderedTheSameEachTime(t *testing.T) {
	first, err := dashboards.All(cloud())[0].JSON()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, failed := dashboards.All(cloud())[0].JSON()
		if failed != nil || again != first {
			t.Fatalf("%v, or it differs", failed)
		}
	}
}
