// Package engine runs the whole program under Pulumi's real engine, in process,
// with the offline cloud behind it: real steps, real snapshots, no CLI.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/engine/lifecycletest/framework"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/pkg/v3/util/cancel"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"example.org/openedx/internal/config"
	"example.org/openedx/offline/provider"
	"example.org/openedx/offline/schema"
	"example.org/openedx/stacks"
)

// packages are the providers that the program can ask for.
var packages = []string{"aws", "eks", "kubernetes", "random", "tls", "command", "mongodbatlas"}

// world is one stack in an offline cloud of its own.
type world struct {
	t        *testing.T
	settings map[string]string
	program  func(*pulumi.Context, config.Source) error
	snapshot *deploy.Snapshot
	loaders  []*deploytest.ProviderLoader
	// folder holds the offline cloud.
	folder string
	// moments are the steps of the last run that was no preview, in their order.
	moments []moment
	// engine is where the program sends what it has to say.
	engine string
}

// newWorld gives a starter-like stack with the preset; set overwrites settings.
func newWorld(t *testing.T, preset string, set map[string]string) *world {
	t.Helper()
	settings := map[string]string{
		"aws:region":                       "eu-west-1",
		"pulumi:disable-default-providers": `["kubernetes"]`,
		"openedx:cloud":                    "aws",
		"openedx:preset":                   preset,
		"openedx:name":                     "campus",
		"openedx:domain":                   "campus.example.org",
		"openedx:instances":                `{"main":{"slot":0,"lms":"learn.campus.example.org"},"lab":{"slot":1,"lms":"lab.campus.example.org"}}`,
	}
	maps.Copy(settings, set)
	return worldIn(t, t.TempDir(), settings, nil)
}

// worldIn gives a stack that is as the snapshot says, in an offline cloud that is there.
func worldIn(t *testing.T, folder string, settings map[string]string, snapshot *deploy.Snapshot) *world {
	t.Helper()
	w := &world{t: t, settings: settings, program: stacks.Run, folder: folder, snapshot: snapshot}
	for _, name := range packages {
		w.loaders = append(w.loaders, loader(t, name, folder))
	}
	return w
}

// loader attaches the engine to a provider of the offline cloud over loopback, as the CLI would.
func loader(t *testing.T, name, folder string) *deploytest.ProviderLoader {
	t.Helper()
	pkg, err := schema.Load(name)
	require.NoError(t, err)
	return deploytest.NewProviderLoader(tokens.Package(name), semver.MustParse(pkg.Version), func() (plugin.Provider, error) {
		ctx, cancel := context.WithCancel(context.Background())
		port, stop, err := provider.Serve(ctx, name, folder, "")
		t.Cleanup(cancel)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() {
			cancel() // a component whose run failed may wait for ever for children that never came
			if stopped := stop(); stopped != nil && !errors.Is(stopped, context.Canceled) {
				t.Errorf("provider %q: %v", name, stopped)
			}
		})
		connection, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, err
		}
		return plugin.NewProviderWithClient(nil, pulumirpc.NewResourceProviderClient(connection), false), nil
	}, deploytest.WithoutGrpc)
}

// run lets the engine do one operation and returns what it did to which resource.
//
// The framework's own way of doing so checks the whole state after every step in
// three ways, which is about the engine, and for a platform takes most of the time.
func (w *world) run(operation framework.TestOp, dryRun bool) (operations, error) {
	w.t.Helper()
	plan := w.plan()
	target := plan.GetTarget(w.t, w.snapshot)
	stop, _ := cancel.NewContext(context.Background())
	journal, events, collected := engine.NewTestJournal(), make(chan engine.Event), make(chan operations)
	go func() {
		done := operations{}
		for event := range events {
			done.collect(w.t, event)
		}
		collected <- done
	}()
	host := plan.Options.HostF()
	w.engine = host.ServerAddr()
	options := plan.Options.Options()
	options.HostFactory = func(context.Context, diag.Sink, diag.Sink, plugin.DebugContext) (plugin.Host, error) {
		return host, nil
	}
	_, _, err := operation(framework.NewUpdateInfo(plan.GetProject(), target), &engine.Context{
		Cancel: stop, Events: events, SnapshotManager: journal, BackendClient: w, PluginManager: framework.NopPluginManager{},
	}, options, dryRun)
	close(events)
	done := <-collected
	err = errors.Join(err, journal.Close(), host.Close())
	if dryRun {
		return done, err
	}
	snapshot, broken := journal.Entries().Snap(target.Snapshot)
	require.NoError(w.t, broken)
	require.NoError(w.t, snapshot.VerifyIntegrity())
	w.snapshot, w.moments = snapshot, momentsOf(journal.Entries())
	return done, err
}

