package k8s

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/dashboards"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
)

// MonitoringNamespace is where Prometheus, Alertmanager and Grafana run.
const MonitoringNamespace = "monitoring"

// The service accounts that may need rights on the cloud: Alertmanager's, which
// tells people, and Grafana's, which shows the cloud's own metrics.
const (
	AlertmanagerAccount = "alertmanager"
	GrafanaAccount      = "grafana"
)

// operators is what Alertmanager calls whoever is told, and nobody whoever is not.
const (
	operators = "operators"
	nobody    = "null"
)

// monitoringAPI is the version of the kinds that the chart brings.
const monitoringAPI = "monitoring.coreos.com/v1"

// volumeShare is how much of its volume Prometheus fills before it drops the oldest
// days: what it writes at the moment needs room too.
// https://prometheus.io/docs/prometheus/latest/storage/#right-sizing-retention-size
const volumeShare = 80

// MonitoringArgs is how much of the platform is watched, and who is told.
type MonitoringArgs struct {
	// Placement is where everything but the collectors on each node runs, and how many of
	// Prometheus and Alertmanager there are; each is in another zone.
	Placement addons.Placement
	// RetentionDays is how long metrics are kept, and VolumeGiB the volume of each
	// Prometheus.
	RetentionDays, VolumeGiB int
	// CPU is in thousandths of a core and Memory in MiB: what each Prometheus asks for.
	CPU, Memory int
	// StorageClass is that of the volumes.
	StorageClass string
	// Password is that of Grafana's user admin, and is secret.
	Password pulumi.StringInput
	// Receiver is how Alertmanager tells people, in its own words: such as
	// {"sns_configs": [...]}. Without one it keeps what it knows to itself.
	Receiver pulumi.Map
	// Sources are data sources of Grafana beside Prometheus, and Plugins those of
	// them that find their rights on the cloud in the pod's environment.
	Sources pulumi.Array
	Plugins string
	// Needs has to be there before the pods are, such as their identities.
	Needs []pulumi.Resource
}

// AddOn builds the chart's values, and the rules and targets of its Prometheus.
func (a *MonitoringArgs) AddOn() (platform.AddOn, error) {
	if err := a.validate(); err != nil {
		return platform.AddOn{}, fmt.Errorf("monitoring: %w", err)
	}
	return platform.AddOn{
		Chart: versions.KubePrometheusStack, Namespace: MonitoringNamespace,
		Values: pulumi.Map{
			"prometheus":   a.prometheus(),
			"alertmanager": a.alertmanager(),
			"grafana":      a.grafana(),

			"prometheusOperator":       a.operator(),
			"kube-state-metrics":       a.stateMetrics(),
			"prometheus-node-exporter": nodeExporter(),
			"nodeExporter": pulumi.Map{"operatingSystems": pulumi.Map{
				"aix": enabled(false), "darwin": enabled(false),
			}},
			"defaultRules": defaultRules(),

			// The cloud runs these, and lets nobody look into them; kube-proxy shows its
			// metrics to its own node only.
			"kubeControllerManager": enabled(false),
			"kubeScheduler":         enabled(false),
			"kubeEtcd":              enabled(false),
			"kubeProxy":             enabled(false),
		},
		Needs: a.Needs, Objects: append(ruleObjects(), targetObjects()...),
	}, nil
}

func (a *MonitoringArgs) validate() error {
	switch {
	case a.Placement.Replicas < 1:
		return fmt.Errorf("%d replicas", a.Placement.Replicas)
	case a.RetentionDays < 1 || a.VolumeGiB < 1:
		return fmt.Errorf("%d days on %d GiB", a.RetentionDays, a.VolumeGiB)
	case a.CPU < 1 || a.Memory < 1:
		return fmt.Errorf("%d thousandths of a core and %d MiB", a.CPU, a.Memory)
	case a.StorageClass == "":
		return errors.New("no storage class")
	case a.Password == nil:
		return errors.New("no password for Grafana")
	}
	return nil
}

// prometheus keeps what it has seen on a volume. Two of them see the same and know
// nothing of each other: Alertmanager tells what both report once.
func (a *MonitoringArgs) prometheus() pulumi.Map {
	return pulumi.Map{
		"podDisruptionBudget": enabled(a.Placement.Replicas > 1),
		"prometheusSpec": pulumi.Map{
			"replicas":      pulumi.Int(a.Placement.Replicas),
			"retention":     pulumi.String(fmt.Sprintf("%dd", a.RetentionDays)),
			"retentionSize": pulumi.String(fmt.Sprintf("%dMiB", a.VolumeGiB*1024*volumeShare/100)),
			"storageSpec":   a.volume(a.VolumeGiB),
			// Memory follows from the number of series, which grows with the cluster:
			// the limit keeps a runaway from taking the node along.
			"resources":                 plain(addons.Resources(fmt.Sprintf("%dm", a.CPU), fmt.Sprintf("%dMi", a.Memory), fmt.Sprintf("%dMi", 2*a.Memory))),
			"priorityClassName":         pulumi.String(workloads.PlatformPriority),
			"affinity":                  plain(a.Placement.Affinity()),
			"topologySpreadConstraints": spread("prometheus"),
			// Rules and targets of other charts count too, not the chart's own alone.
			"ruleSelectorNilUsesHelmValues":           pulumi.Bool(false),
			"serviceMonitorSelectorNilUsesHelmValues": pulumi.Bool(false),
			"podMonitorSelectorNilUsesHelmValues":     pulumi.Bool(false),
		},
	}
}

