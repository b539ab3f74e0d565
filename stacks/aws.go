package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
)

// onAWS is a platform on AWS as it grows: each step uses what those before it made.
type onAWS struct {
	*pulumi.Context
	plan plan.Plan
	// before is what the stack was last built on, and empty the first time.
	before  plan.Foundations
	account aws.Account
	tags    tags.Set
	names   awsNames

	keys    *aws.Keys
	network *aws.Network
	cluster *aws.Cluster
	addOns  *k8s.AddOns
	alerts  *aws.Alerts
	stores  platform.Stores
	// mysqlSubnets names where a copy of the database can be.
	mysqlSubnets pulumi.StringOutput
	// global and copies are nil where the platform has nothing in another region.
	global, copies *aws.Region
	// backups holds what is dumped from the stores.
	logs, tracking, backups *aws.Bucket
	// above is the id of the zone that cells share, and nil unless this is a cell.
	above        pulumi.StringInput
	zone         *aws.HostedZone
	certificates *aws.Certificates
	// cdns are by number. They are none, and cdnFirewall is nil, where there is no CloudFront.
	cdns        []*aws.CDN
	cdnFirewall *aws.Firewall
	// balancers are by number; the first is the one that is always there.
	balancers []*aws.Balancer
	mail      platform.Mail
	registry  *aws.Registry
	backup    *aws.Backup
	// bastion and deployer are nil where nobody asked for them.
	bastion   *aws.Bastion
	deployer  *aws.Deployer
	instances []platform.Instance
	steps     pulumi.StringArray
	// watched is what every store wants watched.
	watched []aws.WatchedStore
	// atlas is nil unless Atlas runs MongoDB.
	atlas *aws.MongoAtlas
}

// awsNames are names that are known before anything is made, because a log group
// is made before what writes to it.
type awsNames struct {
	cluster, flowLogs, clusterLogs string
	mysql, search                  string
	sessionLogs                    string
	firewallLogs, cdnFirewallLogs  string
	containerLogs                  string
}

// deployAWS wires the components of a platform on AWS.
func deployAWS(ctx *pulumi.Context, p plan.Plan, before plan.Foundations) (*platform.Platform, error) {
	above, err := zoneAbove(ctx, p)
	if err != nil {
		return nil, err
	}
	account, err := aws.CurrentAccount(ctx, p.Region)
	if err != nil {
		return nil, fmt.Errorf("aws account: %w", err)
	}
	b := &onAWS{Context: ctx, plan: p, before: before, above: above, account: account, tags: tags.New(p.Stack, p.Tags), names: namesOnAWS(p)}
	for _, allowance := range p.Allowances() {
		if err = ctx.Log.Info(allowance.String(), nil); err != nil {
			return nil, fmt.Errorf("telling of a quota: %w", err)
		}
	}
	for _, step := range []func() error{
		b.addKeys, b.addRegions, b.addNetwork, b.addCluster, b.addAlerts, b.addBuckets, b.addBastion,
		b.addMySQL, b.addMongo, b.addRedis, b.addMemcached, b.addSearch, b.addForwards,
		b.addDNS, b.addFrontDoor, b.addMail, b.addRegistry, b.addAddOns, b.addInstances, b.addPages,
		b.addBackup, b.addMoney, b.addAudit, b.addAlarms,
	} {
		if err := onOwnStack(step); err != nil {
			return nil, err
		}
	}
	return &platform.Platform{
		Name: p.Name, Domain: p.Domain, Region: p.Region,
		Network: b.network.Network, Cluster: b.cluster.Cluster, Stores: b.stores,
		Edge: b.edge(), Instances: b.instances, NextSteps: b.nextSteps(),
	}, nil
}

// onOwnStack waits for a step that runs in a goroutine of its own. Pulumi's SDK sends the
// call stack with each resource and the engine keeps it in the state: where it begins in
// main, it is half of all that is sent and a quarter of the state.
func onOwnStack(step func() error) error {
	done := make(chan error)
	go func() { done <- step() }()
	return <-done
}

