package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/redis"
)

// createToken makes the password that opens the group. It has letters and digits
// only: Tutor writes it into URLs without quoting it.
func (c *Cache) createToken(ctx *pulumi.Context) (pulumi.StringOutput, error) {
	password, err := random.NewRandomPassword(ctx, c.name+"-token", &random.RandomPasswordArgs{
		Length:  pulumi.Int(accounts.PasswordLength),
		Special: pulumi.Bool(false),
	}, pulumi.Parent(c))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("token: %w", err)
	}
	return platform.Secret(password.Result), nil
}

// createGroup creates the replication group and what it stands on.
func (c *Cache) createGroup(ctx *pulumi.Context, token pulumi.StringOutput) (*elasticache.ReplicationGroup, error) {
	firewall, err := newStoreGroup(ctx, c, storeGroup{c.name + "-group", "cache", single(cachePort)}, &c.args.StoreArgs)
	if err != nil {
		return nil, err
	}
	subnets, err := newCacheSubnets(ctx, c, c.name, &c.args.StoreArgs)
	if err != nil {
		return nil, err
	}
	parameters, err := c.createParameters(ctx)
	if err != nil {
		return nil, err
	}
	logs, err := c.createLogs(ctx)
	if err != nil {
		return nil, err
	}
	group := c.args.group(firewall, subnets, parameters, token)
	group.LogDeliveryConfigurations = logs
	group.Tags = c.tags(c.name + "-redis")
	made, err := elasticache.NewReplicationGroup(ctx, c.name+"-redis", group,
		pulumi.Parent(c), pulumi.Protect(c.args.Protect && c.args.keeps()), pulumi.IgnoreChanges(c.args.settled()),
		// The identifier is taken until the old group is gone.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("replication group: %w", err)
	}
	return made, nil
}

// settled are the properties that stay as they are. What is in a group that is about
// to go may not fit on the machine that the others get.
func (a *CacheArgs) settled() []string {
	if !a.Leaving {
		return nil
	}
	return []string{"nodeType", "numCacheClusters"}
}

// group builds the replication group.
func (a *CacheArgs) group(
	firewall *ec2.SecurityGroup, subnets *elasticache.SubnetGroup, parameters *elasticache.ParameterGroup, token pulumi.StringOutput,
) *elasticache.ReplicationGroupArgs {
	group := &elasticache.ReplicationGroupArgs{
		ReplicationGroupId: pulumi.String(a.Identifier),
		Description:        pulumi.String("Redis of Open edX"),
		Engine:             pulumi.String(string(a.Engine)),
		EngineVersion:      pulumi.String(a.Version),
		NodeType:           pulumi.String(a.Machine),
		ParameterGroupName: parameters.Name,
		Port:               pulumi.Int(cachePort),
		SubnetGroupName:    subnets.Name,
		SecurityGroupIds:   pulumi.StringArray{firewall.ID()},
		// One shard without cluster mode: Celery cannot use shards, and a sharded
		// group has a single database.
		NumCacheClusters:         pulumi.Int(a.Nodes),
		AutomaticFailoverEnabled: pulumi.Bool(true),
		MultiAzEnabled:           pulumi.Bool(true),
		AtRestEncryptionEnabled:  pulumi.Bool(true),
		KmsKeyId:                 a.DataKey.ToStringOutput(),
		TransitEncryptionEnabled: pulumi.Bool(true),
		TransitEncryptionMode:    pulumi.String("required"),
		AuthToken:                token,
		// A new token is added and the one before stays valid, so that pods that
		// have not heard of it yet go on; changing it twice locks the first one out.
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
		AuthTokenUpdateStrategy: pulumi.String("ROTATE"),
		// Versions change when the operator changes them.
		AutoMinorVersionUpgrade: pulumi.Bool(false),
		// The operator chose when to run this; waiting for the window would report
		// as done what is not.
		ApplyImmediately:       pulumi.Bool(true),
		SnapshotRetentionLimit: pulumi.Int(a.BackupDays),
		SnapshotWindow:         pulumi.String(a.Windows.Backup),
		MaintenanceWindow:      pulumi.String(a.Windows.Maintenance),
		NotificationTopicArn:   a.Notices.ToStringOutput(),
	}
	if a.keeps() && !a.Disposable {
		group.FinalSnapshotIdentifier = pulumi.String(a.Identifier + "-final")
	}
	return group
}

// createParameters creates the parameter group. Its name is left to Pulumi, for
// that of another family has to be there before this one can go.
func (c *Cache) createParameters(ctx *pulumi.Context) (*elasticache.ParameterGroup, error) {
	name := c.name + "-parameters"
	args, err := c.args.parameters()
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	args.Tags = c.tags(name)
	group, err := elasticache.NewParameterGroup(ctx, name, args, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("parameter group: %w", err)
	}
	return group, nil
}

// parameters builds the parameter group. Its description is as fixed as its
// family, so it says nothing of what may change, such as the role.
func (a *CacheArgs) parameters() (*elasticache.ParameterGroupArgs, error) {
	family, err := redis.Family(a.Engine, a.Version)
	if err != nil {
		return nil, fmt.Errorf("family: %w", err)
	}
	decided, err := redis.Parameters(a.Role, a.Engine, a.Version, a.Databases)
	if err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	var parameters elasticache.ParameterGroupParameterArray
	for _, one := range decided {
		parameters = append(parameters, elasticache.ParameterGroupParameterArgs{
			Name: pulumi.String(one.Name), Value: pulumi.String(one.Value),
		})
	}
	return &elasticache.ParameterGroupArgs{
		Family:      pulumi.String(family),
		Description: pulumi.String("Redis of Open edX"),
		Parameters:  parameters,
	}, nil
}
