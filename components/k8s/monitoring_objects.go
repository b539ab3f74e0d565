package k8s

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/dashboards"
)

// ruleObjects are the platform's rules, one object for each group.
func ruleObjects() []platform.Object {
	var objects []platform.Object
	for _, group := range dashboards.Rules() {
		rules := make(pulumi.Array, len(group.Rules))
		for i, rule := range group.Rules {
			rules[i] = ruleBody(rule)
		}
		objects = append(objects, ruleObject(group.Name, rules))
	}
	return objects
}

// ruleObject is a group of rules as the operator reads it.
func ruleObject(name string, rules pulumi.Array) platform.Object {
	return platform.Object{
		APIVersion: monitoringAPI, Kind: "PrometheusRule", Name: name, Namespace: MonitoringNamespace,
		Body: pulumi.Map{"spec": pulumi.Map{"groups": pulumi.Array{pulumi.Map{"name": pulumi.String(name), "rules": rules}}}},
	}
}

func ruleBody(rule dashboards.Rule) pulumi.Map {
	if rule.Record != "" {
		return pulumi.Map{"record": pulumi.String(rule.Record), "expr": pulumi.String(rule.Expr)}
	}
	return pulumi.Map{
		"alert": pulumi.String(rule.Alert), "expr": pulumi.String(rule.Expr), "for": pulumi.String(rule.For),
		"labels":      pulumi.Map{"severity": pulumi.String(string(rule.Severity))},
		"annotations": pulumi.Map{"summary": pulumi.String(rule.Summary), "description": pulumi.String(rule.Action)},
	}
}

// targetObjects are the pods of other add-ons that rules and dashboards ask about.
// Where an add-on is not there its monitor finds nothing, which does no harm.
func targetObjects() []platform.Object {
	var objects []platform.Object
	for _, one := range []struct {
		name, namespace, port string
		labels                pulumi.StringMap
	}{
		{"keda", "keda", "metrics", pulumi.StringMap{"app": pulumi.String("keda-operator")}},
		{"karpenter", "kube-system", "http-metrics", pulumi.StringMap{"app.kubernetes.io/name": pulumi.String("karpenter")}},
	} {
		objects = append(objects, platform.Object{
			APIVersion: monitoringAPI, Kind: "PodMonitor", Name: "openedx-" + one.name, Namespace: MonitoringNamespace,
			Body: pulumi.Map{"spec": pulumi.Map{
				"namespaceSelector": pulumi.Map{"matchNames": pulumi.ToStringArray([]string{one.namespace})},
				"selector":          pulumi.Map{"matchLabels": one.labels},
				// The namespace in KEDA's metrics is that of what it scales, not its own.
				"podMetricsEndpoints": pulumi.Array{pulumi.Map{"port": pulumi.String(one.port), "honorLabels": pulumi.Bool(true)}},
			}},
		})
	}
	return objects
}
