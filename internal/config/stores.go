package config

import "encoding/json"

// MongoKind says whose MongoDB the platform uses.
type MongoKind string

// The kinds of MongoDB that a stack can name.
const (
	MongoReplicaSet MongoKind = "replicaSet"
	MongoAtlas      MongoKind = "atlas"
	MongoExternal   MongoKind = "external"
)

// MongoKinds lists every kind, in the order the docs show.
func MongoKinds() []string {
	return []string{string(MongoReplicaSet), string(MongoAtlas), string(MongoExternal)}
}

// Secret is a value that is never printed: whoever formats or encodes the
// settings gets a placeholder.
type Secret string

// secretShown is what stands for a secret.
const secretShown = "[secret]"

// String hides the secret.
func (s Secret) String() string { return secretShown }

// GoString hides the secret from %#v too.
func (s Secret) GoString() string { return secretShown }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(secretShown) }

// Data is what was written about all data stores together.
type Data struct {
	BackupDays        *int    `key:"backupDays" example:"14" doc:"How many days backups of MySQL and MongoDB are kept, 1 to 35. MySQL can be taken back to any second of them."`
	LogDays           *int    `key:"logDays" example:"30" doc:"How many days the stores' error and slow logs are kept."`
	BackupWindow      *string `key:"backupWindow" default:"02:00-03:00" example:"02:00-03:00" doc:"The hour, in UTC, in which the stores are backed up every day: one at which few learners are online."`
	MaintenanceWindow *string `key:"maintenanceWindow" default:"sun:03:30-sun:04:30" example:"sun:03:30-sun:04:30" doc:"The hour of the week, in UTC, in which AWS may restart a node of a store to patch it."`
}

// MySQL is what was written about MySQL.
type MySQL struct {
	Version    *string `key:"version" example:"8.4.mysql_aurora.8.4.8" doc:"The Aurora MySQL version; the ones that can be chosen are listed at the end of this page. Going up is in place; there is no way down."`
	Serverless bool    `key:"serverless" default:"false" example:"true" doc:"True to let Aurora Serverless v2 grow and shrink a small platform's MySQL with the load, instead of a fixed machine."`
	Bootstrap  *string `key:"bootstrap" values:"closed,open" default:"closed" example:"open" doc:"Whether the account that tutor k8s init works with can be used. Open it for the init job and close it afterwards: while it is open it can reset the passwords of other accounts."`
}

// Mongo is what was written about MongoDB.
type Mongo struct {
	Kind     *string           `key:"kind" default:"replicaSet" example:"atlas" doc:"replicaSet runs MongoDB on machines of the platform's own, atlas has MongoDB Atlas run it, external uses one that is there already."`
	Images   map[string]string `key:"images" default:"{}" example:"ami-0123456789abcdef0" doc:"By member (a, b, c ...), the machine image that this member is to run from now on. Writing another one replaces the machine, not its data; one member at a time. A member that is not named keeps the image it was made from."`
	Atlas    Atlas             `key:"atlas" default:"{}" doc:"MongoDB Atlas, for kind atlas."`
	External External          `key:"external" default:"{}" doc:"A MongoDB that is there already, for kind external."`
}

// Atlas is what was written about MongoDB Atlas.
type Atlas struct {
	Project *string `key:"project" example:"5f1a2b3c4d5e6f7a8b9c0d1e" doc:"The id of the Atlas project, 24 hexadecimal digits. The API key goes into the settings mongodbatlas:publicKey and, as a secret, mongodbatlas:privateKey."`
	Tier    *string `key:"tier" example:"M30" doc:"The Atlas cluster tier, M10 or larger."`
}

// External is what was written about a MongoDB that others run.
type External struct {
	Host       *string `key:"host" example:"mongo.campus.example.org" doc:"One DNS name behind which all members stand: Tutor takes no list."`
	Port       *int    `key:"port" default:"27017" example:"27017" doc:"The port of every member."`
	ReplicaSet *string `key:"replicaSet" example:"rs0" doc:"The name of the replica set."`
	Username   *string `key:"username" default:"admin" example:"admin" doc:"An account that may create users; its password is openedx:mongoPassword."`
	Authority  *string `key:"authority" default:"\"\"" example:"-----BEGIN CERTIFICATE-----..." doc:"The certificate of the authority that signed the server's, in PEM, if it is none that every machine knows."`
}

// Cache is what was written about Redis and Memcached.
type Cache struct {
	Engine    *string `key:"engine" values:"valkey,redis" default:"valkey" example:"valkey" doc:"valkey is the open fork of Redis and a fifth cheaper on AWS; redis is Redis OSS. A change from redis to valkey is in place, there is no way back."`
	Version   *string `key:"version" example:"8.0" doc:"The version of the engine; the ones that can be chosen are listed at the end of this page."`
	Split     *bool   `key:"split" example:"true" doc:"Whether Celery's queues and Django's cache get a Redis each. The queues stay where they are; the cache begins empty, and learners log in again."`
	Moving    bool    `key:"moving" default:"false" example:"true" doc:"True while an instance's pods still use the cache's own Redis although openedx:cache.split is no more: it stays until this is taken off."`
	Memcached bool    `key:"memcached" default:"false" example:"true" doc:"True for a Memcached cluster as well, for sites that still use one."`
}

