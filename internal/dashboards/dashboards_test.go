package dashboards_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
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
	Panels []panel
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	Datasource  struct{ Type, UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []target
}

type target struct {
	RefID      string
	Expr       string
	Namespace  string
	MetricName string
	Statistic  string
	Dimensions map[string][]string
	Datasource struct{ Type, UID string }
}

// graphs are the panels that are no titles of rows.
func (p page) graphs() []panel {
	return slices.DeleteFunc(slices.Clone(p.Panels), func(one panel) bool { return one.Type == "row" })
}

// text is all of a question that can name a variable.
func (t target) text() string {
	all := t.Expr
	for _, values := range t.Dimensions {
		all += " " + strings.Join(values, " ")
	}
	return all
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

// once fails the test for a name that is none, or that was there before.
func once(t *testing.T, names map[string]bool, name string) {
	t.Helper()
	if name == "" || names[name] {
		t.Errorf("%q is no name, or another's", name)
	}
	names[name] = true
}

func TestEveryDashboardAndPanelHasANameOfItsOwn(t *testing.T) {
	uids := map[string]bool{}
	for _, p := range pages(t, cloud()) {
		once(t, uids, p.UID)
		if len(p.UID) > 40 || p.Title == "" || p.SchemaVersion == 0 {
			t.Errorf("%+v", p)
		}
		ids, titles := map[string]bool{"0": true}, map[string]bool{}
		for _, panel := range p.Panels {
			once(t, ids, strconv.Itoa(panel.ID))
			once(t, titles, panel.Title)
		}
	}
	if len(uids) != 2 {
		t.Errorf("dashboards %v", uids)
	}
}

// asks tells whether a target is a question that its data source understands.
func (t target) asks() bool {
	switch t.Datasource.UID {
	case dashboards.PrometheusSource:
		return t.Expr != ""
	case dashboards.CloudWatchSource:
		return t.Expr == "" && len(t.Dimensions) > 0 && !slices.Contains([]string{t.Namespace, t.MetricName, t.Statistic}, "")
	}
	return false
}

func TestEveryPanelAsksADataSourceSomethingAndSaysWhatItMeans(t *testing.T) {
	for _, p := range pages(t, cloud()) {
		for _, panel := range p.graphs() {
			if panel.Description == "" || panel.Datasource.UID == "" || panel.Datasource.UID != panel.Datasource.Type || len(panel.Targets) == 0 {
				t.Errorf("%s: %q: %+v", p.UID, panel.Title, panel)
			}
			for _, target := range panel.Targets {
				if target.RefID == "" || !target.asks() {
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
				check(panel.Title, target.text())
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
