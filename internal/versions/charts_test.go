package versions_test

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/mod/module"

	"example.org/openedx/internal/versions"
)

func TestEveryChartIsPinnedExactlyAndComesFromItsOwnRepository(t *testing.T) {
	for _, chart := range versions.Charts() {
		if _, err := semver.StrictNewVersion(strings.TrimPrefix(chart.Version, "v")); err != nil {
			t.Errorf("%s: version %q is not exact: %v", chart.Name, chart.Version, err)
		}
		address, err := url.Parse(chart.Repository)
		if err != nil || address.Host == "" || strings.HasSuffix(chart.Repository, "/") {
			t.Errorf("%s: repository %q: %v", chart.Name, chart.Repository, err)
			continue
		}
		switch address.Scheme {
		case "https":
		case "oci":
			if path.Base(address.Path) != chart.Name {
				t.Errorf("%s: %q is the address of another chart", chart.Name, chart.Repository)
			}
		default:
			t.Errorf("%s: %q can be tampered with on the way", chart.Name, chart.Repository)
		}
	}
}

func TestTheSourceOfEveryChartIsPinnedToo(t *testing.T) {
	for _, chart := range versions.Charts() {
		name, version, _ := strings.Cut(chart.Module, "@")
		if err := module.Check(name, version); err != nil {
			t.Errorf("%s: module %q: %v", chart.Name, chart.Module, err)
		}
		if path.Base(chart.Folder) != chart.Name || path.IsAbs(chart.Folder) {
			t.Errorf("%s: folder %q is not the chart's", chart.Name, chart.Folder)
		}
		if chart.Marked == chart.Version {
			t.Errorf("%s: marked with the version that it has", chart.Name)
		}
	}
}

func TestEachChartIsThereOnceAndFoundByName(t *testing.T) {
	charts := versions.Charts()
	names := make([]string, len(charts))
	for i, chart := range charts {
		names[i] = chart.Name
		if found, ok := versions.FindChart(chart.Name); !ok || found != chart {
			t.Errorf("%s: found %+v", chart.Name, found)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
	if len(slices.Compact(names)) != len(charts) {
		t.Errorf("a chart is there twice: %v", names)
	}
	if _, ok := versions.FindChart("velero"); ok {
		t.Error("found a chart that is not there")
	}
}

func TestKarpenterAndTheKindsItBringsAreOfOneVersion(t *testing.T) {
	controller, _ := versions.FindChart(versions.Karpenter)
	kinds, _ := versions.FindChart(versions.KarpenterCRD)
	if controller.Version != kinds.Version || controller.Module != kinds.Module {
		t.Errorf("%s and %s", controller.Version, kinds.Version)
	}
}
