package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"sigs.k8s.io/yaml"
)

// mostNodes is as many nodes as a managed group takes: the fewest pods of 200
// instances of the largest preset want more than its hundred.
const mostNodes = 450

// lab is where the measurements are made: copies of what a run reads, so that
// what was deployed offline before does not count.
type lab struct{ root, folder, bare string }

// subject is one stack to be measured.
type subject struct {
	// name begins its row.
	name, project, stack string
	// instances are how many it has; none for a starter stack.
	instances int
}

func newLab(ctx context.Context) (*lab, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{root: root, folder: folder, bare: filepath.Join(folder, "bare")}
	if err = os.Mkdir(l.bare, 0o750); err != nil {
		return nil, err
	}
	build := []string{"build", "-ldflags", "-s -w", "-o", filepath.Join(l.bare, "program"), "./tests/bench/bare"}
	if err = run(ctx, root, nil, "go", build...); err != nil {
		return nil, err
	}
	return l, errors.Join(
		os.Symlink(filepath.Join(root, "bin"), filepath.Join(l.bare, "bin")),
		os.WriteFile(filepath.Join(l.bare, "Pulumi.yaml"), []byte("name: bare\nruntime: go\n"), 0o600))
}

// subjects lists the starter stacks, and the largest with other instances.
func (l *lab) subjects(counts []int) []subject {
	var all []subject
	for _, stack := range starters {
		all = append(all, subject{name: stack, stack: stack, project: filepath.Join(l.folder, stack)})
	}
	for _, count := range counts {
		name := strconv.Itoa(count)
		all = append(all, subject{name: name, stack: "many", instances: count, project: filepath.Join(l.folder, name)})
	}
	return all
}

// compare measures a subject and the bare program in turns, so that what else the
// machine does strikes both.
func (l *lab) compare(ctx context.Context, s subject, runs int) (row, error) {
	resources, err := l.prepare(ctx, s)
	if err != nil {
		return row{}, err
	}
	result := row{name: s.name, resources: resources}
	for range runs {
		ours, _, err := l.ours(ctx, s)
		if err != nil {
			return row{}, err
		}
		bare, _, err := l.yardstick(ctx)
		if err != nil {
			return row{}, err
		}
		result.ours, result.bare = append(result.ours, ours), append(result.bare, bare)
	}
	return result, os.RemoveAll(s.project)
}

// prepare makes the stacks of a subject and of the bare program with as many
// resources, in a run of each that does not count, and returns how many those are.
func (l *lab) prepare(ctx context.Context, s subject) (int, error) {
	if err := l.layOut(s); err != nil {
		return 0, err
	}
	_, output, err := l.ours(ctx, s)
	if err != nil {
		return 0, err
	}
	resources, err := countOf(output)
	if err != nil {
		return 0, err
	}
	settings := fmt.Sprintf("config:\n  bare:count: %d\n", resources)
	if err = os.WriteFile(filepath.Join(l.bare, "Pulumi.bare.yaml"), []byte(settings), 0o600); err != nil {
		return 0, err
	}
	if _, output, err = l.yardstick(ctx); err != nil {
		return 0, err
	}
	if got, failed := countOf(output); failed != nil || got != resources {
		return 0, errors.Join(failed, fmt.Errorf("the bare program has %d resources, want %d", got, resources))
	}
	return resources, nil
}

// ours is a preview of the subject.
func (l *lab) ours(ctx context.Context, s subject) (cost, string, error) {
	return l.preview(ctx, s.project, s.stack, filepath.Join(l.root, "bin", "openedx"))
}

// yardstick is a preview of the bare program.
func (l *lab) yardstick(ctx context.Context) (cost, string, error) {
	return l.preview(ctx, l.bare, "bare", filepath.Join(l.bare, "program"))
}

// layOut makes the project of a subject.
func (l *lab) layOut(s subject) error {
	if err := os.Mkdir(s.project, 0o750); err != nil {
		return err
	}
	for _, name := range []string{"Pulumi.yaml", "go.mod", "go.sum", "bin"} {
		if err := os.Symlink(filepath.Join(l.root, name), filepath.Join(s.project, name)); err != nil {
			return err
		}
	}
	starter := s.stack
	if s.instances > 0 {
		starter = starters[len(starters)-1]
	}
	text, err := os.ReadFile(filepath.Join(l.root, "Pulumi."+starter+".yaml")) //nolint:gosec // a file of this repository
	if err != nil {
		return err
	}
	if s.instances > 0 {
		if text, err = withInstances(text, s.instances); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(s.project, "Pulumi."+s.stack+".yaml"), text, 0o600) //nolint:gosec // in the bench's own folder
}

// withInstances is a stack file with other instances, and nodes for all of them.
func withInstances(text []byte, count int) ([]byte, error) {
	var stack struct {
		Config map[string]any `json:"config"`
	}
	if err := yaml.Unmarshal(text, &stack); err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	instances := map[string]any{}
	for slot := range count {
		slug := fmt.Sprintf("i%03d", slot)
		instances[slug] = map[string]any{"slot": slot, "lms": fmt.Sprintf("%s.%s", slug, stack.Config["openedx:domain"])}
	}
	stack.Config["openedx:instances"] = instances
	stack.Config["openedx:overrides"] = map[string]any{"nodes": map[string]any{"max": mostNodes}}
	return yaml.Marshal(stack)
}

// created is the line in which a preview counts what it would create.
var created = regexp.MustCompile(`\+ (\d+) to create`)

// countOf is how many resources a preview would create, the stack itself apart.
func countOf(output string) (int, error) {
	found := created.FindStringSubmatch(output)
	if found == nil {
		return 0, fmt.Errorf("the preview does not say what it would create:\n%s", output)
	}
	count, err := strconv.Atoi(found[1])
	return count - 1, err
}
