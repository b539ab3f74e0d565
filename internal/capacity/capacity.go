// Package capacity holds what concurrent learners ask for against what a platform
// has: requests, processes, pods, nodes, connections and memory. It explains presets,
// warns of a plan that cannot carry what is expected of it, and answers what some
// learners take. It may import the other pure packages under internal.
package capacity

import (
	"cmp"
	"fmt"
	"math"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
)

// Report is what the learners of a plan's instances make of it.
type Report struct {
	Learners int
	// Load is that of all learners together.
	Load load.Load
	// Processes are of uWSGI and Children of Celery, in the pods of all instances.
	Processes, Children int
	// Room is what all pods of instances ask for.
	Room plan.Room
	// Resources are the pods of each instance, then what the instances share.
	Resources []Resource

	assumed load.Assumptions
}

// Figure is a step on the way from learners to resources.
type Figure struct{ Name, Value, How string }

// Figures lists the steps before the resources.
func (r Report) Figures() []Figure {
	return []Figure{
		{"requests to LMS a second", message.NewPrinter(language.English).Sprintf("%.1f", r.Load.Requests), fmt.Sprintf("learners × %g", r.assumed.RequestsPerLearner)},
		{"uWSGI processes that answer them", thousands(up(r.Load.Processes)), fmt.Sprintf("requests ÷ %g a second", r.assumed.RequestsPerProcess)},
		{"uWSGI processes of LMS and CMS", thousands(r.Processes), "in all of their pods"},
		{"Celery processes", thousands(r.Children), "in all workers"},
		{"vCPU and memory", fmt.Sprintf("%.1f, %.1f GiB", float64(r.Room.CPU)/1000, float64(r.Room.Memory)/mibPerGiB), "what all pods ask for"},
	}
}

// Resource is one thing that there is so much of.
type Resource struct {
	// Instance is the slug of the one that it belongs to, empty for what all share.
	Instance string
	Name     string
	// How is the way from learners to what they need of it.
	How string
	// Needs is what the learners need of it, and Has what there is at most.
	Needs, Has int
	// Mend is the setting that would give enough, where there is too little and one can.
	Mend Setting
	// Weight of the instance would also give enough, where it is not 0.
	Weight int
}

// Setting is a key with the value to give it.
type Setting struct{ Key, Value string }

// String is the setting as a message has it.
func (s Setting) String() string { return s.Key + " to " + s.Value }

// Short tells whether there is too little.
func (r Resource) Short() bool { return r.Needs > r.Has }

// Short lists what there is too little of.
func (r Report) Short() []Resource {
	var short []Resource
	for _, resource := range r.Resources {
		if resource.Short() {
			short = append(short, resource)
		}
	}
	return short
}

// Of is the report on a plan, with what the plan says about its learners. Instances
// that do not say how many they expect count with their fewest pods.
func Of(p plan.Plan) Report {
	assumed := load.Assume(p.Capacity)
	report := Report{assumed: assumed}
	for _, instance := range p.Instances {
		report.add(instance, assumed)
	}
	report.Load = assumed.Of(report.Learners)
	report.Resources = append(report.Resources, nodes(p, report.Room, assumed)...)
	report.Resources = append(report.Resources, stores(p, report, assumed)...)
	return report
}

// add counts an instance in.
func (r *Report) add(instance plan.Instance, assumed load.Assumptions) {
	r.Learners += instance.Learners
	for _, pods := range podsOf(instance, assumed) {
		r.Resources = append(r.Resources, pods.resource(instance))
		r.Processes += pods.count * pods.uwsgi
		r.Children += pods.count * pods.celery
		r.Room = r.Room.Plus(plan.Room{CPU: pods.CPU, Memory: pods.Memory}.Times(pods.count))
	}
}

// up is the next whole number. What is a hair above one, because a computer cannot
// write 0.2 down, is that one.
func up(value float64) int { return int(math.Ceil(value - 1e-6)) }

// least is the smallest number of a range that is enough, if any is.
func least(from, to int, enough func(int) bool) (int, bool) {
	for number := from; number <= to; number++ {
		if enough(number) {
			return number, true
		}
	}
	return 0, false
}

// nodesFor is how many nodes have room for so much, by what of it is scarcer.
func nodesFor(node, room plan.Room) int {
	return max(up(share(room.CPU, node.CPU)), up(share(room.Memory, node.Memory)))
}

// share is one number by another, which is never nothing.
func share(part, whole int) float64 { return float64(part) / float64(cmp.Or(whole, 1)) }
