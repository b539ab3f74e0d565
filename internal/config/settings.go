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
	Domain        string              `key:"openedx:domain" required:"true" example:"campus.example.org" doc:"The DNS domain under which the platform's own names are made, and every host of an instance that has no domain of its own."`
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
	DNS           DNS                 `key:"openedx:dns" default:"{}" doc:"The platform's domain in DNS."`
	CDN           CDN                 `key:"openedx:cdn" default:"{}" doc:"CloudFront, which answers what need not be computed."`
	Firewall      Firewall            `key:"openedx:firewall" default:"{}" doc:"The web application firewall in front of load balancer and CDN."`
	Mail          Mail                `key:"openedx:mail" default:"{}" doc:"Who sends the platform's mail, and from which address."`
	MailPassword  Secret              `key:"openedx:mailPassword" secret:"true" doc:"For a mail server that others run, the password of the account. Set it with --secret."`
	Storage       Storage             `key:"openedx:storage" default:"{}" doc:"The buckets of uploads and logs."`
	Registry      Registry            `key:"openedx:registry" default:"{}" doc:"The registry of container images."`
	GitHub        GitHub              `key:"openedx:github" default:"{}" doc:"Deployments from GitHub Actions."`
	Bastion       Bastion             `key:"openedx:bastion" default:"{}" doc:"The operators' way into the network."`
	Backup        Backup              `key:"openedx:backup" default:"{}" doc:"Backups beyond those that each store keeps by itself."`
	Costs         Costs               `key:"openedx:costs" default:"{}" doc:"What the platform may cost before somebody is told."`
	Audit         Audit               `key:"openedx:audit" default:"{}" doc:"Records that belong to the account rather than to the platform."`
	Monitoring    Monitoring          `key:"openedx:monitoring" default:"{}" doc:"What is kept of metrics and logs of what runs in the cluster."`
	Alarms        Alarms              `key:"openedx:alarms" default:"{}" doc:"Who is told when something is wrong."`
	AddOns        AddOns              `key:"openedx:addons" default:"{}" doc:"What runs in the cluster beside Open edX. Each can be switched on and off; the preset says which are on."`
	AllowReplace  []string            `key:"openedx:allowReplace" values:"mysql,mongo,cache,search,copies,backups" default:"[]" example:"search" doc:"The stores that a run may delete and make anew, with all that is in them; copies are those of backups in another region, and backups those that a shorter time to keep them deletes. Without it an edit that would do so is refused. Deploy it by itself first, then the edit, then take it off again."`
	Instances     map[string]Instance `key:"openedx:instances" default:"{}" doc:"The Open edX instances on this platform, each under a short name of its own (a slug: 2 to 20 lower-case letters, digits and single hyphens, starting with a letter). The slug cannot change later without moving that instance's data. A platform may begin with none."`
	Capacity      map[string]float64  `key:"openedx:capacity" default:"{}" example:"0.15" doc:"What this platform's learners are known to ask for, in place of what the capacity model assumes; it changes warnings, and nothing that is built. sizing.md lists the assumptions."`
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
	QuietHours   []string `key:"quietHours" default:"[]" example:"0 7 * * 1-5 12h" doc:"When no node is given up to save money or replaced to update it, such as during exams: for each a cron expression (minute, hour, day, month, weekday, in UTC), then how long. Nodes that AWS takes away or that are thirty days old go nevertheless, pod by pod."`
	NodeImage    *string  `key:"nodeImage" default:"listed at the end of this page" example:"v20260903" doc:"The release of Amazon's node image that nodes beyond the fewest are started from. Another one replaces them a tenth at a time."`
}

