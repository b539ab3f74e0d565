package flows

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"example.org/openedx/internal/workloads"
)

// row is one line of a table of flows: who begins, where it goes, on which ports, and
// why. Names are those of places or of groups of them. Both ends are of the same
// instance if both are of one, unless the row says "another instance".
type row struct {
	from, to string
	ports    []span
	why      string
}

// span are ports of a protocol, from the first to the last.
type span struct {
	protocol    corev1.Protocol
	first, last int
}

func (s span) has(p port) bool {
	return s.protocol == p.protocol && s.first <= p.number && p.number <= s.last
}

func tcp(numbers ...int) []span {
	var all []span
	for _, number := range numbers {
		all = append(all, span{corev1.ProtocolTCP, number, number})
	}
	return all
}

var (
	names    = []span{{corev1.ProtocolUDP, 53, 53}, {corev1.ProtocolTCP, 53, 53}}
	anyPorts = []span{{corev1.ProtocolTCP, 1, 65535}, {corev1.ProtocolUDP, 1, 65535}, {corev1.ProtocolSCTP, 1, 65535}}
)

// The groups of an instance's pods. Nobody knows the names of plugins' services, which
// Caddy and the others have to reach, nor tells them from those of jobs, in which
// nothing answers.
const (
	application = "application"
	sites       = "sites"
	other       = "another instance"
)

var groupsOf = map[string][]string{
	workloads.LMS: {application, sites}, workloads.CMS: {application, sites},
	workloads.LMSWorker: {application}, workloads.CMSWorker: {application},
}

// needed is what Open edX and the platform's jobs need, whatever the settings.
var needed = []row{
	// Tutor's Caddyfile, and that of tutor-mfe.
	{"load balancer", "caddy", tcp(80), "all requests, whose TLS ends at the load balancer"},
	{"caddy", sites, tcp(8000), "LMS, Studio, and the services of plugins such as discovery"},
	{"caddy", "mfe", tcp(8002), "micro-frontends"},
	{"caddy", "meilisearch", tcp(7700), "authors' browsers search Meilisearch itself"},
	{"mfe", "lms", tcp(8000), "the configuration of micro-frontends is a path of their host, which the LMS answers"},

	// Tutor's settings of LMS and Studio, its jobs, and the plugin that the platform hands over.
	{application, sites, tcp(8000), "LMS, Studio and services of plugins ask each other, by http://lms:8000 too"},
	{application, "meilisearch", tcp(7700), "MEILISEARCH_URL: searches, and indexes from workers and jobs"},
	{application, "mysql", tcp(3306), "the database; mysql-job makes it"},
	{application, "redis", tcp(6379), "queues, cache and sessions"},
	{application, "outside", tcp(443), "S3, other sites' APIs, logging in with others, the platform's own hosts by their public addresses"},
	{application, "pod identity", tcp(80), "the bucket's credentials"},
	{"instance", "dns", names, "every pod asks the cluster for names"},

	// The platform's own jobs: accounts, and nightly dumps.
	{"jobs", "dns", names, "every pod asks the cluster for names"},
	{"jobs", "mysql", tcp(3306), "accounts are made and databases dumped"},
	{"jobs", "outside", tcp(443), "passwords, the database's authority, the bucket of dumps"},
	{"jobs", "pod identity", tcp(80), "the right to read passwords and to write dumps"},
}

// What the data tier of the network holds cannot be told apart by address: a port of
// one store is in reach at all of them, where the store's own security group refuses it.
var dataTier = []row{
	{application, "data", tcp(3306, 6379), "see mysql and redis"},
	{"jobs", "data", tcp(3306), "see mysql"},
}

// The rows that settings add.
var (
	// MongoDB's machines are among the nodes, and cannot be told from them by address.
	// Nothing else in the private tier answers on the port, and whatever is of an
	// instance or of the platform's jobs lets nobody in there.
	ownMongo = []row{
		{application, "mongodb", tcp(27017), "course structures and files"},
		{"jobs", "mongodb", tcp(27017), "accounts are made and databases dumped"},
		{application, "private", tcp(27017), "see mongodb"},
		{"jobs", "private", tcp(27017), "see mongodb"},
	}
	// Where a server of others is, nobody knows: it may be in the network too.
	othersMongo = slices.Concat(anywhere(application, 27018, "course structures and files"), anywhere("jobs", 27018, "accounts, dumps"))
	othersMail  = anywhere(application, 465, "mail to the school's own server")
	// Atlas has its endpoint in the data tier, on ports of its own choice, and makes accounts itself.
	atlas = []row{
		{application, "atlas", []span{{corev1.ProtocolTCP, 1024, 65535}}, "course structures and files"},
		{application, "data", []span{{corev1.ProtocolTCP, 1024, 65535}}, "see atlas"},
	}
	ses = []row{{application, "outside", tcp(587), "mail by SES"}}
	// SES may have an endpoint in the network.
	nearSES = []row{{application, "private", tcp(587), "mail by SES, through the endpoint"}}
	// OpenSearch and Memcached are in the data tier.
	openSearch = []row{{application, "data", tcp(443), "course discovery and older plugins search OpenSearch"}}
	memcached  = []row{{application, "data", tcp(11211), "sites that still cache in Memcached"}}
	// With interface endpoints the passwords come from within the network, in which their
	// addresses cannot be told from others of the private tier.
	endpoints = []row{{"jobs", "private", tcp(443), "passwords, through the endpoint of Secrets Manager"}}
)

