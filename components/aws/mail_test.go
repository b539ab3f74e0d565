package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	mailRecordType   = "aws:route53/record:Record"
	mailSetType      = "aws:sesv2/configurationSet:ConfigurationSet"
	mailIdentityType = "aws:sesv2/emailIdentity:EmailIdentity"
	mailEventsType   = "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination"
	mailValueType    = "aws:secretsmanager/secretVersion:SecretVersion"
)

// mailArgs are arguments that a test changes one of.
func mailArgs() *aws.MailArgs {
	return &aws.MailArgs{
		Account: account, Domain: "campus.example.org", From: "noreply@campus.example.org", Zone: pulumi.String("Z1"),
		DMARC: "quarantine", Reports: "dmarc@example.org", Path: "/campus/test",
		SecretsKey: pulumi.String("secrets-key-arn"), LogsKey: pulumi.String("logs-key-arn"), Topic: pulumi.String("topic-arn"),
		Tags: tags.New("test", nil),
	}
}

// mailMade runs a program that is one sender of mail.
func mailMade(t *testing.T, args *aws.MailArgs) (*harness.Graph, *aws.Mail) {
	t.Helper()
	var made *aws.Mail
	graph := harness.Run(t, nil, mailProgram(args, &made))
	return graph, made
}

func mailProgram(args *aws.MailArgs, into **aws.Mail) pulumi.RunFunc {
	return func(ctx *pulumi.Context) (err error) {
		*into, err = aws.NewMail(ctx, "ml", args)
		return err
	}
}

// mailRecords are the records of a graph: type and name, and their value.
func mailRecords(t *testing.T, graph *harness.Graph) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, record := range graph.All(mailRecordType) {
		texts(t, record, map[string]string{"zoneId": "Z1"})
		found[record.Text(t, "type")+" "+record.Text(t, "name")] = record.Text(t, "records[0]")
	}
	return found
}

// houseTagged fails the test unless everything but some types is tagged, under its name.
func houseTagged(t *testing.T, graph *harness.Graph, component string, untaggable ...string) {
	t.Helper()
	for _, r := range graph.Resources {
		if r.Custom && !slices.Contains(untaggable, r.Type) {
			texts(t, r, map[string]string{"tags.Name": r.Name, `tags["openedx-component"]`: component})
		}
	}
}

func TestReceiversFindWhatTheyKnowTheDomainsMailBy(t *testing.T) {
	graph, _ := mailMade(t, mailArgs())
	want := map[string]string{
		"CNAME ml-identity-one._domainkey.campus.example.org":   "ml-identity-one.dkim.amazonses.com",
		"CNAME ml-identity-two._domainkey.campus.example.org":   "ml-identity-two.dkim.amazonses.com",
		"CNAME ml-identity-three._domainkey.campus.example.org": "ml-identity-three.dkim.amazonses.com",
		"MX bounce.campus.example.org":                          "10 feedback-smtp.eu-west-1.amazonses.com",
		"TXT bounce.campus.example.org":                         "v=spf1 include:amazonses.com ~all",
		"TXT _dmarc.campus.example.org":                         "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org",
	}
	if diff := cmp.Diff(want, mailRecords(t, graph)); diff != "" {
		t.Error(diff)
	}
	identity := graph.One(t, mailIdentityType, "ml-identity")
	texts(t, identity, map[string]string{
		"emailIdentity": "campus.example.org", "dkimSigningAttributes.nextSigningKeyLength": "RSA_2048_BIT",
	})
	from := graph.One(t, "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes", "ml-mail-from")
	texts(t, from, map[string]string{
		"emailIdentity": "campus.example.org", "mailFromDomain": "bounce.campus.example.org", "behaviorOnMxFailure": "USE_DEFAULT_VALUE",
	})
	if !graph.Waits(from, graph.One(t, mailRecordType, "ml-mail-from-mx").URN) {
		t.Error("SES looks for the records of the bounce domain before they are there")
	}
}

func TestSomeRegionsPublishTheirKeysElsewhere(t *testing.T) {
	args := mailArgs()
	args.Account = account.In("eu-central-2")
	graph, made := mailMade(t, args)
	record := graph.One(t, mailRecordType, "ml-dkim-1")
	texts(t, record, map[string]string{"records[0]": "ml-identity-one.dkim.eu-central-2.amazonses.com"})
	if host := await(t, made.Host); host != "email-smtp.eu-central-2.amazonaws.com" {
		t.Errorf("mail is sent through %q, where the password does not hold good", host)
	}
}

