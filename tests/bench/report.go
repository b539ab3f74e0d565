package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// What the project promises, for two idle cores.
const (
	warmLimit = 4 * time.Second
	coldLimit = 12 * time.Minute
	// ratioLimit is how many times the bare program's time the preview of 100 instances takes.
	ratioLimit = 1.3
	// growthLimit is how many times as much another resource may cost where there are
	// many instances as where there are few: one where time grows linearly.
	growthLimit = 1.3
)

// The numbers of instances that the promises are about.
const (
	fewInstances, mostInstances = 10, 200
	promisedInstances           = 100
)

const header = `| instances | resources | seconds | ms a resource | CPU seconds | MB, CLI | MB, program | bare: seconds | bare: CPU seconds | bare: MB, CLI | bare: MB, program | ratio of CPU | ratio |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`

// row is one stack and the bare program beside it, run by run.
type row struct {
	// name is the number of instances, or that of a starter stack.
	name       string
	resources  int
	ours, bare []cost
}

// String is the row of the table.
func (r row) String() string {
	ours, bare := medians(r.ours), medians(r.bare)
	return fmt.Sprintf("| %s | %d | %.2f | %.2f | %.2f | %d | %d | %.2f | %.2f | %d | %d | %.2f | %.2f |",
		r.name, r.resources, ours.wall.Seconds(), milliseconds(ours.wall)/float64(r.resources), ours.cpu.Seconds(), ours.cli, ours.program,
		bare.wall.Seconds(), bare.cpu.Seconds(), bare.cli, bare.program, ours.cpu.Seconds()/bare.cpu.Seconds(), r.ratio())
}

// ratio is how many times the bare program's time the preview takes.
func (r row) ratio() float64 { return medians(r.ours).wall.Seconds() / medians(r.bare).wall.Seconds() }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// medians is the median of each figure.
func medians(costs []cost) cost {
	return cost{
		wall: median(costs, func(c cost) time.Duration { return c.wall }),
		cpu:  median(costs, func(c cost) time.Duration { return c.cpu }),
		cli:  median(costs, func(c cost) int { return c.cli }), program: median(costs, func(c cost) int { return c.program }),
	}
}

func median[T cmp.Ordered](costs []cost, figure func(cost) T) T {
	figures := make([]T, 0, len(costs))
	for _, one := range costs {
		figures = append(figures, figure(one))
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// report is all that was measured.
type report struct {
	when time.Time
	runs int
	rows []row
	// cold is how long a first run took, and none where it was not measured.
	cold time.Duration
}

// promise is one sentence, and whether it holds.
type promise struct {
	text string
	kept bool
}

// promises are those that the measured rows tell something about.
func (r report) promises() []promise {
	var all []promise
	if medium := r.row("medium"); medium != nil {
		took := medians(medium.ours).wall
		all = append(all, promise{fmt.Sprintf("The preview of medium takes %s at most: %.1f s.", warmLimit, took.Seconds()), took <= warmLimit})
	}
	if hundred := r.row(fmt.Sprint(promisedInstances)); hundred != nil {
		all = append(all, promise{
			fmt.Sprintf("The preview of %d instances takes %.1f times as long as that of the bare program at most: %.2f times.", promisedInstances, ratioLimit, hundred.ratio()),
			hundred.ratio() <= ratioLimit,
		})
	}
	if growth, known := r.growth(); known {
		all = append(all, promise{
			fmt.Sprintf("It grows linearly: another resource between %d and %d instances costs %.1f times as much CPU as one between %d and %d at most: %.2f times.",
				promisedInstances, mostInstances, growthLimit, fewInstances, promisedInstances, growth), growth <= growthLimit,
		})
	}
	if r.cold > 0 {
		all = append(all, promise{fmt.Sprintf("A first run with empty caches takes %s at most: %s.", coldLimit, r.cold.Round(time.Second)), r.cold <= coldLimit})
	}
	return all
}

func (r report) row(name string) *row {
	for i := range r.rows {
		if r.rows[i].name == name {
			return &r.rows[i]
		}
	}
	return nil
}

// growth compares what another resource costs among many with what it costs among
// few. CPU tells it better than time, which depends on what else the machine does.
func (r report) growth() (times float64, known bool) {
	few, middle, many := r.row(fmt.Sprint(fewInstances)), r.row(fmt.Sprint(promisedInstances)), r.row(fmt.Sprint(mostInstances))
	if few == nil || middle == nil || many == nil {
		return 0, false
	}
	return another(middle, many) / another(few, middle), true
}

// another is the CPU seconds of one resource more.
func another(fewer, more *row) float64 {
	return (medians(more.ours).cpu - medians(fewer.ours).cpu).Seconds() / float64(more.resources-fewer.resources)
}

// verdict prints the promises and names those that are broken.
func (r report) verdict() error {
	var broken []error
	for _, one := range r.promises() {
		fmt.Println(one.text)
		if !one.kept {
			broken = append(broken, fmt.Errorf("broken promise: %s", one.text))
		}
	}
	return errors.Join(broken...)
}

// markdown is the report for docs.
func (r report) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, `# What a preview costs

Written by `+"`make bench`"+` on %s, on a machine with %d cores and %s of memory: medians of %d runs. Do not edit.

Each row is `+"`make preview`"+` of a stack that is not there yet: a starter stack, or preset large with as many instances. The bare program
registers as many resources of one trivial type, with one input each and no parent, and does nothing else; the same CLI and the same
offline cloud answer both, in turns. The platform's resources have parents, dependencies and inputs many times as large, which is what
a ratio above 1 pays for. MB is the most memory that was resident: of the CLI, in which Pulumi's engine is, and of the program.
CPU is that of the CLI and of all that it starts, which a busy machine disturbs less than the seconds. The last column is the ratio of the seconds.

`, r.when.UTC().Format(time.DateOnly), runtime.NumCPU(), memory(), r.runs)
	text.WriteString(header)
	for _, one := range r.rows {
		fmt.Fprintln(&text, one)
	}
	fmt.Fprint(&text, "\nWhat is promised, and what was measured:\n\n")
	for _, one := range r.promises() {
		verdict := "kept"
		if !one.kept {
			verdict = "**broken**"
		}
		fmt.Fprintf(&text, "- %s %s\n", one.text, verdict)
	}
	return text.String()
}

// memory is how much the machine has, as Linux tells it.
func memory() string {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return "an unknown amount"
	}
	defer file.Close() //nolint:errcheck // it was only read
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var kib int
		if _, err = fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kib); err == nil {
			return fmt.Sprintf("%d GiB", (kib+kibibytes*kibibytes/2)/(kibibytes*kibibytes))
		}
	}
	return "an unknown amount"
}
