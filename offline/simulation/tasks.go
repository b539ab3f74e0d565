package simulation

import (
	"fmt"
	"maps"
	"slices"

	"example.org/openedx/internal/schedule"
)

// wait is what a resource waits for, and whether an input of it refers to that.
type wait struct {
	urn     string
	byInput bool
}

// deployment is a state's resources with the tables that judge them.
type deployment struct {
	times     *Times
	needs     *Needs
	resources map[string]Resource
	children  map[string][]string
	seconds   map[string]float64
}

// Deployment turns a state into tasks: each with what the program makes it wait
// for, and what of that it needs. Unknown are the types that no time is listed for.
func Deployment(state []Resource) (tasks []schedule.Task, unknown []string, err error) {
	d := &deployment{resources: map[string]Resource{}, children: map[string][]string{}, seconds: map[string]float64{}}
	if d.times, err = LoadTimes(); err != nil {
		return nil, nil, err
	}
	if d.needs, err = LoadNeeds(); err != nil {
		return nil, nil, err
	}
	for _, r := range state {
		d.resources[r.URN] = r
		d.children[r.Parent] = append(d.children[r.Parent], r.URN)
		if !r.Custom {
			continue
		}
		seconds, known := d.times.Of(r.Type, r.input)
		d.seconds[r.URN] = seconds
		if !known && !slices.Contains(unknown, r.Type) {
			unknown = append(unknown, r.Type)
		}
	}
	// The engine keeps resources in the order in which they happened to be made.
	for _, urn := range slices.Sorted(maps.Keys(d.resources)) {
		task, err := d.task(d.resources[urn])
		if err != nil {
			return nil, nil, err
		}
		tasks = append(tasks, task)
	}
	return tasks, unknown, nil
}

// task is one resource with its waits and needs.
func (d *deployment) task(r Resource) (schedule.Task, error) {
	task := schedule.Task{Name: r.URN, Seconds: d.seconds[r.URN]}
	own := d.waits(r)
	for _, wait := range own {
		task.Waits = append(task.Waits, wait.urn)
	}
	if r.Parent != "" {
		task.Waits = append(task.Waits, r.Parent)
	}
	slices.Sort(task.Waits)
	if !r.Custom {
		return task, nil
	}
	// What a provider makes within a component was asked for by whoever asked for the component.
	for parent := d.resources[r.Parent]; parent.remote(); parent = d.resources[parent.Parent] {
		own = append(own, d.waits(parent)...)
	}
	for _, wait := range own {
		other, known := d.resources[wait.urn]
		if !known {
			return task, fmt.Errorf("%s waits for %s, which is not in the state", r.URN, wait.urn)
		}
		if other.Custom && d.needs.reason(r, other, d.seconds[wait.urn], wait.byInput) && !slices.Contains(task.Needs, wait.urn) {
			task.Needs = append(task.Needs, wait.urn)
		}
	}
	return task, nil
}

// waits are the resources that the engine keeps a resource waiting for.
func (d *deployment) waits(r Resource) []wait {
	byInput := map[string]bool{}
	for _, property := range slices.Sorted(maps.Keys(r.PropertyDependencies)) {
		for _, urn := range r.PropertyDependencies[property] {
			byInput[urn] = true
		}
	}
	var all []wait
	for _, urn := range r.Dependencies {
		for _, within := range d.within(urn) {
			all = append(all, wait{within, byInput[urn]})
		}
	}
	if provider := r.providerURN(); provider != "" {
		all = append(all, wait{provider, true})
	}
	return all
}

// within is a resource itself or, of a component that a provider makes, everything
// in it: it is finished once they are.
func (d *deployment) within(urn string) []string {
	if !d.resources[urn].remote() {
		return []string{urn}
	}
	all := []string{urn}
	for _, child := range d.children[urn] {
		all = append(all, d.within(child)...)
	}
	return all
}
