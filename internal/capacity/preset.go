package capacity

import (
	"errors"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// OfPreset is the report on a preset as it is, where one instance has all learners.
func OfPreset(preset config.Preset, learners int, known map[string]float64) (Report, error) {
	slot := 0
	resolved, problems := plan.Resolve(config.Settings{
		Stack: string(preset), Cloud: config.AWS, Preset: preset, Name: "campus", Domain: "campus.example.org", Region: "eu-west-1",
		Capacity:  known,
		Instances: map[string]config.Instance{"main": {LMS: "learn.campus.example.org", Slot: &slot, Learners: &learners}},
	})
	if len(problems) > 0 {
		return Report{}, errors.New(problems[0].Key + " " + problems[0].Want)
	}
	return Of(resolved), nil
}

// presetFor is the smallest preset that is built for so many learners, if one is.
func presetFor(learners int) (config.Preset, bool) {
	for _, preset := range config.Presets() {
		if sizing, _ := plan.SizingOf(preset); learners <= sizing.Learners.Max {
			return preset, true
		}
	}
	return "", false
}
