package aws

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The mocks keep transforms without calling them, so these call them as the
// engine does.

func TestATransformCompletesItsOwnTypeOnly(t *testing.T) {
	transform := complete("aws:eks/cluster:Cluster", pulumi.Map{"added": pulumi.Bool(true)})
	props := pulumi.Map{"kept": pulumi.Bool(true)}
	if got := transform(context.Background(), &pulumi.ResourceTransformArgs{Type: "aws:iam/role:Role", Props: props}); got != nil {
		t.Errorf("another type was changed: %v", got)
	}
	got := transform(context.Background(), &pulumi.ResourceTransformArgs{
		Type: "aws:eks/cluster:Cluster", Props: props, Opts: pulumi.ResourceOptions{Protect: true},
	})
	if diff := cmp.Diff(pulumi.Map{"kept": pulumi.Bool(true), "added": pulumi.Bool(true)}, got.Props); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Opts.Protect {
		t.Error("the options were lost")
	}
	if len(props) != 1 {
		t.Error("the caller's properties were changed")
	}
}

func TestAClusterNeverSlipsIntoExtendedSupport(t *testing.T) {
	want := pulumi.Map{"supportType": pulumi.String("STANDARD")}
	if diff := cmp.Diff(want, (&ClusterArgs{}).beyondEKS()["upgradePolicy"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheCreatorIsAnAdminOnlyWhereNobodyElseIs(t *testing.T) {
	if got, there := (&ClusterArgs{}).beyondEKS()["accessConfig"]; there {
		t.Errorf("nobody could use the cluster: %v", got)
	}
	args := &ClusterArgs{Admins: []string{"arn:aws:iam::111122223333:role/ops"}}
	want := pulumi.Map{
		"authenticationMode":                      pulumi.String("API"),
		"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(false),
	}
	if diff := cmp.Diff(want, args.beyondEKS()["accessConfig"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
