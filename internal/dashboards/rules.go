package dashboards

import (
	"fmt"

	"example.org/openedx/internal/accounts"
)

// Severity says how soon somebody is to look.
type Severity string

// The severities, which Alertmanager tells apart.
const (
	// Critical is what learners notice now.
	Critical Severity = "critical"
	// Warning is what they will notice if nobody does anything.
	Warning Severity = "warning"
)

// Group is a number of rules that Prometheus evaluates one after the other.
type Group struct {
	Name  string
	Rules []Rule
}

// Rule is an alert, or a series that is computed once for all who ask.
type Rule struct {
	// Record is the name of the series, and empty for an alert.
	Record string
	// Alert is the alert's name.
	Alert string
	Expr  string
	// For is how long it has to hold, as Prometheus writes it.
	For      string
	Severity Severity
	// Summary says what is wrong, and Action what to look at.
	Summary, Action string
}

const (
	// longQueue is more tasks than the workers of an instance do in a quarter of an
	// hour: a course's bulk mail puts as many into the queue at once, and is through
	// by then.
	longQueue = 1000
	// busyQueue is what a queue has when workers are about to be added.
	busyQueue = 100
	// overdueHours is a night missed, and half a day to be late.
	overdueHours = 36
)

// InstanceNamespaces is the pattern of the namespaces of instances, which no other
// namespace is called like.
const InstanceNamespaces = accounts.HomePrefix + ".+"

// backedUp selects the CronJobs that copy what instances store, wherever they run.
const backedUp = `namespace=~"` + InstanceNamespaces + `|` + accounts.Namespace + `"`

// queueLength is the length of each of Celery's queues, as KEDA reads it from Redis:
// it numbers its triggers and calls them after the list.
// https://github.com/kedacore/keda/blob/main/pkg/metricscollector/prommetrics.go
func queueLength() string {
	return "max by (namespace, scaledObject, metric) (" + of("keda_scaler_metrics_value", `metric=~"s[0-9]+-redis-.+"`) + ")"
}

// Rules are all that Prometheus evaluates for the platform, in an order that never varies.
func Rules() []Group {
	return []Group{
		{Name: "openedx-shares", Rules: shares()},
		{Name: "openedx-pods", Rules: podAlerts()},
		{Name: "openedx-scaling", Rules: scalingAlerts()},
		{Name: "openedx-nodes", Rules: nodeAlerts()},
		{Name: "openedx-data", Rules: dataAlerts()},
	}
}

// of selects the series of a metric that belong to instances.
func of(metric string, further ...string) string {
	selector := `namespace=~"` + InstanceNamespaces + `"`
	for _, one := range further {
		selector += ", " + one
	}
	return metric + "{" + selector + "}"
}

// podAlerts watch what Tutor deploys. The chart's own rules watch everybody else's pods.
func podAlerts() []Rule {
	return []Rule{
		{
			Alert: "OpenEdXDown", For: "5m", Severity: Critical,
			Expr:    of("kube_deployment_status_replicas_available") + " == 0 and " + of("kube_deployment_spec_replicas") + " > 0",
			Summary: "{{ $labels.deployment }} in {{ $labels.namespace }} has had no ready pod for 5 minutes",
			Action:  "kubectl -n {{ $labels.namespace }} get pods, then describe and logs of those of {{ $labels.deployment }}",
		},
		{
			Alert: "OpenEdXReplicasMissing", For: "20m", Severity: Warning,
			Expr:    of("kube_deployment_status_replicas_available") + " < " + of("kube_deployment_spec_replicas"),
			Summary: "{{ $labels.deployment }} in {{ $labels.namespace }} has had fewer ready pods than it should for 20 minutes",
			Action:  "kubectl -n {{ $labels.namespace }} get pods; the events of one say what it waits for",
		},
		{
			Alert: "OpenEdXCrashLooping", For: "5m", Severity: Warning,
			Expr: "max by (namespace, pod, container) (max_over_time(" +
				of("kube_pod_container_status_waiting_reason", `reason="CrashLoopBackOff"`) + "[5m])) > 0",
			Summary: "{{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} crashes again and again",
			Action:  "kubectl -n {{ $labels.namespace }} logs {{ $labels.pod }} -c {{ $labels.container }} --previous",
		},
		{
			Alert: "OpenEdXPodPending", For: "15m", Severity: Warning,
			Expr:    "max by (namespace, pod) (" + of("kube_pod_status_phase", `phase="Pending"`) + ") > 0",
			Summary: "{{ $labels.pod }} in {{ $labels.namespace }} has not started for 15 minutes",
			Action:  "kubectl -n {{ $labels.namespace }} describe pod {{ $labels.pod }}; are the nodes at their limit?",
		},
	}
}

