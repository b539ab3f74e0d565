package cost

import (
	"fmt"

	"example.org/openedx/internal/plan"
)

// bill is an estimate as it grows.
type bill struct {
	plan      plan.Plan
	prices    *table
	usage     Usage
	component string
	lines     []Line
	// seen and derived count the prices that are the region's own, and those that are
	// another one's by a factor.
	seen, derived int
	further       []string
	err           error
}

// entry is one thing to be billed.
type entry struct {
	item, price string
	quantity    Range
	// commitment is what it can be committed as; nothing where it cannot.
	commitment string
	resource   string
	count      int
}

// service adds what a service bills, unless there is nothing of it.
func (b *bill) service(e entry) {
	if e.quantity == (Range{}) {
		return
	}
	price, err := b.prices.service(e.price, b.plan.Region)
	if err != nil {
		b.err = err
		return
	}
	b.add(e, b.prices.services[e.price].Unit, price)
}

// machines adds machines by the hour, unless there are none. The quantity is how many.
func (b *bill) machines(service, name string, e entry) {
	if e.quantity == (Range{}) {
		return
	}
	price, known := b.prices.machine(service, name, b.plan.Region)
	e.item += " (" + name + ")"
	e.quantity = e.quantity.times(hours)
	if known {
		b.add(e, "hour", price)
		return
	}
	b.lines = append(b.lines, Line{
		Component: b.component, Item: e.item, Quantity: e.quantity, Unit: "hour", Unpriced: true, Resource: e.resource, Count: e.count,
	})
	b.further = append(b.further, fmt.Sprintf("No price of %s is known: it is in no total.", name))
}

// add adds a line.
func (b *bill) add(e entry, unit string, price found) {
	b.seen++
	if price.derived {
		b.derived++
	}
	cost := e.quantity.times(price.usd)
	b.lines = append(b.lines, Line{
		Component: b.component, Item: e.item, Quantity: e.quantity, Unit: unit, Low: cost.Low, High: cost.High,
		Resource: e.resource, Count: e.count, off: b.prices.commitments[e.commitment].Discount,
	})
}

// notes say which prices are the region's own, and what is in no total.
func (b *bill) notes() []string {
	var notes []string
	region, factor := b.plan.Region, b.prices.factor(b.plan.Region)
	_, known := b.prices.regions.Factors[region]
	switch {
	case b.derived == 0:
	case known:
		notes = append(notes, fmt.Sprintf("Of %d prices %d were not seen for %s: those of %s stand in, times %.3f, which is how much dearer one machine is there.",
			b.seen, b.derived, region, home, factor))
	default:
		notes = append(notes, fmt.Sprintf("Of %d prices %d were not seen for %s: those of %s stand in as they are, and the region may be a fifth dearer.",
			b.seen, b.derived, region, home))
	}
	return append(notes, b.further...)
}

// instances is how many Open edX instances there are.
func (b *bill) instances() int { return len(b.plan.Instances) }
