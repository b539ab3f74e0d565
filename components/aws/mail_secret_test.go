package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// mailSecretArgs are arguments that a test changes one of.
func mailSecretArgs() *aws.MailSecretArgs {
	return &aws.MailSecretArgs{
		Platform: "campus", Stack: "test", Slug: "acme", From: "contact@campus.example.org",
		Mail: platform.Mail{
			Host: pulumi.String("smtp.example.org").ToStringOutput(), Port: 465, FromStart: true,
			User: pulumi.String("campus").ToStringOutput(), Password: platform.Secret(pulumi.String("hidden")), From: "noreply@example.org",
		},
		SecretsKey: pulumi.String("secrets-key-arn"), Tags: tags.New("test", nil),
	}
}

func mailSecret(t *testing.T, args *aws.MailSecretArgs) (*harness.Graph, *aws.MailSecret) {
	t.Helper()
	var made *aws.MailSecret
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		made, err = aws.NewMailSecret(ctx, "ms", args)
		return err
	})
	return graph, made
}

func TestAnInstanceSendsFromItsOwnAddressOverOneKindOfTLS(t *testing.T) {
	graph, made := mailSecret(t, mailSecretArgs())
	texts(t, graph.One(t, secretType, "ms-smtp"), map[string]string{
		"name": "/campus/test/acme/smtp", "kmsKeyId": "secrets-key-arn", `tags["openedx-instance"]`: "acme",
	})
	value := graph.One(t, mailValueType, "ms-smtp-value")
	if !value.Inputs["secretString"].IsSecret() {
		t.Error("the password is shown")
	}
	sameJSON(t, value.Text(t, "secretString"), `{
		"RUN_SMTP": "false", "SMTP_HOST": "smtp.example.org", "SMTP_PORT": "465", "SMTP_USERNAME": "campus", "SMTP_PASSWORD": "hidden",
		"SMTP_USE_TLS": "false", "SMTP_USE_SSL": "true", "CONTACT_EMAIL": "contact@campus.example.org"
	}`)
	if got := await(t, made.Secret); got != "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ms-smtp" {
		t.Errorf("got %q", got)
	}
	if got := await(t, made.Version); got != "ms-smtp-value-version" || pulumi.IsSecret(made.Version) {
		t.Errorf("the version is %q, or secret", got)
	}
}

func TestADisposableInstanceLeavesTheNamesOfItsSecretsFree(t *testing.T) {
	for disposable, days := range map[bool]float64{false: 30, true: 0} {
		args := mailSecretArgs()
		args.Disposable = disposable
		graph, _ := mailSecret(t, args)
		counts(t, graph.One(t, secretType, "ms-smtp"), map[string]float64{"recoveryWindowInDays": days})
	}
}

func TestAPasswordThatTutorCannotWriteEndsTheRunAndIsNotRepeated(t *testing.T) {
	args := mailSecretArgs()
	args.Mail.Password = platform.Secret(pulumi.String(`hid"den`))
	_, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
		_, err := aws.NewMailSecret(ctx, "ms", args)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "double quote") || strings.Contains(err.Error(), "hid") {
		t.Errorf("got %v", err)
	}
}

func TestAWrongMailSecretRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.MailSecretArgs)
		want  string
	}{
		"no instance": {func(a *aws.MailSecretArgs) { a.Slug = "" }, "slug"},
		"no platform": {func(a *aws.MailSecretArgs) { a.Platform = "" }, "no platform"},
		"no stack":    {func(a *aws.MailSecretArgs) { a.Stack = "" }, "no platform or stack"},
		"no address":  {func(a *aws.MailSecretArgs) { a.From = "" }, "no address"},
		"no server":   {func(a *aws.MailSecretArgs) { a.Mail = platform.Mail{} }, "nowhere"},
		"no port":     {func(a *aws.MailSecretArgs) { a.Mail.Port = 0 }, "nowhere"},
		"no key":      {func(a *aws.MailSecretArgs) { a.SecretsKey = nil }, "no secrets key"},
	} {
		t.Run(name, func(t *testing.T) {
			args := mailSecretArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewMailSecret(ctx, "ms", args)
				return err
			}, `mail secret "ms"`, test.want)
		})
	}
}

// mailExternalArgs are arguments that a test changes one of.
func mailExternalArgs() *aws.MailExternalArgs {
	return &aws.MailExternalArgs{
		Host: "smtp.example.org", Port: 465, FromStart: true, Username: "campus", Password: pulumi.String("hidden"),
		From: "noreply@example.org", Path: "/campus/test", SecretsKey: pulumi.String("secrets-key-arn"), Tags: tags.New("test", nil),
	}
}

func TestAnExternalMailServerIsKnownByItsSecretOnly(t *testing.T) {
	var made *aws.MailExternal
	program := func(ctx *pulumi.Context) (err error) {
		made, err = aws.NewMailExternal(ctx, "mx", mailExternalArgs())
		return err
	}
	graph := harness.Run(t, nil, program)
	texts(t, graph.One(t, secretType, "mx-smtp"), map[string]string{"name": "/campus/test/smtp", "kmsKeyId": "secrets-key-arn"})
	value := graph.One(t, mailValueType, "mx-smtp-value")
	if !value.Inputs["secretString"].IsSecret() || !pulumi.IsSecret(made.Password) {
		t.Error("the password is shown")
	}
	sameJSON(t, value.Text(t, "secretString"), `{
		"RUN_SMTP": "false", "SMTP_HOST": "smtp.example.org", "SMTP_PORT": "465", "SMTP_USERNAME": "campus", "SMTP_PASSWORD": "hidden",
		"SMTP_USE_TLS": "false", "SMTP_USE_SSL": "true", "CONTACT_EMAIL": "noreply@example.org"
	}`)
	if host := await(t, made.Host); host != "smtp.example.org" || made.Port != 465 || !made.FromStart || made.From != "noreply@example.org" {
		t.Errorf("got %q and %+v", host, made.Mail)
	}
	houseTagged(t, graph, "mail", mailValueType)
	previewsAsItUpdates(t, program)
}

func TestAWrongExternalMailServerRegistersNothing(t *testing.T) {
	for name, spoil := range map[string]func(*aws.MailExternalArgs){
		"no host":     func(a *aws.MailExternalArgs) { a.Host = "" },
		"no port":     func(a *aws.MailExternalArgs) { a.Port = 0 },
		"no user":     func(a *aws.MailExternalArgs) { a.Username = "" },
		"no sender":   func(a *aws.MailExternalArgs) { a.From = "" },
		"no path":     func(a *aws.MailExternalArgs) { a.Path = "" },
		"no password": func(a *aws.MailExternalArgs) { a.Password = nil },
		"no key":      func(a *aws.MailExternalArgs) { a.SecretsKey = nil },
	} {
		t.Run(name, func(t *testing.T) {
			args := mailExternalArgs()
			spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewMailExternal(ctx, "mx", args)
				return err
			}, `mail external "mx"`)
		})
	}
}
