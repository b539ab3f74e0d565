package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// mysqlAdmin is the account that makes the others. RDS reserves a few names,
// which this is not one of.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Security.html
const mysqlAdmin = "admin"

// mysqlLogs are the logs that leave the database for CloudWatch, as RDS calls them.
var mysqlLogs = []string{"error", "slowquery"}

// MySQLLogGroups are where RDS writes a cluster's logs; the names are not ours to choose.
func MySQLLogGroups(identifier string) []string {
	groups := make([]string, len(mysqlLogs))
	for i, log := range mysqlLogs {
		groups[i] = "/aws/rds/cluster/" + identifier + "/" + log
	}
	return groups
}

// mysqlSurroundings are what a cluster is placed in.
type mysqlSurroundings struct {
	subnets    *rds.SubnetGroup
	group      *ec2.SecurityGroup
	parameters *rds.ClusterParameterGroup
}

// createCluster creates the cluster and what has to be there before.
func (m *MySQL) createCluster(ctx *pulumi.Context) (*rds.Cluster, error) {
	logs, err := m.createLogGroups(ctx)
	if err != nil {
		return nil, err
	}
	around, err := m.createSurroundings(ctx)
	if err != nil {
		return nil, err
	}
	name := m.name + "-cluster"
	cluster, err := rds.NewCluster(ctx, name, m.args.cluster(name, around), pulumi.Parent(m),
		pulumi.Protect(m.args.Protect),
		// Two clusters cannot have one identifier.
		pulumi.DeleteBeforeReplace(true),
		// Without the groups RDS would make its own, unencrypted and for ever.
		pulumi.DependsOn(logs))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return cluster, nil
}

// createLogGroups creates the groups that RDS will find and write to.
func (m *MySQL) createLogGroups(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	var groups []pulumi.Resource
	for i, path := range MySQLLogGroups(m.args.Identifier) {
		name := m.name + "-logs-" + mysqlLogs[i]
		group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(path),
			RetentionInDays: pulumi.Int(m.args.LogDays),
			KmsKeyId:        m.args.LogsKey.ToStringOutput(),
			Tags:            m.tags(name),
		}, pulumi.Parent(m))
		if err != nil {
			return nil, fmt.Errorf("log group %q: %w", path, err)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// createSurroundings creates what the cluster is placed in.
func (m *MySQL) createSurroundings(ctx *pulumi.Context) (*mysqlSurroundings, error) {
	name := m.name + "-subnets"
	subnets, err := rds.NewSubnetGroup(ctx, name, &rds.SubnetGroupArgs{
		Description: pulumi.String("The zones of " + m.args.Identifier),
		SubnetIds:   platform.IDs(m.args.Subnets),
		Tags:        m.tags(name),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("subnet group: %w", err)
	}
	group, err := newStoreGroup(ctx, m, storeGroup{m.name + "-group", "mysql", single(mysqlPort)}, &m.args.StoreArgs)
	if err != nil {
		return nil, err
	}
	parameters, err := m.createParameters(ctx)
	if err != nil {
		return nil, err
	}
	return &mysqlSurroundings{subnets: subnets, group: group, parameters: parameters}, nil
}

// cluster builds the cluster. It names no zones: RDS always takes three for the
// storage, and fewer would be a replacement in every preview. It names no
// database: each instance's account job creates its own.
func (a *MySQLArgs) cluster(name string, around *mysqlSurroundings) *rds.ClusterArgs {
	args := &rds.ClusterArgs{
		ClusterIdentifier: pulumi.String(a.Identifier),
		Engine:            pulumi.String(mysqlEngine),
		EngineVersion:     pulumi.String(a.Version),
		// Another major version is an edit of the version by the operator, who has read
		// what it takes; the upgrade is in place.
		AllowMajorVersionUpgrade: pulumi.Bool(true),
		// An update is the operator's window. Otherwise what was asked for would
		// happen at the weekend, and every preview until then would ask for it again.
		ApplyImmediately: pulumi.Bool(true),

		DbSubnetGroupName:           around.subnets.Name,
		VpcSecurityGroupIds:         pulumi.StringArray{around.group.ID()},
		DbClusterParameterGroupName: around.parameters.Name,
		Port:                        pulumi.Int(mysqlPort),

		MasterUsername:                   pulumi.String(mysqlAdmin),
		ManageMasterUserPassword:         pulumi.Bool(true),
		MasterUserSecretKmsKeyId:         a.SecretsKey.ToStringOutput(),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true), // for people, who then need no password
		StorageEncrypted:                 pulumi.Bool(true),
		KmsKeyId:                         a.DataKey.ToStringOutput(),
		EnabledCloudwatchLogsExports:     pulumi.ToStringArray(mysqlLogs),

		BackupRetentionPeriod:      pulumi.Int(a.BackupDays),
		PreferredBackupWindow:      pulumi.String(a.Windows.Backup),
		PreferredMaintenanceWindow: pulumi.String(a.Windows.Maintenance),
		CopyTagsToSnapshot:         pulumi.Bool(true),
		DeletionProtection:         pulumi.Bool(a.Protect),
		DeleteAutomatedBackups:     pulumi.Bool(a.Disposable),
		SkipFinalSnapshot:          pulumi.Bool(a.Disposable),
		// Always the same, since RDS is asked for what the last update said. A snapshot
		// of that name from a former life has to be renamed first; until then the
		// database is not deleted.
		FinalSnapshotIdentifier: pulumi.String(a.Identifier + "-final"),
		Tags:                    pulumi.ToStringMap(a.Tags.BackedUp(a.Tags.For("mysql", name))),
	}
	if a.serverless() {
		args.Serverlessv2ScalingConfiguration = rds.ClusterServerlessv2ScalingConfigurationArgs{
			MinCapacity: pulumi.Float64(a.Capacity.Min),
			MaxCapacity: pulumi.Float64(a.Capacity.Max),
		}
	}
	return args
}
