package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	siteRuleType        = "aws:lb/listenerRule:ListenerRule"
	siteGroupType       = "aws:lb/targetGroup:TargetGroup"
	siteCertificateType = "aws:lb/listenerCertificate:ListenerCertificate"
)

// siteHeader is CloudFront's header, with a value that only the run brings.
func siteHeader(ctx *pulumi.Context) (*aws.OriginHeader, error) {
	secret, err := random.NewRandomPassword(ctx, "origin", &random.RandomPasswordArgs{Length: pulumi.Int(48)})
	if err != nil {
		return nil, err
	}
	return &aws.OriginHeader{Name: "X-Origin", Value: secret.Result}, nil
}

func siteArgs(slug string, slot int) *aws.SiteArgs {
	host := slug + ".example.org"
	return &aws.SiteArgs{
		Slug: slug, Slot: slot, ThroughCDN: []string{host, "apps." + host}, Direct: []string{"studio." + host, "meilisearch." + host},
		Certificate: pulumi.String(slug + "-certificate-arn"), Tags: tags.New("test", nil),
	}
}

// sitesProgram is a balancer with sites.
func sitesProgram(all ...*aws.SiteArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		balancer, err := aws.NewBalancer(ctx, "lb", balancerArgs())
		if err != nil {
			return err
		}
		header, err := siteHeader(ctx)
		if err != nil {
			return err
		}
		for _, args := range all {
			if len(args.ThroughCDN) > 0 {
				args.Origin = header
			}
			site, err := balancer.NewSite(ctx, args.Slug+"-site", args)
			if err != nil {
				return err
			}
			_, err = random.NewRandomId(ctx, args.Slug+"-user", &random.RandomIdArgs{
				ByteLength: pulumi.Int(1), Keepers: pulumi.StringMap{"group": site.TargetGroup},
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func sites(t *testing.T, all ...*aws.SiteArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, sitesProgram(all...))
}

// siteHosts are the hosts that a rule is about.
func siteHosts(t *testing.T, rule *harness.Resource) []string {
	t.Helper()
	var hosts []string
	for _, value := range rule.Value(t, "conditions[0].hostHeader.values").ArrayValue() {
		hosts = append(hosts, value.StringValue())
	}
	return hosts
}

func TestCloudFrontsHostsAreForCloudFrontOnly(t *testing.T) {
	rule := sites(t, siteArgs("main", 0)).One(t, siteRuleType, "main-site-cdn-1")
	if diff := cmp.Diff([]string{"main.example.org", "apps.main.example.org"}, siteHosts(t, rule)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	holds(t, rule, map[string]any{"conditions[1].httpHeader": map[string]any{
		"httpHeaderName": "X-Origin", "values": []any{harness.Password("origin", 48)},
	}})
	if !rule.Inputs["conditions"].ContainsSecrets() {
		t.Error("the header's value is in the state as plain text")
	}
}

func TestStudioIsReachedWithoutCloudFront(t *testing.T) {
	rule := sites(t, siteArgs("main", 0)).One(t, siteRuleType, "main-site-direct-1")
	if diff := cmp.Diff([]string{"studio.main.example.org", "meilisearch.main.example.org"}, siteHosts(t, rule)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := len(rule.Value(t, "conditions").ArrayValue()); got != 1 {
		t.Errorf("%d conditions: CloudFront's header is asked of those who cannot send it", got)
	}
}

func TestNoHostOfCloudFrontIsInARuleWithoutTheHeader(t *testing.T) {
	for _, rule := range sites(t, siteArgs("main", 0), siteArgs("two", 1)).All(siteRuleType) {
		header := rule.Value(t, "conditions[1].httpHeader").HasValue()
		for _, host := range siteHosts(t, rule) {
			open := strings.HasPrefix(host, "studio.") || strings.HasPrefix(host, "meilisearch.")
			if open == header {
				t.Errorf("%s: %s with the header %t", rule, host, header)
			}
		}
	}
}

func TestASitesRequestsGoToItsOwnPods(t *testing.T) {
	graph := sites(t, siteArgs("main", 0), siteArgs("two", 1))
	for _, rule := range graph.All(siteRuleType) {
		slug, _, _ := strings.Cut(rule.Name, "-")
		texts(t, rule, map[string]string{
			"listenerArn": "arn:aws:lb:eu-west-1:123456789012:lb-https", "actions[0].type": "forward",
			"actions[0].targetGroupArn": "arn:aws:lb:eu-west-1:123456789012:" + slug + "-site-pods",
		})
	}
}

func TestASiteWithoutCloudFrontIsAllDirectAndNoRuleHasMoreThanItMay(t *testing.T) {
	args := siteArgs("main", 0)
	args.Direct, args.ThroughCDN = slices.Concat(args.ThroughCDN, args.Direct), nil
	rules := sites(t, args).All(siteRuleType)
	if diff := cmp.Diff([]string{"main-site-direct-1", "main-site-direct-2"}, names(rules)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for i, want := range []int{3, 1} {
		if got := len(siteHosts(t, rules[i])); got != want {
			t.Errorf("%s has %d hosts, want %d", rules[i], got, want)
		}
	}
}

// sitePriorities are the priorities of all rules by name.
func sitePriorities(t *testing.T, graph *harness.Graph) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for _, rule := range graph.All(siteRuleType) {
		all[rule.Name] = rule.Value(t, "priority").NumberValue()
	}
	return all
}

func TestPrioritiesFollowFromTheSlotAlone(t *testing.T) {
	want := map[string]float64{"main-site-cdn-1": 31, "main-site-direct-1": 36, "two-site-cdn-1": 631, "two-site-direct-1": 636}
	if diff := cmp.Diff(want, sitePriorities(t, sites(t, siteArgs("main", 3), siteArgs("two", 63)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnotherHostMovesNoRule(t *testing.T) {
	args := siteArgs("main", 0)
	before := sitePriorities(t, sites(t, args))
	for i := range 13 {
		args.ThroughCDN = append(args.ThroughCDN, fmt.Sprintf("more-%d.example.org", i))
	}
	after := sitePriorities(t, sites(t, args))
	for name, priority := range before {
		if after[name] != priority {
			t.Errorf("%s went from %v to %v", name, priority, after[name])
		}
	}
	taken := map[float64]bool{}
	for name, priority := range after {
		if taken[priority] || priority > 10 {
			t.Errorf("%s has priority %v of another", name, priority)
		}
		taken[priority] = true
	}
}

func TestAnotherSiteChangesNothingThatIsThere(t *testing.T) {
	before := sites(t, siteArgs("main", 1))
	after := sites(t, siteArgs("another", 0), siteArgs("main", 1), siteArgs("two", 2))
	if got := changed(before, after); len(got) != 0 {
		t.Errorf("changed: %v", got)
	}
}

func TestASiteBringsItsCertificate(t *testing.T) {
	certificate := sites(t, siteArgs("main", 0)).One(t, siteCertificateType, "main-site-certificate")
	texts(t, certificate, map[string]string{
		"listenerArn": "arn:aws:lb:eu-west-1:123456789012:lb-https", "certificateArn": "main-certificate-arn",
	})
}

func TestCaddysPodsAreAddressedByThemselves(t *testing.T) {
	group := sites(t, siteArgs("main", 0)).One(t, siteGroupType, "main-site-pods")
	texts(t, group, map[string]string{
		"name": "test-main-site", "vpcId": "vpc-1", "targetType": "ip", "protocol": "HTTP",
		"healthCheck.path": "/", "healthCheck.port": "traffic-port", "healthCheck.protocol": "HTTP", "healthCheck.matcher": "200",
		"loadBalancingAlgorithmType": "least_outstanding_requests", "tags.openedx-instance": "main",
	})
	counts(t, group, map[string]float64{"port": 80, "deregistrationDelay": 60})
	facts(t, group, map[string]bool{"stickiness.enabled": false})
}

func TestPodsJoinASiteWithoutWaitingForItsCertificate(t *testing.T) {
	graph := sites(t, siteArgs("main", 0))
	user := graph.One(t, "random:index/randomId:RandomId", "main-user")
	texts(t, user, map[string]string{"keepers.group": "arn:aws:lb:eu-west-1:123456789012:main-site-pods"})
	for _, needed := range append(graph.All(siteRuleType), graph.All(siteCertificateType)...) {
		if graph.Waits(user, needed.URN) {
			t.Errorf("the group is used only after %s is there", needed)
		}
	}
}

func TestEverythingOfASiteIsTheInstances(t *testing.T) {
	graph := sites(t, siteArgs("main", 0))
	for _, r := range graph.Resources {
		if !strings.HasPrefix(r.Name, "main-site-") {
			continue
		}
		if r.Parent == "" || r.Protect {
			t.Errorf("%s: parent %q, protected %t", r, r.Parent, r.Protect)
		}
		if r.Type != siteCertificateType {
			texts(t, r, map[string]string{"tags.openedx-instance": "main", "tags.Name": r.Name})
		}
	}
}

func TestThePreviewOfASiteIsItsUpdate(t *testing.T) {
	previewsAsItUpdates(t, sitesProgram(siteArgs("main", 0), siteArgs("two", 1)))
}

func TestAWrongSiteRegistersNothingOfItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.SiteArgs)
		want  string
	}{
		"no slug":        {func(a *aws.SiteArgs) { a.Slug = "" }, "no slug"},
		"a slot before":  {func(a *aws.SiteArgs) { a.Slot = -1 }, "slot -1"},
		"a slot beyond":  {func(a *aws.SiteArgs) { a.Slot = 256 }, "slots 0 to 255"},
		"a slot taken":   {func(a *aws.SiteArgs) { a.Slot = 1 }, `slot 1 is that of site "first"`},
		"no hosts":       {func(a *aws.SiteArgs) { a.ThroughCDN, a.Direct = nil, nil }, "no hosts"},
		"a host twice":   {func(a *aws.SiteArgs) { a.Direct[0] = a.ThroughCDN[0] }, "is there twice"},
		"too many hosts": {func(a *aws.SiteArgs) { a.Direct = make([]string, 16) }, "room for 15 of each"},
		"no header":      {func(a *aws.SiteArgs) { a.Origin = nil }, "whether CloudFront asks"},
		"no certificate": {func(a *aws.SiteArgs) { a.Certificate = nil }, "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
				balancer, err := aws.NewBalancer(ctx, "lb", balancerArgs())
				if err != nil {
					return err
				}
				header, err := siteHeader(ctx)
				if err != nil {
					return err
				}
				first := siteArgs("first", 1)
				first.Origin = header
				if _, err = balancer.NewSite(ctx, "first", first); err != nil {
					return err
				}
				args := siteArgs("main", 0)
				args.Origin = header
				test.spoil(args)
				_, err = balancer.NewSite(ctx, "wrong", args)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), `site "wrong"`) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			for _, r := range graph.Resources {
				if strings.HasPrefix(r.Name, "wrong") {
					t.Errorf("%s was registered", r)
				}
			}
		})
	}
}
