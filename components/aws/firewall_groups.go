package aws

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// managedGroup is a group of rules that AWS keeps up to date.
type managedGroup struct {
	name, group string
	action      firewallAction
	// counted are rules of the group that Open edX's own traffic trips.
	counted []string
}

// managedGroups are the groups in the order in which they are asked, cheapest first.
// Their capacity units are 25, 50, 200, 200, 200 and 700.
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
func managedGroups() []managedGroup {
	return []managedGroup{
		{"ip-reputation", "AWSManagedRulesAmazonIpReputationList", firewallGroup, nil},
		// Learners use VPNs, and some have to.
		{"anonymous-ip", "AWSManagedRulesAnonymousIpList", firewallCount, nil},
		{"known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet", firewallGroup, nil},
		{"linux", "AWSManagedRulesLinuxRuleSet", firewallGroup, nil},
		// A course about databases is full of SQL.
		{"sql-injection", "AWSManagedRulesSQLiRuleSet", firewallGroup, []string{"SQLi_BODY", "SQLiExtendedPatterns_BODY"}},
		{"common", "AWSManagedRulesCommonRuleSet", firewallGroup, []string{
			// Authors send HTML with scripts, paths and addresses in it, and imports of hundreds
			// of megabytes; learners answer with texts and code.
			"SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY",
			// Signed messages of LTI 1.3 and of SAML travel in the query, and have more than its 2 KB.
			"SizeRestrictions_QUERYSTRING",
			// Courses hand out logs and configuration files; Open edX has none of its own that it serves.
			"RestrictedExtensions_URIPATH",
		}},
	}
}

// rule is the group as a rule of the firewall. A counted rule ends nothing: the
// rest of the group still decides.
func (g managedGroup) rule() firewallRule {
	statement := pulumi.Map{"vendorName": pulumi.String("AWS"), "name": pulumi.String(g.group)}
	if len(g.counted) > 0 {
		overrides := make(pulumi.Array, len(g.counted))
		for i, rule := range g.counted {
			overrides[i] = pulumi.Map{"name": pulumi.String(rule), "actionToUse": pulumi.Map{"count": pulumi.Map{}}}
		}
		statement["ruleActionOverrides"] = overrides
	}
	return firewallRule{g.name, g.action, pulumi.Map{"managedRuleGroupStatement": statement}}
}
