package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyCopy       = "openedx:backup.copy"
	keyCopyRegion = "openedx:backup.copyRegion"
	keyCopyDays   = "openedx:backup.copyDays"
	keyMonthly    = "openedx:backup.monthlyMonths"
	keyLock       = "openedx:backup.lock"
)

const (
	// mostDays and mostMonths are ten years, after which nobody asks.
	mostDays, mostMonths = 3650, 120
	anyCopyRegion        = "eu-central-1"
)

// leastCopyDays keeps a copy until the next one is there.
var leastCopyDays = map[config.CopyRhythm]int{config.CopyWeekly: 7, config.CopyDaily: 1}

// copies wants somewhere else for copies and some time, where there are copies.
func (c *checker) copies() {
	written := c.settings.Backup
	if !c.sized && written.Copy == nil {
		return
	}
	rhythm := or(written.Copy, c.sizing.Copy)
	if rhythm == config.CopyNever {
		why := fmt.Sprintf("%s is never%s", keyCopy, fromPreset(written.Copy == nil, c.settings.Preset))
		c.without(keyCopyRegion, written.CopyRegion != nil, why)
		c.without(keyCopyDays, written.CopyDays != nil, why)
		return
	}
	c.copyRegion(or(written.CopyRegion, ""))
	c.inRange(keyCopyDays, written.CopyDays, leastCopyDays[rhythm], mostDays, "days, for "+string(rhythm)+" copies,")
}

// copyTargets are the regions that copies can go to. They need no third zone.
func copyTargets() []string { return append(Regions(), "us-west-1") }

// copyRegion wants another region than the stack's own. Where none is usual
// somebody who knows the law has to choose.
func (c *checker) copyRegion(region string) {
	home := c.settings.Region
	other := cmp.Or(CopyRegion(home), anyCopyRegion)
	switch {
	case home == "" || (region == "" && (CopyRegion(home) != "" || zones[home] == "")):
	case region == "":
		c.refuseFor(keyCopyRegion, "", fmt.Sprintf("is missing: backups are copied (%s), and for %s there is no usual region in the same jurisdiction; "+
			"one where learners' data may be kept is wanted, or %s never", keyCopy, home, keyCopy), other)
	case region == home:
		c.refuseFor(keyCopyRegion, region, "is the stack's own region, with which the copies would be lost; another one is wanted", other)
	case !slices.Contains(copyTargets(), region):
		better := cmp.Or(config.Nearest(region, slices.DeleteFunc(copyTargets(), func(r string) bool { return r == home })), other)
		c.refuseFor(keyCopyRegion, region, "is no region known here; one of "+strings.Join(copyTargets(), ", ")+" is wanted", better)
	}
}

// monthly wants a number of months.
func (c *checker) monthly() {
	c.inRange(keyMonthly, c.settings.Backup.MonthlyMonths, 0, mostMonths, "months")
}

// lock refuses to lock the backups of a stack that is thrown away for good.
func (c *checker) lock() {
	if c.settings.Disposable && or(c.settings.Backup.Lock, config.LockNone) == config.LockCompliance {
		c.refuseFor(keyLock, string(config.LockCompliance), "is for good, and a stack with openedx:disposable could not be deleted any more; governance is wanted, or none",
			string(config.LockGovernance))
	}
}
