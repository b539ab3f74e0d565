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

// Endpoint is a data store that clients inside the network can reach.
type Endpoint struct {
	Host pulumi.StringOutput
	Port int
	TLS  bool
	User pulumi.StringOutput
	// Password is secret.
	Password pulumi.StringOutput
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
