package k8s

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
)

// The values of charts are spelt as the charts at their pinned versions have them;
// tests render the charts with them.

// systemPriority is Kubernetes's own class for what a cluster cannot be without.
const systemPriority = "system-cluster-critical"

// values are what a chart is told.
type values = map[string]any

// monitors makes an add-on come after what brings the kind of object by which
// Prometheus finds it.
func monitors(p addons.Placement) []string {
	if p.Monitored {
		return []string{versions.KubePrometheusStack}
	}
	return nil
}

// MetricsServer tells the autoscalers how much CPU and memory pods use. Nothing of it
// waits for what watches the platform: autoscaling must work when that does not.
func MetricsServer(p addons.Placement) platform.AddOn {
	all := values{
		"replicas":            p.Replicas,
		"podDisruptionBudget": values{"enabled": true, "maxUnavailable": 1},
		"priorityClassName":   systemPriority,
		"affinity":            p.Affinity(),
		"topologySpreadConstraints": addons.Spread(map[string]string{
			"app.kubernetes.io/name": versions.MetricsServer, "app.kubernetes.io/instance": versions.MetricsServer,
		}),
		// It keeps two samples of each pod: a hundred nodes are some thousand pods.
		// https://kubernetes-sigs.github.io/metrics-server/#scaling
		"resources": addons.Resources("100m", "200Mi", "600Mi"),
	}
	var after []string
	if p.Certificates {
		// The API server then checks whom it asks.
		after = append(after, versions.CertManager)
		all["tls"] = values{"type": "cert-manager"}
		all["apiService"] = values{"insecureSkipTLSVerify": false}
	}
	return platform.AddOn{
		Chart: versions.MetricsServer, Namespace: systemNamespace, Values: pulumi.ToMap(all), After: after,
	}
}

// CertManager renews the certificates of webhooks, and those of operators' own hosts.
func CertManager(p addons.Placement) platform.AddOn {
	pods := func(name, component string, resources values) values {
		return values{
			"replicaCount":        p.Replicas,
			"podDisruptionBudget": values{"enabled": true, "maxUnavailable": 1},
			"affinity":            p.Affinity(),
			"topologySpreadConstraints": addons.Spread(map[string]string{
				"app.kubernetes.io/name": name, "app.kubernetes.io/instance": versions.CertManager, "app.kubernetes.io/component": component,
			}),
			"resources": resources,
		}
	}
	all := pods(versions.CertManager, "controller", addons.Resources("50m", "128Mi", "256Mi"))
	all["global"] = values{"priorityClassName": workloads.PlatformPriority}
	// They stay when the add-on goes, or every certificate would go with them.
	all["crds"] = values{"enabled": true, "keep": true}
	all["webhook"] = pods("webhook", "webhook", addons.Resources("25m", "64Mi", "128Mi"))
	all["cainjector"] = pods("cainjector", "cainjector", addons.Resources("25m", "128Mi", "512Mi"))
	all["startupapicheck"] = values{"affinity": p.Affinity(), "resources": addons.Resources("10m", "32Mi", "128Mi")}
	all["prometheus"] = values{"enabled": true, "servicemonitor": values{"enabled": p.Monitored}}
	return platform.AddOn{
		Chart: versions.CertManager, Namespace: "cert-manager", Values: pulumi.ToMap(all), After: monitors(p),
	}
}

// KEDA scales workers by how many tasks wait for them.
func KEDA(p addons.Placement) platform.AddOn {
	// Each of its three parts has an entry of its own under every key.
	parts := func(operator, metrics, webhooks any) values {
		return values{"operator": operator, "metricsServer": metrics, "webhooks": webhooks}
	}
	spread := func(app string) []any { return addons.Spread(map[string]string{"app": app}) }
	scraped := values{"enabled": p.Monitored, "serviceMonitor": values{"enabled": p.Monitored}}
	all := values{
		"priorityClassName": workloads.PlatformPriority,
		"affinity":          p.Affinity(),
		"operator":          values{"replicaCount": p.Replicas},
		"metricsServer":     values{"replicaCount": p.Replicas},
		"webhooks":          values{"replicaCount": p.Replicas},
		"topologySpreadConstraints": parts(
			spread("keda-operator"), spread("keda-operator-metrics-apiserver"), spread("keda-admission-webhooks")),
		"podDisruptionBudget": values{"operator": addons.Budget(), "metricServer": addons.Budget(), "webhooks": addons.Budget()},
		"resources": values{
			"operator":     addons.Resources("100m", "128Mi", "512Mi"),
			"metricServer": addons.Resources("50m", "128Mi", "512Mi"),
			"webhooks":     addons.Resources("25m", "64Mi", "128Mi"),
		},
		// The images have tags that do not move.
		"image":      values{"pullPolicy": "IfNotPresent"},
		"prometheus": values{"operator": scraped, "metricServer": scraped, "webhooks": scraped},
	}
	return platform.AddOn{Chart: versions.KEDA, Namespace: "keda", Values: pulumi.ToMap(all), After: monitors(p)}
}

// ExternalSecretsAccount is the service account that reads secrets from the cloud.
const ExternalSecretsAccount = "external-secrets"

// ExternalSecretsNamespace is where it is.
const ExternalSecretsNamespace = "external-secrets"

// ExternalSecrets copies secrets from the cloud for what is not Tutor's.
func ExternalSecrets(p addons.Placement) platform.AddOn {
	pods := func(resources values) values {
		return values{
			"replicaCount":        p.Replicas,
			"priorityClassName":   workloads.PlatformPriority,
			"podDisruptionBudget": values{"enabled": true, "maxUnavailable": 1},
			"resources":           resources,
		}
	}
	all := pods(addons.Resources("25m", "128Mi", "256Mi"))
	all["leaderElect"] = true
	all["serviceAccount"] = values{"name": ExternalSecretsAccount}
	all["global"] = values{"affinity": p.Affinity(), "topologySpreadConstraints": addons.Spread(nil)}
	all["webhook"] = pods(addons.Resources("10m", "64Mi", "128Mi"))
	all["certController"] = pods(addons.Resources("10m", "128Mi", "256Mi"))
	all["serviceMonitor"] = values{"enabled": p.Monitored, "renderMode": "alwaysRender"}
	return platform.AddOn{
		Chart: versions.ExternalSecrets, Namespace: ExternalSecretsNamespace, Values: pulumi.ToMap(all), After: monitors(p),
	}
}
