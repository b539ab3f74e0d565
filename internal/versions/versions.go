// Package versions is the one list of versions that the platform pins. It
// imports the standard library and a version comparer.
package versions

import (
	"slices"

	"github.com/Masterminds/semver/v3"
)

// The EKS add-ons that the cluster installs, by the names that EKS gives them.
const (
	VPCCNI           = "vpc-cni"
	CoreDNS          = "coredns"
	KubeProxy        = "kube-proxy"
	EBSCSIDriver     = "aws-ebs-csi-driver"
	PodIdentityAgent = "eks-pod-identity-agent"
	// SnapshotController has the same builds for several minor versions.
	SnapshotController = "snapshot-controller"
)

// DefaultKubernetes is the version of a stack that names none: in standard
// support, and with one behind it to have come from.
const DefaultKubernetes = "1.35"

// Kubernetes is one Kubernetes version that EKS keeps in standard support.
type Kubernetes struct {
	Version string            // the minor version, as EKS spells it
	Until   string            // the last day of standard support
	AddOns  map[string]string // the name of an EKS add-on to its exact version
	Image   string            // the release of Amazon's node image (AL2023) for it
}

// kubernetes is the table, oldest first.
//
// Support ends as in the release calendar,
// https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html.
//
// Add-on versions exist as `aws eks describe-addon-versions` lists them for
// the minor version; ask it before changing one, because a version that it does
// not list fails when the add-on is created. For 1.35 they are the ones EKS
// itself would choose. Public sightings of the same builds:
// kube-proxy zalando-incubator/kubernetes-on-aws#11668 (1.35),
// vpc-cni ministryofjustice/cloud-platform-infrastructure#4678,
// coredns ministryofjustice/cloud-platform-infrastructure#4675,
// aws-ebs-csi-driver mitodl/ol-infrastructure#5959 (1.36),
// eks-pod-identity-agent aws/containers-roadmap#2684,
// snapshot-controller devopscoop/project1-dev (both builds, 1.35).
//
// A release of the node image has one image for each minor version that was in
// standard support on its day, https://github.com/awslabs/amazon-eks-ami/releases;
// none is made later for an older release, so a minor version more wants a newer one.
// Public sightings: 1.35.7-20260903 in entigolabs/entigo-infralib#1488.
//
// From one row to the next vpc-cni goes up by at most one minor version, as AWS
// asks: https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html.
var kubernetes = []Kubernetes{
	{Version: "1.34", Until: "2026-12-02", Image: "v20260903", AddOns: map[string]string{
		VPCCNI: "v1.21.1-eksbuild.1", CoreDNS: "v1.12.4-eksbuild.1", KubeProxy: "v1.34.1-eksbuild.2",
		EBSCSIDriver: "v1.54.0-eksbuild.1", PodIdentityAgent: "v1.3.10-eksbuild.2",
		SnapshotController: "v8.5.0-eksbuild.3",
	}},
	{Version: "1.35", Until: "2027-03-27", Image: "v20260903", AddOns: map[string]string{
		VPCCNI: "v1.22.3-eksbuild.1", CoreDNS: "v1.13.2-eksbuild.11", KubeProxy: "v1.35.3-eksbuild.13",
		EBSCSIDriver: "v1.63.1-eksbuild.1", PodIdentityAgent: "v1.3.10-eksbuild.3",
		SnapshotController: "v8.5.0-eksbuild.3",
	}},
	{Version: "1.36", Until: "2027-08-02", Image: "v20260903", AddOns: map[string]string{
		VPCCNI: "v1.22.3-eksbuild.1", CoreDNS: "v1.14.3-eksbuild.3", KubeProxy: "v1.36.0-eksbuild.13",
		EBSCSIDriver: "v1.65.0-eksbuild.1", PodIdentityAgent: "v1.3.10-eksbuild.3",
		SnapshotController: "v8.6.0-eksbuild.4",
	}},
}

// AllKubernetes lists the versions that can be chosen, oldest first.
func AllKubernetes() []Kubernetes { return slices.Clone(kubernetes) }

// FindKubernetes returns the row of a minor version, spelled as EKS spells it.
func FindKubernetes(version string) (Kubernetes, bool) {
	i := slices.IndexFunc(kubernetes, func(k Kubernetes) bool { return k.Version == version })
	if i < 0 {
		return Kubernetes{}, false
	}
	return kubernetes[i], true
}

// Age says where a version stands against the table.
type Age int

// The places a version can stand.
const (
	Unreadable Age = iota // no version at all
	Past                  // before the oldest row: standard support is over
	Listed                // within the table, whether spelled well or not
	Unknown               // after the newest row
)

// AgeOf places a version, however precisely it is written.
func AgeOf(version string) Age {
	asked, err := semver.NewVersion(version)
	if err != nil {
		return Unreadable
	}
	minor := semver.New(asked.Major(), asked.Minor(), 0, "", "")
	if minor.LessThan(semver.MustParse(kubernetes[0].Version)) {
		return Past
	}
	if minor.GreaterThan(semver.MustParse(kubernetes[len(kubernetes)-1].Version)) {
		return Unknown
	}
	return Listed
}
