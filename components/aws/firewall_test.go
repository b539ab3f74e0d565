package aws_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	firewallACL     = "aws:wafv2/webAcl:WebAcl"
	firewallSet     = "aws:wafv2/ipSet:IpSet"
	firewallLogging = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
	firewallSecret  = "what-only-cloudfront-knows"
)

func firewallArgs() *aws.FirewallArgs {
	return &aws.FirewallArgs{
		Account: account, Scope: aws.FirewallRegional, LogGroup: aws.FirewallLogGroup("test", "fw"), LogDays: 30,
		LogsKey: pulumi.String("logs-key-arn"), Rate: 5000, LogInRate: 300,
		Allow: []string{"192.0.2.0/24", "2001:db8::/32"}, Deny: []string{"198.51.100.7/32"},
		Origin: &aws.OriginHeader{Name: "X-Openedx-Origin", Value: platform.Secret(pulumi.String(firewallSecret))},
		Tags:   tags.New("test", nil),
	}
}

// firewallAtEdge are the arguments of a firewall for CloudFront.
func firewallAtEdge() *aws.FirewallArgs {
	args := firewallArgs()
	args.Scope, args.Account, args.Origin = aws.FirewallCloudFront, account.In("us-east-1"), nil
	return args
}

func firewallProgram(args *aws.FirewallArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := aws.NewFirewall(ctx, "fw", args)
		return err
	}
}

// firewallRules lists the names of the rules of a firewall, in order, and where each is.
func firewallRules(t *testing.T, args *aws.FirewallArgs) (acl *harness.Resource, order []string, at map[string]string) {
	t.Helper()
	acl = harness.Run(t, nil, firewallProgram(args)).One(t, firewallACL, "fw-acl")
	at = map[string]string{}
	for i := range acl.Value(t, "rules").ArrayValue() {
		rule := fmt.Sprintf("rules[%d]", i)
		if got := acl.Value(t, rule+".priority").NumberValue(); got != float64(i) {
			t.Errorf("%s has priority %v", rule, got)
		}
		name := acl.Text(t, rule+".name")
		if got := acl.Text(t, rule+".visibilityConfig.metricName"); got != name {
			t.Errorf("%s is counted as %s", name, got)
		}
		order, at[name] = append(order, name), rule
	}
	return acl, order, at
}

func TestAFirewallAsksItsRulesInOrder(t *testing.T) {
	groups := []string{"ip-reputation", "anonymous-ip", "known-bad-inputs", "linux", "sql-injection", "common"}
	for name, test := range map[string]struct {
		args *aws.FirewallArgs
		want []string
	}{
		"regional":   {firewallArgs(), []string{"allowed-addresses", "from-cloudfront", "denied-addresses", "log-in-rate", "rate"}},
		"cloudfront": {firewallAtEdge(), []string{"allowed-addresses", "denied-addresses", "log-in-rate", "rate"}},
	} {
		t.Run(name, func(t *testing.T) {
			acl, order, _ := firewallRules(t, test.args)
			if diff := cmp.Diff(append(test.want, groups...), order); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := acl.Text(t, "scope"); got != string(test.args.Scope) {
				t.Errorf("the scope is %s", got)
			}
			if !acl.Value(t, "defaultAction.allow").IsObject() {
				t.Error("what no rule knows is refused")
			}
		})
	}
}

func TestWhatCloudFrontLookedAtIsLetThrough(t *testing.T) {
	acl, _, at := firewallRules(t, firewallArgs())
	rule := at["from-cloudfront"]
	if !acl.Value(t, rule+".action.allow").IsObject() {
		t.Error("it is not let through")
	}
	match := rule + ".statement.byteMatchStatement"
	if got := acl.Text(t, match+".fieldToMatch.singleHeader.name"); got != "x-openedx-origin" {
		t.Errorf("the header is %q, and WAF knows headers in lower case only", got)
	}
	if got := acl.Text(t, match+".positionalConstraint") + " " + acl.Text(t, match+".searchString"); got != "EXACTLY "+firewallSecret {
		t.Errorf("it is known by %q", got)
	}
	if !acl.Inputs["rules"].ContainsSecrets() {
		t.Error("the header's value is no secret")
	}
}

