package aws_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/versions"
)

const snapshotClassType = "kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass"

func TestVolumesCanBeCopiedWhereThatIsWanted(t *testing.T) {
	args := clusterArgs()
	args.Snapshots = true
	graph := cluster(t, args)
	addOn := graph.One(t, addOnType, "cl-addon-snapshot-controller")
	if got := addOn.Text(t, "addonVersion"); got != args.AddOns[versions.SnapshotController] || got == "" {
		t.Errorf("its version is %q", got)
	}
	class := graph.One(t, snapshotClassType, "cl-snapshot-ebs")
	for property, want := range map[string]string{
		"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass", "driver": "ebs.csi.aws.com", "deletionPolicy": "Retain",
		`metadata.annotations["snapshot.storage.kubernetes.io/is-default-class"]`: "true",
	} {
		if got := class.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if !graph.Waits(class, addOn.URN) {
		t.Error("the cluster does not know the kind yet")
	}
	var tagged []string
	for _, value := range class.Value(t, "parameters").ObjectValue() {
		tagged = append(tagged, value.StringValue())
	}
	if all := strings.Join(tagged, " "); !strings.Contains(all, "openedx-stack=test") || !strings.Contains(all, "managed-by=") {
		t.Errorf("snapshots are tagged %s", all)
	}
	if args.Snapshots = false; cluster(t, args).Count(snapshotClassType) != 0 {
		t.Error("it is there unasked")
	}
}
