package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
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

// The types that Atlas is made of, which token.go says why they are spelt out.
const (
	atlasClusterType  = "mongodbatlas:index/advancedCluster:AdvancedCluster"
	atlasLinkType     = "mongodbatlas:index/privateLinkEndpoint:PrivateLinkEndpoint"
	atlasLinkEndType  = "mongodbatlas:index/privateLinkEndpointService:PrivateLinkEndpointService"
	atlasUserType     = "mongodbatlas:index/databaseUser:DatabaseUser"
	atlasProviderName = "AWS"
)

// atlasCluster is a cluster in Atlas.
type atlasCluster struct {
	pulumi.CustomResourceState
	Name              pulumi.StringOutput `pulumi:"name"`
	ConnectionStrings pulumi.ArrayOutput  `pulumi:"connectionStrings"`
}

// atlasLink is what Atlas offers to be connected to.
type atlasLink struct {
	pulumi.CustomResourceState
	EndpointServiceName pulumi.StringOutput `pulumi:"endpointServiceName"`
	PrivateLinkID       pulumi.StringOutput `pulumi:"privateLinkId"`
}

// AtlasFirstPort and AtlasLastPort are the ports behind which a private endpoint has
// the members, as Atlas hands them out.
// https://www.mongodb.com/docs/atlas/security-private-endpoint/
const (
	AtlasFirstPort = 1024
	AtlasLastPort  = 65535
)

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
	cluster *atlasCluster
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
	m.cluster = &atlasCluster{}
	err = register(ctx, spelt{atlasClusterType, atlasProvider, name + "-cluster", args.cluster(name)}, m.cluster,
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
	offer := &atlasLink{}
	err := register(ctx, spelt{atlasLinkType, atlasProvider, m.name + "-link", pulumi.Map{
		"projectId": pulumi.String(m.args.Project), "providerName": pulumi.String(atlasProviderName), "region": m.args.region(),
	}}, offer, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("private link: %w", err)
	}
	group, err := newStoreGroup(ctx, m, storeGroup{m.name + "-group", "mongo", ports{AtlasFirstPort, AtlasLastPort}}, &m.args.StoreArgs)
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
	way := &registered{}
	err = register(ctx, spelt{atlasLinkEndType, atlasProvider, m.name + "-link-endpoint", pulumi.Map{
		"projectId": pulumi.String(m.args.Project), "providerName": pulumi.String(atlasProviderName),
		"privateLinkId": offer.PrivateLinkID, "endpointServiceId": endpoint.ID(),
	}}, way, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("private link's endpoint: %w", err)
	}
	return way, nil
}

// cluster builds the cluster: backed up to any second, and deleted by nobody by
// mistake.
func (a *MongoAtlasArgs) cluster(name string) pulumi.Map {
	labels, all := pulumi.Array{}, a.Tags.For("mongo", name+"-cluster")
	for _, key := range slices.Sorted(maps.Keys(all)) {
		labels = append(labels, pulumi.StringMap{"key": pulumi.String(key), "value": pulumi.String(all[key])})
	}
	return pulumi.Map{
		"projectId":                    pulumi.String(a.Project),
		"name":                         pulumi.String(a.Cluster),
		"clusterType":                  pulumi.String("REPLICASET"),
		"mongoDbMajorVersion":          pulumi.String(atlasVersion),
		"backupEnabled":                pulumi.Bool(true),
		"pitEnabled":                   pulumi.Bool(true),
		"retainBackupsEnabled":         pulumi.Bool(!a.Disposable),
		"terminationProtectionEnabled": pulumi.Bool(a.Protect),
		"advancedConfiguration":        pulumi.Map{"minimumEnabledTlsProtocol": pulumi.String("TLS1_2")},
		"replicationSpecs": pulumi.Array{pulumi.Map{"regionConfigs": pulumi.Array{pulumi.Map{
			"providerName": pulumi.String(atlasProviderName), "regionName": a.region(), "priority": pulumi.Int(atlasPriority),
			"electableSpecs": pulumi.Map{"instanceSize": pulumi.String(a.Tier), "nodeCount": pulumi.Int(atlasMembers)},
			"autoScaling":    pulumi.Map{"diskGbEnabled": pulumi.Bool(true)},
		}}}},
		"tags": labels,
	}
}

// privateAddress finds the address of the private endpoint: a service record,
// which is the one form of several hosts that Tutor's init job takes.
func privateAddress(all []any) (string, error) {
	text, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("addresses of the cluster: %w", err)
	}
	var known []struct {
		PrivateEndpoints []struct{ SrvConnectionString string }
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return "", fmt.Errorf("addresses of the cluster: %w", err)
	}
	for _, one := range known {
		for _, private := range one.PrivateEndpoints {
			if private.SrvConnectionString != "" {
				return private.SrvConnectionString, nil
			}
		}
	}
	return "", errors.New("atlas names no private address for the cluster: the private endpoint was not ready when it was made")
}

// NewUser creates the account of one instance, which Atlas keeps itself: no
// client may make users there.
func (m *MongoAtlas) NewUser(ctx *pulumi.Context, slug, user, database string, password pulumi.StringInput) error {
	err := register(ctx, spelt{atlasUserType, atlasProvider, m.name + "-user-" + slug, pulumi.Map{
		"projectId":        pulumi.String(m.args.Project),
		"authDatabaseName": pulumi.String("admin"),
		"username":         pulumi.String(user),
		"password":         platform.Secret(password),
		"roles":            pulumi.Array{pulumi.Map{"roleName": pulumi.String("readWrite"), "databaseName": pulumi.String(database)}},
		"scopes":           pulumi.Array{pulumi.Map{"type": pulumi.String("CLUSTER"), "name": m.cluster.Name}},
	}}, &registered{}, pulumi.Parent(m), pulumi.AdditionalSecretOutputs([]string{"password"}))
	if err != nil {
		return fmt.Errorf("mongo atlas %q: user of %q: %w", m.name, slug, err)
	}
	return nil
}
