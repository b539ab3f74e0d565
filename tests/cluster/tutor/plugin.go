package tutor

import (
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// Override reads the patch k8s-override out of a plugin in Tutor's YAML format, for
// Instance.Override. What it has for Jobs is left out: Tutor makes those for as long as
// they run, and none is here.
func Override(plugin string) (string, error) {
	var file struct {
		Patches map[string]string `json:"patches"`
	}
	if err := yaml.Unmarshal([]byte(plugin), &file); err != nil {
		return "", fmt.Errorf("plugin: %w", err)
	}
	patch, ok := file.Patches["k8s-override"]
	if !ok {
		return "", errors.New("the plugin changes no objects")
	}
	const separator = "\n---\n"
	var kept []string
	for _, document := range strings.Split("\n"+patch, separator)[1:] {
		var head struct {
			Kind string `json:"kind"`
		}
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return "", fmt.Errorf("k8s-override: %w", err)
		}
		if head.Kind != "Job" {
			kept = append(kept, document)
		}
	}
	return strings.Join(kept, separator), nil
}