func TestListsOfAddressesArePartedByVersionAndThereWhenEmpty(t *testing.T) {
	args := firewallArgs()
	full, empty := harness.Run(t, nil, firewallProgram(args)), firewallArgs()
	empty.Allow, empty.Deny = nil, nil
	none := harness.Run(t, nil, firewallProgram(empty))
	for name, want := range map[string]struct {
		version string
		blocks  []string
	}{
		"fw-allow-ipv4": {"IPV4", []string{"192.0.2.0/24"}},
		"fw-allow-ipv6": {"IPV6", []string{"2001:db8::/32"}},
		"fw-deny-ipv4":  {"IPV4", []string{"198.51.100.7/32"}},
		"fw-deny-ipv6":  {"IPV6", nil},
	} {
		set := full.One(t, firewallSet, name)
		var blocks []string
		for _, block := range set.Value(t, "addresses").ArrayValue() {
			blocks = append(blocks, block.StringValue())
		}
		if diff := cmp.Diff(want.blocks, blocks); diff != "" || set.Text(t, "ipAddressVersion") != want.version {
			t.Errorf("%s is of %s (-want +got):\n%s", name, set.Text(t, "ipAddressVersion"), diff)
		}
		if value := none.One(t, firewallSet, name).Value(t, "addresses"); !value.IsArray() || len(value.ArrayValue()) != 0 {
			t.Errorf("%s is %v without blocks, want an empty list", name, value)
		}
	}
	if diff := cmp.Diff([]string{"fw-allow-ipv4", "fw-allow-ipv6", "fw-deny-ipv4"}, changed(full, none)); diff != "" {
		t.Errorf("emptying the lists changes (-want +got):\n%s", diff)
	}
}

func TestAddressListsDecideBeforeEverythingElse(t *testing.T) {
	acl, _, at := firewallRules(t, firewallArgs())
	for name, want := range map[string]struct{ action, list string }{
		"allowed-addresses": {"allow", "fw-allow-"}, "denied-addresses": {"block", "fw-deny-"},
	} {
		if !acl.Value(t, at[name]+".action."+want.action).IsObject() {
			t.Errorf("%s do not %s", name, want.action)
		}
		for i, version := range []string{"ipv4", "ipv6"} {
			path := fmt.Sprintf("%s.statement.orStatement.statements[%d].ipSetReferenceStatement.arn", at[name], i)
			if got := acl.Text(t, path); !strings.HasSuffix(got, ":"+want.list+version) {
				t.Errorf("%s are those of %s", name, got)
			}
		}
	}
}

func TestCountriesAreLetInOrKeptOut(t *testing.T) {
	only, except := firewallAtEdge(), firewallAtEdge()
	only.AllowCountries, except.DenyCountries = []string{"DE", "IE"}, []string{"KP"}
	for _, test := range []struct {
		args             *aws.FirewallArgs
		rule, path, want string
	}{
		{only, "other-countries", ".statement.notStatement.statements[0].geoMatchStatement.countryCodes[1]", "IE"},
		{except, "denied-countries", ".statement.geoMatchStatement.countryCodes[0]", "KP"},
	} {
		acl, order, at := firewallRules(t, test.args)
		if got := acl.Text(t, at[test.rule]+test.path); got != test.want {
			t.Errorf("%s has %s", test.rule, got)
		}
		if !acl.Value(t, at[test.rule]+".action.block").IsObject() {
			t.Errorf("%s are let in", test.rule)
		}
		if slices.Index(order, test.rule) > slices.Index(order, "log-in-rate") {
			t.Errorf("%s come after the limits", test.rule)
		}
	}
}

func TestRulesThatStudioTripsOnlyCount(t *testing.T) {
	acl, _, at := firewallRules(t, firewallArgs())
	want := map[string][]string{
		"ip-reputation": nil, "anonymous-ip": nil, "known-bad-inputs": nil, "linux": nil,
		"sql-injection": {"SQLi_BODY", "SQLiExtendedPatterns_BODY"},
		"common": {
			"SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY",
			"SizeRestrictions_QUERYSTRING", "RestrictedExtensions_URIPATH",
		},
	}
	for name, counted := range want {
		group := at[name] + ".statement.managedRuleGroupStatement"
		var got []string
		if overrides := acl.Value(t, group+".ruleActionOverrides"); overrides.IsArray() {
			for i := range overrides.ArrayValue() {
				override := fmt.Sprintf("%s.ruleActionOverrides[%d]", group, i)
				got = append(got, acl.Text(t, override+".name"))
				if !acl.Value(t, override+".actionToUse.count").IsObject() {
					t.Errorf("%s of %s does not count", got[i], name)
				}
			}
		}
		if diff := cmp.Diff(counted, got); diff != "" {
			t.Errorf("%s counts (-want +got):\n%s", name, diff)
		}
		if got := acl.Text(t, group+".vendorName"); got != "AWS" {
			t.Errorf("%s is from %s", name, got)
		}
	}
}

