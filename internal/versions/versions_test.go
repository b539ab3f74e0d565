package versions_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Masterminds/semver/v3"

	"example.org/openedx/internal/versions"
)

// build is the form of every EKS add-on version.
var build = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$`)

func addOns() []string {
	return []string{
		versions.VPCCNI, versions.CoreDNS, versions.KubeProxy, versions.EBSCSIDriver, versions.PodIdentityAgent, versions.SnapshotController,
	}
}

func TestEveryKubernetesVersionPinsEveryAddOn(t *testing.T) {
	for _, k := range versions.AllKubernetes() {
		for _, name := range addOns() {
			if !build.MatchString(k.AddOns[name]) {
				t.Errorf("%s: %s is %q, which is no exact version", k.Version, name, k.AddOns[name])
			}
		}
		if len(k.AddOns) != len(addOns()) {
			t.Errorf("%s: %d add-ons, want %d", k.Version, len(k.AddOns), len(addOns()))
		}
		if !strings.HasPrefix(k.AddOns[versions.KubeProxy], "v"+k.Version+".") {
			t.Errorf("%s: kube-proxy is %s, of another minor version", k.Version, k.AddOns[versions.KubeProxy])
		}
	}
}

func TestVersionsAndTheirSupportAscend(t *testing.T) {
	all := versions.AllKubernetes()
	for i, k := range all {
		until, err := time.Parse(time.DateOnly, k.Until)
		if err != nil {
			t.Errorf("%s: %v", k.Version, err)
		}
		if i == 0 {
			continue
		}
		before, err := time.Parse(time.DateOnly, all[i-1].Until)
		if err != nil || !until.After(before) {
			t.Errorf("%s ends no later than %s", k.Version, all[i-1].Version)
		}
		if semver.MustParse(k.Version).Minor() != semver.MustParse(all[i-1].Version).Minor()+1 {
			t.Errorf("%s does not follow %s, and EKS goes up one minor version at a time", k.Version, all[i-1].Version)
		}
		cni, previous := semver.MustParse(k.AddOns[versions.VPCCNI]), semver.MustParse(all[i-1].AddOns[versions.VPCCNI])
		if cni.Minor() > previous.Minor()+1 {
			t.Errorf("%s: vpc-cni goes from %s to %s, more than one minor version", k.Version, previous, cni)
		}
	}
}

func TestTheDefaultVersionIsInTheTable(t *testing.T) {
	if _, ok := versions.FindKubernetes(versions.DefaultKubernetes); !ok {
		t.Errorf("%s is not", versions.DefaultKubernetes)
	}
}

func TestAVersionIsPlacedAgainstTheTable(t *testing.T) {
	for version, want := range map[string]versions.Age{
		"1.33": versions.Past, "1.3": versions.Past, "1.34": versions.Listed, "1.34.7": versions.Listed, "v1.36": versions.Listed,
		"1.37": versions.Unknown, "2.0": versions.Unknown, "latest": versions.Unreadable, "": versions.Unreadable,
	} {
		if got := versions.AgeOf(version); got != want {
			t.Errorf("%q: got %d, want %d", version, got, want)
		}
	}
	if _, ok := versions.FindKubernetes("1.34.7"); ok {
		t.Error("a patch was found, though EKS chooses it itself")
	}
}

func TestEveryKubernetesVersionPinsItsNodeImage(t *testing.T) {
	for _, k := range versions.AllKubernetes() {
		if _, err := time.Parse("v20060102", k.Image); err != nil {
			t.Errorf("%s: %v", k.Version, err)
		}
	}
}
