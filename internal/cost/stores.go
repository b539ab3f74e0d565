package cost

import (
	"fmt"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/redis"
)

// optimizedMachines is how much dearer machines are where operations are free.
const optimizedMachines = 1.3

// mysql is Aurora: machines or capacity, storage and operations.
func (b *bill) mysql() {
	m, running := b.plan.Stores.MySQL, b.usage.Values["node-hours"]
	instances := 1 + m.Readers
	dearer := 1.0
	if b.usage.Optimized {
		dearer = optimizedMachines
	}
	if m.MinCapacity > 0 {
		b.service(entry{
			item: "Aurora Serverless v2, writer and readers", price: "aurora-acu-hour", commitment: "aurora-serverless",
			quantity: Range{float64(m.MinCapacity), float64(m.MaxCapacity)}.times(float64(instances) * hours * running * dearer),
			resource: "aws:rds/clusterInstance:ClusterInstance", count: instances,
		})
	} else {
		b.machines("aurora", m.Machine, entry{
			item: "Aurora writer and readers", quantity: number(instances).times(running * dearer), commitment: "aurora",
			resource: "aws:rds/clusterInstance:ClusterInstance", count: instances,
		})
	}
	if b.usage.Optimized {
		b.service(entry{item: "Storage, operations included", price: "aurora-optimized-gb", quantity: b.mysqlGB()})
		return
	}
	b.service(entry{item: "Storage", price: "aurora-gb", quantity: b.mysqlGB()})
	b.service(entry{item: "Operations", price: "aurora-io", quantity: b.usage.requests().times(b.usage.Values["io"])})
}

// mysqlGB is how large the database is.
func (b *bill) mysqlGB() Range {
	return b.usage.perLearner("mysql-gb").plus(always(b.usage.Values["mysql-base-gb"]))
}

// What is in the price of every gp3 volume.
// https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
const freeIOPS, freeThroughput = 3000, 125

// mongo is the replica set on machines of its own; others' are on others' bills.
func (b *bill) mongo() {
	m := b.plan.Stores.Mongo
	if m.Kind != config.MongoReplicaSet {
		b.further = append(b.further, fmt.Sprintf("MongoDB is %s: its bill is not AWS's, and in no total.", m.Kind))
		return
	}
	members := len(m.Members)
	b.machines("ec2", m.Machine, entry{
		item: "Members", quantity: number(members).times(b.usage.Values["node-hours"]), commitment: "ec2",
		resource: "aws:ec2/instance:Instance", count: members,
	})
	b.service(entry{
		item: "Data volumes", price: b.usage.Volumes, quantity: number(members * m.VolumeGiB),
		resource: "aws:ebs/volume:Volume", count: members,
	})
	b.service(entry{item: "System disks", price: gp3, quantity: number(members * machines.RootGiB)})
	if b.usage.Volumes == gp3 {
		b.service(entry{item: "Operations a second beyond 3,000", price: "gp3-iops", quantity: number(members * max(0, m.IOPS-freeIOPS))})
		b.service(entry{item: "MiB a second beyond 125", price: "gp3-throughput", quantity: number(members * max(0, m.ThroughputMiBps-freeThroughput))})
	}
}

// caches is Redis, and Memcached where there is one. Valkey has prices of its own.
func (b *bill) caches() {
	engine := "redis"
	if b.plan.Stores.Redis.Engine == redis.Valkey {
		engine = "valkey"
	}
	for _, group := range b.plan.Stores.Redis.Groups {
		b.machines(engine, group.Machine, entry{
			item: fmt.Sprintf("%s for %s", engine, roles[group.Role]), quantity: number(group.Nodes), commitment: "cache",
			resource: "aws:elasticache/replicationGroup:ReplicationGroup", count: 1,
		})
	}
	memcached := b.plan.Stores.Memcached
	b.machines("redis", memcached.Machine, entry{
		item: "Memcached", quantity: number(memcached.Nodes), commitment: "cache", resource: "aws:elasticache/cluster:Cluster", count: 1,
	})
}

// roles is what a group of Redis is for.
var roles = map[redis.Role]string{redis.Shared: "cache and queues", redis.Cache: "cache", redis.Broker: "queues"}

// search is OpenSearch, where there is one.
func (b *bill) search() {
	s := b.plan.Stores.Search
	if s.Nodes == 0 {
		return
	}
	b.machines("search", s.Machine, entry{
		item: "Data nodes", quantity: number(s.Nodes), commitment: "search", resource: "aws:opensearch/domain:Domain", count: 1,
	})
	b.machines("search", machines.SearchMaster, entry{item: "Dedicated masters", quantity: number(s.Masters), commitment: "search"})
	b.service(entry{item: "Volumes", price: "search-gib", quantity: number(s.Nodes * s.StorageGiB)})
}
