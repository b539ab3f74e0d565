package k8s_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/k8s"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/tests/harness"
)

const configMapType = "kubernetes:core/v1:ConfigMap"

// systemArgs are arguments that a test changes one of.
func systemArgs() *k8s.SystemArgs {
	return &k8s.SystemArgs{
		MongoAuthority: pulumi.String("-----BEGIN CERTIFICATE-----"),
		Reach:          []k8s.Destination{{Block: "10.20.192.0/18", Port: 3306}, {Port: 27017}, {Block: "169.254.170.23/32", Port: 80}},
		ServiceBlock:   "172.20.0.0/16", NetworkBlock: "10.20.0.0/16",
	}
}

func systemProgram(args *k8s.SystemArgs, see func(*k8s.System)) pulumi.RunFunc {
	return program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		args.Provider = provider
		made, err := k8s.NewSystem(ctx, "sy", args)
		if err == nil && see != nil {
			see(made)
		}
		return err
	})
}

func system(t *testing.T, args *k8s.SystemArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, systemProgram(args, nil))
}

func TestTheNamespaceTakesRestrictedPodsOnly(t *testing.T) {
	namespace := system(t, systemArgs()).One(t, "kubernetes:core/v1:Namespace", "sy-namespace")
	if got := namespace.Text(t, "metadata.name"); got != "openedx-system" {
		t.Errorf("it is called %q", got)
	}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		if got := namespace.Text(t, `metadata.labels["pod-security.kubernetes.io/`+mode+`"]`); got != "restricted" {
			t.Errorf("%s: %q", mode, got)
		}
	}
}

func TestNobodyReachesThePodsAndTheyReachOnlyWhatTheyNeed(t *testing.T) {
	policy := system(t, systemArgs()).One(t, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "sy-traffic")
	if got := policy.Value(t, "spec.ingress"); !got.IsNull() {
		t.Errorf("somebody may come in: %v", got)
	}
	if got := fmt.Sprint(policy.Value(t, "spec.policyTypes").Mappable()); got != "[Ingress Egress]" {
		t.Errorf("it speaks of %s", got)
	}
	if got := policy.Value(t, "spec.podSelector"); len(got.ObjectValue()) != 0 {
		t.Errorf("it speaks of %v only", got)
	}
	if got := policy.Text(t, "metadata.namespace"); got != "openedx-system" {
		t.Errorf("it is in %q", got)
	}
	var rules []string
	for _, rule := range policy.Value(t, "spec.egress").ArrayValue() {
		rules = append(rules, text(rule))
	}
	const (
		dns = "to:[map[namespaceSelector:map[matchLabels:map[kubernetes.io/metadata.name:kube-system]]]]]"
		far = "to:[map[ipBlock:map[cidr:0.0.0.0/0 except:[172.20.0.0/16 10.20.0.0/16 169.254.0.0/16]]]]]"
	)
	want := []string{
		"map[ports:[map[port:53 protocol:UDP]] " + dns, "map[ports:[map[port:53 protocol:TCP]] " + dns,
		"map[ports:[map[port:443 protocol:TCP]] " + far, "map[ports:[map[port:3306 protocol:TCP]] to:[map[ipBlock:map[cidr:10.20.192.0/18]]]]",
		"map[ports:[map[port:27017 protocol:TCP]] " + far,
		"map[ports:[map[port:80 protocol:TCP]] to:[map[ipBlock:map[cidr:169.254.170.23/32]]]]",
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Error(diff)
	}
}

// text is a value as fmt writes maps, sorted by key.
func text(value resource.PropertyValue) string { return fmt.Sprint(value.Mappable()) }

func TestTheScriptsLieInOneConfigMapThatNobodyCanChange(t *testing.T) {
	scripts := system(t, systemArgs()).One(t, configMapType, "sy-scripts")
	data := scripts.Value(t, "data").ObjectValue()
	if len(data) != len(accounts.Scripts()) {
		t.Errorf("%d files, want %v", len(data), slices.Sorted(maps.Keys(accounts.Scripts())))
	}
	for name, content := range accounts.Scripts() {
		if data[resource.PropertyKey(name)].StringValue() != content {
			t.Errorf("%s is not there as it is", name)
		}
	}
	if !scripts.Value(t, "immutable").BoolValue() {
		t.Error("it can be changed under a running pod")
	}
	// Another content has to be another object, next to this one.
	if got := scripts.Value(t, "metadata.name"); !got.IsNull() {
		t.Errorf("it is always called %v", got)
	}
}

func TestTheAuthorityOfMongoIsThereIfThereIsOne(t *testing.T) {
	graph := system(t, systemArgs())
	if got := graph.One(t, configMapType, "sy-mongo-authority").Text(t, `data["ca.pem"]`); !strings.Contains(got, "BEGIN CERTIFICATE") {
		t.Errorf("got %q", got)
	}
	args := systemArgs()
	args.MongoAuthority = nil
	var made *k8s.System
	graph = harness.Run(t, nil, systemProgram(args, func(s *k8s.System) { made = s }))
	if graph.Count(configMapType) != 1 || made.MongoAuthority != nil {
		t.Errorf("there is one:\n%s", graph.Inventory())
	}
}

func TestTheSystemIsMadeThroughTheOneProvider(t *testing.T) { onlyThrough(t, system(t, systemArgs())) }

func TestAPreviewOfTheSystemShowsWhatAnUpdateMakes(t *testing.T) {
	preview := harness.Preview(t, nil, systemProgram(systemArgs(), nil))
	if diff := cmp.Diff(system(t, systemArgs()).Inventory(), preview.Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestAWrongSystemRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*k8s.SystemArgs)
		want  string
	}{
		"no provider": {func(a *k8s.SystemArgs) { a.Provider = nil }, "no Kubernetes provider"},
		"port 0":      {func(a *k8s.SystemArgs) { a.Reach = []k8s.Destination{{Port: 0}} }, "port 0"},
		"port 65536":  {func(a *k8s.SystemArgs) { a.Reach = []k8s.Destination{{Port: 65536}} }, "port 65536"},
		"services":    {func(a *k8s.SystemArgs) { a.ServiceBlock = "" }, `block ""`},
		"network":     {func(a *k8s.SystemArgs) { a.NetworkBlock = "10.20" }, `block "10.20"`},
		"block":       {func(a *k8s.SystemArgs) { a.Reach = []k8s.Destination{{Port: 80, Block: "169.254.170.23"}} }, `"169.254.170.23"`},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
				args := systemArgs()
				args.Provider = provider
				test.spoil(args)
				_, err := k8s.NewSystem(ctx, "sy", args)
				return err
			}), `system "sy"`, test.want)
		})
	}
}
