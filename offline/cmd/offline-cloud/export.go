package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// printState prints the stack's state as JSON, its secrets too, for whoever looks
// into what the program declares.
func (d *driver) printState() error {
	if err := d.prepare(); err != nil {
		return err
	}
	export := d.pulumi("-C", filepath.Dir(d.config), "stack", "export", "--show-secrets", "--stack", d.stack)
	export.Stdout, export.Stderr = os.Stdout, os.Stderr
	if err := export.Run(); err != nil {
		return fmt.Errorf("exporting stack %q: %w", d.stack, err)
	}
	return nil
}
