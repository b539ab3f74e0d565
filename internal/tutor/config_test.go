package tutor_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/tutor"
)

// parsed is the config.yml of an instance as Tutor reads it.
func parsed(t *testing.T, i tutor.Instance) map[string]any {
	t.Helper()
	text, err := i.Config()
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.UnmarshalStrict([]byte(text), &values); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return values
}

func TestConfigHoldsEverythingThatTutorHasToKnow(t *testing.T) {
	want := map[string]any{
		"ID": strings.Repeat("0a", 12), "OPENEDX_SECRET_KEY": secret("g"), "CMS_OAUTH2_SECRET": secret("h"), "JWT_RSA_PRIVATE_KEY": signingKey,
		"PLUGINS":  []any{"mfe", "cloud"},
		"LMS_HOST": "learn.example.org", "CMS_HOST": "studio.learn.example.org", "MFE_HOST": "apps.learn.example.org",
		"K8S_NAMESPACE": "instance-main", "CONTACT_EMAIL": "noreply@campus.example.org", "ENABLE_HTTPS": true, "ENABLE_WEB_PROXY": false,
		"RUN_MYSQL": false, "MYSQL_HOST": "sql.internal", "MYSQL_PORT": 3306.0, "MYSQL_ROOT_USERNAME": "tutormain", "MYSQL_ROOT_PASSWORD": secret("b"),
		"OPENEDX_MYSQL_DATABASE": "openedxmain", "OPENEDX_MYSQL_USERNAME": "openedxmain", "OPENEDX_MYSQL_PASSWORD": secret("a"),
		"RUN_MONGODB": false, "MONGODB_HOST": "mongo.internal", "MONGODB_PORT": 27017.0, "MONGODB_DATABASE": "openedxmain", "MONGODB_USERNAME": "openedxmain",
		"MONGODB_PASSWORD": secret("e"), "MONGODB_REPLICA_SET": "rs0", "MONGODB_USE_SSL": true, "MONGODB_AUTH_SOURCE": "admin",
		"RUN_REDIS": false, "REDIS_HOST": "broker.internal", "REDIS_PORT": 6379.0, "REDIS_USERNAME": "default", "REDIS_PASSWORD": secret("c"),
		"OPENEDX_CELERY_REDIS_DB": 6.0, "OPENEDX_CACHE_REDIS_DB": 7.0,
		"CLOUD_CACHE_REDIS_HOST": "cache.internal", "CLOUD_CACHE_REDIS_PORT": 6380.0, "CLOUD_CACHE_REDIS_USERNAME": "default", "CLOUD_CACHE_REDIS_PASSWORD": secret("d"),
		"RUN_MEILISEARCH": true, "MEILISEARCH_HOST": "meilisearch.learn.example.org", "MEILISEARCH_PUBLIC_URL": "https://meilisearch.learn.example.org",
		"MEILISEARCH_URL": "http://meilisearch:7700", "MEILISEARCH_INDEX_PREFIX": "openedxmain_", "MEILISEARCH_MASTER_KEY": secret("f"),
		"MEILISEARCH_API_KEY_UID": "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f",
		// printf 0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f | openssl dgst -sha256 -hmac ffffffffffffffffffffffffffffffff
		"MEILISEARCH_API_KEY": "23dc5a4effad78b2e1f83f495a67b116f1cbddc3dceec4b2d18e2c2ee37fd96c",
		"RUN_SMTP":            false, "SMTP_HOST": "mail.example.org", "SMTP_PORT": 587.0, "SMTP_USERNAME": "AKIA", "SMTP_PASSWORD": "smtp+password/=",
		"SMTP_USE_TLS": true, "SMTP_USE_SSL": false,
		"OPENEDX_AWS_ACCESS_KEY": "", "OPENEDX_AWS_SECRET_ACCESS_KEY": "",
		"OPENEDX_LMS_UWSGI_WORKERS": 3.0, "OPENEDX_CMS_UWSGI_WORKERS": 3.0,
	}
	if diff := cmp.Diff(want, parsed(t, instance(t, 2))); diff != "" {
		t.Error(diff)
	}
}

