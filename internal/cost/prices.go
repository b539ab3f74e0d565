package cost

import (
	"embed"
	"fmt"
	"path"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed prices/*.yaml
var folder embed.FS

// home is the region whose prices are all known.
const home = "us-east-1"

// Source is where prices are from.
type Source struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	// Seen is the day it was read, and Of the day its figures are of where it says so.
	Seen string `json:"seen"`
	Of   string `json:"of"`
}

// servicePrice is what is billed by the hour, the GB or the piece.
type servicePrice struct {
	USD     float64                `json:"usd"`
	Unit    string                 `json:"unit"`
	Source  string                 `json:"source"`
	Global  bool                   `json:"global"`
	Regions map[string]regionPrice `json:"regions"`
}

// regionPrice is a price that was seen in one region.
type regionPrice struct {
	USD    float64 `json:"usd"`
	Source string  `json:"source"`
}

// machinePrices are one service's machines in one region, by family and size.
type machinePrices struct {
	Service string                        `json:"service"`
	Prefix  string                        `json:"prefix"`
	Suffix  string                        `json:"suffix"`
	Region  string                        `json:"region"`
	Source  string                        `json:"source"`
	Prices  map[string]map[string]float64 `json:"prices"`
}

// factors is how much dearer regions are.
type factors struct {
	Source  string             `json:"source"`
	Factors map[string]float64 `json:"factors"`
}

// commitment is what is taken off for a year's commitment.
type commitment struct {
	Discount float64 `json:"discount"`
	Source   string  `json:"source"`
	Name     string  `json:"name"`
}

// table holds every price.
type table struct {
	sources     map[string]Source
	services    map[string]servicePrice
	machines    []machinePrices
	byMachine   map[machine]float64
	regions     factors
	commitments map[string]commitment
	usage       map[string]Assumption
}

// machine is one kind of machine in one region.
type machine struct{ service, region, name string }

// prices reads the table once.
var prices = sync.OnceValues(func() (*table, error) {
	t := &table{byMachine: map[machine]float64{}}
	for name, into := range map[string]any{
		"sources": &t.sources, "services": &t.services, "machines": &t.machines,
		"regions": &t.regions, "commitments": &t.commitments, "usage": &t.usage,
	} {
		text, err := folder.ReadFile(path.Join("prices", name+".yaml"))
		if err != nil {
			return nil, fmt.Errorf("prices %q: %w", name, err)
		}
		if err := yaml.UnmarshalStrict(text, into); err != nil {
			return nil, fmt.Errorf("prices %q: %w", name, err)
		}
	}
	for _, list := range t.machines {
		for family, sizes := range list.Prices {
			for size, usd := range sizes {
				t.byMachine[machine{list.Service, list.Region, list.Prefix + family + "." + size + list.Suffix}] = usd
			}
		}
	}
	return t, nil
})

// Sources returns where the prices are from, by key.
func Sources() (map[string]Source, error) {
	t, err := prices()
	if err != nil {
		return nil, err
	}
	return t.sources, nil
}

// found is a price as a region has it.
type found struct {
	usd float64
	// derived tells that it is another region's, by the region's factor.
	derived bool
}

// service finds the price of a service; a name that is not in the table is a slip.
func (t *table) service(name, region string) (found, error) {
	price, ok := t.services[name]
	if !ok {
		return found{}, fmt.Errorf("service %q has no price", name)
	}
	if there, ok := price.Regions[region]; ok {
		return found{usd: there.USD}, nil
	}
	if price.Global || region == home {
		return found{usd: price.USD}, nil
	}
	return found{price.USD * t.factor(region), true}, nil
}

// machine finds the price of a machine an hour, if any is known.
func (t *table) machine(service, name, region string) (found, bool) {
	if usd, ok := t.byMachine[machine{service, region, name}]; ok {
		return found{usd: usd}, true
	}
	usd, ok := t.byMachine[machine{service, home, name}]
	return found{usd * t.factor(region), true}, ok
}

// factor is how much dearer a region is than the one whose prices are known, and 1
// where nobody knows: the estimate then says that it is in another region's prices.
func (t *table) factor(region string) float64 {
	if factor, ok := t.regions.Factors[region]; ok {
		return factor
	}
	return 1
}
