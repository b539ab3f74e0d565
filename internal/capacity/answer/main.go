// Command answer says what some concurrent learners take: which preset, how much of it,
// and what that assumes. It reads nothing but its arguments and may import the pure
// packages only.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "capacity: %v\n", err)
		os.Exit(1)
	}
}

// run answers for the learners among the arguments.
func run(arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("answer", flag.ContinueOnError)
	typed := flags.String("learners", "", "how many concurrent learners there are")
	assume := flags.String("assume", "", "assumptions to replace, as key=value with spaces between them")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	learners, err := read(*typed)
	if err != nil {
		return err
	}
	known, err := load.Parse(*assume)
	if err != nil {
		return fmt.Errorf("ASSUME: %w", err)
	}
	answer, err := capacity.Answer(learners, known)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, answer)
	return err
}

// read reads how many learners there are.
func read(typed string) (int, error) {
	const usage = "a whole number from 1 to %d is wanted, such as make capacity LEARNERS=3500"
	if typed == "" {
		return 0, fmt.Errorf("LEARNERS is missing: "+usage, plan.MostLearners)
	}
	learners, err := strconv.Atoi(typed)
	if err != nil || learners < 1 || learners > plan.MostLearners {
		return 0, fmt.Errorf("LEARNERS is %q: "+usage, typed, plan.MostLearners)
	}
	return learners, nil
}
