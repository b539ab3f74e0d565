package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const mailSecretType = "openedx:aws:MailSecret" //nolint:gosec // the name of a type

// MailSecretArgs says which instance sends mail, and how.
type MailSecretArgs struct {
	// Platform and Stack begin the secret's name.
	Platform, Stack string
	// Slug is the instance.
	Slug string
	Mail platform.Mail
	// From is the instance's own address, which all of its mail is sent from.
	From string
	// SecretsKey is the ARN of the key that encrypts the password.
	SecretsKey pulumi.StringInput
	Disposable bool
	Tags       tags.Set
}

// MailSecret is the mail server as one instance's settings of Tutor.
type MailSecret struct {
	pulumi.ResourceState
	// Secret is the ARN of the secret, once it has its value.
	Secret pulumi.StringOutput
	// Version is another one whenever the settings are, and not secret.
	Version pulumi.StringOutput
	// Settings are what the secret holds, and secret.
	Settings pulumi.StringOutput
}

// NewMailSecret keeps an instance's settings of mail.
func NewMailSecret(ctx *pulumi.Context, name string, args *MailSecretArgs, opts ...pulumi.ResourceOption) (*MailSecret, error) {
	names, err := args.validate()
	if err != nil {
		return nil, fmt.Errorf("mail secret %q: %w", name, err)
	}
	m := &MailSecret{Settings: smtpSettings(args.Mail, args.From)}
	if err = ctx.RegisterComponentResourceV2(mailSecretType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mail secret %q: %w", name, err)
	}
	secret, err := newSecret(ctx, m, name+"-smtp", &secretArgs{
		Name:        names.SecretPath(args.Platform, args.Stack, accounts.SMTP),
		Description: "Settings of Tutor for mail", Value: m.Settings,
		Key: args.SecretsKey, Disposable: args.Disposable, Tags: args.Tags.ForInstance("mail", name+"-smtp", args.Slug),
	})
	if err != nil {
		return nil, fmt.Errorf("mail secret %q: %w", name, err)
	}
	m.Secret, m.Version = secret.ARN, secret.Version
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"secret": m.Secret, "version": m.Version}); err != nil {
		return nil, fmt.Errorf("mail secret %q: %w", name, err)
	}
	return m, nil
}

func (a *MailSecretArgs) validate() (accounts.Names, error) {
	names, err := accounts.For(a.Slug)
	if err != nil {
		return names, err
	}
	switch {
	case a.Platform == "" || a.Stack == "":
		return names, errors.New("no platform or stack that the secret would be named after")
	case a.From == "":
		return names, errors.New("no address to send from")
	case a.Mail.Host.OutputState == nil || a.Mail.User.OutputState == nil || a.Mail.Password.OutputState == nil || a.Mail.Port < 1:
		return names, errors.New("the mail server is nowhere, or opens to nobody")
	case a.SecretsKey == nil:
		return names, errors.New("no secrets key")
	}
	return names, nil
}

func (a *MailSecretArgs) inputs() pulumi.Map {
	return pulumi.Map{"slug": pulumi.String(a.Slug), "from": pulumi.String(a.From)}
}

// smtpSettings writes a mail server as settings of Tutor. The text is secret.
func smtpSettings(server platform.Mail, from string) pulumi.StringOutput {
	return render(func(values []string) (map[string]string, error) {
		return accounts.SMTPSettings(accounts.MailServer{
			Server:    accounts.Server{Host: values[0], Port: server.Port},
			FromStart: server.FromStart, User: values[1], Password: values[2],
		}, from)
	}, server.Host, server.User, server.Password)
}
