package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// output is a stack output of two instances.
func output(t *testing.T) string {
	t.Helper()
	all := map[string]handed{}
	for _, slug := range []string{"main", "staff"} {
		all[slug] = handed{
			Config: fmt.Sprintf("ID: %s-id\nLMS_HOST: %s.example.org\nMYSQL_PORT: 3306\nMYSQL_ROOT_PASSWORD: hunter2\nPLUGINS:\n- mfe\n- cloud\n", slug, slug),
			Plugin: "name: cloud\nversion: 1.0.0\n",
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write runs the command, and returns what it printed and the error as one text.
func write(t *testing.T, in string, arguments ...string) (printed string, err error) {
	t.Helper()
	var out strings.Builder
	err = run(arguments, strings.NewReader(in), &out)
	printed = out.String()
	if err != nil {
		printed += err.Error()
	}
	if strings.Contains(printed, "hunter2") {
		t.Errorf("a secret was printed: %s", printed)
	}
	return printed, err
}

// settings are the config.yml of a root.
func settings(t *testing.T, folder string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "config.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func TestARootIsWrittenThatNobodyElseCanRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "main")
	printed, err := write(t, output(t), "-instance", "main", "-root", folder)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"ID": "main-id", "LMS_HOST": "main.example.org", "MYSQL_PORT": 3306.0, "MYSQL_ROOT_PASSWORD": "hunter2", "PLUGINS": []any{"mfe", "cloud"},
	}
	if diff := cmp.Diff(want, settings(t, folder)); diff != "" {
		t.Error(diff)
	}
	for path, mode := range map[string]os.FileMode{"": 0o700, "plugins": 0o700, "config.yml": 0o600, "plugins/cloud.yml": 0o600} {
		info, err := os.Stat(filepath.Join(folder, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: %v, %v", path, info.Mode().Perm(), err)
		}
	}
	if !strings.Contains(printed, filepath.Join(folder, "config.yml")) {
		t.Errorf("printed %q", printed)
	}
}

func TestThePluginIsWrittenAsItIsAndNothingElseLeftBehind(t *testing.T) {
	folder := t.TempDir()
	if printed, err := write(t, output(t), "-instance", "main", "-root", folder); err != nil {
		t.Fatal(printed)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "plugins", "cloud.yml")); err != nil || string(text) != "name: cloud\nversion: 1.0.0\n" {
		t.Errorf("%v: %q", err, text)
	}
	if files, err := filepath.Glob(filepath.Join(folder, "*", ".*")); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 2 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestWhatAnOperatorAddedStaysAndWhatTheStackKnowsIsTheStacks(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	before := "ID: main-id\nLMS_HOST: old.example.org\nPLATFORM_NAME: Campus\nMYSQL_PORT: 3306\nPLUGINS: [indigo, mfe]\n"
	if err := os.WriteFile(filepath.Join(folder, "config.yml"), []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	printed, err := write(t, output(t), "-instance", "main", "-root", folder)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"ID": "main-id", "LMS_HOST": "main.example.org", "MYSQL_PORT": 3306.0, "MYSQL_ROOT_PASSWORD": "hunter2", "PLATFORM_NAME": "Campus",
		"PLUGINS": []any{"indigo", "mfe", "cloud"},
	}
	if diff := cmp.Diff(want, settings(t, folder)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(printed, "changed: LMS_HOST\n") || !strings.Contains(printed, "kept as they were: PLATFORM_NAME\n") {
		t.Errorf("printed %q", printed)
	}
	if info, err := os.Stat(filepath.Join(folder, "config.yml")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("still readable: %v, %v", info.Mode(), err)
	}
}

func TestTheRootOfAnotherInstanceIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	if _, err := write(t, output(t), "-instance", "main", "-root", folder); err != nil {
		t.Fatal(err)
	}
	if printed, err := write(t, output(t), "-instance", "staff", "-root", folder); err == nil || !strings.Contains(printed, "another instance") {
		t.Errorf("got %q", printed)
	}
	if got := settings(t, folder)["LMS_HOST"]; got != "main.example.org" {
		t.Errorf("written all the same: %v", got)
	}
}

func TestWhatCannotBeWrittenIsRefusedAndNothingIs(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.MkdirAll(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "config.yml"), []byte("a: hunter2: b"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, wrong := range map[string]struct {
		in        string
		arguments []string
	}{
		"there are: main, staff": {output(t), []string{"-instance", "other", "-root", "FOLDER"}},
		`no instance ""`:         {output(t), []string{"-root", "FOLDER"}},
		"usage":                  {output(t), []string{"-instance", "main"}},
		"as JSON":                {`{"main": "hunter2"}`, []string{"-instance", "main", "-root", "FOLDER"}},
		"is not whole":           {`{"main": {"config": "a: hunter2"}}`, []string{"-instance", "main", "-root", "FOLDER"}},
		"no YAML":                {output(t), []string{"-instance", "main", "-root", broken}},
	} {
		folder := filepath.Join(t.TempDir(), "root")
		for i, argument := range wrong.arguments {
			wrong.arguments[i] = strings.Replace(argument, "FOLDER", folder, 1)
		}
		printed, err := write(t, wrong.in, wrong.arguments...)
		if err == nil || !strings.Contains(printed, what) {
			t.Errorf("got %q, want %q", printed, what)
		}
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("%s: something was written", what)
		}
	}
}
