// Command docs writes the pages that follow from the code: docs/config.md from
// the settings, docs/sizing.md from the sizing table, and the figures in the pages
// that are written by hand. With -check it writes nothing and fails if a page is
// stale. It may import the pure packages only.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// pages lists what is generated, by file name; each is made from what is there.
var pages = []struct {
	name   string
	render func(there string) (string, error)
}{
	{"docs/config.md", func(string) (string, error) { return configPage(), nil }},
	{"docs/sizing.md", func(string) (string, error) { return sizingPage() }},
	{"docs/operations.md", filled},
	{"README.md", filled},
}

func main() {
	checkOnly := flag.Bool("check", false, "write nothing; fail if a page is stale")
	folder := flag.String("folder", ".", "where the project is")
	flag.Parse()
	task := write
	if *checkOnly {
		task = check
	}
	if err := task(*folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes every page.
func write(folder string) error {
	for _, page := range pages {
		path := filepath.Join(folder, page.name)
		_, wanted, err := compare(path, page.render)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		//nolint:gosec // a page of documentation is for everybody to read
		if err := os.WriteFile(path, []byte(wanted), 0o644); err != nil {
			return fmt.Errorf("docs page: %w", err)
		}
	}
	return nil
}

// check compares every page with what would be written.
func check(folder string) error {
	var stale []error
	for _, page := range pages {
		path := filepath.Join(folder, page.name)
		there, wanted, err := compare(path, page.render)
		switch {
		case err != nil:
			stale = append(stale, err)
		case there != wanted:
			stale = append(stale, fmt.Errorf("%s is stale; write it again with: go run ./internal/docs", path))
		}
	}
	return errors.Join(stale...)
}

// compare returns what a page holds and what it has to hold. A page that is missing
// is made from nothing, and the error says that it is.
func compare(path string, render func(string) (string, error)) (there, wanted string, err error) {
	text, missing := os.ReadFile(path) //nolint:gosec // the names are constants
	wanted, err = render(string(text))
	if err == nil {
		err = missing
	}
	if err != nil {
		return "", wanted, fmt.Errorf("docs page %q: %w", path, err)
	}
	return string(text), wanted, nil
}
