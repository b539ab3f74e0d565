package stacks

import (
	"fmt"
	"slices"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/firstboot"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/versions"
)

// redisNames are the components' names by what the group is for. The group that
// is there from the beginning keeps its name when the cache moves out.
var redisNames = map[redis.Role]string{
	redis.Shared: "redis", redis.Broker: "redis", redis.Cache: "redis-cache",
}

// insightsDays is what Performance Insights keep at no cost.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PerfInsights.Overview.cost.html
const insightsDays = 7

// store is what every data store is told.
func (b *onAWS) store(name string, subnets []platform.Subnet) aws.StoreArgs {
	s := b.plan.Stores
	return aws.StoreArgs{
		Account: b.account, VPC: b.network.ID, Subnets: home(subnets),
		Clients: b.clients(), Fresh: len(b.before) == 0,
		DataKey: b.keys.Data, LogsKey: b.keys.Logs, SecretsKey: b.keys.Secrets,
		Protect:    b.plan.Protect && !b.replaceable(name),
		Disposable: !b.plan.Protect,
		Windows:    aws.Windows{Backup: s.BackupWindow, Maintenance: s.MaintenanceWindow},
		BackupDays: s.BackupDays, LogDays: s.LogDays,
		Thresholds: aws.Thresholds{
			CPU: s.Alarms.CPU, FreeMemory: s.Alarms.FreeMemory, UsedStorage: s.Alarms.UsedStorage,
			Connections: s.Alarms.Connections, LagSeconds: s.Alarms.LagSeconds, Minutes: s.Alarms.Minutes,
		},
		Topic: b.alerts.Topic, Notices: b.alerts.Notices, Tags: b.tags,
	}
}

// replaceable tells whether a run may make a store anew.
func (b *onAWS) replaceable(store string) bool {
	return slices.Contains(b.plan.Stores.Replaceable, store)
}

// clients may connect to the stores.
func (b *onAWS) clients() []aws.Client {
	clients := []aws.Client{{Name: "nodes", Group: b.cluster.SecurityGroup}}
	if b.bastion != nil {
		clients = append(clients, aws.Client{Name: "bastion", Group: b.bastion.Group})
	}
	return clients
}

// watch remembers what a store wants watched.
func (b *onAWS) watch(name string, alarms []aws.Alarm) {
	b.watched = append(b.watched, aws.WatchedStore{Name: name, Alarms: alarms})
}

func (b *onAWS) addAlerts() (err error) {
	b.alerts, err = aws.NewAlerts(b.Context, b.name("alerts"), &aws.AlertsArgs{
		Account: b.account, Key: b.keys.Logs, Emails: b.plan.Stores.Alarms.Emails, Tags: b.tags,
	})
	return err
}

func (b *onAWS) addAlarms() error {
	_, err := aws.NewAlarms(b.Context, b.name("alarms"), &aws.AlarmsArgs{
		Account: b.account, Topic: b.alerts.Topic, Stores: b.watched, Tags: b.tags,
	})
	return err
}

func (b *onAWS) addMySQL() error {
	m := b.plan.Stores.MySQL
	mysql, err := aws.NewMySQL(b.Context, b.name("mysql"), &aws.MySQLArgs{
		StoreArgs: b.store(plan.StoreMySQL, b.network.Data), Identifier: b.names.mysql,
		Version: m.Version, Family: m.Family, Machine: m.Machine, Readers: m.Readers,
		Capacity:  aws.Capacity{Min: float64(m.MinCapacity), Max: float64(m.MaxCapacity)},
		MemoryGiB: m.MemoryGiB, MostConnections: m.Connections, InsightsDays: insightsDays,
	})
	if err != nil {
		return err
	}
	b.stores.MySQL, b.mysqlSubnets = mysql.Endpoint, mysql.SubnetGroup
	b.watch("mysql", mysql.Alarms)
	return nil
}

// addMongo adds whichever MongoDB was chosen.
func (b *onAWS) addMongo() error {
	switch m := b.plan.Stores.Mongo; m.Kind {
	case config.MongoReplicaSet:
		return b.addReplicaSet(m)
	case config.MongoAtlas:
		return b.addAtlas(m.Atlas)
	case config.MongoExternal:
		return b.addExternal(m.External)
	default:
		return fmt.Errorf("mongo kind %q is unknown", m.Kind)
	}
}

