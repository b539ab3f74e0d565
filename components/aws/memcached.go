package aws

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

const (
	memcachedType = "openedx:aws:Memcached"
	memcachedPort = 11211
)

// The longest identifier of a cluster, and the most nodes in one.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html
const (
	memcachedLimit = 50
	memcachedNodes = 40
)

// memcachedPatch is the first patch of memcached 1.6 that encrypts its connections.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-mc.html
const memcachedPatch = 12

// memcachedSwap is how many bytes a node may have swapped out: with more, its
// memory for connections is too small.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
const memcachedSwap = 50 << 20

var memcachedVersion = regexp.MustCompile(`^1\.6\.(\d+)$`)

// MemcachedArgs describes a memcached as decided before the run. It has no
// backups, no logs and nothing on disk, so what StoreArgs says of them is unused.
type MemcachedArgs struct {
	StoreArgs
	// Identifier is the cluster's name on AWS, at most 50 characters.
	Identifier string
	Version    string
	Machine    string
	Nodes      int
}

// Memcached is a cache that anybody may use whom its security group lets in, and
// whose content may be lost at any time.
type Memcached struct {
	pulumi.ResourceState
	// Endpoint is the configuration endpoint. Where there are several nodes, a
	// client has to ask it for them: its name alone leads to any one of them.
	Endpoint platform.Endpoint
	// Alarms say what is to be watched.
	Alarms []Alarm
}

// MemcachedIdentifier is what a memcached is called on AWS.
func MemcachedIdentifier(stack, name string) string { return lowerName(memcachedLimit, stack, name) }

// NewMemcached creates a memcached.
func NewMemcached(ctx *pulumi.Context, name string, args *MemcachedArgs, opts ...pulumi.ResourceOption) (*Memcached, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("memcached %q: %w", name, err)
	}
	m := &Memcached{}
	if err := ctx.RegisterComponentResourceV2(memcachedType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("memcached %q: %w", name, err)
	}
	cluster, err := m.createCluster(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("memcached %q: %w", name, err)
	}
	m.Endpoint = platform.Endpoint{Host: cluster.ClusterAddress, Port: memcachedPort, TLS: true}
	m.Alarms = args.alarms()
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"host": m.Endpoint.Host, "port": pulumi.Int(memcachedPort)}); err != nil {
		return nil, fmt.Errorf("memcached %q: %w", name, err)
	}
	return m, nil
}

func (a *MemcachedArgs) validate() error {
	if err := a.StoreArgs.validate(); err != nil {
		return err
	}
	if err := checkLowerName(a.Identifier, memcachedLimit); err != nil {
		return err
	}
	patch := memcachedVersion.FindStringSubmatch(a.Version)
	if patch == nil {
		return fmt.Errorf("version %q; want one such as 1.6.22", a.Version)
	}
	if number, err := strconv.Atoi(patch[1]); err != nil || number < memcachedPatch {
		return fmt.Errorf("version %q; only 1.6.%d and later encrypt connections", a.Version, memcachedPatch)
	}
	switch {
	case a.Machine == "":
		return errors.New("no machine")
	case a.Nodes < 1 || a.Nodes > memcachedNodes:
		return fmt.Errorf("%d nodes; want 1 to %d", a.Nodes, memcachedNodes)
	}
	return nil
}

func (a *MemcachedArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"identifier": pulumi.String(a.Identifier),
		"version":    pulumi.String(a.Version),
		"machine":    pulumi.String(a.Machine),
		"nodes":      pulumi.Int(a.Nodes),
	}
}

// createCluster creates the nodes and what they stand on.
func (m *Memcached) createCluster(ctx *pulumi.Context, name string, args *MemcachedArgs) (*elasticache.Cluster, error) {
	firewall, err := newStoreGroup(ctx, m, storeGroup{name + "-group", "cache", single(memcachedPort)}, &args.StoreArgs)
	if err != nil {
		return nil, err
	}
	subnets, err := newCacheSubnets(ctx, m, name, &args.StoreArgs)
	if err != nil {
		return nil, err
	}
	cluster := args.cluster()
	cluster.SubnetGroupName = subnets.Name
	cluster.SecurityGroupIds = pulumi.StringArray{firewall.ID()}
	cluster.Tags = pulumi.ToStringMap(args.Tags.For("cache", name+"-memcached"))
	made, err := elasticache.NewCluster(ctx, name+"-memcached", cluster, pulumi.Parent(m),
		// The identifier is taken until the old cluster is gone.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return made, nil
}

// cluster builds the nodes.
func (a *MemcachedArgs) cluster() *elasticache.ClusterArgs {
	mode := "single-az"
	if a.Nodes > 1 {
		mode = "cross-az"
	}
	return &elasticache.ClusterArgs{
		ClusterId:                pulumi.String(a.Identifier),
		Engine:                   pulumi.String("memcached"),
		EngineVersion:            pulumi.String(a.Version),
		NodeType:                 pulumi.String(a.Machine),
		NumCacheNodes:            pulumi.Int(a.Nodes),
		AzMode:                   pulumi.String(mode),
		Port:                     pulumi.Int(memcachedPort),
		TransitEncryptionEnabled: pulumi.Bool(true),
		ApplyImmediately:         pulumi.Bool(true), // as with Redis: the operator chose when
		MaintenanceWindow:        pulumi.String(a.Windows.Maintenance),
		NotificationTopicArn:     a.Notices.ToStringOutput(),
	}
}

// alarms are what is to be watched, in the worst of the nodes. A full memcached
// evicts, which is its work, so that memory says nothing.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Memcached.html
func (a *MemcachedArgs) alarms() []Alarm {
	alarms := []Alarm{{
		Name: "cpu", Metric: "CPUUtilization", Threshold: float64(a.Thresholds.CPU), Missing: missingIsBad,
		Means: "Memcached is busy or gone: pages slow down. Add nodes.",
	}, {
		Name: "swap", Metric: "SwapUsage", Threshold: memcachedSwap, Missing: missingIsGood,
		Means: "Memcached has too little memory for its connections: it slows down. Choose a larger machine.",
	}, {
		Name: "connections", Metric: "CurrConnections", Missing: missingIsGood,
		Threshold: float64(cacheConnections*a.Thresholds.Connections) / 100,
		Means:     "Almost all connections are taken: soon memcached refuses new ones. Add nodes.",
	}}
	for i := range alarms {
		alarm := &alarms[i]
		alarm.Namespace, alarm.Statistic, alarm.Comparison = cacheMetrics, "Maximum", above
		alarm.Dimensions = map[string]pulumi.StringInput{"CacheClusterId": pulumi.String(a.Identifier)}
		alarm.PeriodSeconds, alarm.Periods = cachePeriod, a.Thresholds.Minutes
	}
	return alarms
}
