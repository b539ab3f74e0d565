package k8s_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/harness"
)

const (
	releaseType   = "kubernetes:helm.sh/v3:Release"
	namespaceType = "kubernetes:core/v1:Namespace"
	priorityType  = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
	poolType      = "kubernetes:karpenter.sh/v1:NodePool"
)

// someAddOns are add-ons in an order that they cannot be installed in.
func someAddOns() []platform.AddOn {
	return []platform.AddOn{
		{
			Chart: versions.Karpenter, Namespace: "kube-system", After: []string{versions.KarpenterCRD, versions.CertManager},
			Values: pulumi.Map{"replicas": pulumi.Int(2)},
			Objects: []platform.Object{
				{APIVersion: "karpenter.sh/v1", Kind: "NodePool", Name: "spot", Body: pulumi.Map{"spec": pulumi.Map{"weight": pulumi.Int(10)}}},
				{APIVersion: "karpenter.sh/v1", Kind: "NodeOverlay", Name: "spot", Namespace: "kube-system"},
			},
		},
		{Chart: versions.KarpenterCRD, Namespace: "kube-system"},
		{Chart: versions.CertManager, Namespace: "cert-manager", After: []string{versions.KarpenterCRD}},
		{Chart: versions.KubePrometheusStack, Namespace: "monitoring"},
	}
}

func addOnsProgram(args *k8s.AddOnsArgs, see func(*k8s.AddOns)) pulumi.RunFunc {
	return program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		args.Provider = provider
		made, err := k8s.NewAddOns(ctx, "ad", args)
		if err == nil && see != nil {
			see(made)
		}
		return err
	})
}

func addOnsOf(t *testing.T, addOns []platform.AddOn) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, addOnsProgram(&k8s.AddOnsArgs{AddOns: addOns}, nil))
}

func TestAReleaseIsThePinnedChartAndLeavesNothingBehindWhenItFails(t *testing.T) {
	graph := addOnsOf(t, someAddOns())
	for _, chart := range []string{versions.CertManager, versions.Karpenter} {
		pinned, _ := versions.FindChart(chart)
		release := graph.One(t, releaseType, "ad-"+chart)
		for property, want := range map[string]string{"name": chart, "version": pinned.Version} {
			if got := release.Text(t, property); got != want {
				t.Errorf("%s: %s is %q, want %q", chart, property, got, want)
			}
		}
		for property, want := range map[string]bool{"atomic": true, "cleanupOnFail": true, "createNamespace": false, "skipAwait": false} {
			if got := release.Value(t, property); !got.IsBool() || got.BoolValue() != want {
				t.Errorf("%s: %s is %v, want %t", chart, property, got, want)
			}
		}
		if release.Value(t, "timeout").NumberValue() < 300 || release.Value(t, "maxHistory").NumberValue() < 1 {
			t.Errorf("%s: a first start takes minutes, and every past revision is kept for ever: %v", chart, release.Inputs)
		}
	}
}

func TestAChartComesFromItsRepositoryOrItsRegistry(t *testing.T) {
	graph := addOnsOf(t, someAddOns())
	fromRepository := graph.One(t, releaseType, "ad-cert-manager")
	if got := fromRepository.Text(t, "chart") + " " + fromRepository.Text(t, "repositoryOpts.repo"); got != "cert-manager https://charts.jetstack.io" {
		t.Errorf("got %q", got)
	}
	fromRegistry := graph.One(t, releaseType, "ad-karpenter")
	if got := fromRegistry.Text(t, "chart"); got != "oci://public.ecr.aws/karpenter/karpenter" {
		t.Errorf("got %q", got)
	}
	if got := fromRegistry.Value(t, "repositoryOpts"); !got.IsNull() {
		t.Errorf("Helm refuses a repository beside the address of a registry: %v", got)
	}
}

