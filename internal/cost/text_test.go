package cost_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
)

var update = flag.Bool("update", false, "rewrite the golden estimates")

func TestTheStarterStacksCostAsRecorded(t *testing.T) {
	for _, preset := range config.Presets() {
		p := starter(t, preset)
		got, err := estimate(t, p).Text("stack "+string(preset), levers(t, p))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", string(preset)+".txt")
		if *update {
			if err = os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s: run with -update if this is meant (-want +got):\n%s", preset, diff)
		}
	}
}

func TestTheTextSaysWhatHasNoPrice(t *testing.T) {
	p := starter(t, config.Small)
	p.Cluster.Nodes.Machine = "z9.huge"
	got, err := estimate(t, p).Text("stack mine", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{"no price", "Note: No price of z9.huge"} {
		if !strings.Contains(got, wanted) {
			t.Errorf("%q is not in:\n%s", wanted, got)
		}
	}
}
