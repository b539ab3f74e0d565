package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"example.org/openedx/offline/cloud"
)

// checkpoint is what recovery reads of the stack's state.
type checkpoint struct {
	Checkpoint struct {
		Latest struct {
			Resources []entry `json:"resources"`
			Pending   []struct {
				Resource entry  `json:"resource"`
				Type     string `json:"type"`
			} `json:"pending_operations"`
		} `json:"latest"`
	} `json:"checkpoint"`
}

type entry struct {
	URN string `json:"urn"`
	ID  string `json:"id"`
}

// recover puts right what a killed run left behind: its lock, and resources of
// which the state does not tell whether they were created.
func (d *driver) recover() error {
	if err := d.unlock(); err != nil {
		return fmt.Errorf("lock of stack %q: %w", d.stack, err)
	}
	data, err := os.ReadFile(d.checkpoint)
	if err != nil {
		return err
	}
	var state checkpoint
	if err := json.Unmarshal(data, &state); err != nil {
		return fmt.Errorf("%s: %w", d.checkpoint, err)
	}
	latest := state.Checkpoint.Latest
	if len(latest.Pending) == 0 {
		return nil
	}
	fmt.Fprintf(os.Stderr, "The last run of stack %s was cut off with %d operations in flight:\n", d.stack, len(latest.Pending))
	args := []string{
		"refresh", "--yes", "--skip-preview", "--stack", d.stack, "--config-file", d.config, "--clear-pending-creates",
	}
	for _, operation := range latest.Pending {
		id, err := d.created(operation.Resource.URN, latest.Resources)
		if err != nil {
			return err
		}
		verdict := "checked against the offline cloud"
		switch {
		case operation.Type == "creating" && id != "":
			verdict = fmt.Sprintf("exists as %q, adopted", id)
			args = append(args, "--import-pending-creates", operation.Resource.URN, "--import-pending-creates", id)
		case operation.Type == "creating":
			verdict = "was not created, forgotten"
		}
		fmt.Fprintf(os.Stderr, "  %s %s: %s\n", operation.Type, operation.Resource.URN, verdict)
	}
	refreshed, err := d.pulumi(args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("recovering stack %q: %w\n%s", d.stack, err, refreshed)
	}
	return nil
}

// created finds what exists for a URN and is not in the state.
func (d *driver) created(urn string, known []entry) (string, error) {
	records, err := cloud.List(d.store)
	if err != nil {
		return "", err
	}
	for _, record := range records {
		if record.URN == urn && !slices.Contains(known, entry{urn, record.ID}) {
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
		fmt.Fprintf(os.Stderr, "The last run (process %d) is gone and left the stack locked; unlocking it.\n", lock.PID)
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
