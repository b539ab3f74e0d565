package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/tutor"
)

// Only whoever writes the root may read it.
const (
	folderMode = 0o700
	fileMode   = 0o600
)

// The settings that are looked at, and not only written.
const (
	idSetting      = "ID"
	pluginsSetting = "PLUGINS"
)

// root is a folder that Tutor deploys an instance from.
type root string

func (r root) config() string { return filepath.Join(string(r), "config.yml") }

func (r root) plugins() string { return filepath.Join(string(r), "plugins") }

func (r root) plugin() string { return filepath.Join(r.plugins(), tutor.PluginName+".yml") }

// write writes the root, and says what it did. What an operator has added to a root that is there stays.
func (r root) write(one handed) (string, error) {
	var given map[string]any
	if err := yaml.Unmarshal([]byte(one.Config), &given); err != nil {
		return "", errors.New("the stack's config.yml is no YAML")
	}
	present, err := r.present()
	if err != nil {
		return "", err
	}
	if id := present[idSetting]; id != nil && id != given[idSetting] {
		return "", fmt.Errorf("%s is of another instance: its %s is not the stack's; name another folder, or move the file away", r.config(), idSetting)
	}
	text, err := yaml.Marshal(merged(present, given))
	if err != nil {
		return "", err
	}
	for _, folder := range []string{string(r), r.plugins()} {
		if err := os.MkdirAll(folder, folderMode); err != nil {
			return "", err
		}
		if err := os.Chmod(folder, folderMode); err != nil {
			return "", err
		}
	}
	if err := errors.Join(replace(r.config(), string(text)), replace(r.plugin(), one.Plugin)); err != nil {
		return "", err
	}
	return r.report(present, given), nil
}

// present are the settings that are there already.
func (r root) present() (map[string]any, error) {
	text, err := os.ReadFile(r.config())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var settings map[string]any
	if err := yaml.Unmarshal(text, &settings); err != nil {
		// Not the error itself, which may repeat a secret.
		return nil, fmt.Errorf("%s is no YAML", r.config())
	}
	return settings, nil
}

// merged are the stack's settings, and those that the stack knows nothing of. Of plugins both are enabled.
func merged(present, given map[string]any) map[string]any {
	all := maps.Clone(given)
	for key, value := range present {
		if _, ours := given[key]; !ours {
			all[key] = value
		}
	}
	enabled := list(present[pluginsSetting])
	for _, plugin := range list(given[pluginsSetting]) {
		if !slices.Contains(enabled, plugin) {
			enabled = append(enabled, plugin)
		}
	}
	all[pluginsSetting] = enabled
	return all
}

// list is a value that should be a list.
func list(value any) []any {
	if values, ok := value.([]any); ok {
		return slices.Clone(values)
	}
	return nil
}

// replace writes a file that is whole at any time, and readable to nobody else at any time.
func replace(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Chmod(fileMode), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// report names the files, the settings of an operator that were kept, and those of the stack that are other ones now.
func (r root) report(present, given map[string]any) string {
	var kept, changed []string
	for _, key := range slices.Sorted(maps.Keys(present)) {
		value, ours := given[key]
		switch {
		case !ours:
			kept = append(kept, key)
		case key != pluginsSetting && !reflect.DeepEqual(value, present[key]):
			changed = append(changed, key)
		}
	}
	text := r.config() + "\n" + r.plugin() + "\n"
	if len(changed) > 0 {
		text += "changed: " + strings.Join(changed, ", ") + "\n"
	}
	if len(kept) > 0 {
		text += "kept as they were: " + strings.Join(kept, ", ") + "\n"
	}
	return text
}
