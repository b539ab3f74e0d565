package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// searchLog is a log of a domain: the part of its names, and what the service calls it.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
type searchLog struct{ part, kind string }

func searchLogs() []searchLog {
	return []searchLog{
		{"index-slow", "INDEX_SLOW_LOGS"}, {"search-slow", "SEARCH_SLOW_LOGS"}, {"application", "ES_APPLICATION_LOGS"},
	}
}

// group is where a domain's log is kept.
func (l searchLog) group(domain string) string { return "/openedx/search/" + domain + "/" + l.part }

// SearchLogGroups are where the logs of a domain are kept.
func SearchLogGroups(domain string) []string {
	var groups []string
	for _, log := range searchLogs() {
		groups = append(groups, log.group(domain))
	}
	return groups
}

// createLogs creates the log groups and lets the service write to them, without
// which it refuses the domain. It returns which log goes where, and the right.
func (s *Search) createLogs(ctx *pulumi.Context) (opensearch.DomainLogPublishingOptionArray, *cloudwatch.LogResourcePolicy, error) {
	var options opensearch.DomainLogPublishingOptionArray
	for _, log := range searchLogs() {
		name := s.name + "-" + log.part
		group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(log.group(s.args.DomainName)),
			RetentionInDays: pulumi.Int(s.args.LogDays),
			KmsKeyId:        s.args.LogsKey.ToStringOutput(),
			Tags:            s.tags(name),
		}, pulumi.Parent(s))
		if err != nil {
			return nil, nil, fmt.Errorf("log group of %q: %w", log.part, err)
		}
		options = append(options, opensearch.DomainLogPublishingOptionArgs{
			LogType: pulumi.String(log.kind), CloudwatchLogGroupArn: group.Arn,
		})
	}
	rights, err := cloudwatch.NewLogResourcePolicy(ctx, s.name+"-logs", &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     pulumi.String(s.args.DomainName),
		PolicyDocument: document(s.args.logRights()),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, nil, fmt.Errorf("log policy: %w", err)
	}
	return options, rights, nil
}

// logRights let the service write this domain's logs, and nobody else's.
func (a *SearchArgs) logRights() statement {
	var streams []string
	for _, group := range SearchLogGroups(a.DomainName) {
		streams = append(streams, a.Account.logGroup(group)+":*")
	}
	return allow("Logs", "logs:CreateLogStream", "logs:PutLogEvents").
		on(streams...).to("es.amazonaws.com").when(condition{
		"StringEquals": {"aws:SourceAccount": {a.Account.ID}},
		"ArnLike":      {"aws:SourceArn": {a.arn()}},
	})
}
