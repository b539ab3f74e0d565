//nolint:gosec // all paths and programs are those of the user who runs it
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"sigs.k8s.io/yaml"

	"example.org/openedx/offline/behaviour"
	"example.org/openedx/offline/provider"
	"example.org/openedx/offline/schema"
)

// passphraseVariable is where the CLI looks for the passphrase of a stack's secrets.
const passphraseVariable = "PULUMI_CONFIG_PASSPHRASE" //nolint:gosec // the name of a variable

// checkpointsVariable says when the CLI saves the state: after each step, so that
// a run that is cut off can be taken up again, or, where it says end, once. Saving
// takes most of the time of a run that waits for no real cloud.
const checkpointsVariable = "OFFLINE_CLOUD_CHECKPOINTS"

// garbageVariable says how much the heap of a Go program grows before it is
// swept. All that a run makes lives until its end, so that sweeping at every
// doubling, which is usual, costs a quarter of the time and finds little.
const (
	garbageVariable = "GOGC"
	garbagePercent  = "400"
)

// driver runs the Pulumi CLI on one stack in a world of its own: everything
// that it writes is below .offline.
type driver struct {
	stack, project string
	// account is where the stack is, which it may share with others.
	account            string
	root, dir, store   string
	config, checkpoint string
	// passphrase opens the secrets in the stack's settings and state.
	passphrase string
	// more is added to the environment of the CLI and the plugins.
	more []string
}

// newDriver is for a stack in an account, which several stacks may share.
func newDriver(stack, account string) (*driver, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("run this from the root of the project: %w", err)
	}
	var project struct {
		Name string `json:"name"`
	}
	if err := yaml.Unmarshal(text, &project); err != nil {
		return nil, fmt.Errorf("the project's file: %w", err)
	}
	d := &driver{stack: stack, account: account, project: project.Name, root: root}
	d.live(filepath.Join(root, ".offline"))
	return d, nil
}

// live has the driver keep everything below a folder.
func (d *driver) live(dir string) {
	d.dir, d.store = dir, filepath.Join(dir, "cloud", d.account)
	d.config = filepath.Join(dir, "project", "Pulumi."+d.stack+".yaml")
	d.checkpoint = filepath.Join(dir, "state", ".pulumi", "stacks", d.project, d.stack+".json")
}

// operate prepares the stack and turns into the Pulumi CLI, so that signals and
// the exit status are the CLI's own.
func (d *driver) operate(command string, extra []string) error {
	if err := d.prepare(); err != nil {
		return err
	}
	if command != "preview" {
		if err := d.recover(); err != nil {
			return err
		}
		extra = append([]string{"--yes", "--skip-preview"}, extra...)
	}
	if command == "destroy" {
		if err := d.liftProtection(); err != nil {
			return err
		}
	}
	args := append([]string{"pulumi", command, "--stack", d.stack, "--config-file", d.config}, extra...)
	path := filepath.Join(d.root, "bin", "pulumi")
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, args, d.environment()))
}

// plan saves what the preview prints as JSON.
func (d *driver) plan(extra []string) error {
	if err := d.prepare(); err != nil {
		return err
	}
	path := filepath.Join(d.root, "build", "plan-"+d.stack+".json")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	var output bytes.Buffer
	preview := d.pulumi(append([]string{"preview", "--json", "--stack", d.stack, "--config-file", d.config}, extra...)...)
	preview.Stdout, preview.Stderr = &output, os.Stderr
	err := preview.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		// With --json the CLI writes what went wrong to its output.
		fmt.Fprintf(os.Stderr, "%s", output.Bytes())
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		return err
	}
	if err = os.WriteFile(path, output.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

// prepare makes the plugins, the stack's configuration and the stack.
func (d *driver) prepare() error {
	if err := d.linkPlugins(); err != nil {
		return fmt.Errorf("plugins: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "state"), 0o750); err != nil {
		return err
	}
	if err := d.withoutLogs(); err != nil {
		return fmt.Errorf("logs: %w", err)
	}
	if err := d.copyConfig(); err != nil {
		return err
	}
	if _, err := os.Stat(d.checkpoint); err == nil {
		return nil
	}
	// A stack is created in a copy of the project: the CLI writes a key into the
	// stack's file, and the committed one shall stay as it is.
	created, err := d.pulumi("-C", filepath.Dir(d.config), "stack", "init", d.stack, "--no-select").CombinedOutput()
	if _, missing := os.Stat(d.checkpoint); err != nil && missing != nil {
		return fmt.Errorf("creating stack %q: %w\n%s", d.stack, err, created)
	}
	return nil
}

// linkPlugins puts this program where the CLI looks for each plugin's version.
func (d *driver) linkPlugins() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	packages, err := behaviour.Names()
	if err != nil {
		return err
	}
	for _, pkg := range packages {
		known, err := schema.Load(pkg)
		if err != nil {
			return err
		}
		dir := filepath.Join(d.dir, "home", "plugins", "resource-"+pkg+"-v"+known.Version)
		if err := link(self, dir, pluginPrefix+pkg); err != nil {
			return err
		}
	}
	return nil
}

// withoutLogs keeps the CLI from writing down everything that passes through it, compressed and encrypted: that is
// half of its work, and nobody reads it here. It has no switch for that, but goes without where it finds no folder:
// https://github.com/pulumi/pulumi/blob/v3.253.0/pkg/logging/encrypted.go#L86. Its -v flag works all the same.
func (d *driver) withoutLogs() error {
	path := filepath.Join(d.dir, "home", "logs")
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil
	}
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.WriteFile(path, []byte("The CLI keeps no logs of its runs in the offline cloud.\n"), 0o600)
}

