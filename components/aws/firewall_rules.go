package aws

import (
	"net/http"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What a rule does with a request that it matches. Only refusals become counts
// where the firewall is to refuse nothing.
type firewallAction string

const (
	firewallAllow firewallAction = "allow"
	firewallBlock firewallAction = "block"
	// firewallSlow refuses with a status that says to come back later.
	firewallSlow firewallAction = "slow"
	// firewallGroup leaves it to the rules of a group what they do.
	firewallGroup firewallAction = "group"
	// firewallCount refuses nothing, ever.
	firewallCount firewallAction = "count"
)

// rateSeconds is the time in which the requests of an address are counted.
const rateSeconds = 300

// metricLimit is the longest name of a metric of WAF.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html
const metricLimit = 128

// logInPaths are where a password is tried, chosen or asked for, or an account
// made, in Open edX as it is and as older clients know it, and in Django's own
// administration. Not here: /login_refresh and the validation of a form being
// filled in, which every learner's browser calls many times.
// https://github.com/openedx/edx-platform/blob/master/openedx/core/djangoapps/user_authn/urls_common.py
const logInPaths = `^/((user_api|api/user)/v[0-9]+/account/(login_session|registration|password_reset)` +
	`|login_ajax|create_account|account/password|password_reset|password/reset|oauth2/access_token|admin/login)(/|_confirm/|$)`

// firewallRule is one rule. Its name is that of its metric, too.
type firewallRule struct {
	name      string
	action    firewallAction
	statement pulumi.Map
}

// rules lists the rules in the order in which they are asked.
//
// The limits come before the groups: what a group refuses ends there, and an
// address that sends nothing else would never reach its limit. WAF's price is by
// request, whichever rule decides.
//
// All of them take 1,401 of the 1,500 capacity units that the price of a request
// includes: 1,375 for the groups (see firewall_groups.go), 2 for each list of
// addresses, 2 for the header, 1 for the countries, 2 for each limit, and for what
// the limit of log-ins looks at 2 for the method and 13 for the path, of which
// decoding it is 10. Were NONE to count as such a change of a text, 20 more.
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
func (a *FirewallArgs) rules(allowed, denied addressList) []firewallRule {
	rules := []firewallRule{{"allowed-addresses", firewallAllow, fromAddresses(allowed)}}
	if a.Origin != nil {
		// These come from CloudFront's addresses: limits would count all learners as one.
		rules = append(rules, firewallRule{"from-cloudfront", firewallAllow, carries(a.Origin)})
	}
	rules = append(rules, firewallRule{"denied-addresses", firewallBlock, fromAddresses(denied)})
	if len(a.AllowCountries) > 0 {
		// Whoever is nowhere in WAF's map is not in a country that is let in.
		rules = append(rules, firewallRule{"other-countries", firewallBlock, not(fromCountries(a.AllowCountries))})
	}
	if len(a.DenyCountries) > 0 {
		rules = append(rules, firewallRule{"denied-countries", firewallBlock, fromCountries(a.DenyCountries)})
	}
	rules = append(
		rules,
		firewallRule{"log-in-rate", firewallSlow, limit(a.LogInRate, both(isPost(), isLogIn()))},
		firewallRule{"rate", firewallSlow, limit(a.Rate, nil)},
	)
	for _, group := range managedGroups() {
		rules = append(rules, group.rule())
	}
	return rules
}

// render builds a rule as WAF takes it.
func (r firewallRule) render(priority int, countOnly bool) pulumi.Map {
	rule := pulumi.Map{
		"name": pulumi.String(r.name), "priority": pulumi.Int(priority),
		"statement": r.statement, "visibilityConfig": visibility(r.name),
	}
	counted := pulumi.Map{"count": pulumi.Map{}}
	_, isGroup := r.statement["managedRuleGroupStatement"]
	switch {
	case isGroup && (countOnly || r.action == firewallCount):
		rule["overrideAction"] = counted
	case isGroup:
		rule["overrideAction"] = pulumi.Map{"none": pulumi.Map{}}
	case r.action == firewallAllow:
		rule["action"] = pulumi.Map{"allow": pulumi.Map{}}
	case countOnly:
		rule["action"] = counted
	case r.action == firewallSlow:
		rule["action"] = pulumi.Map{"block": pulumi.Map{"customResponse": pulumi.Map{
			"responseCode": pulumi.Int(http.StatusTooManyRequests), "customResponseBodyKey": pulumi.String(slowBody),
		}}}
	default:
		rule["action"] = pulumi.Map{"block": pulumi.Map{}}
	}
	return rule
}

// slowBody is the key of what an address reads that asked too often.
const slowBody = "too-many-requests"

func tooManyRequests() pulumi.Map {
	return pulumi.Map{
		"key": pulumi.String(slowBody), "contentType": pulumi.String("TEXT_PLAIN"),
		"content": pulumi.String("Too many requests came from your network. Please try again in a few minutes."),
	}
}

// visibility keeps a metric and a few samples of what a rule matched.
func visibility(metric string) pulumi.Map {
	return pulumi.Map{
		"cloudwatchMetricsEnabled": pulumi.Bool(true),
		"sampledRequestsEnabled":   pulumi.Bool(true),
		"metricName":               pulumi.String(metric),
	}
}

// fromAddresses matches whoever comes from an address in a list.
func fromAddresses(list addressList) pulumi.Map {
	refer := func(set pulumi.StringOutput) pulumi.Map {
		return pulumi.Map{"ipSetReferenceStatement": pulumi.Map{"arn": set}}
	}
	return pulumi.Map{"orStatement": pulumi.Map{"statements": pulumi.Array{refer(list.v4), refer(list.v6)}}}
}

// fromCountries matches whoever comes from one of the countries.
func fromCountries(codes []string) pulumi.Map {
	return pulumi.Map{"geoMatchStatement": pulumi.Map{"countryCodes": pulumi.ToStringArray(codes)}}
}

// carries matches what has the header that only CloudFront knows.
func carries(header *OriginHeader) pulumi.Map {
	// WAF knows headers by their names in lower case.
	return equals(pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String(strings.ToLower(header.Name))}}, header.Value)
}

