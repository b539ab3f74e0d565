package plan

import (
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

// Promise is the least that a setting may be in a preset, because of what the
// preset promises.
type Promise struct {
	Key string
	// Least is 0 where the preset promises nothing.
	Least int
	// Because says what the promise is good for.
	Because string
}

// promised is a setting that a preset may have made a promise about.
type promised struct {
	key     string
	written func(config.Settings) *int
	least   func(Sizing) int
	because string
}

// takesOver is one reader, where the preset has any: the first one is the promise
// of a short failover, and the others are for load.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
func takesOver(s Sizing) int { return min(s.MySQLReaders, 1) }

// promises lists them in the order of the sizing table. Logs are not among them:
// they hold what the law may want gone sooner. Nor is where copies of backups go,
// and whether there are any: that may be the law's affair too.
var promises = []promised{
	{
		keyMySQLReaders, func(s config.Settings) *int { return s.Overrides.MySQL.Readers }, takesOver,
		"a reader takes over within a minute when the writer is lost; without one Aurora makes a new writer, which takes about ten",
	},
	{
		keySearchNodes, func(s config.Settings) *int { return s.Overrides.Search.Nodes },
		func(s Sizing) int { return min(s.SearchNodes, searchZones) },
		"of two, the loss of the wrong one leaves no majority, and the search stands still until AWS has replaced it",
	},
	{
		keyBackupDays, func(s config.Settings) *int { return s.Data.BackupDays }, func(s Sizing) int { return s.BackupDays },
		"so many days back MySQL and MongoDB can be taken",
	},
	{
		keyNoncurrent, func(s config.Settings) *int { return s.Storage.NoncurrentDays }, func(s Sizing) int { return s.NoncurrentDays },
		"so many days an upload can be brought back that was overwritten or deleted by mistake",
	},
	{
		keyCopyDays, func(s config.Settings) *int { return s.Backup.CopyDays }, copiesKept,
		"so many days back the platform can be taken after the loss of its region",
	},
	{
		keyMonthly, func(s config.Settings) *int { return s.Backup.MonthlyMonths }, func(s Sizing) int { return s.MonthlyMonths },
		"so many months later somebody may still miss what was deleted",
	},
	{
		keyPods + ".lmsWorker.min", func(s config.Settings) *int { return s.Overrides.Pods.LMSWorker.Min },
		func(s Sizing) int { return min(s.LMSWorkerMin, spare) }, another,
	},
	{
		keyPods + ".cmsWorker.min", func(s config.Settings) *int { return s.Overrides.Pods.CMSWorker.Min },
		func(s Sizing) int { return min(s.CMSWorkerMin, spare) }, another,
	},
}

// another is what the second worker is for.
const another = "a second worker does the tasks while the first is moved or replaced"

// copiesKept is how long copies are kept, where the preset makes any.
func copiesKept(s Sizing) int {
	if s.Copy == config.CopyNever {
		return 0
	}
	return s.CopyDays
}

// Promises lists what a preset promises, in the order of the sizing table.
func Promises(preset config.Preset) []Promise {
	sizing := presets[preset]
	list := make([]Promise, len(promises))
	for i, p := range promises {
		list[i] = Promise{Key: p.key, Least: p.least(sizing), Because: p.because}
	}
	return list
}

// kept wants overrides to keep what the preset promises. Who wants less takes a
// smaller preset, whose promises are smaller, or says that nobody learns here. It
// is the last rule: of a value that no preset takes something was said already.
func (c *checker) kept() {
	for _, p := range promises {
		got, least := p.written(c.settings), c.least(p.key)
		if got == nil || *got >= least || c.refused(p.key) {
			continue
		}
		c.refuseFor(p.key, fmt.Sprint(*got), fmt.Sprintf("is less than the %d that preset %s promises: %s; %d or more are wanted, "+
			"or openedx:disposable where nobody learns", least, c.settings.Preset, p.because, least), fmt.Sprint(least))
	}
}

// least is what the preset promises of a key, and 0 where it promises nothing.
func (c *checker) least(key string) int {
	i := slices.IndexFunc(promises, func(p promised) bool { return p.key == key })
	if i < 0 || !c.sized || c.settings.Disposable {
		return 0
	}
	return promises[i].least(c.sizing)
}

// refused tells whether something was said of a key already, or of what it is in.
func (c *checker) refused(key string) bool {
	return slices.ContainsFunc(c.problems, func(p config.Problem) bool { return p.Key == key || strings.HasPrefix(key, p.Key+".") })
}
