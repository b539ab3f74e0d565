package stacks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// foundationsOutput is the stack output that the next run reads; nothing else
// should rely on what is in it.
const foundationsOutput = "foundations"

// left is what the last run left for this one: what the stack was built on, and how
// large it was; nothing for a stack that was never deployed.
type left struct {
	Foundations map[string]string `pulumi:"foundations"`
	Sizing      map[string]string `pulumi:"sizing"`
}

// deployed returns what the last run left. It asks its own state, and only to refuse
// and to tell.
func deployed(ctx *pulumi.Context) (left, error) {
	var answer struct {
		Outputs left `pulumi:"outputs"`
	}
	if err := readOutputs(ctx, ctx.Stack(), &answer); err != nil {
		return left{}, fmt.Errorf("what stack %q was last built on: %w", ctx.Stack(), err)
	}
	return answer.Outputs, nil
}

// readOutputs reads the outputs of a stack into those that the answer names.
func readOutputs(ctx *pulumi.Context, stack string, answer any) error {
	request := struct {
		Name string `pulumi:"name"`
	}{inFull(ctx, stack)}
	return ctx.Invoke("pulumi:pulumi:readStackOutputs", &request, answer)
}

// inFull is a stack's name with its organization and project, which are this one's
// unless they were written.
func inFull(ctx *pulumi.Context, stack string) string {
	if strings.Contains(stack, "/") {
		return stack
	}
	return ctx.Organization() + "/" + ctx.Project() + "/" + stack
}
