package versions

// The tools that operators find on the bastion. What is not here comes from
// Amazon Linux's own repository, which each image locks to one release of it.
// https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades.html
const (
	// Tutor is the release of the Open edX that MongoServer is chosen for; its
	// plugin for micro-frontends has patches of its own. Both are as
	// https://pypi.org/project/tutor and /tutor-mfe list them.
	Tutor    = "22.0.3"
	TutorMFE = "22.1.0"
	// TutorPython is the oldest Python of Amazon Linux with standard support that
	// Tutor 22 runs on: it wants 3.10.
	TutorPython = "3.12"
)

// kubectl is the patch of each minor version that operators get: it may be one
// minor version away from the cluster, and is not.
// https://kubernetes.io/releases/version-skew-policy/#kubectl
//
// A patch is released together with the tag of the same number of the Go module
// k8s.io/kubectl, where these were seen: `go list -m -versions k8s.io/kubectl`.
var kubectl = map[string]string{"1.34": "1.34.13", "1.35": "1.35.10", "1.36": "1.36.6"}

// Kubectl returns the kubectl for a minor version of Kubernetes, or nothing for
// one that is not in the table.
func Kubectl(minor string) string { return kubectl[minor] }
