package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/costexplorer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const costsType = "openedx:aws:Costs"

// CostsArgs says from which costs on somebody is told.
type CostsArgs struct {
	Account Account
	Stack   string
	// Budget is a month's in US dollars, and Anomaly a day's that is unusual.
	Budget, Anomaly int
	// OfStack counts this stack alone, by its tag; otherwise the account counts.
	OfStack bool
	// AllocationTags has AWS tell costs apart by the platform's tags. Only an account
	// that pays for itself may ask for it, and by tag only it may watch for the unusual.
	AllocationTags bool
	// Topic is the ARN of the topic that people are told by.
	Topic pulumi.StringInput
	Tags  tags.Set
}

// Costs tells when the platform costs more than it should. Both services are in no
// region, and the provider finds them from any.
// https://docs.aws.amazon.com/general/latest/gr/billing.html
type Costs struct {
	pulumi.ResourceState
}

// NewCosts creates the budget, and what watches for unusual costs.
func NewCosts(ctx *pulumi.Context, name string, args *CostsArgs, opts ...pulumi.ResourceOption) (*Costs, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("costs %q: %w", name, err)
	}
	c := &Costs{}
	if err := ctx.RegisterComponentResourceV2(costsType, name, args.inputs(), c, opts...); err != nil {
		return nil, fmt.Errorf("costs %q: %w", name, err)
	}
	if _, err := budgets.NewBudget(ctx, name+"-budget", args.budget(name+"-budget"), pulumi.Parent(c)); err != nil {
		return nil, fmt.Errorf("costs %q: budget: %w", name, err)
	}
	if args.AllocationTags {
		if err := c.watch(ctx, name, args); err != nil {
			return nil, fmt.Errorf("costs %q: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("costs %q: %w", name, err)
	}
	return c, nil
}

func (a *CostsArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Stack == "":
		return errors.New("no stack")
	case a.Budget < 1 || a.Anomaly < 1:
		return fmt.Errorf("a budget of %d, and %d a day is unusual: want a dollar at least", a.Budget, a.Anomaly)
	case a.Topic == nil:
		return errors.New("no topic")
	}
	return nil
}

func (a *CostsArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"budget": pulumi.Int(a.Budget), "anomaly": pulumi.Int(a.Anomaly),
		"ofStack": pulumi.Bool(a.OfStack), "allocationTags": pulumi.Bool(a.AllocationTags),
	}
}

// budget builds the monthly budget. It stops nothing.
func (a *CostsArgs) budget(name string) *budgets.BudgetArgs {
	args := &budgets.BudgetArgs{
		BudgetType:  pulumi.String("COST"),
		LimitAmount: pulumi.String(strconv.Itoa(a.Budget)),
		LimitUnit:   pulumi.String("USD"),
		TimeUnit:    pulumi.String("MONTHLY"),
		// A credit pays for what is used until it is used up: it should not hide it.
		CostTypes:     budgets.BudgetCostTypesArgs{IncludeCredit: pulumi.Bool(false), IncludeRefund: pulumi.Bool(false)},
		Notifications: a.notifications(),
		Tags:          pulumi.ToStringMap(a.Tags.For("costs", name)),
	}
	if a.OfStack {
		args.CostFilters = budgets.BudgetCostFilterArray{budgets.BudgetCostFilterArgs{
			Name:   pulumi.String("TagKeyValue"),
			Values: pulumi.ToStringArray([]string{"user:" + tags.Stack + "$" + a.Stack}),
		}}
	}
	return args
}

// notifications are sent when most of the budget is gone, when all of it is, and when
// all of it is going to be.
func (a *CostsArgs) notifications() budgets.BudgetNotificationArray {
	var all budgets.BudgetNotificationArray
	for _, one := range []struct {
		kind    string
		percent float64
	}{{"ACTUAL", 80}, {"ACTUAL", 100}, {"FORECASTED", 100}} {
		all = append(all, budgets.BudgetNotificationArgs{
			NotificationType:       pulumi.String(one.kind),
			ComparisonOperator:     pulumi.String("GREATER_THAN"),
			Threshold:              pulumi.Float64(one.percent),
			ThresholdType:          pulumi.String("PERCENTAGE"),
			SubscriberSnsTopicArns: pulumi.StringArray{a.Topic},
		})
	}
	return all
}

// watch activates the platform's tags, and has the stack's costs watched by them. The
// monitor of costs by service, of which an account has one, AWS makes by itself; one
// by tag only an account that pays for itself can have.
// https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html
func (c *Costs) watch(ctx *pulumi.Context, name string, args *CostsArgs) error {
	var active []pulumi.Resource
	for _, key := range []string{tags.Stack, tags.Component, tags.Instance} {
		tag, err := costexplorer.NewCostAllocationTag(ctx, name+"-tag-"+key, &costexplorer.CostAllocationTagArgs{
			TagKey: pulumi.String(key),
			Status: pulumi.String("Active"),
			// The whole account counts by a tag: other stacks still do when this one goes.
		}, pulumi.Parent(c), pulumi.RetainOnDelete(true))
		if err != nil {
			return fmt.Errorf("tag %q: %w", key, err)
		}
		active = append(active, tag)
	}
	specification, err := monitored(args.Stack)
	if err != nil {
		return err
	}
	monitor, err := costexplorer.NewAnomalyMonitor(ctx, name+"-monitor", &costexplorer.AnomalyMonitorArgs{
		MonitorType:          pulumi.String("CUSTOM"),
		MonitorSpecification: pulumi.String(specification),
		Tags:                 pulumi.ToStringMap(args.Tags.For("costs", name+"-monitor")),
	}, pulumi.Parent(c), pulumi.DependsOn(active))
	if err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	_, err = costexplorer.NewAnomalySubscription(ctx, name+"-anomalies", args.anomalies(name+"-anomalies", monitor.Arn), pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("subscription: %w", err)
	}
	return nil
}

// monitored says what costs are watched, in exactly the form that AWS gives back: the
// provider compares the two, and another form would be another monitor.
func monitored(stack string) (string, error) {
	text, err := json.Marshal(map[string]any{
		"And": nil, "CostCategories": nil, "Dimensions": nil, "Not": nil, "Or": nil,
		"Tags": map[string]any{"Key": tags.Stack, "MatchOptions": nil, "Values": []string{stack}},
	})
	if err != nil {
		return "", fmt.Errorf("monitor of %q: %w", stack, err)
	}
	return string(text), nil
}

// anomalies builds who is told of the unusual. A topic can only be told at once.
// https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html
func (a *CostsArgs) anomalies(name string, monitor pulumi.StringOutput) *costexplorer.AnomalySubscriptionArgs {
	return &costexplorer.AnomalySubscriptionArgs{
		Frequency:       pulumi.String("IMMEDIATE"),
		MonitorArnLists: pulumi.StringArray{monitor},
		Subscribers: costexplorer.AnomalySubscriptionSubscriberArray{
			costexplorer.AnomalySubscriptionSubscriberArgs{Type: pulumi.String("SNS"), Address: a.Topic.ToStringOutput()},
		},
		ThresholdExpression: costexplorer.AnomalySubscriptionThresholdExpressionArgs{
			Dimension: costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs{
				Key:          pulumi.String("ANOMALY_TOTAL_IMPACT_ABSOLUTE"),
				MatchOptions: pulumi.ToStringArray([]string{"GREATER_THAN_OR_EQUAL"}),
				Values:       pulumi.ToStringArray([]string{strconv.Itoa(a.Anomaly)}),
			},
		},
		Tags: pulumi.ToStringMap(a.Tags.For("costs", name)),
	}
}
