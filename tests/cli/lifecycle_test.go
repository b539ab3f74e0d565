package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var stacks = []string{"small", "medium", "large"}

func TestEveryStarterStackLivesAndGoesWithoutATrace(t *testing.T) {
	for _, stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			p := newProject(t)
			planned := p.must("preview", "-stack", stack)
			if !strings.Contains(planned, "to create") {
				t.Errorf("the preview plans nothing:\n%s", planned)
			}
			p.must("up", "-stack", stack)
			if again := p.must("up", "-stack", stack); !onlyUnchanged(again) {
				t.Errorf("a second run changes something:\n%s", again)
			}
			if refreshed := p.must("refresh", "-stack", stack); !onlyUnchanged(refreshed) {
				t.Errorf("a refresh finds something:\n%s", refreshed)
			}
			p.must("destroy", "-stack", stack)
			if left := p.stored(stack); len(left) > 0 {
				t.Errorf("%d resources are left in the offline cloud: %v", len(left), left)
			}
		})
	}
}

func TestAStackOfTheOperatorsOwnNameWorksLikeAStarter(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.write("Pulumi.night-school.yaml", []byte(p.read("Pulumi.small.yaml")))
	if output := p.must("preview", "-stack", "night-school"); !strings.Contains(output, "school-network") {
		t.Errorf("the preview lacks the network:\n%s", output)
	}
}

func TestAStackWithoutAFileIsRefusedWithTheNamesThatAreThere(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	output, status := p.try("preview", "-stack", "tiny")
	if status == 0 {
		t.Errorf("a stack without settings is accepted:\n%s", output)
	}
	for _, want := range []string{"Pulumi.tiny.yaml", "small", "medium", "large"} {
		if !strings.Contains(output, want) {
			t.Errorf("the message lacks %q:\n%s", want, output)
		}
	}
}

func TestARunWritesNothingIntoTheStackFileAndWarnsOfNothing(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	before := p.read("Pulumi.small.yaml")
	output := p.must("preview", "-stack", "small")
	if after := p.read("Pulumi.small.yaml"); after != before {
		t.Errorf("the committed stack file was changed:\n%s", after)
	}
	if strings.Contains(strings.ToLower(output), "warning") {
		t.Errorf("a warning in a clean preview:\n%s", output)
	}
}

func TestAPlanIsTheCLIsOwnPreview(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.must("plan", "-stack", "medium")
	var plan struct {
		Steps []struct {
			Op  string `json:"op"`
			URN string `json:"urn"`
		} `json:"steps"`
		ChangeSummary map[string]int `json:"changeSummary"`
	}
	if err := json.Unmarshal([]byte(p.read("build/plan-medium.json")), &plan); err != nil {
		t.Fatal(err)
	}
	if len(plan.Steps) < 50 || plan.ChangeSummary["create"] != len(plan.Steps) {
		t.Errorf("%d steps, summary %v", len(plan.Steps), plan.ChangeSummary)
	}
}

func TestARefreshReportsWhatWasChangedByHand(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.must("up", "-stack", "small")
	file := p.fileOf("small", "school-network-vpc")
	text := p.readPath(file)
	changed := strings.Replace(text, `"enableDnsHostnames": true`, `"enableDnsHostnames": false`, 1)
	if changed == text {
		t.Fatalf("the stored VPC has no DNS host names to switch off:\n%s", text)
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if output := p.must("refresh", "-stack", "small"); !strings.Contains(output, "school-network-vpc") || onlyUnchanged(output) {
		t.Errorf("the drift is not reported:\n%s", output)
	}
	if output := p.must("up", "-stack", "small"); !strings.Contains(output, "1 updated") {
		t.Errorf("the drift is not mended:\n%s", output)
	}
}

// stored are the files of the offline cloud, one a resource.
func (p project) stored(stack string) []string {
	p.t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(p.folder, ".offline", "cloud", stack), func(path string, entry os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	return files
}

// fileOf finds the file of the resource with the given logical name.
func (p project) fileOf(stack, name string) string {
	p.t.Helper()
	for _, file := range p.stored(stack) {
		if strings.Contains(p.readPath(file), "::"+name+`"`) {
			return file
		}
	}
	p.t.Fatalf("no resource %q in the offline cloud", name)
	return ""
}

func (p project) readPath(path string) string {
	p.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

var changes = regexp.MustCompile(`(?m)^\s+[+~-]+\s+\d+ (created|updated|deleted|replaced|to create|to update|to delete|to replace)`)

// onlyUnchanged tells whether the CLI's summary counts unchanged resources and no others.
func onlyUnchanged(output string) bool {
	return strings.Contains(output, "unchanged") && !changes.MatchString(output)
}
