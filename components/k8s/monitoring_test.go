package k8s_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/dashboards"
	"example.org/openedx/tests/harness"
)

// monitoringArgs are arguments that a test changes one of.
func monitoringArgs() *k8s.MonitoringArgs {
	return &k8s.MonitoringArgs{
		Placement: addons.Placement{Replicas: 2, Passing: "example.org/pool"}, RetentionDays: 30, VolumeGiB: 100, CPU: 500, Memory: 2048, StorageClass: "gp3",
		Password: pulumi.String("hunter2hunter2"),
		Receiver: pulumi.Map{"sns_configs": pulumi.Array{pulumi.Map{"topic_arn": pulumi.String("arn:of:topic")}}},
		Sources:  pulumi.Array{pulumi.Map{"uid": pulumi.String("cloudwatch")}}, Plugins: "cloudwatch",
	}
}

func monitoring(t *testing.T, args *k8s.MonitoringArgs) platform.AddOn {
	t.Helper()
	addOn, err := args.AddOn()
	if err != nil {
		t.Fatal(err)
	}
	return addOn
}

// find finds a value by its path; what is not there is nil.
func find(values pulumi.Input, path ...string) pulumi.Input {
	for _, key := range path {
		switch all := values.(type) {
		case pulumi.Map:
			values = all[key]
		case pulumi.StringMap:
			values = all[key]
		default:
			return nil
		}
	}
	return values
}

// at shows a value that is found by its path; what is not there is "nothing".
func at(values pulumi.Input, path ...string) string {
	if found := find(values, path...); found != nil {
		return fmt.Sprint(found)
	}
	return "nothing"
}

func TestMonitoringIsOneChartInItsOwnNamespace(t *testing.T) {
	addOn := monitoring(t, monitoringArgs())
	if addOn.Chart != "kube-prometheus-stack" || addOn.Namespace != "monitoring" {
		t.Errorf("it is %s in %s", addOn.Chart, addOn.Namespace)
	}
}

func TestPrometheusKeepsWhatItIsToldToAndLeavesRoomOnItsVolume(t *testing.T) {
	spec := find(monitoring(t, monitoringArgs()).Values, "prometheus", "prometheusSpec")
	claim := []string{"storageSpec", "volumeClaimTemplate", "spec"}
	for want, path := range map[string][]string{
		"2":                {"replicas"},
		"30d":              {"retention"},
		"81920MiB":         {"retentionSize"},
		"100Gi":            append(claim, "resources", "requests", "storage"),
		"gp3":              append([]string{}, append(claim, "storageClassName")...),
		"500m":             {"resources", "requests", "cpu"},
		"2048Mi":           {"resources", "requests", "memory"},
		"4096Mi":           {"resources", "limits", "memory"},
		"openedx-platform": {"priorityClassName"},
	} {
		if got := at(spec, path...); got != want {
			t.Errorf("%v is %s, want %s", path, got, want)
		}
	}
	if got := at(spec, "resources", "limits", "cpu"); got != "nothing" {
		t.Errorf("its CPU is limited to %s", got)
	}
}

func TestReplicasAreInDifferentZonesAndALostZoneIsNone(t *testing.T) {
	values := monitoring(t, monitoringArgs()).Values
	for name, spec := range map[string]pulumi.Input{
		"prometheus":   find(values, "prometheus", "prometheusSpec"),
		"alertmanager": find(values, "alertmanager", "alertmanagerSpec"),
	} {
		got := at(spec, "topologySpreadConstraints")
		for _, part := range []string{"topologyKey:topology.kubernetes.io/zone", "DoNotSchedule", "nodeTaintsPolicy:Honor", "app.kubernetes.io/name:" + name} {
			if !strings.Contains(got, part) {
				t.Errorf("%s is spread by %s, without %s", name, got, part)
			}
		}
	}
}

