package aws

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// firewallLogPrefix begins the name of every log group that WAF writes to.
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
const firewallLogPrefix = "aws-waf-logs-"

// FirewallLogGroup is where a firewall's logs are kept.
func FirewallLogGroup(stack, name string) string { return firewallLogPrefix + stack + "-" + name }

// keptActions are what is worth keeping: CloudFront and the load balancer have
// logs of everything.
func keptActions() []string { return []string{"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"} }

// hidden are the headers that open somebody's session, or the way past the
// firewall: nobody who reads about requests is to have them.
func (a *FirewallArgs) hidden() []string {
	headers := []string{"authorization", "cookie"}
	if a.Origin != nil {
		headers = append(headers, strings.ToLower(a.Origin.Name))
	}
	return headers
}

// hideInSamples hides the headers wherever WAF shows requests. The logs' own
// redaction says nothing about the samples that the console has.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_DataProtectionConfig.html
func (a *FirewallArgs) hideInSamples() pulumi.Map {
	return pulumi.Map{
		"action": pulumi.String("SUBSTITUTION"),
		"field": pulumi.Map{
			"fieldType": pulumi.String("SINGLE_HEADER"), "fieldKeys": pulumi.ToStringArray(a.hidden()),
		},
	}
}

// createLogs keeps what the firewall refused or counted.
func (f *Firewall) createLogs(ctx *pulumi.Context, acl pulumi.StringOutput) (pulumi.Resource, error) {
	name := f.name + "-logs"
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(f.args.LogGroup),
		RetentionInDays: pulumi.Int(f.args.LogDays),
		KmsKeyId:        f.args.LogsKey.ToStringOutput(),
		Tags:            f.tags(name),
	}, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("log group: %w", err)
	}
	// Without this policy WAF would write a wider one of its own, which stays when the stack goes.
	rights, err := cloudwatch.NewLogResourcePolicy(ctx, name+"-policy", &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     pulumi.String(f.args.LogGroup),
		PolicyDocument: document(f.args.logRights()),
	}, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("log policy: %w", err)
	}
	inputs := f.args.logging()
	inputs["resourceArn"] = acl
	inputs["logDestinationConfigs"] = pulumi.StringArray{after(ctx, group.Arn, rights)}
	return newWAF(ctx, f, webACLLoggingType, name+"-delivery", inputs)
}

// logRights let WAF's deliveries write to the one log group, and nobody else's.
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
func (a *FirewallArgs) logRights() statement {
	return allow("Firewall", "logs:CreateLogStream", "logs:PutLogEvents").
		on(a.Account.logGroup(a.LogGroup) + ":*").to("delivery.logs.amazonaws.com").when(condition{
		"StringEquals": {"aws:SourceAccount": {a.Account.ID}},
		"ArnLike":      {"aws:SourceArn": {a.Account.arn("logs", "*")}},
	})
}

// logging builds what is kept of a request.
func (a *FirewallArgs) logging() pulumi.Map {
	var redacted, conditions pulumi.Array
	for _, header := range a.hidden() {
		redacted = append(redacted, pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String(header)}})
	}
	for _, action := range keptActions() {
		conditions = append(conditions, pulumi.Map{"actionCondition": pulumi.Map{"action": pulumi.String(action)}})
	}
	return pulumi.Map{
		"redactedFields": redacted,
		"loggingFilter": pulumi.Map{
			"defaultBehavior": pulumi.String("DROP"),
			"filters": pulumi.Array{pulumi.Map{
				"behavior": pulumi.String("KEEP"), "requirement": pulumi.String("MEETS_ANY"), "conditions": conditions,
			}},
		},
	}
}