func TestEachAddOnWaitsForThoseThatItNeeds(t *testing.T) {
	graph := addOnsOf(t, someAddOns())
	release := func(chart string) *harness.Resource { return graph.One(t, releaseType, "ad-"+chart) }
	pool := graph.One(t, poolType, "ad-karpenter-spot")
	for _, order := range [][2]*harness.Resource{
		{release(versions.Karpenter), release(versions.KarpenterCRD)},
		{release(versions.Karpenter), release(versions.CertManager)},
		{release(versions.CertManager), graph.One(t, namespaceType, "ad-namespace-cert-manager")},
		{pool, release(versions.Karpenter)},
	} {
		if !graph.Waits(order[0], order[1].URN) {
			t.Errorf("%s does not wait for %s", order[0], order[1])
		}
	}
	for _, class := range graph.All(priorityType) {
		if !graph.Waits(release(versions.KubePrometheusStack), class.URN) {
			t.Errorf("its pods would ask for %s before it is there", class)
		}
	}
	if graph.Waits(release(versions.KubePrometheusStack), release(versions.Karpenter).URN) {
		t.Error("add-ons wait for others that they do not need")
	}
}

func TestAddOnsWaitForWhatTheCloudHasForThem(t *testing.T) {
	var nodes, identity pulumi.Resource
	graph := harness.Run(t, nil, program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		made := [2]struct{ pulumi.CustomResourceState }{}
		for i, name := range []string{"nodes", "identity"} {
			if err := ctx.RegisterResource("test:index:Thing", name, pulumi.Map{}, &made[i]); err != nil {
				return err
			}
		}
		nodes, identity = &made[0], &made[1]
		_, err := k8s.NewAddOns(ctx, "ad", &k8s.AddOnsArgs{Provider: provider, Needs: []pulumi.Resource{nodes}, AddOns: []platform.AddOn{
			{Chart: versions.KEDA, Namespace: "keda"},
			{Chart: versions.ExternalDNS, Namespace: "external-dns", Needs: []pulumi.Resource{identity}},
		}})
		return err
	}))
	thing := func(name string) string { return graph.One(t, "test:index:Thing", name).URN }
	dns, keda := graph.One(t, releaseType, "ad-external-dns"), graph.One(t, releaseType, "ad-keda")
	if !graph.Waits(dns, thing("nodes")) || !graph.Waits(keda, thing("nodes")) || !graph.Waits(dns, thing("identity")) {
		t.Error("an add-on starts before what it needs is there")
	}
	if graph.Waits(keda, thing("identity")) {
		t.Error("one add-on waits for the identity of another")
	}
}

func TestANamespaceIsAsStrictAsItsPodsBear(t *testing.T) {
	graph := addOnsOf(t, append(someAddOns(), platform.AddOn{Chart: versions.FluentBit, Namespace: "logging"}))
	for name, want := range map[string]string{"cert-manager": "restricted", "monitoring": "privileged", "logging": "privileged"} {
		namespace := graph.One(t, namespaceType, "ad-namespace-"+name)
		for _, mode := range []string{"enforce", "audit", "warn"} {
			if got := namespace.Text(t, `metadata.labels["pod-security.kubernetes.io/`+mode+`"]`); got != want {
				t.Errorf("%s: %s is %q, want %q", name, mode, got, want)
			}
		}
		if got := namespace.Text(t, "metadata.name"); got != name {
			t.Errorf("it is called %q, want %q", got, name)
		}
	}
	if got := graph.Count(namespaceType); got != 3 {
		t.Errorf("%d namespaces; kube-system is there already, and the others once:\n%s", got, graph.Inventory())
	}
}

func TestInstancesWaitForWhatUnderstandsTheirObjects(t *testing.T) {
	var made *k8s.AddOns
	harness.Run(t, nil, addOnsProgram(&k8s.AddOnsArgs{AddOns: someAddOns()}, func(a *k8s.AddOns) { made = a }))
	for chart, want := range map[string]int{versions.CertManager: 1, versions.Karpenter: 3, versions.KEDA: 0} {
		if got := len(made.Ready(chart)); got != want {
			t.Errorf("%s: %d resources to wait for, want %d", chart, got, want)
		}
	}
}

