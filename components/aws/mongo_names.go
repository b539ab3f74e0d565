package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nameSeconds is how long a client may keep an address: the members' own never
// change, and a new member is to be found within a minute.
const nameSeconds = 60

// seed is the one name behind which all members stand: what checks the port
// before the driver does takes no list of hosts.
func (a *MongoArgs) seed() string { return "mongo." + a.Domain }

// dnsName is a member's name in the set: an address would be wrong for ever once
// it changed.
func (a *MongoArgs) dnsName(member MongoMember) string { return member.host() + "." + a.Domain }

// createNames creates the private zone with a name for each member and one for all.
func (m *Mongo) createNames(ctx *pulumi.Context) error {
	name := m.name + "-zone"
	zone, err := route53.NewZone(ctx, name, &route53.ZoneArgs{
		Name:    pulumi.String(m.args.Domain),
		Comment: pulumi.String("Members of " + m.args.ReplicaSet),
		Vpcs:    route53.ZoneVpcArray{route53.ZoneVpcArgs{VpcId: m.args.VPC}},
		Tags:    m.tags(name),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	m.zone = zone
	var all pulumi.StringArray
	for _, machine := range m.machines {
		address := machine.address.PrivateIp
		all = append(all, address)
		if _, err = m.createName(ctx, "name-"+machine.Name, m.args.dnsName(machine.MongoMember), pulumi.StringArray{address}); err != nil {
			return err
		}
	}
	record, err := m.createName(ctx, "seed", m.args.seed(), all)
	if err != nil {
		return err
	}
	m.Host, m.Needs = pulumi.String(m.args.seed()).ToStringOutput(), []pulumi.Resource{record}
	return nil
}

// createName creates one record, which machines wait for: mongod does not start
// without its own, and the first to boot looks for the others.
func (m *Mongo) createName(ctx *pulumi.Context, part, name string, addresses pulumi.StringArray) (*route53.Record, error) {
	record, err := route53.NewRecord(ctx, m.name+"-"+part, &route53.RecordArgs{
		ZoneId:  m.zone.ZoneId,
		Name:    pulumi.String(name),
		Type:    pulumi.String("A"),
		Ttl:     pulumi.Int(nameSeconds),
		Records: addresses,
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", name, err)
	}
	m.ready = append(m.ready, record)
	return record, nil
}
