package plan

import (
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

const (
	keyCacheVersion     = "openedx:cache.version"
	keyCacheSplit       = "openedx:cache.split"
	keyCacheMoving      = "openedx:cache.moving"
	keyCacheMachine     = "openedx:overrides.cache.machine"
	keyCacheNodes       = "openedx:overrides.cache.nodes"
	keySnapshotDays     = "openedx:overrides.cache.snapshotDays"
	keyBroker           = "openedx:overrides.broker"
	keyBrokerMachine    = "openedx:overrides.broker.machine"
	keyBrokerNodes      = "openedx:overrides.broker.nodes"
	keyMemcached        = "openedx:overrides.memcached"
	keyMemcachedMachine = "openedx:overrides.memcached.machine"
	keyMemcachedNodes   = "openedx:overrides.memcached.nodes"
)

// mostMemcached is the quota of nodes in a Memcached cluster:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html.
const mostMemcached = 40

// cacheVersion wants a version of the engine that was chosen.
func (c *checker) cacheVersion() {
	version, engine := c.settings.Cache.Version, redis.Engine(or(c.settings.Cache.Engine, string(redis.Valkey)))
	if version == nil || slices.Contains(redis.Versions(engine), *version) {
		return
	}
	for _, other := range []redis.Engine{redis.Valkey, redis.RedisOSS} {
		if slices.Contains(redis.Versions(other), *version) {
			c.refuseFor(keyCacheVersion, *version, fmt.Sprintf("is a version of %s, and the engine is %s, whose parameter groups are of another family; "+
				"one of %s is wanted", other, engine, strings.Join(redis.Versions(engine), ", ")), versions.DefaultCache(string(engine)))
			return
		}
	}
	c.oneOf(keyCacheVersion, version, redis.Versions(engine), "version of "+string(engine), versions.DefaultCache(string(engine)))
}

// cacheGroups wants machines, and nodes that can fail over to another zone.
func (c *checker) cacheGroups() {
	cache, broker := c.settings.Overrides.Cache, c.settings.Overrides.Broker
	c.storeMachine(keyCacheMachine, cache.Machine, machines.Cache, c.sizing.Cache)
	c.cacheNodes(keyCacheNodes, cache.Nodes)
	c.inRange(keySnapshotDays, cache.SnapshotDays, 1, longestBackup, "days")
	if c.sized && !or(c.settings.Cache.Split, c.sizing.CacheSplit) {
		c.without(keyBroker, broker.Machine != nil || broker.Nodes != nil, "queues and cache share one Redis unless openedx:cache.split is true")
		return
	}
	c.without(keyCacheMoving, c.sized && c.settings.Cache.Moving, "the cache has a Redis of its own, and keeps it")
	c.storeMachine(keyBrokerMachine, broker.Machine, machines.Cache, c.sizing.Broker)
	c.cacheNodes(keyBrokerNodes, broker.Nodes)
}

// cacheNodes wants a node to fail over to, and a zone for each.
func (c *checker) cacheNodes(key string, nodes *int) {
	const zones = HomeZones
	if nodes == nil || (*nodes >= 2 && *nodes <= zones) {
		return
	}
	c.refuseFor(key, fmt.Sprint(*nodes), fmt.Sprintf("is out of range; each node has a zone of its own, and there are %d zones: "+
		"2 to %d nodes are wanted, so that one takes over when another is lost", zones, zones), fmt.Sprint(min(max(*nodes, 2), zones)))
}

// memcached wants sizes that Memcached has, if there is one.
func (c *checker) memcached() {
	override := c.settings.Overrides.Memcached
	if !c.settings.Cache.Memcached {
		c.without(keyMemcached, override.Machine != nil || override.Nodes != nil, "there is no Memcached unless openedx:cache.memcached is true")
		return
	}
	c.storeMachine(keyMemcachedMachine, override.Machine, machines.Cache, c.sizing.Memcached)
	c.inRange(keyMemcachedNodes, override.Nodes, 1, mostMemcached, "nodes")
}
