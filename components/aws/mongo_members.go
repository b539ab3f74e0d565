package aws

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/firstboot"
	"example.org/openedx/internal/machines"
)

// dataDevice is the name that the data volume is attached under; on the machine
// it is found by its own id, whatever the name.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
const dataDevice = "/dev/sdf"

// mongoMachine is a member with what it is made of.
type mongoMachine struct {
	MongoMember
	address *ec2.NetworkInterface
	volume  *ebs.Volume
	// tls is the ARN of the secret that holds the member's certificate.
	tls        pulumi.StringOutput
	instance   *ec2.Instance
	attachment *ec2.VolumeAttachment
}

// createVolumes creates the disks that hold the data.
func (m *Mongo) createVolumes(ctx *pulumi.Context) error {
	for _, machine := range m.machines {
		name := m.name + "-volume-" + machine.Name
		volume, err := ebs.NewVolume(ctx, name, m.args.volume(name, machine.MongoMember),
			pulumi.Parent(m), pulumi.Protect(m.args.Protect))
		if err != nil {
			return fmt.Errorf("volume of member %q: %w", machine.Name, err)
		}
		machine.volume = volume
	}
	return nil
}

// volume builds the data volume of one member.
func (a *MongoArgs) volume(name string, member MongoMember) *ebs.VolumeArgs {
	return &ebs.VolumeArgs{
		AvailabilityZone: pulumi.String(a.Account.Region + member.Zone),
		Type:             pulumi.String("gp3"),
		Size:             pulumi.Int(a.VolumeGiB),
		Iops:             pulumi.Int(a.IOPS),
		Throughput:       pulumi.Int(a.ThroughputMiBps),
		Encrypted:        pulumi.Bool(true),
		KmsKeyId:         a.DataKey.ToStringOutput(),
		FinalSnapshot:    pulumi.Bool(!a.Disposable),
		// A copy is what the volume would be after a power failure, which the journal
		// beside the data repairs.
		Tags: pulumi.ToStringMap(a.Tags.BackedUp(a.Tags.For("mongo", name))),
	}
}

// createMachines creates the machines, each after the one before: a change that
// stops machines then stops one at a time, where all at once would be a set
// without a primary. The order is the members' own, so that a new one at the end
// waits for the others and none of them for it. At first there is no set yet, and
// the machines wait for each other themselves.
func (m *Mongo) createMachines(ctx *pulumi.Context) error {
	needs := m.ready
	for _, machine := range m.machines {
		if err := m.createMachine(ctx, machine, needs); err != nil {
			return fmt.Errorf("member %q: %w", machine.Name, err)
		}
		if !m.args.Fresh {
			needs = append(slices.Clip(m.ready), machine.attachment)
		}
	}
	return nil
}

// createMachine creates one machine and gives it its volume.
func (m *Mongo) createMachine(ctx *pulumi.Context, machine *mongoMachine, needs []pulumi.Resource) error {
	// A running member takes nothing from new scripts, and one that names no image
	// keeps the one it has: otherwise a new image would replace all members at once.
	// A machine that is replaced gets both as they are then.
	ignored := []string{"userDataBase64"}
	if machine.Image == "" {
		ignored = append(ignored, "ami")
	}
	name := m.name + "-machine-" + machine.Name
	instance, err := ec2.NewInstance(ctx, name, m.instance(name, machine),
		pulumi.Parent(m), pulumi.DependsOn(needs), pulumi.IgnoreChanges(ignored),
		// The address and the volume can be of one machine only.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("machine: %w", err)
	}
	attachment, err := ec2.NewVolumeAttachment(ctx, m.name+"-attachment-"+machine.Name, &ec2.VolumeAttachmentArgs{
		DeviceName: pulumi.String(dataDevice),
		InstanceId: instance.ID(),
		VolumeId:   machine.volume.ID(),
		// A disk that is pulled from under mongod is one that lost power.
		StopInstanceBeforeDetaching: pulumi.Bool(true),
	}, pulumi.Parent(m), pulumi.DeleteBeforeReplace(true)) // a volume is attached once
	if err != nil {
		return fmt.Errorf("attachment: %w", err)
	}
	machine.instance, machine.attachment = instance, attachment
	return nil
}

// instance builds the machine of one member.
func (m *Mongo) instance(name string, machine *mongoMachine) *ec2.InstanceArgs {
	image := m.args.Image.ToStringOutput()
	if machine.Image != "" {
		image = pulumi.String(machine.Image).ToStringOutput()
	}
	return &ec2.InstanceArgs{
		Ami:                image,
		InstanceType:       pulumi.String(m.args.Machine),
		IamInstanceProfile: m.profile,
		UserDataBase64:     m.userData(machine),
		Monitoring:         pulumi.Bool(true),
		// Against a slip in the console; the provider lifts it where it has to replace a machine.
		DisableApiTermination: pulumi.Bool(m.args.Protect),
		MaintenanceOptions:    ec2.InstanceMaintenanceOptionsArgs{AutoRecovery: pulumi.String("default")},
		MetadataOptions: ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		NetworkInterfaces: ec2.InstanceNetworkInterfaceArray{ec2.InstanceNetworkInterfaceArgs{
			DeviceIndex:        pulumi.Int(0),
			NetworkInterfaceId: machine.address.ID(),
		}},
		RootBlockDevice: ec2.InstanceRootBlockDeviceArgs{
			VolumeType: pulumi.String("gp3"),
			VolumeSize: pulumi.Int(machines.RootGiB),
			Encrypted:  pulumi.Bool(true),
			KmsKeyId:   m.args.DataKey.ToStringOutput(),
			Tags:       m.tags(name + "-root"),
		},
		Tags: m.tags(name),
	}
}

// userData renders what the machine is told at its first boot, which names
// secrets and holds none.
func (m *Mongo) userData(machine *mongoMachine) pulumi.StringOutput {
	member := m.args.boot(machine.MongoMember)
	//nolint:errcheck // the function returns a string
	return pulumi.StringArray{
		machine.volume.ID(), m.shared.keyFile, machine.tls, m.shared.admin, m.shared.monitor, m.args.Backups.Name, m.args.DataKey,
	}.ToStringArrayOutput().ApplyT(func(made []string) (string, error) {
		member.Volume = made[0]
		member.Secrets = firstboot.Secrets{KeyFile: made[1], TLS: made[2], Admin: made[3], Monitor: made[4]}
		member.Backup.Bucket, member.Backup.KeyARN = made[5], made[6]
		return firstboot.UserData(member)
	}).(pulumi.StringOutput)
}

// boot is a member as its first boot is told of it, without what resources produce.
func (a *MongoArgs) boot(member MongoMember) firstboot.Member {
	peers := make([]firstboot.Peer, len(a.Members))
	for i, peer := range a.Members {
		peers[i] = firstboot.Peer{DNSName: a.dnsName(peer), First: i == 0}
	}
	return firstboot.Member{
		Name: member.host(), DNSName: a.dnsName(member), Seed: a.seed(), Members: peers, ReplicaSet: a.ReplicaSet,
		Versions: a.Versions, OplogMB: a.OplogMB, CacheGB: a.CacheGB, Region: a.Account.Region,
		Backup: firstboot.Backup{Prefix: a.Backups.Prefix, Schedule: a.BackupSchedule},
	}
}
