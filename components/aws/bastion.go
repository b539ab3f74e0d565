package aws

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/bastion"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/naming"
	"example.org/openedx/internal/tags"
)

const bastionType = "openedx:aws:Bastion"

// BastionArgs describes the operators' machine.
type BastionArgs struct {
	Account Account
	VPC     pulumi.StringInput
	// Block is the network's CIDR block, in which the stores are.
	Block string
	// Subnet is a private one.
	Subnet platform.Subnet
	// Image is an Amazon Linux 2023 for Graviton, and Machine a type of it.
	Image   pulumi.StringInput
	Machine string
	// Kubernetes is the cluster's minor version, which kubectl follows.
	Kubernetes              string
	ClusterName, ClusterARN pulumi.StringInput
	// ClusterGroup is the group of the cluster's API.
	ClusterGroup pulumi.StringInput
	// Path begins the names of all instances' secrets, as in "/campus/prod".
	Path string
	// DataKey, LogsKey and SecretsKey are the ARNs of the keys that encrypt the
	// disk, the record of sessions, and passwords.
	DataKey, LogsKey, SecretsKey pulumi.StringInput
	// LogGroup is where sessions are recorded, for LogDays days.
	LogGroup string
	LogDays  int
	Tags     tags.Set
}

// Bastion is a machine inside the network that operators reach through Session
// Manager: nothing listens on it, nobody has a key to it, and whoever opens a
// session is known by name and on record. It holds nothing.
type Bastion struct {
	pulumi.ResourceState
	name string
	args *BastionArgs
	// documents begins the names of all its session documents.
	documents string
	// forwards are the names, and local ports, that are taken.
	forwards map[string]bool
	// profile is the name of what gives the machine its role, and needs are what
	// has to be there before it starts.
	profile pulumi.StringOutput
	needs   []pulumi.Resource

	// Group is the id of the machine's security group, for stores to let in.
	Group      pulumi.StringOutput
	InstanceID pulumi.StringOutput
	// Role is the ARN of the machine's role.
	Role pulumi.StringOutput
	// ShellDocument is what an operator names to get a shell.
	ShellDocument pulumi.StringOutput
	// Operators is the ARN of the policy that lets its bearer open sessions.
	Operators pulumi.StringOutput
}

// NewBastion creates the operators' way into the network.
func NewBastion(ctx *pulumi.Context, name string, args *BastionArgs, opts ...pulumi.ResourceOption) (*Bastion, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("bastion %q: %w", name, err)
	}
	b := &Bastion{
		name: name, args: args, forwards: map[string]bool{},
		documents: naming.Fit(documentsLimit, "openedx", ctx.Stack(), name),
	}
	if err := ctx.RegisterComponentResourceV2(bastionType, name, args.inputs(), b, opts...); err != nil {
		return nil, fmt.Errorf("bastion %q: %w", name, err)
	}
	for _, create := range []func(*pulumi.Context) error{
		b.createGroup, b.createSessions, b.createRole, b.createMachine, b.createOperators,
	} {
		if err := create(ctx); err != nil {
			return nil, fmt.Errorf("bastion %q: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(b, pulumi.Map{
		"group": b.Group, "instanceId": b.InstanceID, "role": b.Role,
		"shellDocument": b.ShellDocument, "operators": b.Operators,
	}); err != nil {
		return nil, fmt.Errorf("bastion %q: %w", name, err)
	}
	return b, nil
}

func (a *BastionArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	if err := a.validateInputs(); err != nil {
		return err
	}
	if block, err := netip.ParsePrefix(a.Block); err != nil || !block.Addr().Is4() {
		return fmt.Errorf("block %q of the network: want a CIDR block of IPv4", a.Block)
	}
	switch {
	case a.Machine == "":
		return errors.New("no type of machine")
	case !strings.HasPrefix(a.Path, "/") || strings.HasSuffix(a.Path, "/"):
		return fmt.Errorf("path %q of the secrets: want a slash at its beginning and none at its end", a.Path)
	case a.LogGroup == "" || a.LogDays < 1:
		return fmt.Errorf("sessions are recorded in %q for %d days; want a log group, and a day at least", a.LogGroup, a.LogDays)
	}
	return a.boot().Check()
}

// validateInputs wants what other components give.
func (a *BastionArgs) validateInputs() error {
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{
		{"vpc", a.VPC},
		{"image", a.Image},
		{"name of the cluster", a.ClusterName},
		{"arn of the cluster", a.ClusterARN},
		{"group of the cluster", a.ClusterGroup},
		{"data key", a.DataKey},
		{"logs key", a.LogsKey},
		{"secrets key", a.SecretsKey},
	} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	if a.Subnet.Routed.OutputState == nil {
		return errors.New("no subnet")
	}
	return nil
}

func (a *BastionArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"machine": pulumi.String(a.Machine), "kubernetes": pulumi.String(a.Kubernetes),
		"logGroup": pulumi.String(a.LogGroup), "logDays": pulumi.Int(a.LogDays),
	}
}

// boot is the machine as its first boot is told of it, without the cluster's name.
func (a *BastionArgs) boot() bastion.Machine {
	return bastion.Machine{Region: a.Account.Region, Kubernetes: a.Kubernetes, MySQLAuthority: MySQLAuthorityURL}
}

func (b *Bastion) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(b.args.Tags.For("bastion", name))
}

// createMachine creates the machine. A new image alone does not replace it, or
// every run would end the sessions of operators; other tools or another cluster
// do, because a first boot is the only one that installs them, and the machine
// that follows gets the image of that day.
func (b *Bastion) createMachine(ctx *pulumi.Context) error {
	name := b.name + "-machine"
	machine, err := ec2.NewInstance(ctx, name, b.machine(name),
		pulumi.Parent(b), pulumi.DependsOn(b.needs), pulumi.IgnoreChanges([]string{"ami"}))
	if err != nil {
		return fmt.Errorf("machine: %w", err)
	}
	b.InstanceID = machine.ID().ToStringOutput()
	return nil
}

// machine builds the machine: without a public address, without a key pair, and
// with a metadata service that answers nothing but the machine itself.
func (b *Bastion) machine(name string) *ec2.InstanceArgs {
	return &ec2.InstanceArgs{
		Ami:                      b.args.Image.ToStringOutput(),
		InstanceType:             pulumi.String(b.args.Machine),
		SubnetId:                 b.args.Subnet.Routed,
		AssociatePublicIpAddress: pulumi.Bool(false),
		VpcSecurityGroupIds:      pulumi.StringArray{b.Group},
		IamInstanceProfile:       b.profile,
		UserData:                 b.userData(),
		UserDataReplaceOnChange:  pulumi.Bool(true),
		MaintenanceOptions:       ec2.InstanceMaintenanceOptionsArgs{AutoRecovery: pulumi.String("default")},
		MetadataOptions: ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice: ec2.InstanceRootBlockDeviceArgs{
			VolumeType: pulumi.String("gp3"),
			VolumeSize: pulumi.Int(machines.RootGiB),
			Encrypted:  pulumi.Bool(true),
			KmsKeyId:   b.args.DataKey.ToStringOutput(),
			Tags:       b.tags(name + "-root"),
		},
		Tags: b.tags(name),
	}
}

// userData renders what the machine is told at its first boot.
func (b *Bastion) userData() pulumi.StringOutput {
	//nolint:errcheck // the function returns a string
	return b.args.ClusterName.ToStringOutput().ApplyT(func(cluster string) (string, error) {
		machine := b.args.boot()
		machine.Cluster = cluster
		return bastion.UserData(machine)
	}).(pulumi.StringOutput)
}
