// Command write makes the root that Tutor deploys an instance from: it reads the stack output `tutor`, as JSON, and writes
// config.yml and the plugin of one instance into a folder that nobody else can read. No secret is ever printed.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// handed is one instance in the stack output.
type handed struct {
	Config string `json:"config"`
	Plugin string `json:"plugin"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "tutor: %v\n", err)
		os.Exit(1)
	}
}

// run reads the output from in, writes the root, and says to out what it did.
func run(arguments []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("write", flag.ContinueOnError)
	instance := flags.String("instance", "", "slug of the instance")
	folder := flags.String("root", "", "folder to write, Tutor's root for this instance")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *folder == "" || flags.NArg() > 0 {
		return errors.New("usage: pulumi stack output tutor --show-secrets --json | go run ./internal/tutor/write -instance SLUG -root FOLDER")
	}
	all, err := read(in)
	if err != nil {
		return err
	}
	one, ok := all[*instance]
	if !ok {
		return fmt.Errorf("the stack has no instance %q; there are: %s", *instance, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	report, err := root(*folder).write(one)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, report)
	return err
}

// read reads the stack output. Its errors repeat nothing of it.
func read(in io.Reader) (map[string]handed, error) {
	var all map[string]handed
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, errors.New("what was given is not the stack output `tutor` as JSON: give --json and --show-secrets to pulumi stack output")
	}
	for slug, one := range all {
		if one.Config == "" || one.Plugin == "" {
			return nil, fmt.Errorf("instance %q is not whole in the stack output: give --show-secrets to pulumi stack output", slug)
		}
	}
	return all, nil
}
