package simulation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/openedx/internal/schedule"
)

// made is a resource of a small state: its name, its type, what it waits for, and
// which of that its inputs refer to.
func made(name, token string, waits, inputs []string) Resource {
	r := Resource{
		URN: "urn:" + name, Type: token, Custom: true, Dependencies: urns(waits), Provider: "urn:provider::id",
		PropertyDependencies: map[string][]string{"input": urns(inputs)}, Inputs: map[string]any{},
	}
	return r
}

func urns(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = "urn:" + name
	}
	return all
}

const (
	componentType = "openedx:aws:Cluster"
	remoteType    = "eks:index:Cluster"
)

// cluster is a cluster that a provider makes as a component, its nodes, and two
// releases: the second waits for the database and for the first without need.
func cluster() []Resource {
	provider := Resource{URN: "urn:provider", Type: "pulumi:providers:aws", Custom: true}
	component := Resource{URN: "urn:component", Type: componentType}
	eks := Resource{URN: "urn:eks", Type: remoteType, Parent: "urn:component", Dependencies: urns([]string{"network"})}
	control := made("control", clusterType, nil, nil)
	control.Parent = "urn:eks"
	addOn := made("addon", "aws:eks/addon:Addon", []string{"control"}, []string{"control"})
	addOn.Parent = "urn:eks"
	return []Resource{
		provider, component, eks, control, addOn,
		made("network", "aws:ec2/vpc:Vpc", nil, nil),
		made("database", "aws:rds/cluster:Cluster", nil, nil),
		made("nodes", nodesType, []string{"eks"}, []string{"eks"}),
		release("keda", "nodes"),
		release("other", "nodes", "keda", "database"),
	}
}

func release(chart string, waits ...string) Resource {
	r := made(chart, "kubernetes:helm.sh/v3:Release", waits, nil)
	r.Inputs["name"] = chart
	return r
}

func TestATaskWaitsForAllThatTheEngineWaitsFor(t *testing.T) {
	tasks := deployed(t, cluster())
	for name, want := range map[string]string{
		"eks": "component network",
		// What is in a component that a provider makes begins once the component does,
		// and whoever refers to the component waits for everything in it.
		"control": "eks provider",
		"nodes":   "addon control eks provider",
		"addon":   "control eks provider",
		"other":   "database keda nodes provider",
		"network": "provider",
	} {
		if got := names(tasks[name].Waits); got != want {
			t.Errorf("%s waits for %q, want %q", name, got, want)
		}
	}
}

func TestANeedOfSomethingSlowIsOneOfTheTable(t *testing.T) {
	tasks := deployed(t, cluster())
	for name, want := range map[string]string{
		"nodes": "addon control provider", // by the table
		"other": "nodes provider",         // neither the database nor another chart
		"addon": "control provider",
		// Its component was asked to wait for the network; no input of it does.
		"control": "provider",
	} {
		if got := names(tasks[name].Needs); got != want {
			t.Errorf("%s needs %q, want %q", name, got, want)
		}
	}
	state := cluster()
	state[9].Inputs["name"], state[8].Inputs["name"] = "other", "kube-prometheus-stack"
	if got := names(deployed(t, state)["other"].Needs); got != "keda nodes provider" {
		t.Errorf("after what brings the kinds of monitoring it needs %q", got)
	}
}

func TestSomethingQuickIsNeededByWhoeverRefersToIt(t *testing.T) {
	provider := Resource{URN: "urn:provider", Type: "pulumi:providers:aws", Custom: true}
	tasks := deployed(t, []Resource{
		provider,
		made("role", "aws:iam/role:Role", nil, nil),
		made("group", "aws:cloudwatch/logGroup:LogGroup", nil, nil),
		made("rights", "aws:iam/rolePolicy:RolePolicy", []string{"role", "group"}, []string{"role"}),
	})
	if got := names(tasks["rights"].Needs); got != "provider role" {
		t.Errorf("rights need %q, want the role and not the group", got)
	}
}

func TestAStateWithHolesIsRefused(t *testing.T) {
	if _, _, err := Deployment([]Resource{made("a", "aws:iam/role:Role", []string{"b"}, nil)}); err == nil {
		t.Error("a resource may wait for one that is not there")
	}
}

func TestTypesThatNobodyListedAreNamed(t *testing.T) {
	report, err := Analyse([]Resource{{URN: "urn:a", Type: "aws:new/thing:Thing", Custom: true}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(report.Unknown, []string{"aws:new/thing:Thing"}) || !strings.Contains(report.Markdown(), "No time is listed for: aws:new/thing:Thing.") {
		t.Errorf("unknown are %v in\n%s", report.Unknown, report.Markdown())
	}
}

func TestAReportTellsTheTimesAndThePath(t *testing.T) {
	state := append(cluster(),
		Resource{URN: "urn:campus-instance-main", Type: instanceType},
		made("campus-site-main-rule", "aws:lb/listenerRule:ListenerRule", []string{"keda"}, []string{"keda"}))
	report, err := Analyse(state, 8)
	if err != nil {
		t.Fatal(err)
	}
	times := loaded(t)
	control, _ := times.Of(clusterType, nothing)
	network, _ := times.Of("aws:ec2/vpc:Vpc", nothing)
	chart, _ := times.Of("kubernetes:helm.sh/v3:Release", nothing)
	if api := report.Milestones[0]; api.At != network+control || api.Lowest != control {
		t.Errorf("the API is there after %v and at the earliest after %v", api.At, api.Lowest)
	}
	if got, want := report.Total-report.Bound, chart+network; got != want {
		t.Errorf("it takes %v s more than it has to, want %v: the network's and one chart's", got, want)
	}
	last := report.Path[len(report.Path)-1]
	if last.Name != "other" || report.Shares[0].Type != clusterType {
		t.Errorf("it ends with %s and is mostly %s", last.Name, report.Shares[0].Type)
	}
	if instance := report.Milestones[len(report.Milestones)-1]; instance.Name != "the first instance" || instance.At != report.Total-chart+times.Quick.Seconds {
		t.Errorf("%s is there after %v of %v", instance.Name, instance.At, report.Total)
	}
}

func TestALogIsReadInScaledTime(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var log strings.Builder
	for _, one := range []Made{
		{"urn:b", began.Add(2 * time.Second), began.Add(5 * time.Second)},
		{"urn:a", began, began.Add(2 * time.Second)},
	} {
		line, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&log, "%s\n", line)
	}
	state := []Resource{
		{URN: "urn:a", Type: "aws:iam/role:Role", Custom: true},
		{URN: "urn:component", Type: componentType, Dependencies: []string{"urn:a"}},
		{URN: "urn:b", Type: "aws:iam/role:Role", Custom: true, Parent: "urn:component"},
	}
	report, err := Measured(state, []byte(log.String()), 10, 4)
	if err != nil {
		t.Fatal(err)
	}
	if report.Total != 50 || len(report.Path) != 2 || report.Path[1].Seconds != 30 || report.Path[1].Idle != 0 {
		t.Errorf("it took %v by %+v", report.Total, report.Path)
	}
	if _, err = Measured(state, nil, 10, 4); err == nil {
		t.Error("an empty log tells of a deployment")
	}
}

// deployed are the tasks of a state by the names of its resources.
func deployed(t *testing.T, state []Resource) map[string]schedule.Task {
	t.Helper()
	tasks, _, err := Deployment(state)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]schedule.Task{}
	for _, task := range tasks {
		named[nameOf(task.Name)] = task
	}
	return named
}

func names(urns []string) string {
	all := make([]string, len(urns))
	for i, urn := range urns {
		all[i] = nameOf(urn)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}
