// Package harness runs a Pulumi program against recording mocks: it answers as
// a cloud would, in milliseconds, and keeps every resource with the options it
// was registered with. It may import the Pulumi core SDK and nothing of a
// provider, so that any package's tests can use it.
package harness

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Project and Stack are what every run is called.
const (
	Project = "openedx"
	Stack   = "test"
)

// Resource is one registration.
type Resource struct {
	URN, Type, Name string
	// Parent is a URN, empty for what hangs directly on the stack.
	Parent string
	Custom bool // a resource rather than a component
	Remote bool // a component that a plugin builds
	Inputs resource.PropertyMap

	Protect bool
	// RetainOnDelete leaves it in the cloud when the program forgets it.
	RetainOnDelete bool
	// DeleteBeforeReplace removes the old one before the new one is made.
	DeleteBeforeReplace bool
	// Provider is the reference of the provider it was given, if any.
	Provider      string
	Aliases       []string
	IgnoreChanges []string
	SecretOutputs []string
	// DependsOn are the URNs it waits for, whether named or through an input.
	DependsOn []string
	// Frames counts the calls that led to it: the SDK sends where each of them is.
	Frames int
	// Transforms counts the callbacks that may change it and its children.
	Transforms int
}

// Run runs a program as an update and fails the test if the program fails.
func Run(t testing.TB, config map[string]string, program pulumi.RunFunc) *Graph {
	t.Helper()
	graph, err := Try(config, false, program)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return graph
}

// Preview runs a program as a preview of a stack that is not there yet: nothing
// that a provider would compute is known.
func Preview(t testing.TB, config map[string]string, program pulumi.RunFunc) *Graph {
	t.Helper()
	graph, err := Try(config, true, program)
	if err != nil {
		t.Fatalf("preview: %v", err)
	}
	return graph
}

// Try runs a program and returns what it had registered, even when it failed.
func Try(config map[string]string, preview bool, program pulumi.RunFunc) (*Graph, error) {
	return try(config, &recorder{preview: preview, seen: map[string]bool{}}, program)
}

// TryAfter runs a program as an update of a stack that has these outputs.
func TryAfter(outputs map[string]any, config map[string]string, program pulumi.RunFunc) (*Graph, error) {
	return try(config, &recorder{seen: map[string]bool{}, before: resource.NewPropertyMapFromMap(outputs)}, program)
}

// try runs a program against one recorder.
func try(config map[string]string, mocks *recorder, program pulumi.RunFunc) (*Graph, error) {
	graph := &Graph{}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		err := program(ctx)
		graph.Exports = ctx.GetCurrentExportMap()
		return err
	}, pulumi.WithMocks(Project, Stack, mocks), func(info *pulumi.RunInfo) {
		info.Config, info.DryRun = config, mocks.preview
	})
	// Registration order depends on the scheduler; names do not.
	slices.SortFunc(mocks.resources, func(a, b *Resource) int { return strings.Compare(a.URN, b.URN) })
	graph.Resources = mocks.resources
	return graph, err
}

// recorder is the mocks' side of a run.
type recorder struct {
	preview bool
	// before are the outputs that the stack had before the run.
	before resource.PropertyMap

	mu        sync.Mutex
	resources []*Resource
	seen      map[string]bool
}

// NewResource records a registration and answers with an id and outputs.
func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		return args.ID, stackOutputs(args.ID), nil
	}
	if args.RegisterRPC == nil {
		return "", nil, fmt.Errorf("%s %q is read from the cloud; programs here create or do without", args.TypeToken, args.Name)
	}
	made, err := record(args)
	if err != nil {
		return "", nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// The engine refuses this; the SDK's mocks alone would not.
	if r.seen[made.URN] {
		return "", nil, fmt.Errorf("duplicate resource URN %q", made.URN)
	}
	r.seen[made.URN] = true
	r.resources = append(r.resources, made)
	if r.preview {
		return plannedID(made), planned(made, args.Inputs), nil
	}
	return identify(made), outputs(made), nil
}

// record keeps what a test may ask about.
func record(args pulumi.MockResourceArgs) (*Resource, error) {
	rpc := args.RegisterRPC
	// The mocks drop inputs that are not known yet; that they are there counts.
	inputs, err := plugin.UnmarshalProperties(rpc.GetObject(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true,
	})
	if err != nil {
		return nil, fmt.Errorf("inputs of %s %q: %w", args.TypeToken, args.Name, err)
	}
	made := &Resource{
		URN: urn(rpc.GetParent(), args.TypeToken, args.Name), Type: args.TypeToken, Name: args.Name,
		Custom: args.Custom, Remote: rpc.GetRemote(), Inputs: inputs,
		Protect: rpc.GetProtect(), Provider: rpc.GetProvider(),
		RetainOnDelete: rpc.GetRetainOnDelete(), DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(),
		IgnoreChanges: rpc.GetIgnoreChanges(), SecretOutputs: rpc.GetAdditionalSecretOutputs(),
		DependsOn: slices.Sorted(slices.Values(rpc.GetDependencies())), Transforms: len(rpc.GetTransforms()), Frames: len(rpc.GetStackTrace().GetFrames()),
	}
	if resource.URN(rpc.GetParent()).QualifiedType() != resource.RootStackType {
		made.Parent = rpc.GetParent()
	}
	for _, alias := range rpc.GetAliases() {
		made.Aliases = append(made.Aliases, aliasText(alias))
	}
	return made, nil
}

// aliasText is an alias as a test compares it.
func aliasText(alias *pulumirpc.Alias) string {
	if alias.GetUrn() != "" {
		return alias.GetUrn()
	}
	spec := alias.GetSpec()
	return strings.Join([]string{spec.GetParentUrn(), spec.GetType(), spec.GetName()}, "::")
}

// urn makes a URN as the engine makes it.
func urn(parent, typ, name string) string {
	full := typ
	if parentType := resource.URN(parent).QualifiedType(); parent != "" && parentType != resource.RootStackType {
		full = string(parentType) + "$" + typ
	}
	return fmt.Sprintf("urn:pulumi:%s::%s::%s::%s", Stack, Project, full, name)
}
