package charts_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/cluster/charts"
	"example.org/openedx/tests/cluster/declared"
)

func TestEveryPinnedChartIsWhatItsModuleHolds(t *testing.T) {
	for _, pinned := range versions.Charts() {
		t.Run(pinned.Name, func(t *testing.T) {
			opened, err := charts.Open(t.Context(), pinned)
			require.NoError(t, err)
			t.Logf("%s, subcharts that are in no module: %v", pinned.Version, opened.Missing)
			pinned.Version, pinned.Marked = "0.0.1", ""
			_, err = charts.Open(t.Context(), pinned)
			require.ErrorContains(t, err, "not 0.0.1")
		})
	}
}

// everything is a stack with all add-ons on.
func everything() declared.Stack {
	all := map[string]any{}
	for _, name := range []string{"keda", "certManager", "externalSecrets", "externalDns", "snapshots", "monitoring", "logs", "codeJail"} {
		all[name] = true
	}
	return declared.Starter("medium").With(map[string]any{"openedx:addons": all})
}

// examined is a release and what examines its values.
type examined struct {
	declared.Release
	*charts.Examination
}

// examine prepares all releases of a stack, in their order.
func examine(t *testing.T, stack declared.Stack) []examined {
	t.Helper()
	state := declared.Load(t, stack)
	require.NotEmpty(t, state.Releases)
	world := charts.World{Kubernetes: "1.35"}
	var all []examined
	for _, asked := range state.Releases {
		pinned, ok := versions.FindChart(path.Base(asked.Chart))
		require.True(t, ok, asked.Chart)
		chart, err := charts.Open(t.Context(), pinned)
		require.NoError(t, err)
		objects, err := chart.Render(asked, world)
		require.NoError(t, err)
		examination, err := chart.Examine(asked, world)
		require.NoError(t, err)
		all = append(all, examined{asked, examination})
		kinds, err := charts.Kinds(objects)
		require.NoError(t, err)
		world.Kinds = append(world.Kinds, kinds...)
	}
	return all
}

func TestEveryValueIsKnownToItsChart(t *testing.T) {
	seen := map[string]bool{}
	for _, stack := range []declared.Stack{everything(), declared.Starter("small"), declared.Starter("large")} {
		for _, e := range examine(t, stack) {
			for _, path := range charts.Leaves(e.Values) {
				name := e.Name + ": " + strings.Join(path, ".")
				if seen[name] {
					continue
				}
				seen[name] = true
				verdict, err := e.Has(path)
				require.NoError(t, err)
				require.NotEqual(t, charts.Unknown, verdict, name)
				if verdict == charts.Unchecked {
					require.True(t, strings.HasPrefix(name, "kube-prometheus-stack: grafana."), name)
					t.Logf("nobody can tell, its chart is in no module: %s", name)
				}
			}
		}
	}
	t.Logf("%d values are known", len(seen))
	require.Greater(t, len(seen), 100)
}

func TestAMisspelledValueIsFoundInEveryChart(t *testing.T) {
	for _, e := range examine(t, everything()) {
		t.Run(e.Name, func(t *testing.T) {
			verdict := func(path []string, i int) charts.Verdict {
				wrong := slices.Clone(path)
				wrong[i] += "s"
				found, err := e.Try(wrong, "x")
				require.NoError(t, err)
				return found
			}
			seen := map[string]bool{}
			for _, path := range charts.Leaves(e.Values) {
				if seen[path[0]] {
					continue
				}
				seen[path[0]] = true
				require.Contains(t, []charts.Verdict{charts.Unknown, charts.Refused}, verdict(path, 0), "%s with an s", path[0])
				// The last word may be in a map that the chart hands on whole.
				if last := len(path) - 1; last == 1 && verdict(path, last) == charts.Known {
					t.Logf("left to the API server: %v", path)
				}
			}
		})
	}
}
