package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/stretchr/testify/require"
)

// chosen is what is recorded of a preset beside three instances: in the largest,
// whatever a stack can have and no preset has.
var chosen = map[string]map[string]group{
	"small":  {},
	"medium": {},
	"large": {
		"openedx:cluster": {"admins": []string{"arn:aws:iam::123456789012:role/platform-admin"}},
		"openedx:cache":   {"memcached": true},
		"openedx:addons":  {"codeJail": true},
		"openedx:github":  {"repository": "example-org/campus"},
		"openedx:audit":   {"trail": true, "guardDuty": true},
	},
}

// sinceThen is what a later release takes away from the stacks that a release left
// behind, by their files.
var sinceThen = map[string][]leaving{
	"0.5.0/medium.json.zst": {endpoints}, // they cost more there than the NAT gateways that do their work
}

// release is the heading of one in the changelog.
var release = regexp.MustCompile(`(?m)^## ([0-9]+\.[0-9]+\.[0-9]+), [0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func TestEveryReleaseInTheChangelogHasLeftItsStates(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	require.NoError(t, err)
	made := release.FindAllStringSubmatch(string(changelog), -1)
	require.NotEmpty(t, made)
	for _, one := range made {
		for preset := range chosen {
			require.FileExists(t, filepath.Join(releases, one[1], preset+".json.zst"), "see make record")
		}
	}
}

func TestWhatEachReleaseLeftBehindIsUpgradedInPlace(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(releases, "*", "*.json.zst"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		file, err := filepath.Rel(releases, path)
		require.NoError(t, err)
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			w := left(t, path)
			before, said := w.snapshot, w.listen()
			growth{goes: sinceThen[file]}.check(t, w, before, w.up())
			// The first release left nothing of its sizes.
			warned := strings.Contains(strings.Join(*said, "\n"), "an earlier release deployed this stack")
			require.Equal(t, !outputs(before)["sizing"].HasValue(), warned)
			*said = nil
			require.Empty(t, w.up(), "a second run changes something")
			require.NotContains(t, strings.Join(*said, "\n"), "an earlier release")
			refreshed, err := w.run(engine.Refresh, false)
			require.NoError(t, err)
			require.Empty(t, refreshed.destructive())
		})
	}
}
