package cost

import (
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/redis"
)

// backups is what is kept of the stores, and the copies in another region. What
// Aurora keeps of one day is free.
// https://aws.amazon.com/rds/aurora/pricing/
func (b *bill) backups() {
	changes := 1 + b.usage.Values["changed"]*float64(b.plan.Stores.BackupDays)
	database := b.mysqlGB()
	b.service(entry{item: "MySQL's own", price: "aurora-backup-gb", quantity: database.times(changes - 1)})
	disks := always(float64(len(b.plan.Stores.Mongo.Members)*b.plan.Stores.Mongo.VolumeGiB) * b.usage.Values["mongo-used"])
	sets := float64(1)
	if months := b.plan.Edge.Backup.MonthlyMonths; months > 0 {
		// A month's changes more for each month kept.
		sets += b.usage.Values["changed"] * daysPerMonth * float64(months)
	}
	kept := changes + sets - 1
	b.service(entry{
		item: "Backups of MySQL", price: "aurora-backup-gb", quantity: database.times(kept),
		resource: "aws:backup/vault:Vault", count: b.vaults(),
	})
	b.service(entry{item: "Backups of MongoDB's volumes", price: "snapshot-gb", quantity: disks.times(kept)})
	b.service(entry{item: "Backups of uploads", price: "s3-backup-gb", quantity: b.uploads().times(kept)})
	b.service(entry{
		item: "Nightly dumps", price: "s3-gb",
		quantity: database.plus(disks.times(dumpShare)).times(dumpShare * float64(b.plan.Stores.BackupDays)),
	})
	b.copies(database, disks)
	b.service(entry{item: "Redis snapshots", price: "cache-backup-gb", quantity: b.snapshots()})
	b.restores()
}

// dumpShare is how large a compressed dump is: of MongoDB's volumes one member's third
// of a third, of MySQL a third.
const dumpShare = 1.0 / 3

// vaults is how many there are.
func (b *bill) vaults() int {
	if b.plan.Edge.Backup.Copy == config.CopyNever {
		return 1
	}
	return 2
}

// copies are the backups in another region: a whole one and what changes, and what
// is sent there.
func (b *bill) copies(database, disks Range) {
	backup := b.plan.Edge.Backup
	if backup.Copy == config.CopyNever {
		return
	}
	changes := b.usage.Values["changed"] * float64(backup.CopyDays)
	kept := 1 + changes
	b.service(entry{item: "Copies of MySQL elsewhere", price: "aurora-backup-gb", quantity: database.times(kept)})
	b.service(entry{item: "Copies of volumes elsewhere", price: "snapshot-gb", quantity: disks.times(kept)})
	b.service(entry{item: "Copies of uploads elsewhere", price: "s3-backup-gb", quantity: b.uploads().times(kept)})
	monthly := b.usage.Values["changed"] * daysPerMonth
	b.service(entry{item: "Sent to the other region", price: "region-gb", quantity: database.plus(disks).plus(b.uploads()).times(monthly)})
}

// snapshots is how many GB of Redis are kept beyond the one that is free.
func (b *bill) snapshots() Range {
	gib := 0.0
	for _, group := range b.plan.Stores.Redis.Groups {
		has, _ := machines.Find(machines.Cache, group.Machine)
		gib += has.MemoryGiB * float64(max(0, b.plan.Stores.Redis.SnapshotDays-1))
	}
	return always(gib / 2) // half of the memory is in use
}

// restores are the weekly tests, each with a MySQL for some hours.
func (b *bill) restores() {
	if !b.plan.Edge.Backup.RestoreTests || b.plan.Stores.MySQL.MinCapacity > 0 {
		return
	}
	const weeksPerMonth = 4.35
	b.machines("aurora", b.plan.Stores.MySQL.Machine, entry{
		item: "Restore tests", quantity: always(b.usage.Values["restore-hours"] * weeksPerMonth / hours),
		resource: "aws:backup/restoreTestingPlan:RestoreTestingPlan", count: 1,
	})
}

// compressed is how large a log is where it is kept, of what it was when it came.
const compressed = 0.15

// detailedMetrics are those of a machine that is watched by the minute, and
// memberMetrics what each member of MongoDB tells of itself; the set tells one more.
const (
	detailedMetrics = 7
	memberMetrics   = 4
	setMetrics      = 1
)

// monitoring is logs, metrics, alarms and the dashboard.
func (b *bill) monitoring() {
	nodes := Range{float64(b.plan.Cluster.Nodes.Min), float64(b.plan.Cluster.Nodes.Max)}
	flows := always(b.usage.Values["flow-rejects-gb"])
	if b.plan.Network.FlowLogTraffic == "ALL" {
		flows = flows.plus(b.usage.perRequest("flow-kb"))
	}
	refused := b.usage.requests().times(b.usage.Values["refused"] * refusedKB)
	for _, log := range []struct {
		item string
		gb   Range
		days int
	}{
		{"Logs of containers", b.containerLogs(), b.plan.Monitoring.LogDays},
		{"Logs of the control plane", nodes.times(b.usage.Values["control-node-gb"]).plus(always(b.usage.Values["control-gb"])), b.plan.Cluster.LogDays},
		{"Flow logs", flows, b.plan.Network.FlowLogDays},
		{"Logs of the firewall", refused, b.plan.Edge.Firewall.LogDays},
	} {
		b.service(entry{item: log.item, price: "log-gb", quantity: log.gb})
		kept := log.gb.times(compressed * float64(log.days) / daysPerMonth)
		b.service(entry{item: log.item + ", kept", price: "log-storage-gb", quantity: kept})
	}
	alarms := b.alarms()
	b.service(entry{item: "Alarms", price: "alarm", quantity: number(alarms), resource: "aws:cloudwatch/metricAlarm:MetricAlarm", count: alarms})
	b.service(entry{item: "Dashboard", price: "dashboard", quantity: always(1), resource: "aws:cloudwatch/dashboard:Dashboard", count: 1})
	if members := len(b.plan.Stores.Mongo.Members); members > 0 {
		b.service(entry{item: "Metrics of MongoDB", price: "metric", quantity: number(members*(detailedMetrics+memberMetrics) + setMetrics)})
	}
}

