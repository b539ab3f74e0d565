package firstboot

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/debian"
)

func TestShellcheckHasNothingToSayAboutTheScripts(t *testing.T) {
	found, err := filepath.Glob("files/*.sh")
	must(t, err)
	if len(found) != 6 {
		t.Fatalf("the scripts are %q", found)
	}
	arguments := []string{"-x"}
	for _, path := range found {
		arguments = append(arguments, filepath.Base(path))
	}
	run := exec.Command(debian.Need(t, "shellcheck", "shellcheck"), arguments...)
	run.Dir = "files"
	if output, err := run.CombinedOutput(); err != nil || len(output) != 0 {
		t.Errorf("shellcheck: %v\n%s", err, output)
	}
}

func TestNoScriptTracesItself(t *testing.T) {
	found, err := filepath.Glob("files/*.sh")
	must(t, err)
	tracing := regexp.MustCompile(`^\s*[^#]*(\bset -[a-z]*[xv]|xtrace|verbose)|^#!.*bash.*-[a-z]*[xv]`)
	for _, path := range found {
		for _, line := range lines(t, path) {
			if tracing.MatchString(line) {
				t.Errorf("%s prints what it runs: %q", path, line)
			}
		}
	}
}

func TestCloudInitAcceptsTheUserData(t *testing.T) {
	for name, member := range map[string]Member{"one of three": memberInTests(1), "the largest": largest()} {
		t.Run(name, func(t *testing.T) {
			text, err := CloudConfig(member)
			must(t, err)
			path := filepath.Join(t.TempDir(), "user-data.yaml")
			writeFile(t, path, text, 0o600)
			if output, err := cloudInit(t, path); err != nil || !strings.Contains(output, "Valid") {
				t.Errorf("cloud-init: %v\n%s", err, output)
			}
		})
	}
}

func TestTheCheckOfCloudInitFindsAWrongKey(t *testing.T) {
	text, err := CloudConfig(memberInTests(1))
	must(t, err)
	path := filepath.Join(t.TempDir(), "user-data.yaml")
	writeFile(t, path, strings.Replace(text, "permissions: ", "mode: ", 1), 0o600)
	if output, err := cloudInit(t, path); err == nil {
		t.Errorf("a wrong key is accepted:\n%s", output)
	}
}

func cloudInit(t *testing.T, path string) (string, error) {
	t.Helper()
	output, err := exec.Command(debian.Need(t, "cloud-init", "cloud-init"), "schema", "--config-file", path).CombinedOutput()
	return string(output), err
}

// The units are checked in a scratch root that has the programs that they start.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	root := t.TempDir()
	text, err := CloudConfig(memberInTests(0))
	must(t, err)
	var config cloudConfig
	must(t, yaml.Unmarshal([]byte(text), &config))
	arguments := []string{"verify", "--man=no", "--recursive-errors=no", "--root=" + root}
	for _, file := range config.WriteFiles {
		mode := os.FileMode(0o600)
		if file.Permissions == "0755" {
			mode = 0o700
		}
		writeFile(t, filepath.Join(root, file.Path), file.Content, mode)
		if strings.HasPrefix(file.Path, "/etc/systemd/system/") {
			arguments = append(arguments, filepath.Base(file.Path))
		}
	}
	writeFile(t, filepath.Join(root, "usr/bin/mongod"), "", 0o700)
	for _, unit := range []string{"sysinit.target", "basic.target", "shutdown.target", "timers.target", "multi-user.target"} {
		writeFile(t, filepath.Join(root, "usr/lib/systemd/system", unit), "[Unit]\n", 0o600)
	}
	output, err := exec.Command(debian.Need(t, "systemd-analyze", "systemd"), arguments...).CombinedOutput()
	if err != nil || len(output) != 0 {
		t.Errorf("systemd-analyze: %v\n%s", err, output)
	}
}

func TestSystemdUnderstandsTheSchedules(t *testing.T) {
	for _, schedule := range []string{memberInTests(0).Backup.Schedule, "*:*:00"} {
		output, err := exec.Command(debian.Need(t, "systemd-analyze", "systemd"), "calendar", schedule).CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v\n%s", schedule, err, output)
		}
	}
}

func TestMongodIsStartedByNothingButTheBootScript(t *testing.T) {
	if strings.Contains(read(t, "files/mongod.service"), "[Install]") {
		t.Error("mongod could be enabled, and start without its volume")
	}
	for _, command := range runCommands {
		if strings.Contains(strings.Join(command, " "), "mongod.service") {
			t.Errorf("cloud-init starts mongod: %q", command)
		}
	}
}
