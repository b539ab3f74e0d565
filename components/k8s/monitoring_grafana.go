package k8s

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
)

// grafana has nothing that would have to be kept: its data sources and dashboards are
// loaded from ConfigMaps of its own namespace when it starts. It has no way in from
// outside; operators forward a port to it.
// https://github.com/grafana-community/helm-charts/blob/main/charts/grafana/values.yaml
func (a *MonitoringArgs) grafana() pulumi.Map {
	// Tutor keeps passwords in ConfigMaps: the sidecars read those of this namespace only.
	own := func() pulumi.Map {
		return pulumi.Map{"searchNamespace": pulumi.String(MonitoringNamespace), "resource": pulumi.String("configmap")}
	}
	return pulumi.Map{
		"adminPassword":             platform.SecretOnceKnown(a.Password),
		"defaultDashboardsTimezone": pulumi.String("browser"),
		"rbac":                      pulumi.Map{"namespaced": pulumi.Bool(true)},
		"serviceAccount":            pulumi.Map{"name": pulumi.String(GrafanaAccount)},
		"sidecar": pulumi.Map{
			"dashboards": own(), "datasources": own(), "resources": plain(addons.Resources("10m", "96Mi", "192Mi")),
		},
		"grafana.ini": pulumi.Map{
			"analytics": pulumi.Map{"check_for_updates": pulumi.Bool(false), "reporting_enabled": pulumi.Bool(false)},
			"users":     pulumi.Map{"allow_sign_up": pulumi.Bool(false)},
			// A plug-in is a process of its own, and since 12.4 sees nothing of the pod's
			// environment, where its rights on the cloud are, unless it is named here.
			"plugins": pulumi.Map{"forward_host_env_vars": pulumi.String(a.Plugins)},
		},
		"additionalDataSources": a.Sources,
		"testFramework":         enabled(false),
		"resources":             plain(addons.Resources("50m", "256Mi", "512Mi")),
		"affinity":              plain(a.Placement.Affinity()),
	}
}
