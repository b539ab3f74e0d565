package cost

import "example.org/openedx/internal/addons"

// cluster is the control plane, the nodes with their disks, and the volumes of pods.
func (b *bill) cluster() {
	b.service(entry{
		item: "EKS control plane", price: "eks-hour", quantity: always(hours), resource: "eks:index:Cluster", count: 1,
	})
	nodes := b.plan.Cluster.Nodes
	running := b.usage.Values["node-hours"]
	fewest := number(nodes.Min)
	b.machines("ec2", nodes.Machine, entry{
		item: "Nodes, the fewest", quantity: fewest.times(running), commitment: "ec2", resource: "eks:index:ManagedNodeGroup", count: 1,
	})
	b.machines("ec2", nodes.Machine, entry{
		item: "Nodes beyond, on demand", quantity: Range{High: float64(nodes.Max-nodes.Min-nodes.Spot) * running},
	})
	b.machines("ec2", nodes.Machine, entry{
		item: "Nodes beyond, on spot", quantity: Range{High: float64(nodes.Spot) * running * (1 - b.usage.Values["spot-off"])},
	})
	b.service(entry{
		item: "Disks of nodes", price: b.usage.Volumes,
		quantity: Range{float64(nodes.Min), float64(nodes.Max)}.times(float64(nodes.DiskGiB) * running),
	})
	b.service(entry{item: "Volumes of pods", price: gp3, quantity: b.volumes()})
}

// volumes are those that stay: Meilisearch's, Prometheus' and Alertmanager's. One for
// a nightly dump goes with its pod.
func (b *bill) volumes() Range {
	gib := 0
	for _, instance := range b.plan.Instances {
		gib += instance.SearchGiB
	}
	if b.plan.AddOns.Monitoring {
		gib += b.plan.Monitoring.Replicas * (b.plan.Monitoring.VolumeGiB + addons.AlertsGiB)
	}
	return number(gib)
}