func TestADomainWithARecordOfDMARCKeepsIt(t *testing.T) {
	for name, test := range map[string]struct{ policy, reports, want string }{
		"its own":    {"", "", ""},
		"no reports": {"reject", "", "v=DMARC1; p=reject"},
	} {
		t.Run(name, func(t *testing.T) {
			args := mailArgs()
			args.DMARC, args.Reports = test.policy, test.reports
			graph, _ := mailMade(t, args)
			if got := mailRecords(t, graph)["TXT _dmarc.campus.example.org"]; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAllMailIsSentByTheRulesOfTheSet(t *testing.T) {
	graph, _ := mailMade(t, mailArgs())
	set := graph.One(t, mailSetType, "ml-set")
	texts(t, set, map[string]string{"configurationSetName": "test-ml", "deliveryOptions.tlsPolicy": "REQUIRE"})
	facts(t, set, map[string]bool{"reputationOptions.reputationMetricsEnabled": true, "sendingOptions.sendingEnabled": true})
	holds(t, set, map[string]any{"suppressionOptions.suppressedReasons": []any{"BOUNCE", "COMPLAINT"}})
	texts(t, graph.One(t, mailIdentityType, "ml-identity"), map[string]string{"configurationSetName": "test-ml"})
}

func TestAStackMayHaveANameThatASetMayNot(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewMail(ctx, "m.l", mailArgs())
		return err
	})
	texts(t, graph.One(t, mailSetType, "m.l-set"), map[string]string{"configurationSetName": "test-m-l"})
	policy := graph.One(t, "aws:iam/userPolicy:UserPolicy", "m.l-user-policy").Text(t, "policy")
	if !strings.Contains(policy, ":configuration-set/test-m-l") {
		t.Errorf("the sender has the right to another set: %s", policy)
	}
}

func TestMailThatComesBackIsReportedEncryptedToATopicOfItsOwn(t *testing.T) {
	graph, made := mailMade(t, mailArgs())
	const topic = "arn:aws:sns:eu-west-1:123456789012:ml-bounces-topic"
	texts(t, graph.One(t, topicType, "ml-bounces-topic"), map[string]string{"kmsMasterKeyId": "logs-key-arn"})
	policy := graph.One(t, "aws:sns/topicPolicy:TopicPolicy", "ml-bounces-topic-policy")
	sameJSON(t, policy.Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Report", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["`+topic+`"],
			"Principal": {"Service": ["ses.amazonaws.com"]},
			"Condition": {"StringEquals": {
				"aws:SourceAccount": ["123456789012"],
				"aws:SourceArn": ["arn:aws:ses:eu-west-1:123456789012:configuration-set/test-ml"]
			}}
		}]
	}`)
	bounces := graph.One(t, mailEventsType, "ml-bounces")
	holds(t, bounces, map[string]any{
		"configurationSetName": "test-ml", "eventDestinationName": "bounces", "eventDestination.enabled": true,
		"eventDestination.matchingEventTypes": []any{"BOUNCE", "COMPLAINT"}, "eventDestination.snsDestination.topicArn": topic,
	})
	if !graph.Waits(bounces, policy.URN) {
		t.Error("SES tries the topic before it may send there")
	}
	if got := await(t, made.Bounces); got != topic {
		t.Errorf("got %q", got)
	}
	if graph.Count(subscriptionType) != 0 {
		t.Error("the addresses of learners are sent to somebody")
	}
}

func TestMalwareIsReportedToPeople(t *testing.T) {
	graph, _ := mailMade(t, mailArgs())
	holds(t, graph.One(t, mailEventsType, "ml-rejects"), map[string]any{
		"configurationSetName": "test-ml", "eventDestinationName": "rejects", "eventDestination.enabled": true,
		"eventDestination.matchingEventTypes": []any{"REJECT"}, "eventDestination.snsDestination.topicArn": "topic-arn",
	})
}

func TestTheSenderMaySendFromItsDomainAndDoNothingElse(t *testing.T) {
	graph, _ := mailMade(t, mailArgs())
	policy := graph.One(t, "aws:iam/userPolicy:UserPolicy", "ml-user-policy")
	texts(t, policy, map[string]string{"user": "ml-user"})
	sameJSON(t, policy.Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Send", "Effect": "Allow", "Action": ["ses:SendRawEmail"],
			"Resource": [
				"arn:aws:ses:eu-west-1:123456789012:identity/campus.example.org",
				"arn:aws:ses:eu-west-1:123456789012:configuration-set/test-ml"
			],
			"Condition": {"StringLike": {"ses:FromAddress": ["*@campus.example.org"]}}
		}]
	}`)
	texts(t, graph.One(t, "aws:iam/accessKey:AccessKey", "ml-user-key"), map[string]string{"user": "ml-user"})
	for _, other := range []string{"aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/role:Role"} {
		if graph.Count(other) != 0 {
			t.Errorf("there is a %s", other)
		}
	}
}

func TestTheMailPasswordIsSecretFromBirth(t *testing.T) {
	graph, made := mailMade(t, mailArgs())
	key := graph.One(t, "aws:iam/accessKey:AccessKey", "ml-user-key")
	if diff := cmp.Diff([]string{"secret", "sesSmtpPasswordV4"}, key.SecretOutputs); diff != "" {
		t.Error(diff)
	}
	if !pulumi.IsSecret(made.Password) {
		t.Error("the password is shown")
	}
	value := graph.One(t, mailValueType, "ml-smtp-value")
	if !value.Inputs["secretString"].IsSecret() {
		t.Error("the settings are shown")
	}
	for _, r := range graph.Resources {
		for property, input := range r.Inputs {
			if r != value && strings.Contains(input.String(), "smtp+password") {
				t.Errorf("%s: %s holds the password", r, property)
			}
		}
	}
}