// alertmanager tells people, together what belongs together.
func (a *MonitoringArgs) alertmanager() pulumi.Map {
	receiver, receivers := nobody, pulumi.Array{pulumi.Map{"name": pulumi.String(nobody)}}
	if a.Receiver != nil {
		told := pulumi.Map{"name": pulumi.String(operators)}
		for key, value := range a.Receiver {
			told[key] = value
		}
		receiver, receivers = operators, append(receivers, told)
	}
	silent := func(alert string) pulumi.Map {
		return pulumi.Map{"receiver": pulumi.String(nobody), "matchers": pulumi.ToStringArray([]string{`alertname = "` + alert + `"`})}
	}
	return pulumi.Map{
		"podDisruptionBudget": enabled(a.Placement.Replicas > 1),
		"serviceAccount":      pulumi.Map{"name": pulumi.String(AlertmanagerAccount)},
		"config": pulumi.Map{
			"route": pulumi.Map{
				"receiver": pulumi.String(receiver), "group_by": pulumi.ToStringArray([]string{"alertname", "namespace"}),
				"group_wait": pulumi.String("30s"), "group_interval": pulumi.String("5m"), "repeat_interval": pulumi.String("12h"),
				// The first fires all the time, for whoever watches Prometheus; the second
				// only silences others.
				"routes": pulumi.Array{silent("Watchdog"), silent("InfoInhibitor")},
			},
			"receivers": receivers,
		},
		"alertmanagerSpec": pulumi.Map{
			"replicas": pulumi.Int(a.Placement.Replicas), "storage": a.volume(addons.AlertsGiB), "resources": plain(addons.Resources("10m", "64Mi", "256Mi")),
			"priorityClassName": pulumi.String(workloads.PlatformPriority), "affinity": plain(a.Placement.Affinity()),
			"topologySpreadConstraints": spread("alertmanager"),
		},
	}
}

// spread puts each pod of a name into another zone.
func spread(name string) pulumi.Input {
	return plain(addons.Spread(map[string]string{"app.kubernetes.io/name": name}))
}

// volume is a claim of each pod's own. A volume lies in one zone, and its pod with it:
// when the zone is lost, the replica in another one goes on.
func (a *MonitoringArgs) volume(gibibytes int) pulumi.Map {
	return pulumi.Map{"volumeClaimTemplate": pulumi.Map{"spec": pulumi.Map{
		"storageClassName": pulumi.String(a.StorageClass),
		"accessModes":      pulumi.ToStringArray([]string{"ReadWriteOnce"}),
		"resources":        pulumi.Map{"requests": pulumi.Map{"storage": pulumi.String(fmt.Sprintf("%dGi", gibibytes))}},
	}}}
}

// operator makes pods of what the chart and others ask for. Its webhook, which would
// refuse a rule that does not parse, needs a certificate, and a job or cert-manager to
// make it; here rules are tested before they are deployed, and the operator leaves out
// one that is wrong.
func (a *MonitoringArgs) operator() pulumi.Map {
	return pulumi.Map{
		"admissionWebhooks": pulumi.Map{"enabled": pulumi.Bool(false), "patch": enabled(false)},
		"tls":               enabled(false),
		"resources":         plain(addons.Resources("50m", "128Mi", "256Mi")),
		"priorityClassName": pulumi.String(workloads.PlatformPriority),
		"affinity":          plain(a.Placement.Affinity()),
	}
}

// stateMetrics tells of what Kubernetes knows. By their labels instances and zones are
// told apart. It has no look at what is secret: Tutor keeps passwords in ConfigMaps too.
func (a *MonitoringArgs) stateMetrics() pulumi.Map {
	return pulumi.Map{
		"metricLabelsAllowlist": pulumi.ToStringArray([]string{
			"namespaces=[" + tags.Instance + "," + tags.Component + "]",
			"nodes=[topology.kubernetes.io/zone,karpenter.sh/nodepool,karpenter.sh/capacity-type]",
		}),
		"collectorsExclude": pulumi.ToStringArray([]string{"configmaps", "secrets"}),
		"resources":         plain(addons.Resources("20m", "128Mi", "512Mi")),
		"priorityClassName": pulumi.String(workloads.PlatformPriority),
		"affinity":          plain(a.Placement.Affinity()),
	}
}

// nodeExporter runs on every node, whatever the node is kept for.
func nodeExporter() pulumi.Map {
	return pulumi.Map{
		"resources":         plain(addons.Resources("20m", "32Mi", "128Mi")),
		"priorityClassName": pulumi.String("system-node-critical"),
		"tolerations":       pulumi.Array{pulumi.Map{"operator": pulumi.String("Exists")}},
	}
}

// defaultRules are the chart's own: without those about what nobody can look into, and
// without instances, whose pods the platform's rules watch.
func defaultRules() pulumi.Map {
	off := pulumi.Map{}
	for _, group := range []string{
		"etcd", "kubeControllerManager", "kubeProxy", "kubeSchedulerAlerting", "kubeSchedulerRecording", "windows",
	} {
		off[group] = pulumi.Bool(false)
	}
	return pulumi.Map{
		"rules":                 off,
		"appNamespacesOperator": pulumi.String("!~"),
		"appNamespacesTarget":   pulumi.String(dashboards.InstanceNamespaces),
		// Of these the chart asks about every namespace, and so do the platform's rules.
		"disabled": pulumi.Map{
			"KubeQuotaAlmostFull": pulumi.Bool(true), "KubeQuotaFullyUsed": pulumi.Bool(true), "KubeQuotaExceeded": pulumi.Bool(true),
		},
	}
}
