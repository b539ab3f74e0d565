// Command docs writes the pages that follow from the code: docs/config.md from
// the settings and docs/sizing.md from the sizing table. With -check it writes
// nothing and fails if a page is stale. It may import the pure packages only.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// pages lists what is generated, by file name.
var pages = []struct {
	name   string
	render func() string
}{
	{"config.md", configPage},
	{"sizing.md", sizingPage},
}

func main() {
	checkOnly := flag.Bool("check", false, "write nothing; fail if a page is stale")
	folder := flag.String("folder", "docs", "where the pages are")
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
		//nolint:gosec // a page of documentation is for everybody to read
		if err := os.WriteFile(filepath.Join(folder, page.name), []byte(page.render()), 0o644); err != nil {
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
		found, err := os.ReadFile(path) //nolint:gosec // the names are constants
		if err != nil {
			stale = append(stale, fmt.Errorf("docs page: %w", err))
			continue
		}
		if string(found) != page.render() {
			stale = append(stale, fmt.Errorf("%s is stale; write it again with: go run ./internal/docs", path))
		}
	}
	return errors.Join(stale...)
}
