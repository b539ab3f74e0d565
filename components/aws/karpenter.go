package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const karpenterType = "openedx:aws:Karpenter"

// karpenterNamespace is where Karpenter runs: what makes nodes must not wait for
// nodes, and Kubernetes gives the pods of this namespace way before all others.
const karpenterNamespace = "kube-system"

// KarpenterNodes is the label that Karpenter's nodes have and the others have not, and
// the tag by which their machines are known. Its value is the pool.
const KarpenterNodes = "karpenter.sh/nodepool"

// karpenterAccount is what Karpenter's chart calls its service account.
const karpenterAccount = "karpenter"

// KarpenterArgs says which nodes Karpenter may add to a cluster.
type KarpenterArgs struct {
	Account Account
	// Cluster is the cluster's name, which is known before the run, and ClusterName
	// the same once the cluster is there.
	Cluster     string
	ClusterName pulumi.StringInput
	VPC         pulumi.StringInput
	Subnets     []platform.Subnet
	// ClusterGroup is the group that nodes and their pods are in.
	ClusterGroup pulumi.StringInput
	// DataKey is the ARN of the key that the nodes' disks are encrypted with.
	DataKey pulumi.StringInput
	// Image is a release of Amazon's node image, such as v20260903.
	Image string
	// Machines are instance types of one size.
	Machines []string
	DiskGiB  int
	// CPUs is how many vCPUs each of the machines has, and Pods how many pods a node takes.
	CPUs, Pods int
	// IdleMinutes is how long a node stays that is not needed.
	IdleMinutes int
	// Quiet is when no node is given up or replaced.
	Quiet []QuietHours
	Pools NodePools
	Tags  tags.Set
}

// QuietHours is a time that comes again and again.
type QuietHours struct {
	// Schedule is a cron expression in UTC, Duration in hours and minutes.
	Schedule, Duration string
}

// NodePools is how many nodes of each kind there may be at most. A kind without
// any has no pool.
type NodePools struct{ OnDemand, Spot, CodeJail int }

// Karpenter is what adds nodes for pods that find no room, and takes them away
// when they are not needed.
type Karpenter struct {
	pulumi.ResourceState
	// AddOns are to be installed in the cluster.
	AddOns []platform.AddOn

	name string
	args *KarpenterArgs
	// needs are what has to be there before Karpenter starts.
	needs []pulumi.Resource
}

// NewKarpenter creates what Karpenter needs on AWS.
func NewKarpenter(ctx *pulumi.Context, name string, args *KarpenterArgs, opts ...pulumi.ResourceOption) (*Karpenter, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("karpenter %q: %w", name, err)
	}
	k := &Karpenter{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(karpenterType, name, args.inputs(), k, opts...); err != nil {
		return nil, fmt.Errorf("karpenter %q: %w", name, err)
	}
	queue, err := k.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("karpenter %q: %w", name, err)
	}
	if err = ctx.RegisterResourceOutputs(k, pulumi.Map{"queue": queue}); err != nil {
		return nil, fmt.Errorf("karpenter %q: %w", name, err)
	}
	return k, nil
}

// build creates the queue, what the nodes may do, what Karpenter may do, and the
// add-ons. It returns the queue's name.
func (k *Karpenter) build(ctx *pulumi.Context) (pulumi.StringOutput, error) {
	none := pulumi.StringOutput{}
	queue, err := k.createQueue(ctx)
	if err != nil {
		return none, err
	}
	classes, err := k.createClasses(ctx)
	if err != nil {
		return none, err
	}
	if err = k.createController(ctx, queue, classes); err != nil {
		return none, err
	}
	k.AddOns = k.addOns(queue, classes)
	return queue.Name, nil
}

func (a *KarpenterArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{{"cluster name", a.ClusterName}, {"vpc", a.VPC}, {"cluster group", a.ClusterGroup}, {"data key", a.DataKey}} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	switch {
	case a.Cluster == "":
		return errors.New("no cluster")
	case len(a.Subnets) == 0:
		return errors.New("no subnets")
	}
	return a.validateNodes()
}

// validateNodes wants nodes that can start.
func (a *KarpenterArgs) validateNodes() error {
	switch {
	case !strings.HasPrefix(a.Image, "v"):
		return fmt.Errorf("image %q; want one release of the node image", a.Image)
	case min(a.DiskGiB, a.CPUs, a.Pods, a.IdleMinutes) < 1:
		return fmt.Errorf("%d GiB, %d vCPUs, %d pods, %d minutes; want all above zero", a.DiskGiB, a.CPUs, a.Pods, a.IdleMinutes)
	case min(a.Pools.OnDemand, a.Pools.Spot, a.Pools.CodeJail) < 0:
		return fmt.Errorf("%+v nodes; want none below zero", a.Pools)
	}
	return a.validateMachines()
}

// validateMachines wants machines of one size: a limit in nodes is one in vCPUs,
// and so in money, only then.
func (a *KarpenterArgs) validateMachines() error {
	if len(a.Machines) == 0 {
		return errors.New("no machines")
	}
	_, size, _ := strings.Cut(a.Machines[0], ".")
	for _, machine := range a.Machines {
		if _, other, _ := strings.Cut(machine, "."); other != size || size == "" {
			return fmt.Errorf("machine %q beside %q; want all of one size", machine, a.Machines[0])
		}
	}
	return unique("machine", a.Machines)
}

func (a *KarpenterArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"cluster":  pulumi.String(a.Cluster),
		"machines": pulumi.ToStringArray(a.Machines),
		"onDemand": pulumi.Int(a.Pools.OnDemand),
		"spot":     pulumi.Int(a.Pools.Spot),
		"codeJail": pulumi.Int(a.Pools.CodeJail),
	}
}

// tags are the tags of one of Karpenter's resources.
func (k *Karpenter) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(k.args.Tags.For("karpenter", name))
}
