package stackfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
)

func TestAFileIsReadAsPulumiHandsItOver(t *testing.T) {
	folder := t.TempDir()
	text := "encryptionsalt: v1:abc\nconfig:\n  openedx:name: campus\n  openedx:disposable: true\n" +
		"  openedx:cache: {split: true}\n  openedx:mailPassword: {secure: v1:xyz}\n"
	if err := os.WriteFile(filepath.Join(folder, "Pulumi.mine.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(folder, "mine")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Source{
		Stack: "mine", Secret: []string{"openedx:mailPassword"},
		Values: map[string]string{
			"openedx:name": "campus", "openedx:disposable": "true", "openedx:cache": `{"split":true}`, "openedx:mailPassword": "secure",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFileThatIsMissingOrNoYAMLIsAnError(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "Pulumi.broken.yaml"), []byte("config: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, stack := range []string{"broken", "absent"} {
		if _, err := Read(folder, stack); err == nil {
			t.Errorf("stack %s was read", stack)
		}
	}
}
