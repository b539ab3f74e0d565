package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/dashboards"
	"example.org/openedx/internal/tags"
)

const monitoringType = "openedx:aws:Monitoring"

// grafanaPassword is how many letters and digits the password of Grafana's admin has.
const grafanaPassword = 32

// MonitoringArgs is what the monitoring in the cluster may do on AWS.
type MonitoringArgs struct {
	Account Account
	// ClusterName waits until the cluster is there.
	ClusterName pulumi.StringInput
	// Namespace is where the monitoring runs, with Alertmanager and Grafana as these
	// service accounts.
	Namespace, Alertmanager, Grafana string
	// Topic is the ARN of the topic of alarms, and TopicKey that of its key.
	Topic, TopicKey pulumi.StringInput
	Tags            tags.Set
}

// Monitoring is the tie between AWS and the monitoring in the cluster: its alerts go
// where all alarms go, and Grafana shows the metrics of load balancer and stores.
type Monitoring struct {
	pulumi.ResourceState
	// Receiver is how Alertmanager sends to the topic.
	Receiver pulumi.Map
	// Source is CloudWatch as a data source of Grafana.
	Source pulumi.Map
	// Password is that of Grafana's admin, and is secret.
	Password pulumi.StringOutput
	// Needs has to be there before the pods are.
	Needs []pulumi.Resource
}

// NewMonitoring creates the rights of Alertmanager and Grafana, and Grafana's password.
func NewMonitoring(ctx *pulumi.Context, name string, args *MonitoringArgs, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("monitoring %q: %w", name, err)
	}
	m := &Monitoring{}
	if err := ctx.RegisterComponentResourceV2(monitoringType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("monitoring %q: %w", name, err)
	}
	if err := m.build(ctx, name, args); err != nil {
		return nil, fmt.Errorf("monitoring %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"password": m.Password}); err != nil {
		return nil, fmt.Errorf("monitoring %q: %w", name, err)
	}
	return m, nil
}

func (a *MonitoringArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.ClusterName == nil:
		return errors.New("no cluster")
	case a.Namespace == "" || a.Alertmanager == "" || a.Grafana == "":
		return errors.New("namespace and service accounts must be given")
	case a.Topic == nil || a.TopicKey == nil:
		return errors.New("topic of alarms and its key must be given")
	}
	return nil
}

func (a *MonitoringArgs) inputs() pulumi.Map {
	return pulumi.Map{"namespace": pulumi.String(a.Namespace)}
}

func (m *Monitoring) build(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	password, err := random.NewRandomPassword(ctx, name+"-grafana-password", &random.RandomPasswordArgs{
		Length: pulumi.Int(grafanaPassword), Special: pulumi.Bool(false),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	m.Password = platform.Secret(password.Result)
	for _, one := range []struct {
		part, account, purpose string
		policy                 pulumi.StringOutput
	}{
		{"alertmanager", args.Alertmanager, "Sends alerts", documentAbout(pulumi.StringArray{args.Topic, args.TopicKey}, func(arns []string) []statement {
			return args.send(arns[0], arns[1])
		})},
		{"grafana", args.Grafana, "Shows metrics", document(showMetrics())},
	} {
		identity, failed := NewPodIdentity(ctx, name+"-"+one.part, &PodIdentityArgs{
			Account: args.Account, ClusterName: args.ClusterName, Namespace: args.Namespace, ServiceAccount: one.account,
			Purpose: one.purpose, Policy: one.policy, Tags: args.Tags,
		}, pulumi.Parent(m))
		if failed != nil {
			return failed
		}
		m.Needs = append(m.Needs, identity.Needs...)
	}
	m.Receiver, m.Source = args.receiver(), args.source()
	return nil
}

// send lets Alertmanager put alerts into the encrypted topic.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (a *MonitoringArgs) send(topic, key string) []statement {
	return []statement{
		allow("Send", "sns:Publish").on(topic),
		allow("Key", "kms:Decrypt", "kms:GenerateDataKey").on(key).
			when(condition{"StringEquals": {"kms:ViaService": {"sns." + a.Account.Region + ".amazonaws.com"}}}),
	}
}

// showMetrics is about all metrics of the account: IAM tells none from another.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
func showMetrics() statement {
	return allow("Metrics", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics").on("*")
}

// The texts of what is sent, in Go's templates: as long a subject as SNS takes.
// https://prometheus.io/docs/alerting/latest/notifications/
const (
	alertSubject = `{{ .CommonLabels.severity }} {{ .Status }}: {{ .CommonLabels.alertname }} {{ .CommonLabels.namespace }}`
	alertMessage = "{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }}\n  {{ .Annotations.description }}\n\n{{ end }}"
)

// receiver sends to the topic. It signs as whoever the pod may act as.
// https://prometheus.io/docs/alerting/latest/configuration/#sns_config
func (a *MonitoringArgs) receiver() pulumi.Map {
	return pulumi.Map{"sns_configs": pulumi.Array{pulumi.Map{
		"topic_arn": a.Topic.ToStringOutput(), "sigv4": pulumi.Map{"region": pulumi.String(a.Account.Region)},
		"subject": pulumi.String(alertSubject), "message": pulumi.String(alertMessage), "send_resolved": pulumi.Bool(true),
	}}}
}

// source shows the metrics of the region, as whoever the pod may act as.
// https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/
func (a *MonitoringArgs) source() pulumi.Map {
	return pulumi.Map{
		"name": pulumi.String("CloudWatch"), "type": pulumi.String(dashboards.CloudWatchSource), "uid": pulumi.String(dashboards.CloudWatchSource),
		"access": pulumi.String("proxy"), "editable": pulumi.Bool(false),
		"jsonData": pulumi.Map{"authType": pulumi.String("default"), "defaultRegion": pulumi.String(a.Account.Region)},
	}
}
