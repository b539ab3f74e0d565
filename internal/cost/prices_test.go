package cost

import (
	"strings"
	"testing"
	"time"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func everything(t *testing.T) *table {
	t.Helper()
	all, err := prices()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEverySourceHasAnAddressAndADay(t *testing.T) {
	for key, source := range everything(t).sources {
		if source.Title == "" || !strings.HasPrefix(source.URL, "https://") {
			t.Errorf("%s: %q at %q", key, source.Title, source.URL)
		}
		days := []string{source.Seen}
		if source.Of != "" {
			days = append(days, source.Of)
		}
		for _, day := range days {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				t.Errorf("%s is of the day %q: %v", key, day, err)
			}
		}
	}
}

// cited lists what is from each source.
func (t *table) cited() map[string][]string {
	cited := map[string][]string{t.regions.Source: {"factors"}}
	cite := func(source, what string) { cited[source] = append(cited[source], what) }
	for name, price := range t.services {
		cite(price.Source, name)
		for region, there := range price.Regions {
			cite(there.Source, name+" in "+region)
		}
	}
	for _, list := range t.machines {
		cite(list.Source, list.Service+" in "+list.Region)
	}
	for name, off := range t.commitments {
		cite(off.Source, name)
	}
	return cited
}

func TestEveryPriceHasASourceThatIsListedAndEverySourceAPrice(t *testing.T) {
	all := everything(t)
	cited := all.cited()
	for source, what := range cited {
		if _, ok := all.sources[source]; !ok {
			t.Errorf("%v is from %q, which is no source", what, source)
		}
	}
	for source := range all.sources {
		if len(cited[source]) == 0 {
			t.Errorf("nothing is from %s", source)
		}
	}
}

func TestEveryPriceIsOfSomethingAndNotZero(t *testing.T) {
	all := everything(t)
	for name, price := range all.services {
		if price.USD <= 0 || price.Unit == "" || price.Global && len(price.Regions) > 0 {
			t.Errorf("%s costs %v for each %q, global %t", name, price.USD, price.Unit, price.Global)
		}
		for region, there := range price.Regions {
			if there.USD <= 0 {
				t.Errorf("%s costs %v in %s", name, there.USD, region)
			}
		}
	}
}

func TestNoMachineIsFreeAndNoCommitmentTakesEverythingOff(t *testing.T) {
	all := everything(t)
	for of, usd := range all.byMachine {
		if usd <= 0 {
			t.Errorf("%v costs %v", of, usd)
		}
	}
	for name, off := range all.commitments {
		if off.Discount <= 0 || off.Discount >= 1 {
			t.Errorf("%s takes %v off", name, off.Discount)
		}
	}
}

func TestAMachineTwiceAsLargeCostsAboutTwiceAsMuch(t *testing.T) {
	for _, list := range everything(t).machines {
		for family, sizes := range list.Prices {
			for small, large := range map[string]string{"large": "xlarge", "xlarge": "2xlarge", "2xlarge": "4xlarge", "4xlarge": "8xlarge"} {
				if sizes[small] == 0 || sizes[large] == 0 {
					continue
				}
				if ratio := sizes[large] / sizes[small]; ratio < 1.95 || ratio > 2.05 {
					t.Errorf("%s %s %s: %s is %.2f times %s", list.Service, list.Region, family, large, ratio, small)
				}
			}
		}
	}
}

func TestValkeyCostsAFifthLessThanRedis(t *testing.T) {
	all := everything(t).byMachine
	for of, usd := range all {
		if of.service != "redis" {
			continue
		}
		of.service = "valkey"
		if ratio := all[of] / usd; ratio < 0.79 || ratio > 0.82 {
			t.Errorf("%s is %.2f of its price with Redis", of.name, ratio)
		}
	}
}

func TestTheFactorsAreOfRegionsThatCanBeUsed(t *testing.T) {
	regions := strings.Join(plan.Regions(), " ")
	for region, factor := range everything(t).regions.Factors {
		if !strings.Contains(regions, region) {
			t.Errorf("%s is no region", region)
		}
		if factor < 1 || factor > 1.7 {
			t.Errorf("%s is %v times as dear", region, factor)
		}
	}
}

// The factor is one machine's; what is known of another in the same region shows how far it is off.
func TestTheFactorFitsTheMachinesThatWereSeenInBothRegions(t *testing.T) {
	all := everything(t)
	compared := 0
	for of, usd := range all.byMachine {
		base, ok := all.byMachine[machine{of.service, home, of.name}]
		if of.region == home || !ok {
			continue
		}
		compared++
		if ratio := usd / base / all.factor(of.region); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%s in %s is %.3f times what the factor says", of.name, of.region, ratio)
		}
	}
	if compared < 20 {
		t.Errorf("%d machines were compared", compared)
	}
}

func TestEveryAssumptionHasAReasonAndCanBeReplaced(t *testing.T) {
	usage, err := UsualUsage(plan.Plan{Preset: config.Large})
	if err != nil {
		t.Fatal(err)
	}
	for name, assumption := range everything(t).usage {
		if assumption.Why == "" || assumption.Unit == "" || assumption.Value <= 0 {
			t.Errorf("%s is %+v", name, assumption)
		}
		if _, err := usage.Assume(name, assumption.Value); err != nil {
			t.Error(err)
		}
	}
	if _, err := usage.Assume("mial", 1); err == nil || !strings.Contains(err.Error(), "mails") {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownServiceIsAnErrorAndNoZero(t *testing.T) {
	b := &bill{prices: everything(t), plan: plan.Plan{Region: home}}
	b.service(entry{item: "a slip", price: "nat-hours", quantity: always(1)})
	if b.err == nil || !strings.Contains(b.err.Error(), "nat-hours") {
		t.Errorf("got %v", b.err)
	}
}
