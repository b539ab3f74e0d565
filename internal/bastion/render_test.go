package bastion

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/debian"
	"example.org/openedx/internal/versions"
)

var update = flag.Bool("update", false, "write the golden files anew")

func machineInTests() Machine {
	return Machine{Region: "eu-west-1", Kubernetes: "1.35", Cluster: "campus-prod", MySQLAuthority: "https://certificates.example.com/all.pem"}
}

// written are the files that cloud-init writes.
func written(t *testing.T, m Machine) []writtenFile {
	t.Helper()
	text, err := UserData(m)
	must(t, err)
	var config cloudConfig
	must(t, yaml.Unmarshal([]byte(text), &config))
	return config.WriteFiles
}

// The digest is that of the whole text: any other one replaces the machine. The script is in files/ to read.
func TestTheUserDataIsTheGoldenOne(t *testing.T) {
	text, err := UserData(machineInTests())
	must(t, err)
	var got strings.Builder
	fmt.Fprintf(&got, "%d bytes, sha256 %x\n", len(text), sha256.Sum256([]byte(text)))
	for _, file := range written(t, machineInTests()) {
		if strings.HasSuffix(file.Path, "/bastion-tools.sh") {
			file.Content = "(as in files)\n"
		}
		fmt.Fprintf(&got, "\n%s %s %s\n%s", file.Path, file.Owner, file.Permissions, file.Content)
	}
	golden := filepath.Join("testdata", "user-data.golden.txt")
	if *update {
		must(t, os.WriteFile(golden, []byte(got.String()), 0o600))
	}
	if diff := cmp.Diff(read(t, golden), got.String()); diff != "" {
		t.Errorf("the user data changed, which go test -update accepts (-want +got):\n%s", diff)
	}
}

// Without --no-block cloud-init and the unit would wait for each other.
func TestCloudInitStartsTheUnitAndDoesNotWaitForIt(t *testing.T) {
	last := runCommands[len(runCommands)-1]
	if !slices.Contains(last, "--no-block") || !slices.Contains(last, "--now") || last[len(last)-1] != "bastion-tools.service" {
		t.Errorf("cloud-init runs %q", last)
	}
}

func TestEveryFileIsInstalled(t *testing.T) {
	entries, err := files.ReadDir("files")
	must(t, err)
	if len(entries) != len(everything) {
		t.Errorf("%d files, of which %d are installed", len(entries), len(everything))
	}
	for _, file := range everything {
		text, err := machineInTests().content(file.source, file.rendered)
		must(t, err)
		if raw := read(t, filepath.Join("files", file.source)); (text != raw) != file.rendered || strings.Contains(text, "{{") {
			t.Errorf("%q is installed as\n%s", file.source, text)
		}
	}
}

func TestEveryRepositoryIsSignedAndReachedOverHTTPS(t *testing.T) {
	for _, known := range versions.AllKubernetes() {
		m := machineInTests()
		m.Kubernetes = known.Version
		for _, file := range written(t, m) {
			if !strings.HasSuffix(file.Path, ".repo") {
				continue
			}
			for _, want := range []string{"\nbaseurl=https://", "\ngpgcheck=1\n", "\ngpgkey=https://"} {
				if !strings.Contains(file.Content, want) {
					t.Errorf("%s has no %q:\n%s", file.Path, want, file.Content)
				}
			}
			series := map[bool]string{true: "/v" + m.Kubernetes + "/rpm/", false: "/" + versions.Major(versions.MongoServer) + "/"}
			if want := series[strings.Contains(file.Path, "kubernetes")]; !strings.Contains(file.Content, want) {
				t.Errorf("%s is of another series than %q:\n%s", file.Path, want, file.Content)
			}
		}
	}
}

func TestUserDataThatEC2WouldRefuseIsAnError(t *testing.T) {
	if text, err := fits(strings.Repeat("x", userDataLimit)); err != nil || len(text) != userDataLimit {
		t.Errorf("got %v", err)
	}
	if _, err := fits(strings.Repeat("x", userDataLimit+1)); err == nil || !strings.Contains(err.Error(), "EC2 takes 16384") {
		t.Errorf("got %v", err)
	}
}

