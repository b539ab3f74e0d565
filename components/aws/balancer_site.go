package aws

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const siteType = "openedx:aws:Site"

const (
	// siteSlots is how many sites there can be, and listRules how many rules each of
	// a site's two lists of hosts has room for: a priority never depends on another
	// site or list, so that no rule ever wants one that is still taken.
	siteSlots, listRules = 256, 5

	// hostsPerRule is how many values one condition of a rule may have.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
	hostsPerRule = 3

	// drainSeconds is how long a pod that is on its way out may finish what it
	// answers; it has to keep running for as long.
	drainSeconds = 60
)

// SiteArgs describes how one instance is reached through the balancer.
type SiteArgs struct {
	Slug string
	// Slot is the site's own, from 0 to 255, for as long as it lives: the priorities
	// of its rules follow from it.
	Slot int
	// ThroughCDN are hosts that only CloudFront may ask for, and Direct hosts that
	// anybody may.
	ThroughCDN, Direct []string
	// Origin is how CloudFront is known; needed where hosts are behind it.
	Origin *OriginHeader
	// Certificate is the ARN of the one for all the hosts.
	Certificate pulumi.StringInput
	Tags        tags.Set
}

// Site is one instance behind the balancer. Nothing in it is shared with another.
type Site struct {
	pulumi.ResourceState
	// TargetGroup is the ARN of the group that the pods of Caddy join. They may join
	// before requests are passed on to them, which waits for a certificate and so for
	// somebody who delegates the domain: until then they are counted as unused.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
	TargetGroup pulumi.StringOutput

	name     string
	args     *SiteArgs
	balancer *Balancer
}

// NewSite adds an instance to the balancer.
func (b *Balancer) NewSite(ctx *pulumi.Context, name string, args *SiteArgs, opts ...pulumi.ResourceOption) (*Site, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("site %q: %w", name, err)
	}
	if other, taken := b.slots[args.Slot]; taken {
		return nil, fmt.Errorf("site %q: slot %d is that of site %q", name, args.Slot, other)
	}
	b.slots[args.Slot] = name
	s := &Site{name: name, args: args, balancer: b}
	inputs := pulumi.Map{"slot": pulumi.Int(args.Slot), "hosts": pulumi.ToStringArray(args.hosts())}
	if err := ctx.RegisterComponentResourceV2(siteType, name, inputs, s, opts...); err != nil {
		return nil, fmt.Errorf("site %q: %w", name, err)
	}
	if err := s.build(ctx); err != nil {
		return nil, fmt.Errorf("site %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(s, pulumi.Map{"targetGroup": s.TargetGroup}); err != nil {
		return nil, fmt.Errorf("site %q: %w", name, err)
	}
	return s, nil
}

func (a *SiteArgs) validate() error {
	switch {
	case a.Slug == "":
		return errors.New("no slug")
	case a.Slot < 0 || a.Slot >= siteSlots:
		return fmt.Errorf("slot %d; there are slots 0 to %d", a.Slot, siteSlots-1)
	case len(a.hosts()) == 0:
		return errors.New("no hosts")
	case max(len(a.ThroughCDN), len(a.Direct)) > hostsPerRule*listRules:
		return fmt.Errorf("%d hosts through CloudFront and %d direct; there is room for %d of each",
			len(a.ThroughCDN), len(a.Direct), hostsPerRule*listRules)
	case len(a.ThroughCDN) > 0 && a.Origin == nil:
		return fmt.Errorf("no way to tell whether CloudFront asks for %q", a.ThroughCDN)
	case a.Certificate == nil:
		return errors.New("no certificate")
	}
	return unique("host", a.hosts())
}

func (a *SiteArgs) hosts() []string { return slices.Concat(a.ThroughCDN, a.Direct) }

// tags are the tags of one of the site's resources.
func (s *Site) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(s.args.Tags.ForInstance("balancer", name, s.args.Slug))
}

