package aws

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const firewallType = "openedx:aws:Firewall"

// FirewallScope says what a firewall can stand in front of.
type FirewallScope string

// The scopes of a firewall, as WAF spells them.
const (
	FirewallRegional   FirewallScope = "REGIONAL"
	FirewallCloudFront FirewallScope = "CLOUDFRONT"
)

// edgeRegion is where CloudFront takes firewalls and certificates from, and where its logs are delivered from.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-awswaf.html
const edgeRegion = "us-east-1"

// The least and the most requests that a rate rule can be told.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
const (
	firewallRateMin = 10
	firewallRateMax = 2_000_000_000
)

// FirewallArgs describes a web application firewall.
type FirewallArgs struct {
	// Account is in the region in which the firewall is made.
	Account Account
	Scope   FirewallScope
	// LogGroup begins as FirewallLogGroup has it.
	LogGroup string
	LogDays  int
	LogsKey  pulumi.StringInput
	// Count lets everything through and counts what would have been refused.
	Count bool
	// Rate and LogInRate are how many requests, and attempts to log in, an address may make in five minutes.
	Rate, LogInRate int
	// Allow and Deny are blocks of addresses that are let through, or refused, whatever else holds.
	Allow, Deny []string
	// AllowCountries or DenyCountries are country codes; at most one of the two.
	AllowCountries, DenyCountries []string
	// Origin is what CloudFront adds to its requests, which its own firewall has
	// looked at; nil for CloudFront itself, and where there is none.
	Origin *OriginHeader
	Tags   tags.Set
}

// Firewall is a web application firewall.
type Firewall struct {
	pulumi.ResourceState
	// ARN waits until the firewall's logs are kept.
	ARN pulumi.StringOutput

	name string
	args *FirewallArgs
}

// NewFirewall creates a firewall. For CloudFront it takes the provider of the one
// region that has such firewalls.
func NewFirewall(ctx *pulumi.Context, name string, args *FirewallArgs, opts ...pulumi.ResourceOption) (*Firewall, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("firewall %q: %w", name, err)
	}
	f := &Firewall{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(firewallType, name, args.inputs(), f, opts...); err != nil {
		return nil, fmt.Errorf("firewall %q: %w", name, err)
	}
	if err := f.build(ctx); err != nil {
		return nil, fmt.Errorf("firewall %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(f, pulumi.Map{"arn": f.ARN}); err != nil {
		return nil, fmt.Errorf("firewall %q: %w", name, err)
	}
	return f, nil
}

func (a *FirewallArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	if err := a.validateScope(); err != nil {
		return err
	}
	switch {
	case !strings.HasPrefix(a.LogGroup, firewallLogPrefix):
		return fmt.Errorf("log group %q: WAF wants a name that begins with %q", a.LogGroup, firewallLogPrefix)
	case a.LogDays < 1 || a.LogsKey == nil:
		return errors.New("no days or no key for the logs")
	}
	return a.validateRules()
}

// validateRules wants limits that WAF takes, and lists that it can read.
func (a *FirewallArgs) validateRules() error {
	switch {
	case a.LogInRate < firewallRateMin || a.LogInRate > a.Rate || a.Rate > firewallRateMax:
		return fmt.Errorf("rates of %d and %d: want %d <= log-ins <= requests <= %d", a.LogInRate, a.Rate, firewallRateMin, firewallRateMax)
	case len(a.AllowCountries) > 0 && len(a.DenyCountries) > 0:
		return errors.New("countries that are let in and countries that are not: one list says it all")
	}
	_, _, err := splitBlocks(slices.Concat(a.Allow, a.Deny))
	return err
}

// validateScope wants the region and the rules that go with the scope.
func (a *FirewallArgs) validateScope() error {
	switch a.Scope {
	case FirewallRegional:
		if a.Origin != nil && a.Origin.Name == "" {
			return errors.New("no name of the origin's header")
		}
		return nil
	case FirewallCloudFront:
		if a.Account.Region != edgeRegion {
			return fmt.Errorf("region %q: CloudFront takes firewalls from %s only", a.Account.Region, edgeRegion)
		}
		if a.Origin != nil {
			return errors.New("CloudFront adds the origin's header after its firewall")
		}
		return nil
	default:
		return fmt.Errorf("scope %q: want %s or %s", a.Scope, FirewallRegional, FirewallCloudFront)
	}
}

func (a *FirewallArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"scope": pulumi.String(a.Scope), "count": pulumi.Bool(a.Count),
		"rate": pulumi.Int(a.Rate), "logInRate": pulumi.Int(a.LogInRate),
	}
}