func TestAnObjectIsOfTheKindThatItsAddOnBrings(t *testing.T) {
	graph := addOnsOf(t, someAddOns())
	pool := graph.One(t, poolType, "ad-karpenter-spot")
	for property, want := range map[string]string{
		"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata.name": "spot",
		`metadata.labels["openedx-component"]`: "addons",
	} {
		if got := pool.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if pool.Value(t, "spec.weight").NumberValue() != 10 || !pool.Value(t, "metadata.namespace").IsNull() {
		t.Errorf("it is %v", pool.Inputs)
	}
	if got := graph.One(t, "kubernetes:karpenter.sh/v1:NodeOverlay", "ad-karpenter-spot").Text(t, "metadata.namespace"); got != "kube-system" {
		t.Errorf("it is in %q", got)
	}
	if got := graph.One(t, releaseType, "ad-karpenter").Value(t, "values.replicas").NumberValue(); got != 2 {
		t.Errorf("replicas: %v", got)
	}
}

func TestWorkersGiveWayBeforeJobsAndJobsBeforeWhatLearnersWaitFor(t *testing.T) {
	graph := addOnsOf(t, nil)
	value := func(name string) float64 {
		class := graph.One(t, priorityType, "ad-priority-"+name)
		if got := class.Text(t, "metadata.name"); got != name {
			t.Errorf("it is called %q, want %q", got, name)
		}
		if class.Value(t, "globalDefault").HasValue() {
			t.Errorf("%s: every pod of the cluster would have it", name)
		}
		return class.Value(t, "value").NumberValue()
	}
	const ofNoClass, ofKubernetes = 0, 1_000_000_000
	order := []float64{value(workloads.WorkerPriority), ofNoClass, value(workloads.WebPriority), value(workloads.PlatformPriority), ofKubernetes}
	if !slices.IsSorted(order) || len(slices.Compact(slices.Clone(order))) != len(order) {
		t.Errorf("the order is %v", order)
	}
	if got := graph.One(t, priorityType, "ad-priority-"+workloads.WorkerPriority).Text(t, "preemptionPolicy"); got != "Never" {
		t.Errorf("workers chase away each other: %q", got)
	}
}

func TestAddOnsAreMadeThroughTheOneProvider(t *testing.T) { onlyThrough(t, addOnsOf(t, someAddOns())) }

func TestAPreviewOfTheAddOnsShowsWhatAnUpdateMakes(t *testing.T) {
	preview := harness.Preview(t, nil, addOnsProgram(&k8s.AddOnsArgs{AddOns: someAddOns()}, nil))
	if diff := cmp.Diff(addOnsOf(t, someAddOns()).Inventory(), preview.Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestWrongAddOnsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*k8s.AddOnsArgs)
		want  []string
	}{
		"no provider":      {func(a *k8s.AddOnsArgs) { a.Provider = nil }, []string{"no Kubernetes provider"}},
		"unpinned":         {func(a *k8s.AddOnsArgs) { a.AddOns[0].Chart = "velero" }, []string{`chart "velero" is not pinned`}},
		"no namespace":     {func(a *k8s.AddOnsArgs) { a.AddOns[1].Namespace = "" }, []string{"karpenter-crd: no namespace"}},
		"twice":            {func(a *k8s.AddOnsArgs) { a.AddOns[1].Chart = versions.CertManager }, []string{"cert-manager is there twice"}},
		"after nothing":    {func(a *k8s.AddOnsArgs) { a.AddOns[3].After = []string{"keda"} }, []string{`kube-prometheus-stack comes after "keda"`}},
		"in a circle":      {func(a *k8s.AddOnsArgs) { a.AddOns[1].After = []string{versions.Karpenter} }, []string{"waits for itself", "karpenter-crd"}},
		"of no kind":       {func(a *k8s.AddOnsArgs) { a.AddOns[0].Objects[0].Kind = "" }, []string{"karpenter: object", "of no kind"}},
		"an object twice":  {func(a *k8s.AddOnsArgs) { a.AddOns[0].Objects[1].Kind = "NodePool" }, []string{`NodePool "spot" is there twice`}},
		"a nameless thing": {func(a *k8s.AddOnsArgs) { a.AddOns[0].Objects[1].Name = "" }, []string{"has no name"}},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
				args := &k8s.AddOnsArgs{Provider: provider, AddOns: someAddOns()}
				test.spoil(args)
				_, err := k8s.NewAddOns(ctx, "ad", args)
				return err
			}), append(test.want, `add-ons "ad"`)...)
		})
	}
}

// describe is a value of a chart as fmt writes it.
func describe(t *testing.T, release *harness.Resource, path string) string {
	t.Helper()
	return strings.TrimSpace(fmt.Sprint(release.Value(t, "values."+path).Mappable()))
}
