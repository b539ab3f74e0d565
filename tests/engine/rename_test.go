package engine

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/secrets/b64"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"example.org/openedx/internal/config"
	"example.org/openedx/stacks"
)

// called gives every resource of the state the name that it would have if the
// components had been called otherwise; nothing else of it changes.
func (w *world) called(from, to string) {
	w.t.Helper()
	deployment, err := stack.SerializeDeployment(context.Background(), w.snapshot, true)
	require.NoError(w.t, err)
	text, err := json.Marshal(deployment)
	require.NoError(w.t, err)
	var renamed apitype.DeploymentV3
	name := regexp.MustCompile(`(urn:pulumi:[^" ]*::)` + regexp.QuoteMeta(from))
	require.NoError(w.t, json.Unmarshal(name.ReplaceAll(text, []byte("${1}"+to)), &renamed))
	w.snapshot, err = stack.DeserializeDeploymentV3(context.Background(), renamed, b64.Base64SecretsProvider)
	require.NoError(w.t, err)
}

// aliased is the program with one alias on each of its components.
func aliased(from, to string) func(*pulumi.Context, config.Source) error {
	return func(ctx *pulumi.Context, source config.Source) error {
		err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if !strings.HasPrefix(args.Type, "openedx:") {
				return nil
			}
			alias := pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(strings.Replace(args.Name, from, to, 1))}})
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(args.Opts, alias)}
		})
		if err != nil {
			return err
		}
		return stacks.Run(ctx, source)
	}
}

func TestOneAliasOnAComponentCarriesAllThatIsInIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "large", nil)
	w.up()
	w.called("campus-", "school-")
	renamed := w.snapshot
	w.program = aliased("campus-", "school-")
	require.Empty(t, w.up(), "with the aliases something changes")

	w.snapshot, w.program = renamed, stacks.Run
	done, err := w.run(engine.Update, true)
	require.Error(t, err, "without the aliases what is protected would not be deleted")
	require.NotEmpty(t, done.destructive(), "without the aliases nothing would be made anew")
}
