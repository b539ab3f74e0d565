package k8s

import (
	"errors"
	"fmt"
	"strconv"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/workloads"
)

const instanceType = "openedx:k8s:Instance"

// InstanceArgs is one Open edX instance as the cluster sees it.
type InstanceArgs struct {
	// Provider reaches the cluster.
	Provider pulumi.ProviderResource
	// Slug is the instance.
	Slug string
	// Pods are one for each of workloads.All, in that order.
	Pods  []workloads.Pods
	Quota Quota
	// BalancerBlocks are the addresses that the load balancer's traffic comes from.
	BalancerBlocks []string
	// Reach lists what the instance's own pods may connect to outside of the cluster
	// beside HTTPS outside of the network: the stores, mail, and what gives pods their identity on the cloud.
	Reach []Destination
	// ServiceBlock is where the cluster's services have their addresses, the API's too,
	// and NetworkBlock where everything in the cloud's network has.
	ServiceBlock, NetworkBlock string
	// CodeJail says that there is one, which a plugin of Tutor brings.
	CodeJail bool
	// Queues are what workers are scaled by; without, it is CPU alone.
	Queues *Queues
	// TargetGroup is the ARN of the group of targets that the load balancer sends the
	// instance's traffic to. Where there is none, Ingress says how traffic comes in.
	TargetGroup pulumi.StringInput
	Ingress     *Ingress
	// Binder has to run before the group can be bound to pods.
	Binder []pulumi.Resource
}

// Quota is the most that an instance may ask the cluster for. CPU is in thousandths
// of a core, memory in MiB.
type Quota struct {
	CPU, Memory, MemoryLimit, Pods, Volumes, StorageGiB int
}

// Queues are the instance's Celery queues in Redis.
type Queues struct {
	Broker platform.Endpoint
	// Database is the number of the instance's own.
	Database int
	// Scaler has to run before it can be told of them.
	Scaler []pulumi.Resource
}

// Ingress brings an instance's hosts in where the load balancer is the cluster's own.
type Ingress struct {
	Class       string
	Annotations map[string]string
	Hosts       []string
	// TLSSecret is the Secret with the certificate; empty where the class has one.
	TLSSecret string
}

// Instance is the place of one Open edX instance: Tutor deploys into it, and
// everything around Tutor's pods is here.
type Instance struct {
	pulumi.ResourceState
	name  string
	args  *InstanceArgs
	names accounts.Names

	// Namespace is the namespace's name.
	Namespace pulumi.StringOutput
}

// NewInstance creates the place of one Open edX instance.
func NewInstance(ctx *pulumi.Context, name string, args *InstanceArgs, opts ...pulumi.ResourceOption) (*Instance, error) {
	names, err := args.validate()
	if err != nil {
		return nil, fmt.Errorf("instance %q: %w", name, err)
	}
	i := &Instance{name: name, args: args, names: names}
	if err := ctx.RegisterComponentResourceV2(instanceType, name, args.inputs(), i, opts...); err != nil {
		return nil, fmt.Errorf("instance %q: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		i.createNamespace, i.createBounds, i.createPolicies, i.createScalers, i.createBudgets, i.createEntry,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("instance %q: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(i, pulumi.Map{"namespace": i.Namespace}); err != nil {
		return nil, fmt.Errorf("instance %q: %w", name, err)
	}
	return i, nil
}

func (a *InstanceArgs) validate() (accounts.Names, error) {
	names, err := accounts.For(a.Slug)
	if err != nil {
		return names, err
	}
	switch {
	case a.Provider == nil:
		return names, errNoProvider
	case (a.TargetGroup == nil) == (a.Ingress == nil):
		return names, errors.New("either a target group or an ingress is wanted")
	case a.Ingress != nil && len(a.Ingress.Hosts) == 0:
		return names, errors.New("the ingress has no hosts")
	}
	for _, check := range []func() error{a.Quota.validate, a.validatePods, a.validateTraffic, a.validateQueues} {
		if err := check(); err != nil {
			return names, err
		}
	}
	return names, nil
}

func (q Quota) validate() error {
	if q.CPU < 1 || q.Memory < 1 || q.MemoryLimit < q.Memory || q.Pods < 1 || q.Volumes < 1 || q.StorageGiB < 1 {
		return fmt.Errorf("the quota %+v holds nothing", q)
	}
	return nil
}

// validatePods wants every workload, and one that answers to stay while another goes.
func (a *InstanceArgs) validatePods() error {
	all := workloads.All()
	if len(a.Pods) != len(all) {
		return fmt.Errorf("%d workloads have pods, want %d", len(a.Pods), len(all))
	}
	for i, workload := range all {
		pods, least := a.Pods[i], 1
		if workload.Web() {
			least = 2
		}
		switch {
		case pods.Workload != workload.Name:
			return fmt.Errorf("pods of %q where those of %q should be", pods.Workload, workload.Name)
		case pods.Min < least || pods.Max < pods.Min:
			return fmt.Errorf("%d to %d pods of %q, want %d at least", pods.Min, pods.Max, pods.Workload, least)
		case pods.CPU < 1 || pods.Memory < 1 || pods.MemoryLimit < pods.Memory:
			return fmt.Errorf("pods of %q ask for %d and %d, at most %d", pods.Workload, pods.CPU, pods.Memory, pods.MemoryLimit)
		}
	}
	return nil
}

func (a *InstanceArgs) validateTraffic() error {
	if len(a.BalancerBlocks) == 0 {
		return errors.New("no addresses that traffic comes from")
	}
	return validateReach(a.Reach, append([]string{a.ServiceBlock, a.NetworkBlock}, a.BalancerBlocks...)...)
}

func (a *InstanceArgs) validateQueues() error {
	switch {
	case a.Queues == nil:
		return nil
	case a.Queues.Broker.Host.OutputState == nil || a.Queues.Broker.Port < 1 || a.Queues.Broker.Password == nil:
		return errors.New("the queues are nowhere")
	case a.Queues.Broker.Authority != nil:
		return errors.New("the queues have a certificate that not everybody knows")
	case a.Queues.Database < 0:
		return fmt.Errorf("database %d", a.Queues.Database)
	}
	return nil
}

func (a *InstanceArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"slug": pulumi.String(a.Slug), "queues": pulumi.Bool(a.Queues != nil), "ingress": pulumi.Bool(a.Ingress != nil),
		"codeJail": pulumi.Bool(a.CodeJail),
	}
}

// options make a child that is made through the one provider.
func (i *Instance) options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(i), pulumi.Provider(i.args.Provider)}, more...)
}

