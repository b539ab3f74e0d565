// Command print estimates what a stack costs in a month, from its settings file. It
// may import the pure packages only.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"example.org/openedx/internal/config"
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
	resolved, err := resolve(*folder, *stack)
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

// resolve makes the plan of a stack, or says everything that is wrong with its settings.
func resolve(folder, stack string) (plan.Plan, error) {
	source, err := stackfile.Read(folder, stack)
	if err != nil {
		return plan.Plan{}, err
	}
	settings, problems := config.Read(source)
	resolved, more := plan.Resolve(settings)
	return resolved, problems.Add(more...).Err()
}

// usageOf is a platform's usage with what the arguments say otherwise.
func usageOf(p plan.Plan, learners, assume string) (cost.Usage, error) {
	usage, err := cost.UsualUsage(p)
	if err != nil {
		return cost.Usage{}, err
	}
	if learners != "" {
		count, err := strconv.ParseFloat(learners, 64)
		if err != nil || count < 1 {
			return cost.Usage{}, fmt.Errorf("learners are %q; a number of them is wanted, such as 1500", learners)
		}
		usage.Learners = cost.Range{Low: count, High: count}
	}
	for _, pair := range strings.Fields(assume) {
		name, text, _ := strings.Cut(pair, "=")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || value < 0 {
			return cost.Usage{}, fmt.Errorf("assumption %q; a name and a number are wanted, such as mails=5", pair)
		}
		if usage, err = usage.Assume(name, value); err != nil {
			return cost.Usage{}, err
		}
	}
	return usage, nil
}
