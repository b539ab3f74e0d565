package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const hostedZoneType = "openedx:aws:HostedZone"

// delegationSeconds is how long the world may keep whom a zone is delegated to: not
// for long, because a zone that is made anew has other name servers.
const delegationSeconds = 3600

// HostedZoneArgs describes the public names below a domain.
type HostedZoneArgs struct {
	Domain string
	// ID is a zone that is there already; without one, a zone is made.
	ID string
	// Above is the id of the zone that delegates to one that is made, or nil where
	// somebody else sees to that.
	Above pulumi.StringInput
	// Slug is the instance that the zone belongs to, or empty where it is the platform's.
	Slug string
	Tags tags.Set
}

// HostedZone is a public zone of Route 53: the internet finds its names once the
// registrar of the domain names its servers.
type HostedZone struct {
	pulumi.ResourceState
	Domain string
	ID     pulumi.StringOutput
	// NameServers are for the registrar; there are none where the zone was there already.
	NameServers pulumi.StringArrayOutput
	// Made tells a zone that was made here from one that was there already.
	Made bool
}

// NewHostedZone creates a zone, or takes one that is there.
func NewHostedZone(ctx *pulumi.Context, name string, args *HostedZoneArgs, opts ...pulumi.ResourceOption) (*HostedZone, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("hosted zone %q: %w", name, err)
	}
	z := &HostedZone{Domain: args.Domain, Made: args.ID == ""}
	inputs := pulumi.Map{"domain": pulumi.String(args.Domain), "made": pulumi.Bool(z.Made)}
	if err := ctx.RegisterComponentResourceV2(hostedZoneType, name, inputs, z, opts...); err != nil {
		return nil, fmt.Errorf("hosted zone %q: %w", name, err)
	}
	if err := z.build(ctx, name, args); err != nil {
		return nil, fmt.Errorf("hosted zone %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(z, pulumi.Map{"id": z.ID}); err != nil {
		return nil, fmt.Errorf("hosted zone %q: %w", name, err)
	}
	return z, nil
}

func (a *HostedZoneArgs) validate() error {
	switch {
	case a.Domain == "":
		return errors.New("no domain")
	case a.Above != nil && a.ID != "":
		return errors.New("a zone that is there is delegated to already")
	}
	return nil
}

// build creates the zone. A zone with names that nobody here made is not
// deleted with them: somebody still answers to those.
func (z *HostedZone) build(ctx *pulumi.Context, name string, args *HostedZoneArgs) error {
	if !z.Made {
		z.ID = pulumi.String(args.ID).ToStringOutput()
		return nil
	}
	zone, err := route53.NewZone(ctx, name+"-zone", &route53.ZoneArgs{
		Name:         pulumi.String(args.Domain),
		Comment:      pulumi.String("Public names of Open edX"),
		ForceDestroy: pulumi.Bool(false),
		Tags:         ownedTags(args.Tags, "dns", name+"-zone", args.Slug),
	}, pulumi.Parent(z))
	if err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	z.ID, z.NameServers = zone.ZoneId, zone.NameServers
	return z.delegate(ctx, name, args.Above)
}

// delegate has the zone above name this one's servers.
func (z *HostedZone) delegate(ctx *pulumi.Context, name string, above pulumi.StringInput) error {
	if above == nil {
		return nil
	}
	_, err := route53.NewRecord(ctx, name+"-delegation", &route53.RecordArgs{
		ZoneId:  above,
		Name:    pulumi.String(z.Domain),
		Type:    pulumi.String("NS"),
		Records: z.NameServers,
		Ttl:     pulumi.Int(delegationSeconds),
	}, pulumi.Parent(z))
	if err != nil {
		return fmt.Errorf("delegation: %w", err)
	}
	return nil
}

// ownedTags are the tags of what belongs to an instance, or, without a slug, to
// the platform.
func ownedTags(set tags.Set, component, name, slug string) pulumi.StringMap {
	if slug == "" {
		return pulumi.ToStringMap(set.For(component, name))
	}
	return pulumi.ToStringMap(set.ForInstance(component, name, slug))
}

// dashed is a host as it appears in logical names.
func dashed(host string) string { return strings.ReplaceAll(host, ".", "-") }

// uniqueHosts refuses hosts that would give resources the same name.
func uniqueHosts(what string, hosts []string) error {
	names := make([]string, len(hosts))
	for i, host := range hosts {
		if host == "" {
			return fmt.Errorf("%s without a name", what)
		}
		names[i] = dashed(host)
	}
	return unique(what, names)
}