// anywhere is a port of every address but the cluster's services' and link-local ones.
func anywhere(from string, number int, why string) []row {
	var all []row
	for _, to := range []string{"outside", "private", "data", "load balancer"} {
		all = append(all, row{from, to, tcp(number), why})
	}
	return all
}

// refused is what must not be, in words: the tables above allow none of it. Where a row
// is about every port there is no exception.
var refused = []row{
	{"instance", other, anyPorts, "instances are strangers to each other, on every port and both ways"},
	{"instance", "jobs", anyPorts, "the platform's jobs hold the passwords of the stores' administrators"},
	{"jobs", "instance", anyPorts, "they work on stores, not on instances"},
	{"jobs", "jobs", anyPorts, "nothing answers there"},
	{"add-ons", "instance", anyPorts, "nobody in the cluster comes in but through the load balancer"},
	{"add-ons", "jobs", anyPorts, "nobody comes in"},

	{"load balancer", application, anyPorts, "only Caddy is in front"},
	{"load balancer", "mfe", anyPorts, "only Caddy is in front"},
	{"load balancer", "meilisearch", anyPorts, "only Caddy is in front"},
	{"load balancer", "caddy", tcp(22, 443, 2019, 8000), "on its one port; 2019 is that of Caddy's administrators"},
	{"private", "instance", anyPorts, "neither another machine of the network nor a node; a pod's own node is always let in by Kubernetes, for its probes"},
	{"outside", "instance", anyPorts, "the internet comes in through the load balancer"},
	{"data", "instance", anyPorts, "stores answer, they do not ask"},

	{"instance", "caddy", anyPorts, "nobody in the instance asks Caddy: its hosts are reached as learners do"},
	{"caddy", "lms-worker", anyPorts, "workers do not answer"},
	{application, "lms-worker", anyPorts, "workers do not answer: tasks come by Redis"},
	{application, "cms-worker", anyPorts, "workers do not answer: tasks come by Redis"},
	{application, "mfe", anyPorts, "micro-frontends are for browsers"},
	{"meilisearch", "sites", anyPorts, "it answers, and asks nobody"},
	{"mfe", "cms", anyPorts, "the micro-frontends' server asks the LMS only; browsers ask Studio"},
	{"mfe", "meilisearch", anyPorts, "browsers search, through Caddy"},
	{"instance", "stray", anyPorts, "what is not of Open edX answers nobody"},
	{"stray", "sites", anyPorts, "and reaches nobody"},
	{"stray", "outside", anyPorts, "and reaches nobody"},
	{"stray", "data", anyPorts, "and reaches nobody"},

	{"caddy", "data", anyPorts, "it has no part in the stores"},
	{"mfe", "data", anyPorts, "it has no part in the stores"},
	{"meilisearch", "data", anyPorts, "it has no part in the stores"},
	{"caddy", "outside", anyPorts, "certificates are the load balancer's"},
	{"mfe", "outside", anyPorts, "it serves files"},
	{"meilisearch", "outside", anyPorts, "it tells nobody of itself"},
	{"caddy", "pod identity", anyPorts, "it needs no rights in the cloud"},

	{"instance", "metadata", anyPorts, "the node's identity is not for pods"},
	{"jobs", "metadata", anyPorts, "the node's identity is not for pods"},
	{"instance", "api service", anyPorts, "Open edX does not speak to Kubernetes"},
	{"jobs", "api service", anyPorts, "nor do the jobs"},
	{"instance", "another service", anyPorts, "services are reached as the pods behind them"},
	{"instance", "api", tcp(443, 6443), "the API has addresses in the network too"},
	{"instance", "node", tcp(22, 80, 443, 10250), "nodes are for Kubernetes"},
	{"instance", "cloud endpoint", tcp(443), "Open edX needs no service of the cloud that has an endpoint"},
	{"instance", "add-ons", tcp(80, 443, 3000, 6443, 8080, 9090, 9093, 9402, 9443, 9666, 10250), "monitoring, logs, autoscaling and secrets are the platform's"},
	{"instance", "load balancer", tcp(80, 443), "its hosts are reached by their public addresses"},
	{"application", "data", tcp(22, 53, 80), "stores are reached on their ports"},

	{"instance", "outside", tcp(22, 25, 53, 80, 389, 8080), "whatever has no certificate; mail goes by submission"},
	{"instance", "outside", []span{{corev1.ProtocolUDP, 1, 65535}}, "names are asked of the cluster: a tunnel needs no more than names"},
	{"instance", "another machine", []span{{corev1.ProtocolUDP, 53, 53}}, "names are asked of the cluster"},
	{"instance", "time", anyPorts, "pods have the node's clock"},
	{"jobs", "redis", tcp(6379), "nobody makes accounts there"},
	{"jobs", "outside", tcp(25, 80, 465, 587), "jobs send no mail"},
}
