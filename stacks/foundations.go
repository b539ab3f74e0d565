package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/plan"
)

// foundationsOutput is the stack output that the next run reads; nothing else
// should rely on what is in it.
const foundationsOutput = "foundations"

// deployed returns what the stack was last built on, and nothing for a stack
// that was never deployed. It is the one question this program asks: of its own
// state, and only to refuse.
func deployed(ctx *pulumi.Context) (plan.Foundations, error) {
	request := struct {
		Name string `pulumi:"name"`
	}{ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()}
	var answer struct {
		Outputs struct {
			Foundations map[string]string `pulumi:"foundations"`
		} `pulumi:"outputs"`
	}
	if err := ctx.Invoke("pulumi:pulumi:readStackOutputs", &request, &answer); err != nil {
		return nil, fmt.Errorf("what stack %q was last built on: %w", ctx.Stack(), err)
	}
	return answer.Outputs.Foundations, nil
}
