//nolint:gosec // all paths and programs are those of the user who runs it
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"example.org/openedx/offline/provider"
	"example.org/openedx/offline/simulation"
)

// defaultScale makes a deployment of half an hour one of a minute. The engine's own
// seconds count as many times, so that a larger scale says less.
const defaultScale = 30

// pace is how fast a simulation goes.
type pace struct {
	scale    float64
	parallel int
}

// simulate deploys the stack for the first time, in a cloud of its own that takes its
// time, and prints how long a real one would take.
func (d *driver) simulate(speed pace) error {
	if err := os.MkdirAll(d.dir, 0o750); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(d.dir, "simulate-")
	if err != nil {
		return err
	}
	defer func() {
		if left := os.RemoveAll(dir); left != nil {
			fmt.Fprintf(os.Stderr, "%s is left behind: %v\n", dir, left)
		}
	}()
	d.live(dir)
	state, log, err := d.deploySlowly(speed)
	if err != nil {
		return err
	}
	measured, err := simulation.Measured(state, log, speed.scale, speed.parallel)
	if err != nil {
		return err
	}
	computed, err := simulation.Analyse(state, speed.parallel)
	if err != nil {
		return err
	}
	fmt.Printf("Stack %s, %d resources at a time, as measured:\n\n%s\n", d.stack, speed.parallel, measured.Markdown())
	fmt.Printf("As computed:\n\n%s\n", computed.Markdown())
	more := measured.Total - computed.Total
	fmt.Printf("The run was %g times as fast: what is measured beyond what is computed, %.0f seconds, is %.1f of the engine and the program.\n",
		speed.scale, more, more/speed.scale)
	return nil
}

// deploySlowly brings the stack up and returns its state and the log of what was made.
func (d *driver) deploySlowly(speed pace) (state []simulation.Resource, log []byte, err error) {
	if err = d.prepare(); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(d.dir, "made.jsonl")
	d.more = []string{
		"PULUMI_EXPERIMENTAL=true", "PULUMI_SKIP_CHECKPOINTS=true",
		provider.ScaleVariable + "=" + strconv.FormatFloat(speed.scale, 'g', -1, 64), provider.LogVariable + "=" + path,
	}
	up := d.pulumi("up", "--yes", "--skip-preview", "--stack", d.stack, "--config-file", d.config, "--parallel", strconv.Itoa(speed.parallel))
	if output, failed := up.CombinedOutput(); failed != nil {
		return nil, nil, fmt.Errorf("bringing up stack %q: %w\n%s", d.stack, failed, output)
	}
	if log, err = os.ReadFile(path); err != nil {
		return nil, nil, err
	}
	exported, err := d.pulumi("-C", filepath.Dir(d.config), "stack", "export", "--stack", d.stack).Output()
	if err != nil {
		return nil, nil, fmt.Errorf("exporting stack %q: %w", d.stack, err)
	}
	var s struct {
		Deployment struct {
			Resources []simulation.Resource `json:"resources"`
		} `json:"deployment"`
	}
	if err = json.Unmarshal(exported, &s); err != nil {
		return nil, nil, fmt.Errorf("state of stack %q: %w", d.stack, err)
	}
	return s.Deployment.Resources, log, nil
}
