package aws

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// A few resources are registered by their type tokens rather than through the
// providers' Go packages. Those packages are so large that a first build would
// take minutes longer for a handful of types: wafv2 83 seconds on two cores, all of
// Atlas 43. The schemas of the offline cloud are made from those very packages, so
// that every preview checks each name and type that is written here.

// The releases of the providers whose schemas the tokens are written against; a
// resource without one would get a provider of its own. Those of AWS must be the
// module's, or there would be two.
const (
	awsProvider   = "6.83.2"
	atlasProvider = "3.38.0"
)

// registered is any resource that is registered by its token.
type registered struct {
	pulumi.CustomResourceState
}

// spelt is a resource as it is registered by its token.
type spelt struct {
	token string
	// version is that of the provider.
	version, name string
	inputs        pulumi.Map
}

// register creates a resource by its token.
func register(ctx *pulumi.Context, r spelt, into pulumi.CustomResource, opts ...pulumi.ResourceOption) error {
	return ctx.RegisterResource(r.token, r.name, r.inputs, into, append(opts, pulumi.Version(r.version))...)
}