// Instance is what was written about one Open edX instance.
type Instance struct {
	LMS            string `key:"lms" required:"true" example:"learn.campus.example.org" doc:"The host name that learners open. The log-in cookie is set for it, so the other hosts are best names under it. Without a certificate of your own it has at most 64 characters."`
	Slot           *int   `key:"slot" example:"0" doc:"Required: the place of the instance's two Redis databases, 0 to 63. Each instance has its own for as long as it exists; a number that another one had must be flushed first."`
	Weight         *int   `key:"weight" default:"1" example:"3" doc:"How many times the load of the preset's usual instance this one carries, 1 to 10. It multiplies the most pods, and the fewest as far as they are more than two."`
	Learners       *int   `key:"learners" default:"not said" example:"900" doc:"How many concurrent learners this instance is expected to have in its busiest hour, 1 to 1,000,000. It makes nothing larger: a run warns when all instances together, or this one alone, expect more than the platform is built for."`
	Studio         string `key:"studio" default:"studio.<lms>" example:"studio.campus.example.org" doc:"The host name that authors open."`
	Apps           string `key:"apps" default:"apps.<lms>" example:"apps.campus.example.org" doc:"The host name that serves the micro-frontends."`
	Meilisearch    string `key:"meilisearch" default:"meilisearch.<lms>" example:"meilisearch.campus.example.org" doc:"The host name of the search in Studio, which the browsers of authors call."`
	Domain         string `key:"domain" default:"openedx:domain" example:"academy.example.com" doc:"A domain of the instance's own, which all of its host names are under. Without it they are under openedx:domain."`
	ZoneID         string `key:"zoneId" example:"Z0123456789ABCDEFGHIJ" doc:"The id of the Route 53 hosted zone of the instance's own domain, if there is one already. Without it one is made; instances that share a domain have to name its zone."`
	Certificate    string `key:"certificate" example:"arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666" doc:"The ARN of a certificate in ACM, in the stack's region, for all four hosts. Without it one is issued and renewed."`
	CDNCertificate string `key:"cdnCertificate" example:"arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666" doc:"The ARN of a certificate in ACM for CloudFront, which takes them from us-east-1 only, for the same hosts. Without it one is issued and renewed."`
	Contact        string `key:"contact" default:"openedx:mail.from" example:"help@campus.example.org" doc:"The address that this instance's mail is sent from. SES takes addresses in openedx:mail.domain only, also where the instance has a domain of its own."`
}

// Overrides is every size that may depart from the preset's.
type Overrides struct {
	Learners    *int                `key:"learners" example:"2600" doc:"How many concurrent learners the platform is meant for, all instances together. It makes nothing larger: it is what the learners of all instances are compared with, once what they need was raised."`
	Nodes       NodesOverride       `key:"nodes" doc:"The cluster's nodes."`
	Pods        PodsOverride        `key:"pods" doc:"The pods of an instance of weight 1."`
	MySQL       MySQLOverride       `key:"mysql" doc:"MySQL."`
	Mongo       MongoOverride       `key:"mongo" doc:"MongoDB."`
	Cache       CacheOverride       `key:"cache" doc:"Redis."`
	Broker      BrokerOverride      `key:"broker" doc:"The Redis of Celery's queues, once split."`
	Memcached   MemcachedOverride   `key:"memcached" doc:"Memcached."`
	Search      SearchOverride      `key:"search" doc:"OpenSearch."`
	Meilisearch MeilisearchOverride `key:"meilisearch" doc:"Meilisearch, of which each instance has its own."`
	Bastion     BastionOverride     `key:"bastion" doc:"The operators' machine."`
}

// NodesOverride departs from the preset's nodes.
type NodesOverride struct {
	Machine *string `key:"machine" example:"m6i.2xlarge" doc:"The EC2 instance type of the nodes: x86, because the Open edX images are built for it."`
	Min     *int    `key:"min" example:"3" doc:"The fewest nodes, at least one per zone."`
	Max     *int    `key:"max" example:"12" doc:"The most nodes."`
	Spot    *int    `key:"spot" example:"4" doc:"How many of the nodes beyond the fewest may be spot instances, for Celery workers only. They cost about a third, and AWS takes them back at two minutes' notice."`
	DiskGiB *int    `key:"diskGiB" example:"150" doc:"The size of each node's disk in GiB."`
}
