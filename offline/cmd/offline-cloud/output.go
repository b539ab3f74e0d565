package main

import (
	"errors"
	"fmt"
	"os"
)

// output prints one of the stack's outputs as JSON, with its secrets.
func (d *driver) output(names []string) error {
	if len(names) != 1 {
		return errors.New("name one output of the stack")
	}
	if err := d.prepare(); err != nil {
		return err
	}
	show := d.pulumi("stack", "output", names[0], "--json", "--show-secrets", "--stack", d.stack)
	show.Stdout, show.Stderr = os.Stdout, os.Stderr
	if err := show.Run(); err != nil {
		return fmt.Errorf("stack %q has no output %q: is it there? `make up STACK=%s` makes it", d.stack, names[0], d.stack)
	}
	return nil
}
