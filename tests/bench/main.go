// Package main measures what `make preview` costs: for every starter stack the
// resources, the seconds, the milliseconds a resource and the ratio to a bare
// Pulumi program with as many resources; and how long a first run takes on a
// machine with empty caches. It imports the standard library only.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Limits that the project promises for two idle cores.
const (
	warmLimit = 4 * time.Second
	coldLimit = 12 * time.Minute
)

func main() {
	runs := flag.Int("runs", 5, "how often each preview is timed; the median counts")
	cold := flag.Bool("cold", true, "also time a first run with empty caches, which takes minutes")
	flag.Parse()
	if err := bench(context.Background(), *runs, *cold); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, runs int, cold bool) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	fmt.Printf("warm previews, median of %d runs; the promise for medium is %s\n", runs, warmLimit)
	fmt.Printf("%-8s %9s %9s %12s %9s %7s\n", "stack", "resources", "seconds", "ms/resource", "bare (s)", "ratio")
	for _, stack := range []string{"small", "medium", "large"} {
		if err := benchStack(ctx, root, stack, runs); err != nil {
			return fmt.Errorf("stack %q: %w", stack, err)
		}
	}
	if !cold {
		return nil
	}
	return benchCold(ctx, root)
}

// benchStack prints one row of the table.
func benchStack(ctx context.Context, root, stack string, runs int) error {
	project, err := freshProject(root)
	if err != nil {
		return err
	}
	count, err := countResources(ctx, root, project, stack)
	if err != nil {
		return err
	}
	ours, err := median(runs, func() error { return preview(ctx, root, project, stack) })
	if err != nil {
		return err
	}
	bare, err := bareProject(ctx, root, count)
	if err != nil {
		return err
	}
	yardstick, err := median(runs, func() error {
		return preview(ctx, root, bare, "bare", "OPENEDX_PROGRAM="+filepath.Join(bare, "program"))
	})
	if err != nil {
		return err
	}
	fmt.Printf("%-8s %9d %9.2f %12.1f %9.2f %7.2f\n", stack, count, ours.Seconds(),
		float64(ours.Milliseconds())/float64(count), yardstick.Seconds(), ours.Seconds()/yardstick.Seconds())
	return errors.Join(os.RemoveAll(bare), os.RemoveAll(project))
}

// freshProject is a copy of what a run reads, so that what was deployed offline
// before does not count.
func freshProject(root string) (string, error) {
	folder, err := os.MkdirTemp("", "fresh-")
	if err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(root, "Pulumi*.yaml"))
	if err != nil {
		return "", err
	}
	for _, file := range append(files, filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum"), filepath.Join(root, "bin")) {
		if err := os.Symlink(file, filepath.Join(folder, filepath.Base(file))); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// countResources plans the stack and counts the steps, the stack itself apart.
func countResources(ctx context.Context, root, project, stack string) (int, error) {
	if err := run(ctx, project, nil, filepath.Join(root, "bin/offline-cloud"), "plan", "-stack", stack); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(project, "build", "plan-"+stack+".json")) //nolint:gosec // the file that the line above wrote
	if err != nil {
		return 0, err
	}
	var plan struct {
		Steps []json.RawMessage `json:"steps"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		return 0, fmt.Errorf("plan of %q: %w", stack, err)
	}
	if len(plan.Steps) < 2 {
		return 0, errors.New("the plan holds no resource")
	}
	return len(plan.Steps) - 1, nil
}

// bareProject builds the yardstick program and lays out a project for it.
func bareProject(ctx context.Context, root string, count int) (string, error) {
	folder, err := os.MkdirTemp("", "bare-")
	if err != nil {
		return "", err
	}
	if err := run(ctx, root, nil, "go", "build", "-ldflags", "-s -w", "-o", filepath.Join(folder, "program"), "./tests/bench/bare"); err != nil {
		return "", err
	}
	if err := os.Symlink(filepath.Join(root, "bin"), filepath.Join(folder, "bin")); err != nil {
		return "", err
	}
	files := map[string]string{
		"Pulumi.yaml":      "name: bare\nruntime: go\n",
		"Pulumi.bare.yaml": fmt.Sprintf("config:\n  bare:count: %d\n", count),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// benchCold clones the repository next to nothing: no build cache, no module cache, no tools.
func benchCold(ctx context.Context, root string) error {
	folder, err := os.MkdirTemp("", "cold-")
	if err != nil {
		return err
	}
	clone := filepath.Join(folder, "clone")
	if err := run(ctx, folder, nil, "git", "clone", "--quiet", root, clone); err != nil {
		return err
	}
	fmt.Printf("cold: make preview in a fresh clone with empty caches; the promise is %s\n", coldLimit)
	caches := []string{"GOCACHE=" + filepath.Join(folder, "build"), "GOMODCACHE=" + filepath.Join(folder, "modules"), "GOFLAGS=-buildvcs=false -modcacherw"}
	start := time.Now()
	if err := run(ctx, clone, caches, "make", "preview"); err != nil {
		return err
	}
	fmt.Printf("cold: %s\n", time.Since(start).Round(time.Second))
	return os.RemoveAll(folder)
}

func preview(ctx context.Context, root, project, stack string, env ...string) error {
	return run(ctx, project, env, filepath.Join(root, "bin/offline-cloud"), "preview", "-stack", stack)
}

// run keeps the output of a command for the case that it goes wrong.
func run(ctx context.Context, folder string, env []string, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // the commands are the ones above
	command.Dir = folder
	command.Env = append(os.Environ(), env...)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, output)
	}
	return nil
}

// median runs the action once to warm up and then the given number of times.
func median(runs int, action func() error) (time.Duration, error) {
	if err := action(); err != nil {
		return 0, err
	}
	times := make([]time.Duration, 0, runs)
	for range runs {
		start := time.Now()
		if err := action(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
