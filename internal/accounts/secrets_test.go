package accounts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustNames(t *testing.T, slug string) Names {
	t.Helper()
	names, err := For(slug)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestSecretsLieUnderPlatformStackAndInstance(t *testing.T) {
	if got, want := mustNames(t, "north-campus").SecretPath("campus", "prod", MongoDB), "/campus/prod/north-campus/mongodb"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSecretsHoldTutorsOwnSettings(t *testing.T) {
	names := mustNames(t, "acme")
	secret := func(letter string) string { return strings.Repeat(letter, PasswordLength) }
	mysql, err := names.MySQLSettings(Server{"sql.example.org", 3306}, map[string]string{
		"openedxacme": secret("a"), "discoveryacme": secret("b"), "credsacme": secret("c"), "tutoracme": secret("d"),
	}, "discovery", "credentials")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"RUN_MYSQL": "false", "MYSQL_HOST": "sql.example.org", "MYSQL_PORT": "3306",
		"MYSQL_ROOT_USERNAME": "tutoracme", "MYSQL_ROOT_PASSWORD": secret("d"),
		"OPENEDX_MYSQL_DATABASE": "openedxacme", "OPENEDX_MYSQL_USERNAME": "openedxacme", "OPENEDX_MYSQL_PASSWORD": secret("a"),
		"DISCOVERY_MYSQL_DATABASE": "discoveryacme", "DISCOVERY_MYSQL_USERNAME": "discoveryacme", "DISCOVERY_MYSQL_PASSWORD": secret("b"),
		"CREDENTIALS_MYSQL_DATABASE": "credsacme", "CREDENTIALS_MYSQL_USERNAME": "credsacme", "CREDENTIALS_MYSQL_PASSWORD": secret("c"),
	}
	if diff := cmp.Diff(want, mysql); diff != "" {
		t.Error(diff)
	}
	mongo, err := names.MongoSettings(Server{"mongo.campus.internal", 27017}, "rs0", secret("e"))
	if err != nil {
		t.Fatal(err)
	}
	want = map[string]string{
		"RUN_MONGODB": "false", "MONGODB_HOST": "mongo.campus.internal", "MONGODB_PORT": "27017", "MONGODB_DATABASE": "openedxacme",
		"MONGODB_USERNAME": "openedxacme", "MONGODB_PASSWORD": secret("e"), "MONGODB_REPLICA_SET": "rs0",
		"MONGODB_USE_SSL": "true", "MONGODB_AUTH_SOURCE": "admin",
	}
	if diff := cmp.Diff(want, mongo); diff != "" {
		t.Error(diff)
	}
}

func TestTheCachesRedisHasNamesOfItsOwnBesideTutors(t *testing.T) {
	broker := RedisGroup{Server{"broker.example.org", 6379}, strings.Repeat("f", PasswordLength)}
	cache := RedisGroup{Server{"cache.example.org", 6380}, strings.Repeat("g", PasswordLength)}
	got, err := mustNames(t, "acme").RedisSettings(broker, cache, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"RUN_REDIS": "false", "REDIS_HOST": "broker.example.org", "REDIS_PORT": "6379", "REDIS_USERNAME": "default",
		"REDIS_PASSWORD": broker.Token, "OPENEDX_CELERY_REDIS_DB": "6", "OPENEDX_CACHE_REDIS_DB": "7",
		"CLOUD_CACHE_REDIS_HOST": "cache.example.org", "CLOUD_CACHE_REDIS_PORT": "6380",
		"CLOUD_CACHE_REDIS_USERNAME": "default", "CLOUD_CACHE_REDIS_PASSWORD": cache.Token,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestASecretThatTutorWouldHaveToQuoteIsRefusedWithoutRepeatingIt(t *testing.T) {
	names, bad := mustNames(t, "acme"), strings.Repeat("a", 20)+"$(id)"
	_, mysql := names.MySQLSettings(Server{}, map[string]string{"tutoracme": strings.Repeat("a", 20), "openedxacme": bad})
	_, bootstrap := names.MySQLSettings(Server{}, map[string]string{"tutoracme": bad, "openedxacme": strings.Repeat("a", 20)})
	_, mongo := names.MongoSettings(Server{}, "rs0", bad)
	good := RedisGroup{Token: strings.Repeat("a", 20)}
	_, broker := names.RedisSettings(RedisGroup{Token: bad}, good, 0)
	_, cache := names.RedisSettings(good, RedisGroup{Token: bad}, 0)
	for store, err := range map[string]error{"mysql": mysql, "bootstrap": bootstrap, "mongo": mongo, "broker": broker, "cache": cache} {
		if err == nil || strings.Contains(err.Error(), bad) || !strings.Contains(err.Error(), `"acme"`) {
			t.Errorf("%s: got %v", store, err)
		}
	}
	if _, err := names.MySQLSettings(Server{}, map[string]string{"tutoracme": strings.Repeat("a", 20)}); err == nil {
		t.Error("a missing password is accepted")
	}
}
