// Package debian finds the real Debian tools that tests run, and installs the missing ones where it may.
//
// It may import the standard library and gofrs/flock only: it is test support that every package can use.
package debian

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// administrative folders hold servers and disk tools, and are missing from an ordinary user's PATH.
var administrative = []string{"/usr/sbin", "/sbin", "/usr/local/sbin"}

// errNotAllowed says that this machine is not one where a test may install packages.
var errNotAllowed = errors.New("only root on Debian may install it from here")

// Need returns the path of a command and installs its Debian package when it is missing and the test runs as root on Debian.
// Where it cannot be had the test is skipped with the package's name, or fails when the environment says CI=true.
func Need(t testing.TB, command, pkg string) string {
	t.Helper()
	path, err := obtain(command, pkg, find, install)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" { //nolint:forbidigo // a test asks where it runs; no program reads this
		t.Fatalf("%v", err)
	}
	t.Skipf("%v", err)
	return ""
}

// obtain looks before and after the installation, so that nothing is installed twice.
func obtain(command, pkg string, look func(string) (string, bool), add func(string) error) (string, error) {
	if path, ok := look(command); ok {
		return path, nil
	}
	if err := add(pkg); err != nil {
		return "", fmt.Errorf("the command %q is missing, install the Debian package %q: %w", command, pkg, err)
	}
	path, ok := look(command)
	if !ok {
		return "", fmt.Errorf("the Debian package %q is installed and has no command %q", pkg, command)
	}
	return path, nil
}

// find looks for a command in PATH and in the administrative folders.
func find(command string) (string, bool) {
	if path, err := exec.LookPath(command); err == nil {
		return path, true
	}
	for _, folder := range administrative {
		if path, err := exec.LookPath(filepath.Join(folder, command)); err == nil {
			return path, true
		}
	}
	return "", false
}

// install adds one package; the test binaries of several packages run at once, so the file lock lets one at a time do it.
func install(pkg string) error {
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return errNotAllowed
	}
	lock := flock.New(filepath.Join(os.TempDir(), "debian-packages.lock"))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %q: %w", lock.Path(), err)
	}
	err := aptGet("install", "-y", "-q", "--no-install-recommends", pkg)
	if err != nil {
		// The package lists may be old or, in a fresh image, absent.
		err = errors.Join(aptGet("update", "-q"), aptGet("install", "-y", "-q", "--no-install-recommends", pkg))
	}
	return errors.Join(err, lock.Unlock())
}

// aptGet runs apt-get without questions and waits for another installation that holds dpkg's own lock.
func aptGet(arguments ...string) error {
	arguments = append([]string{"-o", "DPkg::Lock::Timeout=120"}, arguments...)
	run := exec.Command("apt-get", arguments...) //nolint:gosec // the words come from tests
	run.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	run.WaitDelay = time.Minute
	if output, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %q: %w: %s", arguments[2:], err, tail(output, 400))
	}
	return nil
}

// tail keeps the end of an output, where the reason of a failure stands.
func tail(output []byte, limit int) []byte {
	if len(output) > limit {
		return output[len(output)-limit:]
	}
	return output
}
