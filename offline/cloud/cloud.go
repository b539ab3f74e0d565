// Package cloud is the offline cloud's memory: a folder with one file for each
// resource, meant to be read and edited by people, safe for several processes
// at a time. It knows nothing of providers and imports no SDK.
package cloud

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Record is a resource as the offline cloud holds it.
type Record struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	// Scope is the region or cluster that the resource is in.
	Scope string `json:"scope,omitempty"`
	URN   string `json:"urn"`
	// Generation counts the predecessors that this URN had.
	Generation int `json:"generation"`
	// Revision counts creation and updates.
	Revision int `json:"revision"`
	// Computed are the paths of the properties that the provider filled in.
	Computed []string `json:"computed,omitempty"`
	// Properties are inputs and outputs; secrets are there as digests only.
	Properties map[string]any `json:"properties"`

	// planned is set for what a preview would create; it is never written.
	planned bool
}

// Key tells a record from all others.
type Key struct{ Type, Scope, ID string }

// Key returns the record's key.
func (r *Record) Key() Key { return Key{r.Type, r.Scope, r.ID} }

// Planned tells whether the resource exists in a preview only.
func (r *Record) Planned() bool { return r.planned }

const (
	extension = ".json"
	// File systems end a name at 255 bytes; the rest leaves room for the digest.
	longestName = 180
)

// folder and file say where a record is kept: package/scope/type/id.json.
func (k Key) folder() string {
	pkg, rest, _ := strings.Cut(k.Type, ":")
	scope := k.Scope
	if scope == "" {
		scope = "global"
	}
	return filepath.Join(pkg, fileName(scope), strings.NewReplacer("/", ".", ":", ".").Replace(rest))
}

func (k Key) file() string { return fileName(k.ID) + extension }

// fileName makes a text safe as the name of a file and keeps it readable.
func fileName(text string) string {
	name := url.QueryEscape(text)
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	if len(name) <= longestName {
		return name
	}
	digest := sha256.Sum256([]byte(text))
	return name[:longestName] + "-" + hex.EncodeToString(digest[:8])
}

func readRecord(path string) (*Record, error) {
	data, err := os.ReadFile(path) //nolint:gosec // a file of the offline cloud itself
	if err != nil {
		return nil, err
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if r.Type == "" || r.ID == "" {
		return nil, fmt.Errorf("%s: type and id may not be empty", path)
	}
	return &r, nil
}

// writeJSON replaces the file in one step, so that a reader or a killed
// process never leaves half of it.
func writeJSON(path string, value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	draft := path + ".new"
	if err := os.WriteFile(draft, text.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// List reads every record below a folder; a folder that is not there is empty.
func List(dir string) ([]*Record, error) {
	var records []*Record
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || entry.IsDir() || filepath.Ext(path) != extension {
			return err
		}
		record, err := readRecord(path)
		if err != nil {
			return err
		}
		records = append(records, record)
		return nil
	})
	return records, err
}
