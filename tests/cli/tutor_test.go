package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// handOver does what `make tutor` does, into a folder outside of the project, and
// returns what that prints and the config.yml.
func (p project) handOver(stack, instance string) (printed, config string) {
	p.t.Helper()
	output := p.command(p.t.Context(), "output", "-stack", stack, "tutor")
	secret, err := output.Output()
	if err != nil {
		p.t.Fatalf("output: %v", err)
	}
	folder := p.t.TempDir()
	write := exec.CommandContext(p.t.Context(), "go", "run", "./internal/tutor/write", "-instance", instance, "-root", folder)
	write.Dir, write.Stdin = p.root, strings.NewReader(string(secret))
	said, err := write.CombinedOutput()
	if err != nil {
		p.t.Fatalf("write: %v: %s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(folder, "config.yml"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(said), string(text)
}
