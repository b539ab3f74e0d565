package aws

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// currentImage is where AWS says which Amazon Linux 2023 for Graviton is the
// current one.
// https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-ec2-cli
const currentImage = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

// CurrentImage is the machine image that a machine made today would get. It is
// for machines that keep what they were made from: whoever uses it must ignore
// its changes.
func CurrentImage(ctx *pulumi.Context) pulumi.StringOutput {
	found := ssm.LookupParameterOutput(ctx, ssm.LookupParameterOutputArgs{Name: pulumi.String(currentImage)})
	// The provider takes every parameter for a secret; this one is public.
	return pulumi.UnsecretWithContext(ctx.Context(), found.InsecureValue()).(pulumi.StringOutput) //nolint:errcheck // it keeps the type of its argument
}
