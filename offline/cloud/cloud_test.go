package cloud_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/openedx/offline/cloud"
)

const token = "aws:iam/role:Role"

func open(t *testing.T, dir string) *cloud.Store {
	t.Helper()
	store, err := cloud.Open(dir, "aws", func(r *cloud.Record) ([]string, []cloud.Use) {
		return []string{fmt.Sprint(r.Properties["name"])}, []cloud.Use{{Value: fmt.Sprint(r.Properties["needs"]), Property: "needs"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func put(t *testing.T, store *cloud.Store, id, name string) {
	t.Helper()
	err := store.Change(func(tx *cloud.Tx) error {
		return tx.Put(&cloud.Record{Type: token, ID: id, URN: "urn:" + id, Properties: map[string]any{"name": name, "needs": "n-" + name}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// names returns the ids that the store finds under a name.
func names(t *testing.T, store *cloud.Store, name string) string {
	t.Helper()
	var ids []string
	err := store.View(func(tx *cloud.Tx) error {
		if err := tx.Rescan(); err != nil {
			return err
		}
		for _, record := range tx.Named(name) {
			ids = append(ids, record.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(ids, " ")
}

func TestAnyIdMakesAFileName(t *testing.T) {
	dir := t.TempDir()
	store := open(t, dir)
	ids := []string{"a", "arn:aws:iam::1:role/a", "..", ".hidden", "a b", strings.Repeat("x", 400), strings.Repeat("x", 401)}
	for _, id := range ids {
		put(t, store, id, id)
	}
	records, err := cloud.List(dir)
	if err != nil || len(records) != len(ids) {
		t.Fatalf("%d records of %d: %v", len(records), len(ids), err)
	}
	again := open(t, dir)
	for _, id := range ids {
		if got := names(t, again, id); got != id {
			t.Errorf("%q was found as %q", id, got)
		}
	}
}

func TestAStoreSeesWhatOthersDo(t *testing.T) {
	dir := t.TempDir()
	one, two := open(t, dir), open(t, dir)
	put(t, one, "r", "lms")
	if got := names(t, two, "lms"); got != "r" {
		t.Errorf("created elsewhere: found %q", got)
	}
	put(t, two, "r", "cms")
	if got := names(t, one, "lms") + "," + names(t, one, "cms"); got != ",r" {
		t.Errorf("changed elsewhere: found %q", got)
	}
	matches, err := filepath.Glob(filepath.Join(dir, "aws", "*", "*", "r.json"))
	if err != nil || len(matches) != 1 {
		t.Fatal(matches, err)
	}
	text, err := os.ReadFile(matches[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(matches[0], []byte(strings.ReplaceAll(string(text), "cms", "by-hand")), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := names(t, one, "by-hand"); got != "r" {
		t.Errorf("edited by hand: found %q", got)
	}
	if err := os.Remove(matches[0]); err != nil {
		t.Fatal(err)
	}
	if got := names(t, one, "by-hand") + names(t, two, "by-hand"); got != "" {
		t.Errorf("deleted by hand: found %q", got)
	}
}

func TestWhatIsPlannedIsForgottenWithTheFirstRealWrite(t *testing.T) {
	dir := t.TempDir()
	store := open(t, dir)
	if err := store.View(func(tx *cloud.Tx) error {
		tx.Plan(&cloud.Record{Type: token, ID: "planned", URN: "urn:p", Properties: map[string]any{"name": "p"}})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := names(t, store, "p"); got != "planned" {
		t.Errorf("found %q", got)
	}
	if records, err := cloud.List(dir); err != nil || len(records) > 0 {
		t.Errorf("a plan was written: %v, %v", records, err)
	}
	put(t, store, "r", "lms")
	if got := names(t, store, "p"); got != "" {
		t.Errorf("still found %q", got)
	}
}

func TestABrokenFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	put(t, open(t, dir), "r", "lms")
	path := filepath.Join(dir, "aws", "global", "iam.role.Role", "broken.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := open(t, dir).View(func(*cloud.Tx) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "broken.json") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkPut tells what one more resource costs among ten thousand.
func BenchmarkPut(b *testing.B) {
	dir := b.TempDir()
	store, err := cloud.Open(dir, "aws", func(r *cloud.Record) ([]string, []cloud.Use) { return []string{r.ID}, nil })
	if err != nil {
		b.Fatal(err)
	}
	fill := func(from, to int) {
		for i := from; i < to; i++ {
			if err := store.Change(func(tx *cloud.Tx) error {
				return tx.Put(&cloud.Record{Type: token, ID: fmt.Sprint(i), URN: fmt.Sprint(i)})
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	start := time.Now()
	fill(0, 10_000)
	b.ReportMetric(time.Since(start).Seconds(), "s/10k")
	b.ResetTimer()
	fill(10_000, 10_000+b.N)
}
