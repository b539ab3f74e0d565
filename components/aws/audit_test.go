package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	trailType        = "aws:cloudtrail/trail:Trail"
	detectorType     = "aws:guardduty/detector:Detector"
	auditFeatureType = "aws:guardduty/detectorFeature:DetectorFeature"
	auditTargetType  = "aws:cloudwatch/eventTarget:EventTarget"
)

// auditArgs are arguments that a test changes one of.
func auditArgs() *aws.AuditArgs {
	return &aws.AuditArgs{
		Account: account, Platform: "campus", Stack: "test", Trail: true, GuardDuty: true,
		Logs:  aws.BucketRef{Name: pulumi.String("logs-bucket"), ARN: pulumi.String("logs-bucket-arn"), Prefix: "trail"},
		Topic: pulumi.String("topic-arn"), Tags: tags.New("test", nil),
	}
}

func auditProgram(args *aws.AuditArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := aws.NewAudit(ctx, "au", args)
		return err
	}
}

func TestTheTrailIsOfAllRegionsAndCannotBeForged(t *testing.T) {
	graph := harness.Run(t, nil, auditProgram(auditArgs()))
	holds(t, graph.One(t, trailType, "au-trail"), map[string]any{
		"name": "campus-test", "s3BucketName": "logs-bucket", "s3KeyPrefix": "trail", "isMultiRegionTrail": true,
		"includeGlobalServiceEvents": true, "enableLogFileValidation": true, "enableLogging": true,
	})
	houseTagged(t, graph, "audit", auditFeatureType, auditTargetType)
}

func TestGuardDutyLooksAtWhatThePlatformHas(t *testing.T) {
	graph := harness.Run(t, nil, auditProgram(auditArgs()))
	holds(t, graph.One(t, detectorType, "au-detector"), map[string]any{"enable": true, "findingPublishingFrequency": "FIFTEEN_MINUTES"})
	status := map[string]string{}
	for _, feature := range graph.All(auditFeatureType) {
		texts(t, feature, map[string]string{"detectorId": "au-detector-id"})
		status[feature.Text(t, "name")] = feature.Text(t, "status")
		if diff := cmp.Diff([]string{"additionalConfigurations"}, feature.IgnoreChanges); diff != "" {
			t.Errorf("%s may be replaced on every run: %s", feature, diff)
		}
	}
	want := map[string]string{
		"S3_DATA_EVENTS": "ENABLED", "EKS_AUDIT_LOGS": "ENABLED", "EBS_MALWARE_PROTECTION": "ENABLED", "RDS_LOGIN_EVENTS": "ENABLED",
		"RUNTIME_MONITORING": "ENABLED", "LAMBDA_NETWORK_LOGS": "DISABLED",
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Error(diff)
	}
	holds(t, graph.One(t, auditFeatureType, "au-detector-runtime"), map[string]any{"additionalConfigurations": []any{
		map[string]any{"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"},
		map[string]any{"name": "ECS_FARGATE_AGENT_MANAGEMENT", "status": "DISABLED"},
		map[string]any{"name": "EC2_AGENT_MANAGEMENT", "status": "DISABLED"},
	}})
}

func TestFindingsThatMatterAreToldInWords(t *testing.T) {
	graph := harness.Run(t, nil, auditProgram(auditArgs()))
	sameJSON(t, graph.One(t, "aws:cloudwatch/eventRule:EventRule", "au-findings").Text(t, "eventPattern"), `{
		"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"], "detail": {"severity": [{"numeric": [">=", 4]}]}
	}`)
	target := graph.One(t, auditTargetType, "au-findings-topic")
	texts(t, target, map[string]string{"rule": "au-findings", "arn": "topic-arn"})
	if !target.Value(t, "roleArn").IsNull() {
		t.Error("with a role EventBridge does not send to an encrypted topic")
	}
	template := target.Text(t, "inputTransformer.inputTemplate")
	for key := range target.Value(t, "inputTransformer.inputPaths").ObjectValue() {
		if !strings.Contains(template, "<"+string(key)+">") {
			t.Errorf("%s is not told: %s", key, template)
		}
	}
	if strings.Count(template, "<") != len(target.Value(t, "inputTransformer.inputPaths").ObjectValue()) {
		t.Errorf("something is told that is not there: %s", template)
	}
}

func TestOnlyWhatIsAskedForIsRecorded(t *testing.T) {
	for name, test := range map[string]struct {
		args           aws.AuditArgs
		trail, detects int
	}{
		"nothing":     {aws.AuditArgs{}, 0, 0},
		"a trail":     {aws.AuditArgs{Trail: true, Logs: auditArgs().Logs}, 1, 0},
		"a detective": {aws.AuditArgs{GuardDuty: true, Topic: auditArgs().Topic}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			args := test.args
			args.Account, args.Platform, args.Stack, args.Tags = account, "campus", "test", tags.New("test", nil)
			graph := harness.Run(t, nil, auditProgram(&args))
			if graph.Count(trailType) != test.trail || graph.Count(detectorType) != test.detects ||
				graph.Count(auditTargetType) != test.detects {
				t.Errorf("got:\n%s", graph.Inventory())
			}
		})
	}
}

func TestThePreviewOfAnAuditIsItsUpdate(t *testing.T) {
	previewsAsItUpdates(t, auditProgram(auditArgs()))
}

func TestAWrongAuditRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.AuditArgs)
		want  string
	}{
		"no account":         {func(a *aws.AuditArgs) { a.Account.ID = "" }, "incomplete"},
		"no platform":        {func(a *aws.AuditArgs) { a.Platform = "" }, "no platform"},
		"no stack":           {func(a *aws.AuditArgs) { a.Stack = "" }, "no platform or stack"},
		"no bucket":          {func(a *aws.AuditArgs) { a.Logs.Name = nil }, "no bucket"},
		"no folder":          {func(a *aws.AuditArgs) { a.Logs.Prefix = "" }, "or no folder"},
		"nobody who is told": {func(a *aws.AuditArgs) { a.Topic = nil }, "no topic"},
	} {
		t.Run(name, func(t *testing.T) {
			args := auditArgs()
			test.spoil(args)
			refuses(t, auditProgram(args), `audit "au"`, test.want)
		})
	}
}