// Search is what was written about OpenSearch.
type Search struct {
	Enabled           *bool   `key:"enabled" example:"true" doc:"Whether there is an OpenSearch domain. Course discovery and older plugins need one; Open edX itself uses Meilisearch, which runs in the cluster."`
	Version           *string `key:"version" example:"OpenSearch_2.19" doc:"The OpenSearch version; the ones that can be chosen are listed at the end of this page."`
	ServiceLinkedRole *string `key:"serviceLinkedRole" values:"create,existing" default:"create" example:"existing" doc:"The role with which OpenSearch reaches into a network exists once in an account: existing if the account has had a domain before."`
}

// Alarms is what was written about alarms.
type Alarms struct {
	Emails []string `key:"emails" default:"[]" example:"operations@campus.example.org" doc:"Who is told when a store is in trouble. AWS sends each address two messages, for alarms and for notices, each to be confirmed once."`
}

// MySQLOverride departs from the preset's MySQL.
type MySQLOverride struct {
	Machine     *string `key:"machine" example:"db.r7g.xlarge" doc:"The instance class of the writer and of every reader. The ones that can be chosen are listed at the end of this page."`
	Readers     *int    `key:"readers" example:"1" doc:"Replicas beside the writer, each in a zone of its own; one of them takes over when the writer is lost."`
	MinCapacity *int    `key:"minCapacity" default:"2" example:"2" doc:"With openedx:mysql.serverless, the least capacity in ACU (2 GiB of memory each)."`
	MaxCapacity *int    `key:"maxCapacity" default:"8" example:"8" doc:"With openedx:mysql.serverless, the most capacity in ACU."`
}

// MongoOverride departs from the preset's MongoDB.
type MongoOverride struct {
	Machine         *string `key:"machine" example:"r7g.large" doc:"The EC2 instance type of every member: Graviton, as the members' image is. The ones that can be chosen are listed at the end of this page."`
	Members         *int    `key:"members" example:"5" doc:"How many members the replica set has, 3 to 5. An odd number of them votes, so that a majority is left when some are lost: the fourth has a copy of the data and no vote, until a fifth comes."`
	VolumeGiB       *int    `key:"volumeGiB" example:"200" doc:"The size of each member's data volume in GiB. Course assets live here. It can grow and never shrink."`
	IOPS            *int    `key:"iops" example:"3000" doc:"Operations a second of each data volume."`
	ThroughputMiBps *int    `key:"throughputMiBps" example:"125" doc:"MiB a second of each data volume."`
}

// CacheOverride departs from the preset's Redis.
type CacheOverride struct {
	Machine      *string `key:"machine" example:"cache.r7g.large" doc:"The node type of the Redis that holds the cache, and the queues too unless they are split. The ones that can be chosen are listed at the end of this page."`
	Nodes        *int    `key:"nodes" example:"2" doc:"Its nodes, primary and replicas: at least two, each in a zone of its own."`
	SnapshotDays *int    `key:"snapshotDays" example:"5" doc:"How many days Redis snapshots are kept, 1 to 35."`
}

// BrokerOverride departs from the preset's Redis for queues.
type BrokerOverride struct {
	Machine *string `key:"machine" example:"cache.r7g.large" doc:"Once split, the node type of the Redis that holds Celery's queues. The ones that can be chosen are listed at the end of this page."`
	Nodes   *int    `key:"nodes" example:"2" doc:"Its nodes, primary and replicas."`
}

// MemcachedOverride departs from the preset's Memcached.
type MemcachedOverride struct {
	Machine *string `key:"machine" example:"cache.t4g.small" doc:"The node type of Memcached. The ones that can be chosen are listed at the end of this page."`
	Nodes   *int    `key:"nodes" example:"1" doc:"The nodes of Memcached. More than one only for clients that ask the cluster for its nodes, which Django's do not."`
}

// MeilisearchOverride departs from the preset's Meilisearch.
type MeilisearchOverride struct {
	VolumeGiB *int `key:"volumeGiB" example:"100" doc:"The size of each instance's index volume in GiB. It can grow and never shrink."`
}

// SearchOverride departs from the preset's OpenSearch.
type SearchOverride struct {
	Machine    *string `key:"machine" example:"m7g.large.search" doc:"The instance type of the data nodes. The ones that can be chosen are listed at the end of this page."`
	Nodes      *int    `key:"nodes" example:"3" doc:"Data nodes: two, or a multiple of three, so that every zone has as many."`
	Masters    *int    `key:"masters" example:"3" doc:"Dedicated masters: none or three."`
	StorageGiB *int    `key:"storageGiB" example:"100" doc:"The size of each data node's volume in GiB. It can grow and never shrink."`
}