func namesOnAWS(p plan.Plan) awsNames {
	cluster := aws.ClusterName(p.Stack, p.Name+"-cluster")
	return awsNames{
		cluster: cluster, clusterLogs: aws.ClusterLogGroup(cluster),
		flowLogs:        aws.FlowLogGroup(p.Stack, p.Name+"-network"),
		mysql:           aws.MySQLIdentifier(p.Stack, p.Name+"-mysql"),
		search:          aws.SearchDomainName(p.Stack, p.Name+"-search"),
		sessionLogs:     aws.BastionLogGroup(p.Stack, p.Name+"-bastion"),
		firewallLogs:    aws.FirewallLogGroup(p.Stack, p.Name+"-firewall"),
		cdnFirewallLogs: aws.FirewallLogGroup(p.Stack, p.Name+"-cdn-firewall"),
		containerLogs:   aws.ContainerLogGroup(p.Stack, p.Name+"-containers"),
	}
}

// name is the logical name of one of the platform's components.
func (b *onAWS) name(component string) string { return b.plan.Name + "-" + component }

func (b *onAWS) addKeys() (err error) {
	groups := []string{b.names.flowLogs, b.names.clusterLogs, b.names.sessionLogs, b.names.firewallLogs, b.names.containerLogs}
	groups = append(groups, aws.MySQLLogGroups(b.names.mysql)...)
	// Of both, also where there is one: growth must not touch a key.
	for _, role := range []redis.Role{redis.Broker, redis.Cache} {
		groups = append(groups, aws.CacheLogGroups(b.plan.Stack, b.name(redisNames[role]))...)
	}
	groups = append(groups, aws.SearchLogGroups(b.names.search)...)
	b.keys, err = aws.NewKeys(b.Context, b.name("keys"), &aws.KeysArgs{
		Account: b.account, LogGroups: groups, Protect: b.plan.Protect, Tags: b.tags,
	})
	return err
}

func (b *onAWS) addNetwork() (err error) {
	n := b.plan.Network
	b.network, err = aws.NewNetwork(b.Context, b.name("network"), &aws.NetworkArgs{
		Account: b.account, CIDR: n.CIDR, Zones: awsZones(n.Zones),
		NATPerZone: n.NATPerZone, Endpoints: n.Endpoints,
		FlowLogs: aws.FlowLogs{
			LogGroup: b.names.flowLogs, Traffic: n.FlowLogTraffic, Days: n.FlowLogDays, Key: b.keys.Logs,
		},
		ClusterName: b.names.cluster, Tags: b.tags,
	})
	return err
}

func (b *onAWS) addCluster() (err error) {
	c := b.plan.Cluster
	pinned, ok := versions.FindKubernetes(c.Version)
	if !ok {
		return fmt.Errorf("kubernetes %q has no pinned add-ons", c.Version)
	}
	b.cluster, err = aws.NewCluster(b.Context, b.name("cluster"), &aws.ClusterArgs{
		Account: b.account, Name: b.names.cluster, Version: pinned.Version, AddOns: pinned.AddOns,
		VPC: b.network.ID, ServiceBlock: c.ServiceBlock, Subnets: home(b.network.Private),
		PublicAccess: c.PublicAccess, Admins: c.Admins, Viewers: c.Viewers,
		Logs: aws.ClusterLogs{Days: c.LogDays, Key: b.keys.Logs}, SecretsKey: b.keys.Secrets, DataKey: b.keys.Data,
		Nodes:     aws.Nodes{Machine: c.Nodes.Machine, Count: c.Nodes.Min, DiskGiB: c.Nodes.DiskGiB},
		Snapshots: b.plan.AddOns.Snapshots, Tags: b.tags,
	})
	return err
}

// home are the subnets of the zones that hold what cannot move.
func home(subnets []platform.Subnet) []platform.Subnet {
	return subnets[:min(plan.HomeZones, len(subnets))]
}

// awsZones are the plan's zones as the network component takes them.
func awsZones(zones []plan.Zone) []aws.Zone {
	converted := make([]aws.Zone, len(zones))
	for i, zone := range zones {
		converted[i] = aws.Zone(zone)
	}
	return converted
}
