package aws

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const mailType = "openedx:aws:Mail"

// submissionPort is where SES takes mail that begins in plain text and changes to
// TLS at once. EC2 holds up port 25.
// https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html
const submissionPort = 587

// MailArgs describes who sends mail, and as whom.
type MailArgs struct {
	Account Account
	// Domain is what mail is sent from, and From the address that it is sent from
	// unless an instance has one of its own.
	Domain, From string
	// Zone is the id of the hosted zone that Domain is in.
	Zone pulumi.StringInput
	// DMARC is the policy that receivers are told: none, quarantine or reject; empty
	// where the zone has a record already.
	DMARC string
	// Reports is the address that receivers send DMARC reports to, empty for none.
	Reports string
	// Path is the beginning of the secret's name, such as "/campus/prod".
	Path string
	// SecretsKey and LogsKey are the ARNs of the keys that encrypt the password, and
	// what is reported of single mails.
	SecretsKey, LogsKey pulumi.StringInput
	// Topic is the ARN of the topic that people are told by.
	Topic      pulumi.StringInput
	Disposable bool
	Tags       tags.Set
}

// Mail is Amazon SES, told to send a domain's mail. Until AWS has taken the account
// out of the sandbox, which somebody has to ask for, it sends to verified addresses
// only, and 200 mails a day.
// https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
type Mail struct {
	pulumi.ResourceState
	// Mail waits until SES has been told everything. That SES has found the domain's
	// records it does not wait for: that takes minutes, at times days.
	platform.Mail
	Alarms []Alarm
	// Bounces is the ARN of the topic of every mail that came back or was complained
	// about. Nobody is subscribed: SES sends to such an address no more by itself, and
	// each message holds a learner's address.
	Bounces pulumi.StringOutput

	name string
	args *MailArgs
	// set is the name of the configuration set.
	set string
}

// NewMail has SES send a domain's mail.
func NewMail(ctx *pulumi.Context, name string, args *MailArgs, opts ...pulumi.ResourceOption) (*Mail, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("mail %q: %w", name, err)
	}
	m := &Mail{name: name, args: args, set: mailSet(ctx.Stack(), name)}
	if err := ctx.RegisterComponentResourceV2(mailType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mail %q: %w", name, err)
	}
	if err := m.build(ctx); err != nil {
		return nil, fmt.Errorf("mail %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"host": m.Host, "bounces": m.Bounces}); err != nil {
		return nil, fmt.Errorf("mail %q: %w", name, err)
	}
	return m, nil
}

func (a *MailArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Domain == "" || a.Path == "":
		return errors.New("no domain to send from, or no path for the secret")
	case !strings.HasSuffix(a.From, "@"+a.Domain):
		return fmt.Errorf("mail from %q: SES sends from addresses in %q only", a.From, a.Domain)
	case !slices.Contains([]string{"", "none", "quarantine", "reject"}, a.DMARC):
		return fmt.Errorf("dmarc is %q: want none, quarantine or reject, or nothing", a.DMARC)
	case a.DMARC == "" && a.Reports != "":
		return fmt.Errorf("reports to %q: there is no dmarc record to say so in", a.Reports)
	case !accounts.SMTPOffered(a.Account.Region):
		return fmt.Errorf("ses takes no mail by SMTP in %s: use a mail server that is there already", a.Account.Region)
	}
	return a.validateInputs()
}

// validateInputs wants what other components give.
func (a *MailArgs) validateInputs() error {
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{{"zone", a.Zone}, {"secrets key", a.SecretsKey}, {"logs key", a.LogsKey}, {"topic", a.Topic}} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	return nil
}

func (a *MailArgs) inputs() pulumi.Map {
	return pulumi.Map{"domain": pulumi.String(a.Domain), "from": pulumi.String(a.From), "dmarc": pulumi.String(a.DMARC)}
}

// build tells SES what to send and how, and then makes the account that sends.
func (m *Mail) build(ctx *pulumi.Context) error {
	set, err := m.createSet(ctx)
	if err != nil {
		return err
	}
	identity, err := m.createIdentity(ctx, set)
	if err != nil {
		return err
	}
	records, err := m.createRecords(ctx, identity)
	if err != nil {
		return err
	}
	sender, err := m.createSender(ctx)
	if err != nil {
		return err
	}
	needs := slices.Concat(records, []pulumi.Resource{identity, sender.rights})
	m.Mail = platform.Mail{
		Host: after(ctx, pulumi.String(smtpHost(m.args.Account.Region)).ToStringOutput(), needs...), Port: submissionPort,
		User: after(ctx, sender.user, needs...), Password: platform.Secret(after(ctx, sender.password, needs...)),
		From: m.args.From,
	}
	m.Alarms = m.alarms()
	_, err = newSecret(ctx, m, m.name+"-smtp", &secretArgs{
		Name: m.args.Path + "/smtp", Description: "Settings of Tutor for mail from " + m.args.From,
		Value: smtpSettings(m.Mail, m.args.From), Key: m.args.SecretsKey, Disposable: m.args.Disposable,
		Tags: m.args.Tags.For("mail", m.name+"-smtp"),
	})
	return err
}

// smtpHost is where SES takes mail. A password holds good in its own region only.
// https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
func smtpHost(region string) string { return "email-smtp." + region + ".amazonaws.com" }

func (m *Mail) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(m.args.Tags.For("mail", name))
}
