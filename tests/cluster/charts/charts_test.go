package charts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"

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

var _ = fmt.Sprint
var _ = maps.Keys[map[string]any]
var _ = slices.Sort[[]string]
var _ = strings.Join
var _ = runtime.DeepCopyJSON
var _ declared.Release
