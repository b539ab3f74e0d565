// Package addons is what the pods of all add-ons have in common: on which nodes they
// run, how they are spread, and what they ask for. Each chart has values of other
// names for it; what they take is made here. It imports the standard library only.
package addons

// Placement is where the pods of an add-on run, and how many of each there are.
type Placement struct {
	Replicas int
	// Passing is the label of the nodes that come and go: no add-on runs there, so
	// that no change of load moves one. It is empty where all nodes stay.
	Passing string
	// Monitored is set where somebody reads what add-ons tell of themselves.
	Monitored bool
	// Certificates is set where somebody renews the certificates of their webhooks.
	Certificates bool
}

// AlertsGiB is the volume of each Alertmanager, which holds the alerts that were sent
// and silenced: that is little.
const AlertsGiB = 1

// Affinity keeps pods on the nodes that stay; it is empty where all of them do.
func (p Placement) Affinity() map[string]any {
	if p.Passing == "" {
		return map[string]any{}
	}
	return map[string]any{"nodeAffinity": map[string]any{
		"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{"nodeSelectorTerms": []any{
			map[string]any{"matchExpressions": []any{map[string]any{"key": p.Passing, "operator": "DoesNotExist"}}},
		}},
	}}
}

// Spread keeps the pods with these labels in zones of their own. A zone that is lost
// does not count: its nodes are tainted, and with the default the replacements would
// wait for it to come back. Without labels the chart fills in its own.
// https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
func Spread(labels map[string]string) []any {
	rule := map[string]any{
		"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
		"whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
	}
	if labels != nil {
		rule["labelSelector"] = map[string]any{"matchLabels": labels}
	}
	return []any{rule}
}

// Budget lets a drain take one pod at a time, and so also the only one.
func Budget() map[string]any { return map[string]any{"maxUnavailable": 1} }

// Resources are what a container asks for, and the most memory that it gets. CPU has
// no limit: a webhook that is throttled holds up whoever asks it.
func Resources(cpu, memory, most string) map[string]any {
	return map[string]any{
		"requests": map[string]any{"cpu": cpu, "memory": memory},
		"limits":   map[string]any{"memory": most},
	}
}
