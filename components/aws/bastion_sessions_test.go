package aws_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// bastionForward is a forward that a test changes one thing of.
func bastionForward() *aws.ForwardArgs {
	return &aws.ForwardArgs{Name: "mysql", Host: pulumi.String("sql.internal"), Port: 3306, LocalPort: 13306}
}

func TestEveryShellIsRecordedAsItHappensUnderAKeyAndEnds(t *testing.T) {
	graph := bastionGraph(t, bastionArgs())
	shell := graph.One(t, bastionDocumentType, "ba-shell")
	texts(t, shell, map[string]string{"name": "openedx-test-ba-shell", "documentType": "Session", "documentFormat": "JSON"})
	sameJSON(t, shell.Text(t, "content"), `{"schemaVersion": "1.0", "description": "A recorded shell on the bastion", "sessionType": "Standard_Stream",
		"inputs": {"kmsKeyId": "logs-key-arn", "cloudWatchLogGroupName": "/openedx/test/ba", "cloudWatchEncryptionEnabled": true,
			"cloudWatchStreamingEnabled": true, "s3BucketName": "", "s3KeyPrefix": "", "s3EncryptionEnabled": true,
			"idleSessionTimeout": "20", "maxSessionDuration": "480", "runAsEnabled": false, "runAsDefaultUser": "",
			"shellProfile": {"linux": "exec bash -l", "windows": ""}}}`)
	record := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "ba-log")
	texts(t, record, map[string]string{"name": "/openedx/test/ba", "kmsKeyId": "logs-key-arn"})
	counts(t, record, map[string]float64{"retentionInDays": 90})
	if !graph.Waits(shell, record.URN) {
		t.Error("a shell could be opened before there is a record")
	}
}

func TestAForwardLeadsToOneHostAndPort(t *testing.T) {
	document := bastionGraph(t, bastionArgs(), bastionForward()).One(t, bastionDocumentType, "ba-mysql")
	texts(t, document, map[string]string{"name": "openedx-test-ba-mysql", "documentType": "Session", "documentFormat": "JSON"})
	sameJSON(t, document.Text(t, "content"), `{"schemaVersion": "1.0", "description": "Leads to mysql", "sessionType": "Port",
		"parameters": {"localPortNumber": {"type": "String", "description": "The port of the laptop", "allowedPattern": "^[1-9][0-9]{3,4}$", "default": "13306"}},
		"properties": {"type": "LocalPortForwarding", "host": "sql.internal", "portNumber": "3306", "localPortNumber": "{{ localPortNumber }}"}}`)
}

func TestOperatorsOpenTheirOwnSessionsOnTheBastionWithItsDocumentsOnly(t *testing.T) {
	graph := bastionGraph(t, bastionArgs(), bastionForward())
	policy := graph.One(t, "aws:iam/policy:Policy", "ba-operators").Text(t, "policy")
	sameJSON(t, policy, `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Open", "Effect": "Allow", "Action": ["ssm:StartSession"], "Resource": [
			"arn:aws:ec2:eu-west-1:123456789012:instance/ba-machine-id", "arn:aws:ssm:eu-west-1:123456789012:document/openedx-test-ba-*"],
			"Condition": {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": ["true"]}}},
		{"Sid": "OwnSessions", "Effect": "Allow", "Action": ["ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"], "Resource": [
			"arn:aws:ssm:eu-west-1:123456789012:session/${aws:username}-*", "arn:aws:ssm:eu-west-1:123456789012:session/${aws:userid}-*"]},
		{"Sid": "OwnTaggedSessions", "Effect": "Allow", "Action": ["ssm:ResumeSession", "ssm:TerminateSession"],
			"Resource": ["arn:aws:ssm:eu-west-1:123456789012:session/*"],
			"Condition": {"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": ["${aws:userid}"]}}},
		{"Sid": "Encrypt", "Effect": "Allow", "Action": ["kms:GenerateDataKey"], "Resource": ["logs-key-arn"]}
	]}`)
	documents := strings.TrimSuffix(bastionResources(t, policy, "Open")[1], "*")
	for _, document := range graph.All(bastionDocumentType) {
		if !strings.HasPrefix("arn:aws:ssm:eu-west-1:123456789012:document/"+document.Text(t, "name"), documents) {
			t.Errorf("operators may not use %s", document)
		}
	}
}

