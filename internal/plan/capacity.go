package plan

import (
	"slices"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
)

// The settings that give a platform more of something.
const (
	KeyLearners      = keyLearners
	KeyNodes         = keyMax
	KeyMySQLMachine  = keyMySQLMachine
	KeyMySQLCapacity = keyMySQLMaxCapacity
	KeyMongoMachine  = keyMongoMachine
	KeyCacheMachine  = keyCacheMachine
)

// The most that can be written for them.
const (
	MostNodes    = mostNodes
	MostPods     = mostPods
	MostWeight   = heaviest
	MostCapacity = mostCapacity
	MostLearners = mostLearners
)

// KeyWeight is the setting of an instance's weight.
func KeyWeight(slug string) string { return weightKey(slug) }

// KeyPods is the setting of the most pods of a workload, or nothing where there can
// only be one.
func KeyPods(workload string) string {
	rows := podRows(PodSizing{}, config.PodsOverride{})
	at := slices.IndexFunc(rows, func(r podRow) bool { return r.workload == workload })
	if at < 0 || rows[at].key == "" {
		return ""
	}
	return rows[at].keyOf("max")
}

// Connections is how many connections a Serverless v2 of so much capacity lets in.
func Connections(capacity int) int { return machines.Connections(float64(capacity * gibPerACU)) }
