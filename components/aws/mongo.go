package aws

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/firstboot"
)

const mongoType = "openedx:aws:Mongo"

// The limits of a gp3 volume that every region knows.
// https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html#gp3-ebs-volume-type
const (
	leastIOPS, mostIOPS             = 3000, 16000
	leastThroughput, mostThroughput = 125, 1000
	iopsPerThroughput               = 4
	mibPerGiB                       = 1024
)

// secretPath is what the names of secrets may begin with.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
var secretPath = regexp.MustCompile(`^(/[A-Za-z0-9_+=.@-]+)+$`)

// MongoArgs describes a replica set as decided before the run.
type MongoArgs struct {
	// StoreArgs name the private tier's subnets: members download packages.
	StoreArgs
	// Path begins the secrets' names, such as "/campus/prod".
	Path string
	// ReplicaSet is unique in account and region, since metrics are told apart by it.
	ReplicaSet string
	// Domain is the private zone that the members' names are in, such as "campus-prod.internal".
	Domain string
	// Members are 3 to 7, in the order of their numbers in the set; the first initiates it.
	Members []MongoMember
	// Image is the AMI of members that name none, as it is when they are created.
	Image pulumi.StringInput
	// Machine is the EC2 type of all members.
	Machine                          string
	VolumeGiB, IOPS, ThroughputMiBps int
	OplogMB                          int
	// CacheGB is the size of WiredTiger's cache; 0 leaves it to mongod.
	CacheGB  float64
	Versions firstboot.Versions
	// BackupSchedule says, as a systemd calendar, when the set is dumped.
	BackupSchedule string
	Backups        BucketRef
}

// MongoMember is one member of the set and the machine that it is.
type MongoMember struct {
	// Name is the member's part of logical and DNS names, such as "a".
	Name string
	// Zone is the letter of the availability zone that the member is in for life.
	Zone string
	// Image is the AMI that this member is to have from now on: another one
	// replaces its machine and keeps its address and data.
	Image string
}

// Mongo is a MongoDB replica set on machines of its own.
type Mongo struct {
	pulumi.ResourceState
	platform.Mongo
	// Alarms say what is to be watched.
	Alarms []Alarm

	name  string
	args  *MongoArgs
	group *ec2.SecurityGroup
	zone  *route53.Zone
	// shared are the secrets that every member reads.
	shared mongoSecrets
	// profile is the name under which machines take the members' role.
	profile pulumi.StringOutput
	// ready is what has to be there before any machine starts.
	ready    []pulumi.Resource
	machines []*mongoMachine
}

// NewMongo creates a replica set.
func NewMongo(ctx *pulumi.Context, name string, args *MongoArgs, opts ...pulumi.ResourceOption) (*Mongo, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("mongo %q: %w", name, err)
	}
	m := &Mongo{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(mongoType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mongo %q: %w", name, err)
	}
	if err := m.build(ctx); err != nil {
		return nil, fmt.Errorf("mongo %q: %w", name, err)
	}
	m.Alarms = m.watch()
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{
		"host":        m.Host,
		"port":        pulumi.Int(m.Port),
		"replicaSet":  pulumi.String(m.ReplicaSet),
		"authority":   m.Authority,
		"adminSecret": m.AdminSecret,
	}); err != nil {
		return nil, fmt.Errorf("mongo %q: %w", name, err)
	}
	return m, nil
}

// build creates what outlives the machines, then what they read as they start,
// then the machines.
func (m *Mongo) build(ctx *pulumi.Context) error {
	for _, step := range []func(*pulumi.Context) error{
		m.createGroup, m.createInterfaces, m.createNames, m.createVolumes,
		m.createSecrets, m.createCertificates, m.createIdentity, m.createMachines,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, machine := range m.machines {
		m.Needs = append(m.Needs, machine.attachment)
	}
	m.Port, m.TLS, m.ReplicaSet = firstboot.Port, true, m.args.ReplicaSet
	return nil
}

func (a *MongoArgs) validate() error {
	if err := a.StoreArgs.validate(); err != nil {
		return err
	}
	if a.Image == nil || a.Backups.Name == nil || a.Backups.ARN == nil {
		return errors.New("image and the bucket's name and ARN must be given")
	}
	if err := a.validateMachine(); err != nil {
		return err
	}
	if !secretPath.MatchString(a.Path) {
		return fmt.Errorf("path of the secrets is %q, want folders that each begin with a slash", a.Path)
	}
	if a.Thresholds.Minutes < 1 {
		return fmt.Errorf("alarms after %d minutes", a.Thresholds.Minutes)
	}
	return a.validateMembers()
}

// validateMachine wants a disk that EC2 can give.
func (a *MongoArgs) validateMachine() error {
	switch {
	case a.Machine == "":
		return errors.New("no machine")
	case a.VolumeGiB*mibPerGiB <= a.OplogMB:
		return fmt.Errorf("a volume of %d GiB holds no more than the oplog of %d MB", a.VolumeGiB, a.OplogMB)
	case a.IOPS < leastIOPS || a.IOPS > mostIOPS:
		return fmt.Errorf("%d IOPS, want %d to %d", a.IOPS, leastIOPS, mostIOPS)
	case a.ThroughputMiBps < leastThroughput || a.ThroughputMiBps > mostThroughput:
		return fmt.Errorf("%d MiB/s, want %d to %d", a.ThroughputMiBps, leastThroughput, mostThroughput)
	case a.ThroughputMiBps*iopsPerThroughput > a.IOPS:
		return fmt.Errorf("%d MiB/s need %d IOPS", a.ThroughputMiBps, a.ThroughputMiBps*iopsPerThroughput)
	}
	return nil
}

// validateMembers wants a set that boots, and that outlives any one zone.
func (a *MongoArgs) validateMembers() error {
	if len(a.Members) == 0 {
		return errors.New("no members")
	}
	inZone, voters := map[string]int{}, firstboot.Voters(len(a.Members))
	for i, member := range a.Members {
		if err := a.boot(member).Check(); err != nil {
			return fmt.Errorf("member %q: %w", member.Name, err)
		}
		if !slices.ContainsFunc(a.Subnets, member.livesIn) {
			return fmt.Errorf("member %q: no subnet in zone %q", member.Name, member.Zone)
		}
		if i < voters {
			inZone[member.Zone]++
		}
		if inZone[member.Zone]*2 >= voters {
			return fmt.Errorf("%d of %d voters are in zone %q: without it there is no majority",
				inZone[member.Zone], voters, member.Zone)
		}
	}
	return nil
}

func (a *MongoArgs) inputs() pulumi.Map {
	members := make(pulumi.StringArray, len(a.Members))
	for i, member := range a.Members {
		members[i] = pulumi.String(member.Name)
	}
	return pulumi.Map{
		"replicaSet": pulumi.String(a.ReplicaSet),
		"domain":     pulumi.String(a.Domain),
		"machine":    pulumi.String(a.Machine),
		"members":    members,
	}
}

// tags are the tags of one of the set's resources.
func (m *Mongo) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(m.args.Tags.For("mongo", name))
}

// host is the member's short name, in DNS and in its metrics.
func (m MongoMember) host() string { return "mongo-" + m.Name }

// livesIn tells whether a subnet is in the member's zone.
func (m MongoMember) livesIn(subnet platform.Subnet) bool { return subnet.Zone == m.Zone }