// plan is the stack with its present settings, and the providers and the program
// that it is run with.
func (w *world) plan() *framework.TestPlan {
	// What the program says is nobody's to read here.
	silent := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	return &framework.TestPlan{
		Project: "openedx", Stack: "school", Config: w.values(), Decrypter: pulumiconfig.NopDecrypter,
		Options: framework.TestUpdateOptions{
			T:     w.t,
			HostF: deploytest.NewPluginHostF(silent, silent, deploytest.NewLanguageRuntimeF(w.language), nil, nil, w.loaders...),
		},
	}
}

// GetStackOutputs answers the program's question of what its own stack holds.
func (w *world) GetStackOutputs(context.Context, string, func(error) error) (property.Map, error) {
	if w.snapshot != nil {
		for _, state := range w.snapshot.Resources {
			if state.Type == resource.RootStackType {
				return resource.FromResourcePropertyMap(state.Outputs), nil
			}
		}
	}
	return property.Map{}, nil
}

// GetStackResourceOutputs is never asked for.
func (w *world) GetStackResourceOutputs(context.Context, string) (property.Map, error) {
	return property.Map{}, errors.New("no program reads another's resources")
}

// language runs the program against the engine's resource monitor.
func (w *world) language(info plugin.RunInfo, _ *deploytest.ResourceMonitor) error {
	values := map[string]string{}
	for key, value := range info.Config {
		values[key.String()] = value
	}
	ctx, err := pulumi.NewContext(context.Background(), pulumi.RunInfo{
		Project: info.Project, Stack: info.Stack, Config: values, Parallel: info.Parallel,
		DryRun: info.DryRun, MonitorAddr: info.MonitorAddress, EngineAddr: w.engine, Organization: info.Organization,
	})
	if err != nil {
		return err
	}
	return pulumi.RunWithContext(ctx, func(ctx *pulumi.Context) error {
		return w.program(ctx, config.Source{Stack: info.Stack, Values: values})
	})
}

func (w *world) up() operations {
	w.t.Helper()
	done, err := w.run(engine.Update, false)
	require.NoError(w.t, err)
	return done
}

func (w *world) preview() operations {
	w.t.Helper()
	done, err := w.run(engine.Update, true)
	require.NoError(w.t, err)
	return done
}

// operations are the steps of a run, by what was done; a step that changed nothing is not one.
type operations map[display.StepOp][]resource.URN

// collect takes note of one event; what the engine has to say goes to the test's log.
func (o operations) collect(t *testing.T, event engine.Event) {
	if said, ok := event.Payload().(engine.DiagEventPayload); ok {
		t.Logf("%s: %s", said.Severity, said.Message)
	}
	if event.Type != engine.ResourcePreEvent {
		return
	}
	payload, ok := event.Payload().(engine.ResourcePreEventPayload)
	if !ok || payload.Metadata.Op == deploy.OpSame {
		return
	}
	at, _ := slices.BinarySearch(o[payload.Metadata.Op], payload.Metadata.URN)
	o[payload.Metadata.Op] = slices.Insert(o[payload.Metadata.Op], at, payload.Metadata.URN)
}

// of returns the names of the resources that an operation was done to.
func (o operations) of(kind display.StepOp) []string {
	names := make([]string, len(o[kind]))
	for i, urn := range o[kind] {
		names[i] = urn.Name()
	}
	return names
}

// destructive are the steps that can take something away from somebody.
func (o operations) destructive() []resource.URN {
	var all []resource.URN
	for _, kind := range []display.StepOp{deploy.OpReplace, deploy.OpDelete, deploy.OpDeleteReplaced, deploy.OpCreateReplacement} {
		all = append(all, o[kind]...)
	}
	return all
}