func TestTheNamesOfDocumentsFitAndBeginAlike(t *testing.T) {
	long := strings.Repeat("bastion-", 20) + "x"
	part := strings.Repeat("a", 40)
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewBastion(ctx, long, bastionArgs())
		if err != nil {
			return err
		}
		forward := bastionForward()
		forward.Name = part
		return made.Forward(ctx, long+"-forward", forward)
	})
	shell := graph.One(t, bastionDocumentType, long+"-shell").Text(t, "name")
	forward := graph.One(t, bastionDocumentType, long+"-forward").Text(t, "name")
	if len(forward) != 128 || strings.TrimSuffix(shell, "shell") != strings.TrimSuffix(forward, part) {
		t.Errorf("%d characters in %q, beside %q", len(forward), forward, shell)
	}
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
	if !regexp.MustCompile(`^openedx-[a-zA-Z0-9_.-]{3,120}$`).MatchString(forward) {
		t.Errorf("SSM refuses %q", forward)
	}
}

func TestWrongForwardsAreRefusedAndMakeNoDocument(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.ForwardArgs)
		want  string // empty: accepted
	}{
		"no host":           {func(f *aws.ForwardArgs) { f.Host = nil }, "no host"},
		"no name":           {func(f *aws.ForwardArgs) { f.Name = "" }, "lower-case"},
		"capitals":          {func(f *aws.ForwardArgs) { f.Name = "MySQL" }, "lower-case"},
		"a name too long":   {func(f *aws.ForwardArgs) { f.Name = strings.Repeat("a", 41) }, "at most 40"},
		"the shell":         {func(f *aws.ForwardArgs) { f.Name = "shell" }, "taken"},
		"a name twice":      {func(f *aws.ForwardArgs) { f.Name = "mongo" }, "taken"},
		"port 0":            {func(f *aws.ForwardArgs) { f.Port = 0 }, "port 0"},
		"port 65536":        {func(f *aws.ForwardArgs) { f.Port = 65536 }, "port 65536"},
		"first port":        {func(f *aws.ForwardArgs) { f.Port = 1 }, ""},
		"last port":         {func(f *aws.ForwardArgs) { f.Port = 65535 }, ""},
		"a port of root":    {func(f *aws.ForwardArgs) { f.LocalPort = 1023 }, "port 1023"},
		"first free port":   {func(f *aws.ForwardArgs) { f.LocalPort = 1024 }, ""},
		"last free port":    {func(f *aws.ForwardArgs) { f.LocalPort = 65535 }, ""},
		"beyond the last":   {func(f *aws.ForwardArgs) { f.LocalPort = 65536 }, "port 65536"},
		"a port that leads": {func(f *aws.ForwardArgs) { f.LocalPort = 27017 }, "something else"},
	} {
		t.Run(name, func(t *testing.T) {
			forward := bastionForward()
			test.spoil(forward)
			other := &aws.ForwardArgs{Name: "mongo", Host: pulumi.String("mongo.internal"), Port: 27017, LocalPort: 27017}
			graph, err := harness.Try(nil, false, bastionProgram(bastionArgs(), other, forward))
			if test.want == "" {
				if err != nil || graph.Count(bastionDocumentType) != 3 {
					t.Errorf("%d documents: %v", graph.Count(bastionDocumentType), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `bastion "ba"`) {
				t.Errorf("got %v", err)
			}
			if got := graph.Count(bastionDocumentType); got != 2 {
				t.Errorf("%d documents, want the shell and the other forward", got)
			}
		})
	}
}

func TestAForwardMoreChangesNothingThatIsThere(t *testing.T) {
	if got := changed(bastionGraph(t, bastionArgs()), bastionGraph(t, bastionArgs(), bastionForward())); len(got) != 0 {
		t.Errorf("changed: %v", got)
	}
}

func TestTheOutputsOfABastionAreWhatOthersNeed(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewBastion(ctx, "ba", bastionArgs())
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Reader", "reader", pulumi.Map{
			"group": made.Group, "instance": made.InstanceID, "role": made.Role, "shell": made.ShellDocument, "operators": made.Operators,
		}, &struct{ pulumi.CustomResourceState }{})
	})
	texts(t, graph.One(t, "test:index:Reader", "reader"), map[string]string{
		"group": "ba-group-id", "instance": "ba-machine-id", "role": "arn:aws:iam:eu-west-1:123456789012:ba-role",
		"shell": "openedx-test-ba-shell", "operators": "arn:aws:iam:eu-west-1:123456789012:ba-operators",
	})
}

func TestTheLogsKeyServesTheRecordOfSessions(t *testing.T) {
	group := aws.BastionLogGroup("test", "ba")
	if diff := cmp.Diff("/openedx/test/ba", group); diff != "" {
		t.Error(diff)
	}
	graph := keys(t, &aws.KeysArgs{Account: account, LogGroups: []string{group}, Tags: tags.New("test", nil)})
	if policy := graph.One(t, "aws:kms/key:Key", "ks-logs").Text(t, "policy"); !strings.Contains(policy, ":log-group:/openedx/test/ba\"") {
		t.Errorf("the policy is %s", policy)
	}
}
