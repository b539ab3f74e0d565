package redis

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheFamilyFollowsFromEngineAndVersion(t *testing.T) {
	for _, one := range []struct {
		engine        Engine
		version, want string
	}{
		{Valkey, "7.2", "valkey7"},
		{Valkey, "8.0", "valkey8"},
		{Valkey, "8.1", "valkey8"},
		{Valkey, "8.2", "valkey8"},
		{RedisOSS, "7.0", "redis7"},
		{RedisOSS, "7.1", "redis7"},
	} {
		if got, err := Family(one.engine, one.version); err != nil || got != one.want {
			t.Errorf("%s %s: got %q, %v", one.engine, one.version, got, err)
		}
	}
}

func TestAVersionThatTheEngineDoesNotHaveIsRefusedWithThoseItHas(t *testing.T) {
	for _, one := range []struct {
		engine        Engine
		version, want string
	}{
		{Valkey, "7.1", "7.2, 8.0, 8.1, 8.2"},
		{Valkey, "8.3", "7.2, 8.0, 8.1, 8.2"},
		{Valkey, "9.0", "7.2, 8.0, 8.1, 8.2"},
		{Valkey, "7.2.6", "7.2, 8.0, 8.1, 8.2"},
		{Valkey, "", "7.2, 8.0, 8.1, 8.2"},
		{RedisOSS, "6.2", "7.0, 7.1"},
		{RedisOSS, "7.2", "7.0, 7.1"},
		{"memcached", "1.6", `"valkey" or "redis"`},
	} {
		_, err := Family(one.engine, one.version)
		if err == nil || !strings.Contains(err.Error(), one.want) || !strings.Contains(err.Error(), strconv.Quote(string(one.engine))) {
			t.Errorf("%s %s: got %v", one.engine, one.version, err)
		}
		if got, paramErr := Parameters(Shared, one.engine, one.version, Databases); paramErr == nil {
			t.Errorf("%s %s: got %v", one.engine, one.version, got)
		}
	}
}

func TestEveryRoleHasItsParametersOnEveryEngine(t *testing.T) {
	for role, policy := range map[Role]string{Shared: "volatile-lru", Broker: "noeviction", Cache: "allkeys-lru"} {
		for _, engine := range []Engine{Valkey, RedisOSS} {
			for _, version := range Versions(engine) {
				got, err := Parameters(role, engine, version, 128)
				if err != nil {
					t.Fatal(err)
				}
				// The number of databases is the same everywhere, or an engine could not be upgraded in place.
				want := []Parameter{{"databases", "128"}, {"maxmemory-policy", policy}, {"reserved-memory-percent", "25"}, {"timeout", "0"}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s %s: %s", role, engine, version, diff)
				}
			}
		}
	}
	if got, err := Parameters("queue", Valkey, "8.1", 128); err == nil || !strings.Contains(err.Error(), `"queue"`) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAGroupHasDatabasesForOneInstanceAtLeast(t *testing.T) {
	for databases, good := range map[int]bool{0: false, 1: false, 2: true} {
		if _, err := Parameters(Shared, Valkey, "8.1", databases); (err == nil) != good {
			t.Errorf("%d databases: got %v", databases, err)
		}
	}
}

func TestAnInstanceTakesTwoDatabases(t *testing.T) {
	for databases, want := range map[int]int{-2: 0, 0: 0, 1: 0, 2: 1, 16: 8, 127: 63, FirstDatabases: 64, Databases: 256} {
		if got := Fits(databases); got != want {
			t.Errorf("%d databases: got %d, want %d", databases, got, want)
		}
	}
}

func TestATokenFitsElastiCacheAndNeedsNoQuotesInAURL(t *testing.T) {
	for token, good := range map[string]bool{
		strings.Repeat("a", MinToken-1): false, strings.Repeat("a", MinToken): true, strings.Repeat("Z", MaxToken): true, strings.Repeat("a", MaxToken+1): false,
		strings.Repeat("a", MinToken) + "-": false, strings.Repeat("a", MinToken) + "@": false, strings.Repeat("a", MinToken) + "\n": false,
	} {
		err := CheckToken(token)
		if (err == nil) != good {
			t.Errorf("%q: got %v", token, err)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}
