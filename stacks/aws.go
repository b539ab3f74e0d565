package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
)

// clusterZones is how many zones the cluster's control plane and system nodes
// are in. A zone added later is for nodes that come on demand and for stores:
// EKS takes a control plane into no further zone, and a node group whose subnets
// change is replaced.
const clusterZones = 3

// deployAWS wires the components of a platform on AWS.
func deployAWS(ctx *pulumi.Context, p plan.Plan) (*platform.Platform, error) {
	account, err := aws.CurrentAccount(ctx, p.Region)
	if err != nil {
		return nil, fmt.Errorf("aws account: %w", err)
	}
	var (
		marks     = tags.New(p.Stack, p.Tags)
		cluster   = aws.ClusterName(p.Stack, p.Name+"-cluster")
		flowLogs  = aws.FlowLogGroup(p.Stack, p.Name+"-network")
		auditLogs = aws.ClusterLogGroup(cluster)
	)
	keys, err := aws.NewKeys(ctx, p.Name+"-keys", &aws.KeysArgs{
		Account: account, LogGroups: []string{flowLogs, auditLogs}, Protect: p.Protect, Tags: marks,
	})
	if err != nil {
		return nil, err
	}
	network, err := aws.NewNetwork(ctx, p.Name+"-network", &aws.NetworkArgs{
		Account: account, CIDR: p.Network.CIDR, Zones: awsZones(p.Network.Zones),
		NATPerZone: p.Network.NATPerZone, Endpoints: p.Network.Endpoints,
		FlowLogs: aws.FlowLogs{
			LogGroup: flowLogs, Traffic: p.Network.FlowLogTraffic, Days: p.Network.FlowLogDays, Key: keys.Logs,
		},
		ClusterName: cluster, Tags: marks,
	})
	if err != nil {
		return nil, err
	}
	pinned, ok := versions.FindKubernetes(p.Cluster.Version)
	if !ok {
		return nil, fmt.Errorf("kubernetes %q has no pinned add-ons", p.Cluster.Version)
	}
	nodes := p.Cluster.Nodes
	kubernetes, err := aws.NewCluster(ctx, p.Name+"-cluster", &aws.ClusterArgs{
		Account: account, Name: cluster, Version: pinned.Version, AddOns: pinned.AddOns,
		VPC: network.ID, ServiceBlock: p.Cluster.ServiceBlock,
		Subnets:      network.Private[:min(clusterZones, len(network.Private))],
		PublicAccess: p.Cluster.PublicAccess, Admins: p.Cluster.Admins, Viewers: p.Cluster.Viewers,
		Logs: aws.ClusterLogs{Days: p.Cluster.LogDays, Key: keys.Logs}, SecretsKey: keys.Secrets,
		Nodes: aws.Nodes{Machine: nodes.Machine, Min: nodes.Min, Max: nodes.Max, DiskGiB: nodes.DiskGiB},
		Tags:  marks,
	})
	if err != nil {
		return nil, err
	}
	return &platform.Platform{
		Name: p.Name, Domain: p.Domain, Region: p.Region, Network: network.Network, Cluster: kubernetes.Cluster,
	}, nil
}

// awsZones are the plan's zones as the network component takes them.
func awsZones(zones []plan.Zone) []aws.Zone {
	converted := make([]aws.Zone, len(zones))
	for i, zone := range zones {
		converted[i] = aws.Zone(zone)
	}
	return converted
}
