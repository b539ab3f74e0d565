package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cacheLogs are the logs that a Redis delivers.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html
func cacheLogs() []string { return []string{"slow-log", "engine-log"} }

// cacheLogGroup is where one of a Redis's logs is kept.
func cacheLogGroup(stack, name, log string) string {
	return "/openedx/" + stack + "/" + name + "/" + log
}

// CacheLogGroups are where the logs of a Redis are kept.
func CacheLogGroups(stack, name string) []string {
	var groups []string
	for _, log := range cacheLogs() {
		groups = append(groups, cacheLogGroup(stack, name, log))
	}
	return groups
}

// createLogs creates the log groups and says which log goes into which.
func (c *Cache) createLogs(ctx *pulumi.Context) (elasticache.ReplicationGroupLogDeliveryConfigurationArray, error) {
	var deliveries elasticache.ReplicationGroupLogDeliveryConfigurationArray
	for _, log := range cacheLogs() {
		name := c.name + "-" + log
		group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(cacheLogGroup(ctx.Stack(), c.name, log)),
			RetentionInDays: pulumi.Int(c.args.LogDays),
			KmsKeyId:        c.args.LogsKey.ToStringOutput(),
			Tags:            c.tags(name),
		}, pulumi.Parent(c))
		if err != nil {
			return nil, fmt.Errorf("log group of %q: %w", log, err)
		}
		deliveries = append(deliveries, elasticache.ReplicationGroupLogDeliveryConfigurationArgs{
			Destination:     group.Name,
			DestinationType: pulumi.String("cloudwatch-logs"),
			LogFormat:       pulumi.String("json"),
			LogType:         pulumi.String(log),
		})
	}
	return deliveries, nil
}
