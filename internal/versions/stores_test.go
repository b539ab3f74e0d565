package versions_test

import (
	"slices"
	"testing"

	"github.com/Masterminds/semver/v3"

	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

func TestEveryMySQLVersionHasAFamily(t *testing.T) {
	for _, version := range versions.MySQL() {
		if family := versions.MySQLFamily(version); family != "aurora-mysql"+version[:3] || !versions.IsMySQL(version) {
			t.Errorf("%s is of family %q", version, family)
		}
	}
}

func TestTheFamilyFollowsFromBothHalvesOfAVersion(t *testing.T) {
	for version, want := range map[string]string{
		"8.0.mysql_aurora.3.10.1": "aurora-mysql8.0", "8.0.mysql_aurora.3.04.2": "aurora-mysql8.0", "8.4.mysql_aurora.8.4.7": "aurora-mysql8.4",
		"8.4.mysql_aurora.3.10.1": "", "8.0.mysql_aurora.8.4.7": "", "8.4.mysql_aurora.8.5.0": "", "5.7.mysql_aurora.2.11.5": "", "9.0.mysql_aurora.9.0.1": "",
		"8.4": "", "8.4.8": "", "8.0.mysql_aurora.3": "", "8.0.mysql_aurora.3.10.1.1": "", "": "", "latest": "",
	} {
		if got := versions.MySQLFamily(version); got != want {
			t.Errorf("%s: got %q, want %q", version, got, want)
		}
	}
	for version, want := range map[string]bool{"8.4.mysql_aurora.3.10.1": true, "8.0.mysql_aurora.3": false, "8.4": false, "8x4.mysql_aurora.8.4.8": false} {
		if got := versions.IsMySQL(version); got != want {
			t.Errorf("%s: got %t", version, got)
		}
	}
}

func TestTheDefaultsAreInTheirLists(t *testing.T) {
	if !slices.Contains(versions.MySQL(), versions.DefaultMySQL) {
		t.Errorf("MySQL %s is not", versions.DefaultMySQL)
	}
	if !slices.Contains(versions.Search(), versions.DefaultSearch) {
		t.Errorf("OpenSearch %s is not", versions.DefaultSearch)
	}
	for _, engine := range []redis.Engine{redis.Valkey, redis.RedisOSS} {
		if version := versions.DefaultCache(string(engine)); !slices.Contains(redis.Versions(engine), version) {
			t.Errorf("%s %s is not", engine, version)
		}
	}
	if version := versions.DefaultCache("memcached"); version != "" {
		t.Errorf("an engine that there is not has %s", version)
	}
}

func TestTheListsOfVersionsAscendAndAreNobodysToChange(t *testing.T) {
	if !slices.IsSorted(versions.MySQL()) || !slices.IsSorted(versions.Search()) {
		t.Errorf("got %v, %v", versions.MySQL(), versions.Search())
	}
	versions.MySQL()[0], versions.Search()[0] = "changed", "changed"
	if versions.MySQL()[0] == "changed" || versions.Search()[0] == "changed" {
		t.Error("a change to one list is in the next")
	}
}

func TestThePackagesOfMongoAreExactVersions(t *testing.T) {
	for version, major := range map[string]string{versions.MongoServer: "7.0", versions.MongoShell: "2.5", versions.MongoTools: "100.13"} {
		if _, err := semver.StrictNewVersion(version); err != nil {
			t.Errorf("%s: %v", version, err)
		}
		if got := versions.Major(version); got != major {
			t.Errorf("%s begins with %q, want %q", version, got, major)
		}
	}
	if got := versions.Major("7"); got != "" {
		t.Errorf("got %q before a dot that is not there", got)
	}
}
