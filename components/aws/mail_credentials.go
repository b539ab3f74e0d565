package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// mailSender is the account that mail is sent by.
type mailSender struct {
	user, password pulumi.StringOutput
	rights         pulumi.Resource
}

// createSender creates the only IAM user of the platform: SMTP knows no roles. Its
// password is made of its access key for the provider's region, and works in no
// other. To change it, replace the access key.
// https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
func (m *Mail) createSender(ctx *pulumi.Context) (mailSender, error) {
	name := m.name + "-user"
	user, err := iam.NewUser(ctx, name, &iam.UserArgs{Tags: m.tags(name)}, pulumi.Parent(m))
	if err != nil {
		return mailSender{}, fmt.Errorf("user: %w", err)
	}
	rights, err := iam.NewUserPolicy(ctx, name+"-policy", &iam.UserPolicyArgs{
		User:   user.Name,
		Policy: document(m.args.send(m.set)),
	}, pulumi.Parent(m))
	if err != nil {
		return mailSender{}, fmt.Errorf("policy: %w", err)
	}
	key, err := iam.NewAccessKey(ctx, name+"-key", &iam.AccessKeyArgs{User: user.Name}, pulumi.Parent(m))
	if err != nil {
		return mailSender{}, fmt.Errorf("access key: %w", err)
	}
	return mailSender{user: key.ID().ToStringOutput(), password: platform.Secret(key.SesSmtpPasswordV4), rights: rights}, nil
}

// send is the right to send from any address of the domain, and from no other that
// the account may have. SES asks for it on all that a mail is sent with, the domain's
// default configuration set included.
// https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
func (a *MailArgs) send(set string) statement {
	return allow("Send", "ses:SendRawEmail").
		on(a.Account.arn("ses", "identity/"+a.Domain), a.Account.arn("ses", "configuration-set/"+set)).
		when(condition{"StringLike": {"ses:FromAddress": {"*@" + a.Domain}}})
}
