package aws

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sesv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// mailRecordSeconds is how long others may remember a record.
	mailRecordSeconds = 1800
	// dkimKeys is how many records Easy DKIM wants.
	// https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html
	dkimKeys = 3
)

// regionalDKIM are the regions whose keys are published below a name of their own.
// https://docs.aws.amazon.com/general/latest/gr/ses.html#ses_dkim_domains
var regionalDKIM = map[string]bool{
	"af-south-1": true, "ap-northeast-3": true, "ap-south-2": true, "ap-southeast-3": true, "ap-southeast-5": true, "ca-west-1": true,
	"eu-central-2": true, "eu-south-1": true, "il-central-1": true, "me-central-1": true, "us-gov-east-1": true,
}

// dkimHost is below what a region publishes its keys.
func dkimHost(region string) string {
	if regionalDKIM[region] {
		return "dkim." + region + ".amazonses.com"
	}
	return "dkim.amazonses.com"
}

// bounceDomain is where mail that cannot be delivered is sent back to. It must be
// below the domain, and nothing else may be sent from it.
// https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
func (a *MailArgs) bounceDomain() string { return "bounce." + a.Domain }

// createIdentity has SES sign what is sent from the domain, and send it by the rules
// of the configuration set even if the sender names none, as Open edX does not.
func (m *Mail) createIdentity(ctx *pulumi.Context, set *sesv2.ConfigurationSet) (*sesv2.EmailIdentity, error) {
	name := m.name + "-identity"
	identity, err := sesv2.NewEmailIdentity(ctx, name, &sesv2.EmailIdentityArgs{
		EmailIdentity:        pulumi.String(m.args.Domain),
		ConfigurationSetName: set.ConfigurationSetName,
		DkimSigningAttributes: sesv2.EmailIdentityDkimSigningAttributesArgs{
			NextSigningKeyLength: pulumi.String("RSA_2048_BIT"),
		},
		Tags: m.tags(name),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return identity, nil
}

// mailRecord is one record in the zone.
type mailRecord struct {
	part, kind  string
	name, value pulumi.StringInput
}

// createRecords publishes by what receivers know the domain's mail, and then has SES
// send mail that comes back to the domain itself.
func (m *Mail) createRecords(ctx *pulumi.Context, identity *sesv2.EmailIdentity) ([]pulumi.Resource, error) {
	var made []pulumi.Resource
	for _, one := range append(m.args.dkimRecords(identity.DkimSigningAttributes.Tokens()), m.args.policyRecords()...) {
		record, err := route53.NewRecord(ctx, m.name+"-"+one.part, &route53.RecordArgs{
			ZoneId:  m.args.Zone.ToStringOutput(),
			Name:    one.name.ToStringOutput(),
			Type:    pulumi.String(one.kind),
			Ttl:     pulumi.Int(mailRecordSeconds),
			Records: pulumi.StringArray{one.value},
		}, pulumi.Parent(m))
		if err != nil {
			return nil, fmt.Errorf("record %q: %w", one.part, err)
		}
		made = append(made, record)
	}
	from, err := sesv2.NewEmailIdentityMailFromAttributes(ctx, m.name+"-mail-from", &sesv2.EmailIdentityMailFromAttributesArgs{
		EmailIdentity:  identity.EmailIdentity,
		MailFromDomain: pulumi.String(m.args.bounceDomain()),
		// A record that cannot be found for a while costs the domain's SPF, not its mail.
		BehaviorOnMxFailure: pulumi.String("USE_DEFAULT_VALUE"),
	}, pulumi.Parent(m), pulumi.DependsOn(made))
	if err != nil {
		return nil, fmt.Errorf("mail from: %w", err)
	}
	return append(made, from), nil
}

// dkimRecords point to the keys that SES makes and changes by itself. How many there
// are is known before what they are.
func (a *MailArgs) dkimRecords(tokens pulumi.StringArrayOutput) []mailRecord {
	records := make([]mailRecord, dkimKeys)
	for i := range records {
		token := tokens.Index(pulumi.Int(i))
		records[i] = mailRecord{
			part: "dkim-" + strconv.Itoa(i+1), kind: "CNAME",
			name:  pulumi.Sprintf("%s._domainkey.%s", token, a.Domain),
			value: pulumi.Sprintf("%s.%s", token, dkimHost(a.Account.Region)),
		}
	}
	return records
}

// policyRecords say who may send for the domain, and what to do with mail of others.
// The domain's own SPF record, which other senders may need, is left alone: receivers
// look at that of the bounce domain.
// https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dmarc.html
func (a *MailArgs) policyRecords() []mailRecord {
	bounce := pulumi.String(a.bounceDomain())
	records := []mailRecord{
		{"mail-from-mx", "MX", bounce, pulumi.String("10 feedback-smtp." + a.Account.Region + ".amazonses.com")},
		{"mail-from-spf", "TXT", bounce, pulumi.String("v=spf1 include:amazonses.com ~all")},
	}
	if a.DMARC == "" {
		return records
	}
	policy := "v=DMARC1; p=" + a.DMARC
	if a.Reports != "" {
		policy += "; rua=mailto:" + a.Reports
	}
	return append(records, mailRecord{"dmarc", "TXT", pulumi.String("_dmarc." + a.Domain), pulumi.String(policy)})
}
