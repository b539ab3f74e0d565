package plan

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/openedx/internal/config"
)

// Machine names one size on every cloud, so that parity is read on one line.
type Machine struct{ AWS, Azure string }

// On returns the machine's name on a cloud, or nothing where it has none.
func (m Machine) On(cloud config.Cloud) string {
	return map[config.Cloud]string{config.AWS: m.AWS, config.Azure: m.Azure}[cloud]
}

// Range is from the fewest to the most of something.
type Range struct{ Min, Max int }

// String is the range as the docs show it.
func (r Range) String() string {
	return message.NewPrinter(language.English).Sprintf("%d to %d", r.Min, r.Max)
}

// Sizing is one row of the sizing table: every decision that a preset makes.
//
// The tags are the source of docs/sizing.md: row names the decision, why gives
// its reason, key is the setting that overrides it, which docs/config.md shows
// with the preset's value as its default. Where none is a decision, optional says so.
type Sizing struct {
	Learners   Range `row:"Concurrent learners" why:"What the preset is built for, all instances together; what that takes is shown below. openedx:overrides.learners changes what the learners of instances are compared with, and no size."`
	Population Range `row:"Student population" why:"About a tenth of a population is online at the busiest hour."`

	Zones       int             `row:"Availability zones" why:"The database replica set and the cluster's own quorum survive the loss of one zone only if there are three."`
	NAT         config.NAT      `row:"NAT gateways" key:"openedx:network.nat" why:"A NAT gateway costs about as much as a small machine. A small platform can be without outgoing traffic for as long as the loss of one zone lasts; the others cannot."`
	Endpoints   []string        `row:"Interface endpoints" key:"openedx:network.endpoints" why:"Each is billed per zone and hour, so that all of them cost as much as a machine. Through NAT the same calls cost a few dollars and stay within AWS's network too; images come through S3's endpoint, which is free. In large they are a hundredth of the bill, and nodes reach images, logs and secrets also without NAT."`
	FlowLogs    config.FlowLogs `row:"Flow logs record" key:"openedx:network.flowLogs" why:"Rejected traffic answers most questions at a fraction of the volume; an investigation of a larger site needs all of it."`
	FlowLogDays int             `row:"Flow logs kept, days" key:"openedx:network.flowLogDays" why:"Long enough to look back over a course run's exam weeks in the larger presets."`

	ClusterLogDays int     `row:"Control plane logs kept, days" key:"openedx:cluster.logDays" why:"The audit log is the record of who changed what; large sites are asked for a year of it."`
	Nodes          Machine `row:"Node" key:"openedx:overrides.nodes.machine" why:"One vCPU to 4 GiB fits Open edX, whose web workers take about 2 GiB for each pod. Larger nodes mean fewer copies of what runs on every node."`
	NodesMin       int     `row:"Nodes, fewest" key:"openedx:overrides.nodes.min" why:"Always there and never spot. One in each zone at least; the platform's own services and one busy instance fit."`
	NodesMax       int     `row:"Nodes, most" key:"openedx:overrides.nodes.max" why:"A limit on growth and so on the bill. Those beyond the fewest come when pods find no room, and go when they are not needed."`
	NodesSpot      int     `row:"Of these on spot, most" key:"openedx:overrides.nodes.spot" optional:"true" why:"A worker that is interrupted loses the task it is at, and a grade report of a large course takes longer than the two minutes of notice. Worth it where workers mostly send mail."`
	NodesCodeJail  int     `row:"Of these for the code jail, most" why:"Where the code jail is on, what learners write runs on nodes of its own, away from everybody's data. Each answers in a second or so."`
	NodeIdle       int     `row:"Minutes until a node that is not needed goes" why:"A new one takes minutes until it has its images, so one lull is no reason. In the smallest platform a node more is a third of the bill."`
	NodeDiskGiB    int     `row:"Node disk, GiB" key:"openedx:overrides.nodes.diskGiB" why:"Open edX images are about 2 GB each, several releases stay cached, and logs wait there to be shipped."`

	StoreSizing
	EdgeSizing
	AddOnSizing
	PodSizing
	MonitoringSizing
}

// awsEndpoints is what a large platform reaches without NAT: images,
// credentials, logs, secrets, the cloud's own controllers, and sessions on
// machines that have no other door.
var awsEndpoints = []string{
	"ecr.api", "ecr.dkr", "sts", "logs", "secretsmanager", "eks-auth",
	"ec2", "elasticloadbalancing", "ssm", "ssmmessages", "ec2messages",
}

// presets is the sizing table.
var presets = map[config.Preset]Sizing{
	config.Small: {
		Learners: Range{100, 200}, Population: Range{1000, 3000},
		Zones: 3, NAT: config.NATSingle, Endpoints: []string{}, FlowLogs: config.FlowLogsRejects, FlowLogDays: 14,
		ClusterLogDays: 30,
		Nodes:          Machine{"m6i.xlarge", "Standard_D4s_v5"}, NodesMin: 3, NodesMax: 5, NodesCodeJail: 1, NodeIdle: 5, NodeDiskGiB: 100,
		StoreSizing: smallStores, EdgeSizing: smallEdge, AddOnSizing: smallAddOns, PodSizing: smallPods, MonitoringSizing: smallMonitoring,
	},
	config.Medium: {
		Learners: Range{1000, 2000}, Population: Range{10000, 30000},
		Zones: 3, NAT: config.NATPerZone, Endpoints: []string{}, FlowLogs: config.FlowLogsAll, FlowLogDays: 30,
		ClusterLogDays: 90,
		Nodes:          Machine{"m6i.2xlarge", "Standard_D8s_v5"}, NodesMin: 5, NodesMax: 30, NodesCodeJail: 2, NodeIdle: 10, NodeDiskGiB: 100,
		StoreSizing: mediumStores, EdgeSizing: mediumEdge, AddOnSizing: mediumAddOns, PodSizing: mediumPods, MonitoringSizing: mediumMonitoring,
	},
	config.Large: {
		Learners: Range{5000, 10000}, Population: Range{50000, 100000},
		Zones: 3, NAT: config.NATPerZone, Endpoints: awsEndpoints, FlowLogs: config.FlowLogsAll, FlowLogDays: 90,
		ClusterLogDays: 365,
		Nodes:          Machine{"m6i.4xlarge", "Standard_D16s_v5"}, NodesMin: 10, NodesMax: 100, NodesCodeJail: 4, NodeIdle: 10, NodeDiskGiB: 200,
		StoreSizing: largeStores, EdgeSizing: largeEdge, AddOnSizing: largeAddOns, PodSizing: largePods, MonitoringSizing: largeMonitoring,
	},
}

// SizingOf returns a preset's row of the sizing table.
func SizingOf(preset config.Preset) (Sizing, bool) {
	sizing, ok := presets[preset]
	return sizing, ok
}