func TestNothingButTheCollectorsOnEachNodeIsOnNodesThatComeAndGo(t *testing.T) {
	values := monitoring(t, monitoringArgs()).Values
	for _, path := range [][]string{
		{"prometheus", "prometheusSpec"}, {"alertmanager", "alertmanagerSpec"}, {"grafana"}, {"prometheusOperator"}, {"kube-state-metrics"},
	} {
		if got := at(values, append(path, "affinity")...); !strings.Contains(got, "key:example.org/pool operator:DoesNotExist") {
			t.Errorf("%v: %s", path, got)
		}
	}
	if got := at(values, "prometheus-node-exporter", "affinity") + at(values, "prometheus-node-exporter", "tolerations"); got != "nothing[map[operator:Exists]]" {
		t.Errorf("the collectors are kept off nodes by %s", got)
	}
}

func TestADrainLeavesOneReplicaAndIsNotHeldUpByTheOnlyOne(t *testing.T) {
	for replicas, want := range map[int]string{1: "false", 2: "true"} {
		args := monitoringArgs()
		args.Placement.Replicas = replicas
		values := monitoring(t, args).Values
		for _, name := range []string{"prometheus", "alertmanager"} {
			if got := at(values, name, "podDisruptionBudget", "enabled"); got != want {
				t.Errorf("%d replicas of %s: a budget: %s, want %s", replicas, name, got, want)
			}
		}
	}
}

func TestAlertmanagerTellsOperatorsAllButWhatIsNoNews(t *testing.T) {
	values := monitoring(t, monitoringArgs()).Values
	config := find(values, "alertmanager", "config")
	if got := at(config, "route", "receiver"); got != "operators" {
		t.Errorf("alerts go to %s", got)
	}
	if got := at(config, "receivers"); got != "[map[name:null] map[name:operators sns_configs:[map[topic_arn:arn:of:topic]]]]" {
		t.Errorf("receivers: %s", got)
	}
	if got := at(config, "route", "routes"); got != `[map[matchers:[alertname = "Watchdog"] receiver:null] map[matchers:[alertname = "InfoInhibitor"] receiver:null]]` {
		t.Errorf("routes: %s", got)
	}
	if got := at(values, "alertmanager", "serviceAccount", "name"); got != k8s.AlertmanagerAccount {
		t.Errorf("it runs as %s", got)
	}
	silent := monitoringArgs()
	silent.Receiver = nil
	config = find(monitoring(t, silent).Values, "alertmanager", "config")
	if got := at(config, "route", "receiver") + at(config, "receivers"); got != "null[map[name:null]]" {
		t.Errorf("without a way to tell anybody: %s", got)
	}
}

func TestGrafanasPasswordIsSecretAndItReadsNoOtherNamespace(t *testing.T) {
	grafana := find(monitoring(t, monitoringArgs()).Values, "grafana")
	password, output := find(grafana, "adminPassword").(pulumi.StringOutput)
	if !output || !pulumi.IsSecret(password) {
		t.Error("the password is no secret")
	}
	for want, paths := range map[string][][]string{
		"monitoring": {{"sidecar", "dashboards", "searchNamespace"}, {"sidecar", "datasources", "searchNamespace"}},
		"configmap":  {{"sidecar", "dashboards", "resource"}, {"sidecar", "datasources", "resource"}},
		"true":       {{"rbac", "namespaced"}},
		"grafana":    {{"serviceAccount", "name"}},
		"cloudwatch": {{"grafana.ini", "plugins", "forward_host_env_vars"}},
		"nothing":    {{"ingress"}, {"route"}, {"service"}},

		"[map[uid:cloudwatch]]": {{"additionalDataSources"}},
	} {
		for _, path := range paths {
			if got := at(grafana, path...); got != want {
				t.Errorf("%v is %s, want %s", path, got, want)
			}
		}
	}
}

func TestNothingIsAskedForThatTheCloudRunsOrThatIsSecret(t *testing.T) {
	values := monitoring(t, monitoringArgs()).Values
	for _, part := range []string{"kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy"} {
		if got := at(values, part, "enabled"); got != "false" {
			t.Errorf("%s: %s", part, got)
		}
	}
	for _, rules := range []string{"etcd", "kubeControllerManager", "kubeSchedulerAlerting", "kubeSchedulerRecording", "kubeProxy"} {
		if got := at(values, "defaultRules", "rules", rules); got != "false" {
			t.Errorf("rules about %s: %s", rules, got)
		}
	}
	if got := at(values, "kube-state-metrics", "collectorsExclude"); got != "[configmaps secrets]" {
		t.Errorf("it does not look at %s", got)
	}
	if got := at(values, "kube-state-metrics", "metricLabelsAllowlist"); !strings.Contains(got, "namespaces=[openedx-instance,") {
		t.Errorf("instances cannot be told apart by %s", got)
	}
}

