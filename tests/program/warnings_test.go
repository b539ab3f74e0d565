package program

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/config"
	"example.org/openedx/tests/harness"
)

// listener keeps what a program warns of, and may be deaf.
type listener struct {
	pulumi.Log
	warnings []string
	deaf     error
}

// Warn keeps one warning.
func (l *listener) Warn(text string, _ *pulumi.LogArgs) error {
	l.warnings = append(l.warnings, text)
	return l.deaf
}

// heard is a program whose warnings somebody listens to.
func (l *listener) heard(values map[string]string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		l.Log, ctx.Log = ctx.Log, l
		return program(values)(ctx)
	}
}

// expecting are settings of medium with four instances that expect so many learners each.
func expecting(learners int, overrides map[string]any) map[string]string {
	instances := map[string]any{}
	for i, slug := range []string{"arts", "law", "medicine", "science"} {
		instances[slug] = map[string]any{"slot": i, "lms": slug + ".campus.example.org", "learners": learners}
	}
	return settings(config.Medium, map[string]any{"openedx:instances": instances, "openedx:overrides": overrides})
}

const tooMany = "these 4 instances expect 2,600 concurrent learners, medium is built for 2,000: take large, or raise openedx:overrides.learners to 2600."

func TestARunAndAPreviewWarnOfMoreLearnersThanThePlatformIsBuiltForAndGoOn(t *testing.T) {
	values := expecting(650, map[string]any{})
	for name, run := range map[string]func(testing.TB, map[string]string, pulumi.RunFunc) *harness.Graph{"run": harness.Run, "preview": harness.Preview} {
		ears := &listener{}
		graph := run(t, values, ears.heard(values))
		if diff := cmp.Diff([]string{tooMany}, ears.warnings); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(graph.Resources) == 0 {
			t.Errorf("%s: nothing was made", name)
		}
	}
}

func TestAWarningComesBeforeTheFirstResource(t *testing.T) {
	values, ears := expecting(650, map[string]any{}), &listener{deaf: errors.New("nobody listens")}
	graph, err := harness.Try(values, false, ears.heard(values))
	if err == nil || !strings.Contains(err.Error(), "nobody listens") {
		t.Fatalf("got %v", err)
	}
	if len(graph.Resources) > 0 {
		t.Errorf("%d resources were made before", len(graph.Resources))
	}
}

func TestNobodyIsWarnedOfWhatIsMeantOrFits(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"it fits": expecting(500, map[string]any{}), "it is meant": expecting(650, map[string]any{"learners": 2600}),
	} {
		ears := &listener{}
		harness.Preview(t, values, ears.heard(values))
		if len(ears.warnings) > 0 {
			t.Errorf("%s: %v", name, ears.warnings)
		}
	}
}
