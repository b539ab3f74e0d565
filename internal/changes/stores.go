package changes

import (
	"fmt"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
)

// What AWS does to the stores. The program has changes made at once and not in the
// maintenance window, and one MySQL server or MongoDB member after the other.
const (
	// Another class is an outage of the instance; a reader takes over in less than a
	// minute, and a new writer is there in less than ten:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
	mysqlAlone  = "the only server restarts: no MySQL for up to ten minutes; a reader in the same run makes it one minute"
	mysqlJoined = "the new reader comes first and takes over when the writer restarts, within a minute"
	mysqlInTurn = "one server after the other restarts; when it is the writer's turn a reader takes over, within a minute"
	mysqlMoves  = "if the writer is the one that goes, another takes over within a minute"
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Updates.MajorVersionUpgrade.html
	mysqlMinor = "servers restart with a failover, some minutes in all"
	mysqlMajor = "Aurora upgrades in place and is away for a quarter of an hour or more: take a snapshot first"

	// A machine has to stop for another type, and a set without its primary elects one
	// in twelve seconds or so:
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-resize.html
	// https://www.mongodb.com/docs/manual/replication/#automatic-failover
	mongoInTurn = "one member after the other stops and starts; when it is the primary's turn another takes over, in seconds"
	mongoAnew   = "the member's machine is made anew on its volume; the others go on"
	mongoJoins  = "members that are new copy the data from the others"
	// https://docs.aws.amazon.com/ebs/latest/userguide/requesting-ebs-volume-modifications.html
	mongoGrows = "volumes grow while they are used; file systems follow at the members' next start"
	mongoOplog = "members that are there keep the oplog that they began with"

	// New nodes copy the old ones' data before they take over:
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling.RedisReplGrps.html
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html
	redisSwitch = "new nodes copy the data and take over: connections break for some seconds"
	redisMoves  = "the cache begins empty elsewhere and learners log in again; " + handOver
	// The provider makes another Memcached for another machine, and another version restarts it:
	// https://github.com/hashicorp/terraform-provider-aws/issues/272
	memcachedAnew = "restarts or is made anew, and is empty at first"

	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-configuration-changes.html
	searchSwitch = "AWS builds new nodes beside the old and moves the data over: searches go on, more slowly"

	handOver = "hand the instances over to Tutor again"
)

// storeFacts are about the data stores.
var storeFacts = []fact{
	{name: "mysqlMachine", topic: "MySQL", say: func(p plan.Plan) string { return p.Stores.MySQL.Machine }, then: mysqlMachine},
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
	{name: "mysqlCapacity", topic: "MySQL", say: func(p plan.Plan) string {
		m := p.Stores.MySQL
		return choice(m.MaxCapacity > 0, fmt.Sprintf("%d to %d ACU", m.MinCapacity, m.MaxCapacity), "")
	}},
	{name: "mysqlReaders", topic: "MySQL", say: func(p plan.Plan) string {
		return choice(p.Stores.MySQL.Readers > 0, count(p.Stores.MySQL.Readers, "reader"), "no reader")
	}, then: mysqlReaders},
	{name: "mysqlVersion", topic: "MySQL", say: func(p plan.Plan) string { return p.Stores.MySQL.Version }, then: mysqlVersion},
	{name: "mysqlRoot", topic: "MySQL", say: func(p plan.Plan) string {
		return "root " + choice(p.Stores.MySQL.BootstrapOpen, "open for Tutor's init job", "locked")
	}},

	{name: "mongoKind", topic: "MongoDB", say: mongoKind, then: does(handOver)},
	{name: "mongoMachine", topic: "MongoDB", say: func(p plan.Plan) string {
		return p.Stores.Mongo.Machine + p.Stores.Mongo.Atlas.Tier // one of them is empty
	}, then: restarts(mongoInTurn)},
	{name: "mongoMembers", topic: "MongoDB", say: ofReplicaSet(func(m plan.Mongo) string {
		return count(len(m.Members), "member")
	}), then: does(mongoJoins)},
	{name: "mongoVolume", topic: "MongoDB", say: ofReplicaSet(func(m plan.Mongo) string {
		return fmt.Sprintf("%d GiB, %d IOPS, %d MiB/s", m.VolumeGiB, m.IOPS, m.ThroughputMiBps)
	}), then: does(mongoGrows)},
	{name: "mongoOplog", topic: "MongoDB", say: ofReplicaSet(func(m plan.Mongo) string {
		return fmt.Sprintf("oplog of %d MB", m.OplogMB)
	}), then: does(mongoOplog)},
	{name: "mongoImages", topic: "MongoDB", say: ofReplicaSet(mongoImages), then: func(change) effect {
		return effect{says: mongoAnew, stops: true}
	}},

	{name: "redisMachine", topic: "Redis", say: group(0, machine), then: restarts(redisSwitch)},
	{name: "redisNodes", topic: "Redis", say: group(0, groupNodes), then: redisRole},
	{name: "redisVersion", topic: "Redis", say: func(p plan.Plan) string {
		return string(p.Stores.Redis.Engine) + " " + p.Stores.Redis.Version
	}, then: restarts(redisSwitch)},
	{name: "redisSnapshots", topic: "Redis", say: func(p plan.Plan) string {
		return "snapshots for " + count(p.Stores.Redis.SnapshotDays, "day")
	}},
	{name: "cacheMachine", topic: "Redis for the cache alone", say: group(1, machine), then: restarts(redisSwitch)},
	{name: "cacheNodes", topic: "Redis for the cache alone", say: group(1, groupNodes)},

	{name: "memcached", topic: "Memcached", say: func(p plan.Plan) string {
		m := p.Stores.Memcached
		return choice(m.Nodes > 0, fmt.Sprintf("%s, %s, %s", m.Machine, count(m.Nodes, "node"), m.Version), "")
	}, then: restarts(memcachedAnew)},

	{name: "searchMachine", topic: "OpenSearch", say: ofSearch(func(s plan.Search) string { return s.Machine }), then: restarts(searchSwitch)},
	{name: "searchNodes", topic: "OpenSearch", say: ofSearch(func(s plan.Search) string { return count(s.Nodes, "node") }), then: restarts(searchSwitch)},
	{name: "searchMasters", topic: "OpenSearch", say: ofSearch(func(s plan.Search) string {
		return choice(s.Masters > 0, count(s.Masters, "master"), "no masters")
	}), then: restarts(searchSwitch)},
	{name: "searchStorage", topic: "OpenSearch", say: ofSearch(func(s plan.Search) string {
		return fmt.Sprintf("%d GiB", s.StorageGiB)
	}), then: restarts(searchSwitch)},
	{name: "searchVersion", topic: "OpenSearch", say: ofSearch(func(s plan.Search) string { return s.Version }), then: restarts(searchSwitch)},
}

