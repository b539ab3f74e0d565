// Package schedule tells how long a set of tasks takes in which each waits for
// others, and how long it takes at least. It is arithmetic on graphs: it imports
// only the standard library.
package schedule

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
)

// Task is a piece of work of a known length.
type Task struct {
	Name    string
	Seconds float64
	// Waits are the tasks that are finished before this one begins.
	Waits []string
	// Needs are those of them without which it could not be done.
	Needs []string
}

// Span is when a task began and when it was finished, in seconds from the start.
type Span struct{ Start, End float64 }

// Plan holds the span of every task by its name.
type Plan map[string]Span

// Total is when the last task is finished.
func (p Plan) Total() float64 {
	var total float64
	for _, span := range p {
		total = max(total, span.End)
	}
	return total
}

// graph is tasks by number, which sorts faster than by name.
type graph struct {
	tasks []Task
	// before and after hold for each task those that it waits for, and those that
	// wait for it.
	before, after [][]int
}

// newGraph reads the edges that are asked for.
func newGraph(tasks []Task, edges func(Task) []string) (*graph, error) {
	g := &graph{tasks: tasks, before: make([][]int, len(tasks)), after: make([][]int, len(tasks))}
	numbers := make(map[string]int, len(tasks))
	for i, task := range tasks {
		if _, twice := numbers[task.Name]; twice {
			return nil, fmt.Errorf("task %q is there twice", task.Name)
		}
		numbers[task.Name] = i
	}
	for i, task := range tasks {
		for _, name := range edges(task) {
			other, known := numbers[name]
			if !known {
				return nil, fmt.Errorf("task %q waits for %q, which is not there", task.Name, name)
			}
			if !slices.Contains(g.before[i], other) {
				g.before[i], g.after[other] = append(g.before[i], other), append(g.after[other], i)
			}
		}
	}
	return g, nil
}

func waits(t Task) []string { return t.Waits }

func needs(t Task) []string { return t.Needs }

// Work gives tasks to so many hands, each as soon as nothing is left that it waits
// for and a hand is free: first come, first served, as Pulumi's engine does.
func Work(tasks []Task, hands int) (Plan, error) {
	g, err := newGraph(tasks, waits)
	if err != nil {
		return nil, err
	}
	return g.work(hands)
}

// Bound is how long the tasks take at least with so many hands, in whatever order:
// no less than the longest chain of tasks that need each other, and no less than
// all work shared among all hands. The plan is what unlimited hands would do.
func Bound(tasks []Task, hands int) (float64, Plan, error) {
	g, err := newGraph(tasks, needs)
	if err != nil {
		return 0, nil, err
	}
	plan, err := g.work(len(tasks) + 1)
	if err != nil {
		return 0, nil, err
	}
	var all float64
	for _, task := range tasks {
		all += task.Seconds
	}
	return max(plan.Total(), all/float64(hands)), plan, nil
}

// event is a task that is ready to begin, or that is finished.
type event struct {
	at   float64
	task int
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(e[i].at, e[j].at), cmp.Compare(e[i].task, e[j].task)) < 0
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) } //nolint:errcheck,forcetypeassert // only events are pushed
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (g *graph) work(hands int) (Plan, error) {
	if hands < 1 {
		return nil, fmt.Errorf("%d hands do no work", hands)
	}
	plan := make(Plan, len(g.tasks))
	left, ready := g.free()
	var running events
	var now float64
	for ready.Len() > 0 || running.Len() > 0 {
		for ready.Len() > 0 && running.Len() < hands {
			next := heap.Pop(&ready).(event) //nolint:errcheck,forcetypeassert // only events are pushed
			end := now + g.tasks[next.task].Seconds
			plan[g.tasks[next.task].Name] = Span{now, end}
			heap.Push(&running, event{end, next.task})
		}
		done := heap.Pop(&running).(event) //nolint:errcheck,forcetypeassert // only events are pushed
		now = done.at
		for _, other := range g.after[done.task] {
			if left[other]--; left[other] == 0 {
				heap.Push(&ready, event{now, other})
			}
		}
	}
	if len(plan) < len(g.tasks) {
		return nil, fmt.Errorf("%q waits for itself", g.waitsForItself(plan))
	}
	return plan, nil
}

// free counts for each task those that it waits for, and lists the tasks that wait
// for none.
func (g *graph) free() (left []int, ready events) {
	left = make([]int, len(g.tasks))
	for i := range g.tasks {
		if left[i] = len(g.before[i]); left[i] == 0 {
			heap.Push(&ready, event{0, i})
		}
	}
	return left, ready
}

// waitsForItself names the first task that never began.
func (g *graph) waitsForItself(plan Plan) string {
	at := slices.IndexFunc(g.tasks, func(t Task) bool { _, began := plan[t.Name]; return !began })
	return g.tasks[at].Name
}

// Step is one task of a path: what it was waiting for, and for how long after that
// it waited for a free hand.
type Step struct {
	Task  Task
	Span  Span
	After string
	Idle  float64
}

// Path is the chain of tasks that led to the end of one of them, the first to begin
// first: each began after the one before it in the chain was finished.
func Path(tasks []Task, plan Plan, name string) []Step {
	return path(tasks, plan, name, waits)
}

// NeedsPath is the chain of needs that led to the end of a task.
func NeedsPath(tasks []Task, plan Plan, name string) []Step {
	return path(tasks, plan, name, needs)
}

func path(tasks []Task, plan Plan, name string, edges func(Task) []string) []Step {
	named := make(map[string]Task, len(tasks))
	for _, task := range tasks {
		named[task.Name] = task
	}
	var steps []Step
	for name != "" {
		task, step := named[name], Step{Task: named[name], Span: plan[name]}
		for _, other := range edges(task) {
			if step.After == "" || plan[other].End > plan[step.After].End {
				step.After = other
			}
		}
		step.Idle = step.Span.Start
		if step.After != "" {
			step.Idle -= plan[step.After].End
		}
		steps, name = append(steps, step), step.After
	}
	slices.Reverse(steps)
	return steps
}

// Before lists all tasks that have to be finished before a task can begin.
func Before(tasks []Task, name string) []string {
	named := make(map[string]Task, len(tasks))
	for _, task := range tasks {
		named[task.Name] = task
	}
	var all []string
	seen := map[string]bool{name: true}
	for next := []string{name}; len(next) > 0; next = next[1:] {
		for _, other := range named[next[0]].Waits {
			if !seen[other] {
				seen[other] = true
				all, next = append(all, other), append(next, other)
			}
		}
	}
	return all
}

// Last is the task that is finished last among those that are chosen; it is empty
// where none is.
func Last(tasks []Task, plan Plan, chosen func(Task) bool) string {
	var last string
	for _, task := range tasks {
		if chosen(task) && (last == "" || plan[task.Name].End > plan[last].End) {
			last = task.Name
		}
	}
	return last
}
