// Package plan turns settings into a plan: everything that can be decided
// before the run, merged with the preset, checked whole, and printable.
//
// It holds no Pulumi type and no provider SDK, so that every rule is tested in
// milliseconds; it may import the other pure packages under internal.
package plan

import (
	"maps"
	"slices"
	"strings"

	"example.org/openedx/internal/cidr"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
)

// Plan is the platform as decided: concrete values only.
type Plan struct {
	Stack  string        `json:"stack"`
	Cloud  config.Cloud  `json:"cloud"`
	Preset config.Preset `json:"preset"`
	Name   string        `json:"name"`
	Domain string        `json:"domain"`
	Region string        `json:"region"`
	// Protect guards what holds data against deletion; only a disposable stack has it off.
	Protect    bool              `json:"protect"`
	Tags       map[string]string `json:"tags"`
	Network    Network           `json:"network"`
	Cluster    Cluster           `json:"cluster"`
	Stores     Stores            `json:"stores"`
	AddOns     AddOns            `json:"addOns"`
	Edge       Edge              `json:"edge"`
	Monitoring Monitoring        `json:"monitoring"`
	// Learners is how many concurrent ones the platform is meant for, and Capacity what
	// is known about them in place of the capacity model's assumptions.
	Learners  int                `json:"learners"`
	Capacity  map[string]float64 `json:"capacity"`
	Instances []Instance         `json:"instances"`
}

// Network is the network as decided.
type Network struct {
	CIDR string `json:"cidr"`
	// The aggregate block of each tier, for use in security rules.
	Public  string `json:"public"`
	Private string `json:"private"`
	Data    string `json:"data"`
	// Zones are in the order in which they were typed: the cluster lives in the
	// first three for good, so a fourth must be able to come last.
	Zones      []Zone   `json:"zones"`
	NATPerZone bool     `json:"natPerZone"`
	Endpoints  []string `json:"endpoints"`
	// FlowLogTraffic is in the provider's spelling: ALL or REJECT.
	FlowLogTraffic string `json:"flowLogTraffic"`
	FlowLogDays    int    `json:"flowLogDays"`
}

// Zone is one availability zone with its three subnets.
type Zone struct {
	Letter  string `json:"letter"`
	Name    string `json:"name"`
	Public  string `json:"public"`
	Private string `json:"private"`
	Data    string `json:"data"`
}

// Cluster is the Kubernetes cluster as decided.
type Cluster struct {
	Version string `json:"version"`
	// ServiceBlock is where Kubernetes services get their addresses.
	ServiceBlock string `json:"serviceBlock"`
	// PublicAccess is empty when the API is reachable from the network only.
	PublicAccess []string `json:"publicAccess"`
	Admins       []string `json:"admins"`
	Viewers      []string `json:"viewers"`
	LogDays      int      `json:"logDays"`
	Nodes        Nodes    `json:"nodes"`
}

// Instance is one Open edX instance as decided.
type Instance struct {
	Slug string `json:"slug"`
	// Slot is the place of the instance's two Redis databases.
	Slot        int    `json:"slot"`
	LMS         string `json:"lms"`
	Studio      string `json:"studio"`
	Apps        string `json:"apps"`
	Meilisearch string `json:"meilisearch"`
	// Domain is empty where the hosts are under the platform's own, and ZoneID
	// where a zone is made for it.
	Domain string `json:"domain"`
	ZoneID string `json:"zoneId"`
	// Shared says that the hosts are under the domain that cells share.
	Shared bool `json:"shared"`
	// Certificate and CDNCertificate are empty where they are issued.
	Certificate    string `json:"certificate"`
	CDNCertificate string `json:"cdnCertificate"`
	// Contact is the address that the instance's mail is from.
	Contact string `json:"contact"`
	// Weight is how many times the preset's load the instance is built for.
	Weight int `json:"weight"`
	// Learners is how many concurrent ones are expected; 0 where nobody says.
	Learners int `json:"learners"`
	// Pods are in the order of workloads.All.
	Pods  []workloads.Pods `json:"pods"`
	Quota Quota            `json:"quota"`
	// UWSGIWorkers are the processes of an LMS or CMS pod, and CeleryChildren those
	// of a worker.
	UWSGIWorkers   int `json:"uwsgiWorkers"`
	CeleryChildren int `json:"celeryChildren"`
	// SearchGiB is the size of Meilisearch's volume, and DumpGiB that of the one
	// that holds a dump until it is uploaded.
	SearchGiB int `json:"searchGiB"`
	DumpGiB   int `json:"dumpGiB"`
	// DumpSchedule is when the databases are dumped, in UTC and cron's notation.
	DumpSchedule string `json:"dumpSchedule"`
}