func TestGroupsRefuseExceptWhatVPNsTrip(t *testing.T) {
	acl, order, at := firewallRules(t, firewallArgs())
	for _, name := range order {
		if !acl.Value(t, at[name]+".statement.managedRuleGroupStatement").IsObject() {
			continue
		}
		want := "none"
		if name == "anonymous-ip" {
			want = "count"
		}
		if !acl.Value(t, at[name]+".overrideAction."+want).IsObject() {
			t.Errorf("%s: override is not %q", name, want)
		}
		if !acl.Value(t, at[name]+".action").IsNull() {
			t.Errorf("%s has an action, which WAF refuses for a group", name)
		}
	}
}

func TestCountingRefusesNothing(t *testing.T) {
	args := firewallArgs()
	args.Count, args.DenyCountries = true, []string{"KP"}
	acl, order, at := firewallRules(t, args)
	for _, name := range order {
		allowed := name == "allowed-addresses" || name == "from-cloudfront"
		counted := acl.Value(t, at[name]+".action.count").IsObject() || acl.Value(t, at[name]+".overrideAction.count").IsObject()
		if counted == allowed {
			t.Errorf("%s: counted is %t", name, counted)
		}
		if acl.Value(t, at[name]+".action.block").IsObject() || acl.Value(t, at[name]+".overrideAction.none").IsObject() {
			t.Errorf("%s refuses", name)
		}
	}
}

func TestAnAddressThatAsksTooOftenIsToldToWait(t *testing.T) {
	acl, _, at := firewallRules(t, firewallArgs())
	for name, limit := range map[string]float64{"rate": 5000, "log-in-rate": 300} {
		rate := at[name] + ".statement.rateBasedStatement"
		if got := acl.Value(t, rate+".limit").NumberValue(); got != limit {
			t.Errorf("%s: %v requests", name, got)
		}
		if got := acl.Value(t, rate+".evaluationWindowSec").NumberValue(); got != 300 {
			t.Errorf("%s: in %v seconds", name, got)
		}
		if got := acl.Text(t, rate+".aggregateKeyType"); got != "IP" {
			t.Errorf("%s counts by %s", name, got)
		}
		response := at[name] + ".action.block.customResponse"
		if got := acl.Value(t, response+".responseCode").NumberValue(); got != 429 {
			t.Errorf("%s answers %v", name, got)
		}
		if acl.Text(t, response+".customResponseBodyKey") != acl.Text(t, "customResponseBodies[0].key") {
			t.Errorf("%s answers with a text that is not there", name)
		}
	}
	if !acl.Value(t, at["rate"]+".statement.rateBasedStatement.scopeDownStatement").IsNull() {
		t.Error("not every request counts")
	}
}

func TestTheLogInLimitCountsWhatTriesPasswords(t *testing.T) {
	acl, _, at := firewallRules(t, firewallArgs())
	among := at["log-in-rate"] + ".statement.rateBasedStatement.scopeDownStatement.andStatement.statements"
	if got := acl.Text(t, among+"[0].byteMatchStatement.searchString"); got != "POST" {
		t.Errorf("%s requests count", got)
	}
	if !acl.Value(t, among+"[0].byteMatchStatement.fieldToMatch.method").IsObject() {
		t.Error("the method is looked for elsewhere")
	}
	if got := acl.Text(t, among+"[1].regexMatchStatement.textTransformations[0].type"); got != "URL_DECODE" {
		t.Errorf("paths are read as %s: an encoded letter leads past the limit", got)
	}
	text := acl.Text(t, among+"[1].regexMatchStatement.regexString")
	if len(text) > 512 {
		t.Errorf("the pattern has %d characters, WAF takes 512", len(text))
	}
	pattern := regexp.MustCompile(text)
	for path, want := range map[string]bool{
		"/login_ajax": true, "/api/user/v1/account/login_session/": true, "/api/user/v2/account/login_session/": true,
		"/user_api/v1/account/login_session/": true, "/create_account": true, "/api/user/v2/account/registration/": true,
		"/user_api/v1/account/registration/": true, "/account/password": true, "/password_reset/": true,
		"/password_reset_confirm/abc-def/": true, "/password/reset/abc-def/": true,
		"/api/user/v1/account/password_reset/token/validate/": true, "/oauth2/access_token": true, "/oauth2/access_token/": true,
		"/admin/login/": true,
		"/":             false, "/login_refresh": false, "/login": false, "/api/user/v1/validation/registration": false,
		"/api/user/v1/accounts/ada": false, "/courses/login_ajax": false, "/logout": false, "/admin/auth/user/": false,
		"/account/passwords-of-the-past": false,
	} {
		if pattern.MatchString(path) != want {
			t.Errorf("%s: counted is %t", path, !want)
		}
	}
}

