package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/stretchr/testify/require"
)

// schools are five instances in the order in which they come; the last has a
// domain of its own.
var schools = []struct{ slug, lms, domain string }{
	{"arts", "arts.campus.example.org", ""},
	{"zoology", "zoology.campus.example.org", ""},
	{"medicine", "medicine.campus.example.org", ""},
	{"law", "learn.law.campus.example.org", ""},
	{"academy", "learn.academy.example.com", "academy.example.com"},
}

// instances are the settings of some of the schools.
func instances(t *testing.T, numbers ...int) string {
	t.Helper()
	all := map[string]group{}
	for _, number := range numbers {
		school := schools[number]
		all[school.slug] = group{"slot": number, "lms": school.lms}
		if school.domain != "" {
			all[school.slug]["domain"] = school.domain
		}
	}
	text, err := json.Marshal(all)
	require.NoError(t, err)
	return string(text)
}

// belongs tells whether a resource is one of an instance's own.
func belongs(name, slug string) bool { return strings.Contains(name, "-"+slug) }

func TestInstancesComeAndGoAlone(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{"small", "medium", "large"} {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			numbers := []int{0}
			w := newWorld(t, preset, map[string]string{
				"openedx:disposable": "true", "openedx:instances": instances(t, numbers...),
				// The nodes of small have room for three.
				"openedx:overrides": `{"nodes":{"max":100}}`,
			})
			w.up()
			for number := 1; number < len(schools); number++ {
				numbers = append(numbers, number)
				w.settings["openedx:instances"] = instances(t, numbers...)
				done := w.up()
				require.Empty(t, done.destructive())
				require.Empty(t, done.of(deploy.OpUpdate), "an instance more touches what is there")
				for _, name := range done.of(deploy.OpCreate) {
					require.True(t, belongs(name, schools[number].slug), "%s is no part of %s", name, schools[number].slug)
				}
				require.Empty(t, w.up(), "a second run with %d instances changes something", len(numbers))
			}
			w.settings["openedx:instances"] = instances(t, 0, 1, 3, 4)
			gone := w.up()
			require.NotEmpty(t, gone.of(deploy.OpDelete))
			for kind, urns := range gone {
				require.Equal(t, deploy.OpDelete, kind, "%v", urns)
			}
			for _, name := range gone.of(deploy.OpDelete) {
				require.True(t, belongs(name, "medicine"), "%s goes with another instance", name)
			}
			refreshed, err := w.run(engine.Refresh, false)
			require.NoError(t, err)
			require.Empty(t, refreshed[deploy.OpUpdate])
			require.Empty(t, refreshed[deploy.OpDelete])
			_, err = w.run(engine.Destroy, false)
			require.NoError(t, err)
			require.Empty(t, w.snapshot.Resources)
		})
	}
}

func TestAnInstanceThatIsTakenOutLeavesItsUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", map[string]string{"openedx:instances": instances(t, 0, 1)})
	w.up()
	var bucket string
	for _, state := range w.snapshot.Resources {
		if state.Type == "aws:s3/bucketV2:BucketV2" && belongs(state.URN.Name(), "zoology") {
			bucket = state.ID.String()
			require.True(t, state.RetainOnDelete, "%s would be deleted", state.URN)
		}
	}
	require.NotEmpty(t, bucket, "the instance has no bucket")
	w.settings["openedx:instances"] = instances(t, 0)
	done := w.up()
	require.Contains(t, fmt.Sprint(done.of(deploy.OpDelete)), "zoology")
}
