package cloud

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Use is a value by which one resource refers to another.
type Use struct {
	Value    string
	Property string
}

// Indexer tells under which names a record can be found and which values it
// refers to others by.
type Indexer func(*Record) (names []string, uses []Use)

// Store is one provider's view of the offline cloud. What other processes or
// people change in the folder is seen at the next access.
type Store struct {
	dir   string
	index Indexer
	lock  *flock.Flock

	mutex   sync.Mutex
	folders map[string]*folder
	records map[Key]*Record
	names   map[string]map[Key]bool
	users   map[string]map[Key]bool
	urns    map[string]map[Key]bool
	planned map[Key]bool
}

// folder is what was last seen of the files of one type.
type folder struct {
	changed time.Time
	files   map[string]seen
}

type seen struct {
	changed time.Time
	size    int64
	key     Key
}

// Open opens the part of the offline cloud that belongs to one package.
func Open(dir, pkg string, index Indexer) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, pkg), 0o750); err != nil {
		return nil, fmt.Errorf("offline cloud: %w", err)
	}
	return &Store{
		dir: filepath.Join(dir, pkg), index: index,
		lock:    flock.New(filepath.Join(dir, "."+pkg+".lock")),
		folders: map[string]*folder{}, records: map[Key]*Record{},
		names: map[string]map[Key]bool{}, users: map[string]map[Key]bool{}, urns: map[string]map[Key]bool{},
		planned: map[Key]bool{},
	}, nil
}

// View runs f on the present content.
func (s *Store) View(f func(*Tx) error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.refresh(false); err != nil {
		return fmt.Errorf("offline cloud: %w", err)
	}
	return f(&Tx{s})
}

// Change runs f while no other process changes anything.
func (s *Store) Change(f func(*Tx) error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.lock.Lock(); err != nil {
		return fmt.Errorf("offline cloud: %w", err)
	}
	err := s.refresh(false)
	if err == nil {
		err = f(&Tx{s})
	}
	return errors.Join(err, s.lock.Unlock())
}

// refresh reads what changed: folders whose time differs, or all of them.
func (s *Store) refresh(all bool) error {
	present, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
	if err != nil {
		return err
	}
	for _, path := range present {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if known := s.folders[path]; known != nil && known.changed.Equal(info.ModTime()) && !all {
			continue
		}
		if err := s.rescan(path, info.ModTime()); err != nil {
			return err
		}
	}
	s.forgetFolders(present)
	return nil
}

// forgetFolders drops the content of folders that are gone.
func (s *Store) forgetFolders(present []string) {
	for path, known := range s.folders {
		if slices.Contains(present, path) {
			continue
		}
		for _, file := range known.files {
			s.drop(file.key)
		}
		delete(s.folders, path)
	}
}

func (s *Store) rescan(path string, changed time.Time) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	known := s.folders[path]
	if known == nil {
		known = &folder{files: map[string]seen{}}
		s.folders[path] = known
	}
	known.changed = changed
	present := map[string]bool{}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != extension {
			continue
		}
		present[entry.Name()] = true
		if err := s.load(known, path, entry.Name()); err != nil {
			return err
		}
	}
	for name, file := range known.files {
		if !present[name] {
			s.drop(file.key)
			delete(known.files, name)
		}
	}
	return nil
}

// load reads one file unless it is as it was.
func (s *Store) load(in *folder, path, name string) error {
	info, err := os.Stat(filepath.Join(path, name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	old, known := in.files[name]
	if known && old.changed.Equal(info.ModTime()) && old.size == info.Size() {
		return nil
	}
	record, err := readRecord(filepath.Join(path, name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if known {
		s.drop(old.key)
	}
	s.add(record)
	in.files[name] = seen{info.ModTime(), info.Size(), record.Key()}
	return nil
}

func (s *Store) add(r *Record) {
	key := r.Key()
	s.drop(key)
	s.records[key] = r
	names, uses := s.index(r)
	for _, name := range names {
		insert(s.names, name, key)
	}
	for _, use := range uses {
		insert(s.users, use.Value, key)
	}
	insert(s.urns, r.URN, key)
}

func (s *Store) drop(key Key) {
	r, ok := s.records[key]
	if !ok {
		return
	}
	delete(s.records, key)
	names, uses := s.index(r)
	for _, name := range names {
		delete(s.names[name], key)
	}
	for _, use := range uses {
		delete(s.users[use.Value], key)
	}
	delete(s.urns[r.URN], key)
}

func insert(index map[string]map[Key]bool, name string, key Key) {
	if index[name] == nil {
		index[name] = map[Key]bool{}
	}
	index[name][key] = true
}