func TestEachValueIsCheckedAtItsBoundary(t *testing.T) {
	for name, example := range map[string]struct {
		edit func(*Machine)
		want string // empty: accepted
	}{
		"longest cluster":           {func(m *Machine) { m.Cluster = strings.Repeat("c", 100) }, ""},
		"cluster too long":          {func(m *Machine) { m.Cluster = strings.Repeat("c", 101) }, "cluster is"},
		"no cluster":                {func(m *Machine) { m.Cluster = "" }, `cluster is ""`},
		"a cluster that is a shell": {func(m *Machine) { m.Cluster = "$(reboot)" }, "cluster is"},
		"oldest Kubernetes":         {func(m *Machine) { m.Kubernetes = "1.34" }, ""},
		"Kubernetes before":         {func(m *Machine) { m.Kubernetes = "1.33" }, `Kubernetes "1.33"`},
		"a patch":                   {func(m *Machine) { m.Kubernetes = "1.35.1" }, `Kubernetes "1.35.1"`},
		"a zone":                    {func(m *Machine) { m.Region = "eu-west-1a" }, `region is "eu-west-1a"`},
		"plain HTTP":                {func(m *Machine) { m.MySQLAuthority = "http://example.com/all.pem" }, "authority of MySQL"},
		"a URL that is a shell":     {func(m *Machine) { m.MySQLAuthority = "https://example.com/$(reboot)" }, "authority of MySQL"},
		"a region far away":         {func(m *Machine) { m.Region = "us-gov-west-1" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := machineInTests()
			example.edit(&m)
			_, err := UserData(m)
			if example.want == "" {
				must(t, err)
			} else if err == nil || !strings.Contains(err.Error(), example.want) {
				t.Errorf("got %v, want an error with %q", err, example.want)
			}
		})
	}
}

func TestAllProblemsAreToldAtOnceAndTheClusterMayBeUnknownYet(t *testing.T) {
	_, err := UserData(Machine{})
	for _, part := range []string{"region is", "no kubectl", "authority of MySQL", "cluster is"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not among the problems: %v", part, err)
		}
	}
	m := machineInTests()
	m.Cluster = ""
	must(t, m.Check())
}

func TestShellcheckHasNothingToSayAboutTheScripts(t *testing.T) {
	found, err := filepath.Glob("files/*.sh")
	must(t, err)
	if len(found) != 2 {
		t.Fatalf("the scripts are %q", found)
	}
	run := exec.Command(debian.Need(t, "shellcheck", "shellcheck"), append([]string{"-x"}, found...)...)
	if output, err := run.CombinedOutput(); err != nil || len(output) != 0 {
		t.Errorf("shellcheck: %v\n%s", err, output)
	}
}

// All packages are signed. The one file that is not comes over HTTPS, and is nothing that runs.
func TestNothingRunsThatNobodySignedOrThatCameOverPlainHTTP(t *testing.T) {
	script := read(t, "files/bastion-tools.sh")
	if regexp.MustCompile(`--nogpgcheck|--trusted-host|--insecure|http:`).MatchString(script) || strings.Count(script, "curl ") != 1 {
		t.Error("something is fetched that nobody vouches for")
	}
}

func TestTheClientOfMySQLChecksTheServerAgainstWhatWasFetched(t *testing.T) {
	client := read(t, "files/mysql-client.cnf")
	for _, want := range []string{"[client]\n", "\nssl-ca=/etc/openedx/mysql-authority.pem\n", "\nssl-verify-server-cert\n"} {
		if !strings.Contains(client, want) {
			t.Errorf("no %q in\n%s", want, client)
		}
	}
}

func TestCloudInitAcceptsTheUserData(t *testing.T) {
	text, err := UserData(machineInTests())
	must(t, err)
	if output, err := cloudInit(t, text); err != nil || !strings.Contains(output, "Valid") {
		t.Errorf("cloud-init: %v\n%s", err, output)
	}
	if output, err := cloudInit(t, strings.Replace(text, "permissions: ", "mode: ", 1)); err == nil {
		t.Errorf("a wrong key is accepted:\n%s", output)
	}
}

func cloudInit(t *testing.T, text string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "user-data.yaml")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	output, err := exec.Command(debian.Need(t, "cloud-init", "cloud-init"), "schema", "--config-file", path).CombinedOutput()
	return string(output), err
}

// The unit is checked in a scratch root that has the script that it starts.
func TestSystemdAcceptsTheUnit(t *testing.T) {
	m := &machine{t: t, root: t.TempDir()}
	m.install(machineInTests())
	for _, unit := range []string{"sysinit.target", "basic.target", "shutdown.target", "multi-user.target", "network-online.target"} {
		path := filepath.Join(m.root, "usr/lib/systemd/system", unit)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte("[Unit]\n"), 0o600))
	}
	output, err := exec.Command(debian.Need(t, "systemd-analyze", "systemd"),
		"verify", "--man=no", "--recursive-errors=no", "--root="+m.root, "bastion-tools.service").CombinedOutput()
	if err != nil || len(output) != 0 {
		t.Errorf("systemd-analyze: %v\n%s", err, output)
	}
}
