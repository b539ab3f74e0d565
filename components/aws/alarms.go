package aws

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/naming"
	"example.org/openedx/internal/tags"
)

const alarmsType = "openedx:aws:Alarms"

// dashboardLimit is the longest name of a dashboard.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
const dashboardLimit = 255

// The grid of a dashboard is 24 units wide.
const (
	widgetWidth, widgetHeight = 8, 6
	widgetsPerRow             = 24 / widgetWidth
)

// AlarmsArgs says what is watched and where it is told.
type AlarmsArgs struct {
	Account Account
	// Topic is the ARN of the topic that alarms are sent to.
	Topic  pulumi.StringInput
	Stores []WatchedStore
	Tags   tags.Set
}

// WatchedStore is a store and what it wants watched.
type WatchedStore struct {
	// Name is the store's part of a logical name, such as "mysql".
	Name   string
	Alarms []Alarm
}

// Alarms watches the stores: an alarm for everything that they want watched, and
// one dashboard that shows the same metrics with the lines they must not cross.
type Alarms struct {
	pulumi.ResourceState
	// Dashboard is the name of the dashboard in CloudWatch.
	Dashboard pulumi.StringOutput
}

// NewAlarms creates the alarms and the dashboard.
func NewAlarms(ctx *pulumi.Context, name string, args *AlarmsArgs, opts ...pulumi.ResourceOption) (*Alarms, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("alarms %q: %w", name, err)
	}
	a := &Alarms{}
	if err := ctx.RegisterComponentResourceV2(alarmsType, name, pulumi.Map{}, a, opts...); err != nil {
		return nil, fmt.Errorf("alarms %q: %w", name, err)
	}
	for _, store := range args.Stores {
		for _, alarm := range store.Alarms {
			alarmName := name + "-" + store.Name + "-" + alarm.Name
			if _, err := cloudwatch.NewMetricAlarm(ctx, alarmName, args.alarm(alarmName, alarm), pulumi.Parent(a)); err != nil {
				return nil, fmt.Errorf("alarms %q: %q: %w", name, alarmName, err)
			}
		}
	}
	dashboard, err := cloudwatch.NewDashboard(ctx, name+"-dashboard", &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(naming.Fit(dashboardLimit, ctx.Stack(), name)),
		DashboardBody: args.dashboard(),
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("alarms %q: dashboard: %w", name, err)
	}
	a.Dashboard = dashboard.DashboardName
	if err := ctx.RegisterResourceOutputs(a, pulumi.Map{"dashboard": a.Dashboard}); err != nil {
		return nil, fmt.Errorf("alarms %q: %w", name, err)
	}
	return a, nil
}

func (a *AlarmsArgs) validate() error {
	if a.Topic == nil {
		return errors.New("no topic to send alarms to")
	}
	for _, store := range a.Stores {
		names := make([]string, len(store.Alarms))
		for i, alarm := range store.Alarms {
			names[i] = alarm.Name
			if err := alarm.validate(); err != nil {
				return fmt.Errorf("%s %q: %w", store.Name, alarm.Name, err)
			}
		}
		if err := unique("alarm", names); err != nil {
			return err
		}
	}
	return nil
}

func (a Alarm) validate() error {
	if slices.Contains([]string{a.Means, a.Namespace, a.Metric, a.Statistic}, "") {
		return errors.New("its meaning and its metric must be given")
	}
	switch {
	case a.Comparison != above && a.Comparison != below:
		return fmt.Errorf("it compares by %q", a.Comparison)
	case a.Missing != missingIsBad && a.Missing != missingIsGood:
		return fmt.Errorf("a missing value is %q", a.Missing)
	case a.PeriodSeconds < 60 || a.Periods < 1:
		return fmt.Errorf("it looks at %d periods of %d seconds", a.Periods, a.PeriodSeconds)
	}
	return nil
}

// alarm builds one alarm, which is sent when it begins and when it ends.
func (a *AlarmsArgs) alarm(name string, alarm Alarm) *cloudwatch.MetricAlarmArgs {
	actions := pulumi.Array{a.Topic.ToStringOutput()}
	for _, further := range alarm.Further {
		actions = append(actions, pulumi.String(further))
	}
	return &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(alarm.Means),
		Namespace:          pulumi.String(alarm.Namespace),
		MetricName:         pulumi.String(alarm.Metric),
		Dimensions:         alarm.dimensions(),
		Statistic:          pulumi.String(alarm.Statistic),
		ComparisonOperator: pulumi.String(alarm.Comparison),
		Threshold:          pulumi.Float64(alarm.Threshold),
		Period:             pulumi.Int(alarm.PeriodSeconds),
		EvaluationPeriods:  pulumi.Int(alarm.Periods),
		TreatMissingData:   pulumi.String(alarm.Missing),
		AlarmActions:       actions,
		OkActions:          pulumi.Array{a.Topic.ToStringOutput()},
		Tags:               pulumi.ToStringMap(a.Tags.For("alarms", name)),
	}
}

func (a Alarm) dimensions() pulumi.StringMap {
	all := make(pulumi.StringMap, len(a.Dimensions))
	for name, value := range a.Dimensions {
		all[name] = value
	}
	return all
}

// metric is the metric as dashboards want it: namespace, name, then each
// dimension's name and value, in an order that never varies.
func (a Alarm) metric() pulumi.Array {
	parts := pulumi.Array{pulumi.String(a.Namespace), pulumi.String(a.Metric)}
	for _, name := range slices.Sorted(maps.Keys(a.Dimensions)) {
		parts = append(parts, pulumi.String(name), a.Dimensions[name])
	}
	return parts
}

// dashboard lays out a widget for each alarm, the stores below each other.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
func (a *AlarmsArgs) dashboard() pulumi.StringOutput {
	widgets, top := pulumi.Array{}, 0
	for _, store := range a.Stores {
		widgets = append(widgets, pulumi.Map{
			"type": pulumi.String("text"), "x": pulumi.Int(0), "y": pulumi.Int(top), "width": pulumi.Int(24), "height": pulumi.Int(1),
			"properties": pulumi.Map{"markdown": pulumi.String("## " + store.Name)},
		})
		top++
		for i, alarm := range store.Alarms {
			widgets = append(widgets, a.widget(alarm, i%widgetsPerRow*widgetWidth, top+i/widgetsPerRow*widgetHeight))
		}
		rows := (len(store.Alarms) + widgetsPerRow - 1) / widgetsPerRow
		top += rows * widgetHeight
	}
	return pulumi.JSONMarshal(pulumi.Map{"widgets": widgets})
}

// widget draws the metric of an alarm and its threshold.
func (a *AlarmsArgs) widget(alarm Alarm, x, y int) pulumi.Map {
	return pulumi.Map{
		"type": pulumi.String("metric"), "x": pulumi.Int(x), "y": pulumi.Int(y),
		"width": pulumi.Int(widgetWidth), "height": pulumi.Int(widgetHeight),
		"properties": pulumi.Map{
			"title":   pulumi.String(alarm.Metric + " (" + alarm.Name + ")"),
			"region":  pulumi.String(a.Account.Region),
			"period":  pulumi.Int(alarm.PeriodSeconds),
			"stat":    pulumi.String(alarm.Statistic),
			"metrics": pulumi.Array{alarm.metric()},
			"annotations": pulumi.Map{"horizontal": pulumi.Array{pulumi.Map{
				"label": pulumi.String("alarm"), "value": pulumi.Float64(alarm.Threshold),
			}}},
		},
	}
}
