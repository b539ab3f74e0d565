package k8s_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/tests/harness"
)

const providerType = "pulumi:providers:kubernetes"

// program gives what it builds the one provider there is.
func program(build func(ctx *pulumi.Context, provider pulumi.ProviderResource) error) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := kubernetes.NewProvider(ctx, "cluster", &kubernetes.ProviderArgs{Kubeconfig: pulumi.String("{}")})
		if err != nil {
			return err
		}
		return build(ctx, provider)
	}
}

// refuses fails the test unless the program fails with a message that holds every
// part, having registered nothing but the provider.
func refuses(t *testing.T, program pulumi.RunFunc, parts ...string) {
	t.Helper()
	graph, err := harness.Try(nil, false, program)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if len(graph.Resources) != graph.Count(providerType) {
		t.Errorf("registered before it refused:\n%s", graph.Inventory())
	}
}

// onlyThrough fails the test for each object that another provider would make.
func onlyThrough(t *testing.T, graph *harness.Graph) {
	t.Helper()
	provider := graph.One(t, providerType, "cluster")
	for _, r := range graph.Resources {
		if strings.HasPrefix(r.Type, "kubernetes:") && !strings.HasPrefix(r.Provider, provider.URN) {
			t.Errorf("%s is made through %q", r, r.Provider)
		}
	}
}
