package schedule

import (
	"slices"
	"strings"
	"testing"
)

// chain is a cluster with nodes and an add-on, beside a database that the add-on
// waits for without need.
func chain() []Task {
	return []Task{
		{Name: "network", Seconds: 10},
		{Name: "cluster", Seconds: 500, Waits: []string{"network"}, Needs: []string{"network"}},
		{Name: "database", Seconds: 800, Waits: []string{"network"}, Needs: []string{"network"}},
		{Name: "nodes", Seconds: 100, Waits: []string{"cluster"}, Needs: []string{"cluster"}},
		{Name: "add-on", Seconds: 50, Waits: []string{"nodes", "database"}, Needs: []string{"nodes"}},
	}
}

func TestEachTaskBeginsWhenTheLastOfThoseItWaitsForIsFinished(t *testing.T) {
	plan, err := Work(chain(), 8)
	if err != nil {
		t.Fatal(err)
	}
	want := Plan{"network": {0, 10}, "cluster": {10, 510}, "database": {10, 810}, "nodes": {510, 610}, "add-on": {810, 860}}
	for name, span := range want {
		if plan[name] != span {
			t.Errorf("%s is %v, want %v", name, plan[name], span)
		}
	}
	if plan.Total() != 860 {
		t.Errorf("it takes %v s, want 860", plan.Total())
	}
}

func TestTheBoundCountsNeedsAndNoOtherWaits(t *testing.T) {
	tasks := chain()
	bound, plan, err := Bound(tasks, 8)
	if err != nil {
		t.Fatal(err)
	}
	if bound != 810 || plan["add-on"].End != 660 {
		t.Errorf("the bound is %v and the add-on's %v, want 810 and 660", bound, plan["add-on"].End)
	}
	tasks[4].Needs = tasks[4].Waits
	if bound, _, err = Bound(tasks, 8); err != nil || bound != 860 {
		t.Errorf("with the database needed it is %v (%v), want 860", bound, err)
	}
}

func TestTheBoundIsNeverLessThanTheWorkOfAllHands(t *testing.T) {
	bound, _, err := Bound([]Task{{Name: "a", Seconds: 10}, {Name: "b", Seconds: 10}, {Name: "c", Seconds: 10}}, 2)
	if err != nil || bound != 15 {
		t.Errorf("the bound is %v (%v), want 15", bound, err)
	}
}

func TestWhoComesFirstIsServedFirst(t *testing.T) {
	tasks := []Task{
		{Name: "a", Seconds: 10},
		{Name: "b", Seconds: 30},
		{Name: "late", Seconds: 5, Waits: []string{"a"}},
		{Name: "queued", Seconds: 20},
	}
	plan, err := Work(tasks, 2)
	if err != nil {
		t.Fatal(err)
	}
	if plan["queued"].Start != 10 || plan["late"].Start != 30 {
		t.Errorf("queued begins at %v and late at %v, want 10 and 30", plan["queued"].Start, plan["late"].Start)
	}
	path := Path(tasks, plan, "late")
	if len(path) != 2 || path[1].After != "a" || path[1].Idle != 20 {
		t.Errorf("late came by %+v, want 20 s without a free hand after a", path)
	}
}

func TestAPathNamesWhatEachTaskWaitedFor(t *testing.T) {
	tasks := chain()
	plan, err := Work(tasks, 8)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(Path(tasks, plan, "add-on")); got != "network database add-on" {
		t.Errorf("the path is %q", got)
	}
	_, needed, err := Bound(tasks, 8)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(NeedsPath(tasks, needed, "add-on")); got != "network cluster nodes add-on" {
		t.Errorf("the path of needs is %q", got)
	}
	if last := Last(tasks, plan, func(Task) bool { return true }); last != "add-on" {
		t.Errorf("the last is %q", last)
	}
	if last := Last(tasks, plan, func(Task) bool { return false }); last != "" {
		t.Errorf("the last of none is %q", last)
	}
}

func TestBeforeATaskIsAllThatItWaitsForInTheEnd(t *testing.T) {
	all := Before(chain(), "add-on")
	slices.Sort(all)
	if got := strings.Join(all, " "); got != "cluster database network nodes" {
		t.Errorf("before the add-on are %q", got)
	}
}

func names(path []Step) string {
	all := make([]string, len(path))
	for i, step := range path {
		all[i] = step.Task.Name
	}
	return strings.Join(all, " ")
}

func TestAGraphThatCannotBeWorkedOffIsRefused(t *testing.T) {
	for _, bad := range []struct {
		want  string
		hands int
		tasks []Task
	}{
		{`"a" waits for itself`, 1, []Task{{Name: "a", Waits: []string{"b"}}, {Name: "b", Waits: []string{"a"}}}},
		{`"a" waits for "z", which is not there`, 1, []Task{{Name: "a", Waits: []string{"z"}}}},
		{`"a" is there twice`, 1, []Task{{Name: "a"}, {Name: "a"}}},
		{`0 hands`, 0, []Task{{Name: "a"}}},
	} {
		if _, err := Work(bad.tasks, bad.hands); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("the error is %v, want %s", err, bad.want)
		}
	}
}
