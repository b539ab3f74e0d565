package capacity_test

import (
	"fmt"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// settings are a preset's with instances i0, i1 and so on that expect so many
// learners; those that expect none do not say so.
func settings(preset config.Preset, learners ...int) config.Settings {
	s := config.Settings{
		Stack: string(preset), Cloud: config.AWS, Preset: preset, Name: "campus", Domain: "campus.example.org", Region: "eu-west-1",
		Instances: map[string]config.Instance{},
	}
	for i, expected := range learners {
		instance := config.Instance{LMS: fmt.Sprintf("i%d.campus.example.org", i), Slot: ptr(i)}
		if expected > 0 {
			instance.Learners = ptr(expected)
		}
		s.Instances[fmt.Sprintf("i%d", i)] = instance
	}
	return s
}

func ptr[T any](value T) *T { return &value }

// resolve plans settings, which must be good.
func resolve(t *testing.T, s config.Settings) plan.Plan {
	t.Helper()
	resolved, problems := plan.Resolve(s)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return resolved
}

// change is settings with something else.
func change(s config.Settings, set func(*config.Settings)) config.Settings {
	set(&s)
	return s
}
