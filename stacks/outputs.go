package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// outputs is every stack output. Names are public: other stacks, scripts and
// people refer to them.
var outputs = []struct {
	name  string
	value func(*platform.Platform) pulumi.Input
}{
	// The platform's name and domain as configured, and the region it is in.
	{"name", func(p *platform.Platform) pulumi.Input { return pulumi.String(p.Name) }},
	{"domain", func(p *platform.Platform) pulumi.Input { return pulumi.String(p.Domain) }},
	{"region", func(p *platform.Platform) pulumi.Input { return pulumi.String(p.Region) }},

	// The network's id, and the ids of its subnets by tier in the order of their zones.
	{"networkId", func(p *platform.Platform) pulumi.Input { return p.Network.ID }},
	{"publicSubnetIds", func(p *platform.Platform) pulumi.Input { return platform.IDs(p.Network.Public) }},
	{"privateSubnetIds", func(p *platform.Platform) pulumi.Input { return platform.IDs(p.Network.Private) }},
	{"dataSubnetIds", func(p *platform.Platform) pulumi.Input { return platform.IDs(p.Network.Data) }},

	// The cluster's name, which `aws eks update-kubeconfig` asks for; a kubeconfig
	// that works wherever the aws command has credentials; and the URL that signs
	// the identities of its service accounts.
	{"clusterName", func(p *platform.Platform) pulumi.Input { return p.Cluster.Name }},
	{"kubeconfig", func(p *platform.Platform) pulumi.Input { return p.Cluster.Kubeconfig }},
	{"clusterIssuer", func(p *platform.Platform) pulumi.Input { return p.Cluster.Issuer }},

	// The hosts of the data stores, which only the cluster's nodes can reach; those
	// that the platform does without have no output.
	{"mysqlHost", func(p *platform.Platform) pulumi.Input { return p.Stores.MySQL.Host }},
	{"mongoHost", func(p *platform.Platform) pulumi.Input { return p.Stores.Mongo.Host }},
	{"queueHost", func(p *platform.Platform) pulumi.Input { return p.Stores.Broker.Host }},
	{"cacheHost", func(p *platform.Platform) pulumi.Input { return p.Stores.Cache.Host }},
	{"memcachedHost", func(p *platform.Platform) pulumi.Input { return hostOf(p.Stores.Memcached) }},
	{"searchHost", func(p *platform.Platform) pulumi.Input { return hostOf(p.Stores.Search) }},

	// The zone of the domain, which cells below it refer to; the name servers that the
	// domain above has to delegate to, where the zone is the platform's own; the host of
	// the load balancer; and by slug each instance's
	// namespace, host names, bucket, and what its web server is attached to.
	{zoneOutput, func(p *platform.Platform) pulumi.Input { return p.Edge.ZoneID }},
	{"nameServers", func(p *platform.Platform) pulumi.Input { return p.Edge.NameServers }},
	{"balancerHost", func(p *platform.Platform) pulumi.Input { return p.Edge.BalancerHost }},
	{"instances", func(p *platform.Platform) pulumi.Input { return instancesOutput(p.Instances) }},

	// By slug what Tutor deploys each instance from: its config.yml and a plugin. It is
	// secret; internal/tutor/write makes files of it.
	{"tutor", func(p *platform.Platform) pulumi.Input { return tutorOutput(p.Instances) }},

	// Where images are pushed to, by repository; the role that workflows take to do
	// so; the operators' machine and the document that opens a session on it; the
	// mail server; and the vault of backups with the role that restores from it.
	{"registry", func(p *platform.Platform) pulumi.Input { return p.Edge.Registry }},
	{"deployRole", func(p *platform.Platform) pulumi.Input { return p.Edge.Deployer }},
	{"bastion", func(p *platform.Platform) pulumi.Input { return p.Edge.Bastion }},
	{"bastionShell", func(p *platform.Platform) pulumi.Input { return p.Edge.Shell }},
	{"mailHost", func(p *platform.Platform) pulumi.Input { return p.Edge.Mail.Host }},
	{"backupVault", func(p *platform.Platform) pulumi.Input { return p.Edge.BackupVault }},
	{"restoreRole", func(p *platform.Platform) pulumi.Input { return p.Edge.RestoreRole }},

	// What is left to do for the operator, in sentences.
	{"nextSteps", func(p *platform.Platform) pulumi.Input { return p.NextSteps }},
}

// instancesOutput is what others have to know of the instances, by slug.
func instancesOutput(instances []platform.Instance) pulumi.Map {
	all := pulumi.Map{}
	for _, i := range instances {
		all[i.Slug] = pulumi.Map{
			"namespace": pulumi.String(i.Namespace), "lms": pulumi.String(i.LMS), "studio": pulumi.String(i.Studio),
			"apps": pulumi.String(i.Apps), "meilisearch": pulumi.String(i.Meilisearch),
			"bucket": i.Objects.Bucket, "backend": i.Backend,
		}
	}
	return all
}

// tutorOutput is what Tutor deploys the instances from, by slug.
func tutorOutput(instances []platform.Instance) pulumi.Output {
	all := pulumi.Map{}
	for _, i := range instances {
		all[i.Slug] = pulumi.Map{"config": i.Tutor.Config, "plugin": i.Tutor.Plugin}
	}
	return pulumi.ToSecret(all)
}

// hostOf is the host of a store, or nothing where there is none.
func hostOf(store *platform.Endpoint) pulumi.Input {
	if store == nil {
		return nil
	}
	return store.Host
}
