package plan_test

import (
	"slices"
	"testing"

	"example.org/openedx/internal/config"
)

func searchVolume(s *config.Settings, n int) { s.Overrides.Search.StorageGiB = &n }
func indexVolume(s *config.Settings, n int)  { s.Overrides.Meilisearch.VolumeGiB = &n }
func metricVolume(s *config.Settings, n int) { s.Monitoring.VolumeGiB = &n }
func backupDays(s *config.Settings, n int)   { s.Data.BackupDays = &n }

func TestTheWayBackToASmallerPresetTellsAtOnceWhatHasToStay(t *testing.T) {
	s := settings(t, config.Large)
	before := resolve(t, s).Foundations()
	s.Preset = config.Medium
	problems := resolve(t, s).ReplaceProblems(before)
	var keys []string
	for _, problem := range problems {
		keys = append(keys, problem.Key)
	}
	want := []string{
		"openedx:cache.split", "openedx:data.backupDays", "openedx:monitoring.volumeGiB", "openedx:overrides.meilisearch.volumeGiB",
		"openedx:overrides.mongo.volumeGiB", "openedx:overrides.search.storageGiB",
	}
	if !slices.Equal(keys, want) {
		t.Fatalf("refused are %v, want %v", keys, want)
	}
	// What the commands write is enough.
	split(&s, true)
	backupDays(&s, 35)
	metricVolume(&s, 300)
	indexVolume(&s, 100)
	volume(&s, 500)
	searchVolume(&s, 300)
	if problems = resolve(t, s).ReplaceProblems(before); len(problems) > 0 {
		t.Errorf("still refused: %v", problems)
	}
}

func TestAVolumeThatIsNotThereYetDoesNotShrink(t *testing.T) {
	s := settings(t, config.Large)
	s.Instances, s.AddOns.Monitoring, s.Search.Enabled = nil, ptr(false), ptr(false)
	before := resolve(t, s).Foundations()
	s.Preset, s.AddOns.Monitoring, s.Search.Enabled = config.Medium, nil, nil
	s.Instances = map[string]config.Instance{"main": {Slot: ptr(0), LMS: "learn." + s.Domain}}
	split(&s, true)
	volume(&s, 500)
	backupDays(&s, 35)
	if problems := resolve(t, s).ReplaceProblems(before); len(problems) > 0 {
		t.Errorf("refused: %v", problems)
	}
}
