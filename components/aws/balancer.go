package aws

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const balancerType = "openedx:aws:Balancer"

const (
	// balancerLimit is the longest name of a load balancer and of a target group.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
	balancerLimit = 32

	// Studio answers an import or an export only when it is done, which takes
	// minutes; a balancer waits for an hour and a bit at most.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
	leastIdleSeconds, mostIdleSeconds = 300, 4000
)

// BalancerArgs describes the platform's load balancer.
type BalancerArgs struct {
	Account Account
	VPC     pulumi.StringInput
	// Subnets are public, one a zone.
	Subnets []platform.Subnet
	// NodeGroup is the security group that the nodes and their pods are in.
	NodeGroup pulumi.StringInput
	// Certificate is the ARN of the one for whoever asks for no site's name.
	Certificate pulumi.StringInput
	// Firewall is the ARN of the regional web ACL that looks at every request.
	Firewall pulumi.StringInput
	// Logs is where it is recorded who asked for what; load balancers write to
	// buckets without a key of the customer's only.
	Logs BucketRef
	// IdleSeconds is how long a connection may be silent while a request is answered.
	IdleSeconds int
	// Protect keeps AWS from deleting the balancer: its address is in others' names.
	Protect bool
	Tags    tags.Set
}

// Balancer is the application load balancer that all instances share.
type Balancer struct {
	pulumi.ResourceState
	ARN pulumi.StringOutput
	// Host is the balancer's own name and ZoneID the zone that it is in, for
	// aliases. Host waits until the balancer answers.
	Host, ZoneID pulumi.StringOutput
	// Group is the id of the balancer's security group.
	Group pulumi.StringOutput
	// Name is what the balancer is called on AWS.
	Name string

	name     string
	args     *BalancerArgs
	balancer *lb.LoadBalancer
	// listener is the ARN of the one that sites add their rules to.
	listener pulumi.StringOutput
	// slots are the sites by slot.
	slots map[int]string
}

// NewBalancer creates a load balancer that knows no site yet.
func NewBalancer(ctx *pulumi.Context, name string, args *BalancerArgs, opts ...pulumi.ResourceOption) (*Balancer, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("balancer %q: %w", name, err)
	}
	b := &Balancer{Name: balancerName(ctx.Stack(), name), name: name, args: args, slots: map[int]string{}}
	inputs := pulumi.Map{"idleSeconds": pulumi.Int(args.IdleSeconds)}
	if err := ctx.RegisterComponentResourceV2(balancerType, name, inputs, b, opts...); err != nil {
		return nil, fmt.Errorf("balancer %q: %w", name, err)
	}
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("balancer %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(b, pulumi.Map{"arn": b.ARN, "host": b.Host, "group": b.Group}); err != nil {
		return nil, fmt.Errorf("balancer %q: %w", name, err)
	}
	return b, nil
}

// balancerName is what the balancer is called on AWS, which keeps what begins
// with "internal-" for itself.
func balancerName(stack, name string) string {
	wish := lowerName(balancerLimit, stack, name)
	if strings.HasPrefix(wish, "internal-") {
		return lowerName(balancerLimit, "s"+stack, name)
	}
	return wish
}

func (a *BalancerArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{
		{"vpc", a.VPC},
		{"group of nodes", a.NodeGroup},
		{"certificate", a.Certificate},
		{"firewall", a.Firewall},
		{"bucket for logs", a.Logs.Name},
	} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	if len(a.Subnets) < 2 {
		return errors.New("a balancer is in two zones at least")
	}
	if a.IdleSeconds < leastIdleSeconds || a.IdleSeconds > mostIdleSeconds {
		return fmt.Errorf("connections may be silent for %d seconds; Studio wants %d, and a balancer allows %d",
			a.IdleSeconds, leastIdleSeconds, mostIdleSeconds)
	}
	return nil
}

// tags are the tags of one of the balancer's resources.
func (b *Balancer) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(b.args.Tags.For("balancer", name))
}

// build creates the balancer, closed to everything but the web, then what it does
// with requests.
func (b *Balancer) build(ctx *pulumi.Context) error {
	if err := b.createGroup(ctx); err != nil {
		return err
	}
	name := b.name + "-balancer"
	balancer, err := lb.NewLoadBalancer(ctx, name, b.loadBalancer(name), pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("load balancer: %w", err)
	}
	b.balancer = balancer
	b.ARN, b.ZoneID = balancer.Arn, balancer.ZoneId
	if err := associateFirewall(ctx, b, b.name+"-firewall", balancer.Arn, b.args.Firewall); err != nil {
		return err
	}
	return b.createListeners(ctx)
}

// loadBalancer describes the balancer. It appends the address that it sees to
// X-Forwarded-For, and says in X-Forwarded-Proto how the request came in
// whatever the client says, which Open edX believes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
func (b *Balancer) loadBalancer(name string) *lb.LoadBalancerArgs {
	logs := func(folder string) pulumi.String { return pulumi.String(path.Join(b.args.Logs.Prefix, folder)) }
	return &lb.LoadBalancerArgs{
		Name:             pulumi.String(b.Name),
		LoadBalancerType: pulumi.String("application"),
		Internal:         pulumi.Bool(false),
		IpAddressType:    pulumi.String("ipv4"),
		// AWS refuses one that cannot be reached from the internet.
		Subnets:        platform.RoutedIDs(b.args.Subnets),
		SecurityGroups: pulumi.StringArray{b.Group},
		IdleTimeout:    pulumi.Int(b.args.IdleSeconds),
		// What one server reads into a malformed request and the next one does not is
		// how requests are smuggled past a firewall.
		DropInvalidHeaderFields:  pulumi.Bool(true),
		DesyncMitigationMode:     pulumi.String("defensive"),
		XffHeaderProcessingMode:  pulumi.String("append"),
		EnableDeletionProtection: pulumi.Bool(b.args.Protect),
		AccessLogs: lb.LoadBalancerAccessLogsArgs{
			Bucket: b.args.Logs.Name, Prefix: logs("access"), Enabled: pulumi.Bool(true),
		},
		ConnectionLogs: lb.LoadBalancerConnectionLogsArgs{
			Bucket: b.args.Logs.Name, Prefix: logs("connections"), Enabled: pulumi.Bool(true),
		},
		Tags: b.tags(name),
	}
}
