package aws

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// mysqlAuthority signs the instances' certificates until 2061.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
const mysqlAuthority = "rds-ca-rsa2048-g1"

// mysqlMonitoringSeconds is how often the instances' systems are measured.
const mysqlMonitoringSeconds = 60

// mysqlInstance is one machine of the cluster, and where it is.
type mysqlInstance struct {
	name, zone string
	// tier says who takes over from the writer: the lowest. Instances in the first
	// two tiers are kept as large as the writer where capacity varies.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
	tier int
}

// instances lists the writer and the readers, each named after its zone, so
// that another reader changes none that is there. Which one writes is up to
// Aurora; at first it is the first.
func (a *MySQLArgs) instances(component string) []mysqlInstance {
	list := make([]mysqlInstance, a.Readers+1)
	for i := range list {
		letter := a.Subnets[i].Zone
		list[i] = mysqlInstance{name: component + "-instance-" + letter, zone: letter, tier: min(i, 1)}
	}
	return list
}

// order lists the instances in the order in which they are created or changed. At
// first the writer has to be there. Later it comes last: whoever takes over from it
// is new or as large as it will be, so that one failover is enough.
func (a *MySQLArgs) order(component string) []mysqlInstance {
	list := a.instances(component)
	if !a.Fresh {
		slices.Reverse(list)
	}
	return list
}

// createInstances creates the machines: at first the writer and then all readers, and
// later one after another.
func (m *MySQL) createInstances(ctx *pulumi.Context, cluster *rds.Cluster) ([]*rds.ClusterInstance, error) {
	role, rights, err := m.createMonitoringRole(ctx)
	if err != nil {
		return nil, err
	}
	var made []*rds.ClusterInstance
	// Without its rights the role is refused.
	needs := []pulumi.Resource{rights}
	for _, one := range m.args.order(m.name) {
		instance, err := rds.NewClusterInstance(ctx, one.name, m.args.instance(one, cluster, role), pulumi.Parent(m),
			// Two instances cannot have one identifier.
			pulumi.DeleteBeforeReplace(true),
			// One waits for the other, so that a change of all, such as of the machine,
			// takes away one at a time and there is always another to take over.
			pulumi.DependsOn(needs))
		if err != nil {
			return nil, fmt.Errorf("instance in zone %q: %w", one.zone, err)
		}
		made = append(made, instance)
		if !m.args.Fresh || len(made) == 1 {
			needs = []pulumi.Resource{rights, instance}
		}
	}
	if !m.args.Fresh {
		slices.Reverse(made)
	}
	return made, nil
}

// instance builds one machine. It has no version, which it takes from the
// cluster, and no window for backups, which are the cluster's.
func (a *MySQLArgs) instance(one mysqlInstance, cluster *rds.Cluster, role *iam.Role) *rds.ClusterInstanceArgs {
	return &rds.ClusterInstanceArgs{
		Identifier:        pulumi.String(a.Identifier + "-" + one.zone),
		ClusterIdentifier: cluster.ClusterIdentifier,
		Engine:            pulumi.String(mysqlEngine),
		InstanceClass:     pulumi.String(a.Machine),
		AvailabilityZone:  pulumi.String(a.Account.Region + one.zone),
		PromotionTier:     pulumi.Int(one.tier),
		// It must be the cluster's.
		DbSubnetGroupName:          cluster.DbSubnetGroupName,
		PubliclyAccessible:         pulumi.Bool(false),
		CaCertIdentifier:           pulumi.String(mysqlAuthority),
		PreferredMaintenanceWindow: pulumi.String(a.Windows.Maintenance),
		// The version is the operator's to choose.
		AutoMinorVersionUpgrade: pulumi.Bool(false),
		ApplyImmediately:        pulumi.Bool(true), // as for the cluster

		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        a.DataKey.ToStringOutput(), // insights hold statements, and those hold data
		PerformanceInsightsRetentionPeriod: pulumi.Int(a.InsightsDays),
		MonitoringInterval:                 pulumi.Int(mysqlMonitoringSeconds),
		MonitoringRoleArn:                  role.Arn,
		Tags:                               pulumi.ToStringMap(a.Tags.For("mysql", one.name)),
	}
}
