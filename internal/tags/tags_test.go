package tags_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/tags"
)

func TestEveryResourceCarriesThePlatformsAndTheUsersTags(t *testing.T) {
	set := tags.New("prod", map[string]string{"team": "learning"})
	want := map[string]string{
		"team": "learning", "managed-by": "pulumi-openedx", "openedx-stack": "prod",
		"openedx-component": "network", "Name": "campus-network",
	}
	if diff := cmp.Diff(want, set.For("network", "campus-network")); diff != "" {
		t.Error(diff)
	}
	want["openedx-instance"] = "main"
	if diff := cmp.Diff(want, set.ForInstance("network", "campus-network", "main")); diff != "" {
		t.Error(diff)
	}
}

func TestAUserCannotOverrideThePlatformsTags(t *testing.T) {
	user := map[string]string{}
	for _, key := range tags.Reserved() {
		user[key], user[strings.ToUpper(key)] = "mine", "mine"
	}
	for key, value := range tags.New("prod", user).ForInstance("network", "campus-network", "main") {
		if value == "mine" {
			t.Errorf("%s was overridden", key)
		}
	}
}

func TestEachResourceHasItsOwnMap(t *testing.T) {
	user := map[string]string{"team": "learning"}
	set := tags.New("prod", user)
	set.For("network", "a")["team"] = "changed"
	user["team"] = "changed"
	if got := set.For("network", "b")["team"]; got != "learning" {
		t.Errorf("got %q", got)
	}
}

func TestASetOfNothingStillTags(t *testing.T) {
	if got := (tags.Set{}).For("network", "a")["Name"]; got != "a" {
		t.Errorf("got %q", got)
	}
}

func TestThePlatformsKeysAreValidOnEveryCloud(t *testing.T) {
	for _, key := range tags.Reserved() {
		if strings.ContainsAny(key, "/:<>%&\\?") {
			t.Errorf("%q would be refused by a cloud", key)
		}
	}
}