// labels are the platform's own: Tutor stops an instance by labels of
// app.kubernetes.io, and what is here stays.
func (i *Instance) labels() pulumi.StringMap {
	all := labels("instance")
	all[tags.Instance] = pulumi.String(i.args.Slug)
	return all
}

// metadata is that of an object that operators look for by name.
func (i *Instance) metadata(name string) *metav1.ObjectMetaArgs {
	return &metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: i.Namespace, Labels: i.labels()}
}

// createNamespace creates the namespace under the name that the cloud's identities
// are given to. Tutor's pods run as a user but do not say so, which the restricted
// standard refuses: it warns only.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
func (i *Instance) createNamespace(ctx *pulumi.Context) error {
	all := i.labels()
	for mode, standard := range map[string]string{"enforce": "baseline", "audit": "restricted", "warn": "restricted"} {
		all["pod-security.kubernetes.io/"+mode] = pulumi.String(standard)
	}
	if i.args.TargetGroup != nil {
		all[readinessGate] = pulumi.String("enabled")
	}
	made, err := corev1.NewNamespace(ctx, i.name+"-namespace", &corev1.NamespaceArgs{
		Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(i.names.Home()), Labels: all},
	}, i.options()...)
	if err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	i.Namespace = made.Metadata.Name().Elem()
	return nil
}

// createBounds keeps the instance from taking what others need.
func (i *Instance) createBounds(ctx *pulumi.Context) error {
	_, err := corev1.NewResourceQuota(ctx, i.name+"-quota", &corev1.ResourceQuotaArgs{
		Metadata: i.metadata("instance"), Spec: i.args.quota(),
	}, i.options()...)
	if err != nil {
		return fmt.Errorf("quota: %w", err)
	}
	_, err = corev1.NewLimitRange(ctx, i.name+"-defaults", &corev1.LimitRangeArgs{
		Metadata: i.metadata("instance"), Spec: i.args.defaults(),
	}, i.options()...)
	if err != nil {
		return fmt.Errorf("defaults: %w", err)
	}
	return nil
}

// quota also keeps a plugin from opening a load balancer of its own past the
// firewall.
func (a *InstanceArgs) quota() corev1.ResourceQuotaSpecArgs {
	return corev1.ResourceQuotaSpecArgs{Hard: pulumi.StringMap{
		"requests.cpu":           milli(a.Quota.CPU),
		"requests.memory":        mebi(a.Quota.Memory),
		"limits.memory":          mebi(a.Quota.MemoryLimit),
		"requests.storage":       pulumi.String(fmt.Sprintf("%dGi", a.Quota.StorageGiB)),
		"pods":                   pulumi.String(strconv.Itoa(a.Quota.Pods)),
		"persistentvolumeclaims": pulumi.String(strconv.Itoa(a.Quota.Volumes)),
		"services.loadbalancers": pulumi.String("0"),
	}}
}

// What a container asks for that does not say so: without a request for CPU nothing
// can be scaled by it.
const (
	defaultCPU    = 100
	defaultMemory = 256
)

// defaults are for what Tutor or a plugin adds without a word about its size.
// Tutor's Jobs run the whole program, so that a container may take as much memory
// as LMS. There is no default limit of CPU: it would throttle.
func (a *InstanceArgs) defaults() corev1.LimitRangeSpecArgs {
	return corev1.LimitRangeSpecArgs{Limits: corev1.LimitRangeItemArray{corev1.LimitRangeItemArgs{
		Type:           pulumi.String("Container"),
		DefaultRequest: pulumi.StringMap{"cpu": milli(defaultCPU), "memory": mebi(defaultMemory)},
		Default:        pulumi.StringMap{"memory": mebi(max(defaultMemory, a.Pods[0].MemoryLimit))},
	}}}
}

func milli(cores int) pulumi.StringInput { return pulumi.String(fmt.Sprintf("%dm", cores)) }
func mebi(memory int) pulumi.StringInput { return pulumi.String(fmt.Sprintf("%dMi", memory)) }
