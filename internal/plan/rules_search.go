package plan

import (
	"fmt"
	"strconv"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/versions"
)

const (
	keySearch        = "openedx:overrides.search"
	keyIndexVolume   = "openedx:overrides.meilisearch.volumeGiB"
	keySearchVersion = "openedx:search.version"
	keySearchMachine = "openedx:overrides.search.machine"
	keySearchNodes   = "openedx:overrides.search.nodes"
	keySearchMasters = "openedx:overrides.search.masters"
	keySearchStorage = "openedx:overrides.search.storageGiB"
)

const (
	// searchZones is how many zones a domain with three nodes or more is in.
	searchZones = 3
	// dedicatedMasters keep a majority when one is lost:
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-dedicatedmasternodes.html.
	dedicatedMasters = 3
	// mostSearchNodes is the quota of data nodes of a domain, 80, less what would
	// not spread evenly:
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html.
	mostSearchNodes = 78
	// smallestSearch is the least a gp3 volume of a domain may be, in GiB; the same page.
	smallestSearch = 10
	// smallestIndex holds the texts of some courses, twice.
	smallestIndex = 5
)

// searching tells whether there is an OpenSearch domain.
func (c *checker) searching() bool { return or(c.settings.Search.Enabled, c.sizing.SearchEnabled) }

// searchVersion wants a version that OpenSearch Service has.
func (c *checker) searchVersion() {
	c.oneOf(keySearchVersion, c.settings.Search.Version, versions.Search(), "OpenSearch version", versions.DefaultSearch)
}

// searchMachine wants a data node's instance type, if there are data nodes.
func (c *checker) searchMachine() {
	override := c.settings.Overrides.Search
	if c.sized && !c.searching() {
		written := override.Machine != nil || override.Nodes != nil || override.Masters != nil || override.StorageGiB != nil
		c.without(keySearch, written, "there is no OpenSearch unless openedx:search.enabled is true")
		return
	}
	c.storeMachine(keySearchMachine, override.Machine, machines.Search, c.sizing.Search)
}

// searchNodes wants as many nodes in each zone.
func (c *checker) searchNodes() {
	if c.sized && !c.searching() {
		return
	}
	override := c.settings.Overrides.Search
	c.inRange(keySearchNodes, override.Nodes, 2, mostSearchNodes, "nodes")
	if n := or(override.Nodes, searchZones); n > searchZones && n <= mostSearchNodes && n%searchZones != 0 {
		c.refuseFor(keySearchNodes, fmt.Sprint(n), fmt.Sprintf("does not spread evenly over %d zones; 2 or a multiple of %d is wanted",
			searchZones, searchZones), fmt.Sprint(n-n%searchZones))
	}
	if masters := or(override.Masters, 0); masters != 0 && masters != dedicatedMasters {
		c.refuseFor(keySearchMasters, fmt.Sprint(masters), fmt.Sprintf("keeps no majority when one is lost, or is more than it takes; 0 or %d are wanted",
			dedicatedMasters), fmt.Sprint(dedicatedMasters))
	}
}

// searchStorage wants a volume that the instance type takes, or an instance type that
// takes the volume: one that is deployed cannot become smaller.
func (c *checker) searchStorage() {
	override := c.settings.Overrides.Search
	name := or(override.Machine, c.sizing.Search.AWS)
	machine, known := machines.Find(machines.Search, name)
	if !known || (c.sized && !c.searching()) {
		return
	}
	storage := or(override.StorageGiB, 0)
	if larger := searchMachineFor(storage); storage > machine.StorageGiB && larger != "" {
		c.refuse(keySearchStorage, strconv.Itoa(storage), fmt.Sprintf("is more than the %d GiB that %s takes; a larger machine is wanted, such as %s",
			machine.StorageGiB, name, larger), config.SetCommand(c.settings.Stack, keySearchMachine, larger))
		return
	}
	c.inRange(keySearchStorage, override.StorageGiB, smallestSearch, machine.StorageGiB, "GiB for this machine")
}

// searchMachineFor is the machine of the smallest preset that takes a volume, if any does.
func searchMachineFor(storageGiB int) string {
	for _, preset := range config.Presets() {
		sizing, _ := SizingOf(preset)
		if machine, _ := machines.Find(machines.Search, sizing.Search.AWS); machine.StorageGiB >= storageGiB {
			return sizing.Search.AWS
		}
	}
	return ""
}

// indexVolume wants a volume for Meilisearch that EBS offers.
func (c *checker) indexVolume() {
	c.inRange(keyIndexVolume, c.settings.Overrides.Meilisearch.VolumeGiB, smallestIndex, largestDisk, "GiB")
}
