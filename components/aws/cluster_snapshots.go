package aws

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/versions"
)

// createSnapshots lets operators copy a volume from within the cluster.
func (c *Cluster) createSnapshots(ctx *pulumi.Context, nodes pulumi.Resource) error {
	if !c.args.Snapshots {
		return nil
	}
	addOn, err := c.createAddOn(ctx, versions.SnapshotController, &awseks.AddonArgs{}, nodes)
	if err != nil {
		return err
	}
	// The kind comes with the add-on; no package has it.
	err = ctx.RegisterResource("kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass", c.name+"-snapshot-ebs",
		c.snapshotClass(), &registered{}, pulumi.Parent(c), pulumi.Provider(c.Provider), pulumi.DependsOn([]pulumi.Resource{addOn}))
	if err != nil {
		return fmt.Errorf("snapshot class: %w", err)
	}
	return nil
}

// snapshotClass is the one that snapshots are of unless they ask for another.
func (c *Cluster) snapshotClass() pulumi.Map {
	// Snapshots are made by the driver, not by this program, and would have no tags.
	// https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md
	parameters := pulumi.StringMap{}
	all := c.args.Tags.For("cluster", c.name+"-snapshot")
	for i, key := range slices.Sorted(maps.Keys(all)) {
		parameters["tagSpecification_"+strconv.Itoa(i+1)] = pulumi.String(key + "=" + all[key])
	}
	return pulumi.Map{
		"apiVersion": pulumi.String("snapshot.storage.k8s.io/v1"),
		"kind":       pulumi.String("VolumeSnapshotClass"),
		"metadata": pulumi.Map{
			"name":        pulumi.String("ebs"),
			"annotations": pulumi.StringMap{"snapshot.storage.kubernetes.io/is-default-class": pulumi.String("true")},
		},
		"driver": pulumi.String("ebs.csi.aws.com"),
		// A copy outlives the namespace that it was made in.
		"deletionPolicy": pulumi.String("Retain"),
		"parameters":     parameters,
	}
}
