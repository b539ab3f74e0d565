package plan

// StoreSizing is the part of the sizing table about data stores. It is read as
// the rest of Sizing is.
type StoreSizing struct {
	BackupDays   int `row:"Backups kept, days" key:"openedx:data.backupDays" why:"Long enough to notice that something is gone: a week where one person knows every course, a month and some days where nobody does."`
	StoreLogDays int `row:"Store logs kept, days" key:"openedx:data.logDays" why:"Slow queries are looked for by comparing with last month, in a larger site with last term."`

	MySQL            Machine `row:"MySQL machine" key:"openedx:overrides.mysql.machine" why:"Apart from the cluster in every preset: a node that goes must not take grades along. Open edX opens a connection for every request that it is at; how many that makes of those that fit is shown below. Burstable machines let in 90, of which three instances would use nearly all on a busy evening."`
	MySQLReaders     int     `row:"MySQL readers" key:"openedx:overrides.mysql.readers" optional:"true" why:"A reader takes over within a minute when the writer is lost; without one AWS makes a new writer, which takes about ten. Not below one where the preset has any."`
	MySQLBackMinutes int     `row:"MySQL is back after the loss of its machine, minutes" why:"Aurora's own figures: within a minute where a reader takes over, within ten where a new writer is made."`

	Mongo           Machine `row:"MongoDB machine" key:"openedx:overrides.mongo.machine" why:"Apart from the cluster as well, each member on a machine of its own. Course structures are read from memory: half of it, less 1 GiB, is the cache. At least doubled from preset to preset, as are the courses that are open at once."`
	MongoMembers    int     `row:"MongoDB members" key:"openedx:overrides.mongo.members" why:"Three keep a majority when one zone is lost. Five, by choice, also while another member is being replaced."`
	MongoVolumeGiB  int     `row:"MongoDB volume, GiB" key:"openedx:overrides.mongo.volumeGiB" why:"Course assets are kept here and grow with the number of courses, to tens of GB in a large site; the rest is room for the oplog and for growth."`
	MongoIOPS       int     `row:"MongoDB volume, operations a second" key:"openedx:overrides.mongo.iops" why:"3,000 are in the price of every gp3 volume."`
	MongoThroughput int     `row:"MongoDB volume, MiB a second" key:"openedx:overrides.mongo.throughputMiBps" why:"125 are in the price of every gp3 volume; a member that starts anew copies everything at this speed."`
	MongoOplogMB    int     `row:"MongoDB oplog, MB" why:"What a member may miss and still catch up: a day of a busy site's writes at least."`

	CacheSplit   bool    `row:"Redis apart for queues" key:"openedx:cache.split" optional:"true" why:"A cache under pressure throws things away, and a queue must not. Together they get a policy that suits both; a busy site gives each its own."`
	Cache        Machine `row:"Redis machine" key:"openedx:overrides.cache.machine" why:"In small the cheapest with room for a school's sessions; from medium on one that is not slowed down by credits. Redis uses one core, so more memory is what a larger machine is for: sessions, course structures and rendered blocks of everybody online."`
	CacheNodes   int     `row:"Redis nodes" key:"openedx:overrides.cache.nodes" why:"Two fail over within a minute. Three survive a second loss in the meantime."`
	SnapshotDays int     `row:"Redis snapshots kept, days" key:"openedx:overrides.cache.snapshotDays" why:"What is in Redis is of today; a snapshot helps after an operator's mistake, not against the loss of a node."`
	Broker       Machine `row:"Redis machine for queues" key:"openedx:overrides.broker.machine" why:"A queue is short; the machine is the one that the queues have lived on before they were split."`
	BrokerNodes  int     `row:"Redis nodes for queues" key:"openedx:overrides.broker.nodes" why:"As for the cache."`

	Memcached      Machine `row:"Memcached machine, if wanted" key:"openedx:overrides.memcached.machine" why:"As for Redis; only sites with older plugins have one."`
	MemcachedNodes int     `row:"Memcached nodes" key:"openedx:overrides.memcached.nodes" why:"One: Django knows a single address, and with more nodes pods would see different caches."`

	SearchEnabled bool    `row:"OpenSearch" key:"openedx:search.enabled" optional:"true" why:"Needed for course discovery and older plugins; Open edX itself searches in Meilisearch, which runs in the cluster."`
	Search        Machine `row:"OpenSearch machine" key:"openedx:overrides.search.machine" why:"Half of the memory is the heap. The cheapest that runs on two zones is enough to try it out."`
	SearchNodes   int     `row:"OpenSearch nodes" key:"openedx:overrides.search.nodes" why:"One in each of three zones, or of two where it is small."`
	SearchMasters int     `row:"OpenSearch dedicated masters" key:"openedx:overrides.search.masters" optional:"true" why:"Three keep the domain steady while data nodes are busy or being replaced."`
	SearchStorage int     `row:"OpenSearch volume, GiB" key:"openedx:overrides.search.storageGiB" why:"Of each data node. Course catalogues are small; logs are not kept here."`

	AlarmCPU         int `row:"Alarm above, % of CPU" why:"A larger site has less time between busy and too busy."`
	AlarmFreeMemory  int `row:"Alarm below, % of memory free" why:"Stores use what memory there is for caches, so little is free in good days too."`
	AlarmUsedStorage int `row:"Alarm above, % of storage used" why:"Early enough to make a volume larger, which can be done once in six hours."`
	AlarmConnections int `row:"Alarm above, % of connections" why:"Beyond all of them, learners see errors at once."`
	AlarmLagSeconds  int `row:"Alarm above, seconds of lag" why:"What would be lost, or shown late, when a replica took over."`
	AlarmMinutes     int `row:"Alarm after, minutes" why:"In small somebody is woken only by what lasts."`
}

