// Package declared gives the tests of the control plane what the program declares: it
// runs the built program through the real CLI against the offline cloud, in a folder
// of its own, and reads the state. It needs bin/, which make builds, and knows no
// control plane.
package declared

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"example.org/openedx/tests/badconfig"
)

// Stack is a stack's settings.
type Stack struct {
	starter  string
	settings map[string]any
	secrets  map[string]string
}

// Starter is one of the stacks that come with the project: small, medium or large.
func Starter(name string) Stack { return Stack{starter: name, settings: map[string]any{}} }

// With is the same stack with other settings, by their names as typed, such as
// "openedx:instances". A value takes the place of the whole key; nil takes the key away.
func (s Stack) With(settings map[string]any) Stack {
	merged := maps.Clone(s.settings)
	maps.Copy(merged, settings)
	return Stack{starter: s.starter, settings: merged, secrets: s.secrets}
}

// WithSecrets is the same stack with settings that are secret.
func (s Stack) WithSecrets(secrets map[string]string) Stack {
	return Stack{starter: s.starter, settings: s.settings, secrets: secrets}
}

// text is the stack's file.
func (s Stack) text(root string) ([]byte, error) {
	name := "Pulumi." + s.starter + ".yaml"
	text, err := os.ReadFile(filepath.Join(root, name)) //nolint:gosec // a file of the repository
	if err != nil {
		return nil, err
	}
	var file struct {
		Config map[string]any `json:"config"`
		Salt   string         `json:"encryptionsalt,omitempty"`
	}
	if err = yaml.UnmarshalStrict(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for key, value := range s.settings {
		if value == nil {
			delete(file.Config, key)
		} else {
			file.Config[key] = value
		}
	}
	if len(s.secrets) > 0 {
		sealed, salt, err := badconfig.Seal(s.secrets)
		if err != nil {
			return nil, err
		}
		maps.Copy(file.Config, sealed)
		file.Salt = salt
	}
	return yaml.Marshal(file)
}

// world is a folder in which the CLI finds the project, and keeps what it writes.
type world struct{ folder, root, stack string }

// open makes a world for a stack. Close removes it.
func open(stack Stack) (w world, err error) {
	if w.root, err = repository(); err != nil {
		return w, err
	}
	w.stack = stack.starter
	text, err := stack.text(w.root)
	if err != nil {
		return w, err
	}
	if w.folder, err = os.MkdirTemp("", "openedx-declared-"); err != nil {
		return w, err
	}
	problems := []error{
		os.Symlink(filepath.Join(w.root, "bin"), filepath.Join(w.folder, "bin")),
		os.WriteFile(filepath.Join(w.folder, "Pulumi."+w.stack+".yaml"), text, 0o600),
	}
	for _, name := range []string{"Pulumi.yaml", "go.mod", "go.sum"} {
		content, readErr := os.ReadFile(filepath.Join(w.root, name))                                      //nolint:gosec // a file of the repository
		problems = append(problems, readErr, os.WriteFile(filepath.Join(w.folder, name), content, 0o600)) //nolint:gosec // names from the list above
	}
	if err = errors.Join(problems...); err != nil {
		return w, errors.Join(err, w.close())
	}
	return w, nil
}

func (w world) close() error { return os.RemoveAll(w.folder) }

// run runs a command of the offline cloud, without whatever settings of Pulumi and of
// clouds this machine has, and returns what it printed.
func (w world) run(ctx context.Context, command string) (output, problems []byte, err error) {
	run := exec.CommandContext(ctx, filepath.Join(w.root, "bin", "offline-cloud"), command, "-stack", w.stack) //nolint:gosec // the project's own program
	run.Dir = w.folder
	run.Env = []string{"OFFLINE_CLOUD_CHECKPOINTS=end", "PULUMI_CONFIG_PASSPHRASE=" + badconfig.Passphrase}
	for _, name := range []string{"PATH", "HOME", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOPATH"} {
		if value, set := os.LookupEnv(name); set {
			run.Env = append(run.Env, name+"="+value)
		}
	}
	var printed, complained bytes.Buffer
	run.Stdout, run.Stderr = &printed, &complained
	err = run.Run()
	return printed.Bytes(), complained.Bytes(), err
}

// repository finds the project that the tests run in.
func repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err = os.Stat(filepath.Join(folder, "Pulumi.yaml")); err == nil {
			break
		}
		if folder == filepath.Dir(folder) {
			return "", errors.New("the project is not above the working directory")
		}
		folder = filepath.Dir(folder)
	}
	for _, name := range []string{"offline-cloud", "openedx", "pulumi", "pulumi-language-go"} {
		if _, err = os.Stat(filepath.Join(folder, "bin", name)); err != nil {
			return "", fmt.Errorf("the tools are not built: run make test (%w)", err)
		}
	}
	return folder, nil
}
