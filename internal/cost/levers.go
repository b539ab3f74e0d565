package cost

import (
	"maps"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
)

// Lever is something that makes a platform cheaper, or dearer, by choice.
type Lever struct {
	// Name says what is changed, and Key which setting changes it; Caution is what it costs otherwise.
	Name, Key, Caution string
	// pull changes plan and usage, and tells whether there was anything to change.
	pull func(*plan.Plan, *Usage) bool
}

// Saving is what a lever saves of a platform, in US dollars a month; less than
// nothing where it costs more.
type Saving struct {
	Lever
	Low, High float64
}

// Shares and hours that levers take.
const (
	spotShare = 2 // one in how many of the nodes beyond the fewest: Celery's workers
	// officeShare are the hours from Monday to Friday, twelve each, of a week's.
	officeShare = 12.0 * 5 / (24 * 7)
	coldDays    = 30
)

// levers lists them in the order in which they are shown.
func levers() []Lever {
	return []Lever{
		{
			"Half of the nodes beyond the fewest on spot", "openedx:overrides.nodes.spot",
			"Only Celery's workers go there, and an interrupted one begins its task anew.", pullSpot,
		},
		{
			"Nodes with AMD's processors (m6a)", "openedx:overrides.nodes.machine",
			"Not sold in every region. Where it is, nodes beyond the fewest are of it already.", onFamily("m6a"),
		},
		{
			"Nodes with Graviton (m7g)", "openedx:overrides.nodes.machine",
			"Refused so far: it takes images of Open edX for Arm.", onFamily("m7g"),
		},
		{
			"One NAT gateway", "openedx:network.nat",
			"Without its zone there is no way out of the others either.", pullNAT,
		},
		{
			"No interface endpoints", "openedx:network.endpoints",
			"AWS's APIs are called through NAT: by their public names, within AWS's network.", pullEndpoints,
		},
		{
			"All interface endpoints", "openedx:network.endpoints",
			"For a network whose calls of AWS's APIs may not pass a NAT gateway.", pushEndpoints,
		},
		{
			"Volumes of the older kind (gp2)", "none: gp3 everywhere",
			"Slower until they are large, too.", pullVolumes,
		},
		{
			"Uploads in cheaper storage after 30 days", "openedx:storage.coldDays",
			"A fee for each object, which pays with large files.", pullCold,
		},
		{
			"MySQL's storage I/O-Optimized", "none: Aurora Standard",
			"Pays where operations are more than a quarter of MySQL's bill.", pullOptimized,
		},
		{
			"Redis OSS in place of Valkey", "openedx:cache.engine",
			"There is no way back to it either.", pullRedis,
		},
		{
			"No OpenSearch", "openedx:search.enabled",
			"Course discovery and older plugins need it; Open edX itself searches in Meilisearch.", pullSearch,
		},
		{
			"Nodes, MySQL and MongoDB from Monday to Friday, 12 hours", "none: a schedule of your own",
			"For platforms that nobody learns on. Each Aurora that is stopped starts again after a week.", pullOffice,
		},
	}
}

// commitments are no change of the plan, only of how it is paid.
var commitments = Lever{
	Name: "Commitments of one year", Key: "none: bought in the account",
	Caution: "Paid whether used or not. They cover what runs all the time.",
}

// EveryLever lists all levers, also those that a platform has pulled.
func EveryLever() []Lever { return append(levers(), commitments) }

// Levers tells what each lever saves; those that a platform has pulled already are
// not among them.
func Levers(p plan.Plan, usage Usage) ([]Saving, error) {
	before, err := With(p, usage)
	if err != nil {
		return nil, err
	}
	var all []Saving
	for _, lever := range levers() {
		changed, used := p, usage
		if !lever.pull(&changed, &used) {
			continue
		}
		after, err := With(changed, used)
		if err != nil {
			return nil, err
		}
		all = append(all, Saving{Lever: lever, Low: before.Low() - after.Low(), High: before.High() - after.High()})
	}
	committed := before.Committed()
	return append(all, Saving{
		Lever: commitments, Low: before.Low() - committed.Low(), High: before.High() - committed.High(),
	}), nil
}

func pullSpot(p *plan.Plan, _ *Usage) bool {
	before, nodes := p.Cluster.Nodes.Spot, &p.Cluster.Nodes
	nodes.Spot = max(before, (nodes.Max-nodes.Min)/spotShare)
	return nodes.Spot > before
}

// onFamily puts the nodes on as large a machine of another family.
func onFamily(family string) func(*plan.Plan, *Usage) bool {
	return func(p *plan.Plan, _ *Usage) bool {
		before, size, _ := strings.Cut(p.Cluster.Nodes.Machine, ".")
		p.Cluster.Nodes.Machine = family + "." + size
		return before != family
	}
}

func pullNAT(p *plan.Plan, _ *Usage) bool {
	before := p.Network.NATPerZone
	p.Network.NATPerZone = false
	return before
}

func pullEndpoints(p *plan.Plan, _ *Usage) bool {
	before := len(p.Network.Endpoints)
	p.Network.Endpoints = nil
	return before > 0
}

func pushEndpoints(p *plan.Plan, _ *Usage) bool {
	most, _ := plan.SizingOf(config.Large)
	before := len(p.Network.Endpoints)
	p.Network.Endpoints = most.Endpoints
	return before < len(most.Endpoints)
}

func pullVolumes(_ *plan.Plan, usage *Usage) bool {
	before := usage.Volumes
	usage.Volumes = gp2
	return before != gp2
}

func pullCold(p *plan.Plan, _ *Usage) bool {
	before := p.Edge.Storage.ColdDays
	p.Edge.Storage.ColdDays = coldDays
	return before == 0
}

func pullOptimized(_ *plan.Plan, usage *Usage) bool {
	before := usage.Optimized
	usage.Optimized = true
	return !before
}

func pullRedis(p *plan.Plan, _ *Usage) bool {
	before := p.Stores.Redis.Engine
	p.Stores.Redis.Engine = redis.RedisOSS
	return before != p.Stores.Redis.Engine
}

func pullSearch(p *plan.Plan, _ *Usage) bool {
	before := p.Stores.Search.Nodes
	p.Stores.Search = plan.Search{}
	return before > 0
}

func pullOffice(_ *plan.Plan, usage *Usage) bool {
	usage.Values = maps.Clone(usage.Values)
	usage.Values["node-hours"] *= officeShare
	return true
}
