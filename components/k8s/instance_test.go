package k8s_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/harness"
)

const (
	quotaType   = "kubernetes:core/v1:ResourceQuota"
	limitsType  = "kubernetes:core/v1:LimitRange"
	scalerType  = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
	budgetType  = "kubernetes:policy/v1:PodDisruptionBudget"
	scaledType  = "kubernetes:keda.sh/v1alpha1:ScaledObject"
	loginType   = "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"
	targetsType = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
	ingressType = "kubernetes:networking.k8s.io/v1:Ingress"
	policyType  = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	secretType  = "kubernetes:core/v1:Secret"
)

// instanceArgs are arguments that a test changes one of.
func instanceArgs() *k8s.InstanceArgs {
	args := &k8s.InstanceArgs{
		Slug: "north-campus", Quota: k8s.Quota{CPU: 14200, Memory: 50560, MemoryLimit: 84480, Pods: 36, Volumes: 2, StorageGiB: 20},
		BalancerBlocks: []string{"10.20.128.0/18"}, ServiceBlock: "172.20.0.0/16", NetworkBlock: "10.20.0.0/16",
		Reach: []k8s.Destination{{Block: "10.20.192.0/18", Port: 3306}, {Port: 587}, {Block: "10.20.192.0/18", Port: 1024, Last: 65535}, {Block: "169.254.170.23/32", Port: 80}},
		Queues: &k8s.Queues{Broker: platform.Endpoint{
			Host: pulumi.String("redis.internal").ToStringOutput(), Port: 6379, TLS: true, Password: platform.Secret(pulumi.String("hunter2hunter2")),
		}, Database: 6},
		TargetGroup: pulumi.String("target-group-arn"),
	}
	for i, workload := range workloads.All() {
		pods := workloads.Pods{Workload: workload.Name, Min: 1, Max: 1, CPU: 500, Memory: 2048, MemoryLimit: 3072}
		if workload.Replicated {
			pods.Min, pods.Max = 2+i, 20+i
		}
		args.Pods = append(args.Pods, pods)
	}
	return args
}

func instanceProgram(change func(*k8s.InstanceArgs)) pulumi.RunFunc {
	return program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		args := instanceArgs()
		args.Provider = provider
		if change != nil {
			change(args)
		}
		_, err := k8s.NewInstance(ctx, "in", args)
		return err
	})
}

func instance(t *testing.T, change func(*k8s.InstanceArgs)) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, instanceProgram(change))
}

func byIngress(a *k8s.InstanceArgs) {
	a.TargetGroup = nil
	a.Ingress = &k8s.Ingress{Class: "nginx", Annotations: map[string]string{"a": "b"}, Hosts: []string{"learn.example.org", "studio.example.org"}}
}

