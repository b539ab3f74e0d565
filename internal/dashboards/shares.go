package dashboards

import "fmt"

// The series about what an instance costs, by namespace.
const (
	cpuRequested    = "openedx:instance_cpu_requested:cores"
	cpuUsed         = "openedx:instance_cpu_used:cores"
	memoryRequested = "openedx:instance_memory_requested:bytes"
	memoryUsed      = "openedx:instance_memory_used:bytes"
	// CPUShare, MemoryShare and CostShare are shares of what all instances take
	// together, from 0 to 1: the platform's own part and what idles are theirs in
	// proportion. Multiplied with the bill of the nodes they divide it whole.
	CPUShare    = "openedx:instance_cpu:share"
	MemoryShare = "openedx:instance_memory:share"
	CostShare   = "openedx:instance_cost:share"
)

// shares compute what each instance takes of the cluster. It pays for what it asks
// for, which nobody else can have, or for what it uses, if that is more; and for CPU
// as much as for memory, since nodes are sold with both in a fixed ratio.
func shares() []Rule {
	// What a pod asks for counts while it runs: one that is through holds nothing.
	running := "on (namespace, pod) group_left () max by (namespace, pod) (" + of("kube_pod_status_phase", `phase="Running"`) + " == 1)"
	requested := func(resource string) string {
		return "sum by (namespace) (" + of("kube_pod_container_resource_requests", `resource="`+resource+`"`) + " * " + running + ")"
	}
	return []Rule{
		{Record: cpuRequested, Expr: requested("cpu")},
		{Record: memoryRequested, Expr: requested("memory")},
		{Record: cpuUsed, Expr: "sum by (namespace) (rate(" + of("container_cpu_usage_seconds_total", `container!=""`) + "[5m]))"},
		{Record: memoryUsed, Expr: "sum by (namespace) (" + of("container_memory_working_set_bytes", `container!=""`) + ")"},
		{Record: CPUShare, Expr: share(cpuRequested, cpuUsed)},
		{Record: MemoryShare, Expr: share(memoryRequested, memoryUsed)},
		{Record: CostShare, Expr: fmt.Sprintf("(%s + %s) / 2", CPUShare, MemoryShare)},
	}
}

// share is the greater of two series by namespace, of the sum over all namespaces.
func share(a, b string) string {
	greater := fmt.Sprintf(`max by (namespace) ({__name__=~"%s|%s"})`, a, b)
	return fmt.Sprintf("%[1]s / scalar(sum(%[1]s))", greater)
}
