package stacks

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

// addInstanceWorkloads adds the place in the cluster that Tutor deploys the instance
// into.
func (b *onAWS) addInstanceWorkloads(instance plan.Instance, targets pulumi.StringInput) error {
	var queues *k8s.Queues
	if b.plan.AddOns.KEDA {
		database, _ := accounts.RedisDatabases(instance.Slot)
		queues = &k8s.Queues{Broker: b.stores.Broker, Database: database, Scaler: b.addOns.Ready(versions.KEDA)}
	}
	_, err := k8s.NewInstance(b.Context, b.name("instance-"+instance.Slug), &k8s.InstanceArgs{
		Provider: b.cluster.Provider, Slug: instance.Slug, Pods: instance.Pods, Quota: k8s.Quota(instance.Quota),
		BalancerBlocks: b.publicBlocks(), Reach: b.instanceReach(),
		ServiceBlock: b.plan.Cluster.ServiceBlock, NetworkBlock: b.plan.Network.CIDR,
		Queues: queues, TargetGroup: targets, Binder: b.addOns.Ready(versions.BalancerController),
		CodeJail: b.plan.AddOns.CodeJail,
	})
	return err
}

// publicBlocks are where the load balancer has its addresses.
func (b *onAWS) publicBlocks() []string { return []string{b.plan.Network.Public} }

// instanceReach lists what an instance's pods may connect to beside HTTPS outside of
// the network.
func (b *onAWS) instanceReach() []k8s.Destination {
	data := b.plan.Network.Data
	reach := []k8s.Destination{{Block: data, Port: b.stores.MySQL.Port}, {Block: data, Port: b.stores.Broker.Port}}
	reach = append(reach, b.mongoReach()...)
	reach = append(reach, b.mailReach()...)
	reach = append(reach, k8s.Destination{Block: aws.IdentityBlock, Port: aws.IdentityPort})
	if b.stores.Cache.Port != b.stores.Broker.Port {
		reach = append(reach, k8s.Destination{Block: data, Port: b.stores.Cache.Port})
	}
	for _, store := range []*platform.Endpoint{b.stores.Memcached, b.stores.Search} {
		if store != nil {
			reach = append(reach, k8s.Destination{Block: data, Port: store.Port})
		}
	}
	return reach
}

// mongoReach is where MongoDB is: on machines among the nodes; with Atlas behind an
// endpoint among the other stores, on ports of Atlas' own choice; and where a server
// of others is, nobody knows.
func (b *onAWS) mongoReach() []k8s.Destination {
	switch b.plan.Stores.Mongo.Kind {
	case config.MongoAtlas:
		return []k8s.Destination{{Block: b.plan.Network.Data, Port: aws.AtlasFirstPort, Last: aws.AtlasLastPort}}
	case config.MongoExternal:
		return b.anywhere(b.stores.Mongo.Port)
	case config.MongoReplicaSet:
	}
	return []k8s.Destination{{Block: b.plan.Network.Private, Port: b.stores.Mongo.Port}}
}

// mailReach is where the mail server is. SES is outside, unless it has an endpoint.
func (b *onAWS) mailReach() []k8s.Destination {
	if b.plan.Edge.Mail.Kind == config.MailSMTP {
		return b.anywhere(b.mail.Port)
	}
	reach := []k8s.Destination{{Port: b.mail.Port}}
	if slices.Contains(b.plan.Network.Endpoints, mailEndpoint) {
		reach = append(reach, k8s.Destination{Block: b.plan.Network.Private, Port: b.mail.Port})
	}
	return reach
}

// mailEndpoint is SES' server as interface endpoints are named.
const mailEndpoint = "email-smtp"

// anywhere is a port of any address, in the network as outside.
func (b *onAWS) anywhere(port int) []k8s.Destination {
	return []k8s.Destination{{Port: port}, {Block: b.plan.Network.CIDR, Port: port}}
}

// addInstanceDumps has the instance's databases dumped every night. Atlas keeps
// backups of its own, from which one database can be taken back.
func (b *onAWS) addInstanceDumps(system *k8s.System, instance plan.Instance, names accounts.Names, kept *aws.Accounts) error {
	dumpsMongo := b.plan.Stores.Mongo.Kind != config.MongoAtlas
	secrets := pulumi.StringArray{kept.Secrets[accounts.MySQL]}
	if dumpsMongo {
		secrets = append(secrets, kept.Secrets[accounts.MongoDB])
	}
	rights, err := aws.NewDumps(b.Context, b.name("dumps-"+instance.Slug), &aws.DumpsArgs{
		Account: b.account, Slug: instance.Slug,
		Bucket:  aws.BucketRef{Name: b.backups.Name, ARN: b.backups.ARN, Prefix: names.DumpFolder()},
		Secrets: secrets, SecretsKey: b.keys.Secrets, DataKey: b.keys.Data,
		ClusterName: b.cluster.Name, Namespace: accounts.Namespace, ServiceAccount: names.DumpServiceAccount(), Tags: b.tags,
	})
	if err != nil {
		return err
	}
	region := map[string]string{"AWS_REGION": b.plan.Region}
	args := &k8s.DumpsArgs{
		Provider: b.cluster.Provider, Slug: instance.Slug, Namespace: system.Namespace, Scripts: system.Scripts,
		Fetch:       k8s.Fetch{Image: versions.AWSCLIImage, Script: accounts.FetchScriptFile, Environment: region},
		Upload:      k8s.Fetch{Image: versions.AWSCLIImage, Script: accounts.UploadDumpsFile, Environment: region},
		Destination: rights.Destination, Schedule: instance.DumpSchedule, VolumeGiB: instance.DumpGiB,
		MySQL: k8s.MySQLDump{
			Image: versions.MySQLImage, Store: b.stores.MySQL, Secret: kept.Secrets[accounts.MySQL], AuthorityURL: aws.MySQLAuthorityURL,
		},
	}
	if dumpsMongo {
		args.Mongo = &k8s.MongoDump{
			Image: versions.MongoImage, Store: b.stores.Mongo, Secret: kept.Secrets[accounts.MongoDB], Authority: system.MongoAuthority,
		}
	}
	_, err = k8s.NewDumps(b.Context, b.name("nightly-"+instance.Slug), args)
	return err
}
