package ec2

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

type Crate struct {
	pulumi.ResourceState

	BoxId pulumi.StringOutput `pulumi:"boxId"`
}

func NewCrate(ctx *pulumi.Context,
	name string, args *CrateArgs, opts ...pulumi.ResourceOption) (*Crate, error) {
	var resource Crate
	err := ctx.RegisterRemoteComponentResource("aws:ec2/crate:Crate", name, args, &resource, opts...)
	return &resource, err
}

type crateArgs struct {
	// Changing this forces a new resource.
	Wood *string `pulumi:"wood"`
}

type CrateArgs struct {
	Wood pulumi.StringPtrInput
}
