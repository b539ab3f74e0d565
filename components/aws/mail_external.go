package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const mailExternalType = "openedx:aws:MailExternal"

// MailExternalArgs says where somebody else's mail server is.
type MailExternalArgs struct {
	Host string
	Port int
	// FromStart tells TLS from the first byte (SMTPS) from TLS after STARTTLS.
	FromStart bool
	Username  string
	Password  pulumi.StringInput
	// From is the address that mail is sent from unless an instance has one of its own.
	From string
	// Path is the beginning of the secret's name, such as "/campus/prod".
	Path string
	// SecretsKey is the ARN of the key that encrypts the password.
	SecretsKey pulumi.StringInput
	Disposable bool
	Tags       tags.Set
}

// MailExternal is somebody else's mail server; all that is made of it is a secret.
type MailExternal struct {
	pulumi.ResourceState
	platform.Mail
}

// NewMailExternal keeps the way to a mail server that is there already.
func NewMailExternal(ctx *pulumi.Context, name string, args *MailExternalArgs, opts ...pulumi.ResourceOption) (*MailExternal, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("mail external %q: %w", name, err)
	}
	m := &MailExternal{Mail: platform.Mail{
		Host: pulumi.String(args.Host).ToStringOutput(), Port: args.Port, FromStart: args.FromStart,
		User: pulumi.String(args.Username).ToStringOutput(), From: args.From,
	}}
	if err := ctx.RegisterComponentResourceV2(mailExternalType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mail external %q: %w", name, err)
	}
	m.Password = platform.Secret(args.Password)
	_, err := newSecret(ctx, m, name+"-smtp", &secretArgs{
		Name: args.Path + "/smtp", Description: "Settings of Tutor for mail from " + args.From,
		Value: smtpSettings(m.Mail, args.From), Key: args.SecretsKey, Disposable: args.Disposable,
		Tags: args.Tags.For("mail", name+"-smtp"),
	})
	if err != nil {
		return nil, fmt.Errorf("mail external %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"host": m.Host}); err != nil {
		return nil, fmt.Errorf("mail external %q: %w", name, err)
	}
	return m, nil
}

func (a *MailExternalArgs) validate() error {
	switch {
	case a.Host == "" || a.Port == 0 || a.Username == "" || a.From == "" || a.Path == "":
		return errors.New("host, port, username, sender and path must be given")
	case a.Password == nil || a.SecretsKey == nil:
		return errors.New("no password, or no key to encrypt it with")
	}
	return nil
}

func (a *MailExternalArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"host": pulumi.String(a.Host), "port": pulumi.Int(a.Port), "fromStart": pulumi.Bool(a.FromStart),
		"username": pulumi.String(a.Username), "from": pulumi.String(a.From),
	}
}
