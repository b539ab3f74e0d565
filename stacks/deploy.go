// Package stacks composes components into a platform: it holds the one switch
// on cloud, the wiring of each cloud, and the stack's outputs. It may import
// everything but tests; nothing but main and tests may import it.
package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/changes"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// Run is the whole program: settings to plan, plan to resources, resources to
// outputs. Whatever is wrong with the settings is told before the first resource.
func Run(ctx *pulumi.Context, source config.Source) error {
	settings, problems := config.Read(source)
	resolved, more := plan.Resolve(settings)
	if err := problems.Add(more...).Err(); err != nil {
		return err
	}
	before, err := deployed(ctx)
	if err != nil {
		return err
	}
	if err = warn(ctx.Log, resolved, before); err != nil {
		return err
	}
	resolved, kept := resolved.Keeping(before.Foundations)
	if err = problems.Add(append(kept, resolved.ReplaceProblems(before.Foundations)...)...).Err(); err != nil {
		return err
	}
	sizing := changes.Of(resolved)
	if err = tell(ctx.Log, changes.Between(before.Sizing, sizing, resolved.Replaced(before.Foundations))); err != nil {
		return err
	}
	built, err := Deploy(ctx, resolved, before.Foundations)
	if err != nil {
		return err
	}
	for _, output := range outputs {
		if value := output.value(built); value != nil {
			ctx.Export(output.name, value)
		}
	}
	ctx.Export(sizingOutput, pulumi.ToStringMap(sizing))
	ctx.Export(foundationsOutput, pulumi.ToStringMap(resolved.Foundations()))
	return nil
}

// Deploy builds a plan on its cloud; before is what its stack was last built on.
func Deploy(ctx *pulumi.Context, p plan.Plan, before plan.Foundations) (*platform.Platform, error) {
	switch p.Cloud {
	case config.AWS:
		return deployAWS(ctx, p, before)
	case config.Azure, config.Existing:
		return nil, fmt.Errorf("cloud %q cannot be built yet", p.Cloud)
	default:
		return nil, fmt.Errorf("cloud %q is unknown", p.Cloud)
	}
}