func link(target, dir, name string) error {
	path := filepath.Join(dir, name)
	if present, err := os.Readlink(path); err == nil && present == target {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Symlink(target, path)
}

// copyConfig copies the project's and the stack's file, and keeps the key that
// the CLI wrote into the copy before.
func (d *driver) copyConfig() error {
	project, err := os.ReadFile(filepath.Join(d.root, "Pulumi.yaml"))
	if err != nil {
		return err
	}
	name := filepath.Base(d.config)
	committed, err := os.ReadFile(filepath.Join(d.root, name))
	if err != nil {
		return d.noStackFile(name)
	}
	const salt = "encryptionsalt"
	var before, now map[string]any
	if old, err := os.ReadFile(d.config); err == nil {
		if err := yaml.Unmarshal(old, &before); err != nil {
			return fmt.Errorf("%s: %w", d.config, err)
		}
	}
	if err := yaml.Unmarshal(committed, &now); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := d.findKey(name, now[salt] != nil, now["secretsprovider"] != nil); err != nil {
		return err
	}
	if before[salt] != nil && now[salt] == nil {
		committed = fmt.Appendf(committed, "\n%s: %v\n", salt, before[salt])
	}
	if err := os.MkdirAll(filepath.Dir(d.config), 0o750); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(filepath.Dir(d.config), "Pulumi.yaml"), project, 0o600),
		os.WriteFile(d.config, committed, 0o600))
}

// findKey finds the passphrase of a stack file that holds secrets. Without any,
// the one that opens nothing of value does.
func (d *driver) findKey(name string, sealed, elsewhere bool) error {
	d.passphrase = "offline"
	if elsewhere {
		return fmt.Errorf("%s holds secrets that a key service keeps, which the offline cloud cannot ask; use a stack file without", name)
	}
	if !sealed {
		return nil
	}
	own, ok := os.LookupEnv(passphraseVariable)
	if !ok {
		return fmt.Errorf("%s holds secrets: set %s to the passphrase that opens them, or use a stack file without", name, passphraseVariable)
	}
	d.passphrase = own
	return nil
}

// noStackFile says which stacks there are instead.
func (d *driver) noStackFile(name string) error {
	files, err := filepath.Glob(filepath.Join(d.root, "Pulumi.*.yaml"))
	if err != nil {
		return err
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
	}
	return fmt.Errorf("stack %q has no %s here; there are: %s; copy one of their files to make another",
		d.stack, name, strings.Join(files, ", "))
}

// pulumi returns a run of the CLI that shows its errors.
func (d *driver) pulumi(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(d.root, "bin", "pulumi"), args...)
	cmd.Env = d.environment()
	return cmd
}

// environment is this process's, less what would lead the CLI or the program to
// a real cloud or another backend.
func (d *driver) environment() []string {
	path, _ := os.LookupEnv("PATH")
	foreign := []string{"PULUMI_", "AWS_", "ARM_", "AZURE_", "KUBE", "PATH=", provider.StoreVariable + "="}
	environment := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
	})
	if when, _ := os.LookupEnv(checkpointsVariable); when == "end" {
		environment = append(environment, "PULUMI_EXPERIMENTAL=true", "PULUMI_SKIP_CHECKPOINTS=true")
	}
	if _, chosen := os.LookupEnv(garbageVariable); !chosen {
		environment = append(environment, garbageVariable+"="+garbagePercent)
	}
	return append(append(environment, d.more...),
		"PATH="+filepath.Join(d.root, "bin")+string(os.PathListSeparator)+path,
		"PULUMI_HOME="+filepath.Join(d.dir, "home"),
		"PULUMI_BACKEND_URL=file://"+filepath.Join(d.dir, "state"),
		passphraseVariable+"="+d.passphrase,
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		provider.StoreVariable+"="+d.store)
}
