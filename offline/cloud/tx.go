package cloud

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
)

// Tx is one access to the store.
type Tx struct{ s *Store }

// Get returns the record with the key as it is on disk, or nil.
func (t *Tx) Get(key Key) (*Record, error) {
	path := filepath.Join(filepath.Dir(t.s.dir), key.folder())
	// An editor that writes in place leaves the folder's time as it was.
	if in := t.s.folders[path]; in != nil {
		if err := t.s.load(in, path, key.file()); err != nil {
			return nil, err
		}
	}
	return t.s.records[key], nil
}

// Named returns the records with this name.
func (t *Tx) Named(name string) []*Record { return t.sorted(t.s.names[name]) }

// Rescan looks at every file again. The times of folders are coarse, so this
// comes before the verdict that something does not exist.
func (t *Tx) Rescan() error { return t.s.refresh(true) }

// Users returns the records that hold this value as a reference.
func (t *Tx) Users(value string) []*Record { return t.sorted(t.s.users[value]) }

// OfURN returns the records that were created for a URN.
func (t *Tx) OfURN(urn string) []*Record { return t.sorted(t.s.urns[urn]) }

// OfType returns all records of a type.
func (t *Tx) OfType(token string) []*Record {
	keys := map[Key]bool{}
	for key := range t.s.records {
		if key.Type == token {
			keys[key] = true
		}
	}
	return t.sorted(keys)
}

func (t *Tx) sorted(keys map[Key]bool) []*Record {
	records := make([]*Record, 0, len(keys))
	for key := range keys {
		records = append(records, t.s.records[key])
	}
	slices.SortFunc(records, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.URN, b.URN), cmp.Compare(a.ID, b.ID))
	})
	return records
}

// Plan remembers what a preview would create, for the rest of that preview.
func (t *Tx) Plan(r *Record) {
	r.planned = true
	t.s.add(r)
	t.s.planned[r.Key()] = true
}

// Forget drops everything that was planned.
func (t *Tx) Forget() {
	for key := range t.s.planned {
		t.s.drop(key)
	}
	clear(t.s.planned)
}

// Put writes a record; it belongs inside Change.
func (t *Tx) Put(r *Record) error {
	t.Forget()
	path := filepath.Join(filepath.Dir(t.s.dir), r.Key().folder())
	if err := writeJSON(filepath.Join(path, r.Key().file()), r); err != nil {
		return err
	}
	t.s.add(r)
	return t.note(path, r.Key())
}

// Delete removes a record; it belongs inside Change.
func (t *Tx) Delete(key Key) error {
	path := filepath.Join(filepath.Dir(t.s.dir), key.folder())
	if err := os.Remove(filepath.Join(path, key.file())); err != nil && !os.IsNotExist(err) {
		return err
	}
	t.s.drop(key)
	return t.note(path, key)
}

// Count tells how often it was called for this URN before. It serves what has
// no record of its own, so the count stays when everything else is gone.
func (t *Tx) Count(urn string) (int, error) {
	path := filepath.Join(filepath.Dir(t.s.dir), "."+filepath.Base(t.s.dir)+".counts")
	counts := map[string]int{}
	data, err := os.ReadFile(path) //nolint:gosec // a file of the offline cloud itself
	if err == nil {
		err = json.Unmarshal(data, &counts)
	}
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	before := counts[urn]
	counts[urn]++
	return before, writeJSON(path, counts)
}

// note takes one's own change of a folder as seen, else each write would make
// the next access read the whole folder again.
func (t *Tx) note(path string, key Key) error {
	in := t.s.folders[path]
	if in == nil {
		in = &folder{files: map[string]seen{}}
		t.s.folders[path] = in
	}
	delete(in.files, key.file())
	if info, err := os.Stat(filepath.Join(path, key.file())); err == nil {
		in.files[key.file()] = seen{info.ModTime(), info.Size(), key}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	in.changed = info.ModTime()
	return nil
}
