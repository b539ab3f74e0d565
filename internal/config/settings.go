// Package config reads what the operator wrote in the stack's settings.
//
// It is strict: a value of the wrong type, a key nobody knows and a required
// key that is missing are all problems, and all of them are collected before
// anything is said. It knows no preset, no cloud fact and no Pulumi type; it
// may import the standard library, a decoder and a spelling distance.
package config

// Cloud says where the platform is built.
type Cloud string

// The clouds a stack can name.
const (
	AWS      Cloud = "aws"
	Azure    Cloud = "azure"
	Existing Cloud = "existing"
)

// Clouds lists every cloud that can be written, in the order the docs show.
func Clouds() []Cloud { return []Cloud{AWS, Azure, Existing} }

// Preset names one column of the sizing table.
type Preset string

// The presets a stack can name, from least to most.
const (
	Small  Preset = "small"
	Medium Preset = "medium"
	Large  Preset = "large"
)

// Presets lists every preset, from least to most.
func Presets() []Preset { return []Preset{Small, Medium, Large} }

// NAT says how the private subnets reach the internet.
type NAT string

// The ways out of the private subnets.
const (
	NATSingle  NAT = "single"
	NATPerZone NAT = "perZone"
)

// FlowLogs says which traffic the network's flow logs record.
type FlowLogs string

// The traffic that flow logs can record.
const (
	FlowLogsAll     FlowLogs = "all"
	FlowLogsRejects FlowLogs = "rejects"
)

// Settings is what was written for one stack, decoded but not yet merged with
// its preset. A nil pointer or nil slice means that nothing was written.
//
// The tags are the source of docs/config.md and of the strict decoder:
// key is the name as typed, doc the description, example a value that works,
// values the closed list of a choice, default what holds when nothing is
// written and no preset decides.
type Settings struct {
	Stack         string              `key:"-"`
	Cloud         Cloud               `key:"openedx:cloud" required:"true" values:"aws,azure,existing" example:"aws" doc:"The cloud that carries the platform. Only aws can be built so far."`
	Preset        Preset              `key:"openedx:preset" required:"true" values:"small,medium,large" example:"medium" doc:"The column of the sizing table that every size comes from; see sizing.md."`
	Name          string              `key:"openedx:name" required:"true" example:"campus" doc:"The platform's name, the first part of the name of everything that is created: 3 to 20 lower-case letters, digits and single hyphens, starting with a letter. It cannot change later without rebuilding the platform."`
	Domain        string              `key:"openedx:domain" required:"true" example:"campus.example.org" doc:"The DNS domain under which the platform's own names are made."`
	Region        string              `key:"aws:region" required:"true" example:"eu-west-1" doc:"The AWS region. It needs at least three availability zones; the regions that have them are listed at the end of this page."`
	Disposable    bool                `key:"openedx:disposable" default:"false" example:"false" doc:"True for a trial stack: nothing is protected against deletion. Never set it where learners work."`
	Network       Network             `key:"openedx:network" default:"{}" doc:"The network that carries the platform."`
	Cluster       Cluster             `key:"openedx:cluster" default:"{}" doc:"The Kubernetes cluster."`
	Data          Data                `key:"openedx:data" default:"{}" doc:"What holds for every data store."`
	MySQL         MySQL               `key:"openedx:mysql" default:"{}" doc:"MySQL, which holds users, enrolments and grades."`
	Mongo         Mongo               `key:"openedx:mongo" default:"{}" doc:"MongoDB, which holds courses and their assets."`
	MongoPassword Secret              `key:"openedx:mongoPassword" secret:"true" doc:"For a MongoDB that others run, the password of the account that may create users. Set it with --secret."`
	Cache         Cache               `key:"openedx:cache" default:"{}" doc:"Redis, which holds queued tasks, sessions and the cache."`
	Search        Search              `key:"openedx:search" default:"{}" doc:"OpenSearch."`
	Alarms        Alarms              `key:"openedx:alarms" default:"{}" doc:"Who is told when something is wrong."`
	AllowReplace  []string            `key:"openedx:allowReplace" values:"mysql,mongo,cache,search" default:"[]" example:"search" doc:"The stores that a run may delete and make anew, with all that is in them. Without it an edit that would do so is refused. Deploy it by itself first, then the edit, then take it off again."`
	Instances     map[string]Instance `key:"openedx:instances" default:"{}" doc:"The Open edX instances on this platform, each under a short name of its own (a slug: 2 to 20 lower-case letters, digits and single hyphens, starting with a letter). The slug cannot change later without moving that instance's data. A platform may begin with none."`
	Tags          map[string]string   `key:"openedx:tags" default:"{}" doc:"Tags put on everything that can carry tags, beside the platform's own."`
	Overrides     Overrides           `key:"openedx:overrides" default:"{}" doc:"Departures from the preset's sizes."`
}

