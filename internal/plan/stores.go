package plan

import (
	"strconv"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

// Stores is the data stores as decided.
type Stores struct {
	BackupDays        int    `json:"backupDays"`
	LogDays           int    `json:"logDays"`
	BackupWindow      string `json:"backupWindow"`
	MaintenanceWindow string `json:"maintenanceWindow"`
	MySQL             MySQL  `json:"mysql"`
	Mongo             Mongo  `json:"mongo"`
	Redis             Redis  `json:"redis"`
	// Memcached and Search have no nodes where the platform does without.
	Memcached Memcached `json:"memcached"`
	Search    Search    `json:"search"`
	Alarms    Alarms    `json:"alarms"`
	// Replaceable are the stores that a run may make anew.
	Replaceable []string `json:"replaceable"`
}

// MySQL is MySQL as decided.
type MySQL struct {
	Version string `json:"version"`
	// Family is the parameter group family of the version.
	Family  string `json:"family"`
	Machine string `json:"machine"`
	// MinCapacity and MaxCapacity are in ACU, and 0 for a machine of fixed size.
	MinCapacity int `json:"minCapacity"`
	MaxCapacity int `json:"maxCapacity"`
	Readers     int `json:"readers"`
	// MemoryGiB and Connections are what the machine has.
	MemoryGiB   float64 `json:"memoryGiB"`
	Connections int     `json:"connections"`
	// BootstrapOpen lets Tutor's init job in.
	BootstrapOpen bool `json:"bootstrapOpen"`
}

// Mongo is MongoDB as decided; what its kind does not use is empty.
type Mongo struct {
	Kind            config.MongoKind `json:"kind"`
	Machine         string           `json:"machine"`
	Members         []MongoMember    `json:"members"`
	VolumeGiB       int              `json:"volumeGiB"`
	IOPS            int              `json:"iops"`
	ThroughputMiBps int              `json:"throughputMiBps"`
	OplogMB         int              `json:"oplogMB"`
	Atlas           Atlas            `json:"atlas"`
	External        External         `json:"external"`
}

// MongoMember is one member of the replica set.
type MongoMember struct {
	Name string `json:"name"`
	Zone string `json:"zone"`
	// Image is empty for a member that keeps the image it was made from.
	Image string `json:"image"`
}

// Atlas is MongoDB Atlas as decided.
type Atlas struct {
	Project string `json:"project"`
	Tier    string `json:"tier"`
}

// External is somebody else's MongoDB.
type External struct {
	Host       string `json:"host"`
	Port       int    `json:"port"`
	ReplicaSet string `json:"replicaSet"`
	Username   string `json:"username"`
	Authority  string `json:"authority"`
}

// Redis is Redis as decided: one group, or one for the queues and one for the cache.
type Redis struct {
	Engine  redis.Engine `json:"engine"`
	Version string       `json:"version"`
	Groups  []RedisGroup `json:"groups"`
	// Databases are two for each instance that there is room for.
	Databases    int `json:"databases"`
	SnapshotDays int `json:"snapshotDays"`
}

// RedisGroup is one replication group.
type RedisGroup struct {
	Role    redis.Role `json:"role"`
	Machine string     `json:"machine"`
	Nodes   int        `json:"nodes"`
	// Leaving is a group that is still there for pods that have not moved yet.
	Leaving bool `json:"leaving,omitempty"`
}

// split tells whether queues and cache are apart, as foundations call it.
func (r Redis) split() string {
	last := r.Groups[len(r.Groups)-1]
	if last.Leaving {
		return "moving"
	}
	return strconv.FormatBool(last.Role == redis.Cache)
}

// Memcached is Memcached as decided.
type Memcached struct {
	Version string `json:"version"`
	Machine string `json:"machine"`
	Nodes   int    `json:"nodes"`
}

// Search is OpenSearch as decided.
type Search struct {
	Version    string `json:"version"`
	Machine    string `json:"machine"`
	Nodes      int    `json:"nodes"`
	Masters    int    `json:"masters"`
	StorageGiB int    `json:"storageGiB"`
	// CreateRole is false where the account has the service-linked role already.
	CreateRole bool `json:"createRole"`
}

// Alarms is when somebody is told, and who.
type Alarms struct {
	Emails      []string `json:"emails"`
	CPU         int      `json:"cpu"`
	FreeMemory  int      `json:"freeMemory"`
	UsedStorage int      `json:"usedStorage"`
	Connections int      `json:"connections"`
	LagSeconds  int      `json:"lagSeconds"`
	Minutes     int      `json:"minutes"`
}

// What holds in every preset unless it is written.
const (
	defaultBackupWindow      = "02:00-03:00" //nolint:gosec // a time of day
	defaultMaintenanceWindow = "sun:03:30-sun:04:30"
	// Below 2 ACU the monitoring alone takes a good part of the memory:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
	defaultMinCapacity = 2
	defaultMaxCapacity = 8
	// serverless is what the instances of Serverless v2 are called.
	serverless = "db.serverless"
	// gibPerACU is the memory of one ACU.
	gibPerACU      = 2
	defaultMongo   = config.MongoReplicaSet
	mongoPort      = 27017
	defaultAccount = "admin"
)

// HomeZones is how many zones hold what cannot move: the control plane and the
// system nodes of the cluster, and the stores. A zone that is added later is for
// nodes that come on demand. EKS takes a control plane into no further zone, and a
// replica set whose members changed zones would be another one.
const HomeZones = 3

// planStores merges the data stores.
func planStores(settings config.Settings, sizing Sizing, zones []Zone) Stores {
	data := settings.Data
	return Stores{
		BackupDays:        or(data.BackupDays, sizing.BackupDays),
		LogDays:           or(data.LogDays, sizing.StoreLogDays),
		BackupWindow:      or(data.BackupWindow, defaultBackupWindow),
		MaintenanceWindow: or(data.MaintenanceWindow, defaultMaintenanceWindow),
		MySQL:             planMySQL(settings, sizing),
		Mongo:             planMongo(settings, sizing, zones),
		Redis:             planRedis(settings, sizing),
		Memcached:         planMemcached(settings, sizing),
		Search:            planSearch(settings, sizing),
		Replaceable:       sorted(settings.AllowReplace),
		Alarms: Alarms{
			Emails: sorted(settings.Alarms.Emails), CPU: sizing.AlarmCPU, FreeMemory: sizing.AlarmFreeMemory,
			UsedStorage: sizing.AlarmUsedStorage, Connections: sizing.AlarmConnections,
			LagSeconds: sizing.AlarmLagSeconds, Minutes: sizing.AlarmMinutes,
		},
	}
}

// planMySQL merges MySQL.
func planMySQL(settings config.Settings, sizing Sizing) MySQL {
	override := settings.Overrides.MySQL
	version := or(settings.MySQL.Version, versions.DefaultMySQL)
	planned := MySQL{
		Version: version, Family: versions.MySQLFamily(version),
		Machine:       or(override.Machine, sizing.MySQL.On(settings.Cloud)),
		Readers:       or(override.Readers, sizing.MySQLReaders),
		BootstrapOpen: or(settings.MySQL.Bootstrap, "closed") == "open",
	}
	if settings.MySQL.Serverless {
		planned.Machine = serverless
		planned.MinCapacity = or(override.MinCapacity, defaultMinCapacity)
		planned.MaxCapacity = or(override.MaxCapacity, defaultMaxCapacity)
	}
	planned.MemoryGiB, planned.Connections = mysqlHas(planned)
	return planned
}

// mysqlHas is the memory and the most connections of a machine; those of
// Serverless v2 follow from its most capacity as a machine's do from its memory.
func mysqlHas(planned MySQL) (float64, int) {
	if planned.Machine != serverless {
		machine, _ := machines.Find(machines.MySQL, planned.Machine)
		return machine.MemoryGiB, machine.Connections
	}
	memory := float64(planned.MaxCapacity * gibPerACU)
	return memory, machines.Connections(memory)
}

// planMongo merges MongoDB.
func planMongo(settings config.Settings, sizing Sizing, zones []Zone) Mongo {
	written, override := settings.Mongo, settings.Overrides.Mongo
	planned := Mongo{Kind: config.MongoKind(or(written.Kind, string(defaultMongo))), Members: []MongoMember{}}
	switch planned.Kind {
	case config.MongoAtlas:
		planned.Atlas = Atlas{Project: or(written.Atlas.Project, ""), Tier: or(written.Atlas.Tier, defaultTier(settings.Preset))}
	case config.MongoExternal:
		planned.External = External{
			Host: or(written.External.Host, ""), Port: or(written.External.Port, mongoPort),
			ReplicaSet: or(written.External.ReplicaSet, ""), Username: or(written.External.Username, defaultAccount),
			Authority: or(written.External.Authority, ""),
		}
	case config.MongoReplicaSet:
		planned.Machine = or(override.Machine, sizing.Mongo.On(settings.Cloud))
		planned.Members = planMembers(or(override.Members, sizing.MongoMembers), zones, written.Images)
		planned.VolumeGiB = or(override.VolumeGiB, sizing.MongoVolumeGiB)
		planned.IOPS = or(override.IOPS, sizing.MongoIOPS)
		planned.ThroughputMiBps = or(override.ThroughputMiBps, sizing.MongoThroughput)
		planned.OplogMB = sizing.MongoOplogMB
	}
	return planned
}

// planMembers names the members after their zones, and a zone's second a2.
func planMembers(count int, zones []Zone, images map[string]string) []MongoMember {
	home := zones[:min(HomeZones, len(zones))]
	members := make([]MongoMember, 0, count)
	for i := range count {
		if len(home) == 0 {
			break // without a region, which the reader has missed already
		}
		zone := home[i%len(home)].Letter
		name := zone
		if round := i / len(home); round > 0 {
			name += strconv.Itoa(round + 1)
		}
		members = append(members, MongoMember{Name: name, Zone: zone, Image: images[name]})
	}
	return members
}

// planRedis merges Redis. The group that is there from the beginning keeps the
// queues when they are split, because a task that is lost is lost for good and a
// cache fills up again.
func planRedis(settings config.Settings, sizing Sizing) Redis {
	override := settings.Overrides
	engine := redis.Engine(or(settings.Cache.Engine, string(redis.Valkey)))
	planned := Redis{
		Engine: engine, Version: or(settings.Cache.Version, versions.DefaultCache(string(engine))), Databases: redis.Databases,
		SnapshotDays: or(override.Cache.SnapshotDays, sizing.SnapshotDays),
	}
	cache := RedisGroup{
		Role: redis.Shared, Machine: or(override.Cache.Machine, sizing.Cache.On(settings.Cloud)),
		Nodes: or(override.Cache.Nodes, sizing.CacheNodes),
	}
	if !or(settings.Cache.Split, sizing.CacheSplit) {
		planned.Groups = []RedisGroup{cache}
		if settings.Cache.Moving {
			cache.Role, cache.Leaving = redis.Cache, true
			planned.Groups = append(planned.Groups, cache)
		}
		return planned
	}
	cache.Role = redis.Cache
	planned.Groups = []RedisGroup{{
		Role: redis.Broker, Machine: or(override.Broker.Machine, sizing.Broker.On(settings.Cloud)),
		Nodes: or(override.Broker.Nodes, sizing.BrokerNodes),
	}, cache}
	return planned
}

// planMemcached merges Memcached.
func planMemcached(settings config.Settings, sizing Sizing) Memcached {
	if !settings.Cache.Memcached {
		return Memcached{}
	}
	override := settings.Overrides.Memcached
	return Memcached{
		Version: versions.Memcached, Machine: or(override.Machine, sizing.Memcached.On(settings.Cloud)),
		Nodes: or(override.Nodes, sizing.MemcachedNodes),
	}
}

// planSearch merges OpenSearch.
func planSearch(settings config.Settings, sizing Sizing) Search {
	if !or(settings.Search.Enabled, sizing.SearchEnabled) {
		return Search{}
	}
	override := settings.Overrides.Search
	return Search{
		Version: or(settings.Search.Version, versions.DefaultSearch),
		Machine: or(override.Machine, sizing.Search.On(settings.Cloud)),
		Nodes:   or(override.Nodes, sizing.SearchNodes), Masters: or(override.Masters, sizing.SearchMasters),
		StorageGiB: or(override.StorageGiB, sizing.SearchStorage),
		CreateRole: or(settings.Search.ServiceLinkedRole, "create") == "create",
	}
}

// defaultTier is the Atlas tier with as much memory as a preset's members have.
// https://www.mongodb.com/docs/atlas/reference/amazon-aws/
func defaultTier(preset config.Preset) string {
	return map[config.Preset]string{config.Small: "M20", config.Medium: "M40", config.Large: "M60"}[preset]
}