// mysqlMachine restarts the servers, the writer last. Another can take over where
// there is a reader, or one comes.
func mysqlMachine(c change) effect {
	switch {
	case number(c.before["mysqlReaders"]) > 0:
		return effect{says: mysqlInTurn, stops: true}
	case number(c.after["mysqlReaders"]) > 0:
		return effect{says: mysqlJoined, stops: true}
	default:
		return effect{says: mysqlAlone, stops: true}
	}
}

func mysqlReaders(c change) effect {
	if number(c.is) >= number(c.was) {
		return effect{}
	}
	return effect{says: mysqlMoves}
}

// mysqlVersion is written as major version, engine, version of the engine.
func mysqlVersion(c change) effect {
	was, _, _ := strings.Cut(c.was, ".mysql")
	is, _, _ := strings.Cut(c.is, ".mysql")
	return effect{says: choice(was == is, mysqlMinor, mysqlMajor), stops: true}
}

// redisRole moves the cache where the first group is for queues alone, or no more.
func redisRole(c change) effect {
	alone := func(text string) bool { return strings.HasSuffix(text, groupRoles[redis.Broker]) }
	return effect{says: choice(alone(c.was) != alone(c.is), redisMoves, "")}
}

// mongoKind says whose MongoDB it is.
func mongoKind(p plan.Plan) string {
	switch m := p.Stores.Mongo; m.Kind {
	case config.MongoAtlas:
		return "Atlas in project " + m.Atlas.Project
	case config.MongoExternal:
		return fmt.Sprintf("another's at %s:%d, replica set %q", m.External.Host, m.External.Port, m.External.ReplicaSet)
	case config.MongoReplicaSet:
		return "replica set"
	default:
		return string(m.Kind)
	}
}

// ofReplicaSet is for what only the platform's own replica set has.
func ofReplicaSet(say func(plan.Mongo) string) func(plan.Plan) string {
	return func(p plan.Plan) string {
		if p.Stores.Mongo.Kind != config.MongoReplicaSet {
			return ""
		}
		return say(p.Stores.Mongo)
	}
}

// mongoImages lists the members that have an image of their own.
func mongoImages(m plan.Mongo) string {
	var images []string
	for _, member := range m.Members {
		if member.Image != "" {
			images = append(images, member.Name+" of "+member.Image)
		}
	}
	return strings.Join(images, ", ")
}

// group is for one of the groups of Redis: the one that is there from the beginning,
// or the cache's own.
func group(at int, say func(plan.RedisGroup) string) func(plan.Plan) string {
	return func(p plan.Plan) string {
		if at >= len(p.Stores.Redis.Groups) {
			return ""
		}
		return say(p.Stores.Redis.Groups[at])
	}
}

// machine is a group's, unless the group is about to go: then it keeps the one it has.
func machine(g plan.RedisGroup) string { return choice(g.Leaving, "", g.Machine) }

// groupRoles say what a group is for.
var groupRoles = map[redis.Role]string{redis.Shared: "for queues and cache", redis.Broker: "for queues", redis.Cache: "for the cache"}

// groupNodes say how many nodes a group has and what for, or that it is about to go.
func groupNodes(g plan.RedisGroup) string {
	return choice(g.Leaving, "there until pods have moved", count(g.Nodes, "node")+" "+groupRoles[g.Role])
}

// ofSearch is for what OpenSearch has where there is one.
func ofSearch(say func(plan.Search) string) func(plan.Plan) string {
	return func(p plan.Plan) string {
		if p.Stores.Search.Nodes == 0 {
			return ""
		}
		return say(p.Stores.Search)
	}
}
