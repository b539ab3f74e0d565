package aws

import (
	"fmt"

	awssdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const regionType = "openedx:aws:Region"

// RegionArgs describes a region beside the platform's own.
type RegionArgs struct {
	// Account is in that region.
	Account Account
	Login   Login
	// LogGroups are the log groups there that the key serves.
	LogGroups []string
	// Protect guards the key: what it encrypted is lost with it.
	Protect bool
	Tags    tags.Set
}

// Region is another region in which the platform has something: what CloudFront
// takes from one region only, or copies of backups. A key works in its own
// region, so each has one.
type Region struct {
	pulumi.ResourceState
	Account Account
	// Provider makes resources there.
	Provider pulumi.ProviderResource
	// Key is the ARN of the key that encrypts what is there.
	Key pulumi.StringOutput
}

// NewRegion creates what the platform needs before it can have anything in a region.
func NewRegion(ctx *pulumi.Context, name string, args *RegionArgs, opts ...pulumi.ResourceOption) (*Region, error) {
	if err := args.Account.validate(); err != nil {
		return nil, fmt.Errorf("region %q: %w", name, err)
	}
	r := &Region{Account: args.Account}
	inputs := pulumi.Map{"region": pulumi.String(args.Account.Region)}
	if err := ctx.RegisterComponentResourceV2(regionType, name, inputs, r, opts...); err != nil {
		return nil, fmt.Errorf("region %q: %w", name, err)
	}
	if err := r.build(ctx, name, args); err != nil {
		return nil, fmt.Errorf("region %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(r, pulumi.Map{"key": r.Key}); err != nil {
		return nil, fmt.Errorf("region %q: %w", name, err)
	}
	return r, nil
}

func (r *Region) build(ctx *pulumi.Context, name string, args *RegionArgs) error {
	provider, err := awssdk.NewProvider(ctx, name+"-provider", args.Login.provider(args.Account), pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	r.Provider = provider
	key := &KeysArgs{Account: args.Account, LogGroups: args.LogGroups, Protect: args.Protect, Tags: args.Tags}
	var further []statement
	if len(args.LogGroups) > 0 {
		further = append(further, key.serveLogs())
	}
	made, err := kms.NewKey(ctx, name+"-key", key.key(name+"-key", "Encrypts what the platform keeps in "+args.Account.Region, further),
		pulumi.Parent(r), pulumi.Provider(provider), pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	r.Key = made.Arn
	return nil
}
