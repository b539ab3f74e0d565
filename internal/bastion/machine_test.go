package bastion

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/debian"
	"example.org/openedx/internal/versions"
)

// stoodIn are the commands that a stand-in answers, and tools the ones that run for real. A script that calls anything else
// fails: it would act on the machine that runs the test.
var (
	stoodIn = []string{"aws", "curl", "dnf", "python" + versions.TutorPython, "rpm"}
	tools   = map[string]string{
		"bash": "bash", "cat": "coreutils", "chmod": "coreutils", "flock": "util-linux", "grep": "grep",
		"ln": "coreutils", "mkdir": "coreutils", "mv": "coreutils", "rm": "coreutils",
	}
)

const (
	packages    = "mariadb105 mariadb-connector-c valkey jq python3.12 python3.12-pip"
	exact       = "kubectl-1.35.10 mongodb-mongosh-shared-openssl3-" + versions.MongoShell
	tutorWanted = "tutor==" + versions.Tutor + " tutor-mfe==" + versions.TutorMFE
)

// machine is a scratch root in which the real script runs.
type machine struct {
	t         *testing.T
	dir, root string
}

// newMachine lays out a machine as cloud-init does at its first boot.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	m.root = filepath.Join(m.dir, "root")
	m.install(machineInTests())
	must(t, os.MkdirAll(filepath.Join(m.dir, "bin"), 0o700))
	standin, err := filepath.Abs("testdata/standin")
	must(t, err)
	for _, command := range stoodIn {
		must(t, os.Symlink(standin, filepath.Join(m.dir, "bin", command)))
	}
	for command, pkg := range tools {
		must(t, os.Symlink(debian.Need(t, command, pkg), filepath.Join(m.dir, "bin", command)))
	}
	must(t, os.MkdirAll(filepath.Join(m.root, "run"), 0o700))
	m.tell("installed", "")
	m.tell("authority", "-----BEGIN CERTIFICATE-----\n")
	return m
}

func (m *machine) install(from Machine) {
	m.t.Helper()
	for _, file := range written(m.t, from) {
		path := filepath.Join(m.root, file.Path)
		must(m.t, os.MkdirAll(filepath.Dir(path), 0o700))
		mode := os.FileMode(0o600)
		if file.Permissions == "0755" {
			mode = 0o700
		}
		must(m.t, os.WriteFile(path, []byte(file.Content), mode))
	}
}

// run runs the script and returns its exit code, its output and the calls of that run.
func (m *machine) run() (code int, output string, calls []string) {
	m.t.Helper()
	m.tell("calls", "")
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, filepath.Join(m.dir, "bin/bash"), filepath.Join(m.root, "usr/local/lib/openedx/bastion-tools.sh"))
	run.Env = []string{"ROOT=" + m.root, "STANDIN=" + m.dir, "HOME=" + m.dir, "PATH=" + filepath.Join(m.dir, "bin")}
	var printed bytes.Buffer
	run.Stdout, run.Stderr = &printed, &printed
	var exit *exec.ExitError
	if err := run.Run(); ctx.Err() != nil || (err != nil && !errors.As(err, &exit)) {
		m.t.Fatalf("%v: %v\n%s", ctx.Err(), err, printed.String())
	}
	return run.ProcessState.ExitCode(), printed.String(), m.lines("calls")
}

// boots runs the script, which must succeed, and returns its calls.
func (m *machine) boots() []string {
	m.t.Helper()
	code, output, calls := m.run()
	if code != 0 || !strings.Contains(output, "the tools are ready") {
		m.t.Fatalf("it exits with %d:\n%s", code, output)
	}
	return calls
}

// tell writes a file that the stand-ins look at.
func (m *machine) tell(name, content string) {
	m.t.Helper()
	must(m.t, os.WriteFile(filepath.Join(m.dir, name), []byte(content), 0o600))
}

func (m *machine) lines(name string) []string {
	m.t.Helper()
	return strings.Split(strings.TrimSuffix(read(m.t, filepath.Join(m.dir, name)), "\n"), "\n")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	return string(raw)
}

