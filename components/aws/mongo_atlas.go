package aws

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-mongodbatlas/sdk/v3/go/mongodbatlas"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

const mongoAtlasType = "openedx:aws:MongoAtlas"

const (
	// atlasVersion is the MongoDB that Open edX's pinned driver speaks to.
	atlasVersion = "7.0"
	// atlasMembers are spread by Atlas over the zones of the region.
	atlasMembers = 3
	// atlasPriority is the highest, that of the only region.
	atlasPriority = 7
	// atlasPort is what Tutor waits for; a service record names the real ports.
	atlasPort = 27017
)

// atlasPorts are those behind which a private endpoint has its members.
// https://www.mongodb.com/docs/atlas/security-private-endpoint/
var atlasPorts = ports{1024, 65535}

// MongoAtlasArgs describes a MongoDB that Atlas runs.
type MongoAtlasArgs struct {
	StoreArgs
	// Cluster is the cluster's name in Atlas, Project the project that it is made in.
	Cluster, Project string
	// Tier is the size of its members, such as "M30".
	Tier string
}

// MongoAtlas is a MongoDB that Atlas runs, reached through a private endpoint.
type MongoAtlas struct {
	pulumi.ResourceState
	platform.Mongo

	name    string
	args    *MongoAtlasArgs
	cluster *mongodbatlas.AdvancedCluster
}

// NewMongoAtlas creates a cluster in Atlas and a private way to it.
func NewMongoAtlas(ctx *pulumi.Context, name string, args *MongoAtlasArgs, opts ...pulumi.ResourceOption) (*MongoAtlas, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("mongo atlas %q: %w", name, err)
	}
	m := &MongoAtlas{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(mongoAtlasType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mongo atlas %q: %w", name, err)
	}
	way, err := m.createWay(ctx)
	if err != nil {
		return nil, fmt.Errorf("mongo atlas %q: %w", name, err)
	}
	// Atlas tells the private address of a cluster only if the way to it was there first.
	m.cluster, err = mongodbatlas.NewAdvancedCluster(ctx, name+"-cluster", args.cluster(name),
		pulumi.Parent(m), pulumi.Protect(args.Protect), pulumi.DependsOn([]pulumi.Resource{way}))
	if err != nil {
		return nil, fmt.Errorf("mongo atlas %q: cluster: %w", name, err)
	}
	m.Mongo = platform.Mongo{Endpoint: platform.Endpoint{
		Host: m.cluster.ConnectionStrings.ApplyT(privateAddress).(pulumi.StringOutput), //nolint:errcheck // ApplyT keeps the type of its function's result.
		Port: atlasPort, TLS: true,
	}}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"host": m.Host}); err != nil {
		return nil, fmt.Errorf("mongo atlas %q: %w", name, err)
	}
	return m, nil
}

func (a *MongoAtlasArgs) validate() error {
	if a.Cluster == "" || a.Project == "" || a.Tier == "" {
		return errors.New("cluster, project and tier must be given")
	}
	return a.StoreArgs.validate()
}

func (a *MongoAtlasArgs) inputs() pulumi.Map {
	return pulumi.Map{"cluster": pulumi.String(a.Cluster), "project": pulumi.String(a.Project), "tier": pulumi.String(a.Tier)}
}

// region is the region as Atlas spells it.
func (a *MongoAtlasArgs) region() pulumi.String {
	return pulumi.String(strings.ToUpper(strings.ReplaceAll(a.Account.Region, "-", "_")))
}

