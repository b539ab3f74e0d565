package aws

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
)

// serverlessMachine is the instance class of Aurora Serverless v2.
const serverlessMachine = "db.serverless"

// The least and the most capacity, and its steps; the maximum must be more than
// the least. RDS knows 0 too, which puts the database to sleep: the platform's
// own jobs would never let it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-rds-dbcluster-serverlessv2scalingconfiguration.html
const (
	leastCapacity = 0.5
	mostCapacity  = 256
	capacityStep  = 0.5
)

// mostBackupDays is the longest that RDS keeps backups.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
const mostBackupDays = 35

// How long Performance Insights can be kept: a week, some months, or two years.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PerfInsights.Overview.cost.html
const (
	insightsWeek       = 7
	insightsMonth      = 31
	insightsMostMonths = 23
	insightsTwoYears   = 731
)

// mysqlVersion is an exact version; what it begins with names the family.
var mysqlVersion = regexp.MustCompile(`^(8\.[0-9]+)\.mysql_aurora\.[0-9]+\.[0-9]+\.[0-9]+$`)

// blindMachines begin the names of machines that Performance Insights cannot look into.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PerfInsights.Overview.Engines.html
var blindMachines = []string{"db.t2.", "db.t3.", "db.t4g.micro", "db.t4g.small"}

func (a *MySQLArgs) validate() error {
	if err := a.StoreArgs.validate(); err != nil {
		return err
	}
	if err := checkLowerName(a.Identifier, mysqlLimit); err != nil {
		return err
	}
	switch {
	case a.BackupDays > mostBackupDays:
		return fmt.Errorf("backups are kept %d days; RDS keeps them %d", a.BackupDays, mostBackupDays)
	case !keepsInsights(a.InsightsDays):
		return fmt.Errorf("insights are kept %d days; 7, 731 or a multiple of 31 between them is wanted", a.InsightsDays)
	}
	for _, check := range []func() error{a.validateVersion, a.validateMachine, a.validateInstances} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// keepsInsights tells whether insights can be kept for some days.
func keepsInsights(days int) bool {
	months := days / insightsMonth
	whole := days%insightsMonth == 0 && months >= 1 && months <= insightsMostMonths
	return days == insightsWeek || days == insightsTwoYears || whole
}

// validateVersion wants an exact version, and the family that its parameters are of.
func (a *MySQLArgs) validateVersion() error {
	parts := mysqlVersion.FindStringSubmatch(a.Version)
	if parts == nil {
		return fmt.Errorf(`version %q is not exact; one such as "8.4.mysql_aurora.8.4.8" is wanted`, a.Version)
	}
	if want := mysqlEngine + parts[1]; a.Family != want {
		return fmt.Errorf("family %q does not fit version %q, whose family is %q", a.Family, a.Version, want)
	}
	return nil
}

// validateMachine wants capacity for a serverless machine and for no other.
func (a *MySQLArgs) validateMachine() error {
	if !strings.HasPrefix(a.Machine, "db.") {
		return fmt.Errorf("machine %q is no instance class", a.Machine)
	}
	for _, blind := range blindMachines {
		if strings.HasPrefix(a.Machine, blind) {
			return fmt.Errorf("machine %q is one that Performance Insights cannot look into", a.Machine)
		}
	}
	if a.MemoryGiB <= 0 || a.MostConnections < 1 {
		return fmt.Errorf("a machine with %v GiB of memory and %d connections", a.MemoryGiB, a.MostConnections)
	}
	if !a.serverless() {
		if a.Capacity != (Capacity{}) {
			return fmt.Errorf("machine %q has no capacity to choose, and got %v to %v", a.Machine, a.Capacity.Min, a.Capacity.Max)
		}
		return nil
	}
	return a.Capacity.validate()
}

func (c Capacity) validate() error {
	switch {
	case c == (Capacity{}):
		return errors.New("a serverless database without capacity")
	case c.Min < leastCapacity || c.Max <= leastCapacity || c.Max > mostCapacity || c.Max < c.Min:
		return fmt.Errorf("capacity %v to %v is not from %v to more than that and %v or less", c.Min, c.Max, leastCapacity, mostCapacity)
	case math.Mod(c.Min, capacityStep) != 0 || math.Mod(c.Max, capacityStep) != 0:
		return fmt.Errorf("capacity %v to %v is not in steps of %v", c.Min, c.Max, capacityStep)
	}
	return nil
}

// validateInstances wants a zone for each instance, since a second one in a zone
// would be lost with the first.
func (a *MySQLArgs) validateInstances() error {
	if a.Readers < 0 || a.Readers+1 > len(a.Subnets) {
		return fmt.Errorf("a writer and %d readers in %d zones; each wants a zone of its own", a.Readers, len(a.Subnets))
	}
	letters := make([]string, len(a.Subnets))
	for i, subnet := range a.Subnets {
		letters[i] = subnet.Zone
	}
	return unique("zone", letters)
}