// Network is what was written about the network.
type Network struct {
	CIDR        *string   `key:"cidr" default:"10.20.0.0/16" example:"10.20.0.0/16" doc:"The private address block of the network, a /16 to a /20. It cannot change later without rebuilding the network."`
	Zones       []string  `key:"zones" default:"the region's first three" example:"a,b,c" doc:"The letters of the availability zones to use, three or four. The cluster lives in the first three; a fourth, added at the end, adds subnets and renumbers none."`
	NAT         *NAT      `key:"nat" values:"single,perZone" example:"perZone" doc:"How private subnets reach the internet: through a single NAT gateway, or through one per zone so that the loss of a zone cuts off no other."`
	Endpoints   []string  `key:"endpoints" example:"ecr.api,ecr.dkr" doc:"The AWS services reached through interface endpoints inside the network rather than through NAT. An empty list means none; the S3 gateway endpoint is always there and costs nothing."`
	FlowLogs    *FlowLogs `key:"flowLogs" values:"all,rejects" example:"all" doc:"Which traffic the flow logs record."`
	FlowLogDays *int      `key:"flowLogDays" example:"30" doc:"How many days flow logs are kept."`
}

// Cluster is what was written about the Kubernetes cluster.
type Cluster struct {
	Version      *string  `key:"version" example:"1.35" doc:"The Kubernetes version, in quotes because YAML would read 1.30 as 1.3. Go up one minor version at a time."`
	PublicAccess []string `key:"publicAccess" default:"[] (private only)" example:"203.0.113.0/24" doc:"The public IPv4 blocks from which the cluster's API can be reached. Without any, only the network itself reaches it, and Pulumi must run inside."`
	Admins       []string `key:"admins" default:"[]" example:"arn:aws:iam::123456789012:role/platform-admin" doc:"The IAM roles or users that administer the cluster; the one that runs Pulumi must be among them. Without any, whoever creates the cluster administers it."`
	Viewers      []string `key:"viewers" default:"[]" example:"arn:aws:iam::123456789012:role/support" doc:"The IAM roles or users that may look at everything in the cluster but secrets, and change nothing."`
	LogDays      *int     `key:"logDays" example:"90" doc:"How many days the control plane's logs are kept."`
}

// Instance is what was written about one Open edX instance.
type Instance struct {
	LMS    string `key:"lms" required:"true" example:"learn.campus.example.org" doc:"The host name that learners open. The log-in cookie is set for it, so the other two are best names under it."`
	Slot   *int   `key:"slot" example:"0" doc:"Required: the place of the instance's two Redis databases, 0 to 63. Each instance has its own for as long as it exists; a number that another one had must be flushed first."`
	Studio string `key:"studio" default:"studio.<lms>" example:"studio.campus.example.org" doc:"The host name that authors open."`
	Apps   string `key:"apps" default:"apps.<lms>" example:"apps.campus.example.org" doc:"The host name that serves the micro-frontends."`
}

// Overrides is every size that may depart from the preset's.
type Overrides struct {
	Nodes     NodesOverride     `key:"nodes" doc:"The cluster's nodes."`
	MySQL     MySQLOverride     `key:"mysql" doc:"MySQL."`
	Mongo     MongoOverride     `key:"mongo" doc:"MongoDB."`
	Cache     CacheOverride     `key:"cache" doc:"Redis."`
	Broker    BrokerOverride    `key:"broker" doc:"The Redis of Celery's queues, once split."`
	Memcached MemcachedOverride `key:"memcached" doc:"Memcached."`
	Search    SearchOverride    `key:"search" doc:"OpenSearch."`
}

// NodesOverride departs from the preset's nodes.
type NodesOverride struct {
	Machine *string `key:"machine" example:"m6i.2xlarge" doc:"The EC2 instance type of the nodes: x86, because the Open edX images are built for it."`
	Min     *int    `key:"min" example:"3" doc:"The fewest nodes, at least one per zone."`
	Max     *int    `key:"max" example:"12" doc:"The most nodes."`
	DiskGiB *int    `key:"diskGiB" example:"150" doc:"The size of each node's disk in GiB."`
}
