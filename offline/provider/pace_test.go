package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/openedx/offline/provider"
	"example.org/openedx/offline/simulation"
)

// scale makes a role, which takes two seconds, take a fifth of one.
const scale = "10"

func TestInScaledTimeCreationsTakeTheirTimeSideBySide(t *testing.T) {
	log := filepath.Join(t.TempDir(), "made.jsonl")
	t.Setenv(provider.ScaleVariable, scale)
	t.Setenv(provider.LogVariable, log)
	w := newWorld(t)
	began := time.Now()
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		all.Go(func() { w.create(roleType, name, props{"assumeRolePolicy": `{"Version":"2012-10-17","Statement":[]}`}) })
	}
	all.Wait()
	const one = 200 * time.Millisecond
	if took := time.Since(began); took < one || took >= 4*one {
		t.Errorf("five roles took %v, want a little more than %v", took, one)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines in the log, want 5", len(lines))
	}
	for _, line := range lines {
		var made simulation.Made
		if err := json.Unmarshal([]byte(line), &made); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(made.URN, roleType) || made.End.Sub(made.Start) < one {
			t.Errorf("%s was made in %v", made.URN, made.End.Sub(made.Start))
		}
	}
}

func TestAScaleThatIsNoneIsRefused(t *testing.T) {
	for _, scale := range []string{"", "fast", "0", "-1"} {
		t.Setenv(provider.ScaleVariable, scale)
		if _, _, err := provider.Serve(t.Context(), "aws", t.TempDir(), ""); err == nil {
			t.Errorf("%q is taken for a scale", scale)
		}
	}
}