func TestTheFirstBootLocksExactVersionsAndInstallsEveryTool(t *testing.T) {
	m := newMachine(t)
	root := m.root
	want := []string{
		"rpm -q --quiet " + packages + " " + exact,
		"dnf install -y -q dnf-command(versionlock) " + packages,
		"dnf versionlock add -q " + exact,
		"dnf install -y -q " + exact,
		"python3.12 -m venv " + root + "/opt/openedx/tutor",
		"pip --isolated install --quiet --no-cache-dir --index-url https://pypi.org/simple " + tutorWanted,
		"curl --fail --silent --show-error --proto =https --max-time 60 --output " + root + "/etc/openedx/mysql-authority.pem.part " + machineInTests().MySQLAuthority,
		"aws eks update-kubeconfig --name campus-prod --kubeconfig " + root + "/etc/openedx/kubeconfig",
	}
	if diff := cmp.Diff(want, m.boots()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if target, err := os.Readlink(filepath.Join(root, "usr/local/bin/tutor")); err != nil || target != "/opt/openedx/tutor/bin/tutor" {
		t.Errorf("tutor is %q: %v", target, err)
	}
	for _, name := range []string{"kubeconfig", "mysql-authority.pem"} {
		if info, err := os.Stat(filepath.Join(root, "etc/openedx", name)); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("operators cannot read %s: %v, %v", name, info, err)
		}
	}
}

func TestASecondRunInstallsNothing(t *testing.T) {
	m := newMachine(t)
	m.boots()
	for _, call := range m.boots() {
		if name, _, _ := strings.Cut(call, " "); !slices.Contains([]string{"rpm", "curl", "aws"}, name) {
			t.Errorf("it called %q", call)
		}
	}
}

func TestWhatBrokeOffIsMadeAnewByTheNextRun(t *testing.T) {
	for command, undone := range map[string]string{"dnf": "dnf install", "pip": "pip ", "curl": "curl ", "aws": "aws "} {
		t.Run(command, func(t *testing.T) {
			m := newMachine(t)
			m.tell("fail-"+command, "")
			if code, output, _ := m.run(); code == 0 {
				t.Fatalf("it exits with 0:\n%s", output)
			}
			must(t, os.Remove(filepath.Join(m.dir, "fail-"+command)))
			if calls := m.boots(); !slices.ContainsFunc(calls, func(call string) bool { return strings.HasPrefix(call, undone) }) {
				t.Errorf("it called %q", calls)
			}
		})
	}
}

func TestAnotherTutorReplacesTheEnvironmentOfTheOneBefore(t *testing.T) {
	m := newMachine(t)
	m.boots()
	left := filepath.Join(m.root, "opt/openedx/tutor/left")
	must(t, os.WriteFile(left, nil, 0o600))
	must(t, os.WriteFile(filepath.Join(m.root, "opt/openedx/tutor/versions"), []byte("tutor==1.0.0\n"), 0o600))
	if calls := m.boots(); !slices.Contains(calls, "python3.12 -m venv "+m.root+"/opt/openedx/tutor") {
		t.Errorf("it called %q", calls)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("files of the other version are left")
	}
}

func TestTwoRunsAtOnceAreOneTooMany(t *testing.T) {
	m := newMachine(t)
	hold := exec.Command(debian.Need(t, "flock", "util-linux"), filepath.Join(m.root, "run/bastion-tools.lock"), "sh", "-c", "echo held; cat")
	stdin, err := hold.StdinPipe()
	must(t, err)
	stdout, err := hold.StdoutPipe()
	must(t, err)
	must(t, hold.Start())
	if _, err := stdout.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if code, output, _ := m.run(); code == 0 || !strings.Contains(output, "another run") {
		t.Errorf("it exits with %d:\n%s", code, output)
	}
	must(t, stdin.Close())
	must(t, hold.Wait())
}

func TestAnOperatorsShellKnowsTheClusterAndKeepsItsOwnChoices(t *testing.T) {
	m := newMachine(t)
	profile := strings.ReplaceAll(read(t, filepath.Join(m.root, "etc/profile.d/openedx.sh")), ". /etc", ". "+m.root+"/etc")
	run := exec.Command(debian.Need(t, "dash", "dash"), "-euc", profile+"\nprintf '%s %s' \"$AWS_REGION\" \"$KUBECONFIG\"")
	run.Env = []string{"HOME=/home/ssm-user"}
	output, err := run.CombinedOutput()
	must(t, err)
	if got := string(output); got != "eu-west-1 /home/ssm-user/.kube/config:/etc/openedx/kubeconfig" {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsNoCertificateDoesNotReplaceTheOneThatIsThere(t *testing.T) {
	m := newMachine(t)
	m.boots()
	m.tell("authority", "Service Unavailable\n")
	if code, output, _ := m.run(); code == 0 || !strings.Contains(output, "holds no certificate") {
		t.Errorf("it exits with %d:\n%s", code, output)
	}
	if got := read(t, filepath.Join(m.root, "etc/openedx/mysql-authority.pem")); !strings.Contains(got, "BEGIN CERTIFICATE") {
		t.Errorf("the certificates are %q", got)
	}
}
