package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudtrail"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/guardduty"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/naming"
	"example.org/openedx/internal/tags"
)

const auditType = "openedx:aws:Audit"

// trailLimit is the longest name of a trail.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
const trailLimit = 128

// findingSeverity is from which severity on a finding is told: below are those that
// came to nothing.
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
const findingSeverity = 4

// AuditArgs says what is recorded of the account itself.
type AuditArgs struct {
	Account Account
	// Platform and Stack are what the trail is called by.
	Platform, Stack string
	// Trail records every call to AWS, and GuardDuty looks for attacks.
	Trail, GuardDuty bool
	// Logs is where the trail is written to.
	Logs BucketRef
	// Topic is the ARN of the topic that people are told of findings by.
	Topic pulumi.StringInput
	Tags  tags.Set
}

// Audit records what is done in the account, as far as nobody else does already.
type Audit struct {
	pulumi.ResourceState
	name string
	args *AuditArgs
}

// NewAudit creates the records that are asked for.
func NewAudit(ctx *pulumi.Context, name string, args *AuditArgs, opts ...pulumi.ResourceOption) (*Audit, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("audit %q: %w", name, err)
	}
	a := &Audit{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(auditType, name, args.inputs(), a, opts...); err != nil {
		return nil, fmt.Errorf("audit %q: %w", name, err)
	}
	if err := a.build(ctx); err != nil {
		return nil, fmt.Errorf("audit %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(a, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("audit %q: %w", name, err)
	}
	return a, nil
}

func (a *AuditArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Platform == "" || a.Stack == "":
		return errors.New("no platform or stack that the trail would be named after")
	case a.Trail && (a.Logs.Name == nil || a.Logs.Prefix == ""):
		return errors.New("no bucket, or no folder in it, for the trail")
	case a.GuardDuty && a.Topic == nil:
		return errors.New("no topic for what GuardDuty finds")
	}
	return nil
}

func (a *AuditArgs) inputs() pulumi.Map {
	return pulumi.Map{"trail": pulumi.Bool(a.Trail), "guardDuty": pulumi.Bool(a.GuardDuty)}
}

func (a *Audit) build(ctx *pulumi.Context) error {
	if a.args.Trail {
		name := a.name + "-trail"
		if _, err := cloudtrail.NewTrail(ctx, name, a.args.trail(name), pulumi.Parent(a)); err != nil {
			return fmt.Errorf("trail: %w", err)
		}
	}
	if !a.args.GuardDuty {
		return nil
	}
	if err := a.createDetector(ctx); err != nil {
		return err
	}
	return a.tellFindings(ctx)
}

// trail builds the record of all calls in all regions: whoever breaks in does not
// stay in this one. Files are signed, so that a missing or changed one is noticed.
func (a *AuditArgs) trail(name string) *cloudtrail.TrailArgs {
	return &cloudtrail.TrailArgs{
		// The bucket lets in a trail that it knows by name.
		Name:                       pulumi.String(naming.Fit(trailLimit, a.Platform, a.Stack)),
		S3BucketName:               a.Logs.Name.ToStringOutput(),
		S3KeyPrefix:                pulumi.String(a.Logs.Prefix),
		IsMultiRegionTrail:         pulumi.Bool(true),
		IncludeGlobalServiceEvents: pulumi.Bool(true),
		EnableLogFileValidation:    pulumi.Bool(true),
		EnableLogging:              pulumi.Bool(true),
		Tags:                       pulumi.ToStringMap(a.Tags.For("audit", name)),
	}
}

// createDetector has GuardDuty look at what the platform has. Each feature is written,
// wanted or not: what AWS turns on by itself changes with time.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html
func (a *Audit) createDetector(ctx *pulumi.Context) error {
	name := a.name + "-detector"
	detector, err := guardduty.NewDetector(ctx, name, &guardduty.DetectorArgs{
		Enable:                     pulumi.Bool(true),
		FindingPublishingFrequency: pulumi.String("FIFTEEN_MINUTES"),
		Tags:                       pulumi.ToStringMap(a.args.Tags.For("audit", name)),
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("detector: %w", err)
	}
	for _, one := range []struct {
		part, feature, status string
		agents                guardduty.DetectorFeatureAdditionalConfigurationArray
	}{
		{"s3", "S3_DATA_EVENTS", "ENABLED", nil},
		{"kubernetes", "EKS_AUDIT_LOGS", "ENABLED", nil},
		{"malware", "EBS_MALWARE_PROTECTION", "ENABLED", nil},
		{"mysql", "RDS_LOGIN_EVENTS", "ENABLED", nil},
		{"lambda", "LAMBDA_NETWORK_LOGS", "DISABLED", nil}, // there is none
		{"runtime", "RUNTIME_MONITORING", "ENABLED", agents()},
	} {
		_, err := guardduty.NewDetectorFeature(ctx, name+"-"+one.part, &guardduty.DetectorFeatureArgs{
			DetectorId:               detector.ID().ToStringOutput(),
			Name:                     pulumi.String(one.feature),
			Status:                   pulumi.String(one.status),
			AdditionalConfigurations: one.agents,
			// The provider compares the agents as a list, in the order that AWS returns them
			// in, which nothing promises: it would replace the feature again and again.
		}, pulumi.Parent(a), pulumi.IgnoreChanges([]string{"additionalConfigurations"}))
		if err != nil {
			return fmt.Errorf("feature %q: %w", one.feature, err)
		}
	}
	return nil
}

// agents has GuardDuty keep its agent on the nodes, as an add-on of the cluster, and on
// no other machine.
func agents() guardduty.DetectorFeatureAdditionalConfigurationArray {
	var all guardduty.DetectorFeatureAdditionalConfigurationArray
	for _, one := range []struct{ name, status string }{
		{"EKS_ADDON_MANAGEMENT", "ENABLED"}, {"ECS_FARGATE_AGENT_MANAGEMENT", "DISABLED"}, {"EC2_AGENT_MANAGEMENT", "DISABLED"},
	} {
		all = append(all, guardduty.DetectorFeatureAdditionalConfigurationArgs{
			Name: pulumi.String(one.name), Status: pulumi.String(one.status),
		})
	}
	return all
}

// tellFindings sends what GuardDuty finds to people, in words. The topic itself lets
// EventBridge send: a role here would keep it from an encrypted one.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (a *Audit) tellFindings(ctx *pulumi.Context) error {
	name := a.name + "-findings"
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Description: pulumi.String("What GuardDuty finds"),
		EventPattern: pulumi.JSONMarshal(map[string]any{
			"source": []string{"aws.guardduty"}, "detail-type": []string{"GuardDuty Finding"},
			"detail": map[string]any{"severity": []any{map[string]any{"numeric": []any{">=", findingSeverity}}}},
		}),
		Tags: pulumi.ToStringMap(a.args.Tags.For("audit", name)),
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("rule of findings: %w", err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, name+"-topic", &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  a.args.Topic.ToStringOutput(),
		InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.ToStringMap(map[string]string{
				"severity": "$.detail.severity", "title": "$.detail.title", "region": "$.region", "finding": "$.detail.id",
			}),
			InputTemplate: pulumi.String(`"GuardDuty, severity <severity>: <title>. Look at finding <finding> in <region> in the console."`),
		},
	}, pulumi.Parent(a))
	if err != nil {
		return fmt.Errorf("target of findings: %w", err)
	}
	return nil
}
