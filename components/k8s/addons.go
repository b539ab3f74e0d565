package k8s

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/versions"
)

const addOnsType = "openedx:k8s:AddOns"

// AddOnsArgs is what runs in the cluster for all instances.
type AddOnsArgs struct {
	// Provider reaches the cluster.
	Provider pulumi.ProviderResource
	// Needs has to be there before any add-on, such as nodes that its pods run on.
	Needs []pulumi.Resource
	// AddOns may be in any order.
	AddOns []platform.AddOn
}

// AddOns are the charts that run in the cluster for all instances, with the
// namespaces and priorities that they and the instances go by.
type AddOns struct {
	pulumi.ResourceState
	name string
	args *AddOnsArgs
	// ready holds, by chart, its release and what was made once it ran.
	ready map[string][]pulumi.Resource
}

// NewAddOns installs add-ons, each after those that it needs.
func NewAddOns(ctx *pulumi.Context, name string, args *AddOnsArgs, opts ...pulumi.ResourceOption) (*AddOns, error) {
	ordered, err := args.validate()
	if err != nil {
		return nil, fmt.Errorf("add-ons %q: %w", name, err)
	}
	a := &AddOns{name: name, args: args, ready: map[string][]pulumi.Resource{}}
	if err := ctx.RegisterComponentResourceV2(addOnsType, name, args.inputs(), a, opts...); err != nil {
		return nil, fmt.Errorf("add-ons %q: %w", name, err)
	}
	if err := a.build(ctx, ordered); err != nil {
		return nil, fmt.Errorf("add-ons %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(a, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("add-ons %q: %w", name, err)
	}
	return a, nil
}

// Ready is what has to be there before anything is made that only this chart's
// add-on understands; it is empty where the platform does without the add-on.
func (a *AddOns) Ready(chart string) []pulumi.Resource { return a.ready[chart] }

func (a *AddOns) build(ctx *pulumi.Context, ordered []platform.AddOn) error {
	priorities, err := a.createPriorities(ctx)
	if err != nil {
		return err
	}
	namespaces, err := a.createNamespaces(ctx)
	if err != nil {
		return err
	}
	for _, addOn := range ordered {
		needs := append(append([]pulumi.Resource{}, a.args.Needs...), priorities...)
		for _, before := range addOn.After {
			needs = append(needs, a.ready[before]...)
		}
		release, err := a.createRelease(ctx, addOn, namespaces[addOn.Namespace], append(needs, addOn.Needs...))
		if err != nil {
			return fmt.Errorf("%s: %w", addOn.Chart, err)
		}
		a.ready[addOn.Chart] = []pulumi.Resource{release}
		if err := a.createObjects(ctx, addOn, release); err != nil {
			return fmt.Errorf("%s: %w", addOn.Chart, err)
		}
	}
	return nil
}

func (a *AddOnsArgs) inputs() pulumi.Map {
	charts := make(pulumi.StringArray, len(a.AddOns))
	for i, addOn := range a.AddOns {
		charts[i] = pulumi.String(addOn.Chart)
	}
	return pulumi.Map{"charts": charts}
}

// options make a child that is made through the one provider.
func (a *AddOns) options(needs ...pulumi.Resource) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{pulumi.Parent(a), pulumi.Provider(a.args.Provider), pulumi.DependsOn(needs)}
}

// systemNamespace is there in every cluster.
const systemNamespace = "kube-system"

// seesNode are the namespaces whose pods read what is the node's own: its log files,
// or how much of it is used. All others hold their pods to the strictest of
// Kubernetes's three standards.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
var seesNode = map[string]bool{"logging": true, "monitoring": true}

// createNamespaces makes the namespaces of the add-ons, and returns their names.
func (a *AddOns) createNamespaces(ctx *pulumi.Context) (map[string]pulumi.StringInput, error) {
	names := map[string]pulumi.StringInput{systemNamespace: pulumi.String(systemNamespace)}
	for _, addOn := range a.args.AddOns {
		if names[addOn.Namespace] != nil {
			continue
		}
		made, err := corev1.NewNamespace(ctx, a.name+"-namespace-"+addOn.Namespace, addOnNamespace(addOn.Namespace), a.options()...)
		if err != nil {
			return nil, fmt.Errorf("namespace %q: %w", addOn.Namespace, err)
		}
		names[addOn.Namespace] = made.Metadata.Name().Elem()
	}
	return names, nil
}