func TestTheNamespaceIsTheOneThatTheCloudKnowsAndKeepsPrivilegedPodsOut(t *testing.T) {
	namespace := instance(t, nil).One(t, namespaceType, "in-namespace")
	if got := namespace.Text(t, "metadata.name"); got != "instance-north-campus" {
		t.Errorf("it is called %q", got)
	}
	want := map[string]string{
		"pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted", "pod-security.kubernetes.io/audit": "restricted",
		"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
		"openedx-component":                       "instance", "openedx-instance": "north-campus",
	}
	got := map[string]string{}
	for key, value := range namespace.Value(t, "metadata.labels").ObjectValue() {
		got[string(key)] = value.StringValue()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if labels := text(instance(t, byIngress).One(t, namespaceType, "in-namespace").Value(t, "metadata.labels")); strings.Contains(labels, "elbv2") {
		t.Errorf("pods would wait for a load balancer that nobody fills: %s", labels)
	}
}

func TestAnInstanceTakesNoMoreThanItsQuota(t *testing.T) {
	hard := text(instance(t, nil).One(t, quotaType, "in-quota").Value(t, "spec.hard"))
	want := "map[limits.memory:84480Mi persistentvolumeclaims:2 pods:36 requests.cpu:14200m requests.memory:50560Mi requests.storage:20Gi services.loadbalancers:0]"
	if hard != want {
		t.Errorf("got %s", hard)
	}
}

func TestWhatSaysNothingOfItsSizeStillHasARequestToBeScaledBy(t *testing.T) {
	limits := text(instance(t, nil).One(t, limitsType, "in-defaults").Value(t, "spec.limits"))
	if want := "[map[default:map[memory:3072Mi] defaultRequest:map[cpu:100m memory:256Mi] type:Container]]"; limits != want {
		t.Errorf("got %s", limits)
	}
}

func TestTheBalancersGroupIsFilledWithCaddy(t *testing.T) {
	graph := instance(t, nil)
	binding := graph.One(t, targetsType, "in-targets")
	if got := text(binding.Value(t, "spec")); got != "map[serviceRef:map[name:caddy port:80] targetGroupARN:target-group-arn targetType:ip]" {
		t.Errorf("got %s", got)
	}
	if graph.Count(ingressType) != 0 {
		t.Error("there is an ingress as well")
	}
}

func TestWithoutAGroupOfTargetsAnIngressBringsEveryHostToCaddy(t *testing.T) {
	graph := instance(t, byIngress)
	if graph.Count(targetsType) != 0 {
		t.Error("there is a binding as well")
	}
	made := graph.One(t, ingressType, "in-ingress")
	rule := func(host string) string {
		return "map[host:" + host + " http:map[paths:[map[backend:map[service:map[name:caddy port:map[number:80]]] path:/ pathType:Prefix]]]]"
	}
	if got, want := text(made.Value(t, "spec")), "map[ingressClassName:nginx rules:["+rule("learn.example.org")+" "+rule("studio.example.org")+"]]"; got != want {
		t.Errorf("got %s", got)
	}
	// Tutor's pods come later, and Pulumi would wait for them.
	if got := text(made.Value(t, "metadata.annotations")); got != "map[a:b pulumi.com/skipAwait:true]" {
		t.Errorf("got %s", got)
	}
	made = instance(t, func(a *k8s.InstanceArgs) {
		byIngress(a)
		a.Ingress.Class, a.Ingress.TLSSecret = "", "certificate"
	}).One(t, ingressType, "in-ingress")
	if got := text(made.Value(t, "spec.tls")); got != "[map[hosts:[learn.example.org studio.example.org] secretName:certificate]]" {
		t.Errorf("got %s", got)
	}
	if got := made.Value(t, "spec.ingressClassName"); !got.IsNull() {
		t.Errorf("the class is %v", got)
	}
}

func TestWhatOnlyAnAddOnUnderstandsWaitsForItAndForNoOther(t *testing.T) {
	graph := harness.Run(t, nil, program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		var keda, controller struct{ pulumi.CustomResourceState }
		err := errors.Join(ctx.RegisterResource("test:index:AddOn", "keda", pulumi.Map{}, &keda),
			ctx.RegisterResource("test:index:AddOn", "controller", pulumi.Map{}, &controller))
		if err != nil {
			return err
		}
		args := instanceArgs()
		args.Provider, args.Binder, args.Queues.Scaler = provider, []pulumi.Resource{&controller}, []pulumi.Resource{&keda}
		_, err = k8s.NewInstance(ctx, "in", args)
		return err
	}))
	for addOn, types := range map[string][]string{"keda": {scaledType, loginType}, "controller": {targetsType}} {
		urn := graph.One(t, "test:index:AddOn", addOn).URN
		for _, r := range graph.Resources {
			custom := slices.Contains(types, r.Type)
			if strings.HasPrefix(r.Type, "kubernetes:") && graph.Waits(r, urn) != custom {
				t.Errorf("%s waits for %s: %t", r, addOn, !custom)
			}
		}
	}
}

func TestNothingOfAnInstanceHasALabelThatTutorStopsBy(t *testing.T) {
	for _, r := range instance(t, nil).Resources {
		metadata, ok := r.Inputs["metadata"]
		if ok && strings.Contains(text(metadata), "app.kubernetes.io") {
			t.Errorf("%s has a label of app.kubernetes.io", r)
		}
	}
}

func TestEverythingOfAnInstanceIsInItsNamespaceAndMadeByItsComponent(t *testing.T) {
	graph := instance(t, nil)
	parent := graph.One(t, "openedx:k8s:Instance", "in")
	for _, r := range graph.Resources {
		if !strings.HasPrefix(r.Type, "kubernetes:") {
			continue
		}
		if r.Parent != parent.URN || !strings.HasPrefix(r.Name, "in-") {
			t.Errorf("%s is of %q", r, r.Parent)
		}
		if r.Type != namespaceType && r.Text(t, "metadata.namespace") != "instance-north-campus" {
			t.Errorf("%s is in %q", r, r.Text(t, "metadata.namespace"))
		}
		if got := r.Text(t, `metadata.labels["openedx-instance"]`); got != "north-campus" {
			t.Errorf("%s is of instance %q", r, got)
		}
	}
	onlyThrough(t, graph)
	onlyThrough(t, instance(t, byIngress))
}

