package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// promises are the settings that a preset makes promises about, by key.
var promises = map[string]func(s *config.Settings, value string){
	"openedx:overrides.mysql.readers":      mysql(func(m *config.MySQLOverride, v string) { m.Readers = number(v) }),
	"openedx:overrides.search.nodes":       search(func(o *config.SearchOverride, v string) { o.Nodes = number(v) }),
	"openedx:data.backupDays":              data(func(d *config.Data, v string) { d.BackupDays = number(v) }),
	"openedx:storage.noncurrentDays":       storage(func(s *config.Storage) **int { return &s.NoncurrentDays }),
	"openedx:backup.copyDays":              backup(func(b *config.Backup, v string) { b.CopyDays = number(v) }),
	"openedx:backup.monthlyMonths":         backup(func(b *config.Backup, v string) { b.MonthlyMonths = number(v) }),
	"openedx:overrides.pods.lmsWorker.min": pods(func(p *config.PodsOverride, v *int) { p.LMSWorker.Min = v }),
	"openedx:overrides.pods.cmsWorker.min": pods(func(p *config.PodsOverride, v *int) { p.CMSWorker.Min = v }),
}

func TestAnOverrideKeepsWhatThePresetPromises(t *testing.T) {
	for _, b := range []boundary{
		{key: "openedx:overrides.mysql.readers", preset: config.Small, good: []string{"0", "1"}},
		{key: "openedx:overrides.mysql.readers", preset: config.Medium, good: []string{"1", "2"}, bad: []string{"0"}},
		{key: "openedx:overrides.mysql.readers", preset: config.Large, good: []string{"1", "2"}, bad: []string{"0"}},
		{key: "openedx:overrides.search.nodes", preset: config.Medium, good: []string{"3"}, bad: []string{"2"}},
		{key: "openedx:overrides.search.nodes", preset: config.Large, good: []string{"3", "6"}, bad: []string{"2"}},
		{key: "openedx:data.backupDays", preset: config.Small, good: []string{"7"}, bad: []string{"6", "1"}},
		{key: "openedx:data.backupDays", preset: config.Medium, good: []string{"14"}, bad: []string{"13"}},
		{key: "openedx:data.backupDays", preset: config.Large, good: []string{"35"}, bad: []string{"34"}},
		{key: "openedx:storage.noncurrentDays", preset: config.Small, good: []string{"30"}, bad: []string{"29"}},
		{key: "openedx:storage.noncurrentDays", preset: config.Large, good: []string{"90"}, bad: []string{"89"}},
		{key: "openedx:backup.copyDays", preset: config.Medium, good: []string{"35"}, bad: []string{"34"}},
		{key: "openedx:backup.copyDays", preset: config.Large, good: []string{"35"}, bad: []string{"34", "1"}},
		{key: "openedx:backup.monthlyMonths", preset: config.Small, good: []string{"0"}},
		{key: "openedx:backup.monthlyMonths", preset: config.Medium, good: []string{"3"}, bad: []string{"2", "0"}},
		{key: "openedx:backup.monthlyMonths", preset: config.Large, good: []string{"12"}, bad: []string{"11"}},
		{key: "openedx:overrides.pods.lmsWorker.min", preset: config.Small, good: []string{"1"}},
		{key: "openedx:overrides.pods.lmsWorker.min", preset: config.Medium, good: []string{"2"}, bad: []string{"1"}},
		{key: "openedx:overrides.pods.cmsWorker.min", preset: config.Large, good: []string{"2"}, bad: []string{"1"}},
	} {
		b.name, b.set = fmt.Sprintf("%s in %s", b.key, b.preset), promises[b.key]
		t.Run(b.name, b.run)
	}
}

func TestSmallPromisesNothingOfTheCopiesThatItDoesNotMake(t *testing.T) {
	s := settings(t, config.Small)
	s.Backup.Copy, s.Backup.CopyDays = ptr(config.CopyWeekly), ptr(7)
	if days := resolve(t, s).Edge.Backup.CopyDays; days != 7 {
		t.Errorf("copies are kept %d days", days)
	}
}

func TestWhatAPresetPromisesIsRefusedWithTheReasonAndAWayOut(t *testing.T) {
	for _, promise := range plan.Promises(config.Medium) {
		s := settings(t, config.Medium)
		promises[promise.Key](&s, fmt.Sprint(promise.Least-1))
		_, problems := plan.Resolve(s)
		if len(problems) != 1 || problems[0].Key != promise.Key {
			t.Errorf("%s: got %v", promise.Key, problems)
			continue
		}
		for _, want := range []string{"preset medium promises", promise.Because, "openedx:disposable"} {
			if !strings.Contains(problems[0].Want, want) {
				t.Errorf("%s: %q lacks %q", promise.Key, problems[0].Want, want)
			}
		}
		s.Disposable = true
		resolve(t, s)
	}
}

func TestNoPromiseIsLessInALargerPreset(t *testing.T) {
	presets := config.Presets()
	for i := 1; i < len(presets); i++ {
		small, large := plan.Promises(presets[i-1]), plan.Promises(presets[i])
		for j := range small {
			if small[j].Key != large[j].Key || small[j].Least > large[j].Least {
				t.Errorf("%s is %d in %s and %d in %s", small[j].Key, small[j].Least, presets[i-1], large[j].Least, presets[i])
			}
		}
		before, _ := plan.SizingOf(presets[i-1])
		after, _ := plan.SizingOf(presets[i])
		if before.MySQLBackMinutes < after.MySQLBackMinutes {
			t.Errorf("MySQL is away for longer in %s than in %s", presets[i], presets[i-1])
		}
	}
}

func TestMySQLIsBackWithinAMinuteExactlyWhereAReaderTakesOver(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		if takesOver := sizing.MySQLReaders > 0; takesOver != (sizing.MySQLBackMinutes <= 1) {
			t.Errorf("%s promises MySQL back in %d minutes, with %d readers", preset, sizing.MySQLBackMinutes, sizing.MySQLReaders)
		}
	}
}
