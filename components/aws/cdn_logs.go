package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deliveryLimit is the longest name of a source or a destination of logs.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
const deliveryLimit = 60

// deliveryPath sorts logs by distribution and day.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
const deliveryPath = "{DistributionId}/{yyyy}/{MM}/{dd}"

// deliveredFields are what is written down of a request. The cookie, which opens
// somebody's session, is left out; fields nobody reads cost as much as others.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
func deliveredFields() []string {
	return []string{
		"date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
		"cs(Referer)", "cs(User-Agent)", "cs-uri-query", "x-edge-result-type", "x-edge-request-id", "x-host-header",
		"cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher",
		"x-edge-response-result-type", "cs-protocol-version", "c-port", "time-to-first-byte",
		"x-edge-detailed-result-type", "sc-content-type", "sc-content-len", "sc-range-start", "sc-range-end",
	}
}

// createLogs creates the one place that all distributions' logs go to. The folder
// is a part of the bucket's ARN: then AWS puts nothing before the path by distribution.
func (c *CDN) createLogs(ctx *pulumi.Context) error {
	name := c.name + "-logs"
	destination, err := cloudwatch.NewLogDeliveryDestination(ctx, name, &cloudwatch.LogDeliveryDestinationArgs{
		Name:         pulumi.String(lowerName(deliveryLimit, ctx.Stack(), name)),
		OutputFormat: pulumi.String("json"),
		DeliveryDestinationConfiguration: cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs{
			// The name, unlike the ARN, waits for the policy that lets deliveries in.
			DestinationResourceArn: pulumi.Sprintf("arn:%s:s3:::%s/%s", c.args.Account.Partition, c.args.Logs.Name, c.args.Logs.Prefix),
		},
		Tags: pulumi.ToStringMap(c.args.Tags.For("cdn", name)),
		// A second one of the same name would be the first one, changed, and go with it.
	}, pulumi.Parent(c), pulumi.Provider(c.args.Region.Provider), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("destination of logs: %w", err)
	}
	c.logs = destination.Arn
	return nil
}

// createLogs writes down who asked a distribution for what.
func (d *Distribution) createLogs(ctx *pulumi.Context, cdn *CDN, distribution *cloudfront.Distribution) error {
	edge := []pulumi.ResourceOption{pulumi.Parent(d), pulumi.Provider(cdn.args.Region.Provider), pulumi.DeleteBeforeReplace(true)}
	name := d.name + "-logs"
	source, err := cloudwatch.NewLogDeliverySource(ctx, name, &cloudwatch.LogDeliverySourceArgs{
		Name:        pulumi.String(lowerName(deliveryLimit, ctx.Stack(), name)),
		LogType:     pulumi.String("ACCESS_LOGS"),
		ResourceArn: distribution.Arn,
		Tags:        d.tags(name),
	}, edge...)
	if err != nil {
		return fmt.Errorf("source of logs: %w", err)
	}
	name = d.name + "-delivery"
	_, err = cloudwatch.NewLogDelivery(ctx, name, &cloudwatch.LogDeliveryArgs{
		DeliverySourceName:     source.Name,
		DeliveryDestinationArn: cdn.logs,
		RecordFields:           pulumi.ToStringArray(deliveredFields()),
		S3DeliveryConfigurations: cloudwatch.LogDeliveryS3DeliveryConfigurationArray{
			cloudwatch.LogDeliveryS3DeliveryConfigurationArgs{
				SuffixPath: pulumi.String(deliveryPath), EnableHiveCompatiblePath: pulumi.Bool(false),
			},
		},
		Tags: d.tags(name),
	}, edge...)
	if err != nil {
		return fmt.Errorf("delivery of logs: %w", err)
	}
	return nil
}
