// Package cli starts the real Pulumi CLI as an operator would, through the
// commands that make runs, and looks at what it prints and leaves behind. It
// needs bin/, which make builds.
package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// limit is the longest that one command may take before the test gives up.
const limit = 8 * time.Minute

// project is a copy of the parts of the repository that a run reads.
type project struct {
	t      *testing.T
	folder string
	root   string
	// checkpoints says when the state is saved; empty for after each step, which for
	// hundreds of resources takes most of the time.
	checkpoints string
}

func newProject(t *testing.T) project {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(filepath.Join(root, "bin", "offline-cloud")); err != nil {
		t.Fatalf("the tools are not built: run make test (%v)", err)
	}
	p := project{t: t, folder: t.TempDir(), root: root, checkpoints: "end"}
	if err = os.Symlink(filepath.Join(root, "bin"), filepath.Join(p.folder, "bin")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "Pulumi*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.write(filepath.Base(file), text)
	}
	return p
}

func (p project) write(name string, text []byte) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, name), text, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p project) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// command prepares a command in a process group of its own, so that a test can
// kill all of it, and without whatever Pulumi and AWS settings this machine has.
func (p project) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(p.root, "bin", "offline-cloud"), args...)
	command.Dir = p.folder
	// The passphrase opens stack files that hold secrets of their own, and no others.
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PULUMI_CONFIG_PASSPHRASE=offline"}
	if p.checkpoints != "" {
		command.Env = append(command.Env, "OFFLINE_CLOUD_CHECKPOINTS="+p.checkpoints)
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOPATH"} {
		if value, set := os.LookupEnv(name); set {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command
}

// try runs a command and returns what it printed and its exit status.
func (p project) try(args ...string) (string, int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), limit)
	defer cancel()
	var output bytes.Buffer
	command := p.command(ctx, args...)
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	if command.ProcessState == nil {
		p.t.Fatalf("%v: %v", args, err)
	}
	return output.String(), command.ProcessState.ExitCode()
}

// must runs a command that has to succeed.
func (p project) must(args ...string) string {
	p.t.Helper()
	output, status := p.try(args...)
	if status != 0 {
		p.t.Fatalf("%v: exit status %d\n%s", args, status, output)
	}
	return output
}
