package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/changes"
)

// sizingOutput is the stack output that has every decision of the plan in a few words.
// A preview shows its difference line by line, and the next run compares with it. As
// with all outputs, the names in it are public.
const sizingOutput = "sizing"

// tell says what becomes of the stack, before anything does and in previews as well;
// nothing where nothing changes.
func tell(log pulumi.Log, summary changes.Summary) error {
	text := summary.String()
	if text == "" {
		return nil
	}
	if err := log.Info(text, nil); err != nil {
		return fmt.Errorf("summary of what changes: %w", err)
	}
	return nil
}
