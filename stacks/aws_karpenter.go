package stacks

import (
	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
)

// nodeAddOns are what makes nodes beyond those that are always there.
func (b *onAWS) nodeAddOns() ([]platform.AddOn, error) {
	n := b.plan.Cluster.Nodes
	quiet := make([]aws.QuietHours, len(n.Quiet))
	for i, hours := range n.Quiet {
		quiet[i] = aws.QuietHours(hours)
	}
	karpenter, err := aws.NewKarpenter(b.Context, b.name("karpenter"), &aws.KarpenterArgs{
		Account: b.account, Cluster: b.names.cluster, ClusterName: b.cluster.Name,
		VPC: b.network.ID, Subnets: home(b.network.Private), ClusterGroup: b.cluster.SecurityGroup, DataKey: b.keys.Data,
		Image: n.Image, Machines: n.Machines, DiskGiB: n.DiskGiB, CPUs: n.CPUs, Pods: n.Pods, IdleMinutes: n.IdleMinutes,
		Quiet: quiet, Pools: aws.NodePools(n.Pools(b.plan.AddOns.CodeJail)), Tags: b.tags,
	})
	if err != nil {
		return nil, err
	}
	return karpenter.AddOns, nil
}
