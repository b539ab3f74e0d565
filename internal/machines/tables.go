package machines

// size is one size of a family with what it has.
type size struct {
	name string
	Machine
}

// all holds every machine by kind and name.
var all = map[Kind]map[string]Machine{
	MySQL: combine(
		named("db.", "", []string{"r6g", "r7g", "r8g"}, mysqlSizes),
		named("db.", "", []string{"t4g"}, mysqlBurstable),
	),
	Mongo: combine(
		named("", "", []string{"r6g", "r7g", "r8g"}, memorySizes),
		named("", "", []string{"m6g", "m7g", "m8g"}, generalSizes),
		named("", "", []string{"t4g"}, burstableSizes),
	),
	Cache: combine(
		named("cache.", "", []string{"r6g", "r7g"}, cacheMemory),
		named("cache.", "", []string{"m6g", "m7g"}, cacheGeneral),
		named("cache.", "", []string{"t4g"}, cacheBurstable),
	),
	Search: combine(
		named("", ".search", []string{"r6g", "r7g"}, searchMemory),
		named("", ".search", []string{"m6g", "m7g"}, searchGeneral),
		named("", ".search", []string{"t3"}, searchBurstable),
	),
	Bastion: combine(
		named("", "", []string{"t4g"}, bastionBurstable),
		named("", "", []string{"c6g", "c7g"}, bastionCompute),
		named("", "", []string{"m6g", "m7g"}, bastionGeneral),
	),
}

// Aurora computes the most connections from the memory:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html#AuroraMySQL.Managing.MaxConnections
var mysqlSizes = []size{
	{"large", Machine{MemoryGiB: 16, Connections: 1000}},
	{"xlarge", Machine{MemoryGiB: 32, Connections: 2000}},
	{"2xlarge", Machine{MemoryGiB: 64, Connections: 3000}},
	{"4xlarge", Machine{MemoryGiB: 128, Connections: 4000}},
	{"8xlarge", Machine{MemoryGiB: 256, Connections: 5000}},
	{"12xlarge", Machine{MemoryGiB: 384, Connections: 6000}},
	{"16xlarge", Machine{MemoryGiB: 512, Connections: 6000}},
}

var mysqlBurstable = []size{
	{"medium", Machine{MemoryGiB: 4, Connections: 90, Burstable: true}},
	{"large", Machine{MemoryGiB: 8, Connections: 135, Burstable: true}},
}

// https://docs.aws.amazon.com/ec2/latest/instancetypes/mo.html
var memorySizes = []size{
	{"large", Machine{MemoryGiB: 16}},
	{"xlarge", Machine{MemoryGiB: 32}},
	{"2xlarge", Machine{MemoryGiB: 64}},
	{"4xlarge", Machine{MemoryGiB: 128}},
	{"8xlarge", Machine{MemoryGiB: 256}},
	{"12xlarge", Machine{MemoryGiB: 384}},
	{"16xlarge", Machine{MemoryGiB: 512}},
}

// https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html
var generalSizes = []size{
	{"large", Machine{MemoryGiB: 8}},
	{"xlarge", Machine{MemoryGiB: 16}},
	{"2xlarge", Machine{MemoryGiB: 32}},
	{"4xlarge", Machine{MemoryGiB: 64}},
	{"8xlarge", Machine{MemoryGiB: 128}},
	{"12xlarge", Machine{MemoryGiB: 192}},
	{"16xlarge", Machine{MemoryGiB: 256}},
}

// Less than 4 GiB is no use: half of it less 1 GiB is the database's cache.
var burstableSizes = []size{
	{"medium", Machine{MemoryGiB: 4, Burstable: true}},
	{"large", Machine{MemoryGiB: 8, Burstable: true}},
	{"xlarge", Machine{MemoryGiB: 16, Burstable: true}},
	{"2xlarge", Machine{MemoryGiB: 32, Burstable: true}},
}

// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
// and, for the memory that Redis may use, ParameterGroups.Redis.html#ParameterGroups.Redis.NodeSpecific.
var cacheMemory = []size{
	{"large", Machine{MemoryGiB: 13.07}},
	{"xlarge", Machine{MemoryGiB: 26.32}},
	{"2xlarge", Machine{MemoryGiB: 52.82}},
	{"4xlarge", Machine{MemoryGiB: 105.81}},
	{"8xlarge", Machine{MemoryGiB: 209.55}},
	{"12xlarge", Machine{MemoryGiB: 317.77}},
	{"16xlarge", Machine{MemoryGiB: 419.09}},
}

var cacheGeneral = []size{
	{"large", Machine{MemoryGiB: 6.38}},
	{"xlarge", Machine{MemoryGiB: 12.93}},
	{"2xlarge", Machine{MemoryGiB: 26.04}},
	{"4xlarge", Machine{MemoryGiB: 52.26}},
	{"8xlarge", Machine{MemoryGiB: 103.68}},
	{"12xlarge", Machine{MemoryGiB: 157.12}},
	{"16xlarge", Machine{MemoryGiB: 209.55}},
}

var cacheBurstable = []size{
	{"small", Machine{MemoryGiB: 1.37, Burstable: true}}, {"medium", Machine{MemoryGiB: 3.09, Burstable: true}},
}

// The largest gp3 volumes of each type:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#ebsresource
var searchMemory = []size{
	{"large", Machine{MemoryGiB: 16, StorageGiB: 2048}},
	{"xlarge", Machine{MemoryGiB: 32, StorageGiB: 3072}},
	{"2xlarge", Machine{MemoryGiB: 64, StorageGiB: 6144}},
	{"4xlarge", Machine{MemoryGiB: 128, StorageGiB: 12288}},
}

var searchGeneral = []size{
	{"large", Machine{MemoryGiB: 8, StorageGiB: 1024}},
	{"xlarge", Machine{MemoryGiB: 16, StorageGiB: 2048}},
	{"2xlarge", Machine{MemoryGiB: 32, StorageGiB: 3072}},
	{"4xlarge", Machine{MemoryGiB: 64, StorageGiB: 6144}},
}

var searchBurstable = []size{
	{"small", Machine{MemoryGiB: 2, StorageGiB: 100, Burstable: true}},
	{"medium", Machine{MemoryGiB: 4, StorageGiB: 200, Burstable: true}},
}

// A bastion forwards ports; more than these is never of use there. 0.5 GiB is
// too little for Tutor. https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html
var bastionBurstable = []size{
	{"micro", Machine{MemoryGiB: 1, Burstable: true}},
	{"small", Machine{MemoryGiB: 2, Burstable: true}},
	{"medium", Machine{MemoryGiB: 4, Burstable: true}},
	{"large", Machine{MemoryGiB: 8, Burstable: true}},
}

// https://docs.aws.amazon.com/ec2/latest/instancetypes/co.html
var bastionCompute = []size{{"medium", Machine{MemoryGiB: 2}}, {"large", Machine{MemoryGiB: 4}}}

var bastionGeneral = []size{{"medium", Machine{MemoryGiB: 4}}, {"large", Machine{MemoryGiB: 8}}}

// named gives every size of some families its full name.
func named(prefix, suffix string, families []string, sizes []size) map[string]Machine {
	machines := map[string]Machine{}
	for _, family := range families {
		for _, s := range sizes {
			machines[prefix+family+"."+s.name+suffix] = s.Machine
		}
	}
	return machines
}

// combine puts tables together.
func combine(tables ...map[string]Machine) map[string]Machine {
	machines := map[string]Machine{}
	for _, table := range tables {
		for name, machine := range table {
			machines[name] = machine
		}
	}
	return machines
}
