package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// queueSeconds is how long an interruption waits to be read. A spot instance is gone
// after two minutes; what is older than five is no news.
const queueSeconds = 300

// interruption is a kind of event by which AWS tells that it takes a machine away.
type interruption struct {
	part, source, event string
	// detail narrows the events down to those that Karpenter acts on.
	detail map[string][]string
}

// interruptions are all that Karpenter acts on but one: a recommendation to
// rebalance means that a spot instance may be taken away. Karpenter would only keep
// further pods off the node, and never empty it.
// https://karpenter.sh/v1.14/concepts/disruption/#interruption
var interruptions = []interruption{
	{"spot", "aws.ec2", "EC2 Spot Instance Interruption Warning", nil},
	{"state", "aws.ec2", "EC2 Instance State-change Notification", map[string][]string{
		"state": {"stopping", "stopped", "shutting-down", "terminated"},
	}},
	{"health", "aws.health", "AWS Health Event", map[string][]string{
		"service": {"EC2"}, "eventTypeCategory": {"scheduledChange"},
	}},
}

// pattern matches the events.
func (i interruption) pattern() pulumi.StringOutput {
	pattern := map[string]any{"source": []string{i.source}, "detail-type": []string{i.event}}
	if i.detail != nil {
		pattern["detail"] = i.detail
	}
	return pulumi.JSONMarshal(pattern)
}

// createQueue creates the queue that Karpenter hears of interruptions from, and
// what fills it.
func (k *Karpenter) createQueue(ctx *pulumi.Context) (*sqs.Queue, error) {
	name := k.name + "-queue"
	queue, err := sqs.NewQueue(ctx, name, &sqs.QueueArgs{
		MessageRetentionSeconds: pulumi.Int(queueSeconds),
		// There are ids of machines in it and nothing else: no key of the platform's own.
		SqsManagedSseEnabled: pulumi.Bool(true),
		Tags:                 k.tags(name),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	arns := pulumi.StringArray{queue.Arn}
	for _, i := range interruptions {
		var rule *cloudwatch.EventRule
		if rule, err = k.createRule(ctx, i, queue); err != nil {
			return nil, err
		}
		arns = append(arns, rule.Arn)
	}
	_, err = sqs.NewQueuePolicy(ctx, name+"-policy", &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy:   documentAbout(arns, func(arns []string) []statement { return queueStatements(arns[0], arns[1:]) }),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, fmt.Errorf("policy of queue: %w", err)
	}
	return queue, nil
}

// createRule sends one kind of event to the queue.
func (k *Karpenter) createRule(ctx *pulumi.Context, i interruption, queue *sqs.Queue) (*cloudwatch.EventRule, error) {
	name := k.name + "-interruption-" + i.part
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Description:  pulumi.String(i.event + ", for nodes of " + k.args.Cluster),
		EventPattern: i.pattern(),
		Tags:         k.tags(name),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", i.part, err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, name+"-target", &cloudwatch.EventTargetArgs{
		Rule: rule.Name, Arn: queue.Arn,
	}, pulumi.Parent(k))
	if err != nil {
		return nil, fmt.Errorf("target of rule %q: %w", i.part, err)
	}
	return rule, nil
}

// queueStatements let the rules write to the queue, and nobody come without TLS.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
func queueStatements(queue string, rules []string) []statement {
	return []statement{
		allow("Interruptions", "sqs:SendMessage").on(queue).to("events.amazonaws.com").
			when(condition{"ArnEquals": {"aws:SourceArn": rules}}),
		deny("EncryptedTransport", "sqs:*").on(queue).toAnybody().
			when(condition{"Bool": {"aws:SecureTransport": {"false"}}}),
	}
}