func TestNoWebhookStandsInTheWayOfARule(t *testing.T) {
	values := monitoring(t, monitoringArgs()).Values
	for _, path := range [][]string{{"admissionWebhooks", "enabled"}, {"admissionWebhooks", "patch", "enabled"}, {"tls", "enabled"}} {
		if got := at(values, append([]string{"prometheusOperator"}, path...)...); got != "false" {
			t.Errorf("%v: %s", path, got)
		}
	}
}

func TestTheRulesOfInstancesArePlatformsAndEveryRuleIsAnObject(t *testing.T) {
	addOn := monitoring(t, monitoringArgs())
	if got := at(addOn.Values, "defaultRules", "appNamespacesOperator") + at(addOn.Values, "defaultRules", "appNamespacesTarget"); got != "!~instance-.+" {
		t.Errorf("the chart's rules watch %s", got)
	}
	groups := map[string]string{}
	for _, object := range addOn.Objects {
		if object.Namespace != "monitoring" || object.APIVersion != "monitoring.coreos.com/v1" {
			t.Errorf("%s %s is in %s", object.APIVersion, object.Name, object.Namespace)
		}
		if object.Kind == "PrometheusRule" {
			groups[object.Name] = at(object.Body, "spec", "groups")
		}
	}
	for _, group := range dashboards.Rules() {
		for _, rule := range group.Rules {
			for _, part := range []string{rule.Alert, rule.Record, rule.Expr, rule.For, string(rule.Severity), rule.Summary, rule.Action} {
				if !strings.Contains(groups[group.Name], part) {
					t.Errorf("%s%s: %q is missing", rule.Alert, rule.Record, part)
				}
			}
		}
	}
}

func TestPrometheusReadsWhatItsRulesAskAbout(t *testing.T) {
	addOn := monitoring(t, monitoringArgs())
	found := map[string]string{}
	for _, object := range addOn.Objects {
		if object.Kind == "PodMonitor" {
			found[object.Name] = at(object.Body, "spec")
		}
	}
	for name, want := range map[string]string{
		"openedx-keda": "map[namespaceSelector:map[matchNames:[keda]] podMetricsEndpoints:[map[honorLabels:true port:metrics]] selector:map[matchLabels:map[app:keda-operator]]]",
		"openedx-karpenter": "map[namespaceSelector:map[matchNames:[kube-system]] podMetricsEndpoints:[map[honorLabels:true port:http-metrics]] " +
			"selector:map[matchLabels:map[app.kubernetes.io/name:karpenter]]]",
	} {
		if found[name] != want {
			t.Errorf("%s is %s, want %s", name, found[name], want)
		}
	}
	for _, kind := range []string{"rule", "serviceMonitor", "podMonitor"} {
		if got := at(addOn.Values, "prometheus", "prometheusSpec", kind+"SelectorNilUsesHelmValues"); got != "false" {
			t.Errorf("only the chart's own %ss are read: %s", kind, got)
		}
	}
}

func TestMonitoringThatCannotBeIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*k8s.MonitoringArgs){
		"0 replicas":           func(a *k8s.MonitoringArgs) { a.Placement.Replicas = 0 },
		"0 days on 100 GiB":    func(a *k8s.MonitoringArgs) { a.RetentionDays = 0 },
		"30 days on 0 GiB":     func(a *k8s.MonitoringArgs) { a.VolumeGiB = 0 },
		"0 thousandths":        func(a *k8s.MonitoringArgs) { a.CPU = 0 },
		"and 0 MiB":            func(a *k8s.MonitoringArgs) { a.Memory = 0 },
		"no storage class":     func(a *k8s.MonitoringArgs) { a.StorageClass = "" },
		"no password for Graf": func(a *k8s.MonitoringArgs) { a.Password = nil },
	} {
		args := monitoringArgs()
		spoil(args)
		if _, err := args.AddOn(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func pagesProgram(spoil func(*k8s.PagesArgs)) pulumi.RunFunc {
	return program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		args := &k8s.PagesArgs{
			Provider: provider, Dashboards: dashboards.All(dashboards.Cloud{}),
			Sites: map[string]k8s.Site{
				"main":  {Namespace: "instance-main", Label: pulumi.String("targetgroup/main/0a1b")},
				"other": {Namespace: "instance-other", Label: pulumi.String("targetgroup/other/2c3d")},
			},
		}
		spoil(args)
		_, err := k8s.NewPages(ctx, "pages", args)
		return err
	})
}

