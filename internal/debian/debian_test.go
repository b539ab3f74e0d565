package debian

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestACommandThatIsThereIsNotInstalledAgain(t *testing.T) {
	path, err := obtain("there", "package",
		func(string) (string, bool) { return "/bin/there", true },
		func(pkg string) error { return fmt.Errorf("%q was installed without need", pkg) })
	if err != nil || path != "/bin/there" {
		t.Fatalf("got %q, %v", path, err)
	}
}

func TestAMissingCommandIsInstalledAndFoundAfterwards(t *testing.T) {
	installed := ""
	path, err := obtain("tool", "tool-package",
		func(command string) (string, bool) { return "/bin/" + command, installed != "" },
		func(pkg string) error { installed = pkg; return nil })
	if err != nil || path != "/bin/tool" || installed != "tool-package" {
		t.Fatalf("got %q, %v, installed %q", path, err, installed)
	}
}

func TestAPackageWithoutTheCommandIsAnErrorThatNamesBoth(t *testing.T) {
	_, err := obtain("tool", "tool-package",
		func(string) (string, bool) { return "", false },
		func(string) error { return nil })
	if err == nil || !strings.Contains(err.Error(), `"tool-package"`) || !strings.Contains(err.Error(), `"tool"`) {
		t.Fatalf("got %v", err)
	}
}

func TestAFailedInstallationNamesThePackageAndKeepsTheReason(t *testing.T) {
	_, err := obtain("tool", "tool-package",
		func(string) (string, bool) { return "", false },
		func(string) error { return errNotAllowed })
	if !errors.Is(err, errNotAllowed) || !strings.Contains(err.Error(), `"tool-package"`) {
		t.Fatalf("got %v", err)
	}
}

func TestFindLooksInTheFoldersOfServersWhateverThePathSays(t *testing.T) {
	t.Setenv("PATH", "/nonexistent")
	if path, ok := find("ldconfig"); !ok || !strings.HasSuffix(path, "sbin/ldconfig") {
		t.Fatalf("got %q, %v", path, ok)
	}
}

// recorder is a test that remembers how it ended.
type recorder struct {
	testing.TB
	ended, message string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, arguments ...any) {
	r.ended, r.message = "failed", fmt.Sprintf(format, arguments...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, arguments ...any) {
	r.ended, r.message = "skipped", fmt.Sprintf(format, arguments...)
	runtime.Goexit()
}

func TestWhatCannotBeHadSkipsTheTestButFailsItInContinuousIntegration(t *testing.T) {
	for environment, want := range map[string]string{"true": "failed", "": "skipped", "false": "skipped"} {
		t.Run("CI="+environment, func(t *testing.T) {
			t.Setenv("CI", environment)
			// Without a PATH there is no apt-get either, so that nothing is installed by this test.
			t.Setenv("PATH", "/nonexistent")
			inner := &recorder{TB: t}
			done := make(chan struct{})
			go func() {
				defer close(done)
				Need(inner, "no-such-command", "no-such-package")
			}()
			<-done
			if inner.ended != want || !strings.Contains(inner.message, "no-such-package") {
				t.Fatalf("the test %s with %q, want it %s", inner.ended, inner.message, want)
			}
		})
	}
}
