package ec2

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func LookupBox(ctx *pulumi.Context, args *LookupBoxArgs, opts ...pulumi.InvokeOption) (*LookupBoxResult, error) {
	var rv LookupBoxResult
	err := ctx.Invoke("aws:ec2/getBox:getBox", args, &rv, opts...)
	return &rv, err
}

type LookupBoxArgs struct {
	Id string `pulumi:"id"`
}

type LookupBoxResult struct {
	Sizes []int `pulumi:"sizes"`
}
