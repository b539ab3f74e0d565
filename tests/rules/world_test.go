// Package rules holds what Prometheus and Grafana are told against Prometheus itself,
// at the version that runs in the cluster: alerts fire when they should and no sooner,
// and every query of a dashboard is one.
package rules

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	promrules "github.com/prometheus/prometheus/rules"

	"example.org/openedx/internal/dashboards"
)

// lookBack is how old an answer may be, which is Prometheus's own default.
const lookBack = 5 * time.Minute

// world is a Prometheus that has some series and the platform's rules.
type world struct {
	ask    promrules.QueryFunc
	groups []*promrules.Group
	now    time.Time
}

// load makes a world of series, a value a minute, written as promtool's own tests are:
// https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
func load(t *testing.T, series string) *world {
	t.Helper()
	store := promqltest.LoadedStorage(t, "load 1m\n"+indented(series))
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{ask: promrules.EngineQueryFunc(promqltest.NewTestEngine(t, false, lookBack, 1_000_000), store), now: time.Unix(0, 0)}
	options := &promrules.ManagerOptions{
		Context: context.Background(), ExternalURL: &url.URL{}, Logger: slog.New(slog.DiscardHandler),
		Appendable: store, Queryable: store, QueryFunc: w.ask, NotifyFunc: func(context.Context, string, ...*promrules.Alert) {},
		Parser: parser.NewParser(parser.Options{}), NameValidationScheme: model.UTF8Validation,
	}
	for _, group := range dashboards.Rules() {
		made := make([]promrules.Rule, len(group.Rules))
		for i, rule := range group.Rules {
			made[i] = prometheusRule(t, rule)
		}
		w.groups = append(w.groups, promrules.NewGroup(promrules.GroupOptions{
			Name: group.Name, Interval: time.Minute, Rules: made, Opts: options,
		}))
	}
	return w
}

func indented(series string) string {
	var all strings.Builder
	for line := range strings.Lines(series) {
		if line = strings.TrimSpace(line); line != "" {
			all.WriteString("  " + line + "\n")
		}
	}
	return all.String()
}

// prometheusRule is a rule as Prometheus reads it.
func prometheusRule(t *testing.T, rule dashboards.Rule) promrules.Rule {
	t.Helper()
	expr := parse(t, rule.Record+rule.Alert, rule.Expr)
	if rule.Record != "" {
		return promrules.NewRecordingRule(rule.Record, expr, labels.EmptyLabels())
	}
	hold, err := model.ParseDuration(rule.For)
	if err != nil {
		t.Fatalf("%s: %v", rule.Alert, err)
	}
	return promrules.NewAlertingRule(rule.Alert, expr, time.Duration(hold), 0, labels.FromStrings("severity", string(rule.Severity)),
		labels.FromStrings("summary", rule.Summary, "description", rule.Action), labels.EmptyLabels(), "", true, slog.New(slog.DiscardHandler))
}

// parse reads an expression as Prometheus does.
func parse(t *testing.T, where, text string) parser.Expr {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v\n%s", where, err, text)
	}
	return expr
}

// pass lets time go by, with an evaluation each minute.
func (w *world) pass(t *testing.T, minutes int) {
	t.Helper()
	for range minutes {
		for _, group := range w.groups {
			group.Eval(context.Background(), w.now)
			for _, rule := range group.Rules() {
				if err := rule.LastError(); err != nil {
					t.Fatalf("%s: %v", rule.Name(), err)
				}
			}
		}
		w.now = w.now.Add(time.Minute)
	}
}

// firing lists the sentences of the alerts that fire, each after its name and severity.
func (w *world) firing() []string {
	var all []string
	for _, group := range w.groups {
		for _, rule := range group.AlertingRules() {
			for _, alert := range rule.ActiveAlerts() {
				if alert.State == promrules.StateFiring {
					all = append(all, strings.Join([]string{
						rule.Name(), alert.Labels.Get("severity"), alert.Annotations.Get("summary"), alert.Annotations.Get("description"),
					}, ": "))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// value asks for one number.
func (w *world) value(t *testing.T, expr string) float64 {
	t.Helper()
	found, err := w.ask(context.Background(), expr, w.now.Add(-time.Minute))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s is %v, %v", expr, found, err)
	}
	return found[0].F
}
