package aws

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/dashboards"
)

// Pages are the panels of Grafana about load balancer and stores, of which mysql is the
// identifier of the cluster.
func Pages(mysql string) dashboards.Cloud {
	return dashboards.Cloud{Requests: requestPanels(), Stores: append(mysqlPanels(mysql), cachePanels()...)}
}

// SiteLabel is what the load balancer's metrics call the target group of an ARN.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html#load-balancer-metric-dimensions-alb
func SiteLabel(targetGroup pulumi.StringInput) pulumi.StringOutput {
	//nolint:errcheck // the function gives a string
	return targetGroup.ToStringOutput().ApplyT(func(arn string) string {
		return arn[strings.LastIndex(arn, ":")+1:]
	}).(pulumi.StringOutput)
}

// requestPanels are about the requests that reach one instance's pods. Those that
// CloudFront answers by itself are not among them.
func requestPanels() []dashboards.Panel {
	// The metrics are by target group and load balancer; an instance is behind one only.
	of := func(legend, metric, statistic string) dashboards.Query {
		return dashboards.Query{Legend: legend, Metric: &dashboards.Metric{
			Namespace: "AWS/ApplicationELB", Name: metric, Statistic: statistic,
			Dimensions: map[string]string{"TargetGroup": "$" + dashboards.SiteVariable, "LoadBalancer": "*"},
		}}
	}
	return []dashboards.Panel{
		{
			Title: "Requests", Unit: "short", Means: "Requests that reached the instance in each minute.",
			Queries: []dashboards.Query{of("requests", "RequestCount", "Sum")},
		},
		{
			Title: "Time to answer", Unit: "s", Means: "Seconds until the answer began: of one request in two, and of the slowest in twenty and in a hundred.",
			Queries: []dashboards.Query{
				of("half", "TargetResponseTime", "p50"), of("95%", "TargetResponseTime", "p95"), of("99%", "TargetResponseTime", "p99"),
			},
		},
		{
			Title: "Errors", Unit: "short", Means: "Answers that are Open edX's own errors, and pods that could not be reached.",
			Queries: []dashboards.Query{
				of("5xx", "HTTPCode_Target_5XX_Count", "Sum"), of("no connection", "TargetConnectionErrorCount", "Sum"),
			},
		},
	}
}

// mysqlPanels are about the whole cluster of Aurora.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
func mysqlPanels(identifier string) []dashboards.Panel {
	of := func(title, unit, metric, statistic, means string) dashboards.Panel {
		query := func(role string) dashboards.Query {
			return dashboards.Query{Legend: strings.ToLower(role), Metric: &dashboards.Metric{
				Namespace: "AWS/RDS", Name: metric, Statistic: statistic,
				Dimensions: map[string]string{"DBClusterIdentifier": identifier, "Role": role},
			}}
		}
		return dashboards.Panel{Title: title, Unit: unit, Means: means, Queries: []dashboards.Query{query("WRITER"), query("READER")}}
	}
	return []dashboards.Panel{
		of("MySQL: CPU", "percent", "CPUUtilization", "Average", "Of the writer, and of the readers on average where there are any."),
		of("MySQL: connections", "short", "DatabaseConnections", "Maximum", "Each request of Open edX has one, and each task."),
		of("MySQL: time to read", "ms", "SelectLatency", "Average", "Milliseconds that a SELECT takes."),
	}
}

// cachePanels are about each node of every Redis of the account in the region: only the
// groups know what their nodes are called.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
func cachePanels() []dashboards.Panel {
	of := func(title, unit, metric, means string) dashboards.Panel {
		return dashboards.Panel{Title: title, Unit: unit, Means: means, Queries: []dashboards.Query{{
			Legend: "${PROP('Dim.CacheClusterId')}",
			Metric: &dashboards.Metric{
				Namespace: cacheMetrics, Name: metric, Statistic: "Maximum", Dimensions: map[string]string{"CacheClusterId": "*"},
			},
		}}}
	}
	return []dashboards.Panel{
		of("Redis: CPU", "percent", "EngineCPUUtilization", "Of the one core that Redis uses, by node."),
		of("Redis: memory", "percent", "DatabaseMemoryUsagePercentage", "When it is full a cache throws things away, and a queue takes no more tasks."),
		of("Redis: connections", "short", "CurrConnections", "Of web servers and workers of all instances."),
	}
}
