package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAPreviewOfAnotherPresetSaysOnceWhatBecomesOfThePlatform(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.must("up", "-stack", "small")
	p.write("Pulumi.small.yaml", []byte(strings.Replace(p.read("Pulumi.small.yaml"), "openedx:preset: small", "openedx:preset: medium", 1)))
	output := p.must("preview", "-stack", "small")
	// While it runs, the CLI shows the first line behind the stack's name as well.
	_, diagnostics, _ := strings.Cut(output, "Diagnostics:\n")
	diagnostics, differences, _ := strings.Cut(diagnostics, "Outputs:\n")
	for _, part := range []string{
		" small becomes medium:\n", " 3 to 5 m6i.xlarge", " -> 5 to 30 m6i.2xlarge", " What restarts, in this run:\n", " a month -> USD ", " Nothing that holds data is made anew.\n",
	} {
		if strings.Count(diagnostics, part) != 1 {
			t.Errorf("%q is there %d times, not once:\n%s", part, strings.Count(diagnostics, part), output)
		}
	}
	if !strings.Contains(differences, `"3 to 5 m6i.xlarge" => "5 to 30 m6i.2xlarge"`) {
		t.Errorf("the difference of the outputs lacks the nodes:\n%s", output)
	}
	p.must("plan", "-stack", "small")
	var plan struct {
		Diagnostics []struct {
			Message  string `json:"message"`
			Severity string `json:"severity"`
		} `json:"diagnostics"`
	}
	if err := json.Unmarshal([]byte(p.read("build/plan-small.json")), &plan); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, diagnostic := range plan.Diagnostics {
		if strings.Contains(diagnostic.Message, "small becomes medium:") && diagnostic.Severity == "info" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the summary is %d times in the plan's diagnostics, not once: %v", found, plan.Diagnostics)
	}
}
