// Command answer says what some concurrent learners take: which preset, how much of it,
// and what that assumes; or what those that a stack's instances expect use of the stack.
// It reads its arguments and a stack's settings file, and may import the pure packages
// only.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/stackfile"
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
	stack := flags.String("stack", "", "in place of learners, the stack whose settings file is read")
	folder := flags.String("folder", ".", "where the settings files are")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	known, err := load.Parse(*assume)
	if err != nil {
		return fmt.Errorf("ASSUME: %w", err)
	}
	var answer string
	switch {
	case *stack == "":
		answer, err = ofLearners(*typed, known)
	case *typed == "":
		answer, err = ofStack(*folder, *stack, known)
	default:
		err = errors.New("give LEARNERS or STACK: how many learners a stack expects stands in its settings")
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, answer)
	return err
}

// ofLearners is the answer for a number of learners.
func ofLearners(typed string, known map[string]float64) (string, error) {
	learners, err := read(typed)
	if err != nil {
		return "", err
	}
	return capacity.Answer(learners, known)
}

// ofStack is the answer for a stack, whose settings must be good.
func ofStack(folder, stack string, known map[string]float64) (string, error) {
	planned, err := stackfile.Plan(folder, stack)
	if err != nil {
		return "", err
	}
	return capacity.OfStack(planned, known), nil
}

// read reads how many learners there are.
func read(typed string) (int, error) {
	const usage = "a whole number from 1 to %d is wanted, such as make capacity LEARNERS=3500"
	if typed == "" {
		return 0, fmt.Errorf("LEARNERS is missing: "+usage+", or a stack, such as make capacity STACK=medium", plan.MostLearners)
	}
	learners, err := strconv.Atoi(typed)
	if err != nil || learners < 1 || learners > plan.MostLearners {
		return 0, fmt.Errorf("LEARNERS is %q: "+usage, typed, plan.MostLearners)
	}
	return learners, nil
}