// scalingAlerts watch what grows with the number of learners.
func scalingAlerts() []Rule {
	const stuck = "are the pods of {{ $labels.scaledObject }} running, and at their most? Their logs say what they do"
	return []Rule{
		{
			Alert: "OpenEdXAtMostReplicas", For: "15m", Severity: Warning,
			Expr:    of("kube_horizontalpodautoscaler_status_current_replicas") + " >= " + of("kube_horizontalpodautoscaler_spec_max_replicas"),
			Summary: "{{ $labels.horizontalpodautoscaler }} in {{ $labels.namespace }} has been at its most pods for 15 minutes",
			Action:  "if learners wait, give the instance more weight or the platform a larger preset",
		},
		{
			Alert: "OpenEdXQueueLong", For: "15m", Severity: Warning,
			Expr:    fmt.Sprintf("%s > %d", queueLength(), longQueue),
			Summary: fmt.Sprintf("{{ $labels.metric }} in {{ $labels.namespace }} has had more than %d tasks for 15 minutes", longQueue),
			Action:  stuck,
		},
		{
			Alert: "OpenEdXQueueGrowing", For: "30m", Severity: Warning,
			Expr:    fmt.Sprintf("%[1]s > %[2]d and deriv((%[1]s)[30m:1m]) > 0", queueLength(), busyQueue),
			Summary: "{{ $labels.metric }} in {{ $labels.namespace }} has been growing for 30 minutes",
			Action:  stuck,
		},
		{
			Alert: "OpenEdXQuotaNearlyUsed", For: "15m", Severity: Warning,
			Expr:    of("kube_resourcequota", `type="used"`) + " / ignoring (type) (" + of("kube_resourcequota", `type="hard"`) + " > 0) > 0.9",
			Summary: "{{ $labels.namespace }} uses more than 90% of its quota of {{ $labels.resource }}",
			Action:  "give the instance more weight: beyond the quota no new pod starts",
		},
	}
}

// nodeAlerts watch whether there is room for more.
// https://karpenter.sh/docs/reference/metrics/
func nodeAlerts() []Rule {
	return []Rule{
		{
			Alert: "OpenEdXNodesAtLimit", For: "15m", Severity: Warning,
			Expr:    "max by (nodepool, resource_type) (karpenter_nodepools_usage / karpenter_nodepools_limit) > 0.95",
			Summary: "the nodes of pool {{ $labels.nodepool }} are at their limit of {{ $labels.resource_type }}",
			Action:  "raise openedx:overrides.nodes.max, or find out which instance grew",
		},
		{
			Alert: "OpenEdXNodeNotReady", For: "10m", Severity: Warning,
			Expr:    `max by (node) (kube_node_status_condition{condition="Ready", status="true"}) == 0`,
			Summary: "node {{ $labels.node }} has not been ready for 10 minutes",
			Action:  "kubectl describe node {{ $labels.node }}",
		},
	}
}

// dataAlerts watch what is kept in the cluster, and that it is copied elsewhere.
func dataAlerts() []Rule {
	return []Rule{
		{
			Alert: "OpenEdXVolumeNearlyFull", For: "15m", Severity: Warning,
			Expr:    of("kubelet_volume_stats_available_bytes") + " / " + of("kubelet_volume_stats_capacity_bytes") + " < 0.15",
			Summary: "volume {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} has less than 15% left",
			Action:  "raise the storage that the claim requests: the volume grows while it is used",
		},
		{
			Alert: "OpenEdXJobFailed", For: "1m", Severity: Warning,
			Expr: fmt.Sprintf("max by (namespace, owner_name) (kube_job_failed{condition=\"true\", %[1]s} * on (namespace, job_name) "+
				"group_left (owner_name) kube_job_owner{owner_kind=\"CronJob\", %[1]s}) > 0", backedUp),
			Summary: "a run of {{ $labels.owner_name }} in {{ $labels.namespace }} failed",
			Action:  "kubectl -n {{ $labels.namespace }} get jobs, then logs of the one that failed; delete it once it is understood",
		},
		{
			// Of a job that never succeeded nothing is known here; the alert above tells.
			Alert: "OpenEdXJobOverdue", For: "15m", Severity: Warning,
			Expr: fmt.Sprintf("time() - kube_cronjob_status_last_successful_time{%[1]s} > %[2]d * 3600 unless kube_cronjob_spec_suspend{%[1]s} == 1",
				backedUp, overdueHours),
			Summary: fmt.Sprintf("{{ $labels.cronjob }} in {{ $labels.namespace }} has not succeeded for more than %d hours", overdueHours),
			Action:  "kubectl -n {{ $labels.namespace }} describe cronjob {{ $labels.cronjob }}",
		},
	}
}
