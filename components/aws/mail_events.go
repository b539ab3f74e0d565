package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sesv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// mailSetLimit is the longest name of a configuration set.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSet.html
const mailSetLimit = 64

// mailSet is what a configuration set is called: the rights of the sender name it.
func mailSet(stack, name string) string { return lowerName(mailSetLimit, stack, name) }

// createSet creates the rules that mail is sent by, and has what went wrong reported.
func (m *Mail) createSet(ctx *pulumi.Context) (*sesv2.ConfigurationSet, error) {
	set, err := sesv2.NewConfigurationSet(ctx, m.name+"-set", m.args.configuration(m.name+"-set", m.set), pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("configuration set: %w", err)
	}
	if m.Bounces, err = m.createBounces(ctx); err != nil {
		return nil, err
	}
	for _, one := range []struct {
		part   string
		events []string
		topic  pulumi.StringInput
	}{
		{"bounces", []string{"BOUNCE", "COMPLAINT"}, m.Bounces},
		// SES rejects nothing but malware: somebody sends it in the platform's name.
		{"rejects", []string{"REJECT"}, m.args.Topic},
	} {
		_, err := sesv2.NewConfigurationSetEventDestination(ctx, m.name+"-"+one.part, &sesv2.ConfigurationSetEventDestinationArgs{
			ConfigurationSetName: set.ConfigurationSetName,
			EventDestinationName: pulumi.String(one.part),
			EventDestination: sesv2.ConfigurationSetEventDestinationEventDestinationArgs{
				Enabled:            pulumi.Bool(true),
				MatchingEventTypes: pulumi.ToStringArray(one.events),
				SnsDestination: sesv2.ConfigurationSetEventDestinationEventDestinationSnsDestinationArgs{
					TopicArn: one.topic.ToStringOutput(),
				},
			},
		}, pulumi.Parent(m))
		if err != nil {
			return nil, fmt.Errorf("destination of %s: %w", one.part, err)
		}
	}
	return set, nil
}

// configuration builds the rules: over TLS or not at all, and never again to who
// could not be reached or did not want it.
func (a *MailArgs) configuration(name, set string) *sesv2.ConfigurationSetArgs {
	return &sesv2.ConfigurationSetArgs{
		ConfigurationSetName: pulumi.String(set),
		DeliveryOptions:      sesv2.ConfigurationSetDeliveryOptionsArgs{TlsPolicy: pulumi.String("REQUIRE")},
		ReputationOptions:    sesv2.ConfigurationSetReputationOptionsArgs{ReputationMetricsEnabled: pulumi.Bool(true)},
		SendingOptions:       sesv2.ConfigurationSetSendingOptionsArgs{SendingEnabled: pulumi.Bool(true)},
		SuppressionOptions: sesv2.ConfigurationSetSuppressionOptionsArgs{
			SuppressedReasons: pulumi.ToStringArray([]string{"BOUNCE", "COMPLAINT"}),
		},
		Tags: pulumi.ToStringMap(a.Tags.For("mail", name)),
	}
}

// createBounces creates the topic of mail that came back. SES tries a topic when it
// is told of it, so that the ARN waits until SES may send there.
func (m *Mail) createBounces(ctx *pulumi.Context) (pulumi.StringOutput, error) {
	name := m.name + "-bounces-topic"
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{
		DisplayName:    pulumi.String("Open edX mail"),
		KmsMasterKeyId: m.args.LogsKey.ToStringOutput(),
		Tags:           m.tags(name),
	}, pulumi.Parent(m))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("topic of bounces: %w", err)
	}
	rights, err := sns.NewTopicPolicy(ctx, name+"-policy", &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: documentAbout(pulumi.StringArray{topic.Arn}, func(arns []string) []statement {
			return []statement{m.args.reporter(m.set).on(arns...)}
		}),
	}, pulumi.Parent(m))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("policy of the topic of bounces: %w", err)
	}
	return after(ctx, topic.Arn, rights), nil
}

// reporter lets SES report on mail of one configuration set.
// https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html
func (a *MailArgs) reporter(set string) statement {
	return allow("Report", "sns:Publish").to("ses.amazonaws.com").when(condition{"StringEquals": {
		"aws:SourceAccount": {a.Account.ID},
		"aws:SourceArn":     {a.Account.arn("ses", "configuration-set/"+set)},
	}})
}

// From which rates on AWS looks at an account; at twice the first and five times the
// second it stops its mail. The metrics are parts of one, not of a hundred.
// https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
const (
	bounceRate    = 0.05
	complaintRate = 0.001
)

// alarms are what is to be watched. They look at the platform's own mail: AWS judges
// the account, but who else sends from it is not known here.
func (m *Mail) alarms() []Alarm {
	alarms := []Alarm{{
		Name: "bounces", Metric: "Reputation.BounceRate", Threshold: bounceRate,
		Means: "More than 5 % of the mail comes back: AWS stops the account's mail at 10 %. Look for sign-ups with invented addresses.",
	}, {
		Name: "complaints", Metric: "Reputation.ComplaintRate", Threshold: complaintRate,
		Means: "More than one mail in a thousand is reported as spam: AWS stops the account's mail at five. Look for bulk mail of courses.",
	}}
	for i := range alarms {
		alarm := &alarms[i]
		alarm.Namespace, alarm.Statistic, alarm.Comparison, alarm.Missing = "AWS/SES", "Average", above, missingIsGood
		alarm.Dimensions = map[string]pulumi.StringInput{"ses:configuration-set": pulumi.String(m.set)}
		alarm.PeriodSeconds, alarm.Periods = 3600, 1
	}
	return alarms
}
