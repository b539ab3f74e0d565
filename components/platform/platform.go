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
	Edge    Edge
	// Instances are in the order of their slugs.
	Instances []Instance
	// NextSteps tells the operator, in sentences, what no program can do.
	NextSteps pulumi.StringArrayOutput
}

// Edge is where learners and operators come in. What the platform does without is nil.
type Edge struct {
	// ZoneID is the zone of the platform's domain.
	ZoneID pulumi.StringOutput
	// NameServers are those that the domain above has to name.
	NameServers pulumi.StringArrayInput
	// BalancerHost is the load balancer's own DNS name.
	BalancerHost pulumi.StringOutput
	// Registry is where images are pushed to, by repository.
	Registry pulumi.StringMap
	// Bastion is the id of the operators' machine, and Shell the document that
	// opens a session on it.
	Bastion, Shell pulumi.StringInput
	// Deployer is the role that workflows take.
	Deployer pulumi.StringInput
	Mail     Mail
	// BackupVault is the name of the vault of backups, and RestoreRole the role that
	// restores from it.
	BackupVault, RestoreRole pulumi.StringOutput
}

// Instance is what the cloud has for one Open edX instance.
type Instance struct {
	Slug string
	// Namespace is where Tutor deploys it.
	Namespace string
	// LMS, Studio, Apps and Meilisearch are its host names.
	LMS, Studio, Apps, Meilisearch string
	Objects                        ObjectStore
	// Backend is what the instance's web server is attached to: on AWS the ARN of
	// a target group.
	Backend pulumi.StringOutput
	Tutor   Tutor
}

// Tutor is what Tutor deploys an instance from. Both are secret.
type Tutor struct {
	// Config is the config.yml of its root, and Plugin the plugin for it, as text.
	Config, Plugin pulumi.StringOutput
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

// ObjectStore is the bucket of one instance. Its pods may use it without a key.
type ObjectStore struct {
	Bucket pulumi.StringOutput
	// Endpoint is the host name that the bucket is read and written through.
	Endpoint pulumi.StringOutput
	// Region is where the bucket is.
	Region string
	// PublicPrefix begins the names of what anybody may read, through the
	// learners' host and the path of the same name.
	PublicPrefix string
}

// Mail is an SMTP server that accepts the platform's mail, over TLS.
type Mail struct {
	Host pulumi.StringOutput
	Port int
	// FromStart tells TLS from the first byte (SMTPS) from TLS after STARTTLS.
	FromStart bool
	User      pulumi.StringOutput
	// Password is secret.
	Password pulumi.StringOutput
	// From is the address that mail is sent from.
	From string
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

// SecretOnceKnown is a secret for an object in a cluster that may not be there yet. As
// long as nobody knows the value it is not marked: the CLI takes what goes to a
// provider that cannot be asked yet as it is, and panics over a secret in there when
// it prints a preview as JSON ("attempt to encrypt value", up to 3.259 at least).
func SecretOnceKnown(value pulumi.StringInput) pulumi.StringOutput {
	//nolint:errcheck // the function gives a string
	return pulumi.Unsecret(value.ToStringOutput()).(pulumi.StringOutput).ApplyT(func(known string) pulumi.StringOutput {
		return Secret(pulumi.String(known))
	}).(pulumi.StringOutput)
}

// AddOn is a chart that runs in the cluster for all instances, with what the
// cloud it runs on has to tell it.
type AddOn struct {
	// Chart is its name in versions.Charts.
	Chart     string
	Namespace string
	Values    pulumi.Map
	// After names the add-ons that have to run before this one, such as those that
	// bring the kinds of objects it makes.
	After []string
	// Needs has to be there before it starts, such as its identity on the cloud.
	Needs []pulumi.Resource
	// Objects are made once it runs: what only it understands.
	Objects []Object
}

// Object is an object in the cluster of a kind that an add-on brought.
type Object struct {
	// Name is both the object's own and the end of its name in the program.
	APIVersion, Kind, Name string
	// Namespace is empty for what is the cluster's.
	Namespace string
	// Body is everything beside metadata, such as {"spec": ...}.
	Body pulumi.Map
}