func TestMailIsSentThroughItsOwnRegionAsTutorsSettingsSay(t *testing.T) {
	graph, made := mailMade(t, mailArgs())
	texts(t, graph.One(t, secretType, "ml-smtp"), map[string]string{"name": "/campus/test/smtp", "kmsKeyId": "secrets-key-arn"})
	sameJSON(t, graph.One(t, mailValueType, "ml-smtp-value").Text(t, "secretString"), `{
		"RUN_SMTP": "false", "SMTP_HOST": "email-smtp.eu-west-1.amazonaws.com", "SMTP_PORT": "587",
		"SMTP_USERNAME": "ml-user-key-id", "SMTP_PASSWORD": "ml-user-key/smtp+password=",
		"SMTP_USE_TLS": "true", "SMTP_USE_SSL": "false", "CONTACT_EMAIL": "noreply@campus.example.org"
	}`)
	if made.Port != 587 || made.FromStart || made.From != "noreply@campus.example.org" || await(t, made.User) != "ml-user-key-id" {
		t.Errorf("got %+v", made.Mail)
	}
}

func TestMailWaitsUntilSESHasBeenToldEverything(t *testing.T) {
	var made *aws.Mail
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		var err error
		if made, err = aws.NewMail(ctx, "ml", mailArgs()); err != nil {
			return err
		}
		return useName(ctx, made.Password)
	})
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	for _, needed := range []*harness.Resource{
		graph.One(t, "aws:iam/userPolicy:UserPolicy", "ml-user-policy"),
		graph.One(t, mailIdentityType, "ml-identity"), graph.One(t, mailRecordType, "ml-dkim-3"),
	} {
		if !graph.Waits(user, needed.URN) {
			t.Errorf("mail is sent before there is %s", needed)
		}
	}
}

func TestMailIsWatchedBeforeAWSStopsIt(t *testing.T) {
	_, made := mailMade(t, mailArgs())
	completeAlarms(t, made.Alarms)
	for name, want := range map[string]struct {
		metric string
		line   float64
	}{"bounces": {"Reputation.BounceRate", 0.05}, "complaints": {"Reputation.ComplaintRate", 0.001}} {
		got := alarm(t, made.Alarms, name)
		set := await(t, got.Dimensions["ses:configuration-set"])
		if got.Namespace != "AWS/SES" || got.Metric != want.metric || got.Threshold != want.line || set != "test-ml" ||
			got.Comparison != "GreaterThanThreshold" || got.Missing != "notBreaching" {
			t.Errorf("%s: got %+v of %q", name, got, set)
		}
	}
}

func TestNothingOfMailIsProtectedAndAllOfItTagged(t *testing.T) {
	graph, _ := mailMade(t, mailArgs())
	tagless := []string{
		mailRecordType, mailEventsType, mailValueType, "aws:iam/userPolicy:UserPolicy", "aws:iam/accessKey:AccessKey",
		"aws:sns/topicPolicy:TopicPolicy", "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
	}
	houseTagged(t, graph, "mail", tagless...)
	for _, r := range graph.Resources {
		if r.Protect {
			t.Errorf("%s is protected, and holds nothing", r)
		}
	}
}

func TestThePreviewOfMailIsItsUpdate(t *testing.T) {
	var made *aws.Mail
	previewsAsItUpdates(t, mailProgram(mailArgs(), &made))
}

func TestWrongMailRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.MailArgs)
		want  string
	}{
		"no account":             {func(a *aws.MailArgs) { a.Account.ID = "" }, "incomplete"},
		"no domain":              {func(a *aws.MailArgs) { a.Domain = "" }, "no domain"},
		"no path":                {func(a *aws.MailArgs) { a.Path = "" }, "no path"},
		"another domain's":       {func(a *aws.MailArgs) { a.From = "noreply@example.org" }, "sends from addresses in"},
		"a domain below":         {func(a *aws.MailArgs) { a.From = "noreply@a.campus.example.org" }, "sends from addresses in"},
		"a strange policy":       {func(a *aws.MailArgs) { a.DMARC = "external" }, `dmarc is "external"`},
		"reports of no record":   {func(a *aws.MailArgs) { a.DMARC = "" }, "no dmarc record"},
		"a region without SMTP":  {func(a *aws.MailArgs) { a.Account = account.In("af-south-1") }, "no mail by SMTP in af-south-1"},
		"no zone":                {func(a *aws.MailArgs) { a.Zone = nil }, "no zone"},
		"no key of secrets":      {func(a *aws.MailArgs) { a.SecretsKey = nil }, "no secrets key"},
		"no key of logs":         {func(a *aws.MailArgs) { a.LogsKey = nil }, "no logs key"},
		"nobody who is told":     {func(a *aws.MailArgs) { a.Topic = nil }, "no topic"},
		"a subtly other address": {func(a *aws.MailArgs) { a.From = "noreply@notcampus.example.org" }, "sends from addresses in"},
	} {
		t.Run(name, func(t *testing.T) {
			args := mailArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewMail(ctx, "ml", args)
				return err
			}, `mail "ml"`, test.want)
		})
	}
}
