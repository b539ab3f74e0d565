package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/collector"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// loggingArgs are arguments that a test changes one of.
func loggingArgs() *aws.LoggingArgs {
	return &aws.LoggingArgs{
		Account: account, ClusterName: pulumi.String("test-cluster"),
		LogGroup: aws.ContainerLogGroup("test", "campus-containers"), LogDays: 30, LogsKey: pulumi.String("arn:of:logs-key"),
		Tracking: aws.BucketRef{Name: pulumi.String("tracking-0a1b"), ARN: pulumi.String("arn:aws:s3:::tracking-0a1b")},
		DataKey:  pulumi.String("arn:of:data-key"), Tags: tags.New("test", nil),
	}
}

func logging(t *testing.T) (*harness.Graph, *aws.Logging) {
	t.Helper()
	var made *aws.Logging
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		made, err = aws.NewLogging(ctx, "lo", loggingArgs())
		return err
	})
	return graph, made
}

func TestLogsOfContainersAreKeptForSomeDaysUnderTheKeyOfLogs(t *testing.T) {
	graph, made := logging(t)
	group := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "lo-containers")
	texts(t, group, map[string]string{"name": "/openedx/test/campus-containers", "kmsKeyId": "arn:of:logs-key"})
	if got := group.Value(t, "retentionInDays").NumberValue(); got != 30 {
		t.Errorf("they are kept for %v days", got)
	}
	if len(made.AddOn.Needs) != 3 {
		t.Errorf("the collector waits for %d resources, want the group, the policy and the identity", len(made.AddOn.Needs))
	}
}

func TestTheCollectorMayAddLinesAndEventsAndNothingElse(t *testing.T) {
	graph, _ := logging(t)
	sameJSON(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", "lo-collector-role-policy").Text(t, "policy"), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Lines", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
		 "Resource": ["arn:aws:logs:`+harness.Region+`:`+harness.Account+`:log-group:/openedx/test/campus-containers:*"]},
		{"Sid": "Events", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::tracking-0a1b/tracking/*"]},
		{"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": ["arn:of:data-key"],
		 "Condition": {"StringEquals": {"kms:ViaService": ["s3.`+harness.Region+`.amazonaws.com"]},
		 "StringLike": {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::tracking-0a1b", "arn:aws:s3:::tracking-0a1b/*"]}}}]}`)
	tie := graph.One(t, associationType, "lo-collector-identity")
	texts(t, tie, map[string]string{"namespace": "logging", "serviceAccount": "log-collector", "clusterName": "test-cluster"})
}

// value finds a value of an add-on by its path.
func value(values pulumi.Input, path ...string) string {
	for _, key := range path {
		all, nested := values.(pulumi.Map)
		if !nested || all[key] == nil {
			return "nothing"
		}
		values = all[key]
	}
	return fmt.Sprint(values)
}

func TestTheCollectorRunsOnEveryNodeThatStaysAndTouchesOnlyItsLogs(t *testing.T) {
	_, made := logging(t)
	if made.AddOn.Chart != "aws-for-fluent-bit" || made.AddOn.Namespace != aws.LoggingNamespace {
		t.Errorf("it is %s in %s", made.AddOn.Chart, made.AddOn.Namespace)
	}
	for want, path := range map[string][]string{
		"[map[effect:NoExecute operator:Exists] map[effect:NoSchedule key:openedx-pool operator:Exists]]": {"tolerations"},
		"system-node-critical": {"priorityClassName"},
		"log-collector":        {"serviceAccount", "name"},
		"[map[hostPath:map[path:/var/log] name:varlog]]": {"volumes"},
		"[map[mountPath:/var/log name:varlog]]":          {"volumeMounts"},
		"[ALL]":                                          {"containerSecurityContext", "capabilities", "drop"},
		"128Mi":                                          {"resources", "requests", "memory"},
		"50m":                                            {"resources", "requests", "cpu"},
		"512Mi":                                          {"resources", "limits", "memory"},
	} {
		if got := value(made.AddOn.Values, path...); got != want {
			t.Errorf("%v is %s, want %s", path, got, want)
		}
	}
}

func TestLinesGoToTheGroupThatIsThereAndEventsToTheirBucket(t *testing.T) {
	_, made := logging(t)
	for _, want := range []struct {
		text string
		path []string
	}{
		{"/openedx/test/campus-containers", []string{"cloudWatchLogs", "logGroupName"}},
		{"false", []string{"cloudWatchLogs", "autoCreateGroup"}},
		{"nothing", []string{"cloudWatchLogs", "logRetentionDays"}},
		{collector.AllTags, []string{"cloudWatchLogs", "match"}},
		{collector.Line, []string{"cloudWatchLogs", "logKey"}},
		{harness.Region, []string{"cloudWatchLogs", "region"}},
		{"true", []string{"s3", "enabled"}},
		{collector.TrackingTags, []string{"s3", "match"}},
		{collector.Event, []string{"s3", "logKey"}},
		{collector.ObjectNames, []string{"s3", "s3KeyFormat"}},
		{"gzip", []string{"s3", "compression"}},
		{"10m", []string{"s3", "uploadTimeout"}},
		{harness.Region, []string{"s3", "region"}},
		{"false", []string{"filter", "enabled"}},
		{collector.Tag, []string{"input", "tag"}},
		{"Tag_Regex " + collector.FileName, []string{"input", "extraInputs"}},
		{collector.ExtraInputs(), []string{"additionalInputs"}},
		{collector.ExtraFilters(), []string{"additionalFilters"}},
		{collector.ExtraParsers(), []string{"service", "extraParsers"}},
	} {
		if got := value(made.AddOn.Values, want.path...); got != want.text {
			t.Errorf("%v is %s, want %s", want.path, got, want.text)
		}
	}
	// What waits to be sent lies on the node, where a new collector finds it.
	if got := value(made.AddOn.Values, "s3", "storeDir"); !strings.HasPrefix(got, "/var/log/") {
		t.Errorf("events wait in %s", got)
	}
}

func TestLoggingWithoutAPlaceRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.LoggingArgs)
		want  string
	}{
		"no account":     {func(a *aws.LoggingArgs) { a.Account.Region = "" }, "account"},
		"no cluster":     {func(a *aws.LoggingArgs) { a.ClusterName = nil }, "no cluster"},
		"no group":       {func(a *aws.LoggingArgs) { a.LogGroup = "" }, "log group"},
		"no days":        {func(a *aws.LoggingArgs) { a.LogDays = 0 }, "days"},
		"no key":         {func(a *aws.LoggingArgs) { a.LogsKey = nil }, "key"},
		"no bucket":      {func(a *aws.LoggingArgs) { a.Tracking.Name = nil }, "bucket"},
		"no ARN":         {func(a *aws.LoggingArgs) { a.Tracking.ARN = nil }, "bucket"},
		"no key of data": {func(a *aws.LoggingArgs) { a.DataKey = nil }, "its key"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, func(ctx *pulumi.Context) error {
				args := loggingArgs()
				test.spoil(args)
				_, err := aws.NewLogging(ctx, "lo", args)
				return err
			}, `logging "lo"`, test.want)
		})
	}
}
