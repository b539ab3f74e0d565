package main

import (
	"fmt"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/redis"
)

// cells is the chapter about what comes after the largest preset.
const cells = `## Beyond large: cells

Large is built for %s learners at a time, and its nodes grow from %d to %d. What does not grow on with them is one
of each: MySQL has one writer, the load balancer one list of certificates, Redis places for %d instances. So what comes
after large is not a larger platform but another one beside it: a cell. Each cell is a stack of this program with a
preset, region, network, cluster and stores of its own, and what happens to one happens to no other. Cells share
one thing, the zone of a domain.

` + "```yaml" + `
# Pulumi.campus.yaml: the first cell, whose zone the others share.
openedx:name: campus
openedx:domain: campus.example.org
openedx:instances:
  main: {slot: 0, lms: learn.campus.example.org}

# Pulumi.east.yaml: another cell, below it.
openedx:name: east
openedx:domain: east.campus.example.org
openedx:dns: {parent: {stack: campus, domain: campus.example.org}}
openedx:instances:
  arts: {slot: 0, lms: arts.campus.example.org}
  lab: {slot: 1, lms: lab.east.campus.example.org}
` + "```" + `

- **One name for learners.** A cell's hosts may be under the shared domain, as those of ` + "`arts`" + ` are: the cell writes
  their records, and those that prove their certificates, into the shared zone, whose id it reads from the other stack through a
  stack reference. Nobody sees from a host which cell answers, and an instance that moves keeps its hosts.
- **Instances are placed by config.** An instance lives in the cell whose settings name it, and in no other: Route 53
  refuses the second cell that claims a host. It is moved by a dump and a restore; [operations.md](operations.md#cells) has the steps.
  An instance is not spread over cells, so the largest one is as large as one platform can be.
- **A cell's own domain** is a zone of its own, for what belongs to the cell: its load balancer's own name, its mail, hosts such as
  those of ` + "`lab`" + `. The shared zone delegates to it, without anybody's hand, so that a cell's first run waits for nobody.
- **The stack above** is any platform of this program that is deployed, in the same account: the first cell, or a small one that
  has the zone and no instances. It knows nothing of the cells; its zone cannot be deleted while they have records in it.

A cell costs what its preset costs. Take another one when ` + "`make capacity`" + ` says that one platform is too few, when an instance
has to be in another region, or when one school's exams must not be another's bad day.

`

// cellsChapter renders the chapter with the figures of the largest preset.
func cellsChapter() string {
	large, _ := plan.SizingOf(config.Large)
	return fmt.Sprintf(cells, large.Learners, large.NodesMin, large.NodesMax, redis.Fits(redis.Databases))
}
