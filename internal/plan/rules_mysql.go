package plan

import (
	"fmt"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/versions"
)

const (
	keyMySQLVersion     = "openedx:mysql.version"
	keyMySQLServerless  = "openedx:mysql.serverless"
	keyMySQLMachine     = "openedx:overrides.mysql.machine"
	keyMySQLReaders     = "openedx:overrides.mysql.readers"
	keyMySQLMinCapacity = "openedx:overrides.mysql.minCapacity"
	keyMySQLMaxCapacity = "openedx:overrides.mysql.maxCapacity"
)

// mostCapacity is the limit of Serverless v2:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html.
const mostCapacity = 256

// leastMost is the least that the most capacity may be: the memory of the
// smallest machine, below which no number of connections is known.
const leastMost = 2

// mysqlVersion wants a version that Aurora has, all of one family.
func (c *checker) mysqlVersion() {
	version := c.settings.MySQL.Version
	if version == nil {
		return
	}
	known := versions.MySQL()
	switch {
	case strings.HasPrefix(*version, "5."):
		c.refuseFor(keyMySQLVersion, *version, "is past its life, and Open edX no longer runs on it; one of "+strings.Join(known, ", ")+" is wanted", versions.DefaultMySQL)
	case versions.IsMySQL(*version) && versions.MySQLFamily(*version) == "":
		c.refuseFor(keyMySQLVersion, *version, "belongs to no parameter group family: its halves are of different major versions "+
			"(8.0 goes with mysql_aurora.3, 8.4 with mysql_aurora.8.4); one of "+strings.Join(known, ", ")+" is wanted", versions.DefaultMySQL)
	default:
		c.oneOf(keyMySQLVersion, version, known, "Aurora MySQL version", versions.DefaultMySQL)
	}
}

// mysqlMachine wants an instance class, and none where the capacity varies.
func (c *checker) mysqlMachine() {
	machine := c.settings.Overrides.MySQL.Machine
	if c.settings.MySQL.Serverless {
		c.without(keyMySQLMachine, machine != nil, "with openedx:mysql.serverless the capacity takes the place of a machine")
		return
	}
	if machine != nil && *machine == serverless {
		fix := config.RemoveCommand(c.settings.Stack, keyMySQLMachine)
		if c.settings.Preset == config.Small {
			fix += " && " + config.SetCommand(c.settings.Stack, keyMySQLServerless, "true")
		}
		c.refuse(keyMySQLMachine, *machine, "is no machine: "+keyMySQLServerless+" asks for it, in the small preset", fix)
		return
	}
	c.storeMachine(keyMySQLMachine, machine, machines.MySQL, c.sizing.MySQL)
}

// mysqlCapacity wants limits in order, and only where they count.
func (c *checker) mysqlCapacity() {
	override := c.settings.Overrides.MySQL
	if !c.settings.MySQL.Serverless {
		why := "openedx:mysql.serverless is not on"
		c.without(keyMySQLMinCapacity, override.MinCapacity != nil, why)
		c.without(keyMySQLMaxCapacity, override.MaxCapacity != nil, why)
		return
	}
	if c.sized && c.settings.Preset != config.Small {
		c.refuse(keyMySQLServerless, "true", fmt.Sprintf("is for the small preset: under the steady load that preset %s is for, a machine of "+
			"fixed size does the same for about half", c.settings.Preset), config.RemoveCommand(c.settings.Stack, keyMySQLServerless))
	}
	if c.inRange(keyMySQLMinCapacity, override.MinCapacity, 1, mostCapacity, "ACU") &&
		c.inRange(keyMySQLMaxCapacity, override.MaxCapacity, leastMost, mostCapacity, "ACU") {
		c.capacityOrder()
	}
}

// capacityOrder wants the least capacity not to be more than the most, whichever
// of them was written.
func (c *checker) capacityOrder() {
	override := c.settings.Overrides.MySQL
	least, most := or(override.MinCapacity, defaultMinCapacity), or(override.MaxCapacity, defaultMaxCapacity)
	switch {
	case least <= most:
	case override.MaxCapacity != nil:
		c.refuseFor(keyMySQLMaxCapacity, fmt.Sprint(most), fmt.Sprintf("is below the least capacity, %d; at least as much is wanted", least), fmt.Sprint(least))
	default:
		c.refuseFor(keyMySQLMinCapacity, fmt.Sprint(least), fmt.Sprintf("is above the most capacity, %d; at most as much is wanted", most), fmt.Sprint(most))
	}
}

// mysqlReaders wants a zone of its own for the writer and for each reader.
func (c *checker) mysqlReaders() {
	const zones = HomeZones
	readers := c.settings.Overrides.MySQL.Readers
	if readers == nil || (*readers >= 0 && *readers < zones) {
		return
	}
	c.refuseFor(keyMySQLReaders, fmt.Sprint(*readers), fmt.Sprintf("is out of range; the writer and each reader have a zone of their own, "+
		"and there are %d zones: 0 to %d readers are wanted", zones, zones-1), fmt.Sprint(min(max(*readers, c.least(keyMySQLReaders)), zones-1)))
}
