package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

// StoreArgs is what every data store is told of the platform around it.
type StoreArgs struct {
	Account Account
	VPC     pulumi.StringInput
	// Subnets are where the store's machines are, one subnet a zone.
	Subnets []platform.Subnet
	// Clients may open connections to the store, and nobody else may.
	Clients []Client
	// DataKey, LogsKey and SecretsKey are the ARNs of the keys that encrypt what
	// is stored, logs, and passwords.
	DataKey, LogsKey, SecretsKey pulumi.StringInput
	// Fresh says that nothing of the platform is there yet: then machines that change
	// one after another later on are made side by side.
	Fresh bool
	// Protect guards the data against deletion and replacement.
	Protect bool
	// Disposable is set where nobody wants the data back: nothing is kept when
	// the store is destroyed.
	Disposable bool
	// Windows say when the store may be busy with itself.
	Windows Windows
	// BackupDays is how many days backups are kept, LogDays how many days logs are.
	BackupDays, LogDays int
	Thresholds          Thresholds
	// Topic is the ARN of the topic that events of the store are sent to, and
	// Notices that of the topic for services that cannot use an encrypted one.
	Topic, Notices pulumi.StringInput
	Tags           tags.Set
}

// Client is somebody who may connect to a store.
type Client struct {
	// Name is the client's part of a logical name, such as "nodes".
	Name string
	// Group is the id of the security group that the client's traffic comes from.
	Group pulumi.StringInput
}

// Windows are weekly and daily hours in UTC.
type Windows struct {
	// Backup is daily, as in "02:00-03:00".
	Backup string
	// Maintenance is weekly, as in "sun:03:30-sun:04:30".
	Maintenance string
}

func (a *StoreArgs) validate() error {
	if err := a.validateInputs(); err != nil {
		return err
	}
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case len(a.Subnets) < 2:
		return fmt.Errorf("%d subnets; a store survives the loss of a zone only if it is in two", len(a.Subnets))
	case a.Windows.Backup == "" || a.Windows.Maintenance == "":
		return errors.New("no windows for backup and maintenance")
	case a.BackupDays < 1 || a.LogDays < 1:
		return fmt.Errorf("backups are kept %d days and logs %d; both must end, and not at once", a.BackupDays, a.LogDays)
	case a.Thresholds.Minutes < 1:
		return errors.New("alarms that wait for nothing: want a minute at least")
	}
	names := make([]string, len(a.Clients))
	for i, client := range a.Clients {
		names[i] = client.Name
	}
	return unique("client", names)
}

// validateInputs wants what other components give.
func (a *StoreArgs) validateInputs() error {
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{
		{"vpc", a.VPC},
		{"data key", a.DataKey},
		{"logs key", a.LogsKey},
		{"secrets key", a.SecretsKey},
		{"topic", a.Topic},
		{"topic of notices", a.Notices},
	} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	return nil
}

// ports are the ports that a store listens on, from the first to the last.
type ports struct{ first, last int }

// single is one port.
func single(port int) ports { return ports{port, port} }

// storeGroup describes the security group of a store.
type storeGroup struct {
	name, component string
	open            ports
}

// newStoreGroup creates the security group of a store: the clients reach its
// ports, and nothing in the group reaches out. The rules are resources of their
// own, so that a store never waits for its clients.
func newStoreGroup(ctx *pulumi.Context, parent pulumi.Resource, g storeGroup, a *StoreArgs) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, g.name, &ec2.SecurityGroupArgs{
		VpcId:       a.VPC.ToStringOutput(),
		Description: pulumi.String("Who may connect to " + g.component),
		Tags:        pulumi.ToStringMap(a.Tags.For(g.component, g.name)),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("security group: %w", err)
	}
	for _, client := range a.Clients {
		name := g.name + "-from-" + client.Name
		_, err := vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId:           group.ID(),
			ReferencedSecurityGroupId: client.Group.ToStringOutput(),
			Description:               pulumi.String("From " + client.Name),
			IpProtocol:                pulumi.String("tcp"),
			FromPort:                  pulumi.Int(g.open.first),
			ToPort:                    pulumi.Int(g.open.last),
			Tags:                      pulumi.ToStringMap(a.Tags.For(g.component, name)),
		}, pulumi.Parent(parent))
		if err != nil {
			return nil, fmt.Errorf("rule for %q: %w", client.Name, err)
		}
	}
	return group, nil
}
