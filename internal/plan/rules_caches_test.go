package plan_test

import (
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

func cache(change func(c *config.CacheOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Overrides.Cache, value) }
}

// broker changes the Redis for queues, with or without one.
func broker(split bool, change func(b *config.BrokerOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.Cache.Split = &split
		change(&s.Overrides.Broker, value)
	}
}

func memcached(there bool, change func(m *config.MemcachedOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.Cache.Memcached = there
		change(&s.Overrides.Memcached, value)
	}
}

func TestTheRulesOfRedisHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "version of the usual engine", key: "openedx:cache.version",
			set:  func(s *config.Settings, v string) { s.Cache.Version = &v },
			good: redis.Versions(redis.Valkey), bad: []string{"7.1", "7.0", "9.0", "8", "8.0.1", "valkey8", "latest"},
		},
		{
			name: "version of Redis OSS", key: "openedx:cache.version",
			set:  func(s *config.Settings, v string) { s.Cache.Engine, s.Cache.Version = text("redis"), &v },
			good: redis.Versions(redis.RedisOSS), bad: []string{"7.2", "8.0", "6.2", "7"},
		},
		{
			name: "machine in small", key: "openedx:overrides.cache.machine", preset: config.Small,
			set:  cache(func(c *config.CacheOverride, v string) { c.Machine = &v }),
			good: []string{"cache.t4g.small", "cache.t4g.medium", "cache.m6g.large", "cache.r7g.16xlarge"},
			bad:  []string{"cache.t4g.micro", "cache.t3.small", "cache.r6gd.xlarge", "cache.r7g", "r7g.large", "db.r7g.large"},
		},
		{
			name: "machine in medium", key: "openedx:overrides.cache.machine",
			set:  cache(func(c *config.CacheOverride, v string) { c.Machine = &v }),
			good: []string{"cache.m6g.large"}, bad: []string{"cache.t4g.medium"},
		},
		{
			name: "nodes", key: "openedx:overrides.cache.nodes",
			set:  cache(func(c *config.CacheOverride, v string) { c.Nodes = number(v) }),
			good: []string{"2", "3"}, bad: []string{"-1", "0", "1", "4"},
		},
		{
			name: "days of snapshots", key: "openedx:overrides.cache.snapshotDays",
			set:  cache(func(c *config.CacheOverride, v string) { c.SnapshotDays = number(v) }),
			good: []string{"1", "35"}, bad: []string{"0", "36"},
		},
		{
			name: "nodes for queues", key: "openedx:overrides.broker.nodes",
			set:  broker(true, func(b *config.BrokerOverride, v string) { b.Nodes = number(v) }),
			good: []string{"2", "3"}, bad: []string{"1", "4"},
		},
		{
			name: "machine for queues", key: "openedx:overrides.broker.machine",
			set:  broker(true, func(b *config.BrokerOverride, v string) { b.Machine = &v }),
			good: []string{"cache.m7g.large"}, bad: []string{"cache.t4g.small", "m7g.large"},
		},
		{
			name: "queues that are not split", key: "openedx:overrides.broker",
			set: broker(false, func(b *config.BrokerOverride, v string) { b.Nodes = number(v) }),
			bad: []string{"1", "2"},
		},
		{
			name: "machine for queues that are not split", key: "openedx:overrides.broker", preset: config.Large,
			set: broker(false, func(b *config.BrokerOverride, v string) { b.Machine = &v }),
			bad: []string{"cache.m7g.large", "cache.t4g.small"},
		},
		{
			name: "nodes of Memcached", key: "openedx:overrides.memcached.nodes",
			set:  memcached(true, func(m *config.MemcachedOverride, v string) { m.Nodes = number(v) }),
			good: []string{"1", "40"}, bad: []string{"0", "41"},
		},
		{
			name: "machine of Memcached", key: "openedx:overrides.memcached.machine",
			set:  memcached(true, func(m *config.MemcachedOverride, v string) { m.Machine = &v }),
			good: []string{"cache.m7g.large"}, bad: []string{"cache.t4g.small", "large"},
		},
		{
			name: "Memcached that is not there", key: "openedx:overrides.memcached",
			set: memcached(false, func(m *config.MemcachedOverride, v string) { m.Nodes = number(v) }),
			bad: []string{"1", "2"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func search(change func(o *config.SearchOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Overrides.Search, value) }
}

func TestTheRulesOfOpenSearchHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "version", key: "openedx:search.version",
			set:  func(s *config.Settings, v string) { s.Search.Version = &v },
			good: versions.Search(), bad: []string{"2.19", "OpenSearch_2.18", "opensearch_2.19", "Elasticsearch_7.10"},
		},
		{
			name: "machine in small", key: "openedx:overrides.search.machine", preset: config.Small,
			set: func(s *config.Settings, v string) {
				s.Search.Enabled, s.Overrides.Search.Machine = ptr(true), &v
			},
			good: []string{"t3.small.search", "m6g.large.search", "r7g.4xlarge.search"},
			bad:  []string{"t3.micro.search", "t3.small", "r7g.8xlarge.search", "t2.small.search"},
		},
		{
			name: "machine in medium", key: "openedx:overrides.search.machine",
			set:  search(func(o *config.SearchOverride, v string) { o.Machine = &v }),
			good: []string{"m6g.large.search"}, bad: []string{"t3.medium.search"},
		},
		{
			name: "nodes", key: "openedx:overrides.search.nodes",
			set:  trial(search(func(o *config.SearchOverride, v string) { o.Nodes = number(v) })),
			good: []string{"2", "3", "6", "78"}, bad: []string{"-1", "1", "4", "5", "79", "80", "81"},
		},
		{
			name: "Meilisearch's volume", key: "openedx:overrides.meilisearch.volumeGiB",
			set:  func(s *config.Settings, v string) { s.Overrides.Meilisearch.VolumeGiB = number(v) },
			good: []string{"5", "16384"}, bad: []string{"-1", "0", "4", "16385"},
		},
		{
			name: "masters", key: "openedx:overrides.search.masters",
			set:  search(func(o *config.SearchOverride, v string) { o.Masters = number(v) }),
			good: []string{"0", "3"}, bad: []string{"-3", "1", "2", "4", "5"},
		},
		{
			name: "storage of the usual machine", key: "openedx:overrides.search.storageGiB",
			set:  search(func(o *config.SearchOverride, v string) { o.StorageGiB = number(v) }),
			good: []string{"10", "1024"}, bad: []string{"9", "1025"},
		},
		{
			name: "storage of another machine", key: "openedx:overrides.search.storageGiB",
			set: search(func(o *config.SearchOverride, v string) {
				o.Machine, o.StorageGiB = text("r7g.2xlarge.search"), number(v)
			}),
			good: []string{"6144"}, bad: []string{"6145"},
		},
		{
			name: "a domain that is not there", key: "openedx:overrides.search", preset: config.Small,
			set: search(func(o *config.SearchOverride, v string) {
				o.Nodes, o.Masters, o.StorageGiB = number(v), number(v), number(v)
			}),
			bad: []string{"1", "2", "3"},
		},
		{
			name: "a domain that is off", key: "openedx:overrides.search", preset: config.Large,
			set: func(s *config.Settings, v string) { s.Search.Enabled, s.Overrides.Search.Machine = ptr(false), &v },
			bad: []string{"m6g.large.search"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestAMachineIsMendedByTheNearestThatThePresetTakes(t *testing.T) {
	for typed, want := range map[string]string{
		"db.r7g.xlrge": "db.r7g.xlarge", "r8g.2xlarge": "db.r8g.2xlarge", "db.t4g.larg": "db.r6g.large", "huge": "db.r7g.xlarge",
	} {
		s := settings(t, config.Medium)
		s.Overrides.MySQL.Machine = &typed
		_, problems := plan.Resolve(s)
		if len(problems) != 1 {
			t.Errorf("%s: got %v", typed, problems)
			continue
		}
		if fix := config.SetCommand(s.Stack, "openedx:overrides.mysql.machine", want); problems[0].Fix != fix {
			t.Errorf("%s: got %s, want %s", typed, problems[0].Fix, fix)
		}
	}
}