func TestGrafanaFindsEachDashboardByALabelUnderANameThatStays(t *testing.T) {
	graph := harness.Run(t, nil, pagesProgram(func(*k8s.PagesArgs) {}))
	onlyThrough(t, graph)
	for _, dashboard := range dashboards.All(dashboards.Cloud{}) {
		page := graph.One(t, configMapType, "pages-"+dashboard.UID)
		text, err := dashboard.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{
			"metadata.name": dashboard.UID, "metadata.namespace": "monitoring", "metadata.labels.grafana_dashboard": "1",
			`data["` + dashboard.UID + `.json"]`: text,
		} {
			if got := page.Text(t, path); got != want {
				t.Errorf("%s is %q, want %q", path, got, want)
			}
		}
	}
}

func TestPagesWaitForWhatBringsTheirKinds(t *testing.T) {
	graph := harness.Run(t, nil, program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		addOn, err := monitoringArgs().AddOn()
		if err != nil {
			return err
		}
		made, err := k8s.NewAddOns(ctx, "ad", &k8s.AddOnsArgs{Provider: provider, AddOns: []platform.AddOn{addOn}})
		if err != nil {
			return err
		}
		_, err = k8s.NewPages(ctx, "pages", &k8s.PagesArgs{
			Provider: provider, Dashboards: dashboards.All(dashboards.Cloud{}), Needs: made.Ready("kube-prometheus-stack"),
			Sites: map[string]k8s.Site{"main": {Namespace: "instance-main", Label: pulumi.String("main")}},
		})
		return err
	}))
	release := graph.One(t, releaseType, "ad-kube-prometheus-stack")
	for _, waits := range []*harness.Resource{
		graph.One(t, configMapType, "pages-openedx-instances"),
		graph.One(t, "kubernetes:monitoring.coreos.com/v1:PrometheusRule", "pages-site-main"),
		graph.One(t, "kubernetes:monitoring.coreos.com/v1:PrometheusRule", "ad-kube-prometheus-stack-openedx-pods"),
	} {
		if !graph.Waits(waits, release.URN) {
			t.Errorf("%s does not wait for %s", waits, release)
		}
	}
}

func TestEachInstanceHasAnObjectThatLeadsToItsSite(t *testing.T) {
	graph := harness.Run(t, nil, pagesProgram(func(*k8s.PagesArgs) {}))
	const kind = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
	if got := graph.Count(kind); got != 2 {
		t.Errorf("%d objects", got)
	}
	site := graph.One(t, kind, "pages-site-main")
	for path, want := range map[string]string{
		"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata.name": "openedx-site-main", "metadata.namespace": "monitoring",
		"spec.groups[0].rules[0].record": dashboards.SiteSeries, "spec.groups[0].rules[0].labels.namespace": "instance-main",
		"spec.groups[0].rules[0].labels.site": "targetgroup/main/0a1b", "spec.groups[0].rules[0].expr": "vector(1)",
	} {
		if got := site.Text(t, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

func TestPagesThatCannotBeRegisterNothing(t *testing.T) {
	for want, spoil := range map[string]func(*k8s.PagesArgs){
		"no Kubernetes provider": func(a *k8s.PagesArgs) { a.Provider = nil },
		"no dashboards":          func(a *k8s.PagesArgs) { a.Dashboards = nil },
		`site "a"`:               func(a *k8s.PagesArgs) { a.Sites = map[string]k8s.Site{"a": {Namespace: "instance-a"}} },
		`site "b"`:               func(a *k8s.PagesArgs) { a.Sites = map[string]k8s.Site{"b": {Label: pulumi.String("x")}} },
	} {
		refuses(t, pagesProgram(spoil), `pages "pages"`, want)
	}
}
