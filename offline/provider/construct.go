package provider

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"

	"example.org/openedx/offline/schema"
)

// child is any resource that a component makes, with the outputs that the
// component reads again.
type child struct {
	pulumi.CustomResourceState
	Arn                  pulumi.StringOutput `pulumi:"arn"`
	Name                 pulumi.StringOutput `pulumi:"name"`
	Version              pulumi.StringOutput `pulumi:"version"`
	Endpoint             pulumi.StringOutput `pulumi:"endpoint"`
	CertificateAuthority pulumi.AnyOutput    `pulumi:"certificateAuthority"`
	Identities           pulumi.AnyOutput    `pulumi:"identities"`
	VpcConfig            pulumi.AnyOutput    `pulumi:"vpcConfig"`
	SecurityGroupRuleID  pulumi.StringOutput `pulumi:"securityGroupRuleId"`
}

// component registers a component's children; after the first error it does
// nothing, so that a constructor reads as the list of what it makes.
type component struct {
	pulumi.ResourceState
	ctx  *pulumi.Context
	name string
	err  error
}

func newComponent(ctx *pulumi.Context, token, name string, options ...pulumi.ResourceOption) *component {
	c := &component{ctx: ctx, name: name}
	c.err = ctx.RegisterComponentResource(token, name, c, options...)
	return c
}

// add registers a child named after the component.
func (c *component) add(token, suffix string, props pulumi.Map, options ...pulumi.ResourceOption) *child {
	made := &child{}
	if c.err != nil {
		return made
	}
	pkg, _, _ := strings.Cut(strings.TrimPrefix(token, "pulumi:providers:"), ":")
	// The same version as the program's own resources have, so the same plugin.
	known, err := schema.Load(pkg)
	if err != nil {
		c.err = err
		return made
	}
	maps.DeleteFunc(props, func(_ string, value pulumi.Input) bool { return value == nil })
	options = append([]pulumi.ResourceOption{pulumi.Parent(c), pulumi.Version(known.Version)}, options...)
	c.err = c.ctx.RegisterResource(token, c.name+suffix, props, made, options...)
	return made
}

// nested starts a component within this one.
func (c *component) nested(token, suffix string) *component {
	if c.err != nil {
		return &component{ctx: c.ctx, err: c.err}
	}
	return newComponent(c.ctx, token, c.name+suffix, pulumi.Parent(c))
}

// done publishes the outputs and gives the engine's answer.
func (c *component) done(outputs pulumi.Map) (*provider.ConstructResult, error) {
	if c.err != nil {
		return nil, c.err
	}
	maps.DeleteFunc(outputs, func(_ string, value pulumi.Input) bool { return value == nil })
	if err := c.ctx.RegisterResourceOutputs(c, outputs); err != nil {
		return nil, err
	}
	return &provider.ConstructResult{URN: c.URN(), State: outputs}, nil
}

// construct makes the remote components of pulumi-eks, with the same children
// under the same names as version 3.9.1 makes, as far as this platform goes.
// https://github.com/pulumi/pulumi-eks/tree/v3.9.1/nodejs/eks
func construct(
	ctx *pulumi.Context, token, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption,
) (*provider.ConstructResult, error) {
	switch token {
	case "eks:index:Cluster":
		return newCluster(ctx, name, inputs, options)
	case "eks:index:ManagedNodeGroup":
		return newNodeGroup(ctx, name, inputs, options)
	default:
		return nil, fmt.Errorf("no component %q in the offline cloud", token)
	}
}

// refuseOthers refuses arguments that a struct has no field for: a test double
// that ignored them would say yes to what it has not looked at.
func refuseOthers(inputs provider.ConstructInputs, args any) error {
	given, err := inputs.Map()
	if err != nil {
		return err
	}
	known := fieldNames(args)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("argument %q is not known to the offline cloud; teach it in offline/provider", name)
		}
	}
	return inputs.CopyTo(args)
}

// fieldNames lists the arguments that a struct has fields for.
func fieldNames(args any) []string {
	var names []string
	fields := reflect.TypeOf(args).Elem()
	for i := range fields.NumField() {
		names = append(names, fields.Field(i).Tag.Get("pulumi"))
	}
	return names
}

func newNodeGroup(
	ctx *pulumi.Context, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption,
) (*provider.ConstructResult, error) {
	given, err := inputs.Map()
	if err != nil {
		return nil, fmt.Errorf("eks node group %q: %w", name, err)
	}
	for _, required := range []string{"clusterName", "nodeRoleArn", "subnetIds"} {
		if given[required] == nil {
			return nil, fmt.Errorf("eks node group %q: the offline cloud needs %s", name, required)
		}
	}
	for _, advanced := range []string{
		"amiId", "bootstrapExtraArgs", "bottlerocketSettings", "enableEfaSupport", "enableIMDSv2", "gpu", "kubeletExtraArgs",
		"nodeRole", "nodeadmExtraOptions", "operatingSystem", "placementGroupAvailabilityZone", "userData",
	} {
		if given[advanced] != nil {
			return nil, fmt.Errorf("eks node group %q: argument %q is not known to the offline cloud", name, advanced)
		}
	}
	args := &struct {
		IgnoreScalingChanges bool `pulumi:"ignoreScalingChanges"`
	}{}
	if err := inputs.CopyTo(args); err != nil {
		return nil, fmt.Errorf("eks node group %q: %w", name, err)
	}
	delete(given, "cluster")
	delete(given, "ignoreScalingChanges")
	if given["scalingConfig"] == nil {
		given["scalingConfig"] = pulumi.Map{"desiredSize": pulumi.Int(2), "minSize": pulumi.Int(1), "maxSize": pulumi.Int(2)}
	}
	var ignored []pulumi.ResourceOption
	if args.IgnoreScalingChanges {
		ignored = append(ignored, pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"}))
	}
	c := newComponent(ctx, "eks:index:ManagedNodeGroup", name, options)
	group := c.add("aws:eks/nodeGroup:NodeGroup", "", given, ignored...)
	if c.err != nil {
		return nil, c.err
	}
	return c.done(pulumi.Map{"nodeGroup": pulumi.NewResourceInput(group), "placementGroupName": pulumi.String("")})
}
