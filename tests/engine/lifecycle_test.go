package engine

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/tags"
)

func TestASecondRunChangesNothing(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{"small", "medium", "large"} {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, preset, nil)
			require.NotEmpty(t, w.up()[deploy.OpCreate])
			require.Empty(t, w.up())
			refreshed, err := w.run(engine.Refresh, false)
			require.NoError(t, err)
			require.Empty(t, refreshed[deploy.OpUpdate])
			require.Empty(t, refreshed[deploy.OpDelete])
		})
	}
}

func TestAPreviewPlansWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", nil)
	require.Equal(t, w.preview(), w.up())
}

func TestASingleNATGatewayStaysWhenEachZoneGetsItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", nil)
	w.up()
	w.settings["openedx:network"] = `{"nat":"perZone"}`
	done := w.up()
	require.Empty(t, done.destructive())
	require.NotContains(t, done.of(deploy.OpUpdate), "campus-network-nat-a")
	require.Contains(t, done.of(deploy.OpUpdate), "campus-network-private-default-b")
}

func TestAdminsNamedLaterReplaceNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", nil)
	w.up()
	w.settings["openedx:cluster"] = `{"admins":["arn:aws:iam::123456789012:role/platform-admin"]}`
	done := w.up()
	require.Empty(t, done.destructive())
	require.NotEmpty(t, done[deploy.OpCreate])
}

func TestAProtectedPlatformResistsDestroy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", nil)
	w.up()
	// The CLI asks the engine for a preview first, as here, and goes no further.
	_, err := w.run(engine.Destroy, true)
	require.ErrorContains(t, err, "protect")
}

func TestADisposablePlatformGoesWithoutATrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", map[string]string{"openedx:disposable": "true"})
	w.up()
	_, err := w.run(engine.Destroy, false)
	require.NoError(t, err)
	require.Empty(t, w.snapshot.Resources)
}

func TestARenamedComponentWithAnAliasChangesNothingButTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", nil)
	w.program = tenant("before", nil)
	w.up()
	w.program = tenant("after", []pulumi.ResourceOption{pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("before")}})})
	done := w.up()
	require.Empty(t, done.destructive())
	require.Empty(t, done[deploy.OpCreate])

	w.program = tenant("later", nil)
	_, err := w.run(engine.Update, false)
	require.Error(t, err, "without the alias a second network is wanted, and the cloud refuses its log group's name")
}

func TestBadSettingsRegisterNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", map[string]string{"openedx:network": `{"cidr":"10.0.0.0/30"}`})
	done, err := w.run(engine.Update, false)
	require.ErrorContains(t, err, "openedx:network.cidr")
	for _, urn := range done[deploy.OpCreate] {
		require.True(t, strings.HasSuffix(string(urn.Type()), "pulumi:Stack"), "registered %s", urn)
	}
}

func TestTheKubeconfigIsSecretInTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", nil)
	w.up()
	for _, state := range w.snapshot.Resources {
		if state.Type == resource.RootStackType {
			require.True(t, state.Outputs["kubeconfig"].IsSecret())
			return
		}
	}
	t.Fatal("the state has no stack")
}

// tenant is a program with one network of the given name.
func tenant(name string, opts []pulumi.ResourceOption) func(*pulumi.Context, config.Source) error {
	return func(ctx *pulumi.Context, _ config.Source) error {
		_, err := aws.NewNetwork(ctx, name, &aws.NetworkArgs{
			Account:     aws.Account{ID: "123456789012", Partition: "aws", Region: "eu-west-1"},
			CIDR:        "10.20.0.0/16",
			Zones:       []aws.Zone{{Letter: "a", Name: "eu-west-1a", Public: "10.20.128.0/20", Private: "10.20.0.0/19", Data: "10.20.192.0/20"}},
			FlowLogs:    aws.FlowLogs{LogGroup: "flows", Traffic: "ALL", Days: 30, Key: pulumi.String("")},
			ClusterName: "campus",
			Tags:        tags.New("school", nil),
		}, opts...)
		return err
	}
}