func (b *onAWS) addReplicaSet(m plan.Mongo) error {
	args := b.store(plan.StoreMongo, b.network.Private)
	members := make([]aws.MongoMember, len(m.Members))
	for i, member := range m.Members {
		members[i] = aws.MongoMember(member)
	}
	start := args.Windows.Backup[:len("02:00")]
	mongo, err := aws.NewMongo(b.Context, b.name("mongo"), &aws.MongoArgs{
		StoreArgs: args, Path: b.path(), Members: members, Image: aws.CurrentImage(b.Context),
		ReplicaSet: aws.MongoIdentifier(b.plan.Stack, b.name("mongo")), Domain: aws.PrivateDomain(b.plan.Stack, b.plan.Name),
		Machine: m.Machine, VolumeGiB: m.VolumeGiB, IOPS: m.IOPS, ThroughputMiBps: m.ThroughputMiBps, OplogMB: m.OplogMB,
		Versions:       firstboot.Versions{Server: versions.MongoServer, Shell: versions.MongoShell, Tools: versions.MongoTools},
		BackupSchedule: "*-*-* " + start + ":00 UTC",
		Backups:        aws.BucketRef{Name: b.backups.Name, ARN: b.backups.ARN, Prefix: "mongo"},
	})
	if err != nil {
		return err
	}
	b.stores.Mongo = mongo.Mongo
	b.watch("mongo", mongo.Alarms)
	return nil
}

func (b *onAWS) addAtlas(m plan.Atlas) (err error) {
	b.atlas, err = aws.NewMongoAtlas(b.Context, b.name("mongo"), &aws.MongoAtlasArgs{
		StoreArgs: b.store(plan.StoreMongo, b.network.Data),
		Cluster:   aws.MongoIdentifier(b.plan.Stack, b.name("mongo")), Project: m.Project, Tier: m.Tier,
	})
	if err != nil {
		return err
	}
	b.stores.Mongo = b.atlas.Mongo
	return nil
}

func (b *onAWS) addExternal(m plan.External) error {
	password, err := pulumiconfig.New(b.Context, "openedx").TrySecret("mongoPassword")
	if err != nil {
		return fmt.Errorf("password of mongo: %w", err)
	}
	mongo, err := aws.NewMongoExternal(b.Context, b.name("mongo"), &aws.MongoExternalArgs{
		Host: m.Host, Port: m.Port, ReplicaSet: m.ReplicaSet, Username: m.Username, Password: password, Authority: m.Authority,
		Path: b.path(), SecretsKey: b.keys.Secrets, Disposable: !b.plan.Protect, Tags: b.tags,
	})
	if err != nil {
		return err
	}
	b.stores.Mongo = mongo.Mongo
	return nil
}

// path begins the names of the platform's secrets.
func (b *onAWS) path() string { return "/" + b.plan.Name + "/" + b.plan.Stack }

func (b *onAWS) addRedis() error {
	r := b.plan.Stores.Redis
	for _, group := range r.Groups {
		name := redisNames[group.Role]
		args := b.store(plan.StoreCache, b.network.Data)
		args.BackupDays = r.SnapshotDays
		cache, err := aws.NewCache(b.Context, b.name(name), &aws.CacheArgs{
			StoreArgs: args, Identifier: aws.CacheIdentifier(b.plan.Stack, b.name(name)), Role: group.Role,
			Engine: r.Engine, Version: r.Version, Machine: group.Machine, Nodes: group.Nodes, Leaving: group.Leaving,
			Databases: r.Databases,
		})
		if err != nil {
			return err
		}
		b.watch(name, cache.Alarms)
		if group.Leaving {
			continue
		}
		if group.Role != redis.Cache {
			b.stores.Broker = cache.Endpoint
		}
		b.stores.Cache = cache.Endpoint // the last of them is the cache's
	}
	return nil
}

func (b *onAWS) addMemcached() error {
	m := b.plan.Stores.Memcached
	if m.Nodes == 0 {
		return nil
	}
	memcached, err := aws.NewMemcached(b.Context, b.name("memcached"), &aws.MemcachedArgs{
		StoreArgs: b.store(plan.StoreCache, b.network.Data), Identifier: aws.MemcachedIdentifier(b.plan.Stack, b.name("memcached")),
		Version: m.Version, Machine: m.Machine, Nodes: m.Nodes,
	})
	if err != nil {
		return err
	}
	b.stores.Memcached = &memcached.Endpoint
	b.watch("memcached", memcached.Alarms)
	return nil
}

func (b *onAWS) addSearch() error {
	s := b.plan.Stores.Search
	if s.Nodes == 0 {
		return nil
	}
	search, err := aws.NewSearch(b.Context, b.name("search"), &aws.SearchArgs{
		StoreArgs: b.store(plan.StoreSearch, b.network.Data), DomainName: b.names.search, Version: s.Version,
		Machine: s.Machine, Nodes: s.Nodes, MasterMachine: machines.SearchMaster, Masters: s.Masters,
		StorageGiB: s.StorageGiB, ServiceLinkedRole: s.CreateRole,
	})
	if err != nil {
		return err
	}
	b.stores.Search = &search.Endpoint
	b.watch("search", search.Alarms)
	return nil
}
