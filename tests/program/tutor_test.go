package program

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/config"
	"example.org/openedx/tests/harness"
)

// handed is what one instance is handed over to Tutor with.
type handed struct{ Config, Plugin string }

// resolved is a stack output as `pulumi stack output --json --show-secrets` prints it.
func resolved(t *testing.T, graph *harness.Graph, name string, into any) {
	t.Helper()
	got := make(chan []byte, 1)
	pulumi.JSONMarshal(graph.Exports[name]).ApplyT(func(text string) string {
		got <- []byte(text)
		return text
	})
	if err := json.Unmarshal(<-got, into); err != nil {
		t.Fatalf("output %s: %v", name, err)
	}
}

// handOff are all instances that the stack hands over.
func handOff(t *testing.T, graph *harness.Graph) map[string]handed {
	t.Helper()
	var all map[string]handed
	resolved(t, graph, "tutor", &all)
	return all
}

// read are the values of a config.yml.
func (h handed) read(t *testing.T) map[string]any {
	t.Helper()
	var values map[string]any
	if err := yaml.UnmarshalStrict([]byte(h.Config), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// two are two instances.
func two() map[string]any {
	return map[string]any{"openedx:instances": map[string]any{
		"main":  map[string]any{"slot": 0, "lms": "learn.campus.example.org"},
		"staff": map[string]any{"slot": 5, "lms": "staff.campus.example.org", "studio": "authors.campus.example.org"},
	}}
}

// eachHandOff runs a test for both instances of every preset.
func eachHandOff(t *testing.T, test func(*testing.T, *harness.Graph, string, handed)) {
	presets(t, func(t *testing.T, preset config.Preset) {
		graph := run(t, settings(preset, two()))
		all := handOff(t, graph)
		if len(all) != 2 {
			t.Fatalf("%d instances are handed over", len(all))
		}
		for slug, one := range all {
			t.Run(slug, func(t *testing.T) { test(t, graph, slug, one) })
		}
	})
}

func TestTutorIsHandedTheHostsThatTheStackTellsOf(t *testing.T) {
	eachHandOff(t, func(t *testing.T, graph *harness.Graph, slug string, one handed) {
		values := one.read(t)
		for setting, output := range map[string]string{
			"MYSQL_HOST": "mysqlHost", "MONGODB_HOST": "mongoHost", "REDIS_HOST": "queueHost", "CLOUD_CACHE_REDIS_HOST": "cacheHost", "SMTP_HOST": "mailHost",
		} {
			var host string
			if resolved(t, graph, output, &host); host == "" || values[setting] != host {
				t.Errorf("%s is %v, and the store's is %s", setting, values[setting], host)
			}
		}
		var instances map[string]map[string]any
		resolved(t, graph, "instances", &instances)
		for setting, field := range map[string]string{
			"LMS_HOST": "lms", "CMS_HOST": "studio", "MFE_HOST": "apps", "MEILISEARCH_HOST": "meilisearch", "K8S_NAMESPACE": "namespace",
		} {
			if want := instances[slug][field]; values[setting] != want {
				t.Errorf("%s is %v, want %v", setting, values[setting], want)
			}
		}
		if want := fmt.Sprintf("%q:%q", "bucket", instances[slug]["bucket"]); !strings.Contains(one.Plugin, want) {
			t.Errorf("the plugin lacks %s", want)
		}
	})
}

func TestEachInstanceIsHandedItsOwnDatabasesOfRedis(t *testing.T) {
	all := handOff(t, run(t, settings(config.Small, two())))
	for slug, want := range map[string][]any{"main": {0.0, 1.0}, "staff": {10.0, 11.0}} {
		values := all[slug].read(t)
		if diff := cmp.Diff(want, []any{values["OPENEDX_CELERY_REDIS_DB"], values["OPENEDX_CACHE_REDIS_DB"]}); diff != "" {
			t.Errorf("%s: %s", slug, diff)
		}
	}
}

// secretsOf are what the secrets of an instance hold, by their logical names.
func secretsOf(t *testing.T, graph *harness.Graph, slug string) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, secret := range graph.All("aws:secretsmanager/secret:Secret") {
		if !strings.HasPrefix(text(secret, "name"), "/campus/test/"+slug+"/") {
			continue
		}
		var kept map[string]string
		version := graph.One(t, "aws:secretsmanager/secretVersion:SecretVersion", secret.Name+"-value")
		if err := json.Unmarshal([]byte(version.Text(t, "secretString")), &kept); err != nil {
			t.Fatal(err)
		}
		all[secret.Name] = kept
	}
	return all
}

func TestTutorIsHandedWhatTheInstancesSecretsHold(t *testing.T) {
	eachHandOff(t, func(t *testing.T, graph *harness.Graph, slug string, one handed) {
		values, secrets := one.read(t), secretsOf(t, graph, slug)
		if len(secrets) != 6 {
			t.Errorf("%d secrets", len(secrets))
		}
		for name, kept := range secrets {
			for setting, value := range kept {
				if fmt.Sprint(values[setting]) != value {
					t.Errorf("%s is not what %s holds", setting, name)
				}
			}
		}
	})
}

func TestTutorIsHandedThePasswordsThatWereMade(t *testing.T) {
	eachHandOff(t, func(t *testing.T, graph *harness.Graph, slug string, one handed) {
		values := one.read(t)
		for setting, name := range map[string]string{
			"OPENEDX_MYSQL_PASSWORD": "campus-accounts-" + slug + "-mysql-password", "MYSQL_ROOT_PASSWORD": "campus-accounts-" + slug + "-bootstrap-password",
			"MONGODB_PASSWORD": "campus-accounts-" + slug + "-mongodb-password", "MEILISEARCH_MASTER_KEY": "campus-tutor-" + slug + "-search-key",
			"OPENEDX_SECRET_KEY": "campus-tutor-" + slug + "-secret-key", "CMS_OAUTH2_SECRET": "campus-tutor-" + slug + "-studio-secret",
		} {
			made := graph.One(t, "random:index/randomPassword:RandomPassword", name)
			if values[setting] != harness.Password(name, int(made.Value(t, "length").NumberValue())) {
				t.Errorf("%s is not that of %s", setting, name)
			}
		}
	})
}

func TestQueuesAndCachesOpenTheGroupsThatThereAre(t *testing.T) {
	eachHandOff(t, func(t *testing.T, graph *harness.Graph, _ string, one handed) {
		values := one.read(t)
		opened := map[string]bool{}
		for _, group := range graph.All("aws:elasticache/replicationGroup:ReplicationGroup") {
			for _, setting := range []string{"REDIS", "CLOUD_CACHE_REDIS"} {
				if values[setting+"_HOST"] == group.Name+".example.internal" && values[setting+"_PASSWORD"] == group.Text(t, "authToken") &&
					values[setting+"_PORT"] == group.Value(t, "port").NumberValue() {
					opened[setting], opened[group.Name] = true, true
				}
			}
		}
		if want := 2 + graph.Count("aws:elasticache/replicationGroup:ReplicationGroup"); len(opened) != want {
			t.Errorf("only these go together: %v", opened)
		}
	})
}

func TestThePluginHoldsNothingThatWasDrawnByLot(t *testing.T) {
	graph := run(t, settings(config.Large, two()))
	for slug, one := range handOff(t, graph) {
		for _, password := range graph.All("random:index/randomPassword:RandomPassword") {
			drawn := harness.Password(password.Name, int(password.Value(t, "length").NumberValue()))
			if strings.Contains(one.Plugin, drawn) {
				t.Errorf("%s: the plugin holds %s", slug, password)
			}
		}
		if !strings.Contains(one.Plugin, "campus-mongo-authority-pem") {
			t.Errorf("%s: the plugin does not know whom MongoDB's certificates are from", slug)
		}
	}
}

func TestFilesArePublicOnlyWhereCloudFrontServesThem(t *testing.T) {
	for enabled, host := range map[bool]string{true: "learn.campus.example.org", false: ""} {
		one := handOff(t, run(t, settings(config.Small, map[string]any{"openedx:cdn": map[string]any{"enabled": enabled}})))["main"]
		if want := fmt.Sprintf("%q:%q", "public_host", host); !strings.Contains(one.Plugin, want) {
			t.Errorf("CloudFront %t: the plugin lacks %s", enabled, want)
		}
	}
}

// What is drawn by lot is drawn anew when its inputs are others.
func TestGrowthAndNewHostsDrawNoKeyAnew(t *testing.T) {
	drawn := func(graph *harness.Graph) map[string]any {
		all := map[string]any{}
		for _, r := range graph.Resources {
			if strings.HasPrefix(r.Name, "campus-tutor-main-") && (strings.HasPrefix(r.Type, "random:") || strings.HasPrefix(r.Type, "tls:")) {
				all[r.URN] = r.Inputs.Mappable()
			}
		}
		return all
	}
	before := drawn(run(t, settings(config.Small)))
	moved := two()
	moved["openedx:instances"].(map[string]any)["main"] = map[string]any{"slot": 7, "weight": 3, "lms": "new.campus.example.org"} //nolint:errcheck // two makes it
	if diff := cmp.Diff(before, drawn(run(t, settings(config.Large, moved)))); diff != "" || len(before) != 6 {
		t.Errorf("%d are drawn: %s", len(before), diff)
	}
}
