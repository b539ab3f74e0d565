// Package stackfile reads a stack's settings file, as Pulumi would hand it to the
// program, for commands that answer questions about a stack without deploying it.
// Secrets stay encrypted: only that they are there is known. It may import config
// and plan.
package stackfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// sealed is the key under which Pulumi writes an encrypted value.
const sealed = "secure"

// Read reads Pulumi.<stack>.yaml in a folder.
func Read(folder, stack string) (config.Source, error) {
	//nolint:gosec // whoever asks names a file of their own
	text, err := os.ReadFile(filepath.Join(folder, "Pulumi."+stack+".yaml"))
	if err != nil {
		return config.Source{}, fmt.Errorf("stack %q: %w", stack, err)
	}
	source, err := parse(stack, text)
	if err != nil {
		return config.Source{}, fmt.Errorf("stack %q: %w", stack, err)
	}
	return source, nil
}

// Plan makes the plan of the stack whose file is in a folder, or says everything that
// is wrong with its settings.
func Plan(folder, stack string) (plan.Plan, error) {
	source, err := Read(folder, stack)
	if err != nil {
		return plan.Plan{}, err
	}
	settings, problems := config.Read(source)
	planned, more := plan.Resolve(settings)
	return planned, problems.Add(more...).Err()
}

// parse reads the text of a settings file.
func parse(stack string, text []byte) (config.Source, error) {
	var file struct {
		Config map[string]any `json:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return config.Source{}, err
	}
	source := config.Source{Stack: stack, Values: map[string]string{}}
	for key, value := range file.Config {
		if object, ok := value.(map[string]any); ok && object[sealed] != nil {
			source.Values[key], source.Secret = sealed, append(source.Secret, key)
			continue
		}
		if text, ok := value.(string); ok {
			source.Values[key] = text
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return config.Source{}, fmt.Errorf("value of %q: %w", key, err)
		}
		source.Values[key] = string(encoded)
	}
	slices.Sort(source.Secret)
	return source, nil
}