func TestConfigHoldsEveryKeyThatIsNeededAndNoneThatTutorDoesNotKnow(t *testing.T) {
	values := parsed(t, instance(t, 1))
	needed, known := tutor.Keys()
	for _, key := range needed {
		if _, there := values[key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
	for key := range values {
		if !slices.Contains(known, key) {
			t.Errorf("Tutor does not know %s", key)
		}
	}
	if len(needed) < 50 {
		t.Errorf("only %d keys are needed", len(needed))
	}
}

func TestASettingThatIsMissingUnknownOrOfAnotherKindIsRefusedWithoutItsValue(t *testing.T) {
	for what, edit := range map[string]func(map[string]string){
		"setting MONGODB_PASSWORD is missing":                func(s map[string]string) { delete(s, "MONGODB_PASSWORD") },
		"tutor has no setting MONGO_PASSWORD":                func(s map[string]string) { s["MONGO_PASSWORD"] = secret("z") },
		"setting MYSQL_PORT is no number":                    func(s map[string]string) { s["MYSQL_PORT"] = secret("z") },
		"setting RUN_REDIS is neither":                       func(s map[string]string) { s["RUN_REDIS"] = secret("z") },
		"setting SMTP_PASSWORD holds \"{%\"":                 func(s map[string]string) { s["SMTP_PASSWORD"] = "{%" + secret("z") },
		"setting LMS_HOST is given twice":                    func(s map[string]string) { s["LMS_HOST"] = secret("z") },
		"setting PLUGINS is a list":                          func(s map[string]string) { s["PLUGINS"] = secret("z") },
		"setting CLOUD_CACHE_REDIS_PORT is no number":        func(s map[string]string) { s["CLOUD_CACHE_REDIS_PORT"] = secret("z") },
		"setting JWT_RSA_PRIVATE_KEY is missing":             func(s map[string]string) { delete(s, "JWT_RSA_PRIVATE_KEY") },
		"setting MEILISEARCH_MASTER_KEY holds \"{{\", which": func(s map[string]string) { s["MEILISEARCH_MASTER_KEY"] = "{{" + secret("z") },
	} {
		i := instance(t, 1)
		i.Settings = maps.Clone(i.Settings)
		edit(i.Settings)
		_, err := i.Config()
		if err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), `"main"`) {
			t.Errorf("got %v, want %s", err, what)
		} else if strings.Contains(err.Error(), secret("z")) {
			t.Errorf("the error repeats the value: %v", err)
		}
	}
}

func TestAnInstanceThatLacksSomethingIsRefusedWhole(t *testing.T) {
	for what, edit := range map[string]func(*tutor.Instance){
		"no host of Studio":      func(i *tutor.Instance) { i.Studio = "" },
		"no region":              func(i *tutor.Instance) { i.Bucket.Region = "" },
		"0 processes of uWSGI":   func(i *tutor.Instance) { i.Workers = 0 },
		"0 of Celery":            func(i *tutor.Instance) { i.Children = 0 },
		"0 GiB":                  func(i *tutor.Instance) { i.SearchGiB = 0 },
		"no size for caddy":      func(i *tutor.Instance) { i.Pods = slices.DeleteFunc(sizes(), named("caddy")) },
		"lms asks for":           func(i *tutor.Instance) { i.Pods = sizes(); i.Pods[0].MemoryLimit = i.Pods[0].Memory - 1 },
		"begins a template":      func(i *tutor.Instance) { i.Bucket.Name = "{{ LMS_HOST }}" },
		`holds "{#"`:             func(i *tutor.Instance) { i.Mongo.PEM = "{#" },
		`holds "{%", which begi`: func(i *tutor.Instance) { i.LMS = "{% raw %}" },
	} {
		i := instance(t, 1)
		edit(&i)
		_, config := i.Config()
		_, plugin := i.Plugin()
		for _, err := range []error{config, plugin} {
			if err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("got %v, want %s", err, what)
			}
		}
	}
}

func TestSecretsArePutTogetherAndNeverRepeated(t *testing.T) {
	all, err := tutor.Settings(`{"A": "1"}`, `{"B": "2"}`)
	if diff := cmp.Diff(map[string]string{"A": "1", "B": "2"}, all); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	for _, secrets := range [][]string{{`{"A": "hunter2"}`, `{"A": "hunter2"}`}, {`{"A": "hunter2"`}, {`{"A": {"B": "hunter2"}}`}, {"hunter2"}} {
		if _, err := tutor.Settings(secrets...); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v", secrets, err)
		}
	}
}
