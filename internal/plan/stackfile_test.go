package plan_test

import (
	"encoding/json"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/tests/badconfig"
)

// stackFile reads the values of a committed stack file.
func stackFile(t *testing.T, preset config.Preset) map[string]any {
	t.Helper()
	return badconfig.Case{Base: string(preset)}.Values(t)
}

// source turns values into what Pulumi hands a program: texts as they are, the
// rest as JSON.
func source(t *testing.T, stack string, values map[string]any) config.Source {
	t.Helper()
	texts := map[string]string{}
	for key, value := range values {
		if text, ok := value.(string); ok {
			texts[key] = text
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		texts[key] = string(text)
	}
	return config.Source{Stack: stack, Values: texts}
}

// settings reads the settings of a committed stack file, which must be good.
func settings(t *testing.T, preset config.Preset) config.Settings {
	t.Helper()
	read, problems := config.Read(source(t, string(preset), stackFile(t, preset)))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return read
}
