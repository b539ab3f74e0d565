// Package platform holds the contracts between the clouds and what runs on
// them: what every cloud produces, never how. It may import the Pulumi core SDK
// and nothing of a provider.
package platform

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Platform is what a cloud gives to everything that is built on it.
type Platform struct {
	Name    string
	Domain  string
	Region  string
	Network Network
	Cluster Cluster
	Stores  Stores
}

// Network is a private network with three tiers of subnets.
type Network struct {
	ID pulumi.StringOutput
	// Public holds load balancers and the ways out, Private the nodes, and Data
	// the managed stores, which have no way to the internet.
	Public, Private, Data []Subnet
}

// Subnet is one subnet of a tier.
type Subnet struct {
	// Zone is the letter of the subnet's availability zone.
	Zone string
	// ID is known as soon as the subnet is there.
	ID pulumi.StringOutput
	// Routed is the same id, but waits until traffic can leave the subnet the
	// way its tier should: for machines that download things as they start.
	Routed pulumi.StringOutput
}

// Cluster is a Kubernetes cluster that accepts objects.
type Cluster struct {
	Name pulumi.StringOutput
	// Kubeconfig is secret.
	Kubeconfig pulumi.StringOutput
	// Provider is the only Kubernetes provider that anything may use.
	Provider pulumi.ProviderResource
	// Issuer is the URL that signs the identities of service accounts.
	Issuer pulumi.StringOutput
}

// Stores are the data stores that all instances share.
type Stores struct {
	MySQL Endpoint
	Mongo Mongo
	// Broker holds Celery's queues and Cache what Django caches; they are one and
	// the same where the platform is small.
	Broker, Cache Endpoint
	// Memcached and Search are nil where the platform does without.
	Memcached, Search *Endpoint
}

// Endpoint is a data store that clients inside the network can reach.
type Endpoint struct {
	Host pulumi.StringOutput
	Port int
	TLS  bool
	// Authority is the certificate that the server's is checked against, in PEM;
	// nil where any machine knows it already.
	Authority pulumi.StringInput
	// Password opens the whole store and is secret; nil where each instance has
	// an account of its own.
	Password pulumi.StringInput
	// AdminSecret is the name under which the cloud's secret store holds
	// {"username", "password"} of an account that may make others; nil without one.
	AdminSecret pulumi.StringInput
	// Needs are what has to be there before anybody can connect, beside what Host
	// waits for. Whoever connects depends on them as a whole: if the name itself
	// waited for machines, replacing one would replace everything that holds the name.
	Needs []pulumi.Resource
}

// Mongo is a MongoDB that clients reach through one name.
type Mongo struct {
	Endpoint
	// ReplicaSet is empty where the name itself tells the driver.
	ReplicaSet string
}

// Meilisearch is the search of one instance, which runs in the cluster beside
// it: Open edX cannot be initialised without.
type Meilisearch struct {
	// URL is where the instance's own services call it, inside the cluster.
	URL string
	// PublicHost is where the browsers of authors call it.
	PublicHost string
	// IndexPrefix keeps instances apart that share a server.
	IndexPrefix string
	// MasterKey is secret; the instance's own key follows from it.
	MasterKey pulumi.StringInput
}

// ObjectStore is a bucket with the host names it is read and written through.
type ObjectStore struct {
	Bucket   pulumi.StringOutput
	Endpoint pulumi.StringOutput
	CDNHost  pulumi.StringOutput
}

// Mail is an SMTP server that accepts the platform's mail.
type Mail struct {
	Host pulumi.StringOutput
	Port int
	User pulumi.StringOutput
	// Password is secret.
	Password pulumi.StringOutput
}

// IDs returns the ids of subnets, in their order.
func IDs(subnets []Subnet) pulumi.StringArray {
	ids := make(pulumi.StringArray, len(subnets))
	for i, subnet := range subnets {
		ids[i] = subnet.ID
	}
	return ids
}

// RoutedIDs returns the ids of subnets once traffic can leave them.
func RoutedIDs(subnets []Subnet) pulumi.StringArray {
	ids := make(pulumi.StringArray, len(subnets))
	for i, subnet := range subnets {
		ids[i] = subnet.Routed
	}
	return ids
}

// Secret marks a value as secret; every secret field of a contract is made by it.
func Secret(value pulumi.StringInput) pulumi.StringOutput {
	return pulumi.ToSecret(value).(pulumi.StringOutput) //nolint:errcheck // ToSecret keeps the type of its argument.
}