func TestAFirewallForCloudFrontIsMadeInItsRegion(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		region, err := cdnRegion(ctx)
		if err != nil {
			return err
		}
		_, err = aws.NewFirewall(ctx, "fw", firewallAtEdge(), pulumi.Provider(region.Provider))
		return err
	})
	made := 0
	for _, r := range graph.Resources {
		if r.Custom && strings.HasPrefix(r.Name, "fw-") {
			made++
			if !strings.Contains(r.Provider, "::edge-provider::") {
				t.Errorf("%s is made by %q", r, r.Provider)
			}
		}
	}
	if made != 8 {
		t.Errorf("%d resources, want 8", made)
	}
}

func TestAFirewallCarriesTags(t *testing.T) {
	graph := harness.Run(t, nil, firewallProgram(firewallArgs()))
	for _, r := range []*harness.Resource{
		graph.One(t, firewallACL, "fw-acl"), graph.One(t, firewallSet, "fw-allow-ipv4"), graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "fw-logs"),
	} {
		if r.Text(t, "tags.openedx-component") != "firewall" || r.Text(t, "tags.Name") != r.Name {
			t.Errorf("%s has %v", r, r.Value(t, "tags"))
		}
	}
}

func TestAFirewallsPreviewRegistersWhatItsUpdateDoes(t *testing.T) {
	program := firewallProgram(firewallArgs())
	if diff := cmp.Diff(harness.Run(t, nil, program).Inventory(), harness.Preview(t, nil, program).Inventory()); diff != "" {
		t.Errorf("(-update +preview):\n%s", diff)
	}
}

func TestWrongFirewallsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.FirewallArgs)
		want  string
	}{
		"no account":       {func(a *aws.FirewallArgs) { a.Account.ID = "" }, "incomplete"},
		"no scope":         {func(a *aws.FirewallArgs) { a.Scope = "" }, "want REGIONAL or CLOUDFRONT"},
		"nameless header":  {func(a *aws.FirewallArgs) { a.Origin.Name = "" }, "no name"},
		"edge elsewhere":   {func(a *aws.FirewallArgs) { a.Scope = aws.FirewallCloudFront }, "us-east-1 only"},
		"edge with header": {func(a *aws.FirewallArgs) { a.Scope, a.Account = aws.FirewallCloudFront, account.In("us-east-1") }, "after its firewall"},
		"log group":        {func(a *aws.FirewallArgs) { a.LogGroup = "/openedx/test/fw" }, `"aws-waf-logs-"`},
		"no days":          {func(a *aws.FirewallArgs) { a.LogDays = 0 }, "no days"},
		"no key":           {func(a *aws.FirewallArgs) { a.LogsKey = nil }, "no key"},
		"low log-in rate":  {func(a *aws.FirewallArgs) { a.LogInRate = 9 }, "10 <= log-ins"},
		"rates reversed":   {func(a *aws.FirewallArgs) { a.LogInRate = a.Rate + 1 }, "log-ins <= requests"},
		"high rate":        {func(a *aws.FirewallArgs) { a.Rate = 2_000_000_001 }, "2000000000"},
		"both countries": {func(a *aws.FirewallArgs) {
			a.AllowCountries, a.DenyCountries = []string{"DE"}, []string{"KP"}
		}, "one list"},
		"allowed address": {func(a *aws.FirewallArgs) { a.Allow = []string{"192.0.2.1"} }, `"192.0.2.1"`},
		"denied address":  {func(a *aws.FirewallArgs) { a.Deny = []string{"nobody"} }, `"nobody"`},
	} {
		t.Run(name, func(t *testing.T) {
			args := firewallArgs()
			test.spoil(args)
			refuses(t, firewallProgram(args), `firewall "fw"`, test.want)
		})
	}
}

func TestTheLargestAndTheSmallestRatesAreTaken(t *testing.T) {
	args := firewallArgs()
	args.Rate, args.LogInRate = 2_000_000_000, 10
	harness.Run(t, nil, firewallProgram(args))
	args.Rate = 10
	harness.Run(t, nil, firewallProgram(args))
}
