package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/plan"
)

// earlier is for a stack whose last run was an earlier release's, which did not leave
// all that a run compares with.
const earlier = "an earlier release deployed this stack, and left less to compare with. Deploy it once with the settings that it has, " +
	"before you take a smaller preset or less of anything: until then not all is refused that would go with it."

// warn says what the run goes on in spite of, in previews as well.
func warn(log pulumi.Log, p plan.Plan, before left) error {
	warnings := capacity.Warnings(p)
	if len(before.Foundations) > 0 && len(before.Sizing) == 0 {
		warnings = append(warnings, earlier)
	}
	for _, warning := range warnings {
		if err := log.Warn(warning, nil); err != nil {
			return fmt.Errorf("warning of the plan: %w", err)
		}
	}
	return nil
}
