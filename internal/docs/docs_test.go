package main

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

const root = "../.."

func TestThePagesAreFresh(t *testing.T) {
	if err := check(root); err != nil {
		t.Error(err)
	}
}

func TestAStalePageIsNamed(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "docs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write(folder); err != nil {
		t.Fatal(err)
	}
	if err := check(folder); err != nil {
		t.Fatalf("just written and already stale: %v", err)
	}
	stale := filepath.Join(folder, "docs", "sizing.md")
	if err := os.WriteFile(stale, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := check(folder); err == nil || !strings.Contains(err.Error(), "sizing.md is stale") || strings.Contains(err.Error(), "config.md") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(stale); err != nil {
		t.Fatal(err)
	}
	if err := check(folder); err == nil {
		t.Error("a missing page is not noticed")
	}
}

func TestEveryKeyIsOnThePageWithItsDescription(t *testing.T) {
	page := configPage()
	var groups []string
	for _, key := range config.Keys() {
		if key.Group {
			if !strings.Contains(page, "# "+key.Path+"\n\n"+key.Doc+"\n") {
				t.Errorf("%s has no heading", key.Path)
			}
			groups = append(groups, key.Path)
			continue
		}
		// The table below the heading of the nearest group has the rest of the path.
		below, rest := page, key.Path
		for _, group := range groups {
			if inside, is := strings.CutPrefix(key.Path, group+"."); is {
				_, below, _ = strings.Cut(page, "# "+group+"\n")
				rest = inside
			}
		}
		below, _, _ = strings.Cut(below, "\n#")
		if rest == key.Path {
			_, below, _ = strings.Cut(page, "## Single values\n")
			below, _, _ = strings.Cut(below, "\n#")
		}
		if !strings.Contains(below, "| `"+rest+"` |") || !strings.Contains(below, key.Doc) {
			t.Errorf("%s is not documented", key.Path)
		}
	}
}

func TestEverySizeSaysWhyAndWhichKeyOverridesIt(t *testing.T) {
	keys := map[string]config.Key{}
	for _, key := range config.Keys() {
		keys[key.Path] = key
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[plan.Sizing]()) {
		if f.Anonymous {
			continue
		}
		if f.Tag.Get("row") == "" || f.Tag.Get("why") == "" {
			t.Errorf("%s lacks a title or a reason", f.Name)
		}
		if key := f.Tag.Get("key"); key != "" && keys[key].Path == "" {
			t.Errorf("%s is overridden by %s, which is no key", f.Name, key)
		}
	}
}

func TestEveryOptionalKeyHasADefault(t *testing.T) {
	for _, key := range config.Keys() {
		if !key.Group && !key.Mandatory && strings.Trim(defaultOf(key), "`") == "" {
			t.Errorf("%s has neither a default of its own nor one by preset", key.Path)
		}
	}
}

// project is what matters here of the project file.
type project struct {
	Name    string `json:"name"`
	Runtime struct {
		Name string `json:"name"`
	} `json:"runtime"`
	Description string `json:"description"`
	Config      map[string]struct {
		Type  string `json:"type"`
		Items struct {
			Type string `json:"type"`
		} `json:"items"`
		Description string `json:"description"`
		Default     any    `json:"default"`
	} `json:"config"`
}

func readProject(t *testing.T) project {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var p project
	if err := yaml.UnmarshalStrict(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheProjectFileIsThisProjects(t *testing.T) {
	if p := readProject(t); p.Name != "openedx" || p.Runtime.Name != "go" || p.Description == "" {
		t.Errorf("got %+v", p)
	}
}

func TestTheProjectFileDeclaresExactlyTheKeysOfTheSettings(t *testing.T) {
	p := readProject(t)
	var want []string
	for _, key := range config.Keys() {
		if !strings.Contains(key.Path, ".") && strings.HasPrefix(key.Path, p.Name+":") {
			want = append(want, key.Path)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(p.Config))); diff != "" {
		t.Error(diff)
	}
}

func TestTheProjectFileDescribesEachKeyAsTheSettingsDo(t *testing.T) {
	p := readProject(t)
	types := map[string]string{"text": "string", "true or false": "boolean", "group of keys": "object", "list of texts": "array"}
	defaults := map[string]any{"text": "", "true or false": false, "group of keys": map[string]any{}, "list of texts": []any{}}
	for _, key := range config.Keys() {
		got, ok := p.Config[key.Path]
		if !ok {
			continue
		}
		if got.Type != types[key.Type] {
			t.Errorf("%s is declared as %s, want %s", key.Path, got.Type, types[key.Type])
		}
		if (got.Type == "array") != (got.Items.Type == "string") {
			t.Errorf("%s has entries of type %q", key.Path, got.Items.Type)
		}
		if got.Description == "" || !strings.HasPrefix(key.Doc, strings.TrimSuffix(got.Description, ".")) {
			t.Errorf("%s is described as %q, the settings say %q", key.Path, got.Description, key.Doc)
		}
		// Without one the CLI would take the key for required.
		if !reflect.DeepEqual(got.Default, defaults[key.Type]) {
			t.Errorf("%s has the default %v, want the empty one", key.Path, got.Default)
		}
	}
}

func TestTheStarterStacksAreShortAndStandAlone(t *testing.T) {
	for _, preset := range config.Presets() {
		text, err := os.ReadFile(filepath.Join(root, "Pulumi."+string(preset)+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines < 6 || lines > 20 {
			t.Errorf("%s has %d lines, want 6 to 20", preset, lines)
		}
		for _, wanted := range []string{"pulumi:disable-default-providers: [kubernetes]", "openedx:preset: " + string(preset) + "\n"} {
			if !strings.Contains(string(text), wanted) {
				t.Errorf("%s lacks %s", preset, wanted)
			}
		}
		for _, unwanted := range []string{"encryptionsalt", "offline", "secure:"} {
			if strings.Contains(string(text), unwanted) {
				t.Errorf("%s has %s, which belongs to nobody's starter", preset, unwanted)
			}
		}
	}
}
