package rules

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"example.org/openedx/internal/dashboards"
)

// twoInstances: one requests much and uses little, the other uses more than it requests.
const twoInstances = `
	kube_pod_container_resource_requests{namespace="instance-calm", pod="lms-1", container="lms", resource="cpu"} 3x60
	kube_pod_container_resource_requests{namespace="instance-calm", pod="lms-1", container="lms", resource="memory"} 3000x60
	kube_pod_container_resource_requests{namespace="instance-calm", pod="job-1", container="job", resource="cpu"} 50x60
	kube_pod_container_resource_requests{namespace="instance-busy", pod="lms-1", container="lms", resource="cpu"} 0.1x60
	kube_pod_container_resource_requests{namespace="instance-busy", pod="lms-1", container="lms", resource="memory"} 500x60
	kube_pod_container_resource_requests{namespace="monitoring", pod="prometheus-0", container="prometheus", resource="cpu"} 70x60
	kube_pod_status_phase{namespace="instance-calm", pod="lms-1", phase="Running"} 1x60
	kube_pod_status_phase{namespace="instance-calm", pod="job-1", phase="Running"} 0x60
	kube_pod_status_phase{namespace="instance-busy", pod="lms-1", phase="Running"} 1x60
	kube_pod_status_phase{namespace="monitoring", pod="prometheus-0", phase="Running"} 1x60
	container_cpu_usage_seconds_total{namespace="instance-calm", pod="lms-1", container="lms"} 0+6x60
	container_cpu_usage_seconds_total{namespace="instance-busy", pod="lms-1", container="lms"} 0+60x60
	container_cpu_usage_seconds_total{namespace="instance-busy", pod="lms-1"} 0+600x60
	container_memory_working_set_bytes{namespace="instance-calm", pod="lms-1", container="lms"} 100x60
	container_memory_working_set_bytes{namespace="instance-busy", pod="lms-1", container="lms"} 1000x60
`

func TestAnInstancePaysForWhatItRequestsOrUsesWhicheverIsMore(t *testing.T) {
	w := load(t, twoInstances)
	w.pass(t, 30)
	for series, want := range map[string]float64{
		dashboards.CPUShare + `{namespace="instance-calm"}`:    0.75, // 3 requested, of 3 and 1
		dashboards.CPUShare + `{namespace="instance-busy"}`:    0.25, // 1 used
		dashboards.MemoryShare + `{namespace="instance-calm"}`: 0.75, // 3000 requested, of 3000 and 1000
		dashboards.MemoryShare + `{namespace="instance-busy"}`: 0.25, // 1000 used
		dashboards.CostShare + `{namespace="instance-calm"}`:   0.75,
		"count(" + dashboards.CostShare + ")":                  2,
		"sum(" + dashboards.CostShare + ")":                    1,
	} {
		if got := w.value(t, series); math.Abs(got-want) > 0.001 {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}

func TestEveryQueryOfADashboardIsOne(t *testing.T) {
	grafana := strings.NewReplacer("$instance", "main", "$__rate_interval", "5m")
	asked := 0
	for _, dashboard := range dashboards.All(dashboards.Cloud{Requests: []dashboards.Panel{{Queries: []dashboards.Query{{Metric: &dashboards.Metric{}}}}}}) {
		text, err := dashboard.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Templating struct {
				List []struct{ Name, Definition string }
			}
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err = json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		for _, variable := range page.Templating.List {
			series, _, found := strings.Cut(strings.TrimPrefix(variable.Definition, "label_values("), "}, ")
			if !found {
				t.Errorf("%s is filled by %s", variable.Name, variable.Definition)
			}
			parse(t, variable.Name, grafana.Replace(series+"}"))
		}
		for _, panel := range page.Panels {
			for _, target := range panel.Targets {
				if target.Expr != "" {
					asked++
					parse(t, dashboard.UID+": "+panel.Title, grafana.Replace(target.Expr))
				}
			}
		}
	}
	if asked < 15 {
		t.Errorf("%d queries", asked)
	}
}

func TestThePanelsAboutAnInstanceHaveAnswers(t *testing.T) {
	w := load(t, twoInstances+`
		kube_horizontalpodautoscaler_status_current_replicas{namespace="instance-calm", horizontalpodautoscaler="keda-hpa-lms-worker"} 1x60
		kube_horizontalpodautoscaler_spec_max_replicas{namespace="instance-calm", horizontalpodautoscaler="keda-hpa-lms-worker"} 4x60
		keda_scaler_metrics_value{namespace="instance-calm", scaledObject="lms-worker", metric="s0-redis-edx-lms-core-default"} 7x60
		keda_scaled_object_errors_total{namespace="instance-calm", scaledObject="lms-worker"} 0x60
		kube_pod_container_status_restarts_total{namespace="instance-calm", pod="lms-1", container="lms"} 0x60
		kube_deployment_status_replicas_available{namespace="instance-calm", deployment="lms-worker"} 1x60
		kube_resourcequota{namespace="instance-calm", resource="pods", type="used"} 1x60
		kube_resourcequota{namespace="instance-calm", resource="pods", type="hard"} 2x60
		kube_node_status_condition{node="a", condition="Ready", status="true"} 1x60
		kube_node_labels{node="a", label_topology_kubernetes_io_zone="eu-west-1a"} 1x60
		kube_node_status_allocatable{node="a", resource="cpu"} 100x60
		kube_node_status_allocatable{node="a", resource="memory"} 10000x60
		node_cpu_seconds_total{instance="a", mode="idle"} 0+30x60
		node_memory_MemAvailable_bytes{instance="a"} 1x60
		node_memory_MemTotal_bytes{instance="a"} 2x60
		karpenter_nodepools_usage{nodepool="default", resource_type="cpu"} 80x60
		karpenter_nodepools_limit{nodepool="default", resource_type="cpu"} 100x60
		kube_pod_status_phase{namespace="instance-calm", pod="lms-2", phase="Pending"} 1x60
	`)
	w.pass(t, 30)
	grafana := strings.NewReplacer("$instance", "calm", "$__rate_interval", "5m")
	for _, dashboard := range dashboards.All(dashboards.Cloud{}) {
		for _, row := range dashboard.Rows {
			for _, panel := range row.Panels {
				for _, query := range panel.Queries {
					found, err := w.ask(t.Context(), grafana.Replace(query.Expr), w.now)
					if err != nil || len(found) == 0 {
						t.Errorf("%s: %s: %v, %v", panel.Title, query.Expr, found, err)
					}
				}
			}
		}
	}
	if got := w.value(t, `max by (name) (label_replace(kube_horizontalpodautoscaler_spec_max_replicas, "name", "$1", "horizontalpodautoscaler", "(?:keda-hpa-)?(.+)"))`); got != 4 {
		t.Errorf("the name of KEDA's autoscaler is in the way: %v", got)
	}
}
