package cli

import (
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// halfway is how many resources must exist when the run is killed; the small
// stack has hundreds.
const halfway = 20

func TestARunKilledHalfwayIsTakenUpAgainAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.killHalfway()

	again := p.must("up", "-stack", "small")
	if !regexp.MustCompile(`cut off with [1-9]\d* operations in flight`).MatchString(again) {
		t.Errorf("the operator does not hear what was in flight:\n%s", again)
	}
	if !strings.Contains(again, "creating urn:pulumi:small::openedx::") || !strings.Contains(again, "is adopted") {
		t.Errorf("what was in flight is not named, or not adopted:\n%s", again)
	}
	if third := p.must("up", "-stack", "small"); !onlyUnchanged(third) {
		t.Errorf("the run was not completed:\n%s", third)
	}
	p.must("destroy", "-stack", "small")
	if left := p.stored("small"); len(left) > 0 {
		t.Errorf("%d resources are left in the offline cloud: %v", len(left), left)
	}
}

// killHalfway starts a run and kills it, with all that it started, in the middle.
func (p project) killHalfway() {
	p.t.Helper()
	p.checkpoints = "" // after each step, as the CLI does by itself: what was done must be known
	killed := p.command(p.t.Context(), "up", "-stack", "small")
	// The cloud creates at once but answers late, so that many answers are under way at the kill.
	killed.Env = append(killed.Env, "OFFLINE_CLOUD_LATENCY=400ms")
	if err := killed.Start(); err != nil {
		p.t.Fatal(err)
	}
	for deadline := time.Now().Add(limit); len(p.stored("small")) < halfway; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("only %d resources after %s", len(p.stored("small")), limit)
		}
	}
	if err := syscall.Kill(-killed.Process.Pid, syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
	if err := killed.Wait(); err == nil {
		p.t.Fatal("the run ended by itself before it was killed")
	}
}