// splitBlocks parts blocks of IPv4 and IPv6, which no set holds both of.
func splitBlocks(blocks []string) (v4, v6 []string, err error) {
	for _, block := range blocks {
		prefix, err := netip.ParsePrefix(block)
		if err != nil {
			return nil, nil, fmt.Errorf("block %q: %w", block, err)
		}
		if prefix.Addr().Is4() {
			v4 = append(v4, block)
		} else {
			v6 = append(v6, block)
		}
	}
	return v4, v6, nil
}

// build creates the lists, the firewall and its logs.
func (f *Firewall) build(ctx *pulumi.Context) error {
	allowed, err := f.createList(ctx, "allow", f.args.Allow)
	if err != nil {
		return err
	}
	denied, err := f.createList(ctx, "deny", f.args.Deny)
	if err != nil {
		return err
	}
	acl, err := newWAF(ctx, f, webACLType, f.name+"-acl", f.args.acl(ctx.Stack(), f.name, f.args.rules(allowed, denied)))
	if err != nil {
		return err
	}
	logging, err := f.createLogs(ctx, acl.ARN)
	if err != nil {
		return err
	}
	f.ARN = after(ctx, acl.ARN, logging)
	return nil
}

// addressList is a list of addresses as rules refer to it: a set for each kind of address.
type addressList struct{ v4, v6 pulumi.StringOutput }

// createList creates the sets of a list. They are there when the list is empty,
// too: the first entry is then one more address, and touches no rule.
func (f *Firewall) createList(ctx *pulumi.Context, part string, blocks []string) (addressList, error) {
	var list addressList
	v4, v6, err := splitBlocks(blocks)
	if err != nil {
		return list, err
	}
	for _, one := range []struct {
		suffix, version string
		blocks          []string
		into            *pulumi.StringOutput
	}{
		{"ipv4", "IPV4", v4, &list.v4},
		{"ipv6", "IPV6", v6, &list.v6},
	} {
		name := f.name + "-" + part + "-" + one.suffix
		set, err := newWAF(ctx, f, ipSetType, name, pulumi.Map{
			"scope":            pulumi.String(f.args.Scope),
			"ipAddressVersion": pulumi.String(one.version),
			"addresses":        pulumi.ToStringArray(one.blocks),
			"tags":             f.tags(name),
		})
		if err != nil {
			return list, err
		}
		*one.into = set.ARN
	}
	return list, nil
}

// acl builds the firewall itself. What no rule refuses is let through.
func (a *FirewallArgs) acl(stack, name string, rules []firewallRule) pulumi.Map {
	list := make(pulumi.Array, len(rules))
	for i, rule := range rules {
		list[i] = rule.render(i, a.Count)
	}
	return pulumi.Map{
		"scope":                pulumi.String(a.Scope),
		"description":          pulumi.String("Firewall " + name + " of " + stack),
		"defaultAction":        pulumi.Map{"allow": pulumi.Map{}},
		"rules":                list,
		"customResponseBodies": pulumi.Array{tooManyRequests()},
		"dataProtectionConfig": pulumi.Map{"dataProtections": pulumi.Array{a.hideInSamples()}},
		"visibilityConfig":     visibility(lowerName(metricLimit, stack, name)),
		"tags":                 pulumi.ToStringMap(a.Tags.For("firewall", name+"-acl")),
	}
}

func (f *Firewall) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(f.args.Tags.For("firewall", name))
}
