package dashboards

import "fmt"

const (
	// SiteSeries has a series for each instance on the load balancer, with the
	// namespace and, in SiteLabel, what the balancer calls it in its metrics: the
	// cloud records it, so that a dashboard can go from one to the other.
	SiteSeries = "openedx:instance_site:info"
	// SiteLabel is the label of it.
	SiteLabel = "site"
	// SiteVariable is the variable of the dashboard that has its value.
	SiteVariable = "site"

	// chosen selects what belongs to the chosen instance.
	chosen = `namespace="instance-$instance"`
)

// Cloud is what of a cloud the dashboards show beside the cluster. Its zero value
// shows nothing.
type Cloud struct {
	// Requests are the panels about the requests of one instance; they may use the
	// variable $site.
	Requests []Panel
	// Stores are the panels about the data stores.
	Stores []Panel
}

// All are the dashboards of a platform.
func All(cloud Cloud) []Dashboard {
	return []Dashboard{instancesPage(cloud), platformPage(cloud)}
}

// instancesPage shows one instance, and what each costs.
func instancesPage(cloud Cloud) Dashboard {
	page := Dashboard{
		UID: "openedx-instances", Title: "Open edX instances",
		Variables: []Variable{{
			Name: "instance", Label: "Instance", Series: of("kube_namespace_created"), From: "namespace", Pattern: "^instance-(.+)$",
		}},
		Rows: []Row{
			{Title: "Pods", Panels: podPanels()},
			{Title: "Celery", Panels: queuePanels()},
			{Title: "CPU and memory", Panels: resourcePanels()},
			{Title: "Costs, all instances", Panels: costPanels()},
		},
	}
	if len(cloud.Requests) > 0 {
		page.Variables = append(page.Variables, Variable{
			Name: SiteVariable, Series: SiteSeries + "{" + chosen + "}", From: SiteLabel, Hidden: true,
		})
		page.Rows = append([]Row{{Title: "Requests", Panels: cloud.Requests}}, page.Rows...)
	}
	return page
}

func podPanels() []Panel {
	const owner = `label_replace(kube_horizontalpodautoscaler_%s{` + chosen + `}, "name", "$1", "horizontalpodautoscaler", "(?:keda-hpa-)?(.+)")`
	bound := func(metric string) string { return fmt.Sprintf("max by (name) ("+owner+")", metric) }
	return []Panel{
		{
			Title: "Ready pods", Unit: "short", Means: "Pods that answer, or take tasks, by deployment.",
			Queries: []Query{{Legend: "{{deployment}}", Expr: "kube_deployment_status_replicas_available{" + chosen + "}"}},
		},
		{
			Title: "Pods of the most there may be", Unit: "percentunit", Means: "At 100% an autoscaler adds no more pods, however busy they are.",
			Queries: []Query{{Legend: "{{name}}", Expr: bound("status_current_replicas") + " / " + bound("spec_max_replicas")}},
		},
		{
			Title: "Restarts in an hour", Unit: "short", Means: "A container that restarts again and again says why in its last log.",
			Queries: []Query{{
				Legend: "{{container}}", Expr: "sum by (container) (increase(kube_pod_container_status_restarts_total{" + chosen + "}[1h]))",
			}},
		},
	}
}

func queuePanels() []Panel {
	return []Panel{
		{
			Title: "Tasks that wait", Unit: "short", Means: "The length of each queue. Bulk mail puts thousands into one, which is well as long as it shrinks.",
			Queries: []Query{{Legend: "{{metric}}", Expr: `max by (metric) (keda_scaler_metrics_value{` + chosen + `, metric=~"s[0-9]+-redis-.+"})`}},
		},
		{
			Title: "Workers", Unit: "short", Means: "Pods of the two kinds of workers that take tasks.",
			Queries: []Query{{
				Legend: "{{deployment}}", Expr: "kube_deployment_status_replicas_available{" + chosen + `, deployment=~".+-worker"}`,
			}},
		},
		{
			Title: "Queues that cannot be read", Unit: "short", Means: "Errors of KEDA in 5 minutes: while it cannot ask Redis, the workers stay as they are.",
			Queries: []Query{{
				Legend: "{{scaledObject}}", Expr: "sum by (scaledObject) (increase(keda_scaled_object_errors_total{" + chosen + "}[5m]))",
			}},
		},
	}
}

