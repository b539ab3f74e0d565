package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

const (
	mysqlType = "openedx:aws:MySQL"
	mysqlPort = 3306
	// mysqlEngine is what RDS calls Aurora MySQL.
	mysqlEngine = "aurora-mysql"
)

// mysqlLimit is the longest identifier of a cluster, less the zone that its
// instances' identifiers end in, which have the same limit.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
const mysqlLimit = 63 - len("-a")

// MySQLArgs describes an Aurora MySQL cluster as decided before the run.
type MySQLArgs struct {
	StoreArgs
	// Identifier is the cluster's name on AWS: operators type it, and its host
	// name begins with it.
	Identifier string
	// Version is the engine's exact version, such as "8.4.mysql_aurora.8.4.8", and
	// Family its parameters', such as "aurora-mysql8.4".
	Version, Family string
	// Machine is an instance class; "db.serverless" takes Capacity, the others do not.
	Machine  string
	Capacity Capacity
	// Readers are the replicas beside the writer, each in a zone of its own.
	Readers int
	// MemoryGiB and MostConnections are what the machine has, at its largest.
	MemoryGiB       float64
	MostConnections int
	// InsightsDays is how long Performance Insights are kept.
	InsightsDays int
}

// Capacity is the least and the most that a serverless database may take, in
// Aurora capacity units of about 2 GiB of memory.
type Capacity struct{ Min, Max float64 }

// MySQL is an Aurora MySQL cluster, with a writer and its readers.
type MySQL struct {
	pulumi.ResourceState
	Endpoint platform.Endpoint
	// Reader is the host that spreads connections over the readers; without any it is the writer.
	Reader pulumi.StringOutput
	// SubnetGroup names the zones that the database, or a copy of it, can be in.
	SubnetGroup pulumi.StringOutput
	// Alarms are what somebody has to be told.
	Alarms []Alarm

	name string
	args *MySQLArgs
}

// MySQLIdentifier is what a cluster is called on AWS.
func MySQLIdentifier(stack, name string) string { return lowerName(mysqlLimit, stack, name) }

// NewMySQL creates an Aurora MySQL cluster.
func NewMySQL(ctx *pulumi.Context, name string, args *MySQLArgs, opts ...pulumi.ResourceOption) (*MySQL, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("mysql %q: %w", name, err)
	}
	m := &MySQL{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(mysqlType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mysql %q: %w", name, err)
	}
	if err := m.build(ctx); err != nil {
		return nil, fmt.Errorf("mysql %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{
		"host":        m.Endpoint.Host,
		"reader":      m.Reader,
		"adminSecret": m.Endpoint.AdminSecret,
	}); err != nil {
		return nil, fmt.Errorf("mysql %q: %w", name, err)
	}
	return m, nil
}

// build creates the cluster, the instances that serve it, and what tells of them.
func (m *MySQL) build(ctx *pulumi.Context) error {
	cluster, err := m.createCluster(ctx)
	if err != nil {
		return err
	}
	instances, err := m.createInstances(ctx, cluster)
	if err != nil {
		return err
	}
	if err := m.createEvents(ctx, cluster, instances); err != nil {
		return err
	}
	all := make([]pulumi.Resource, len(instances))
	for i, instance := range instances {
		all[i] = instance
	}
	m.Endpoint = platform.Endpoint{
		// The name is there as soon as the cluster is, but answers nobody before the writer is there.
		Host: after(ctx, cluster.Endpoint, instances[0]),
		Port: mysqlPort,
		TLS:  true,
		// Machines do not know the authority of RDS, whose bundle changes with the
		// years: whoever checks the certificate downloads the bundle of the day.
		// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
		Authority:   nil,
		AdminSecret: adminSecret(cluster),
	}
	m.SubnetGroup = cluster.DbSubnetGroupName
	m.Reader = after(ctx, cluster.ReaderEndpoint, all...)
	m.Alarms = m.args.alarms(after(ctx, cluster.ClusterIdentifier, all...))
	return nil
}

// adminSecret is the ARN of the secret in which RDS keeps the admin's user name
// and password. RDS changes the password by itself, every week to begin with, so
// nothing else may know it.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
func adminSecret(cluster *rds.Cluster) pulumi.StringOutput {
	//nolint:errcheck // the function gives a string
	return cluster.MasterUserSecrets.ApplyT(func(secrets []rds.ClusterMasterUserSecret) (string, error) {
		if len(secrets) == 0 || secrets[0].SecretArn == nil {
			return "", errors.New("cluster names no secret of its admin")
		}
		return *secrets[0].SecretArn, nil
	}).(pulumi.StringOutput)
}

func (a *MySQLArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"identifier": pulumi.String(a.Identifier),
		"version":    pulumi.String(a.Version),
		"machine":    pulumi.String(a.Machine),
		"readers":    pulumi.Int(a.Readers),
	}
}

// serverless tells whether the database takes machines as it needs them.
func (a *MySQLArgs) serverless() bool { return a.Machine == serverlessMachine }

// tags are the tags of one of the database's resources.
func (m *MySQL) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(m.args.Tags.For("mysql", name))
}