// alarms counts the alarms that the components make.
func (b *bill) alarms() int {
	s := b.plan.Stores
	count := 1 // that there was no backup
	if b.plan.Edge.Mail.Kind == config.MailSES {
		count += 2 // bounces and complaints
	}
	count += 5 // of MySQL: its processors, memory, connections, deadlocks, and its disk or capacity
	if s.MySQL.Readers > 0 {
		count++ // how far behind they are
	}
	count += b.mongoAlarms()
	for _, group := range s.Redis.Groups {
		each := 5
		if group.Role == redis.Cache {
			each-- // which may throw things away
		}
		count += each * group.Nodes
	}
	if s.Memcached.Nodes > 0 {
		count += memcachedAlarms
	}
	if s.Search.Nodes > 0 {
		count += 9
	}
	if s.Search.Masters > 0 {
		count += 2
	}
	return count
}

// memcachedAlarms are of the worst of its nodes.
const memcachedAlarms = 3

// mongoAlarms counts those of the replica set: one for its dumps, six for each
// member, and one more where it lives on credits.
func (b *bill) mongoAlarms() int {
	m := b.plan.Stores.Mongo
	if m.Kind != config.MongoReplicaSet {
		return 0
	}
	each := 6
	if strings.HasPrefix(m.Machine, "t") {
		each++
	}
	return 1 + each*len(m.Members)
}

// house is names, keys, secrets, mail and the operators' machine.
func (b *bill) house() {
	zones, keys := b.zones(), b.keys()
	b.service(entry{item: "Hosted zones", price: "zone", quantity: number(zones), resource: "aws:route53/zone:Zone", count: zones})
	const namesPerRequest = 0.05 // the answers are kept for a while by whoever asked
	b.service(entry{item: "Names looked up", price: "dns-queries", quantity: b.usage.requests().times(namesPerRequest)})
	b.service(entry{item: "Keys", price: "key", quantity: number(keys), resource: "aws:kms/key:Key", count: keys})
	secrets := b.secrets()
	b.service(entry{
		item: "Secrets", price: "secret", quantity: number(secrets), resource: "aws:secretsmanager/secret:Secret", count: secrets,
	})
	b.service(entry{item: "MySQL's own secret", price: "secret", quantity: always(1), resource: "aws:rds/cluster:Cluster", count: 1})
	if b.plan.Edge.Mail.Kind == config.MailSES {
		const thousand = 1000
		b.service(entry{
			item: "Mail", price: "mail", quantity: b.usage.perLearner("mails").times(1.0 / thousand),
			resource: "aws:sesv2/emailIdentity:EmailIdentity", count: 1,
		})
	}
	if b.plan.Edge.Bastion.Enabled {
		b.machines("ec2", b.plan.Edge.Bastion.Machine, entry{
			item: "Bastion", quantity: always(1), commitment: "ec2", resource: "aws:ec2/instance:Instance", count: 1,
		})
		b.service(entry{item: "Its disk", price: gp3, quantity: always(machines.RootGiB)})
	}
	if b.plan.Edge.Audit.Trail || b.plan.Edge.Audit.GuardDuty {
		b.further = append(b.further, "CloudTrail and GuardDuty (openedx:audit) are billed by what they read in the whole account: they are in no total.")
	}
}

// zones counts the hosted zones that are made: the platform's and those of instances
// unless they are there, and MongoDB's private one.
func (b *bill) zones() int {
	count := 0
	if b.plan.Edge.ZoneID == "" {
		count++
	}
	if b.plan.Stores.Mongo.Kind == config.MongoReplicaSet {
		count++
	}
	for _, instance := range b.plan.Instances {
		if instance.Domain != "" && instance.ZoneID == "" {
			count++
		}
	}
	return count
}

// keys counts the keys: for data, logs and secrets, and one in each further region.
func (b *bill) keys() int {
	count := 3
	if b.plan.Edge.CDN.Enabled {
		count++
	}
	if b.plan.Edge.Backup.Copy != config.CopyNever {
		count++
	}
	return count
}

// secrets counts the secrets: six of each instance, the mail server's, and MongoDB's.
func (b *bill) secrets() int {
	const ofInstance, ofSet = 6, 3
	count := ofInstance*b.instances() + 1
	if b.plan.Stores.Mongo.Kind == config.MongoReplicaSet {
		return count + ofSet + len(b.plan.Stores.Mongo.Members)
	}
	return count + 1
}