func resourcePanels() []Panel {
	return []Panel{
		{
			Title: "CPU", Unit: "short", Means: "Cores. What is requested nobody else can have; what is used may be more.",
			Queries: []Query{
				{Legend: "used", Expr: cpuUsed + "{" + chosen + "}"}, {Legend: "requested", Expr: cpuRequested + "{" + chosen + "}"},
			},
		},
		{
			Title: "Memory", Unit: "bytes", Means: "What is requested nobody else can have; what is used may be more.",
			Queries: []Query{
				{Legend: "used", Expr: memoryUsed + "{" + chosen + "}"}, {Legend: "requested", Expr: memoryRequested + "{" + chosen + "}"},
			},
		},
		{
			Title: "Quota", Unit: "percentunit", Means: "At 100% no new pod starts.",
			Queries: []Query{{
				Legend: "{{resource}}",
				Expr:   "max by (resource) (kube_resourcequota{" + chosen + `, type="used"} / ignoring (type) (kube_resourcequota{` + chosen + `, type="hard"} > 0))`,
			}},
		},
	}
}

func costPanels() []Panel {
	shared := func(title, record, means string) Panel {
		return Panel{Title: title, Unit: "percentunit", Stacked: true, Means: means, Queries: []Query{{Legend: "{{namespace}}", Expr: record}}}
	}
	return []Panel{
		shared("Share of the nodes' costs", CostShare, "The mean of the two beside it. Its average over a month, times the bill of the nodes, is what an instance cost."),
		shared("Share of CPU", CPUShare, "Of what all instances request, or use if that is more."),
		shared("Share of memory", MemoryShare, "Of what all instances request, or use if that is more."),
	}
}

// platformPage shows what all instances share.
func platformPage(cloud Cloud) Dashboard {
	page := Dashboard{
		UID: "openedx-platform", Title: "Open edX platform",
		Rows: []Row{{Title: "Nodes", Panels: nodePanels()}, {Title: "Room for more", Panels: roomPanels()}},
	}
	if len(cloud.Stores) > 0 {
		page.Rows = append(page.Rows, Row{Title: "Data stores", Panels: cloud.Stores})
	}
	return page
}

func nodePanels() []Panel {
	return []Panel{
		{
			Title: "Nodes by zone", Unit: "short", Stacked: true, Means: "Nodes that are ready. A zone that loses all of them is lost.",
			Queries: []Query{{
				Legend: "{{label_topology_kubernetes_io_zone}}",
				Expr: `sum by (label_topology_kubernetes_io_zone) (kube_node_status_condition{condition="Ready", status="true"} ` +
					`* on (node) group_left (label_topology_kubernetes_io_zone) kube_node_labels)`,
			}},
		},
		{
			Title: "CPU that is busy", Unit: "percentunit", Means: "By node.",
			Queries: []Query{{Legend: "{{instance}}", Expr: `1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))`}},
		},
		{
			Title: "Memory that is used", Unit: "percentunit", Means: "By node.",
			Queries: []Query{{Legend: "{{instance}}", Expr: "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"}},
		},
	}
}

func roomPanels() []Panel {
	const asked = `sum(kube_pod_container_resource_requests{resource="%[1]s"} * on (namespace, pod) group_left () ` +
		`max by (namespace, pod) (kube_pod_status_phase{phase="Running"} == 1)) / sum(kube_node_status_allocatable{resource="%[1]s"})`
	return []Panel{
		{
			Title: "Requested of what there is", Unit: "percentunit", Means: "Near 100% the next pod brings a new node.",
			Queries: []Query{{Legend: "CPU", Expr: fmt.Sprintf(asked, "cpu")}, {Legend: "memory", Expr: fmt.Sprintf(asked, "memory")}},
		},
		{
			Title: "Karpenter's pools of their limits", Unit: "percentunit", Means: "At 100% no node is added, and pods wait.",
			Queries: []Query{{
				Legend: "{{nodepool}} {{resource_type}}", Expr: "max by (nodepool, resource_type) (karpenter_nodepools_usage / karpenter_nodepools_limit)",
			}},
		},
		{
			Title: "Pods that wait for a node", Unit: "short", Means: "For a few minutes that is how nodes are added.",
			Queries: []Query{{Legend: "{{namespace}}", Expr: `sum by (namespace) (kube_pod_status_phase{phase="Pending"})`}},
		},
	}
}
