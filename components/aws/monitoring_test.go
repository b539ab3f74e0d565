package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/dashboards"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// monitoringArgs are arguments that a test changes one of.
func monitoringArgs() *aws.MonitoringArgs {
	return &aws.MonitoringArgs{
		Account: account, ClusterName: pulumi.String("test-cluster"),
		Namespace: "monitoring", Alertmanager: "alertmanager", Grafana: "grafana",
		Topic: pulumi.String("arn:of:topic"), TopicKey: pulumi.String("arn:of:logs-key"), Tags: tags.New("test", nil),
	}
}

func monitoring(t *testing.T) (*harness.Graph, *aws.Monitoring) {
	t.Helper()
	var made *aws.Monitoring
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		if made, err = aws.NewMonitoring(ctx, "mo", monitoringArgs()); err != nil {
			return err
		}
		// What the cluster is told, as the engine has it.
		told := pulumi.Map{"values": pulumi.Map{"receiver": made.Receiver, "source": made.Source}}
		return ctx.RegisterResource("kubernetes:helm.sh/v3:Release", "told", told, &pulumi.CustomResourceState{})
	})
	return graph, made
}

func TestAlertsGoToTheTopicOfAlarms(t *testing.T) {
	graph, _ := monitoring(t)
	sameJSON(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", "mo-alertmanager-role-policy").Text(t, "policy"), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Send", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["arn:of:topic"]},
		{"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": ["arn:of:logs-key"],
		 "Condition": {"StringEquals": {"kms:ViaService": ["sns.`+harness.Region+`.amazonaws.com"]}}}]}`)
	texts(t, graph.One(t, associationType, "mo-alertmanager-identity"), map[string]string{"namespace": "monitoring", "serviceAccount": "alertmanager"})
	told := graph.One(t, "kubernetes:helm.sh/v3:Release", "told")
	texts(t, told, map[string]string{
		"values.receiver.sns_configs[0].topic_arn": "arn:of:topic", "values.receiver.sns_configs[0].sigv4.region": harness.Region,
	})
	for _, part := range []string{".Annotations.summary", ".Annotations.description"} {
		if got := told.Text(t, "values.receiver.sns_configs[0].message"); !strings.Contains(got, part) {
			t.Errorf("the message %q has no %s", got, part)
		}
	}
}

func TestGrafanaMayReadMetricsAndNothingElse(t *testing.T) {
	graph, made := monitoring(t)
	sameJSON(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", "mo-grafana-role-policy").Text(t, "policy"), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Metrics", "Effect": "Allow", "Action": ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], "Resource": ["*"]}]}`)
	texts(t, graph.One(t, associationType, "mo-grafana-identity"), map[string]string{"namespace": "monitoring", "serviceAccount": "grafana"})
	for want, path := range map[string][]string{
		dashboards.CloudWatchSource: {"uid"}, "default": {"jsonData", "authType"}, harness.Region: {"jsonData", "defaultRegion"}, "false": {"editable"},
	} {
		if got := value(made.Source, path...); got != want {
			t.Errorf("%v is %s, want %s", path, got, want)
		}
	}
	if len(made.Needs) != 4 {
		t.Errorf("pods wait for %d resources, want two policies and two identities", len(made.Needs))
	}
}

func TestGrafanasPasswordIsMadeAndSecretFromBirth(t *testing.T) {
	graph, made := monitoring(t)
	password := graph.One(t, "random:index/randomPassword:RandomPassword", "mo-grafana-password")
	if got := password.Value(t, "length").NumberValue(); got < 32 {
		t.Errorf("it has %v characters", got)
	}
	if !pulumi.IsSecret(made.Password) {
		t.Error("it is no secret")
	}
}

func TestPagesAskForTheInstanceThatIsChosenAndTheStoresThatAreThere(t *testing.T) {
	cloud := aws.Pages("test-mysql")
	if len(cloud.Requests) != 3 || len(cloud.Stores) != 6 {
		t.Fatalf("%d and %d panels", len(cloud.Requests), len(cloud.Stores))
	}
	asksFor(t, cloud.Requests, "TargetGroup", "$site")
	asksFor(t, cloud.Stores[:3], "DBClusterIdentifier", "test-mysql")
	for _, dashboard := range dashboards.All(cloud) {
		if _, err := dashboard.JSON(); err != nil {
			t.Error(err)
		}
	}
}

// asksFor fails the test for each query of some panels whose dimension has another value.
func asksFor(t *testing.T, panels []dashboards.Panel, dimension, want string) {
	t.Helper()
	for _, panel := range panels {
		for _, query := range panel.Queries {
			if got := query.Metric.Dimensions[dimension]; got != want {
				t.Errorf("%s is of %s, want %s", panel.Title, got, want)
			}
		}
	}
}

func TestASiteIsCalledByTheEndOfItsARN(t *testing.T) {
	harness.Run(t, nil, func(*pulumi.Context) error {
		aws.SiteLabel(pulumi.String("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/test-main/0a1b2c3d4e5f6071")).ApplyT(func(got string) error {
			if want := "targetgroup/test-main/0a1b2c3d4e5f6071"; got != want {
				t.Errorf("it is called %s, want %s", got, want)
			}
			return nil
		})
		return nil
	})
}

func TestMonitoringWithoutAnybodyToTellRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.MonitoringArgs)
		want  string
	}{
		"no account":      {func(a *aws.MonitoringArgs) { a.Account.ID = "" }, "account"},
		"no cluster":      {func(a *aws.MonitoringArgs) { a.ClusterName = nil }, "no cluster"},
		"no namespace":    {func(a *aws.MonitoringArgs) { a.Namespace = "" }, "namespace"},
		"no Alertmanager": {func(a *aws.MonitoringArgs) { a.Alertmanager = "" }, "service accounts"},
		"no Grafana":      {func(a *aws.MonitoringArgs) { a.Grafana = "" }, "service accounts"},
		"no topic":        {func(a *aws.MonitoringArgs) { a.Topic = nil }, "topic"},
		"no key":          {func(a *aws.MonitoringArgs) { a.TopicKey = nil }, "its key"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, func(ctx *pulumi.Context) error {
				args := monitoringArgs()
				test.spoil(args)
				_, err := aws.NewMonitoring(ctx, "mo", args)
				return err
			}, `monitoring "mo"`, test.want)
		})
	}
}
