package tutor

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/accounts"
)

// PluginName is what the plugin is called: it lies in plugins/<name>.yml of the root, and its settings begin with the
// name in capitals.
const PluginName = "cloud"

// pluginVersion is another one whenever an instance has to be deployed anew for what the plugin does.
const pluginVersion = "1.0.0"

// OverridePatch is the patch that is merged into the objects which Tutor makes.
const OverridePatch = "k8s-override"

// The other patches of Tutor that the plugin has something for, as
// https://docs.tutor.edly.io/reference/patches.html lists them.
const (
	lmsEnvPatch      = "lms-env"
	studioEnvPatch   = "cms-env"
	settingsPatch    = "openedx-common-settings"
	lmsSettingsPatch = "openedx-lms-common-settings"
)

// What the plugin adds to the settings of Open edX.
var (
	//go:embed files/common-settings.py
	commonSettings string
	//go:embed files/lms-settings.py
	lmsSettings string
)

// declared are the settings that the plugin itself has, by their whole names: Tutor knows one Redis only.
var declared = map[string]setting{
	accounts.CacheHost: {text, true}, accounts.CachePort: {number, true},
	accounts.CacheUser: {text, true}, accounts.CachePassword: {text, true},
}

// defaults are what the plugin's settings are in a root that does not have them, by their names without the plugin's:
// the one Redis.
var defaults = map[string]string{ //nolint:gosec // names of settings
	"CACHE_REDIS_HOST": "{{ REDIS_HOST }}", "CACHE_REDIS_PORT": "{{ REDIS_PORT }}",
	"CACHE_REDIS_USERNAME": "{{ REDIS_USERNAME }}", "CACHE_REDIS_PASSWORD": "{{ REDIS_PASSWORD }}",
}

// plugin is a plugin in Tutor's YAML format.
type plugin struct {
	Name    string            `json:"name"`
	Version string            `json:"version"`
	Config  pluginConfig      `json:"config"`
	Patches map[string]string `json:"patches"`
}

type pluginConfig struct {
	Defaults map[string]string `json:"defaults"`
}

// Plugin returns the plugin of the instance. It holds no secret: where it needs one it names the setting.
func (i Instance) Plugin() (string, error) {
	patches, err := i.patches()
	if err != nil {
		return "", fmt.Errorf("instance %q: %w", i.Slug, err)
	}
	written, err := yaml.Marshal(plugin{
		Name: PluginName, Version: pluginVersion, Config: pluginConfig{Defaults: defaults}, Patches: patches,
	})
	return string(written), err
}

// Patch returns one patch of the plugin, as Tutor gets it.
func (i Instance) Patch(name string) (string, error) {
	patches, err := i.patches()
	if err != nil {
		return "", fmt.Errorf("instance %q: %w", i.Slug, err)
	}
	patch, ok := patches[name]
	if !ok {
		return "", fmt.Errorf("instance %q: the plugin has no patch %q", i.Slug, name)
	}
	return patch, nil
}

// patches are all that the plugin changes, by Tutor's names of the places.
func (i Instance) patches() (map[string]string, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	override, err := i.override()
	if err != nil {
		return nil, err
	}
	cloud, err := json.Marshal(i.cloud())
	if err != nil {
		return nil, err
	}
	// The key is there a second time, and the last one counts.
	transport := "CELERY_BROKER_TRANSPORT: rediss\n"
	return map[string]string{
		OverridePatch: override, lmsEnvPatch: transport, studioEnvPatch: transport,
		settingsPatch:    "_cloud = " + string(cloud) + "\n" + commonSettings,
		lmsSettingsPatch: lmsSettings,
	}, nil
}

// cloud is what the settings of Open edX are made from. Every value is a text or a number, which JSON and Python write
// in the same way.
func (i Instance) cloud() map[string]any {
	return map[string]any{
		"bucket": i.Bucket.Name, "region": i.Bucket.Region,
		"public_host": i.Bucket.PublicHost, "public_prefix": i.Bucket.PublicPrefix,
		"mysql_authority":   i.MySQL.file("mysql"),
		"mongodb_authority": i.Mongo.file("mongodb"),
		"children":          i.Children,
	}
}
