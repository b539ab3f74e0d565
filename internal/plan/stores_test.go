package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

func TestWritingDownThePresetsOwnStoresChangesNothing(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		s := settings(t, preset)
		s.Data = config.Data{
			BackupDays: &sizing.BackupDays, LogDays: &sizing.StoreLogDays,
			BackupWindow: text("02:00-03:00"), MaintenanceWindow: text("sun:03:30-sun:04:30"),
		}
		s.MySQL = config.MySQL{Version: text(versions.DefaultMySQL), Bootstrap: text("closed")}
		s.Mongo.Kind = text("replicaSet")
		s.Cache = config.Cache{Engine: text("valkey"), Version: text("8.0"), Split: &sizing.CacheSplit}
		s.Search.Enabled = &sizing.SearchEnabled
		s.Overrides.MySQL = config.MySQLOverride{Machine: &sizing.MySQL.AWS, Readers: &sizing.MySQLReaders}
		s.Overrides.Mongo = config.MongoOverride{
			Machine: &sizing.Mongo.AWS, Members: &sizing.MongoMembers, VolumeGiB: &sizing.MongoVolumeGiB,
			IOPS: &sizing.MongoIOPS, ThroughputMiBps: &sizing.MongoThroughput,
		}
		s.Overrides.Cache = config.CacheOverride{Machine: &sizing.Cache.AWS, Nodes: &sizing.CacheNodes, SnapshotDays: &sizing.SnapshotDays}
		if sizing.CacheSplit {
			s.Overrides.Broker = config.BrokerOverride{Machine: &sizing.Broker.AWS, Nodes: &sizing.BrokerNodes}
		}
		if sizing.SearchEnabled {
			s.Search.Version, s.Search.ServiceLinkedRole = text(versions.DefaultSearch), text("create")
			s.Overrides.Search = config.SearchOverride{
				Machine: &sizing.Search.AWS, Nodes: &sizing.SearchNodes, Masters: &sizing.SearchMasters, StorageGiB: &sizing.SearchStorage,
			}
		}
		if diff := cmp.Diff(resolve(t, settings(t, preset)), resolve(t, s)); diff != "" {
			t.Errorf("%s: %s", preset, diff)
		}
	}
}

// everyStoreChosen departs from the preset wherever a store can.
func everyStoreChosen(t *testing.T) config.Settings {
	t.Helper()
	s := settings(t, config.Medium)
	s.Data = config.Data{BackupDays: ptr(20), LogDays: ptr(60), BackupWindow: text("01:00-02:00"), MaintenanceWindow: text("sat:05:00-sat:06:00")}
	s.MySQL = config.MySQL{Version: text("8.0.mysql_aurora.3.10.1"), Bootstrap: text("open")}
	s.Mongo.Images = map[string]string{"b": anyImage}
	s.Cache = config.Cache{Engine: text("redis"), Version: text("7.0"), Split: ptr(true), Memcached: true}
	s.Search = config.Search{Version: text("OpenSearch_3.1"), ServiceLinkedRole: text("existing")}
	s.Alarms.Emails, s.AllowReplace = []string{"b@example.org", "a@example.org"}, []string{"search", "cache"}
	s.Overrides = config.Overrides{
		MySQL:     config.MySQLOverride{Machine: text("db.r8g.large"), Readers: ptr(2)},
		Mongo:     config.MongoOverride{Machine: text("m7g.large"), Members: ptr(5), VolumeGiB: ptr(222), IOPS: ptr(4000), ThroughputMiBps: ptr(222)},
		Cache:     config.CacheOverride{Machine: text("cache.m7g.large"), Nodes: ptr(3), SnapshotDays: ptr(9)},
		Broker:    config.BrokerOverride{Machine: text("cache.m6g.large"), Nodes: ptr(3)},
		Memcached: config.MemcachedOverride{Machine: text("cache.r6g.large"), Nodes: ptr(4)},
		Search:    config.SearchOverride{Machine: text("r7g.large.search"), Nodes: ptr(6), Masters: ptr(3), StorageGiB: ptr(111)},
	}
	return s
}

