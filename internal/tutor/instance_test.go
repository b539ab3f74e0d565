package tutor_test

import (
	"maps"
	"strings"
	"testing"

	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tutor"
	"example.org/openedx/internal/workloads"
)

// secret is a password as the platform makes them.
func secret(letter string) string { return strings.Repeat(letter, accounts.PasswordLength) }

const signingKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n"

// instance is one as the platform hands it over, with one Redis for everything or with two.
func instance(t *testing.T, redis int) tutor.Instance {
	t.Helper()
	names, err := accounts.For("main")
	if err != nil {
		t.Fatal(err)
	}
	broker := accounts.RedisGroup{Server: accounts.Server{Host: "broker.internal", Port: 6379}, Token: secret("c")}
	cache := broker
	if redis == 2 {
		cache = accounts.RedisGroup{Server: accounts.Server{Host: "cache.internal", Port: 6380}, Token: secret("d")}
	}
	settings := map[string]string{}
	for _, made := range []func() (map[string]string, error){
		func() (map[string]string, error) {
			return names.MySQLSettings(accounts.Server{Host: "sql.internal", Port: 3306}, map[string]string{
				names.User: secret("a"), names.Bootstrap: secret("b"),
			})
		},
		func() (map[string]string, error) {
			return names.MongoSettings(accounts.Server{Host: "mongo.internal", Port: 27017}, "rs0", secret("e"))
		},
		func() (map[string]string, error) { return names.RedisSettings(broker, cache, 3) },
		func() (map[string]string, error) {
			return accounts.SMTPSettings(accounts.MailServer{
				Server: accounts.Server{Host: "mail.example.org", Port: 587}, User: "AKIA", Password: "smtp+password/=",
			}, "noreply@campus.example.org")
		},
		func() (map[string]string, error) {
			return names.MeilisearchSettings("meilisearch.learn.example.org", secret("f"), strings.Repeat("0f", 16))
		},
		func() (map[string]string, error) {
			return names.TutorSettings(accounts.TutorKeys{
				ID: strings.Repeat("0a", 12), SecretKey: secret("g"), StudioSecret: secret("h"), SigningKey: signingKey,
			})
		},
	} {
		some, err := made()
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(settings, some)
	}
	return tutor.Instance{
		Slug: "main", Namespace: "instance-main", LMS: "learn.example.org", Studio: "studio.learn.example.org", Apps: "apps.learn.example.org",
		Settings: settings, Pods: sizes(), Workers: 3, Children: 4, SearchGiB: 50,
		Bucket: tutor.Bucket{Name: "main-files", Region: "eu-west-1", PublicHost: "learn.example.org", PublicPrefix: "media"},
		MySQL:  tutor.Authority{URL: "https://certificates.example.com/all.pem"},
		Mongo:  tutor.Authority{PEM: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"},
	}
}

// sizes are another one for each workload.
func sizes() []workloads.Pods {
	var pods []workloads.Pods
	for i, workload := range workloads.All() {
		pods = append(pods, workloads.Pods{
			Workload: workload.Name, Min: 2, Max: 5, CPU: 100 + i, Memory: 1024 + 256*i, MemoryLimit: 2048 + 256*i,
		})
	}
	return pods
}

// hidden are all texts that no file but config.yml may hold.
func hidden(i tutor.Instance) []string {
	var secrets []string
	for key, value := range i.Settings {
		for _, word := range []string{"PASSWORD", "SECRET", "PRIVATE_KEY", "MASTER_KEY", "API_KEY"} {
			if strings.Contains(key, word) && value != "" && !strings.HasSuffix(key, "_UID") {
				secrets = append(secrets, value)
			}
		}
	}
	return secrets
}
