package simulation

import (
	"fmt"
	"slices"
	"strings"

	"example.org/openedx/internal/schedule"
)

// rule says what kinds of resources may never keep which others waiting.
type rule struct {
	what    string
	waiting func(Resource) bool
	never   []string
}

// Types that take long, and that the cluster can do without.
var (
	certificates  = []string{"aws:acm/certificate:Certificate", "aws:acm/certificateValidation:CertificateValidation"}
	distributions = []string{"aws:cloudfront/distribution:Distribution"}
	databases     = []string{
		"aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance", "aws:ec2/instance:Instance",
		"aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/cluster:Cluster",
		"aws:opensearch/domain:Domain", "mongodbatlas:index/advancedCluster:AdvancedCluster",
	}
)

var rules = []rule{
	{
		"the cluster's nodes and add-ons", func(r Resource) bool {
			return slices.Contains([]string{clusterType, nodesType, "aws:eks/addon:Addon", "kubernetes:helm.sh/v3:Release"}, r.Type)
		}, slices.Concat(certificates, distributions, databases),
	},
	{
		"a data store", func(r Resource) bool { return slices.Contains(storeTypes, r.Type) },
		slices.Concat(certificates, distributions),
	},
	{
		"what is in the cluster", func(r Resource) bool { return strings.HasPrefix(r.Type, "kubernetes:") },
		slices.Concat(certificates, distributions),
	},
}

// HeldUp tells what the program makes wait for something that may not hold it up, one
// sentence for each resource that waits.
func HeldUp(state []Resource) ([]string, error) {
	tasks, _, err := Deployment(state)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, r := range state {
		types[r.URN] = r.Type
	}
	var all []string
	for _, r := range state {
		if reason := heldUp(r, schedule.Before(tasks, r.URN), types); reason != "" {
			all = append(all, reason)
		}
	}
	slices.SortFunc(all, strings.Compare)
	return all, nil
}

// heldUp finds the first of what a resource waits for that may not hold it up.
func heldUp(r Resource, before []string, types map[string]string) string {
	for _, rule := range rules {
		if !rule.waiting(r) {
			continue
		}
		for _, urn := range before {
			if slices.Contains(rule.never, types[urn]) {
				return fmt.Sprintf("%s: %s waits for %s", rule.what, r.Name(), nameOf(urn))
			}
		}
	}
	return ""
}
