package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const alertsType = "openedx:aws:Alerts"

// AlertsArgs says who is told.
type AlertsArgs struct {
	Account Account
	// Key is the ARN of the key that encrypts what is sent.
	Key    pulumi.StringInput
	Emails []string
	Tags   tags.Set
}

// Alerts is where everything that is wrong is sent to.
type Alerts struct {
	pulumi.ResourceState
	// Topic is the ARN of the topic of alarms, once the services may send to it.
	Topic pulumi.StringOutput
	// Notices is the ARN of the topic of what ElastiCache reports, such as a failed
	// snapshot. It is not encrypted: ElastiCache sends nothing to a topic that is.
	// What it sends is the name of a cluster and of an event.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
	Notices pulumi.StringOutput
}

// NewAlerts creates the topic of alarms and subscribes people to it.
func NewAlerts(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) (*Alerts, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("alerts %q: %w", name, err)
	}
	a := &Alerts{}
	if err := ctx.RegisterComponentResourceV2(alertsType, name, args.inputs(), a, opts...); err != nil {
		return nil, fmt.Errorf("alerts %q: %w", name, err)
	}
	if err := a.build(ctx, name, args); err != nil {
		return nil, fmt.Errorf("alerts %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(a, pulumi.Map{"topic": a.Topic, "notices": a.Notices}); err != nil {
		return nil, fmt.Errorf("alerts %q: %w", name, err)
	}
	return a, nil
}

func (a *AlertsArgs) validate() error {
	if a.Key == nil {
		return errors.New("no key to encrypt what is sent with")
	}
	return unique("address", a.Emails)
}

func (a *AlertsArgs) inputs() pulumi.Map {
	return pulumi.Map{"emails": pulumi.ToStringArray(a.Emails)}
}

// build creates the topics, and subscribes each address to both.
func (a *Alerts) build(ctx *pulumi.Context, name string, args *AlertsArgs) error {
	topic, err := sns.NewTopic(ctx, name+"-topic", &sns.TopicArgs{
		DisplayName:    pulumi.String("Open edX platform"),
		KmsMasterKeyId: args.Key.ToStringOutput(),
		Tags:           pulumi.ToStringMap(args.Tags.For("alerts", name+"-topic")),
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("topic: %w", err)
	}
	rights, err := sns.NewTopicPolicy(ctx, name+"-policy", &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: documentAbout(pulumi.StringArray{topic.Arn}, args.senders),
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("topic policy: %w", err)
	}
	notices, err := sns.NewTopic(ctx, name+"-notices", &sns.TopicArgs{
		DisplayName: pulumi.String("Open edX platform"),
		Tags:        pulumi.ToStringMap(args.Tags.For("alerts", name+"-notices")),
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("topic of notices: %w", err)
	}
	a.Topic, a.Notices = after(ctx, topic.Arn, rights), notices.Arn
	for _, address := range args.Emails {
		if err := a.subscribe(ctx, name, address, topic, notices); err != nil {
			return err
		}
	}
	return nil
}

// subscribe sends both topics to an address, which has to confirm each.
func (a *Alerts) subscribe(ctx *pulumi.Context, name, address string, topic, notices *sns.Topic) error {
	for _, one := range []struct {
		part  string
		topic *sns.Topic
	}{{"-to-", topic}, {"-notices-to-", notices}} {
		_, err := sns.NewTopicSubscription(ctx, name+one.part+addressKey(address), &sns.TopicSubscriptionArgs{
			Topic:    one.topic.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(address),
		}, pulumi.Parent(a))
		if err != nil {
			return fmt.Errorf("subscription of %q: %w", address, err)
		}
	}
	return nil
}

// addressKey makes an address a part of a logical name.
func addressKey(address string) string { return strings.ReplaceAll(address, "@", "-at-") }

// senders lets the services that watch the stores of this account send, and
// nobody else who asks them to.
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
func (a *AlertsArgs) senders(topic []string) []statement {
	return []statement{
		allow("Send", "sns:Publish").on(topic...).to(alarmSenders()...).
			when(condition{"StringEquals": {"aws:SourceAccount": {a.Account.ID}}}),
		allow("Events", "sns:Publish").on(topic...).to(eventSender),
	}
}
