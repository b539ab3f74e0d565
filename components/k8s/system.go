package k8s

import (
	"fmt"
	"net/netip"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/accounts"
)

const systemType = "openedx:k8s:System"

// The ports that everything in the namespace needs: names, and the APIs and
// registries of the cloud.
const (
	dnsPort   = 53
	httpsPort = 443
)

// SystemArgs is what the platform's own jobs find in the cluster.
type SystemArgs struct {
	// Provider reaches the cluster.
	Provider pulumi.ProviderResource
	// MongoAuthority is the certificate, in PEM, that MongoDB's servers are checked
	// against; nil where no Job makes MongoDB users.
	MongoAuthority pulumi.StringInput
	// Reach lists what pods may connect to beside DNS and HTTPS outside of the network:
	// the stores, and what gives them their identity on the cloud if that is not HTTPS.
	Reach []Destination
	// ServiceBlock is where the cluster's services have their addresses, and
	// NetworkBlock where everything in the cloud's network has.
	ServiceBlock, NetworkBlock string
}

// Destination is a TCP port, or several.
type Destination struct {
	// Block narrows it to some addresses; it is empty for any outside of the network.
	Block string
	Port  int
	// Last is the last of several ports that begin with Port; 0 for that one alone.
	Last int
}

// System is the namespace of the platform's own jobs. What runs in it reads the
// passwords of the stores' administrators, so instances have no part in it.
type System struct {
	pulumi.ResourceState
	name string
	args *SystemArgs

	// Namespace is the namespace's name.
	Namespace pulumi.StringOutput
	// Scripts is the name of the ConfigMap with the scripts.
	Scripts pulumi.StringOutput
	// MongoAuthority is the name of the ConfigMap with MongoDB's authority; nil
	// where none was given.
	MongoAuthority pulumi.StringInput
}

// NewSystem creates the namespace of the platform's own jobs.
func NewSystem(ctx *pulumi.Context, name string, args *SystemArgs, opts ...pulumi.ResourceOption) (*System, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("system %q: %w", name, err)
	}
	s := &System{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(systemType, name, args.inputs(), s, opts...); err != nil {
		return nil, fmt.Errorf("system %q: %w", name, err)
	}
	if err := s.build(ctx); err != nil {
		return nil, fmt.Errorf("system %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(s, pulumi.Map{"namespace": s.Namespace, "scripts": s.Scripts}); err != nil {
		return nil, fmt.Errorf("system %q: %w", name, err)
	}
	return s, nil
}

func (s *System) build(ctx *pulumi.Context) error {
	namespace, err := corev1.NewNamespace(ctx, s.name+"-namespace", namespace(), s.options()...)
	if err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	s.Namespace = namespace.Metadata.Name().Elem()
	_, err = networkingv1.NewNetworkPolicy(ctx, s.name+"-traffic", s.args.traffic(s.Namespace), s.options()...)
	if err != nil {
		return fmt.Errorf("network policy: %w", err)
	}
	if s.Scripts, err = s.createFiles(ctx, "scripts", pulumi.ToStringMap(accounts.Scripts())); err != nil {
		return err
	}
	if s.args.MongoAuthority == nil {
		return nil
	}
	authority := pulumi.StringMap{authorityFile: s.args.MongoAuthority.ToStringOutput()}
	s.MongoAuthority, err = s.createFiles(ctx, "mongo-authority", authority)
	return err
}

func (a *SystemArgs) validate() error {
	if a.Provider == nil {
		return errNoProvider
	}
	return validateReach(a.Reach, a.ServiceBlock, a.NetworkBlock)
}

// validateReach wants ports that there are, and blocks in the usual notation.
func validateReach(reach []Destination, near ...string) error {
	for _, block := range near {
		if _, err := netip.ParsePrefix(block); err != nil {
			return fmt.Errorf("block %q: %w", block, err)
		}
	}
	for _, one := range reach {
		if err := one.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (d Destination) validate() error {
	const last = 65535
	if d.Port < 1 || d.Port > last {
		return fmt.Errorf("port %d", d.Port)
	}
	if d.Last != 0 && (d.Last < d.Port || d.Last > last) {
		return fmt.Errorf("ports %d to %d", d.Port, d.Last)
	}
	if _, err := netip.ParsePrefix(d.Block); d.Block != "" && err != nil {
		return fmt.Errorf("block %q: %w", d.Block, err)
	}
	return nil
}

func (a *SystemArgs) inputs() pulumi.Map {
	return pulumi.Map{"mongoAuthority": pulumi.Bool(a.MongoAuthority != nil)}
}

// options make a child that is made through the one provider.
func (s *System) options() []pulumi.ResourceOption {
	return []pulumi.ResourceOption{pulumi.Parent(s), pulumi.Provider(s.args.Provider)}
}

// namespace builds the namespace, under the name that the cloud's identities are
// given to, with the strictest of Kubernetes's three standards for pods.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
func namespace() *corev1.NamespaceArgs {
	all := labels("system")
	for _, mode := range []string{"enforce", "audit", "warn"} {
		all["pod-security.kubernetes.io/"+mode] = pulumi.String("restricted")
	}
	return &corev1.NamespaceArgs{Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(accounts.Namespace), Labels: all}}
}

// traffic lets nobody in, and out only to what the jobs need.
func (a *SystemArgs) traffic(namespace pulumi.StringInput) *networkingv1.NetworkPolicyArgs {
	policy := Policy{Closes: []string{ingress}, To: append(names(), outside(a.ServiceBlock, a.NetworkBlock, a.Reach)...)}
	return &networkingv1.NetworkPolicyArgs{Metadata: within(namespace, labels("system")), Spec: policy.spec()}
}

func port(protocol string, number int) networkingv1.NetworkPolicyPortArgs {
	return networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String(protocol), Port: pulumi.Int(number)}
}

// createFiles creates files that pods mount, and returns under which name. Other
// files are another ConfigMap, so that no pod ever sees half of a change.
func (s *System) createFiles(ctx *pulumi.Context, part string, files pulumi.StringMap) (pulumi.StringOutput, error) {
	made, err := corev1.NewConfigMap(ctx, s.name+"-"+part, &corev1.ConfigMapArgs{
		Metadata:  within(s.Namespace, labels("system")),
		Data:      files,
		Immutable: pulumi.Bool(true),
	}, s.options()...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("%s: %w", part, err)
	}
	return made.Metadata.Name().Elem(), nil
}
