// Command print estimates what a stack costs in a month, from its settings file. It
// may import the pure packages only.
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/stackfile"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run prints the estimate of the stack that the arguments name.
func run(arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	stack := flags.String("stack", "medium", "the stack, whose settings are in Pulumi.<stack>.yaml")
	folder := flags.String("folder", ".", "where the settings file is")
	learners := flags.String("learners", "", "concurrent learners in the busiest hour; the preset's if empty")
	assume := flags.String("assume", "", "other values of assumptions, as in 'mails=5 busy-hours=80'")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	resolved, err := stackfile.Plan(*folder, *stack)
	if err != nil {
		return err
	}
	usage, err := usageOf(resolved, *learners, *assume)
	if err != nil {
		return err
	}
	estimate, err := cost.With(resolved, usage)
	if err != nil {
		return err
	}
	levers, err := cost.Levers(resolved, usage)
	if err != nil {
		return err
	}
	text, err := estimate.Text(fmt.Sprintf("stack %s (preset %s)", *stack, resolved.Preset), levers)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// usageOf is a platform's usage with what the arguments say otherwise.
func usageOf(p plan.Plan, learners, assume string) (cost.Usage, error) {
	usage, err := cost.UsualUsage(p)
	if err != nil {
		return cost.Usage{}, err
	}
	if learners != "" {
		count, err := strconv.Atoi(learners)
		if err != nil || count < 1 || count > plan.MostLearners {
			return cost.Usage{}, fmt.Errorf("LEARNERS is %q: a whole number from 1 to %d is wanted, such as make cost LEARNERS=1500", learners, plan.MostLearners)
		}
		usage.Learners = cost.Range{Low: float64(count), High: float64(count)}
	}
	return assumed(usage, assume)
}

// assumed is a usage with other values of assumptions.
func assumed(usage cost.Usage, assume string) (cost.Usage, error) {
	for _, pair := range strings.Fields(assume) {
		name, text, _ := strings.Cut(pair, "=")
		value, err := strconv.ParseFloat(text, 64)
		// Not a number is not 0 or more either.
		if err != nil || !(value >= 0) || math.IsInf(value, 0) {
			return cost.Usage{}, fmt.Errorf("ASSUME has %q: a name and a number that is 0 or more are wanted, such as make cost ASSUME='mails=5'", pair)
		}
		if usage, err = usage.Assume(name, value); err != nil {
			return cost.Usage{}, fmt.Errorf("ASSUME: %w", err)
		}
	}
	return usage, nil
}
