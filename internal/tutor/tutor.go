// Package tutor hands an Open edX instance over to Tutor: the config.yml of its root, and a plugin in Tutor's YAML format
// that carries what no key of config.yml can.
//
// It is written against Tutor 21 and 22, https://docs.tutor.edly.io, whose keys, patches and objects it names. It may import
// the standard library, sigs.k8s.io/yaml and the other pure packages under internal: no provider SDK, no Pulumi.
package tutor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/openedx/internal/workloads"
)

// Instance is what is known of an Open edX instance once everything around it is there.
type Instance struct {
	Slug string
	// Namespace is where Tutor deploys it. It is not Tutor's to make or to delete.
	Namespace string
	// LMS, Studio and Apps are its hosts; that of Meilisearch is among the settings.
	LMS, Studio, Apps string
	// Settings are those of the stores, of mail, of Meilisearch and of Tutor's own keys, by Tutor's names.
	Settings map[string]string
	Bucket   Bucket
	// MySQL and Mongo are whom their servers' certificates come from.
	MySQL, Mongo Authority
	// Pods are the sizes of the workloads, Workers how many processes of uWSGI each pod of the LMS and of Studio has, and
	// Children how many of Celery each pod of a worker.
	Pods              []workloads.Pods
	Workers, Children int
	// SearchGiB is the size of Meilisearch's volume.
	SearchGiB int
	// Spot says that there are nodes for workers that AWS may take back, and CodeJail
	// that there are nodes for what learners write.
	Spot, CodeJail bool
}

// Bucket is where the instance's files are.
type Bucket struct {
	Name, Region string
	// PublicHost serves what lies below PublicPrefix to anybody; it is empty where nobody does.
	PublicHost, PublicPrefix string
}

// Authority is the certificate that a server's is checked against: PEM itself, or the URL of it. Both are empty where the
// operating system knows it.
type Authority struct{ PEM, URL string }

// given tells whether the operating system does not know the authority.
func (a Authority) given() bool { return a.PEM != "" || a.URL != "" }

// Settings reads the secrets of an instance, each a JSON object, and puts them together.
func Settings(secrets ...string) (map[string]string, error) {
	all := map[string]string{}
	for _, secret := range secrets {
		var some map[string]string
		if err := json.Unmarshal([]byte(secret), &some); err != nil {
			// Not the error itself: it repeats a part of the secret.
			return nil, errors.New("a secret of the instance is no JSON object of texts")
		}
		for _, key := range slices.Sorted(maps.Keys(some)) {
			if _, taken := all[key]; taken {
				return nil, fmt.Errorf("two secrets of the instance hold %s", key)
			}
			all[key] = some[key]
		}
	}
	return all, nil
}

// check finds what would come out of Tutor as something else, or not at all.
func (i Instance) check() error {
	for _, given := range []struct{ what, text string }{
		{"slug", i.Slug},
		{"namespace", i.Namespace},
		{"host of the LMS", i.LMS},
		{"host of Studio", i.Studio},
		{"host of the frontends", i.Apps},
		{"bucket", i.Bucket.Name},
		{"region of the bucket", i.Bucket.Region},
	} {
		if given.text == "" {
			return fmt.Errorf("no %s", given.what)
		}
	}
	for _, text := range []string{
		i.Namespace, i.LMS, i.Studio, i.Apps, i.Bucket.Name, i.Bucket.Region, i.Bucket.PublicHost, i.Bucket.PublicPrefix,
		i.MySQL.PEM, i.MySQL.URL, i.Mongo.PEM, i.Mongo.URL,
	} {
		if opening := template(text); opening != "" {
			return fmt.Errorf("%q holds %q, which begins a template of Tutor", text, opening)
		}
	}
	if i.Workers < 1 || i.Children < 1 || i.SearchGiB < 1 {
		return fmt.Errorf("%d processes of uWSGI, %d of Celery and %d GiB for meilisearch", i.Workers, i.Children, i.SearchGiB)
	}
	return i.checkPods()
}

// checkPods wants a size for every workload.
func (i Instance) checkPods() error {
	for _, workload := range workloads.All() {
		pods, sized := i.pods(workload.Name)
		if !sized {
			return fmt.Errorf("no size for %s", workload.Name)
		}
		if pods.CPU < 1 || pods.Memory < 1 || pods.MemoryLimit < pods.Memory {
			return fmt.Errorf("%s asks for %dm and %d MiB of at most %d", workload.Name, pods.CPU, pods.Memory, pods.MemoryLimit)
		}
	}
	return nil
}

// pods are the sizes of a workload.
func (i Instance) pods(workload string) (workloads.Pods, bool) {
	at := slices.IndexFunc(i.Pods, func(pods workloads.Pods) bool { return pods.Workload == workload })
	if at < 0 {
		return workloads.Pods{}, false
	}
	return i.Pods[at], true
}

// template returns what in a text Tutor would take for the beginning of a template of Jinja, or nothing.
func template(text string) string {
	for _, opening := range []string{"{{", "{%", "{#"} {
		if strings.Contains(text, opening) {
			return opening
		}
	}
	return ""
}
