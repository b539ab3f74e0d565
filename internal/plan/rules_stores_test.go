package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

func data(change func(d *config.Data, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Data, value) }
}

func mysql(change func(m *config.MySQLOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Overrides.MySQL, value) }
}

// serverless is mysql for a platform whose MySQL has a capacity.
func serverless(change func(m *config.MySQLOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.MySQL.Serverless = true
		change(&s.Overrides.MySQL, value)
	}
}

func TestTheRulesOfAllStoresHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "days of backups", key: "openedx:data.backupDays",
			set:  trial(data(func(d *config.Data, v string) { d.BackupDays = number(v) })),
			good: []string{"1", "35"}, bad: []string{"-1", "0", "36"},
		},
		{
			name: "days of store logs", key: "openedx:data.logDays",
			set:  data(func(d *config.Data, v string) { d.LogDays = number(v) }),
			good: []string{"1", "3653"}, bad: []string{"0", "31", "3654"},
		},
		{
			name: "backup window", key: "openedx:data.backupWindow",
			set:  data(func(d *config.Data, v string) { d.BackupWindow = &v }),
			good: []string{"00:00-01:00", "23:00-00:00", "23:30-00:30", "02:30-03:30", "04:30-05:30", "22:59-23:59"},
			bad: []string{
				"02:00-02:59", "02:00-02:00", "2:00-3:00", "24:00-01:00", "02:60-04:00", "02:00", "02:00-03:00 ", "sun:02:00-sun:03:00", "",
				"02:31-03:31", "03:30-04:30", "04:29-05:29", "05:00-04:00", "03:45-04:50",
			},
		},
		{
			name: "maintenance window", key: "openedx:data.maintenanceWindow",
			set:  data(func(d *config.Data, v string) { d.MaintenanceWindow = &v }),
			good: []string{"mon:03:00-mon:04:00", "sun:23:30-mon:00:30", "sat:01:00-sat:02:00", "sun:03:00-mon:02:00"},
			bad: []string{
				"mon:03:00-mon:03:59", "mon:03:00-mon:03:00", "03:00-04:00", "Mon:03:00-Mon:04:00", "day:03:00-day:04:00", "mon:03:00-04:00", "",
				"mon:02:59-mon:03:59", "sat:01:01-sat:02:01", "sun:03:00-mon:02:01", "tue:00:00-thu:00:00",
			},
		},
		{
			name: "address for alarms", key: "openedx:alarms.emails[0]",
			set:  func(s *config.Settings, v string) { s.Alarms.Emails = []string{v} },
			good: []string{"", "operations@campus.example.org", "a+b@example.org"},
			bad:  []string{"operations", "@example.org", "a@", "Operations <a@example.org>", "a@example.org,b@example.org", "a b@example.org"},
		},
		{
			name: "address for alarms twice", key: "openedx:alarms.emails[1]",
			set:  func(s *config.Settings, v string) { s.Alarms.Emails = list(v) },
			good: []string{"a@example.org b@example.org"}, bad: []string{"a@example.org a@example.org"},
		},
		{
			name: "replaceable store twice", key: "openedx:allowReplace[1]",
			set:  func(s *config.Settings, v string) { s.AllowReplace = list(v) },
			good: []string{"", "mysql mongo cache search"}, bad: []string{"search search"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestTheRulesOfMySQLHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "version", key: "openedx:mysql.version",
			set:  func(s *config.Settings, v string) { s.MySQL.Version = &v },
			good: versions.MySQL(),
			bad: []string{
				"8.0.mysql_aurora.3.10.99", "8.4.mysql_aurora.3.10.1", "8.0.mysql_aurora.8.4.8", "8.4.mysql_aurora.8.5.1", "5.7.mysql_aurora.2.11.5",
				"5.6.10a", "8.0", "8.4", "8.4.8", "8.0.mysql_aurora.3", "latest",
			},
		},
		{
			name: "machine in small", key: "openedx:overrides.mysql.machine", preset: config.Small,
			set:  mysql(func(m *config.MySQLOverride, v string) { m.Machine = &v }),
			good: []string{"db.t4g.medium", "db.t4g.large", "db.r6g.large", "db.r8g.16xlarge"},
			bad:  []string{"db.t4g.small", "db.t3.medium", "db.r7i.large", "db.r7g", "r7g.large", "db.r7g.24xlarge", "DB.R7G.LARGE", "db.serverless", "cache.r7g.large", ""},
		},
		{
			name: "machine in medium", key: "openedx:overrides.mysql.machine", preset: config.Medium,
			set:  mysql(func(m *config.MySQLOverride, v string) { m.Machine = &v }),
			good: []string{"db.r7g.large"}, bad: []string{"db.t4g.large", "db.serverless"},
		},
		{
			name: "machine beside a capacity", key: "openedx:overrides.mysql.machine", preset: config.Small,
			set: serverless(func(m *config.MySQLOverride, v string) { m.Machine = &v }),
			bad: []string{"db.r7g.large", "db.t4g.medium", "db.serverless", "db"},
		},
		{
			name: "readers", key: "openedx:overrides.mysql.readers",
			set:  trial(mysql(func(m *config.MySQLOverride, v string) { m.Readers = number(v) })),
			good: []string{"0", "2"}, bad: []string{"-1", "3"},
		},
		{
			name: "readers in four zones", key: "openedx:overrides.mysql.readers",
			set: func(s *config.Settings, v string) {
				s.Region, s.Network.Zones = "us-east-1", []string{"a", "b", "c", "d"}
				s.Overrides.MySQL.Readers = number(v)
			},
			good: []string{"2"}, bad: []string{"3"}, // the fourth is for nodes that come on demand
		},
		{
			name: "least capacity", key: "openedx:overrides.mysql.minCapacity", preset: config.Small,
			set:  serverless(func(m *config.MySQLOverride, v string) { m.MinCapacity = number(v) }),
			good: []string{"1", "8"}, bad: []string{"-1", "0", "9", "257"},
		},
		{
			name: "most capacity", key: "openedx:overrides.mysql.maxCapacity", preset: config.Small,
			set:  serverless(func(m *config.MySQLOverride, v string) { m.MaxCapacity = number(v) }),
			good: []string{"2", "256"}, bad: []string{"0", "1", "257"},
		},
		{
			name: "most capacity beside the least", key: "openedx:overrides.mysql.maxCapacity", preset: config.Small,
			set:  serverless(func(m *config.MySQLOverride, v string) { m.MinCapacity, m.MaxCapacity = ptr(1), number(v) }),
			good: []string{"2"}, bad: []string{"1"},
		},
		{
			name: "capacity of a machine", key: "openedx:overrides.mysql.maxCapacity", preset: config.Small,
			set: mysql(func(m *config.MySQLOverride, v string) { m.MaxCapacity = number(v) }),
			bad: []string{"8"},
		},
		{
			name: "serverless by preset", key: "openedx:mysql.serverless",
			set: func(s *config.Settings, v string) {
				s.Preset, s.MySQL.Serverless = config.Preset(v), true
			},
			good: []string{"small"}, bad: []string{"medium", "large"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestSlotsHoldAtTheirBoundaries(t *testing.T) {
	many := func(s *config.Settings, v string) {
		s.Instances = map[string]config.Instance{}
		s.Overrides.Nodes.Max = ptr(240) // which hold the pods of them all
		for i := range *number(v) {
			slug := fmt.Sprintf("i%02d", i)
			s.Instances[slug] = config.Instance{LMS: slug + ".campus.example.org", Slot: ptr(i)}
		}
	}
	for _, b := range []boundary{
		{
			name: "slot", key: "openedx:instances.main.slot",
			set:  instance(func(i *config.Instance, v string) { i.Slot = number(v) }),
			good: []string{"0", "255"}, bad: []string{"", "-1", "256"},
		},
		{
			name: "slot of two", key: "openedx:instances.staff.slot",
			set: func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{
					"main": {LMS: "learn.campus.example.org", Slot: ptr(5)}, "staff": {LMS: "staff.campus.example.org", Slot: number(v)},
				}
			},
			good: []string{"4", "6"}, bad: []string{"5", ""},
		},
		{name: "instances", set: many, good: []string{"0", "256"}},
	} {
		t.Run(b.name, b.run)
	}
	s := settings(t, config.Medium)
	many(&s, "257")
	if _, problems := plan.Resolve(s); len(problems) != 2 || problems[0].Key != "openedx:instances" || problems[1].Key != "openedx:instances.i256.slot" {
		t.Errorf("257 instances: got %v", problems)
	}
}

func TestAnInstanceThatCouldNotBeReadIsAskedForNoSlot(t *testing.T) {
	s := settings(t, config.Medium)
	s.Instances = map[string]config.Instance{"main": {}, "staff": {Slot: ptr(0), LMS: "staff.campus.example.org"}, "third": {Slot: ptr(0)}}
	_, problems := plan.Resolve(s)
	if len(problems) != 1 || problems[0].Key != "openedx:instances.third.slot" {
		t.Errorf("got %v", problems)
	}
}

func TestTwoWindowsThatOverlapAreMendedByTheCommand(t *testing.T) {
	s := settings(t, config.Medium)
	s.Data.BackupWindow, s.Data.MaintenanceWindow = text("03:00-04:00"), text("mon:03:00-mon:04:00")
	_, problems := plan.Resolve(s)
	if len(problems) != 1 || problems[0].Key != "openedx:data.maintenanceWindow" {
		t.Fatalf("got %v", problems)
	}
	// To take one away would leave the other against its usual hour.
	for _, key := range []string{"openedx:data.maintenanceWindow", "openedx:data.backupWindow"} {
		if !strings.Contains(problems[0].Fix, config.RemoveCommand(s.Stack, key)) {
			t.Errorf("%s stays: %s", key, problems[0].Fix)
		}
	}
}
