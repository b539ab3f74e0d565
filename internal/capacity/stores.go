package capacity

import (
	"fmt"
	"slices"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/load"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
)

const mibPerGiB = 1024

// stores is what all instances need of the data stores.
func stores(p plan.Plan, r Report, assumed load.Assumptions) []Resource {
	processes := float64(r.Processes+r.Children) * (1 + assumed.Surge)
	redis := p.Stores.Redis.Groups[len(p.Stores.Redis.Groups)-1] // the cache's own comes last
	rollout := fmt.Sprintf("processes of uWSGI and Celery × %g while a release is rolled out × ", 1+assumed.Surge)
	mysql := connections(p.Stores, up(processes*assumed.ConnectionsPerProcess+assumed.ConnectionsBeside))
	mysql.How = fmt.Sprintf("%s%g, and %g beside; there is an alarm at %d %% of the %d that are let in",
		rollout, assumed.ConnectionsPerProcess, assumed.ConnectionsBeside, p.Stores.Alarms.Connections, p.Stores.MySQL.Connections)
	all := []Resource{
		mysql,
		{Name: "Redis connections", How: rollout + fmt.Sprint(assumed.RedisConnections), Needs: up(processes * assumed.RedisConnections), Has: int(assumed.RedisClients)},
		memory{
			name: "MiB in Redis on " + redis.Machine, kind: machines.Cache, machine: redis.Machine, key: plan.KeyCacheMachine,
			how: fmt.Sprintf("learners × %g MiB and instances × %g MiB; a share of %g is kept for snapshots", assumed.RedisPerLearner, assumed.RedisPerInstance, assumed.RedisReserved),
			has: func(gib float64) int { return int(gib * mibPerGiB * (1 - assumed.RedisReserved)) },
		}.resource(up(r.Load.RedisMiB + float64(len(p.Instances))*assumed.RedisPerInstance)),
	}
	if p.Stores.Mongo.Kind == config.MongoReplicaSet {
		all = append(all, memory{
			name: "MiB in MongoDB's cache on " + p.Stores.Mongo.Machine, kind: machines.Mongo, machine: p.Stores.Mongo.Machine, key: plan.KeyMongoMachine,
			how: fmt.Sprintf("learners ÷ %g in a course × %g MiB; the cache is a share of %g of the memory less 1 GiB", assumed.LearnersPerCourse, assumed.MongoPerCourse, assumed.MongoShare),
			has: func(gib float64) int { return int((gib - 1) * mibPerGiB * assumed.MongoShare) },
		}.resource(up(r.Load.MongoMiB)))
	}
	return all
}

// connections are MySQL's, up to where somebody would be alarmed.
func connections(stores plan.Stores, needs int) Resource {
	calm := func(most int) int { return most * stores.Alarms.Connections / 100 }
	mysql := stores.MySQL
	resource := Resource{Name: "MySQL connections on " + mysql.Machine, Needs: needs, Has: calm(mysql.Connections)}
	if !resource.Short() {
		return resource
	}
	if mysql.MaxCapacity > 0 { // there is no machine
		capacity, enough := least(mysql.MaxCapacity, plan.MostCapacity, func(c int) bool { return calm(plan.Connections(c)) >= needs })
		if enough {
			resource.Mend = Setting{plan.KeyMySQLCapacity, fmt.Sprint(capacity)}
		}
		return resource
	}
	resource.Mend = larger(machines.MySQL, mysql.Machine, plan.KeyMySQLMachine, func(m machines.Machine) bool { return calm(m.Connections) >= needs })
	return resource
}

// memory is that of a store's machine.
type memory struct {
	name, machine, key, how string
	kind                    machines.Kind
	// has is how many MiB of so many GiB are of use.
	has func(gib float64) int
}

// resource is the memory as a resource.
func (m memory) resource(needs int) Resource {
	machine, _ := machines.Find(m.kind, m.machine)
	resource := Resource{Name: m.name, How: m.how, Needs: needs, Has: m.has(machine.MemoryGiB)}
	if resource.Short() {
		resource.Mend = larger(m.kind, m.machine, m.key, func(other machines.Machine) bool { return m.has(other.MemoryGiB) >= needs })
	}
	return resource
}

// larger is the setting that makes a store's machine the smallest that is enough: of
// the same family if there is one, else of any that does not live on credits.
func larger(kind machines.Kind, than, key string, enough func(machines.Machine) bool) Setting {
	fits := func(name string) bool {
		machine, _ := machines.Find(kind, name)
		return enough(machine)
	}
	same := func(name string) bool { return machines.Family(name) == machines.Family(than) && fits(name) }
	steady := func(name string) bool {
		machine, _ := machines.Find(kind, name)
		return !machine.Burstable && fits(name)
	}
	all := machines.Names(kind)
	for _, good := range []func(string) bool{same, steady} {
		if at := slices.IndexFunc(all, good); at >= 0 {
			return Setting{key, all[at]}
		}
	}
	return Setting{}
}
