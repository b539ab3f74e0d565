package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createMonitoringRole creates the role in which RDS measures the instances' systems.
func (m *MySQL) createMonitoringRole(ctx *pulumi.Context) (*iam.Role, pulumi.Resource, error) {
	name := m.name + "-monitoring-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Measures the systems of " + m.args.Identifier),
		AssumeRolePolicy: document(m.args.monitoringTrust()),
		Tags:             m.tags(name),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, nil, fmt.Errorf("monitoring role: %w", err)
	}
	rights, err := iam.NewRolePolicyAttachment(ctx, name+"-write", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(m.args.Account.managedPolicy("service-role/AmazonRDSEnhancedMonitoringRole")),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, nil, fmt.Errorf("policy of monitoring role: %w", err)
	}
	return role, rights, nil
}

// monitoringTrust lets RDS take the role for this database's instances, and for
// nobody else who asks the service to.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.Enabling.html
func (a *MySQLArgs) monitoringTrust() statement {
	return allow("Monitoring", "sts:AssumeRole").to("monitoring.rds.amazonaws.com").when(condition{
		"StringEquals": {"aws:SourceAccount": {a.Account.ID}},
		"ArnLike":      {"aws:SourceArn": {a.Account.arn("rds", "db:"+a.Identifier+"-*")}},
	})
}

// createEvents sends what happens to the cluster and its instances to the topic.
// No event tells of a backup that failed: Aurora's are continuous, and what would
// stop them, such as a key that is gone, is a failure.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
func (m *MySQL) createEvents(ctx *pulumi.Context, cluster *rds.Cluster, instances []*rds.ClusterInstance) error {
	identifiers := make(pulumi.StringArray, len(instances))
	for i, instance := range instances {
		identifiers[i] = instance.Identifier
	}
	for _, about := range []struct {
		key, source string
		identifiers pulumi.StringArray
		kinds       []string
	}{
		{
			key: "cluster", source: "db-cluster", identifiers: pulumi.StringArray{cluster.ClusterIdentifier},
			kinds: []string{"failover", "failure", "maintenance", "notification"},
		},
		{
			key: "instances", source: "db-instance", identifiers: identifiers,
			kinds: []string{"availability", "failure", "low storage", "maintenance", "notification", "recovery"},
		},
	} {
		name := m.name + "-events-" + about.key
		_, err := rds.NewEventSubscription(ctx, name, &rds.EventSubscriptionArgs{
			SnsTopic:        m.args.Topic.ToStringOutput(),
			SourceType:      pulumi.String(about.source),
			SourceIds:       about.identifiers,
			EventCategories: pulumi.ToStringArray(about.kinds),
			Tags:            m.tags(name),
		}, pulumi.Parent(m))
		if err != nil {
			return fmt.Errorf("events of %s: %w", about.key, err)
		}
	}
	return nil
}
