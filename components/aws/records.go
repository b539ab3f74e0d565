package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const recordsType = "openedx:aws:Records"

// AliasTarget is where a name leads: a load balancer or a distribution.
type AliasTarget struct {
	Host, ZoneID pulumi.StringInput
	// IPv6 says that the target has such addresses as well.
	IPv6 bool
}

// Alias is a public name and where it leads.
type Alias struct {
	Host   string
	Target AliasTarget
}

// RecordsArgs describes public names.
type RecordsArgs struct {
	// Zone is the id of the zone that the names are in.
	Zone    pulumi.StringInput
	Aliases []Alias
}

// Records are the public names of an instance.
type Records struct {
	pulumi.ResourceState
}

// NewRecords creates public names.
func NewRecords(ctx *pulumi.Context, name string, args *RecordsArgs, opts ...pulumi.ResourceOption) (*Records, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("records %q: %w", name, err)
	}
	r := &Records{}
	if err := ctx.RegisterComponentResourceV2(recordsType, name, pulumi.Map{"hosts": pulumi.ToStringArray(args.hosts())}, r, opts...); err != nil {
		return nil, fmt.Errorf("records %q: %w", name, err)
	}
	for _, alias := range args.Aliases {
		if err := r.lead(ctx, name+"-"+dashed(alias.Host), args.Zone, alias); err != nil {
			return nil, fmt.Errorf("records %q: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(r, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("records %q: %w", name, err)
	}
	return r, nil
}

func (a *RecordsArgs) validate() error {
	switch {
	case a.Zone == nil:
		return errors.New("no zone")
	case len(a.Aliases) == 0:
		return errors.New("no hosts")
	}
	for _, alias := range a.Aliases {
		if alias.Target.Host == nil || alias.Target.ZoneID == nil {
			return fmt.Errorf("host %q leads nowhere", alias.Host)
		}
	}
	return uniqueHosts("host", a.hosts())
}

func (a *RecordsArgs) hosts() []string {
	hosts := make([]string, len(a.Aliases))
	for i, alias := range a.Aliases {
		hosts[i] = alias.Host
	}
	return hosts
}

// lead creates the records of one name. They are refused where the name leads
// somewhere else already: that is for its owner to undo.
func (r *Records) lead(ctx *pulumi.Context, name string, zone pulumi.StringInput, alias Alias) error {
	kinds := []struct{ kind, suffix string }{{"A", "-a"}}
	if alias.Target.IPv6 {
		kinds = append(kinds, struct{ kind, suffix string }{"AAAA", "-aaaa"})
	}
	for _, record := range kinds {
		_, err := route53.NewRecord(ctx, name+record.suffix, &route53.RecordArgs{
			ZoneId: zone,
			Name:   pulumi.String(alias.Host),
			Type:   pulumi.String(record.kind),
			Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
				Name:   alias.Target.Host,
				ZoneId: alias.Target.ZoneID,
				// CloudFront allows nothing else, and with one target there is no
				// better answer than the sick one.
				// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias.html
				EvaluateTargetHealth: pulumi.Bool(false),
			}},
		}, pulumi.Parent(r))
		if err != nil {
			return fmt.Errorf("%s record of %q: %w", record.kind, alias.Host, err)
		}
	}
	return nil
}
