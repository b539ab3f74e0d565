package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	budgetType  = "aws:budgets/budget:Budget"
	costTagType = "aws:costexplorer/costAllocationTag:CostAllocationTag"
)

// costsArgs are arguments that a test changes one of.
func costsArgs() *aws.CostsArgs {
	return &aws.CostsArgs{
		Account: account, Stack: "test", Budget: 1500, Anomaly: 50, AllocationTags: true, Topic: pulumi.String("topic-arn"),
		Tags: tags.New("test", nil),
	}
}

func costsProgram(args *aws.CostsArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := aws.NewCosts(ctx, "co", args)
		return err
	}
}

func TestSomebodyIsToldBeforeAndWhenTheBudgetIsGone(t *testing.T) {
	budget := harness.Run(t, nil, costsProgram(costsArgs())).One(t, budgetType, "co-budget")
	notification := func(kind string, percent float64) map[string]any {
		return map[string]any{
			"notificationType": kind, "threshold": percent, "thresholdType": "PERCENTAGE", "comparisonOperator": "GREATER_THAN",
			"subscriberSnsTopicArns": []any{"topic-arn"},
		}
	}
	holds(t, budget, map[string]any{
		"budgetType": "COST", "limitAmount": "1500", "limitUnit": "USD", "timeUnit": "MONTHLY",
		"costTypes":     map[string]any{"includeCredit": false, "includeRefund": false},
		"notifications": []any{notification("ACTUAL", 80), notification("ACTUAL", 100), notification("FORECASTED", 100)},
	})
}

func TestABudgetCountsTheAccountOrTheStackAlone(t *testing.T) {
	args := costsArgs()
	if got := harness.Run(t, nil, costsProgram(args)).One(t, budgetType, "co-budget").Value(t, "costFilters"); !got.IsNull() {
		t.Errorf("the account's budget leaves something out: %v", got)
	}
	args.OfStack = true
	holds(t, harness.Run(t, nil, costsProgram(args)).One(t, budgetType, "co-budget"), map[string]any{
		"costFilters": []any{map[string]any{"name": "TagKeyValue", "values": []any{"user:openedx-stack$test"}}},
	})
}

func TestUnusualCostsOfTheStackAreTold(t *testing.T) {
	graph := harness.Run(t, nil, costsProgram(costsArgs()))
	monitor := graph.One(t, "aws:costexplorer/anomalyMonitor:AnomalyMonitor", "co-monitor")
	texts(t, monitor, map[string]string{"monitorType": "CUSTOM"})
	sameJSON(t, monitor.Text(t, "monitorSpecification"), `{
		"And": null, "CostCategories": null, "Dimensions": null, "Not": null, "Or": null,
		"Tags": {"Key": "openedx-stack", "MatchOptions": null, "Values": ["test"]}
	}`)
	if !graph.Waits(monitor, graph.One(t, costTagType, "co-tag-openedx-stack").URN) {
		t.Error("AWS does not count by the tag yet when it is to watch it")
	}
	holds(t, graph.One(t, "aws:costexplorer/anomalySubscription:AnomalySubscription", "co-anomalies"), map[string]any{
		"frequency":       "IMMEDIATE",
		"monitorArnLists": []any{"arn:aws:costexplorer:eu-west-1:123456789012:co-monitor"},
		"subscribers":     []any{map[string]any{"type": "SNS", "address": "topic-arn"}},
		"thresholdExpression.dimension": map[string]any{
			"key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "matchOptions": []any{"GREATER_THAN_OR_EQUAL"}, "values": []any{"50"},
		},
	})
	houseTagged(t, graph, "costs", costTagType)
}

func TestTheAccountStillCountsByTheTagsWhenTheStackIsGone(t *testing.T) {
	graph := harness.Run(t, nil, costsProgram(costsArgs()))
	for _, key := range []string{"openedx-stack", "openedx-component", "openedx-instance"} {
		tag := graph.One(t, costTagType, "co-tag-"+key)
		texts(t, tag, map[string]string{"tagKey": key, "status": "Active"})
		if !tag.RetainOnDelete {
			t.Errorf("%s is taken from the account's other stacks", key)
		}
	}
}

func TestAnAccountThatOthersPayForHasABudgetOnly(t *testing.T) {
	args := costsArgs()
	args.AllocationTags = false
	graph := harness.Run(t, nil, costsProgram(args))
	for _, r := range graph.Resources {
		if r.Custom && r.Type != budgetType {
			t.Errorf("AWS would refuse %s", r)
		}
	}
}

func TestThePreviewOfCostsIsItsUpdate(t *testing.T) {
	previewsAsItUpdates(t, costsProgram(costsArgs()))
}

func TestWrongCostsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.CostsArgs)
		want  string
	}{
		"no account":         {func(a *aws.CostsArgs) { a.Account.ID = "" }, "incomplete"},
		"no stack":           {func(a *aws.CostsArgs) { a.Stack = "" }, "no stack"},
		"no budget":          {func(a *aws.CostsArgs) { a.Budget = 0 }, "a budget of 0"},
		"everything unusual": {func(a *aws.CostsArgs) { a.Anomaly = 0 }, "0 a day is unusual"},
		"nobody who is told": {func(a *aws.CostsArgs) { a.Topic = nil }, "no topic"},
	} {
		t.Run(name, func(t *testing.T) {
			args := costsArgs()
			test.spoil(args)
			refuses(t, costsProgram(args), `costs "co"`, test.want)
		})
	}
}
