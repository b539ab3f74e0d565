package k8s_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/harness"
)

// neutral are the add-ons that are the same on every cloud, beside what they come after.
func neutral(p addons.Placement) []platform.AddOn {
	return []platform.AddOn{
		k8s.MetricsServer(p), k8s.CertManager(p), k8s.KEDA(p), k8s.ExternalSecrets(p),
		{Chart: versions.KubePrometheusStack, Namespace: "monitoring"},
	}
}

func placed(t *testing.T, p addons.Placement) *harness.Graph {
	t.Helper()
	return addOnsOf(t, neutral(p))
}

// deployments are, by chart, where each of its Deployments has its values.
var deployments = map[string]struct{ replicas, spread, priority []string }{
	versions.MetricsServer: {
		[]string{"replicas"}, []string{"topologySpreadConstraints"}, []string{"priorityClassName=system-cluster-critical"},
	},
	versions.CertManager: {
		[]string{"replicaCount", "webhook.replicaCount", "cainjector.replicaCount"},
		[]string{"topologySpreadConstraints", "webhook.topologySpreadConstraints", "cainjector.topologySpreadConstraints"},
		[]string{"global.priorityClassName=openedx-platform"},
	},
	versions.KEDA: {
		[]string{"operator.replicaCount", "metricsServer.replicaCount", "webhooks.replicaCount"},
		[]string{"topologySpreadConstraints.operator", "topologySpreadConstraints.metricsServer", "topologySpreadConstraints.webhooks"},
		[]string{"priorityClassName=openedx-platform"},
	},
	versions.ExternalSecrets: {
		[]string{"replicaCount", "webhook.replicaCount", "certController.replicaCount"},
		[]string{"global.topologySpreadConstraints"},
		[]string{
			"priorityClassName=openedx-platform", "webhook.priorityClassName=openedx-platform", "certController.priorityClassName=openedx-platform",
		},
	},
}

func TestEveryDeploymentOfAnAddOnHasItsReplicasItsSpreadAndItsPriority(t *testing.T) {
	graph := placed(t, addons.Placement{Replicas: 2, Passing: "example.org/pool"})
	for chart, where := range deployments {
		release := graph.One(t, releaseType, "ad-"+chart)
		for _, path := range where.replicas {
			if got := describe(t, release, path); got != "2" {
				t.Errorf("%s: %s is %s", chart, path, got)
			}
		}
		for _, path := range where.spread {
			got := describe(t, release, path)
			if !strings.Contains(got, "topology.kubernetes.io/zone") || !strings.Contains(got, "nodeTaintsPolicy:Honor") {
				t.Errorf("%s: %s is %s", chart, path, got)
			}
		}
		for _, pair := range where.priority {
			path, want, _ := strings.Cut(pair, "=")
			if got := describe(t, release, path); got != want {
				t.Errorf("%s: %s is %q, want %q", chart, path, got, want)
			}
		}
	}
}

func TestAddOnsStayOffNodesThatComeAndGo(t *testing.T) {
	graph := placed(t, addons.Placement{Replicas: 1, Passing: "example.org/pool"})
	for chart, paths := range map[string][]string{
		versions.MetricsServer: {"affinity"}, versions.KEDA: {"affinity"}, versions.ExternalSecrets: {"global.affinity"},
		versions.CertManager: {"affinity", "webhook.affinity", "cainjector.affinity", "startupapicheck.affinity"},
	} {
		for _, path := range paths {
			if got := describe(t, graph.One(t, releaseType, "ad-"+chart), path); !strings.Contains(got, "key:example.org/pool operator:DoesNotExist") {
				t.Errorf("%s: %s is %s", chart, path, got)
			}
		}
	}
}

func TestADrainIsNeverHeldUpByAnAddOnThatHasOneReplica(t *testing.T) {
	graph := placed(t, addons.Placement{Replicas: 1})
	for chart, paths := range map[string][]string{
		versions.MetricsServer: {""}, versions.CertManager: {"", "webhook.", "cainjector."}, versions.ExternalSecrets: {"", "webhook.", "certController."},
	} {
		for _, path := range paths {
			got := describe(t, graph.One(t, releaseType, "ad-"+chart), path+"podDisruptionBudget")
			if got != "map[enabled:true maxUnavailable:1]" {
				t.Errorf("%s: %spodDisruptionBudget is %s", chart, path, got)
			}
		}
	}
	want := "map[metricServer:map[maxUnavailable:1] operator:map[maxUnavailable:1] webhooks:map[maxUnavailable:1]]"
	if diff := cmp.Diff(want, describe(t, graph.One(t, releaseType, "ad-keda"), "podDisruptionBudget")); diff != "" {
		t.Error(diff)
	}
}

func TestAutoscalingDoesNotWaitForMonitoring(t *testing.T) {
	for name, test := range map[string]struct {
		addOn func(addons.Placement) platform.AddOn
		waits bool
	}{
		"metrics-server": {k8s.MetricsServer, false}, "cert-manager": {k8s.CertManager, true},
		"keda": {k8s.KEDA, true}, "external-secrets": {k8s.ExternalSecrets, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := slices.Contains(test.addOn(addons.Placement{Monitored: true}).After, versions.KubePrometheusStack); got != test.waits {
				t.Errorf("it waits for Prometheus: %t, want %t", got, test.waits)
			}
			if after := test.addOn(addons.Placement{}).After; len(after) != 0 {
				t.Errorf("without monitoring and certificates it still waits for %v", after)
			}
		})
	}
}

func TestOnlyWhatIsMonitoredAsksPrometheusToLookAtIt(t *testing.T) {
	paths := map[string][]string{
		versions.CertManager: {"prometheus.servicemonitor.enabled"}, versions.ExternalSecrets: {"serviceMonitor.enabled"},
		versions.KEDA: {"prometheus.operator.serviceMonitor.enabled", "prometheus.metricServer.serviceMonitor.enabled", "prometheus.webhooks.serviceMonitor.enabled"},
	}
	for monitored, want := range map[bool]string{true: "true", false: "false"} {
		graph := placed(t, addons.Placement{Monitored: monitored})
		for chart, all := range paths {
			for _, path := range all {
				if got := describe(t, graph.One(t, releaseType, "ad-"+chart), path); got != want {
					t.Errorf("monitored %t: %s: %s is %s", monitored, chart, path, got)
				}
			}
		}
	}
}

func TestTheAPIServerChecksWhomItAsksForMetricsWhereCertificatesAreRenewed(t *testing.T) {
	with := placed(t, addons.Placement{Certificates: true}).One(t, releaseType, "ad-metrics-server")
	if got := describe(t, with, "tls.type") + " " + describe(t, with, "apiService.insecureSkipTLSVerify"); got != "cert-manager false" {
		t.Errorf("got %s", got)
	}
	graph := placed(t, addons.Placement{Certificates: true})
	if !graph.Waits(graph.One(t, releaseType, "ad-metrics-server"), graph.One(t, releaseType, "ad-cert-manager").URN) {
		t.Error("it asks for a certificate before anybody makes one")
	}
	without := placed(t, addons.Placement{}).One(t, releaseType, "ad-metrics-server")
	if got := without.Value(t, "values.tls"); !got.IsNull() {
		t.Errorf("nobody would make the certificate: %v", got)
	}
}

func TestCertificatesStayWhenTheAddOnGoes(t *testing.T) {
	release := placed(t, addons.Placement{}).One(t, releaseType, "ad-cert-manager")
	if got := describe(t, release, "crds"); got != "map[enabled:true keep:true]" {
		t.Errorf("got %s", got)
	}
}
