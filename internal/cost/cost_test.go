package cost_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/machines"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/stackfile"
)

// starter is the plan of a committed stack file.
func starter(t *testing.T, preset config.Preset) plan.Plan {
	t.Helper()
	resolved, err := stackfile.Plan("../..", string(preset))
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// estimate is what a plan costs.
func estimate(t *testing.T, p plan.Plan) cost.Estimate {
	t.Helper()
	e, err := cost.Of(p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// in is a starter's plan as if it were in another region.
func in(t *testing.T, region string, preset config.Preset) plan.Plan {
	t.Helper()
	p := starter(t, preset)
	p.Region = region
	return p
}

func TestAPlatformCostsMoreWithMoreNodesAndInALargerPreset(t *testing.T) {
	var before cost.Estimate
	for _, preset := range config.Presets() {
		e := estimate(t, starter(t, preset))
		if e.Low() <= before.Low() || e.High() <= before.High() {
			t.Errorf("%s costs %.0f to %.0f, the preset before it %.0f to %.0f", preset, e.Low(), e.High(), before.Low(), before.High())
		}
		for _, line := range e.Lines {
			if line.Low < 0 || line.Low > line.High || line.High == 0 {
				t.Errorf("%s: %s costs %.2f to %.2f", preset, line.Item, line.Low, line.High)
			}
		}
		before = e
	}
}

func TestEachHundredOfSlotsPaysForALoadBalancer(t *testing.T) {
	p := starter(t, config.Large)
	hours := func() (all float64) {
		for _, line := range estimate(t, p).Lines {
			if line.Item == "Load balancer" || line.Item == "Its public addresses" {
				all += line.Low
			}
		}
		return all
	}
	one := hours()
	p.Instances[0].Slot = plan.InstancesPerBalancer
	if two := hours(); two != 2*one {
		t.Errorf("two cost %.2f, one costs %.2f", two, one)
	}
}

func TestACommitmentSavesOnWhatRunsAllTheTimeOnly(t *testing.T) {
	for _, preset := range config.Presets() {
		e := estimate(t, starter(t, preset))
		committed := e.Committed()
		if committed.Low() >= e.Low() {
			t.Errorf("%s costs %.0f with commitments, %.0f without", preset, committed.Low(), e.Low())
		}
		if saved, most := e.High()-committed.High(), e.Low()-committed.Low(); saved > most+0.01 {
			t.Errorf("%s saves %.2f with the most nodes and %.2f with the fewest: what comes and goes was committed", preset, saved, most)
		}
		for i, line := range committed.Lines {
			if strings.HasPrefix(line.Item, "Nodes beyond") && line.High != e.Lines[i].High {
				t.Errorf("%s: %s is committed", preset, line.Item)
			}
		}
	}
}

func TestOfWhatGrowsTheLeastIsCommitted(t *testing.T) {
	p := starter(t, config.Small)
	p.Stores.MySQL.Machine, p.Stores.MySQL.MinCapacity, p.Stores.MySQL.MaxCapacity = "db.serverless", 2, 8
	e := estimate(t, p)
	at := slices.IndexFunc(e.Lines, func(line cost.Line) bool { return strings.HasPrefix(line.Item, "Aurora Serverless") })
	before, after := e.Lines[at], e.Committed().Lines[at]
	if before.High != 4*before.Low {
		t.Fatalf("two to eight units cost %.2f to %.2f", before.Low, before.High)
	}
	// Database Savings Plans take 35 % off of Serverless.
	if saved := before.Low - after.Low; saved < 0.3*before.Low || saved > 0.4*before.Low || before.High-after.High > saved+0.01 {
		t.Errorf("of %.2f to %.2f it is %.2f to %.2f with a commitment", before.Low, before.High, after.Low, after.High)
	}
}

func TestTheComponentsAddUpToTheWhole(t *testing.T) {
	e := estimate(t, starter(t, config.Large))
	var low, high float64
	for _, part := range e.Components() {
		low, high = low+part.Low, high+part.High
	}
	if diff := low - e.Low() + high - e.High(); diff > 0.01 || diff < -0.01 {
		t.Errorf("components are %.2f to %.2f, the whole %.2f to %.2f", low, high, e.Low(), e.High())
	}
}

func TestEveryPresetHasAPriceInEveryRegionOrSaysWhoseStandsIn(t *testing.T) {
	for _, region := range plan.Regions() {
		for _, preset := range config.Presets() {
			e := estimate(t, in(t, region, preset))
			for _, line := range e.Lines {
				if line.Unpriced {
					t.Errorf("%s in %s: %s has no price", preset, region, line.Item)
				}
			}
			if region != "us-east-1" && (len(e.Notes) == 0 || !strings.Contains(e.Notes[0], region)) {
				t.Errorf("%s in %s says %q, not whose prices stand in", preset, region, e.Notes)
			}
		}
	}
	if notes := estimate(t, in(t, "us-east-1", config.Medium)).Notes; len(notes) > 0 {
		t.Errorf("in us-east-1 all prices are its own, but: %q", notes)
	}
}

func TestADearerRegionCostsMore(t *testing.T) {
	home := estimate(t, in(t, "us-east-1", config.Medium))
	dear := estimate(t, in(t, "sa-east-1", config.Medium))
	if dear.Low() < 1.2*home.Low() {
		t.Errorf("São Paulo costs %.0f, Virginia %.0f", dear.Low(), home.Low())
	}
}

func TestEveryMachineOfAStoreHasAPrice(t *testing.T) {
	p := starter(t, config.Large)
	p.Stores.Memcached = plan.Memcached{Machine: "cache.t4g.small", Nodes: 1}
	for kind, set := range map[machines.Kind]func(string){
		machines.MySQL: func(name string) { p.Stores.MySQL.Machine = name },
		machines.Mongo: func(name string) { p.Stores.Mongo.Machine = name },
		machines.Cache: func(name string) {
			p.Stores.Redis.Groups, p.Stores.Memcached.Machine = slices.Clone(p.Stores.Redis.Groups[:1]), name
			p.Stores.Redis.Groups[0].Machine = name
		},
		machines.Search:  func(name string) { p.Stores.Search.Machine = name },
		machines.Bastion: func(name string) { p.Edge.Bastion.Machine = name },
	} {
		for _, name := range machines.Names(kind) {
			set(name)
			for _, line := range estimate(t, p).Lines {
				if line.Unpriced {
					t.Errorf("%s has no price", line.Item)
				}
			}
		}
	}
}

func TestAMachineWithoutAPriceIsSaidAndNotZero(t *testing.T) {
	p := starter(t, config.Medium)
	p.Cluster.Nodes.Machine = "z9.huge"
	e := estimate(t, p)
	unpriced := slices.IndexFunc(e.Lines, func(line cost.Line) bool { return line.Unpriced })
	if unpriced < 0 || !strings.Contains(strings.Join(e.Notes, "\n"), "No price of z9.huge is known") {
		t.Errorf("nothing tells that z9.huge has no price: %q", e.Notes)
	}
}

func TestWhatOthersBillIsSaid(t *testing.T) {
	p := starter(t, config.Medium)
	p.Stores.Mongo = plan.Mongo{Kind: config.MongoAtlas}
	p.Edge.Audit.GuardDuty = true
	notes := strings.Join(estimate(t, p).Notes, "\n")
	for _, wanted := range []string{"MongoDB is atlas", "GuardDuty"} {
		if !strings.Contains(notes, wanted) {
			t.Errorf("%s is not in %q", wanted, notes)
		}
	}
}

func TestACloudWithoutPricesIsRefused(t *testing.T) {
	p := starter(t, config.Small)
	p.Cloud = config.Azure
	if _, err := cost.Of(p); err == nil || !strings.Contains(err.Error(), "azure") {
		t.Errorf("got %v", err)
	}
}

func TestEveryAssumptionChangesTheEstimate(t *testing.T) {
	p := starter(t, config.Large)
	p.Cluster.Nodes.Spot = 10
	usual, err := cost.UsualUsage(p)
	if err != nil {
		t.Fatal(err)
	}
	assumptions, err := cost.Assumptions()
	if err != nil {
		t.Fatal(err)
	}
	before := estimate(t, p)
	for name, assumption := range assumptions {
		usage, err := usual.Assume(name, assumption.Value*1.2)
		if err != nil {
			t.Fatal(err)
		}
		after, err := cost.With(p, usage)
		if err != nil {
			t.Fatal(err)
		}
		if after.High() == before.High() {
			t.Errorf("nothing depends on %s", name)
		}
	}
}

// The budget's and the anomaly's rows of the sizing table say how they follow from the costs.
func TestTheBudgetIsAboutOneAndAHalfTimesWhatThePlatformCosts(t *testing.T) {
	const daysPerMonth = 365.0 / 12
	for _, preset := range config.Presets() {
		p := starter(t, preset)
		low := estimate(t, p).Low()
		if ratio := float64(p.Edge.Costs.Budget) / low; ratio < 1.4 || ratio > 1.6 {
			t.Errorf("%s costs %.0f and has a budget of %d, %.2f times as much; want 1.4 to 1.6", preset, low, p.Edge.Costs.Budget, ratio)
		}
		day := low / daysPerMonth
		if ratio := float64(p.Edge.Costs.Anomaly) / day; ratio < 0.9 || ratio > 1.1 {
			t.Errorf("%s costs %.0f a day, and %d a day more is unusual; want 0.9 to 1.1 times as much", preset, day, p.Edge.Costs.Anomaly)
		}
	}
}

func TestWhatIsKnownOfThePlatformsLearnersTakesThePlaceOfWhatIsAssumed(t *testing.T) {
	p := starter(t, config.Medium)
	usual := estimate(t, p)
	p.Learners = 1500
	fewer := estimate(t, p)
	if fewer.Learners != (cost.Range{Low: 1000, High: 1500}) || fewer.Low() != usual.Low() || fewer.High() >= usual.High() {
		t.Errorf("for %+v learners it costs %.0f to %.0f, for %+v %.0f to %.0f",
			fewer.Learners, fewer.Low(), fewer.High(), usual.Learners, usual.Low(), usual.High())
	}
	p.Capacity = map[string]float64{"requestsPerLearner": 0.1}
	if calmer := estimate(t, p); calmer.High() >= fewer.High() {
		t.Errorf("half of the requests cost %.0f, all of them %.0f", calmer.High(), fewer.High())
	}
}
