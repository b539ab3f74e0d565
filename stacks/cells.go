package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// zoneOutput is the output that a cell refers to in the stack above.
const zoneOutput = "zoneId"

// zoneAbove is the id of the zone that cells share, and nil unless the platform is a
// cell. Whether the stack above is what the plan takes it for is looked at first: the
// reference, which the state keeps, would tell the engine's part of it only.
func zoneAbove(ctx *pulumi.Context, p plan.Plan) (pulumi.StringInput, error) {
	stack := p.Edge.Parent.Stack
	if stack == "" {
		return nil, nil
	}
	var answer struct {
		Outputs struct {
			ZoneID string `pulumi:"zoneId"`
			Domain string `pulumi:"domain"`
		} `pulumi:"outputs"`
	}
	if err := readOutputs(ctx, stack, &answer); err != nil {
		return nil, fmt.Errorf("the stack in openedx:dns.parent.stack, which is deployed first (pulumi up --stack %s): %w", stack, err)
	}
	problems := config.Problems{Stack: p.Stack, List: p.ParentProblems(answer.Outputs.ZoneID, answer.Outputs.Domain)}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	reference, err := pulumi.NewStackReference(ctx, p.Name+"-parent", &pulumi.StackReferenceArgs{Name: pulumi.String(inFull(ctx, stack))})
	if err != nil {
		return nil, fmt.Errorf("reference to stack %q: %w", stack, err)
	}
	return reference.GetStringOutput(pulumi.String(zoneOutput)), nil
}
