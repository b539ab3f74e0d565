package stacks

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/dashboards"
	"example.org/openedx/internal/versions"
)

// storageClass is the one that the cluster component makes.
const storageClass = "gp3"

// watchingAddOns are what tells of the platform: metrics and logs.
func (b *onAWS) watchingAddOns() ([]platform.AddOn, error) {
	var all []platform.AddOn
	if b.plan.AddOns.Monitoring {
		monitoring, err := b.monitoring(b.placement())
		if err != nil {
			return nil, err
		}
		all = append(all, monitoring)
	}
	if b.plan.AddOns.Logs {
		logging, err := b.logging()
		if err != nil {
			return nil, err
		}
		all = append(all, logging)
	}
	return all, nil
}

// monitoring describes Prometheus, Alertmanager and Grafana, with their rights on AWS.
func (b *onAWS) monitoring(placement addons.Placement) (platform.AddOn, error) {
	m := b.plan.Monitoring
	onAWS, err := aws.NewMonitoring(b.Context, b.name("monitoring"), &aws.MonitoringArgs{
		Account: b.account, ClusterName: b.cluster.Name,
		Namespace: k8s.MonitoringNamespace, Alertmanager: k8s.AlertmanagerAccount, Grafana: k8s.GrafanaAccount,
		Topic: b.alerts.Topic, TopicKey: b.keys.Logs, Tags: b.tags,
	})
	if err != nil {
		return platform.AddOn{}, err
	}
	placement.Replicas = m.Replicas
	return (&k8s.MonitoringArgs{
		Placement: placement, RetentionDays: m.RetentionDays, VolumeGiB: m.VolumeGiB, CPU: m.CPU, Memory: m.Memory,
		StorageClass: storageClass, Password: onAWS.Password, Receiver: onAWS.Receiver,
		Sources: pulumi.Array{onAWS.Source}, Plugins: dashboards.CloudWatchSource, Needs: slices.Concat(onAWS.Needs, b.cluster.Volumes),
	}).AddOn()
}

// logging describes the collector of logs, with where it sends them.
func (b *onAWS) logging() (platform.AddOn, error) {
	made, err := aws.NewLogging(b.Context, b.name("logging"), &aws.LoggingArgs{
		Account: b.account, ClusterName: b.cluster.Name,
		LogGroup: b.names.containerLogs, LogDays: b.plan.Monitoring.LogDays, LogsKey: b.keys.Logs,
		Tracking: aws.BucketRef{Name: b.tracking.Name, ARN: b.tracking.ARN}, DataKey: b.keys.Data, Tags: b.tags,
	})
	if err != nil {
		return platform.AddOn{}, err
	}
	return made.AddOn, nil
}

// addPages has Grafana show the platform and its instances, where there is a Grafana.
func (b *onAWS) addPages() error {
	ready := b.addOns.Ready(versions.KubePrometheusStack)
	if len(ready) == 0 {
		return nil
	}
	sites := map[string]k8s.Site{}
	for _, instance := range b.instances {
		sites[instance.Slug] = k8s.Site{Namespace: instance.Namespace, Label: aws.SiteLabel(instance.Backend)}
	}
	_, err := k8s.NewPages(b.Context, b.name("pages"), &k8s.PagesArgs{
		Provider: b.cluster.Provider, Dashboards: dashboards.All(aws.Pages(b.names.mysql)), Sites: sites, Needs: ready,
	})
	return err
}
