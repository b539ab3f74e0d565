package stacks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/plan"
)

// foundationsOutput is the stack output that the next run reads; nothing else
// should rely on what is in it.
const foundationsOutput = "foundations"

// deployed returns what the stack was last built on, and nothing for a stack
// that was never deployed. It asks its own state, and only to refuse.
func deployed(ctx *pulumi.Context) (plan.Foundations, error) {
	var answer struct {
		Outputs struct {
			Foundations map[string]string `pulumi:"foundations"`
		} `pulumi:"outputs"`
	}
	if err := readOutputs(ctx, ctx.Stack(), &answer); err != nil {
		return nil, fmt.Errorf("what stack %q was last built on: %w", ctx.Stack(), err)
	}
	return answer.Outputs.Foundations, nil
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