// Resolve merges settings with their preset and checks the result. The plan is
// whole only when there are no problems.
func Resolve(settings config.Settings) (Plan, []config.Problem) {
	sizing, sized := SizingOf(settings.Preset)
	if problems := check(settings, sizing, sized); len(problems) > 0 {
		return Plan{}, problems
	}
	network, problem := planNetwork(settings, sizing)
	if problem != nil {
		return Plan{}, []config.Problem{*problem}
	}
	return Plan{
		Stack: settings.Stack, Cloud: settings.Cloud, Preset: settings.Preset,
		Name: settings.Name, Domain: settings.Domain, Region: settings.Region,
		Protect: !settings.Disposable, Tags: filled(settings.Tags),
		Network: network, Cluster: planCluster(settings, sizing),
		Stores: planStores(settings, sizing, network.Zones), Edge: planEdge(settings, sizing),
		AddOns:     planAddOns(settings.AddOns, sizing.AddOnSizing),
		Monitoring: planMonitoring(settings.Monitoring, sizing),
		Learners:   or(settings.Overrides.Learners, sizing.Learners.Max), Capacity: filled(settings.Capacity),
		Instances: planInstances(settings, sizing),
	}, nil
}

// planNetwork merges the network and gives each zone its slot of the lattice.
func planNetwork(settings config.Settings, sizing Sizing) (Network, *config.Problem) {
	block := or(settings.Network.CIDR, defaultCIDR)
	lattice, err := cidr.NewLattice(block)
	if err != nil {
		return Network{}, &config.Problem{Key: keyCIDR, Got: block, Want: err.Error()}
	}
	letters := ZoneLetters(settings.Region)
	wanted := settings.Network.Zones
	if wanted == nil {
		wanted = letters[:min(sizing.Zones, len(letters))]
	}
	inUse := make([]Zone, 0, len(wanted))
	for _, letter := range wanted {
		number := slices.Index(letters, letter)
		if number < 0 {
			continue // without a region, which the reader has missed already
		}
		slot, err := lattice.Slot(number)
		if err != nil {
			return Network{}, &config.Problem{Key: keyZones, Got: letter, Want: err.Error()}
		}
		inUse = append(inUse, Zone{
			Letter: letter, Name: settings.Region + letter,
			Public: slot.Public, Private: slot.Private, Data: slot.Data,
		})
	}
	endpoints := sizing.Endpoints
	if settings.Network.Endpoints != nil {
		endpoints = settings.Network.Endpoints
	}
	traffic := map[config.FlowLogs]string{config.FlowLogsAll: "ALL", config.FlowLogsRejects: "REJECT"}
	tiers := lattice.Tiers()
	return Network{
		CIDR: block, Public: tiers.Public, Private: tiers.Private, Data: tiers.Data, Zones: inUse,
		NATPerZone: or(settings.Network.NAT, sizing.NAT) == config.NATPerZone, Endpoints: sorted(endpoints),
		FlowLogTraffic: traffic[or(settings.Network.FlowLogs, sizing.FlowLogs)],
		FlowLogDays:    or(settings.Network.FlowLogDays, sizing.FlowLogDays),
	}, nil
}

// planCluster merges the cluster.
func planCluster(settings config.Settings, sizing Sizing) Cluster {
	version := or(settings.Cluster.Version, versions.DefaultKubernetes)
	return Cluster{
		Version: version, ServiceBlock: ServiceBlock,
		PublicAccess: sorted(settings.Cluster.PublicAccess),
		Admins:       sorted(settings.Cluster.Admins), Viewers: sorted(settings.Cluster.Viewers),
		LogDays: or(settings.Cluster.LogDays, sizing.ClusterLogDays),
		Nodes:   planNodes(settings, sizing, version),
	}
}

// planInstances lists the instances by slug.
func planInstances(settings config.Settings, sizing Sizing) []Instance {
	instances := make([]Instance, 0, len(settings.Instances))
	for _, slug := range slices.Sorted(maps.Keys(settings.Instances)) {
		instance := instanceOf(slug, settings.Instances[slug])
		if instance.Contact == "" {
			instance.Contact = planMail(settings).From
		}
		instance.Shared = shares(settings, settings.Instances[slug])
		instances = append(instances, instance.sized(settings, sizing))
	}
	return instances
}

// sorted is a list in an order that does not depend on how it was typed, so
// that retyping it changes no resource; empty rather than nil.
func sorted(list []string) []string {
	ordered := append([]string{}, list...)
	slices.SortFunc(ordered, strings.Compare)
	return ordered
}

// filled is a map that is empty rather than nil.
func filled[T any](all map[string]T) map[string]T {
	if all == nil {
		return map[string]T{}
	}
	return maps.Clone(all)
}
