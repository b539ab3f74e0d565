package cli

import (
	"strings"
	"testing"

	"example.org/openedx/tests/badconfig"
)

func TestTheCLIShowsEveryWrongConfigurationAndRegistersNothing(t *testing.T) {
	for _, c := range badconfig.Load(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t)
			p.write("Pulumi.wrong.yaml", c.StackFile(t))
			output, status := p.try("preview", "-stack", "wrong")
			if status == 0 {
				t.Fatalf("accepted:\n%s", output)
			}
			if strings.Contains(output, "to create") {
				t.Errorf("something was registered:\n%s", output)
			}
			want := c.Want
			if c.CLI {
				want = c.WantCLI
			}
			for _, text := range want {
				if !strings.Contains(output, text) {
					t.Errorf("the message lacks %q:\n%s", text, output)
				}
			}
		})
	}
}
