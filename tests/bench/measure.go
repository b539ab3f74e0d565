package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// The program that a stand-in runs, and the file that it writes its memory to.
const (
	programVariable = "BENCH_PROGRAM"
	usageVariable   = "BENCH_USAGE"
)

// cost is what one preview took. Memory is the most that was resident, in MiB.
type cost struct {
	wall time.Duration
	// cpu is that of the CLI and of everything it started.
	cpu time.Duration
	// cli is the memory of the CLI, in which the engine is, and program that of the program.
	cli, program int
}

// preview runs `make preview` for a stack and returns what it cost and printed. The
// language host starts this very program, which starts the stack's and looks at its memory.
func (l *lab) preview(ctx context.Context, project, stack, program string) (cost, string, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, "", err
	}
	usage := filepath.Join(l.folder, "usage")
	command := exec.CommandContext(ctx, filepath.Join(l.root, "bin", "offline-cloud"), "preview", "-stack", stack) //nolint:gosec // of this repository
	command.Dir = project
	command.Env = append(os.Environ(), "OPENEDX_PROGRAM="+self, programVariable+"="+program, usageVariable+"="+usage)
	start := time.Now()
	output, err := command.CombinedOutput()
	took := cost{wall: time.Since(start)}
	if err != nil {
		return cost{}, "", fmt.Errorf("preview of %q: %w\n%s", stack, err, output)
	}
	took.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	// The CLI is the largest of the processes whose most this is.
	if took.cli, err = resident(command.ProcessState); err != nil {
		return cost{}, "", err
	}
	text, err := os.ReadFile(usage) //nolint:gosec // written by the stand-in
	if err != nil {
		return cost{}, "", err
	}
	return took, string(output), json.Unmarshal(text, &took.program)
}

// resident is the most memory that an ended process had, in MiB.
func resident(state *os.ProcessState) (int, error) {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, errors.New("this system does not tell how much memory a process had")
	}
	return int(usage.Maxrss / kibibytes), nil
}

// kibibytes are in a MiB; Linux counts memory in them.
const kibibytes = 1024

// standIn runs the program of a stack in this one's place, where the language host
// started it, and tells its exit status.
func standIn() (stood bool, code int) {
	program, ok := os.LookupEnv(programVariable)
	if !ok {
		return false, 0
	}
	command := exec.Command(program, os.Args[1:]...) //nolint:gosec // the program of the stack
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	if command.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return true, 1
	}
	if err = writeUsage(command.ProcessState); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return true, 1
	}
	return true, command.ProcessState.ExitCode()
}

func writeUsage(state *os.ProcessState) error {
	memory, err := resident(state)
	if err != nil {
		return err
	}
	text, err := json.Marshal(memory)
	if err != nil {
		return err
	}
	path, _ := os.LookupEnv(usageVariable)
	return os.WriteFile(path, text, 0o600) //nolint:gosec // the path is the bench's own
}

// benchCold clones the repository next to nothing: no build cache, no module cache, no tools.
func benchCold(ctx context.Context, root string) (time.Duration, error) {
	folder, err := os.MkdirTemp("", "cold-")
	if err != nil {
		return 0, err
	}
	clone := filepath.Join(folder, "clone")
	if err := run(ctx, folder, nil, "git", "clone", "--quiet", root, clone); err != nil {
		return 0, err
	}
	caches := []string{"GOCACHE=" + filepath.Join(folder, "build"), "GOMODCACHE=" + filepath.Join(folder, "modules"), "GOFLAGS=-buildvcs=false -modcacherw"}
	start := time.Now()
	if err := run(ctx, clone, caches, "make", "preview"); err != nil {
		return 0, err
	}
	return time.Since(start), os.RemoveAll(folder)
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