// createWay creates a private endpoint on both sides, which is all that leads to
// the cluster: no address is let in from the internet.
func (m *MongoAtlas) createWay(ctx *pulumi.Context) (pulumi.Resource, error) {
	offer, err := mongodbatlas.NewPrivateLinkEndpoint(ctx, m.name+"-link", &mongodbatlas.PrivateLinkEndpointArgs{
		ProjectId: pulumi.String(m.args.Project), ProviderName: pulumi.String("AWS"), Region: m.args.region(),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("private link: %w", err)
	}
	group, err := newStoreGroup(ctx, m, storeGroup{m.name + "-group", "mongo", atlasPorts}, &m.args.StoreArgs)
	if err != nil {
		return nil, err
	}
	endpoint, err := ec2.NewVpcEndpoint(ctx, m.name+"-endpoint", &ec2.VpcEndpointArgs{
		VpcId:            m.args.VPC.ToStringOutput(),
		VpcEndpointType:  pulumi.String("Interface"),
		ServiceName:      offer.EndpointServiceName,
		SubnetIds:        platform.IDs(m.args.Subnets),
		SecurityGroupIds: pulumi.StringArray{group.ID()},
		Tags:             pulumi.ToStringMap(m.args.Tags.For("mongo", m.name+"-endpoint")),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	way, err := mongodbatlas.NewPrivateLinkEndpointService(ctx, m.name+"-link-endpoint", &mongodbatlas.PrivateLinkEndpointServiceArgs{
		ProjectId: pulumi.String(m.args.Project), ProviderName: pulumi.String("AWS"),
		PrivateLinkId: offer.PrivateLinkId, EndpointServiceId: endpoint.ID(),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("private link's endpoint: %w", err)
	}
	return way, nil
}

// cluster builds the cluster: backed up to any second, and deleted by nobody by
// mistake.
func (a *MongoAtlasArgs) cluster(name string) *mongodbatlas.AdvancedClusterArgs {
	labels, all := mongodbatlas.AdvancedClusterTagArray{}, a.Tags.For("mongo", name+"-cluster")
	for _, key := range slices.Sorted(maps.Keys(all)) {
		labels = append(labels, mongodbatlas.AdvancedClusterTagArgs{Key: pulumi.String(key), Value: pulumi.String(all[key])})
	}
	return &mongodbatlas.AdvancedClusterArgs{
		ProjectId:                    pulumi.String(a.Project),
		Name:                         pulumi.String(a.Cluster),
		ClusterType:                  pulumi.String("REPLICASET"),
		MongoDbMajorVersion:          pulumi.String(atlasVersion),
		BackupEnabled:                pulumi.Bool(true),
		PitEnabled:                   pulumi.Bool(true),
		RetainBackupsEnabled:         pulumi.Bool(!a.Disposable),
		TerminationProtectionEnabled: pulumi.Bool(a.Protect),
		AdvancedConfiguration: mongodbatlas.AdvancedClusterAdvancedConfigurationArgs{
			MinimumEnabledTlsProtocol: pulumi.String("TLS1_2"),
		},
		ReplicationSpecs: mongodbatlas.AdvancedClusterReplicationSpecArray{mongodbatlas.AdvancedClusterReplicationSpecArgs{
			RegionConfigs: mongodbatlas.AdvancedClusterReplicationSpecRegionConfigArray{mongodbatlas.AdvancedClusterReplicationSpecRegionConfigArgs{
				ProviderName: pulumi.String("AWS"), RegionName: a.region(), Priority: pulumi.Int(atlasPriority),
				ElectableSpecs: mongodbatlas.AdvancedClusterReplicationSpecRegionConfigElectableSpecsArgs{
					InstanceSize: pulumi.String(a.Tier), NodeCount: pulumi.Int(atlasMembers),
				},
				AutoScaling: mongodbatlas.AdvancedClusterReplicationSpecRegionConfigAutoScalingArgs{DiskGbEnabled: pulumi.Bool(true)},
			}},
		}},
		Tags: labels,
	}
}

// privateAddress finds the address of the private endpoint: a service record,
// which is the one form of several hosts that Tutor's init job takes.
func privateAddress(all []mongodbatlas.AdvancedClusterConnectionString) (string, error) {
	for _, one := range all {
		for _, private := range one.PrivateEndpoints {
			if private.SrvConnectionString != nil {
				return *private.SrvConnectionString, nil
			}
		}
	}
	return "", errors.New("atlas names no private address for the cluster: the private endpoint was not ready when it was made")
}

// NewUser creates the account of one instance, which Atlas keeps itself: no
// client may make users there.
func (m *MongoAtlas) NewUser(ctx *pulumi.Context, slug, user, database string, password pulumi.StringInput) error {
	_, err := mongodbatlas.NewDatabaseUser(ctx, m.name+"-user-"+slug, &mongodbatlas.DatabaseUserArgs{
		ProjectId:        pulumi.String(m.args.Project),
		AuthDatabaseName: pulumi.String("admin"),
		Username:         pulumi.String(user),
		Password:         platform.Secret(password),
		Roles: mongodbatlas.DatabaseUserRoleArray{mongodbatlas.DatabaseUserRoleArgs{
			RoleName: pulumi.String("readWrite"), DatabaseName: pulumi.String(database),
		}},
		Scopes: mongodbatlas.DatabaseUserScopeArray{mongodbatlas.DatabaseUserScopeArgs{
			Type: pulumi.String("CLUSTER"), Name: m.cluster.Name,
		}},
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("mongo atlas %q: user of %q: %w", m.name, slug, err)
	}
	return nil
}
