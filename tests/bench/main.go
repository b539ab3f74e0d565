// Package main measures what `make preview` costs: for the starter stacks, and for
// a platform with more and more instances, the resources, the time and the memory,
// beside those of a bare Pulumi program with as many resources; and how long a
// first run takes on a machine with empty caches. It fails when a promise is
// broken. It imports the standard library and a YAML library only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// starters are the stacks whose files are in the repository.
var starters = []string{"small", "medium", "large"}

// options are the command's flags.
type options struct {
	runs   int
	counts []int
	cold   bool
	report string
}

func main() {
	if stood, code := standIn(); stood {
		os.Exit(code)
	}
	o := options{}
	flag.IntVar(&o.runs, "runs", 3, "how often each preview is measured; the median counts")
	counts := flag.String("instances", "1,10,50,100,200", "the numbers of instances, separated by commas")
	flag.BoolVar(&o.cold, "cold", true, "also time a first run with empty caches, which takes minutes")
	flag.StringVar(&o.report, "report", "", "also write the table to this file, as Markdown")
	flag.Parse()
	err := o.read(*counts)
	if err == nil {
		err = bench(context.Background(), o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// read takes the numbers of instances apart.
func (o *options) read(counts string) error {
	if o.runs < 1 {
		return fmt.Errorf("%d runs; one at least is wanted", o.runs)
	}
	for _, text := range strings.Split(counts, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < 1 {
			return fmt.Errorf("%q instances: want a whole number above 0", text)
		}
		o.counts = append(o.counts, count)
	}
	slices.Sort(o.counts)
	return nil
}

func bench(ctx context.Context, o options) (err error) {
	lab, err := newLab(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(lab.folder)) }()
	report := report{when: time.Now(), runs: o.runs}
	fmt.Print(header)
	for _, subject := range lab.subjects(o.counts) {
		measured, failed := lab.compare(ctx, subject, o.runs)
		if failed != nil {
			return fmt.Errorf("%s: %w", subject.name, failed)
		}
		report.rows = append(report.rows, measured)
		fmt.Println(measured)
	}
	if o.cold {
		if report.cold, err = benchCold(ctx, lab.root); err != nil {
			return err
		}
	}
	if o.report != "" {
		if err = os.WriteFile(o.report, []byte(report.markdown()), 0o600); err != nil {
			return err
		}
	}
	return report.verdict()
}