func isPost() pulumi.Map {
	return equals(pulumi.Map{"method": pulumi.Map{}}, pulumi.String(http.MethodPost))
}

// isLogIn matches the paths of logging in however their letters are encoded:
// Open edX decodes them, too.
func isLogIn() pulumi.Map {
	return pulumi.Map{"regexMatchStatement": pulumi.Map{
		"fieldToMatch": pulumi.Map{"uriPath": pulumi.Map{}}, "regexString": pulumi.String(logInPaths),
		"textTransformations": transformed("URL_DECODE"),
	}}
}

// equals matches what holds exactly a text in a place.
func equals(place pulumi.Map, text pulumi.StringInput) pulumi.Map {
	return pulumi.Map{"byteMatchStatement": pulumi.Map{
		"fieldToMatch": place, "positionalConstraint": pulumi.String("EXACTLY"), "searchString": text,
		"textTransformations": transformed("NONE"),
	}}
}

// transformed says what is done with a text before it is looked at.
func transformed(kind string) pulumi.Array {
	return pulumi.Array{pulumi.Map{"priority": pulumi.Int(0), "type": pulumi.String(kind)}}
}

func not(statement pulumi.Map) pulumi.Map {
	return pulumi.Map{"notStatement": pulumi.Map{"statements": pulumi.Array{statement}}}
}

func both(first, second pulumi.Map) pulumi.Map {
	return pulumi.Map{"andStatement": pulumi.Map{"statements": pulumi.Array{first, second}}}
}

// limit matches an address that made too many requests, of all or of some.
func limit(requests int, among pulumi.Map) pulumi.Map {
	rate := pulumi.Map{
		"aggregateKeyType": pulumi.String("IP"), "evaluationWindowSec": pulumi.Int(rateSeconds), "limit": pulumi.Int(requests),
	}
	if among != nil {
		rate["scopeDownStatement"] = among
	}
	return pulumi.Map{"rateBasedStatement": rate}
}