// build creates where requests go, and then lets them come.
func (s *Site) build(ctx *pulumi.Context) error {
	name := s.name + "-pods"
	group, err := lb.NewTargetGroup(ctx, name, s.targetGroup(ctx.Stack(), name), pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("target group: %w", err)
	}
	s.TargetGroup = group.Arn
	_, err = lb.NewListenerCertificate(ctx, s.name+"-certificate", &lb.ListenerCertificateArgs{
		ListenerArn:    s.balancer.listener,
		CertificateArn: s.args.Certificate,
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	for _, rule := range s.args.rules() {
		_, err := lb.NewListenerRule(ctx, s.name+"-"+rule.part, &lb.ListenerRuleArgs{
			ListenerArn: s.balancer.listener,
			Priority:    pulumi.Int(rule.priority),
			Conditions:  rule.conditions,
			Actions: lb.ListenerRuleActionArray{lb.ListenerRuleActionArgs{
				Type: pulumi.String("forward"), TargetGroupArn: group.Arn,
			}},
			Tags: s.tags(s.name + "-" + rule.part),
		}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("rule %q: %w", rule.part, err)
		}
	}
	return nil
}

// targetGroup describes the pods of Caddy, which Kubernetes adds and takes away.
func (s *Site) targetGroup(stack, name string) *lb.TargetGroupArgs {
	return &lb.TargetGroupArgs{
		Name:       pulumi.String(lowerName(balancerLimit, stack, s.name)),
		VpcId:      s.balancer.args.VPC.ToStringOutput(),
		TargetType: pulumi.String("ip"),
		Port:       pulumi.Int(httpPort),
		Protocol:   pulumi.String("HTTP"),
		// Caddy answers 200 whatever the host, and a check cannot name one. That is
		// right here: whether Open edX itself is well is for the probes of its own
		// pods, and if Caddy were taken out for it there would be no page to say so.
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Path: pulumi.String("/"), Port: pulumi.String("traffic-port"), Protocol: pulumi.String("HTTP"), Matcher: pulumi.String("200"),
		},
		DeregistrationDelay: pulumi.Int(drainSeconds),
		// A request lasts from milliseconds to minutes, so that turns are no measure of work.
		LoadBalancingAlgorithmType: pulumi.String("least_outstanding_requests"),
		// Sessions are in Redis.
		Stickiness: lb.TargetGroupStickinessArgs{Type: pulumi.String("lb_cookie"), Enabled: pulumi.Bool(false)},
		Tags:       s.tags(name),
	}
}

// siteRule is which requests are the site's.
type siteRule struct {
	part       string
	priority   int
	conditions lb.ListenerRuleConditionArray
}

// rules lists the site's rules. The secret header is asked for on CloudFront's
// hosts only: nobody sends it to the others.
func (a *SiteArgs) rules() []siteRule {
	first := 2*listRules*a.Slot + 1
	rules := rulesFor("direct", first+listRules, a.Direct, nil)
	if len(a.ThroughCDN) == 0 {
		return rules
	}
	fromCDN := lb.ListenerRuleConditionArgs{HttpHeader: lb.ListenerRuleConditionHttpHeaderArgs{
		HttpHeaderName: pulumi.String(a.Origin.Name), Values: pulumi.StringArray{platform.Secret(a.Origin.Value)},
	}}
	return append(rules, rulesFor("cdn", first, a.ThroughCDN, lb.ListenerRuleConditionArray{fromCDN})...)
}

// rulesFor spreads hosts over as many rules as they need.
func rulesFor(part string, first int, hosts []string, further lb.ListenerRuleConditionArray) []siteRule {
	var rules []siteRule
	for some := range slices.Chunk(hosts, hostsPerRule) {
		conditions := lb.ListenerRuleConditionArray{lb.ListenerRuleConditionArgs{
			HostHeader: lb.ListenerRuleConditionHostHeaderArgs{Values: pulumi.ToStringArray(some)},
		}}
		rules = append(rules, siteRule{
			part: part + "-" + strconv.Itoa(len(rules)+1), priority: first + len(rules), conditions: append(conditions, further...),
		})
	}
	return rules
}
