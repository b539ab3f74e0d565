package stacks

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

// addInstanceWorkloads adds the place in the cluster that Tutor deploys the instance
// into.
func (b *onAWS) addInstanceWorkloads(instance plan.Instance, targets pulumi.StringInput) error {
	needs := slices.Clone(b.addOns.Ready(versions.BalancerController))
	var queues *k8s.Queues
	if b.plan.AddOns.KEDA {
		database, _ := accounts.RedisDatabases(instance.Slot)
		queues = &k8s.Queues{Broker: b.stores.Broker, Database: database}
		needs = append(needs, b.addOns.Ready(versions.KEDA)...)
	}
	_, err := k8s.NewInstance(b.Context, b.name("instance-"+instance.Slug), &k8s.InstanceArgs{
		Provider: b.cluster.Provider, Slug: instance.Slug, Pods: instance.Pods, Quota: k8s.Quota(instance.Quota),
		BalancerBlocks: b.publicBlocks(), Reach: b.instanceReach(), ServiceBlock: b.plan.Cluster.ServiceBlock,
		Queues: queues, TargetGroup: targets, Needs: needs,
	})
	return err
}

// publicBlocks are where the load balancer has its addresses.
func (b *onAWS) publicBlocks() []string { return []string{b.plan.Network.Public} }

// instanceReach lists what an instance's pods may connect to outside of the cluster,
// beside HTTPS. The stores have a tier of the network to themselves; MongoDB's own
// machines are among the nodes, and whose machines others run is not known.
func (b *onAWS) instanceReach() []k8s.Destination {
	data := b.plan.Network.Data
	mongo := k8s.Destination{Port: b.stores.Mongo.Port}
	if b.plan.Stores.Mongo.Kind == config.MongoReplicaSet {
		mongo.Block = b.plan.Network.Private
	}
	reach := []k8s.Destination{
		{Block: data, Port: b.stores.MySQL.Port},
		mongo,
		{Block: data, Port: b.stores.Broker.Port},
		{Port: b.mail.Port},
		{Block: aws.IdentityBlock, Port: aws.IdentityPort},
	}
	if b.stores.Cache.Port != b.stores.Broker.Port {
		reach = append(reach, k8s.Destination{Block: data, Port: b.stores.Cache.Port})
	}
	if b.stores.Memcached != nil {
		reach = append(reach, k8s.Destination{Block: data, Port: b.stores.Memcached.Port})
	}
	return reach
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
