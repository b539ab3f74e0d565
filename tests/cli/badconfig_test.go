package cli

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"example.org/openedx/tests/badconfig"
)

// shards is how many projects share the table: a project of its own for each
// case would spend most of its time on creating a stack.
const shards = 2

var registered = regexp.MustCompile(`(?m)^ \+ +(openedx|aws|eks|kubernetes|pulumi:providers):`)

func TestTheCLIShowsEveryWrongConfigurationAndRegistersNothing(t *testing.T) {
	cases := badconfig.Load(t)
	for shard := range shards {
		t.Run(fmt.Sprintf("shard %d", shard), func(t *testing.T) {
			t.Parallel()
			p := newProject(t)
			for i := shard; i < len(cases); i += shards {
				t.Run(cases[i].Name, func(t *testing.T) { refuses(t, p, cases[i]) })
			}
		})
	}
}

// refuses previews one wrong configuration and reads what the operator sees.
func refuses(t *testing.T, p project, c badconfig.Case) {
	t.Helper()
	p.t = t
	p.write("Pulumi."+c.Base+".yaml", c.StackFile(t))
	output, status := p.try("preview", "-stack", c.Base)
	if status == 0 {
		t.Fatalf("accepted:\n%s", output)
	}
	// The CLI itself registers the stack before the program has its say.
	if registered.MatchString(output) {
		t.Errorf("something was registered:\n%s", output)
	}
	want := c.Want
	if c.CLI {
		want = c.WantCLI
	}
	for _, text := range c.Never {
		if strings.Contains(output, text) {
			t.Errorf("the message shows %q:\n%s", text, output)
		}
	}
	for _, text := range want {
		if !strings.Contains(output, text) {
			t.Errorf("the message lacks %q:\n%s", text, output)
		}
	}
}
