package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

func TestNobodyWhoReadsAboutRequestsCanTakeUpASession(t *testing.T) {
	graph := harness.Run(t, nil, firewallProgram(firewallArgs()))
	acl, logging := graph.One(t, firewallACL, "fw-acl"), graph.One(t, firewallLogging, "fw-logs-delivery")
	protection := "dataProtectionConfig.dataProtections[0]"
	if got := acl.Text(t, protection+".action") + " " + acl.Text(t, protection+".field.fieldType"); got != "SUBSTITUTION SINGLE_HEADER" {
		t.Errorf("samples have %s", got)
	}
	for i, header := range []string{"authorization", "cookie", "x-openedx-origin"} {
		if got := logging.Text(t, fmt.Sprintf("redactedFields[%d].singleHeader.name", i)); got != header {
			t.Errorf("the logs hide %s, want %s", got, header)
		}
		if got := acl.Text(t, fmt.Sprintf("%s.field.fieldKeys[%d]", protection, i)); got != header {
			t.Errorf("the samples hide %s, want %s", got, header)
		}
	}
}

func TestAFirewallKeepsLogsOfWhatItRefusedOrCounted(t *testing.T) {
	graph := harness.Run(t, nil, firewallProgram(firewallArgs()))
	group := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "fw-logs")
	if group.Text(t, "name") != "aws-waf-logs-test-fw" || group.Text(t, "kmsKeyId") != "logs-key-arn" ||
		group.Value(t, "retentionInDays").NumberValue() != 30 {
		t.Errorf("the group is %v", group.Inputs)
	}
	policy := graph.One(t, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "fw-logs-policy")
	sameJSON(t, policy.Text(t, "policyDocument"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Firewall", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
			"Principal": {"Service": ["delivery.logs.amazonaws.com"]},
			"Resource": ["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-test-fw:*"],
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:logs:eu-west-1:123456789012:*"]}
			}
		}]
	}`)
	logging := graph.One(t, firewallLogging, "fw-logs-delivery")
	if !graph.Waits(logging, policy.URN) {
		t.Error("WAF may write a policy of its own first")
	}
	if !strings.HasSuffix(logging.Text(t, "resourceArn"), ":fw-acl") || !strings.HasSuffix(logging.Text(t, "logDestinationConfigs[0]"), ":fw-logs") {
		t.Errorf("the logs of %s go to %s", logging.Text(t, "resourceArn"), logging.Text(t, "logDestinationConfigs[0]"))
	}
	if got := logging.Text(t, "loggingFilter.defaultBehavior") + " " + logging.Text(t, "loggingFilter.filters[0].behavior"); got != "DROP KEEP" {
		t.Errorf("the filter is %s", got)
	}
	for i, action := range []string{"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"} {
		path := fmt.Sprintf("loggingFilter.filters[0].conditions[%d].actionCondition.action", i)
		if got := logging.Text(t, path); got != action {
			t.Errorf("%s is kept, want %s", got, action)
		}
	}
}

func TestAFirewallIsReadyOnceItsLogsAre(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		firewall, err := aws.NewFirewall(ctx, "fw", firewallArgs())
		if err != nil {
			return err
		}
		_, err = aws.NewFirewall(ctx, "next", &aws.FirewallArgs{
			Account: account, Scope: aws.FirewallRegional, LogGroup: "aws-waf-logs-next", LogDays: 1, LogsKey: firewall.ARN,
			Rate: 10, LogInRate: 10, Tags: tags.New("test", nil),
		})
		return err
	})
	next := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "next-logs")
	if !graph.Waits(next, graph.One(t, firewallLogging, "fw-logs-delivery").URN) {
		t.Error("whoever uses the firewall does not wait for its logs")
	}
}
