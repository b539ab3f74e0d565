package simulation

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.org/openedx/internal/schedule"
)

// Hands is how many resources the engine is told to make at a time. By itself it makes
// four for each core of the machine that it runs on.
// https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/
const Hands = 32

// Report is how long a deployment takes, and why.
type Report struct {
	// Hands is how many resources the engine makes at a time.
	Hands int
	// Total is how long it takes, Bound how long it takes at least in whatever order,
	// and Work what all resources take together; in seconds.
	Total, Bound, Work float64
	// Unknown are types that no time is listed for.
	Unknown []string
	// Milestones are when what people wait for is there.
	Milestones []Milestone
	// Path is the chain of waits that took longest.
	Path []Step
	// Shares are the types on it, the longest first.
	Shares []Share
}

// Milestone is when something is there, and when it could be there at the earliest.
type Milestone struct {
	Name       string
	At, Lowest float64
}

// Ratio is how many times longer it takes than it has to.
func (m Milestone) Ratio() float64 { return m.At / m.Lowest }

// Ratio is how many times longer the deployment takes than it has to.
func (r *Report) Ratio() float64 { return r.Total / r.Bound }

// Step is one resource on a path: when it began, how long it took, and for how long
// it waited for a free hand after the resource before it on the path was there.
type Step struct {
	Name, Type           string
	Start, Seconds, Idle float64
}

// Share is how much of a path is spent on one type.
type Share struct {
	Type    string
	Seconds float64
}

// Analyse computes how long a deployment takes with so many hands.
func Analyse(state []Resource, hands int) (*Report, error) {
	tasks, unknown, err := Deployment(state)
	if err != nil {
		return nil, err
	}
	plan, err := schedule.Work(tasks, hands)
	if err != nil {
		return nil, err
	}
	return report(state, tasks, plan, hands, unknown)
}

// report looks at one plan of a deployment, computed or measured.
func report(state []Resource, tasks []schedule.Task, plan schedule.Plan, hands int, unknown []string) (*Report, error) {
	bound, least, err := schedule.Bound(tasks, hands)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, r := range state {
		types[r.URN] = r.Type
	}
	r := &Report{Hands: hands, Total: plan.Total(), Bound: bound, Unknown: unknown}
	for _, task := range tasks {
		r.Work += task.Seconds
	}
	last := schedule.Last(tasks, plan, func(schedule.Task) bool { return true })
	for _, step := range schedule.Path(tasks, plan, last) {
		seconds := step.Span.End - step.Span.Start
		if seconds+step.Idle > 0 {
			name := step.Task.Name
			r.Path = append(r.Path, Step{Name: nameOf(name), Type: types[name], Start: step.Span.Start, Seconds: seconds, Idle: step.Idle})
		}
	}
	r.Shares = shares(r.Path)
	r.Milestones = milestones(state, plan, least)
	return r, nil
}

// shares sums a path up by type; waiting for a free hand has a line of its own.
func shares(path []Step) []Share {
	const waiting = "waiting for a free hand"
	sums := map[string]float64{}
	for _, step := range path {
		sums[step.Type] += step.Seconds
		sums[waiting] += step.Idle
	}
	var all []Share
	for token, seconds := range sums {
		all = append(all, Share{token, seconds})
	}
	slices.SortFunc(all, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), strings.Compare(a.Type, b.Type))
	})
	return all
}

// storeTypes are what the data stores are, once they can be used.
var storeTypes = []string{
	"aws:rds/clusterInstance:ClusterInstance", "aws:ec2/volumeAttachment:VolumeAttachment",
	"aws:elasticache/replicationGroup:ReplicationGroup", "aws:opensearch/domain:Domain",
}

// milestones are what people wait for.
func milestones(state []Resource, plan, least schedule.Plan) []Milestone {
	ofTypes := func(types ...string) []string {
		var urns []string
		for _, r := range state {
			if slices.Contains(types, r.Type) {
				urns = append(urns, r.URN)
			}
		}
		return urns
	}
	all := []Milestone{
		{"the cluster's API", end(plan, ofTypes(clusterType)), end(least, ofTypes(clusterType))},
		{"nodes", end(plan, ofTypes(nodesType)), end(least, ofTypes(nodesType))},
		{"all data stores", end(plan, ofTypes(storeTypes...)), end(least, ofTypes(storeTypes...))},
	}
	if at, lowest := firstInstance(state, plan), firstInstance(state, least); at > 0 {
		all = append(all, Milestone{"the first instance", at, lowest})
	}
	return all
}

const (
	clusterType  = "aws:eks/cluster:Cluster"
	nodesType    = "aws:eks/nodeGroup:NodeGroup"
	instanceType = "openedx:k8s:Instance"
)

// end is when the last of some resources is there.
func end(plan schedule.Plan, urns []string) float64 {
	var last float64
	for _, urn := range urns {
		last = max(last, plan[urn].End)
	}
	return last
}

// firstInstance is when the first instance has everything that is its own.
func firstInstance(state []Resource, plan schedule.Plan) float64 {
	var first float64
	for _, r := range state {
		if r.Type != instanceType {
			continue
		}
		if at := end(plan, ofInstance(state, r.Name())); first == 0 || at < first {
			first = at
		}
	}
	return first
}

// ofInstance lists what belongs to one instance: every component of it is named
// after the platform, what it is, and the instance.
func ofInstance(state []Resource, component string) []string {
	platform, slug, _ := strings.Cut(component, "-instance-")
	own := regexp.MustCompile(fmt.Sprintf(`^%s-[a-z0-9]+-%s(-|$)`, regexp.QuoteMeta(platform), regexp.QuoteMeta(slug)))
	var urns []string
	for _, r := range state {
		if r.Custom && own.MatchString(r.Name()) {
			urns = append(urns, r.URN)
		}
	}
	return urns
}
