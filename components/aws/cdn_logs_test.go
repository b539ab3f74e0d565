package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

const (
	cdnDestinationType = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
	cdnSourceType      = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
	cdnDeliveryType    = "aws:cloudwatch/logDelivery:LogDelivery"
)

func TestRequestsAreWrittenDownWithoutCookies(t *testing.T) {
	graph := harness.Run(t, nil, cdnProgram(cdnLearners()))
	destination := graph.One(t, cdnDestinationType, "cdn-logs")
	if got := destination.Text(t, "deliveryDestinationConfiguration.destinationResourceArn"); got != "arn:aws:s3:::logs/cdn" {
		t.Errorf("logs go to %s", got)
	}
	source, delivery := graph.One(t, cdnSourceType, "a-logs"), graph.One(t, cdnDeliveryType, "a-delivery")
	if got := source.Text(t, "logType") + " " + source.Text(t, "resourceArn"); !strings.HasPrefix(got, "ACCESS_LOGS arn:aws:cloudfront:") {
		t.Errorf("the source is %s", got)
	}
	if got := delivery.Text(t, "deliverySourceName"); got != source.Text(t, "name") || got != "test-a-logs" {
		t.Errorf("the delivery is of %s", got)
	}
	if got := delivery.Text(t, "deliveryDestinationArn"); !strings.HasSuffix(got, ":cdn-logs") {
		t.Errorf("the delivery goes to %s", got)
	}
	if got := delivery.Text(t, "s3DeliveryConfigurations[0].suffixPath"); got != "{DistributionId}/{yyyy}/{MM}/{dd}" {
		t.Errorf("logs are sorted by %s", got)
	}
	var fields []string
	for _, field := range delivery.Value(t, "recordFields").ArrayValue() {
		fields = append(fields, field.StringValue())
	}
	if slices.Contains(fields, "cs(Cookie)") || !slices.Contains(fields, "cs-uri-stem") {
		t.Errorf("written down are %v", fields)
	}
}

func TestLogsAreDeliveredFromCloudFrontsRegion(t *testing.T) {
	graph := harness.Run(t, nil, cdnProgram(cdnLearners()))
	for _, r := range []*harness.Resource{
		graph.One(t, cdnDestinationType, "cdn-logs"), graph.One(t, cdnSourceType, "a-logs"), graph.One(t, cdnDeliveryType, "a-delivery"),
	} {
		if !strings.Contains(r.Provider, "::edge-provider::") {
			t.Errorf("%s is made by %q", r, r.Provider)
		}
	}
}

func TestADestinationOfLogsWaitsForTheBucketsPolicy(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		region, err := cdnRegion(ctx)
		if err != nil {
			return err
		}
		logs, err := aws.NewBucket(ctx, "bk", bucketArgs())
		if err != nil {
			return err
		}
		args := cdnArgs(region)
		args.Logs.Name, args.Logs.ARN = logs.Name, logs.ARN
		_, err = aws.NewCDN(ctx, "cdn", args)
		return err
	})
	if !graph.Waits(graph.One(t, cdnDestinationType, "cdn-logs"), graph.One(t, "aws:s3/bucketPolicy:BucketPolicy", "bk-policy").URN) {
		t.Error("deliveries may come before they are let in")
	}
}