func TestEveryStoreCanDepartFromThePreset(t *testing.T) {
	sizing, _ := plan.SizingOf(config.Medium)
	got := resolve(t, everyStoreChosen(t)).Stores
	want := plan.Stores{
		BackupDays: 20, LogDays: 60, BackupWindow: "01:00-02:00", MaintenanceWindow: "sat:05:00-sat:06:00",
		MySQL: plan.MySQL{
			Version: "8.0.mysql_aurora.3.10.1", Family: "aurora-mysql8.0", Machine: "db.r8g.large", Readers: 2,
			MemoryGiB: 16, Connections: 1000, BootstrapOpen: true,
		},
		Mongo: plan.Mongo{
			Kind: config.MongoReplicaSet, Machine: "m7g.large", VolumeGiB: 222, IOPS: 4000, ThroughputMiBps: 222, OplogMB: sizing.MongoOplogMB,
			Members: []plan.MongoMember{
				{Name: "a", Zone: "a"}, {Name: "b", Zone: "b", Image: anyImage}, {Name: "c", Zone: "c"}, {Name: "a2", Zone: "a"}, {Name: "b2", Zone: "b"},
			},
		},
		Redis: plan.Redis{Databases: 512, Engine: redis.RedisOSS, Version: "7.0", SnapshotDays: 9, Groups: []plan.RedisGroup{
			{Role: redis.Broker, Machine: "cache.m6g.large", Nodes: 3}, {Role: redis.Cache, Machine: "cache.m7g.large", Nodes: 3},
		}},
		Memcached: plan.Memcached{Version: versions.Memcached, Machine: "cache.r6g.large", Nodes: 4},
		Search:    plan.Search{Version: "OpenSearch_3.1", Machine: "r7g.large.search", Nodes: 6, Masters: 3, StorageGiB: 111},
		Alarms: plan.Alarms{
			Emails: []string{"a@example.org", "b@example.org"}, CPU: sizing.AlarmCPU, FreeMemory: sizing.AlarmFreeMemory,
			UsedStorage: sizing.AlarmUsedStorage, Connections: sizing.AlarmConnections, LagSeconds: sizing.AlarmLagSeconds, Minutes: sizing.AlarmMinutes,
		},
		Replaceable: []string{"cache", "search"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestServerlessHasTheMemoryAndTheConnectionsOfItsMostCapacity(t *testing.T) {
	for _, c := range []struct {
		least, most *int
		want        plan.MySQL
	}{
		{nil, nil, plan.MySQL{MinCapacity: 2, MaxCapacity: 8, MemoryGiB: 16, Connections: 1000}},
		{ptr(1), ptr(2), plan.MySQL{MinCapacity: 1, MaxCapacity: 2, MemoryGiB: 4, Connections: 90}},
		{ptr(8), ptr(256), plan.MySQL{MinCapacity: 8, MaxCapacity: 256, MemoryGiB: 512, Connections: 6000}},
	} {
		s := settings(t, config.Small)
		s.MySQL.Serverless = true
		s.Overrides.MySQL = config.MySQLOverride{MinCapacity: c.least, MaxCapacity: c.most}
		c.want.Version, c.want.Family, c.want.Machine = versions.DefaultMySQL, "aurora-mysql8.4", "db.serverless"
		if diff := cmp.Diff(c.want, resolve(t, s).Stores.MySQL); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEveryMachineOfAPresetHasMemoryAndMySQLHasConnections(t *testing.T) {
	for _, preset := range config.Presets() {
		sizing, _ := plan.SizingOf(preset)
		for kind, list := range map[machines.Kind][]plan.Machine{
			machines.MySQL: {sizing.MySQL}, machines.Mongo: {sizing.Mongo}, machines.Search: {sizing.Search},
			machines.Cache: {sizing.Cache, sizing.Broker, sizing.Memcached},
		} {
			for _, machine := range list {
				has, known := machines.Find(kind, machine.AWS)
				if !known || has.MemoryGiB == 0 || (kind == machines.MySQL) != (has.Connections > 0) {
					t.Errorf("%s: %s has %+v", preset, machine.AWS, has)
				}
				if has.Burstable && preset != config.Small {
					t.Errorf("%s: %s is burstable", preset, machine.AWS)
				}
			}
		}
	}
}

// It matters because a member that changes its name is
// another machine with another volume.
func TestMembersKeepTheirNamesWhenZonesAndMembersAreAdded(t *testing.T) {
	names := func(count int, zones ...string) []plan.MongoMember {
		s := settings(t, config.Medium)
		s.Region, s.Network.Zones, s.Overrides.Mongo.Members = "us-east-1", zones, &count
		return resolve(t, s).Stores.Mongo.Members
	}
	three := []plan.MongoMember{{Name: "a", Zone: "a"}, {Name: "b", Zone: "b"}, {Name: "c", Zone: "c"}}
	four := append(slices.Clone(three), plan.MongoMember{Name: "a2", Zone: "a"})
	five := slices.Concat(three, []plan.MongoMember{{Name: "a2", Zone: "a"}, {Name: "b2", Zone: "b"}})
	for _, c := range []struct{ got, want []plan.MongoMember }{
		{names(3), three},
		{names(3, "a", "b", "c", "d"), three},
		{names(4, "a", "b", "c", "d"), four},
		{names(5, "a", "b", "c"), five},
		{names(5, "a", "b", "c", "d"), five},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheGroupThatIsThereKeepsTheQueuesWhenRedisIsSplit(t *testing.T) {
	s := settings(t, config.Medium)
	before := resolve(t, s).Stores.Redis.Groups
	s.Cache.Split = ptr(true)
	after := resolve(t, s).Stores.Redis.Groups
	if len(before) != 1 || before[0].Role != redis.Shared || len(after) != 2 || after[0].Role != redis.Broker || after[1].Role != redis.Cache {
		t.Fatalf("before %v, after %v", before, after)
	}
	if before[0].Machine != after[0].Machine || before[0].Nodes != after[0].Nodes {
		t.Errorf("the group that is there changes from %v to %v", before[0], after[0])
	}
}

func TestNoPresetMakesTheGroupThatHoldsTheQueuesSmaller(t *testing.T) {
	least := 0
	for _, preset := range config.Presets() {
		group := resolve(t, settings(t, preset)).Stores.Redis.Groups[0]
		if size := powers(t, group.Machine)[0]; size < least {
			t.Errorf("%s: the queues move to a smaller machine, %s", preset, group.Machine)
		} else {
			least = size
		}
	}
}

func TestAtlasIsAsLargeAsThePreset(t *testing.T) {
	for preset, want := range map[config.Preset]string{config.Small: "M20", config.Medium: "M40", config.Large: "M60"} {
		s := settings(t, preset)
		atlas(func(*config.Atlas, string) {})(&s, "")
		got := resolve(t, s).Stores.Mongo
		if got.Atlas.Tier != want || got.Machine != "" || len(got.Members) != 0 || got.VolumeGiB != 0 {
			t.Errorf("%s: got %+v", preset, got)
		}
	}
}

func TestThePlanHoldsNoPassword(t *testing.T) {
	s := settings(t, config.Small)
	external(func(*config.External, string) {})(&s, "")
	resolved := resolve(t, s)
	want := plan.External{Host: "mongo.example.org", Port: 27017, ReplicaSet: "rs0", Username: "admin"}
	if resolved.Stores.Mongo.External != want {
		t.Errorf("got %+v", resolved.Stores.Mongo.External)
	}
	if cmp.Diff(resolved, resolve(t, func() config.Settings { s.MongoPassword = "another-password-of-it"; return s }())) != "" {
		t.Error("another password is another plan")
	}
}
