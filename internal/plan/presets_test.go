package plan_test

import (
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
)

// outline is what each preset is for, and the least that it takes.
var outline = map[config.Preset]struct {
	learners, population plan.Range
	fewest, most         [2]int // between which the fewest and the most nodes are
	readers              [2]int // and MySQL's readers
	apart                bool   // whether queues and cache, and data nodes and masters, are apart
	steady               bool   // whether no store is slowed down by credits
}{
	config.Small:  {plan.Range{Min: 100, Max: 200}, plan.Range{Min: 1000, Max: 3000}, [2]int{3, 3}, [2]int{4, 6}, [2]int{0, 0}, false, false},
	config.Medium: {plan.Range{Min: 1000, Max: 2000}, plan.Range{Min: 10000, Max: 30000}, [2]int{5, 5}, [2]int{30, 30}, [2]int{1, 1}, false, true},
	config.Large:  {plan.Range{Min: 5000, Max: 10000}, plan.Range{Min: 50000, Max: 100000}, [2]int{10, 10}, [2]int{100, 100}, [2]int{2, 5}, true, true},
}

func TestEachPresetIsWhatItIsMeantToBe(t *testing.T) {
	between := func(got int, bounds [2]int) bool { return got >= bounds[0] && got <= bounds[1] }
	for preset, want := range outline {
		s, _ := plan.SizingOf(preset)
		for what, holds := range map[string]bool{
			"learners":                       s.Learners == want.learners && s.Population == want.population,
			"the fewest nodes":               between(s.NodesMin, want.fewest),
			"the most nodes":                 between(s.NodesMax, want.most),
			"MySQL's readers":                between(s.MySQLReaders, want.readers),
			"members of MongoDB, 3 or 5":     s.MongoMembers == 3 || s.MongoMembers == 5,
			"a Redis that fails over":        s.CacheNodes >= 2 && s.BrokerNodes >= 2,
			"queues apart from the cache":    s.CacheSplit == want.apart,
			"masters apart from data":        (s.SearchMasters == 3) == want.apart,
			"an OpenSearch in all its zones": s.SearchNodes >= 2 && (!s.SearchEnabled || s.SearchNodes >= 3),
		} {
			if !holds {
				t.Errorf("%s has not %s: %+v", preset, what, s)
			}
		}
	}
}

func TestFromMediumOnNoStoreIsSlowedDownByCredits(t *testing.T) {
	for preset, want := range outline {
		s, _ := plan.SizingOf(preset)
		for kind, machine := range map[machines.Kind]plan.Machine{
			machines.MySQL: s.MySQL, machines.Mongo: s.Mongo, machines.Cache: s.Cache, machines.Search: s.Search,
		} {
			if has, _ := machines.Find(kind, machine.AWS); want.steady && has.Burstable {
				t.Errorf("%s has %s", preset, machine.AWS)
			}
		}
	}
}

func TestMongoDBHasTwiceTheMemoryInEachLargerPreset(t *testing.T) {
	presets := config.Presets()
	for i := 1; i < len(presets); i++ {
		before, _ := plan.SizingOf(presets[i-1])
		after, _ := plan.SizingOf(presets[i])
		was, _ := machines.Find(machines.Mongo, before.Mongo.AWS)
		is, _ := machines.Find(machines.Mongo, after.Mongo.AWS)
		if is.MemoryGiB < 2*was.MemoryGiB || after.MongoVolumeGiB < 2*before.MongoVolumeGiB {
			t.Errorf("%s has %v GiB and a volume of %d, %s had %v and %d", presets[i], is.MemoryGiB, after.MongoVolumeGiB, presets[i-1], was.MemoryGiB, before.MongoVolumeGiB)
		}
	}
}