// The stores of each preset. The MySQL and Redis of medium are the smallest
// that are not slowed down by credits; all but OpenSearch's smallest are Graviton,
// which does the same for about a fifth less.
var (
	smallStores = StoreSizing{
		BackupDays: 7, StoreLogDays: 30,
		MySQL: Machine{"db.r7g.large", "Standard_E2ds_v5"}, MySQLReaders: 0, MySQLBackMinutes: 10,
		Mongo: Machine{"t4g.medium", "Standard_B2s_v2"}, MongoMembers: 3, MongoVolumeGiB: 50,
		MongoIOPS: 3000, MongoThroughput: 125, MongoOplogMB: 4096,
		CacheSplit: false, Cache: Machine{"cache.t4g.small", "Balanced_B1"}, CacheNodes: 2, SnapshotDays: 1,
		Broker: Machine{"cache.t4g.small", "Balanced_B1"}, BrokerNodes: 2,
		Memcached: Machine{"cache.t4g.small", "Balanced_B1"}, MemcachedNodes: 1,
		SearchEnabled: false, Search: Machine{"t3.small.search", "in-cluster"}, SearchNodes: 2, SearchMasters: 0, SearchStorage: 20,
		AlarmCPU: 90, AlarmFreeMemory: 5, AlarmUsedStorage: 80, AlarmConnections: 80, AlarmLagSeconds: 30, AlarmMinutes: 15,
	}
	mediumStores = StoreSizing{
		BackupDays: 14, StoreLogDays: 90,
		MySQL: Machine{"db.r7g.xlarge", "Standard_E4ds_v5"}, MySQLReaders: 1, MySQLBackMinutes: 1,
		Mongo: Machine{"r7g.large", "Standard_E2s_v5"}, MongoMembers: 3, MongoVolumeGiB: 200,
		MongoIOPS: 3000, MongoThroughput: 125, MongoOplogMB: 10240,
		CacheSplit: false, Cache: Machine{"cache.r7g.large", "Balanced_B10"}, CacheNodes: 2, SnapshotDays: 5,
		Broker: Machine{"cache.r7g.large", "Balanced_B10"}, BrokerNodes: 2,
		Memcached: Machine{"cache.m7g.large", "Balanced_B5"}, MemcachedNodes: 1,
		SearchEnabled: true, Search: Machine{"m7g.large.search", "in-cluster"}, SearchNodes: 3, SearchMasters: 0, SearchStorage: 100,
		AlarmCPU: 80, AlarmFreeMemory: 8, AlarmUsedStorage: 75, AlarmConnections: 80, AlarmLagSeconds: 10, AlarmMinutes: 10,
	}
	largeStores = StoreSizing{
		BackupDays: 35, StoreLogDays: 365,
		MySQL: Machine{"db.r7g.4xlarge", "Standard_E16ds_v5"}, MySQLReaders: 2, MySQLBackMinutes: 1,
		Mongo: Machine{"r7g.2xlarge", "Standard_E8s_v5"}, MongoMembers: 3, MongoVolumeGiB: 500,
		MongoIOPS: 6000, MongoThroughput: 250, MongoOplogMB: 20480,
		CacheSplit: true, Cache: Machine{"cache.r7g.2xlarge", "Balanced_B50"}, CacheNodes: 3, SnapshotDays: 7,
		Broker: Machine{"cache.r7g.large", "Balanced_B10"}, BrokerNodes: 2,
		Memcached: Machine{"cache.r7g.large", "Balanced_B10"}, MemcachedNodes: 1,
		SearchEnabled: true, Search: Machine{"r7g.large.search", "in-cluster"}, SearchNodes: 3, SearchMasters: 3, SearchStorage: 300,
		AlarmCPU: 70, AlarmFreeMemory: 10, AlarmUsedStorage: 75, AlarmConnections: 80, AlarmLagSeconds: 5, AlarmMinutes: 5,
	}
)
