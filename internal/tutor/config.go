package tutor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sigs.k8s.io/yaml"
)

// Config returns the config.yml of the instance's root: everything that Tutor has to know, and everything that it would
// otherwise draw by lot, so that a root that is lost can be made again.
func (i Instance) Config() (string, error) {
	if err := i.check(); err != nil {
		return "", fmt.Errorf("instance %q: %w", i.Slug, err)
	}
	settings := i.own()
	for _, key := range slices.Sorted(maps.Keys(i.Settings)) {
		if _, taken := settings[key]; taken {
			return "", fmt.Errorf("instance %q: setting %s is given twice", i.Slug, key)
		}
		settings[key] = i.Settings[key]
	}
	values := map[string]any{"PLUGINS": []string{"mfe", PluginName}}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		// The value may be a secret: the error names the key only.
		if opening := template(settings[key]); opening != "" {
			return "", fmt.Errorf("instance %q: setting %s holds %q, which begins a template of Tutor", i.Slug, key, opening)
		}
		written, err := value(key, settings[key])
		if err != nil {
			return "", fmt.Errorf("instance %q: %w", i.Slug, err)
		}
		values[key] = written
	}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if _, given := values[key]; known[key].needed && !given {
			return "", fmt.Errorf("instance %q: setting %s is missing", i.Slug, key)
		}
	}
	written, err := yaml.Marshal(values)
	return string(written), err
}

// own are the settings that come from no secret.
//
// TLS ends at the load balancer, so that Caddy is no proxy to the web, has no volume and can be many; images are Tutor's
// public ones until somebody builds others.
func (i Instance) own() map[string]string {
	workers := strconv.Itoa(i.Workers)
	return map[string]string{
		"LMS_HOST": i.LMS, "CMS_HOST": i.Studio, "MFE_HOST": i.Apps, "K8S_NAMESPACE": i.Namespace,
		"ENABLE_HTTPS": "true", "ENABLE_WEB_PROXY": "false",
		// Written although they are empty: a key that is left in a root would win over the pods' role.
		"OPENEDX_AWS_ACCESS_KEY": "", "OPENEDX_AWS_SECRET_ACCESS_KEY": "",
		"OPENEDX_LMS_UWSGI_WORKERS": workers, "OPENEDX_CMS_UWSGI_WORKERS": workers,
	}
}
