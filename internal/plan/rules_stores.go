package plan

import (
	"cmp"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/redis"
)

const (
	keyBackupDays        = "openedx:data.backupDays"
	keyStoreLogDays      = "openedx:data.logDays"
	keyBackupWindow      = "openedx:data.backupWindow" //nolint:gosec // the name of a key
	keyMaintenanceWindow = "openedx:data.maintenanceWindow"
	keyEmails            = "openedx:alarms.emails"
	keyAllowReplace      = "openedx:allowReplace"
)

// longestBackup is the most days that Aurora and ElastiCache keep automatic backups:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html.
const longestBackup = 35

// dataDays wants retentions that the stores and the log service accept.
func (c *checker) dataDays() {
	c.inRange(keyBackupDays, c.settings.Data.BackupDays, 1, longestBackup, "days")
	c.retention(keyStoreLogDays, c.settings.Data.LogDays)
}

var (
	dailyWindow  = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$`)
	weeklyWindow = regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):([0-5][0-9])-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):([0-5][0-9])$`)
	weekdays     = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)

const (
	minutesADay  = 24 * 60
	minutesAWeek = 7 * minutesADay
	// shortestWindow is ElastiCache's; RDS would take half of it:
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html.
	shortestWindow = 60
)

// windows wants an hour or more for each, at different times: a node that is
// restarted while it is backed up does neither.
func (c *checker) windows() {
	daily, weekly := or(c.settings.Data.BackupWindow, defaultBackupWindow), or(c.settings.Data.MaintenanceWindow, defaultMaintenanceWindow)
	backup, backedUp := windowOf(dailyWindow, daily, minutesADay)
	if !backedUp {
		c.refuseFor(keyBackupWindow, daily, "is no daily window of an hour or more; hours and minutes in UTC are wanted, such as "+
			defaultBackupWindow, defaultBackupWindow)
	}
	maintenance, maintained := windowOf(weeklyWindow, weekly, minutesAWeek)
	if !maintained {
		c.refuseFor(keyMaintenanceWindow, weekly, "is no weekly window of an hour or more; days, hours and minutes in UTC are wanted, such as "+
			defaultMaintenanceWindow, defaultMaintenanceWindow)
	}
	if !backedUp || !maintained || !overlaps(backup, maintenance) {
		return
	}
	key, got, other, otherKey := keyMaintenanceWindow, weekly, daily, keyBackupWindow
	if c.settings.Data.MaintenanceWindow == nil {
		key, got, other, otherKey = otherKey, daily, weekly, key
	}
	fix := config.RemoveCommand(c.settings.Stack, key)
	if c.settings.Data.MaintenanceWindow != nil && c.settings.Data.BackupWindow != nil {
		// What was written for one may overlap what holds by default for the other.
		fix += " && " + config.RemoveCommand(c.settings.Stack, otherKey)
	}
	c.refuse(key, got, "overlaps "+other+" in "+otherKey+"; stores are not backed up and maintained at the same time", fix)
}

// window is a stretch of time in minutes.
type window struct{ start, length int }

// windowOf reads a window inside a round of so many minutes.
func windowOf(form *regexp.Regexp, text string, round int) (window, bool) {
	parts := form.FindStringSubmatch(text)
	if parts == nil {
		return window{}, false
	}
	half := (len(parts) - 1) / 2
	start, end := minuteOf(parts[1:1+half]), minuteOf(parts[1+half:])
	length := (end - start + round) % round
	return window{start, length}, length >= shortestWindow
}

// minuteOf is the minute of the day, or of the week where a day is named.
func minuteOf(parts []string) int {
	minute := 0
	if len(parts) == 3 {
		minute = slices.Index(weekdays, parts[0]) * minutesADay
		parts = parts[1:]
	}
	for i, scale := range []int{60, 1} {
		number, err := strconv.Atoi(parts[i])
		if err != nil {
			return minute // the expression lets digits through only
		}
		minute += number * scale
	}
	return minute
}

// overlaps tells whether a daily window meets a weekly one on any day.
func overlaps(daily, weekly window) bool {
	for minute := range weekly.length {
		if (weekly.start+minute-daily.start+minutesAWeek)%minutesADay < daily.length {
			return true
		}
	}
	return false
}

// emails wants addresses that mail can be sent to.
func (c *checker) emails() {
	list := c.settings.Alarms.Emails
	c.noRepeats(keyEmails, list)
	for i, address := range list {
		if address == "" {
			continue
		}
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			c.refuseEntry(config.Element(keyEmails, i), address, "is no mail address; one such as operations@campus.example.org is wanted")
		}
	}
}

// replaceable wants each store once.
func (c *checker) replaceable() { c.noRepeats(keyAllowReplace, c.settings.AllowReplace) }

// storeMachine wants a machine that a store can run on, and one that does not
// slow down where the preset is for steady load.
func (c *checker) storeMachine(key string, got *string, kind machines.Kind, usual Machine) {
	if got == nil || c.settings.Cloud == config.Azure {
		return
	}
	steady := c.sized && c.settings.Preset != config.Small
	names := slices.DeleteFunc(machines.Names(kind), func(name string) bool {
		machine, _ := machines.Find(kind, name)
		return steady && machine.Burstable
	})
	preset := usual.AWS
	if !c.sized {
		preset = names[0]
	}
	machine, known := machines.Find(kind, *got)
	if !known {
		nearest := config.Nearest(*got, names)
		c.refuseFor(key, *got, fmt.Sprintf("is no machine for this store; one of the families %s is wanted, such as %s",
			strings.Join(machines.Families(kind), ", "), preset)+suggest(nearest), cmp.Or(nearest, preset))
		return
	}
	if machine.Burstable && steady {
		c.refuseFor(key, *got, fmt.Sprintf("is burstable: under the steady load that preset %s is for, it runs out of CPU credits and slows "+
			"to a fraction; a machine of another family is wanted", c.settings.Preset), preset)
	}
}

// slots wants every instance to have a place of its own in Redis. An instance
// with neither slot nor host could not be read.
func (c *checker) slots() {
	written := make(map[string]*int, len(c.settings.Instances))
	for slug, instance := range c.settings.Instances {
		if instance.Slot != nil || instance.LMS != "" {
			written[slug] = instance.Slot
		}
	}
	_, problems := accounts.AssignSlots(c.settings.Stack, written, redis.Fits(redis.Databases))
	c.problems = append(c.problems, problems...)
}
