package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// FlowLogGroup is where a network's flow logs are kept.
func FlowLogGroup(stack, name string) string { return "/openedx/" + stack + "/" + name }

// createFlowLogs records who talked to whom.
func (n *Network) createFlowLogs(ctx *pulumi.Context) error {
	name := n.name + "-flow-logs"
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(n.args.FlowLogs.LogGroup),
		RetentionInDays: pulumi.Int(n.args.FlowLogs.Days),
		KmsKeyId:        n.args.FlowLogs.Key.ToStringOutput(),
		Tags:            n.tags(name),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("flow log group: %w", err)
	}
	role, err := iam.NewRole(ctx, name+"-role", &iam.RoleArgs{
		Description:      pulumi.String("Writes the flow logs of " + n.name),
		AssumeRolePolicy: document(n.args.flowLogTrust()),
		Tags:             n.tags(name + "-role"),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("flow log role: %w", err)
	}
	rights, err := iam.NewRolePolicy(ctx, name+"-policy", &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: document(n.args.flowLogRights()...),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("flow log policy: %w", err)
	}
	_, err = ec2.NewFlowLog(ctx, name+"-vpc", &ec2.FlowLogArgs{
		VpcId:              n.ID,
		TrafficType:        pulumi.String(n.args.FlowLogs.Traffic),
		LogDestinationType: pulumi.String("cloud-watch-logs"),
		LogDestination:     group.Arn,
		IamRoleArn:         role.Arn,
		Tags:               n.tags(name + "-vpc"),
		// Without its rights the role's first deliveries fail and are lost.
	}, pulumi.Parent(n), pulumi.DependsOn([]pulumi.Resource{rights}))
	if err != nil {
		return fmt.Errorf("flow log: %w", err)
	}
	return nil
}

// flowLogTrust lets the flow log service take the role for this account's flow
// logs, and for nobody else who asks the service to.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
func (a *NetworkArgs) flowLogTrust() statement {
	return allow("FlowLogs", "sts:AssumeRole").to("vpc-flow-logs.amazonaws.com").when(condition{
		"StringEquals": {"aws:SourceAccount": {a.Account.ID}},
		"ArnLike":      {"aws:SourceArn": {a.Account.arn("ec2", "vpc-flow-log/*")}},
	})
}

// flowLogRights are enough to write to the one log group, which is there before;
// only the listing cannot be narrowed to it.
func (a *NetworkArgs) flowLogRights() []statement {
	group := a.Account.logGroup(a.FlowLogs.LogGroup)
	return []statement{
		allow("Write", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents").on(group, group+":*"),
		allow("Find", "logs:DescribeLogGroups").on("*"), // which is never about a single one
	}
}
