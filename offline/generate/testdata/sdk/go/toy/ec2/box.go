package ec2

import (
	"errors"

	"example.org/toy-sdk/go/toy/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type Box struct {
	pulumi.CustomResourceState

	Arn      pulumi.StringOutput    `pulumi:"arn"`
	Lid      BoxLidPtrOutput        `pulumi:"lid"`
	Name     pulumi.StringOutput    `pulumi:"name"`
	Policy   pulumi.StringPtrOutput `pulumi:"policy"`
	Stickers BoxStickerArrayOutput  `pulumi:"stickers"`
	Status   BoxStatusOutput        `pulumi:"status"`
	Labels   pulumi.StringMapOutput `pulumi:"labels"`
	Sides    pulumi.IntArrayOutput  `pulumi:"sides"`
}

func NewBox(ctx *pulumi.Context,
	name string, args *BoxArgs, opts ...pulumi.ResourceOption) (*Box, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}

	if args.Stickers == nil {
		return nil, errors.New("invalid value for required argument 'Stickers'")
	}
	if args.Shape == nil {
		args.Shape = pulumi.StringPtr("square")
	}
	args.Kind = pulumi.StringPtr("Box")
	if args.Password != nil {
		args.Password = pulumi.ToSecret(args.Password).(pulumi.StringPtrInput)
	}
	secrets := pulumi.AdditionalSecretOutputs([]string{
		"password",
	})
	opts = append(opts, secrets)
	replaceOnChanges := pulumi.ReplaceOnChanges([]string{
		"triggers[*]",
	})
	opts = append(opts, replaceOnChanges)
	var resource Box
	err := ctx.RegisterResource("aws:ec2/box:Box", name, args, &resource, opts...)
	return &resource, err
}

type boxArgs struct {
	Kind   *string           `pulumi:"kind"`
	Labels map[string]string `pulumi:"labels"`
	Lid    *BoxLid           `pulumi:"lid"`
	Name   *string           `pulumi:"name"`
	// Conflicts with `name`.
	NamePrefix *string     `pulumi:"namePrefix"`
	OwnerArn   *string     `pulumi:"ownerArn"`
	Owner      *iam.Role   `pulumi:"owner"`
	Password   *string     `pulumi:"password"`
	Policy     interface{} `pulumi:"policy"`
	Grade      *iam.Grade  `pulumi:"grade"`
	// Valid values are `round`, `square` and
	// `oval`. Defaults to `square`.
	Shape *string `pulumi:"shape"`
	// Changing this forces a new resource.
	SideLabel *string      `pulumi:"sideLabel"`
	Size      int          `pulumi:"size"`
	Stickers  []BoxSticker `pulumi:"stickers"`
	// Exactly one of `left` or `right` must be set.
	Left     *float64      `pulumi:"left"`
	Right    *bool         `pulumi:"right"`
	Triggers []interface{} `pulumi:"triggers"`
	// Valid values are `inside`, `outside`.
	Place *string `pulumi:"place"`
	// Valid values are `GOOD`, `BAD`.
	Mood *string `pulumi:"mood"`
	// Valid values are `oneWay`, `both`.
	Way *string `pulumi:"way"`
	// Must not change if it forces replacement.
	Weight *int `pulumi:"weight"`
	// Where it stands.
	Zone *string      `pulumi:"zone"`
	File pulumi.Asset `pulumi:"file"`
}

type BoxArgs struct {
	Kind pulumi.StringPtrInput
}
