//nolint:gosec // all paths and programs are those of the user who runs it
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"example.org/openedx/offline/cloud"
)

// state is an exported stack, of which recovery edits two lists and keeps the
// rest as it is.
type state struct {
	Version    int                        `json:"version"`
	Deployment map[string]json.RawMessage `json:"deployment"`

	resources []map[string]any
	pending   []pendingOperation
}

type pendingOperation struct {
	Resource map[string]any `json:"resource"`
	Type     string         `json:"type"`
}

const (
	resourcesKey = "resources"
	pendingKey   = "pending_operations"
)

// recover puts right what a killed run left behind: its lock, and resources of
// which the state does not tell whether they were created.
func (d *driver) recover() error {
	if err := d.unlock(); err != nil {
		return fmt.Errorf("lock of stack %q: %w", d.stack, err)
	}
	checkpoint, err := os.ReadFile(d.checkpoint)
	if err != nil {
		return err
	}
	// Nearly always there is nothing to recover, and exporting takes its time.
	if !bytes.Contains(checkpoint, []byte(`"`+pendingKey+`"`)) {
		return nil
	}
	s, err := d.export()
	if err != nil || len(s.pending) == 0 {
		return err
	}
	if err = d.settle(s); err != nil {
		return err
	}
	if err = d.restore(s); err != nil {
		return err
	}
	refreshed, err := d.pulumi("refresh", "--yes", "--skip-preview", "--stack", d.stack, "--config-file", d.config).CombinedOutput()
	if err != nil {
		return fmt.Errorf("recovering stack %q: %w\n%s", d.stack, err, refreshed)
	}
	return nil
}

// settle names each operation that was in flight, and takes what was created
// into the state.
func (d *driver) settle(s *state) error {
	fmt.Fprintf(os.Stderr, "The last run of stack %s was cut off with %d operations in flight:\n", d.stack, len(s.pending))
	for _, operation := range s.pending {
		urn := fmt.Sprint(operation.Resource["urn"])
		id, err := d.created(urn, s.resources)
		if err != nil {
			return err
		}
		verdict := "its present state will be read"
		switch {
		case operation.Type == "creating" && id != "":
			verdict = fmt.Sprintf("it exists as %q and is adopted", id)
			operation.Resource["id"] = id
			s.resources = append(s.resources, operation.Resource)
		case operation.Type == "creating":
			verdict = "it was not created"
		}
		fmt.Fprintf(os.Stderr, "  %s %s: %s\n", operation.Type, urn, verdict)
	}
	return nil
}

// export reads the stack's state. The commands that handle state also write the
// stack's file, so they run beside the copy of it.
func (d *driver) export() (*state, error) {
	data, err := d.pulumi("-C", filepath.Dir(d.config), "stack", "export", "--stack", d.stack).Output()
	if err != nil {
		return nil, fmt.Errorf("exporting stack %q: %w", d.stack, err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("state of stack %q: %w", d.stack, err)
	}
	for key, list := range map[string]any{resourcesKey: &s.resources, pendingKey: &s.pending} {
		if text, ok := s.Deployment[key]; ok {
			if err := json.Unmarshal(text, list); err != nil {
				return nil, fmt.Errorf("%s of stack %q: %w", key, d.stack, err)
			}
		}
	}
	return &s, nil
}

// restore writes the edited state. `pulumi refresh --import-pending-creates`
// would be the way, but this version of the CLI only forgets the operations.
func (d *driver) restore(s *state) error {
	resources, err := json.Marshal(s.resources)
	if err != nil {
		return err
	}
	s.Deployment[resourcesKey] = resources
	delete(s.Deployment, pendingKey)
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	restore := d.pulumi("-C", filepath.Dir(d.config), "stack", "import", "--stack", d.stack)
	restore.Stdin = bytes.NewReader(data)
	restored, err := restore.CombinedOutput()
	if err != nil {
		return fmt.Errorf("restoring stack %q: %w\n%s", d.stack, err, restored)
	}
	return nil
}

// created finds what exists for a URN and is not in the state.
func (d *driver) created(urn string, known []map[string]any) (string, error) {
	records, err := cloud.List(d.store)
	if err != nil {
		return "", err
	}
	for _, record := range records {
		same := func(resource map[string]any) bool { return resource["urn"] == urn && resource["id"] == record.ID }
		if record.URN == urn && !slices.ContainsFunc(known, same) {
			return record.ID, nil
		}
	}
	return "", nil
}

// unlock removes the lock of a process that no longer runs.
func (d *driver) unlock() error {
	locks, err := filepath.Glob(filepath.Join(d.dir, "state", ".pulumi", "locks", "organization", d.project, d.stack, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range locks {
		if err = d.stale(path); err != nil {
			return err
		}
	}
	if len(locks) == 0 {
		return nil
	}
	canceled, err := d.pulumi("cancel", "--yes", "--stack", d.stack).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, canceled)
	}
	return nil
}

// stale makes sure that nobody works under a lock any more.
func (d *driver) stale(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var lock struct {
		PID int `json:"pid"`
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if !errors.Is(syscall.Kill(lock.PID, 0), syscall.ESRCH) {
		return fmt.Errorf("process %d is working on it", lock.PID)
	}
	fmt.Fprintf(os.Stderr, "The last run (process %d) is gone and left stack %s locked; unlocking it.\n", lock.PID, d.stack)
	return nil
}
