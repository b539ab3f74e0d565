//nolint:gosec // all paths and programs are those of the user who runs it
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// protected finds a protected resource in a state, however it is indented.
var protected = regexp.MustCompile(`"protect":\s*true`)

// liftProtection does for a protected stack what operations.md tells an
// operator to do before a destroy: it makes the stack disposable, in the copy of
// its settings, and brings it up once more. Offline nothing can be lost by it.
func (d *driver) liftProtection() error {
	state, err := os.ReadFile(d.checkpoint)
	if err != nil {
		return err
	}
	if !protected.Match(state) {
		return nil
	}
	key := d.project + ":disposable"
	fmt.Fprintf(os.Stderr, "Stack %s is protected; setting %s in its offline copy and bringing it up once more.\n", d.stack, key)
	for _, args := range [][]string{
		{"-C", filepath.Dir(d.config), "config", "set", key, "true", "--stack", d.stack},
		{"up", "--yes", "--skip-preview", "--stack", d.stack, "--config-file", d.config},
	} {
		if output, err := d.pulumi(args...).CombinedOutput(); err != nil {
			return fmt.Errorf("lifting the protection of stack %q: %w\n%s", d.stack, err, output)
		}
	}
	return nil
}
