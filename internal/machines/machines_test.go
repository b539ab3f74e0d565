package machines_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/machines"
)

// forms is how AWS spells the machines of each kind.
var forms = map[machines.Kind]*regexp.Regexp{
	machines.MySQL:   regexp.MustCompile(`^db\.[a-z][0-9]g\.(medium|[0-9]*x?large)$`),
	machines.Mongo:   regexp.MustCompile(`^[a-z][0-9]g\.(medium|[0-9]*x?large)$`),
	machines.Cache:   regexp.MustCompile(`^cache\.[a-z][0-9]g\.(small|medium|[0-9]*x?large)$`),
	machines.Search:  regexp.MustCompile(`^([a-z][0-9]g|t3)\.(small|medium|[0-9]*x?large)\.search$`),
	machines.Bastion: regexp.MustCompile(`^[a-z][0-9]g\.(micro|small|medium|large)$`),
}

// find is machines.Find for a machine that there is.
func find(t *testing.T, kind machines.Kind, name string) machines.Machine {
	t.Helper()
	machine, known := machines.Find(kind, name)
	if !known {
		t.Fatalf("%s is not found", name)
	}
	return machine
}

func TestEveryNameIsSpelledAsAWSDoes(t *testing.T) {
	for kind, form := range forms {
		if len(machines.Names(kind)) == 0 {
			t.Errorf("%s has no machines", kind)
		}
		for _, name := range machines.Names(kind) {
			if !form.MatchString(name) {
				t.Errorf("%s: %s", kind, name)
			}
		}
	}
}

func TestEveryMachineHasWhatItsStoreAsksFor(t *testing.T) {
	for kind := range forms {
		for _, name := range machines.Names(kind) {
			has := find(t, kind, name)
			if has.MemoryGiB <= 0 || (kind == machines.MySQL) != (has.Connections > 0) || (kind == machines.Search) != (has.StorageGiB > 0) {
				t.Errorf("%s: %+v", name, has)
			}
			if has.Burstable != strings.HasPrefix(machines.Family(name), "t") {
				t.Errorf("%s is burstable: %t", name, has.Burstable)
			}
		}
	}
}

func TestALargerMachineOfAFamilyHasNoLessOfAnything(t *testing.T) {
	sizes := []string{"micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"}
	sizeOf := func(name string) int {
		return slices.IndexFunc(sizes, func(size string) bool { return strings.Contains(name+".", "."+size+".") })
	}
	for kind := range forms {
		for _, a := range machines.Names(kind) {
			for _, b := range machines.Names(kind) {
				if machines.Family(a) != machines.Family(b) || sizeOf(a) >= sizeOf(b) {
					continue
				}
				less, more := find(t, kind, a), find(t, kind, b)
				if less.MemoryGiB >= more.MemoryGiB || less.Connections > more.Connections || less.StorageGiB > more.StorageGiB {
					t.Errorf("%s %+v, %s %+v", a, less, b, more)
				}
			}
		}
	}
}

func TestNamesBeginWithTheLeastMemory(t *testing.T) {
	for kind, first := range map[machines.Kind]string{
		machines.MySQL: "db.t4g.medium", machines.Mongo: "t4g.medium", machines.Cache: "cache.t4g.small", machines.Search: "t3.small.search",
	} {
		names := machines.Names(kind)
		if names[0] != first {
			t.Errorf("%s: %s is first, want %s", kind, names[0], first)
		}
		for i := 1; i < len(names); i++ {
			before, after := find(t, kind, names[i-1]), find(t, kind, names[i])
			if before.MemoryGiB > after.MemoryGiB || (before.MemoryGiB == after.MemoryGiB && names[i-1] >= names[i]) {
				t.Errorf("%s: %s is before %s", kind, names[i-1], names[i])
			}
		}
	}
}

func TestFamiliesAreListedOnceAndInOrder(t *testing.T) {
	for kind, want := range map[machines.Kind][]string{
		machines.MySQL: {"r6g", "r7g", "r8g", "t4g"}, machines.Mongo: {"m6g", "m7g", "m8g", "r6g", "r7g", "r8g", "t4g"},
		machines.Cache: {"m6g", "m7g", "r6g", "r7g", "t4g"}, machines.Search: {"m6g", "m7g", "r6g", "r7g", "t3"},
	} {
		if got := machines.Families(kind); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
	for name, want := range map[string]string{"db.r7g.large": "r7g", "cache.t4g.small": "t4g", "m7g.2xlarge": "m7g", "t3.small.search": "t3", "large": "large"} {
		if got := machines.Family(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestAMachineOfAnotherStoreIsNotFound(t *testing.T) {
	for kind, name := range map[machines.Kind]string{
		machines.MySQL: "cache.r7g.large", machines.Mongo: "db.r7g.large", machines.Cache: "r7g.large.search", machines.Search: "r7g.large", "none": "r7g.large",
	} {
		if machine, known := machines.Find(kind, name); known {
			t.Errorf("%s finds %s: %+v", kind, name, machine)
		}
	}
}

func TestConnectionsFollowFromMemory(t *testing.T) {
	for memory, want := range map[float64]int{
		0: 0, 3.9: 0, 4: 90, 8: 135, 15.9: 135, 16: 1000, 31: 1000, 32: 2000, 64: 3000, 128: 4000, 256: 5000, 384: 6000, 512: 6000, 4096: 6000,
	} {
		if got := machines.Connections(memory); got != want {
			t.Errorf("%g GiB: got %d, want %d", memory, got, want)
		}
	}
	before := 0
	for memory := range 600 {
		connections := machines.Connections(float64(memory))
		if connections < before {
			t.Errorf("%d GiB let in %d, less than %d", memory, connections, before)
		}
		before = connections
	}
	for _, name := range machines.Names(machines.MySQL) {
		if has := find(t, machines.MySQL, name); machines.Connections(has.MemoryGiB) != has.Connections {
			t.Errorf("%s has %d, its memory %d", name, has.Connections, machines.Connections(has.MemoryGiB))
		}
	}
}
