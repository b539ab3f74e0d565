package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/redis"
)

const (
	cacheType = "openedx:aws:Cache"
	cachePort = 6379
)

// cacheLimit is the longest identifier of a replication group.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
const cacheLimit = 40

// cacheBackupDays is how long ElastiCache keeps snapshots at most.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html
const cacheBackupDays = 35

// CacheArgs describes a Redis as decided before the run.
type CacheArgs struct {
	StoreArgs
	// Identifier is the replication group's name on AWS, at most 40 characters.
	Identifier string
	Role       redis.Role
	Engine     redis.Engine
	Version    string
	Machine    string
	// Nodes are the primary and its replicas, at least two and at most one a zone.
	Nodes int
	// Databases is how many numbered ones there are, for as long as the group lives.
	Databases int
	// Leaving is true of a group that some pods still use and none will: it keeps its size.
	Leaving bool
}

// Cache is a Redis that survives the loss of a zone.
type Cache struct {
	pulumi.ResourceState
	Endpoint platform.Endpoint
	// Alarms say what is to be watched.
	Alarms []Alarm

	name string
	args *CacheArgs
}

// CacheIdentifier is what a Redis is called on AWS.
func CacheIdentifier(stack, name string) string { return lowerName(cacheLimit, stack, name) }

// NewCache creates a Redis.
func NewCache(ctx *pulumi.Context, name string, args *CacheArgs, opts ...pulumi.ResourceOption) (*Cache, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	c := &Cache{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(cacheType, name, args.inputs(), c, opts...); err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	token, err := c.createToken(ctx)
	if err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	group, err := c.createGroup(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	c.Endpoint = platform.Endpoint{Host: group.PrimaryEndpointAddress, Port: cachePort, TLS: true, Password: token}
	c.Alarms = args.alarms(group.MemberClusters)
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{"host": c.Endpoint.Host, "port": pulumi.Int(cachePort)}); err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	return c, nil
}

func (a *CacheArgs) validate() error {
	if err := a.StoreArgs.validate(); err != nil {
		return err
	}
	if err := checkLowerName(a.Identifier, cacheLimit); err != nil {
		return err
	}
	if _, err := redis.Parameters(a.Role, a.Engine, a.Version, a.Databases); err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	switch {
	case a.Machine == "":
		return errors.New("no machine")
	case a.Nodes < 2 || a.Nodes > len(a.Subnets):
		return fmt.Errorf("%d nodes; want two at least, and one a zone at most, of which there are %d", a.Nodes, len(a.Subnets))
	case a.BackupDays > cacheBackupDays:
		return fmt.Errorf("backups for %d days; ElastiCache keeps them %d at most", a.BackupDays, cacheBackupDays)
	}
	return nil
}

func (a *CacheArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"identifier": pulumi.String(a.Identifier),
		"role":       pulumi.String(string(a.Role)),
		"engine":     pulumi.String(string(a.Engine)),
		"version":    pulumi.String(a.Version),
		"machine":    pulumi.String(a.Machine),
		"nodes":      pulumi.Int(a.Nodes),
	}
}

// keeps tells whether anything in the group has to outlive it. Queued tasks do;
// a group that is a cache only may go at any time, and be replaced.
func (a *CacheArgs) keeps() bool { return a.Role != redis.Cache }

// tags are the tags of one of the cache's resources.
func (c *Cache) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(c.args.Tags.For("cache", name))
}

// newCacheSubnets says in which subnets ElastiCache may put its nodes.
func newCacheSubnets(ctx *pulumi.Context, parent pulumi.Resource, component string, a *StoreArgs) (*elasticache.SubnetGroup, error) {
	name := component + "-subnets"
	group, err := elasticache.NewSubnetGroup(ctx, name, &elasticache.SubnetGroupArgs{
		Description: pulumi.String("Where " + component + " is"),
		SubnetIds:   platform.IDs(a.Subnets),
		Tags:        pulumi.ToStringMap(a.Tags.For("cache", name)),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("subnet group: %w", err)
	}
	return group, nil
}
