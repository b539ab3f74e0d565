package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/plan"
)

// warn says what the run goes on in spite of, in previews as well.
func warn(log pulumi.Log, p plan.Plan) error {
	for _, warning := range capacity.Warnings(p) {
		if err := log.Warn(warning, nil); err != nil {
			return fmt.Errorf("warning of the plan's capacity: %w", err)
		}
	}
	return nil
}
