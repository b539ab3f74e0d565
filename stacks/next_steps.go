package stacks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/config"
)

// delegation is what somebody who runs the domain above has to do.
func delegation(zone *aws.HostedZone) pulumi.StringInput {
	//nolint:errcheck // the function gives a string
	return zone.NameServers.ApplyT(func(servers []string) string { return delegationText(zone.Domain, servers) }).(pulumi.StringOutput)
}

func delegationText(domain string, servers []string) string {
	return fmt.Sprintf("Delegate %s: have NS records for it, in the zone of the domain above, name %s. Certificates wait for it.",
		domain, strings.Join(servers, ", "))
}

// announce says what to delegate as soon as the zone is there: the run itself
// waits for it, and its outputs come too late.
func (b *onAWS) announce(zone *aws.HostedZone) {
	zone.NameServers.ApplyT(func(servers []string) error {
		return b.Log.Info(delegationText(zone.Domain, servers), &pulumi.LogArgs{Resource: zone})
	})
}

// delegated tells whether the certificates of a zone were issued in an earlier
// run: a run that waited in vain leaves no outputs.
func (b *onAWS) delegated(slug string) bool {
	if slug == "" {
		return len(b.before) > 0
	}
	return b.before.HasInstance(slug)
}

// nextSteps lists what the operator has to do beside this program.
func (b *onAWS) nextSteps() pulumi.StringArrayOutput {
	steps := b.steps
	if b.plan.Edge.Mail.Kind == config.MailSES {
		steps = append(steps, pulumi.Sprintf("Ask AWS to take SES in %s out of its sandbox, in which it sends 200 mails a day to confirmed addresses only: "+
			"https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html", b.plan.Region))
	}
	if emails := b.plan.Stores.Alarms.Emails; len(emails) > 0 {
		steps = append(steps, pulumi.Sprintf("Have %s confirm the two messages from AWS Notifications: until then alarms reach nobody.", strings.Join(emails, ", ")))
	} else {
		steps = append(steps, pulumi.String("Name in openedx:alarms.emails who is told when something is wrong: nobody is."))
	}
	if !b.plan.Edge.Costs.AllocationTags {
		steps = append(steps, pulumi.String("A day after the first deployment set openedx:costs.allocationTags to true, "+
			"in the account that pays, so that costs can be told apart by stack and instance."))
	}
	return steps.ToStringArrayOutput()
}