func addOnNamespace(name string) *corev1.NamespaceArgs {
	standard := "restricted"
	if seesNode[name] {
		standard = "privileged"
	}
	all := labels("addons")
	for _, mode := range []string{"enforce", "audit", "warn"} {
		all["pod-security.kubernetes.io/"+mode] = pulumi.String(standard)
	}
	return &corev1.NamespaceArgs{Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(name), Labels: all}}
}

// The longest that a release may take, in seconds, and how many of its past
// revisions are kept to go back to. A first start pulls images and waits for webhooks.
const (
	releaseSeconds   = 600
	releaseRevisions = 5
)

// release is what Helm is asked for. An upgrade that does not become ready is taken
// back, and nothing of it is left behind.
func release(chart versions.Chart, namespace pulumi.StringInput, values pulumi.Map) pulumi.Map {
	asked := pulumi.Map{
		"chart": pulumi.String(chart.Name), "name": pulumi.String(chart.Name), "version": pulumi.String(chart.Version),
		"namespace": namespace, "createNamespace": pulumi.Bool(false),
		"atomic": pulumi.Bool(true), "cleanupOnFail": pulumi.Bool(true), "skipAwait": pulumi.Bool(false),
		"timeout": pulumi.Int(releaseSeconds), "maxHistory": pulumi.Int(releaseRevisions),
		"values": values,
	}
	if chart.OCI() {
		asked["chart"] = pulumi.String(chart.Repository)
	} else {
		asked["repositoryOpts"] = pulumi.Map{"repo": pulumi.String(chart.Repository)}
	}
	return asked
}

// registered is any object that is registered by its token. The package of Helm's
// releases brings those of all kinds with it, and most kinds of add-ons have none.
type registered struct {
	pulumi.CustomResourceState
}

func (a *AddOns) createRelease(
	ctx *pulumi.Context, addOn platform.AddOn, namespace pulumi.StringInput, needs []pulumi.Resource,
) (pulumi.Resource, error) {
	chart, ok := versions.FindChart(addOn.Chart)
	if !ok {
		return nil, fmt.Errorf("chart %q is not pinned", addOn.Chart)
	}
	values := addOn.Values
	if values == nil {
		values = pulumi.Map{}
	}
	made := &registered{}
	err := ctx.RegisterResource("kubernetes:helm.sh/v3:Release", a.name+"-"+addOn.Chart,
		release(chart, namespace, values), made, a.options(needs...)...)
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	return made, nil
}

// createObjects makes what only the add-on understands, and counts it as part of
// what is ready.
func (a *AddOns) createObjects(ctx *pulumi.Context, addOn platform.AddOn, release pulumi.Resource) error {
	for _, object := range addOn.Objects {
		made := &registered{}
		err := ctx.RegisterResource("kubernetes:"+object.APIVersion+":"+object.Kind, a.name+"-"+addOn.Chart+"-"+object.Name,
			addOnObject(object), made, a.options(release)...)
		if err != nil {
			return fmt.Errorf("%s %q: %w", object.Kind, object.Name, err)
		}
		a.ready[addOn.Chart] = append(a.ready[addOn.Chart], made)
	}
	return nil
}

func addOnObject(object platform.Object) pulumi.Map {
	metadata := pulumi.Map{"name": pulumi.String(object.Name), "labels": labels("addons")}
	if object.Namespace != "" {
		metadata["namespace"] = pulumi.String(object.Namespace)
	}
	whole := pulumi.Map{
		"apiVersion": pulumi.String(object.APIVersion), "kind": pulumi.String(object.Kind), "metadata": metadata,
	}
	for key, value := range object.Body {
		whole[key] = value
	}
	return whole
}
