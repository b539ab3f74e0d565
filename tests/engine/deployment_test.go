package engine

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"example.org/openedx/offline/simulation"
)

var update = flag.Bool("update", false, "write docs/deployment-time.md anew")

// mostRatio is how many times longer than it has to a deployment may take.
const mostRatio = 1.1

// hands are the numbers of resources at a time that are looked at: what operators are
// told to use, and what the engine uses by itself on four cores and on two.
var hands = []int{simulation.Hands, 16, 8}

// deploymentPage is the document with the figures.
const deploymentPage = "../../docs/deployment-time.md"

const deploymentIntro = `<!-- Written by ` + "`make golden`" + `; edit tests/engine/deployment_test.go and offline/simulation instead. -->

# How long the first deployment takes

Computed from the dependencies of each starter stack and from ` + "`offline/simulation/times.yaml`" + `, which has the time of
every type of resource with its source. ` + "`make simulate STACK=medium`" + ` measures the same in a real run against an offline
cloud that is as slow as a real one. The domain is delegated in time; where it is not, certificates wait for that.

At least is what no other order could beat: the longest chain of resources that really need each other
(` + "`offline/simulation/needs.yaml`" + ` says who needs whom, and why), and no less than all the work shared among as many
hands. Pulumi makes four resources at a time for each core of the machine that it runs on. A cloud does not mind more:
for the first deployment say ` + "`pulumi up --parallel 32`" + `.
`

func TestEveryStarterStackIsDeployedInLittleMoreThanTheTimeItNeeds(t *testing.T) {
	t.Parallel()
	var all []simulation.Named
	for _, preset := range []string{"small", "medium", "large"} {
		state := starter(t, preset)
		held, err := simulation.HeldUp(state)
		require.NoError(t, err)
		require.Empty(t, held, preset)
		named := simulation.Named{Preset: preset}
		for _, hands := range hands {
			report, err := simulation.Analyse(state, hands)
			require.NoError(t, err)
			require.Empty(t, report.Unknown, "list their times in offline/simulation/times.yaml")
			named.Reports = append(named.Reports, report)
		}
		full := named.Reports[0]
		require.LessOrEqual(t, full.Ratio(), mostRatio, full.Markdown())
		for _, milestone := range full.Milestones {
			require.LessOrEqual(t, milestone.Ratio(), mostRatio, "%s of %s:\n%s", milestone.Name, preset, full.Markdown())
		}
		all = append(all, named)
	}
	requirePage(t, simulation.Page(deploymentIntro, all))
}

// requirePage wants the figures in the document to be those of the program.
func requirePage(t *testing.T, page string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(deploymentPage, []byte(page), 0o600))
	}
	committed, err := os.ReadFile(deploymentPage)
	require.NoError(t, err)
	require.Equal(t, string(committed), page, "write it anew: make golden")
}

func TestNodesThatWaitForADatabaseAreFound(t *testing.T) {
	t.Parallel()
	state := starter(t, "small")
	nodes := slices.IndexFunc(state, func(r simulation.Resource) bool { return r.Type == "eks:index:ManagedNodeGroup" })
	database := slices.IndexFunc(state, func(r simulation.Resource) bool { return r.Type == "aws:rds/clusterInstance:ClusterInstance" })
	state[nodes].Dependencies = append(state[nodes].Dependencies, state[database].URN)
	held, err := simulation.HeldUp(state)
	require.NoError(t, err)
	require.Contains(t, held, "the cluster's nodes and add-ons: school-cluster-nodes waits for school-mysql-instance-a")
}

func TestAWaitWithoutNeedMakesTheDeploymentLongerAndNotTheBound(t *testing.T) {
	t.Parallel()
	state := starter(t, "small")
	before, err := simulation.Analyse(state, simulation.Hands)
	require.NoError(t, err)
	cluster := slices.IndexFunc(state, func(r simulation.Resource) bool { return r.Type == "eks:index:Cluster" })
	cache := slices.IndexFunc(state, func(r simulation.Resource) bool { return r.Type == "aws:elasticache/replicationGroup:ReplicationGroup" })
	state[cluster].Dependencies = append(state[cluster].Dependencies, state[cache].URN)
	after, err := simulation.Analyse(state, simulation.Hands)
	require.NoError(t, err)
	require.InDelta(t, before.Bound, after.Bound, 0.001)
	require.Greater(t, after.Ratio(), mostRatio)
}

// starter brings a starter stack up and returns what the engine keeps of it.
func starter(t *testing.T, preset string) []simulation.Resource {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", "Pulumi."+preset+".yaml"))
	require.NoError(t, err)
	var file struct {
		Config map[string]any `json:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	w := newWorld(t, preset, nil)
	maps.DeleteFunc(w.settings, func(string, string) bool { return true })
	for key, value := range file.Config {
		written, isText := value.(string)
		if !isText {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			written = string(encoded)
		}
		w.settings[key] = written
	}
	w.up()
	return resources(w)
}

// resources are the state of a world as a simulation reads it.
func resources(w *world) []simulation.Resource {
	all := make([]simulation.Resource, 0, len(w.snapshot.Resources))
	for _, state := range w.snapshot.Resources {
		r := simulation.Resource{
			URN: string(state.URN), Type: string(state.Type), Custom: state.Custom, Parent: string(state.Parent), Provider: state.Provider,
			Dependencies: plainURNs(state.Dependencies), PropertyDependencies: map[string][]string{}, Inputs: state.Inputs.Mappable(),
		}
		for property, urns := range state.PropertyDependencies {
			r.PropertyDependencies[string(property)] = plainURNs(urns)
		}
		all = append(all, r)
	}
	return all
}

func plainURNs(urns []resource.URN) []string {
	all := make([]string, len(urns))
	for i, urn := range urns {
		all[i] = string(urn)
	}
	return all
}
