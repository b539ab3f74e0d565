package harness_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/tests/harness"
)

// thing is a resource of no provider.
type thing struct {
	pulumi.CustomResourceState
}

func newThing(ctx *pulumi.Context, name string, inputs pulumi.Map, opts ...pulumi.ResourceOption) (*thing, error) {
	made := &thing{}
	return made, ctx.RegisterResource("test:index:Thing", name, inputs, made, opts...)
}

func TestTheSameURNTwiceIsRefused(t *testing.T) {
	_, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
		for range 2 {
			if _, err := newThing(ctx, "one", nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "duplicate resource URN") {
		t.Errorf("got %v", err)
	}
}

func TestTheSameNameUnderTwoParentsIsAccepted(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		parent, err := newThing(ctx, "one", nil)
		if err != nil {
			return err
		}
		_, err = newThing(ctx, "one", nil, pulumi.Parent(parent))
		return err
	})
	if got := graph.Count("test:index:Thing"); got != 2 {
		t.Errorf("%d resources, want 2", got)
	}
}

func TestOptionsAreRecorded(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		parent, err := newThing(ctx, "one", nil)
		if err != nil {
			return err
		}
		_, err = newThing(ctx, "two", pulumi.Map{"secret": pulumi.ToSecret("x"), "id": parent.ID()},
			pulumi.Parent(parent), pulumi.Protect(true), pulumi.IgnoreChanges([]string{"size"}),
			pulumi.AdditionalSecretOutputs([]string{"token"}),
			pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
		return err
	})
	one, two := graph.One(t, "test:index:Thing", "one"), graph.One(t, "test:index:Thing", "two")
	want := &harness.Resource{
		URN:  "urn:pulumi:test::openedx::test:index:Thing$test:index:Thing::two",
		Type: "test:index:Thing", Name: "two", Parent: one.URN, Custom: true, Protect: true,
		Inputs: resource.PropertyMap{
			"id": resource.NewProperty("one-id"), "secret": resource.MakeSecret(resource.NewProperty("x")),
		},
		Aliases: []string{"::::old"}, IgnoreChanges: []string{"size"}, SecretOutputs: []string{"token"},
		DependsOn: []string{one.URN},
	}
	if two.Frames <= 0 {
		t.Errorf("%d calls led to it", two.Frames)
	}
	// How many is Go's affair and the SDK's.
	if diff := cmp.Diff(want, two, cmpopts.IgnoreFields(harness.Resource{}, "Frames")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !graph.Waits(two, one.URN) || graph.Waits(one, two.URN) {
		t.Error("who waits for whom is lost")
	}
}

func TestAPreviewKnowsNoIDs(t *testing.T) {
	ran := false
	program := func(ctx *pulumi.Context) error {
		one, err := newThing(ctx, "one", nil)
		if err != nil {
			return err
		}
		_, err = newThing(ctx, "two", pulumi.Map{"id": one.ID().ApplyT(func(id pulumi.ID) string {
			ran = true
			return string(id)
		})})
		return err
	}
	two := harness.Preview(t, nil, program).One(t, "test:index:Thing", "two")
	if ran {
		t.Error("a callback ran on an id that nobody knows yet")
	}
	if id, there := two.Inputs["id"]; !there || !id.IsComputed() {
		t.Errorf("the input is %v, want unknown", id)
	}
	two = harness.Run(t, nil, program).One(t, "test:index:Thing", "two")
	if !ran || two.Text(t, "id") != "one-id" {
		t.Errorf("an update gives %v", two.Inputs["id"])
	}
}

func TestWhatAFailedProgramRegisteredIsStillThere(t *testing.T) {
	graph, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
		if _, err := newThing(ctx, "one", nil); err != nil {
			return err
		}
		return errors.New("too late")
	})
	if err == nil {
		t.Fatal("the program did not fail")
	}
	if got := graph.Count("test:index:Thing"); got != 1 {
		t.Errorf("%d resources, want 1", got)
	}
}

func TestAQuestionWithoutAnAnswerFails(t *testing.T) {
	_, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
		var result struct{}
		return ctx.Invoke("test:index:newest", nil, &result)
	})
	if err == nil || !strings.Contains(err.Error(), "newest") {
		t.Errorf("got %v", err)
	}
}

func TestReadingTheCloudIsRefused(t *testing.T) {
	_, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
		return ctx.ReadResource("test:index:Thing", "one", pulumi.ID("x"), nil, &thing{})
	})
	if err == nil || !strings.Contains(err.Error(), "read from the cloud") {
		t.Errorf("got %v", err)
	}
}

func TestAPathLeadsThroughSecretsAndLists(t *testing.T) {
	r := &harness.Resource{Inputs: resource.PropertyMap{
		"outer": resource.MakeSecret(resource.NewPropertyValue([]any{map[string]any{"inner": "x"}})),
	}}
	if got := r.Text(t, "outer[0].inner"); got != "x" {
		t.Errorf("got %q", got)
	}
	if r.Value(t, "outer[1].inner").HasValue() {
		t.Error("found what is not there")
	}
}