func TestAPreviewOfAnInstanceShowsWhatAnUpdateMakes(t *testing.T) {
	if diff := cmp.Diff(instance(t, nil).Inventory(), harness.Preview(t, nil, instanceProgram(nil)).Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestAWrongInstanceRegistersNothing(t *testing.T) {
	pods := func(workload int, change func(*workloads.Pods)) func(*k8s.InstanceArgs) {
		return func(a *k8s.InstanceArgs) { change(&a.Pods[workload]) }
	}
	for name, test := range map[string]struct {
		spoil func(*k8s.InstanceArgs)
		want  string
	}{
		"slug":              {func(a *k8s.InstanceArgs) { a.Slug = "A_b" }, `"A_b"`},
		"no provider":       {func(a *k8s.InstanceArgs) { a.Provider = nil }, "no Kubernetes provider"},
		"no quota":          {func(a *k8s.InstanceArgs) { a.Quota.Pods = 0 }, "holds nothing"},
		"limit":             {func(a *k8s.InstanceArgs) { a.Quota.MemoryLimit = a.Quota.Memory - 1 }, "holds nothing"},
		"no entry":          {func(a *k8s.InstanceArgs) { a.TargetGroup = nil }, "either a target group or an ingress"},
		"two entries":       {func(a *k8s.InstanceArgs) { a.Ingress = &k8s.Ingress{Hosts: []string{"a"}} }, "either a target group or an ingress"},
		"no hosts":          {func(a *k8s.InstanceArgs) { byIngress(a); a.Ingress.Hosts = nil }, "the ingress has no hosts"},
		"a workload less":   {func(a *k8s.InstanceArgs) { a.Pods = a.Pods[1:] }, "6 workloads have pods, want 7"},
		"another order":     {pods(0, func(p *workloads.Pods) { p.Workload = "cms" }), `pods of "cms" where those of "lms"`},
		"a lone LMS":        {pods(0, func(p *workloads.Pods) { p.Min = 1 }), `pods of "lms", want 2 at least`},
		"no worker":         {pods(2, func(p *workloads.Pods) { p.Min = 0 }), `pods of "lms-worker", want 1 at least`},
		"most below fewest": {pods(5, func(p *workloads.Pods) { p.Max = p.Min - 1 }), `pods of "caddy"`},
		"no request":        {pods(4, func(p *workloads.Pods) { p.CPU = 0 }), `pods of "mfe" ask for 0`},
		"limit below":       {pods(6, func(p *workloads.Pods) { p.MemoryLimit = 1 }), `pods of "meilisearch" ask for`},
		"nobody comes in":   {func(a *k8s.InstanceArgs) { a.BalancerBlocks = nil }, "no addresses that traffic comes from"},
		"balancer":          {func(a *k8s.InstanceArgs) { a.BalancerBlocks = []string{"10.0.0.1"} }, `"10.0.0.1"`},
		"services":          {func(a *k8s.InstanceArgs) { a.ServiceBlock = "" }, `block ""`},
		"network":           {func(a *k8s.InstanceArgs) { a.NetworkBlock = "10.20.0.0" }, `block "10.20.0.0"`},
		"last port":         {func(a *k8s.InstanceArgs) { a.Reach = []k8s.Destination{{Port: 1024, Last: 1023}} }, "ports 1024 to 1023"},
		"last port beyond":  {func(a *k8s.InstanceArgs) { a.Reach = []k8s.Destination{{Port: 1024, Last: 65536}} }, "ports 1024 to 65536"},
		"port":              {func(a *k8s.InstanceArgs) { a.Reach = []k8s.Destination{{Port: 0}} }, "port 0"},
		"no broker":         {func(a *k8s.InstanceArgs) { a.Queues.Broker.Host = pulumi.StringOutput{} }, "the queues are nowhere"},
		"no password":       {func(a *k8s.InstanceArgs) { a.Queues.Broker.Password = nil }, "the queues are nowhere"},
		"own authority":     {func(a *k8s.InstanceArgs) { a.Queues.Broker.Authority = pulumi.String("pem") }, "not everybody knows"},
		"database":          {func(a *k8s.InstanceArgs) { a.Queues.Database = -1 }, "database -1"},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, instanceProgram(test.spoil), `instance "in"`, test.want) })
	}
}
