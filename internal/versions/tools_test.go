package versions_test

import (
	"testing"

	"github.com/Masterminds/semver/v3"

	"example.org/openedx/internal/versions"
)

func TestEveryKubernetesVersionHasAnExactKubectlOfItsOwn(t *testing.T) {
	for _, k := range versions.AllKubernetes() {
		exact := versions.Kubectl(k.Version)
		if _, err := semver.StrictNewVersion(exact); err != nil || versions.Major(exact) != k.Version {
			t.Errorf("%s: kubectl is %q: %v", k.Version, exact, err)
		}
	}
	for _, unknown := range []string{"1.33", "1.37", "1.35.1", ""} {
		if got := versions.Kubectl(unknown); got != "" {
			t.Errorf("%q: kubectl is %q", unknown, got)
		}
	}
}

func TestTutorAndItsPluginAreExactVersionsOfOneRelease(t *testing.T) {
	tutor, err := semver.StrictNewVersion(versions.Tutor)
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := semver.StrictNewVersion(versions.TutorMFE)
	if err != nil {
		t.Fatal(err)
	}
	if tutor.Major() != plugin.Major() {
		t.Errorf("Tutor %s has a plugin for Tutor %d", tutor, plugin.Major())
	}
}
