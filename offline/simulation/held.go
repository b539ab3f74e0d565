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
		"a Job that makes accounts", func(r Resource) bool { return r.Type == "kubernetes:batch/v1:Job" },
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
		for _, rule := range rules {
			if !rule.waiting(r) {
				continue
			}
			for _, urn := range schedule.Before(tasks, r.URN) {
				if slices.Contains(rule.never, types[urn]) {
					all = append(all, fmt.Sprintf("%s: %s waits for %s", rule.what, r.Name(), nameOf(urn)))
					break
				}
			}
		}
	}
	slices.SortFunc(all, strings.Compare)
	return all, nil
}
