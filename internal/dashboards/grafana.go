package dashboards

import (
	"encoding/json"
	"fmt"
)

// The data sources, by the names that Grafana's are given: the chart makes the
// first, and the cloud the second.
const (
	PrometheusSource = "prometheus"
	CloudWatchSource = "cloudwatch"
)

// schemaVersion is that of the dashboards' format; Grafana brings an older one up to
// its own when it reads it.
// https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
const schemaVersion = 39

// The grid of a dashboard is 24 units wide.
const (
	panelWidth, panelHeight = 8, 8
	panelsPerRow            = 24 / panelWidth
)

// Dashboard is a page of Grafana.
type Dashboard struct {
	// UID is its name in addresses,.
	UID, Title string
	Variables  []Variable
	Rows       []Row
}

// Variable is what can be chosen on a page. Its values are those of a label.
type Variable struct {
	Name, Label string
	// Series and From are the series and the label that has the values; the series
	// may use variables that come before.
	Series, From string
	// Pattern takes a part of each value, by a group; empty takes all of it.
	Pattern string
	// Hidden ones follow from the others.
	Hidden bool
}

// Row is some panels beside each other, under a title.
type Row struct {
	Title  string
	Panels []Panel
}

// Panel is a graph.
type Panel struct {
	Title string
	// Means says what the graph tells, and what to make of it.
	Means string
	// Unit is in Grafana's spelling.
	Unit string
	// Stacked panels show parts of a whole.
	Stacked bool
	Queries []Query
}

// Query is one question, to Prometheus or to CloudWatch.
type Query struct {
	// Legend is what the answers are called, with labels in Grafana's spelling.
	Legend string
	// Expr is for Prometheus.
	Expr string
	// Metric is for CloudWatch, and nil otherwise.
	Metric *Metric
}

// Metric is a metric of CloudWatch. A dimension whose value is "*" is drawn for each
// value there is.
type Metric struct {
	Namespace, Name, Statistic string
	Dimensions                 map[string]string
}

// source is the kind of data source that answers a query; its name is the same.
func (q Query) source() string {
	if q.Metric != nil {
		return CloudWatchSource
	}
	return PrometheusSource
}

// JSON renders the dashboard as Grafana loads it.
func (d Dashboard) JSON() (string, error) {
	page := map[string]any{
		"uid": d.UID, "title": d.Title, "tags": []string{"openedx"}, "schemaVersion": schemaVersion,
		"editable": false, "refresh": "1m", "timezone": "browser", "graphTooltip": 1,
		"time":       map[string]string{"from": "now-6h", "to": "now"},
		"templating": map[string]any{"list": d.variables()},
		"panels":     d.panels(),
	}
	text, err := json.MarshalIndent(page, "", " ")
	if err != nil {
		return "", fmt.Errorf("dashboard %q: %w", d.UID, err)
	}
	return string(text), nil
}

func (d Dashboard) variables() []any {
	all := make([]any, 0, len(d.Variables))
	for _, v := range d.Variables {
		hide, pattern := 0, ""
		if v.Hidden {
			hide = 2
		}
		if v.Pattern != "" {
			pattern = "/" + v.Pattern + "/"
		}
		query := fmt.Sprintf("label_values(%s, %s)", v.Series, v.From)
		all = append(all, map[string]any{
			"type": "query", "name": v.Name, "label": v.Label, "hide": hide, "regex": pattern, "sort": 1, "refresh": 2,
			"datasource": source(PrometheusSource), "definition": query,
			"query": map[string]any{"query": query, "refId": v.Name, "qryType": 1},
		})
	}
	return all
}

// panels lays the rows out below each other.
func (d Dashboard) panels() []any {
	var all []any
	id, top := 0, 0
	for _, row := range d.Rows {
		id++
		all = append(all, map[string]any{
			"id": id, "type": "row", "title": row.Title, "collapsed": false, "panels": []any{}, "gridPos": position(0, top, 24, 1),
		})
		top++
		for i, panel := range row.Panels {
			id++
			all = append(all, panel.render(id, position(i%panelsPerRow*panelWidth, top+i/panelsPerRow*panelHeight, panelWidth, panelHeight)))
		}
		top += (len(row.Panels) + panelsPerRow - 1) / panelsPerRow * panelHeight
	}
	return all
}

func position(x, y, width, height int) map[string]int {
	return map[string]int{"x": x, "y": y, "w": width, "h": height}
}

func source(kind string) map[string]string { return map[string]string{"type": kind, "uid": kind} }

func (p Panel) render(id int, at map[string]int) map[string]any {
	targets := make([]any, len(p.Queries))
	for i, query := range p.Queries {
		targets[i] = query.render(string(rune('A' + i)))
	}
	stacking := map[bool]string{true: "normal", false: "none"}[p.Stacked]
	return map[string]any{
		"id": id, "type": "timeseries", "title": p.Title, "description": p.Means, "gridPos": at,
		"datasource": source(p.Queries[0].source()), "targets": targets,
		"fieldConfig": map[string]any{"overrides": []any{}, "defaults": map[string]any{
			"unit": p.Unit, "min": 0,
			"custom": map[string]any{"fillOpacity": 10, "stacking": map[string]any{"mode": stacking, "group": "A"}},
		}},
		"options": map[string]any{
			"legend":  map[string]any{"displayMode": "table", "placement": "bottom", "calcs": []string{"lastNotNull", "max"}},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		},
	}
}

func (q Query) render(ref string) map[string]any {
	target := map[string]any{"refId": ref, "datasource": source(q.source())}
	if q.Metric == nil {
		target["expr"], target["legendFormat"], target["range"], target["editorMode"] = q.Expr, q.Legend, true, "code"
		return target
	}
	dimensions := make(map[string][]string, len(q.Metric.Dimensions))
	for name, value := range q.Metric.Dimensions {
		dimensions[name] = []string{value}
	}
	for key, value := range map[string]any{
		// The search for a metric, rather than a query language; by the fields below rather than by text.
		"queryMode": "Metrics", "metricQueryType": 0, "metricEditorMode": 0,
		"region": "default", "namespace": q.Metric.Namespace, "metricName": q.Metric.Name, "statistic": q.Metric.Statistic,
		"dimensions": dimensions, "matchExact": true, "period": "", "id": "", "expression": "", "label": q.Legend,
	} {
		target[key] = value
	}
	return target
}
