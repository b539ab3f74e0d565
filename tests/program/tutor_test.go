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

func TestTutorIsHandedTheStoresThatThereAre(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		graph := run(t, settings(preset, two()))
		all := handOff(t, graph)
		if len(all) != 2 {
			t.Fatalf("%d instances are handed over", len(all))
		}
		for slug, one := range all {
			values := one.read(t)
			for setting, output := range map[string]string{
				"MYSQL_HOST": "mysqlHost", "MONGODB_HOST": "mongoHost", "REDIS_HOST": "queueHost", "CLOUD_CACHE_REDIS_HOST": "cacheHost", "SMTP_HOST": "mailHost",
			} {
				var host string
				if resolved(t, graph, output, &host); host == "" || values[setting] != host {
					t.Errorf("%s: %s is %v, and the store's is %s", slug, setting, values[setting], host)
				}
			}
			var instances map[string]map[string]any
			resolved(t, graph, "instances", &instances)
			for setting, field := range map[string]string{
				"LMS_HOST": "lms", "CMS_HOST": "studio", "MFE_HOST": "apps", "MEILISEARCH_HOST": "meilisearch", "K8S_NAMESPACE": "namespace",
			} {
				if want := instances[slug][field]; values[setting] != want {
					t.Errorf("%s: %s is %v, want %v", slug, setting, values[setting], want)
				}
			}
			if bucket := fmt.Sprintf("%q: %q", "bucket", instances[slug]["bucket"]); !strings.Contains(one.Plugin, strings.ReplaceAll(bucket, ": ", ":")) {
				t.Errorf("%s: the plugin does not know %s", slug, bucket)
			}
		}
		numbers := []any{all["main"].read(t)["OPENEDX_CELERY_REDIS_DB"], all["main"].read(t)["OPENEDX_CACHE_REDIS_DB"], all["staff"].read(t)["OPENEDX_CELERY_REDIS_DB"]}
		if diff := cmp.Diff([]any{0.0, 1.0, 10.0}, numbers); diff != "" {
			t.Errorf("databases of Redis: %s", diff)
		}
	})
}

func TestTutorIsHandedWhatTheSecretsHoldAndWhatTheStoresWereMadeWith(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		graph := run(t, settings(preset, two()))
		for slug, one := range handOff(t, graph) {
			values, seen := one.read(t), 0
			for _, version := range graph.All("aws:secretsmanager/secretVersion:SecretVersion") {
				secret := strings.TrimSuffix(version.Name, "-value")
				if !strings.HasPrefix(text(graph.One(t, "aws:secretsmanager/secret:Secret", secret), "name"), "/campus/test/"+slug+"/") {
					continue
				}
				var kept map[string]string
				if err := json.Unmarshal([]byte(version.Text(t, "secretString")), &kept); err != nil {
					t.Fatal(err)
				}
				seen++
				for setting, value := range kept {
					if fmt.Sprint(values[setting]) != value {
						t.Errorf("%s: %s is not what %s holds", slug, setting, secret)
					}
				}
			}
			if seen != 6 {
				t.Errorf("%s has %d secrets", slug, seen)
			}
			made := map[string]string{
				"OPENEDX_MYSQL_PASSWORD": "campus-accounts-" + slug + "-mysql-password", "MONGODB_PASSWORD": "campus-accounts-" + slug + "-mongodb-password",
				"MYSQL_ROOT_PASSWORD": "campus-accounts-" + slug + "-bootstrap-password", "MEILISEARCH_MASTER_KEY": "campus-tutor-" + slug + "-search-key",
			}
			for setting, password := range made {
				if values[setting] != harness.Password(password, 32) {
					t.Errorf("%s: %s is not that of %s", slug, setting, password)
				}
			}
			groups := graph.All("aws:elasticache/replicationGroup:ReplicationGroup")
			for _, setting := range []string{"REDIS", "CLOUD_CACHE_REDIS"} {
				opens := false
				for _, group := range groups {
					if values[setting+"_HOST"] == group.Name+".example.internal" {
						opens = values[setting+"_PASSWORD"] == group.Text(t, "authToken") && values[setting+"_PORT"] == group.Value(t, "port").NumberValue()
					}
				}
				if !opens {
					t.Errorf("%s: %s_* open no group of ElastiCache", slug, setting)
				}
			}
			if (values["REDIS_HOST"] == values["CLOUD_CACHE_REDIS_HOST"]) != (len(groups) == 1) {
				t.Errorf("%s: %d groups, queues in %v and caches in %v", slug, len(groups), values["REDIS_HOST"], values["CLOUD_CACHE_REDIS_HOST"])
			}
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
	moved["openedx:instances"].(map[string]any)["main"] = map[string]any{"slot": 7, "weight": 3, "lms": "new.campus.example.org"} //nolint:forcetypeassert,errcheck // two makes it
	if diff := cmp.Diff(before, drawn(run(t, settings(config.Large, moved)))); diff != "" || len(before) != 6 {
		t.Errorf("%d are drawn: %s", len(before), diff)
	}
}
