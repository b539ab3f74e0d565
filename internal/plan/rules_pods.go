package plan

import (
	"fmt"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/redis"
	"example.org/openedx/internal/workloads"
)

const keyPods = "openedx:overrides.pods"

const (
	heaviest = 10
	// mostPods is beyond what any preset's nodes have room for: a typing error.
	mostPods = 500
)

// weights wants every instance to be as heavy as its pods can be counted.
func (c *checker) weights() {
	for _, slug := range c.slugs() {
		c.inRange(weightKey(slug), c.settings.Instances[slug].Weight, defaultWeight, heaviest, "times an instance of weight 1")
	}
}

func weightKey(slug string) string { return config.Child(config.Child(keyInstances, slug), "weight") }

// podBounds wants each workload to have a pod in reserve and room to grow.
func (c *checker) podBounds() {
	for _, row := range podRows(c.sizing.PodSizing, c.settings.Overrides.Pods) {
		least, what := spare, "pods (one answers while another is moved)"
		if found, _ := workloads.Find(row.workload); !found.Web() {
			least, what = 1, "pods"
		}
		written := row.written
		if c.inRange(row.keyOf("min"), written.Min, least, mostPods, what) && c.inRange(row.keyOf("max"), written.Max, least, mostPods, what) {
			c.podOrder(row)
		}
	}
}

func (r podRow) keyOf(bound string) string { return keyPods + "." + r.key + "." + bound }

// podOrder wants the fewest not to be more than the most, whichever was written.
func (c *checker) podOrder(row podRow) {
	fewest, most := or(row.written.Min, row.min), or(row.written.Max, row.max)
	if !c.sized || fewest <= most {
		return
	}
	if row.written.Max != nil {
		c.refuseFor(row.keyOf("max"), fmt.Sprint(most), fmt.Sprintf("is below the fewest pods, %d%s; at least as many are wanted",
			fewest, fromPreset(row.written.Min == nil, c.settings.Preset)), fmt.Sprint(fewest))
		return
	}
	c.refuseFor(row.keyOf("min"), fmt.Sprint(fewest), fmt.Sprintf("is above the most pods, %d%s; at most as many are wanted",
		most, fromPreset(true, c.settings.Preset)), fmt.Sprint(most))
}

// fit is how many nodes have to hold what, and whether the operator was told
// something about either already.
type fit struct {
	machine string
	node    Room
	most    int
}

// fitted reads the nodes, and tells whether there is anything to say about them.
func (c *checker) fitted() (fit, bool) {
	nodes := c.settings.Overrides.Nodes
	f := fit{machine: or(nodes.Machine, c.sizing.Nodes.AWS), most: or(nodes.Max, c.sizing.NodesMax)}
	tooMany := len(c.settings.Instances) > redis.Fits(redis.Databases)
	if !c.sized || c.settings.Cloud != config.AWS || f.most < fewestZones || f.most > mostNodes || tooMany {
		return f, false
	}
	node, known := NodeRoom(f.machine)
	f.node = node
	return f, known
}

// room is what some nodes have for all instances.
func (f fit) room(nodes int) Room { return f.node.Times(nodes).less(platformTakes) }

// fewest is what all instances ask for at their fewest pods, and the most that one
// pod asks for.
func (c *checker) fewest(settings config.Settings) (all, largest Room) {
	for _, slug := range c.slugs() {
		for _, pods := range planPods(settings, c.sizing.PodSizing, or(settings.Instances[slug].Weight, defaultWeight)) {
			one := Room{pods.CPU, pods.Memory}
			all = all.Plus(one.Times(pods.Min))
			largest = Room{max(largest.CPU, one.CPU), max(largest.Memory, one.Memory)}
		}
	}
	return all, largest
}

// podsFit wants the most nodes to hold the fewest pods: what does not fit then
// never runs, however long anybody waits.
func (c *checker) podsFit() {
	before := len(c.problems)
	c.weights()
	c.podBounds()
	f, known := c.fitted()
	if !known || len(c.problems) > before {
		return
	}
	all, largest := c.fewest(c.settings)
	if !f.node.holds(largest) {
		c.refuseFor(keyMachine, f.machine, fmt.Sprintf("is too small for preset %s, of which one pod asks for up to %s: a node has %s for pods; "+
			"a larger type is wanted", c.settings.Preset, largest, f.node), c.sizing.Nodes.AWS)
		return
	}
	if f.room(f.most).holds(all) {
		return
	}
	why := fmt.Sprintf("the fewest pods of all instances ask for %s, and %d nodes %s have %s for them", all, f.most, f.machine, f.room(f.most))
	if !c.tooHeavy(f, why) && !c.tooMany(f, why) {
		c.tooFewNodes(f, all, why)
	}
}

// tooHeavy blames the heaviest instance, if a lesser weight of it mends everything.
func (c *checker) tooHeavy(f fit, why string) bool {
	blamed, weight := "", defaultWeight
	for _, slug := range c.slugs() {
		if w := or(c.settings.Instances[slug].Weight, defaultWeight); w > weight {
			blamed, weight = slug, w
		}
	}
	for lighter := weight - 1; lighter >= defaultWeight; lighter-- {
		if all, _ := c.fewest(c.reweighed(blamed, lighter)); f.room(f.most).holds(all) {
			c.refuseFor(weightKey(blamed), fmt.Sprint(weight), fmt.Sprintf("is too heavy: %s; at most %d is wanted, or more nodes", why, lighter), fmt.Sprint(lighter))
			return true
		}
	}
	return false
}

// reweighed are the settings with another weight of one instance.
func (c *checker) reweighed(slug string, weight int) config.Settings {
	settings := c.settings
	settings.Instances = map[string]config.Instance{}
	for name, instance := range c.settings.Instances {
		if name == slug {
			instance.Weight = &weight
		}
		settings.Instances[name] = instance
	}
	return settings
}

// tooMany blames the fewest pods that were written, if without them all fits.
func (c *checker) tooMany(f fit, why string) bool {
	key, got, most := "", 0, Room{}
	for _, row := range podRows(c.sizing.PodSizing, c.settings.Overrides.Pods) {
		asked := Room{row.size.CPU, row.size.Memory}.Times(or(row.written.Min, 0))
		if asked.Memory > most.Memory {
			key, got, most = row.keyOf("min"), *row.written.Min, asked
		}
	}
	bare := c.settings
	bare.Overrides.Pods = config.PodsOverride{}
	if all, _ := c.fewest(bare); key == "" || !f.room(f.most).holds(all) {
		return false
	}
	c.refuseEntry(key, fmt.Sprint(got), "is too many: "+why+"; fewer are wanted, or more nodes")
	return true
}

// tooFewNodes blames the nodes.
func (c *checker) tooFewNodes(f fit, all Room, why string) {
	for nodes := f.most + 1; nodes <= mostNodes; nodes++ {
		if f.room(nodes).holds(all) {
			c.refuseFor(keyMax, fmt.Sprint(f.most), fmt.Sprintf("is too few%s: %s; %d or more are wanted, or larger ones",
				fromPreset(c.settings.Overrides.Nodes.Max == nil, c.settings.Preset), why, nodes), fmt.Sprint(nodes))
			return
		}
	}
	c.refuseFor(keyMachine, f.machine, "is too small: "+why+", and no number of nodes that one group can hold has enough; a larger type is wanted, or another stack for some",
		presets[config.Large].Nodes.AWS)
}
