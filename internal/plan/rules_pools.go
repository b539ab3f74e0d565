package plan

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/versions"
)

const (
	keySpot       = "openedx:overrides.nodes.spot"
	keyQuietHours = "openedx:cluster.quietHours"
	keyNodeImage  = "openedx:cluster.nodeImage"
)

// spot wants no more spot instances than there are nodes beyond the fewest, which
// are never spot.
func (c *checker) spot() {
	nodes := c.settings.Overrides.Nodes
	if nodes.Spot == nil {
		return
	}
	if *nodes.Spot < 0 {
		c.refuseFor(keySpot, fmt.Sprint(*nodes.Spot), "is below zero; 0 or more are wanted", "0")
		return
	}
	fewest, most, known := c.bounds()
	if !known || *nodes.Spot <= most-fewest {
		return
	}
	c.refuseFor(keySpot, fmt.Sprint(*nodes.Spot), fmt.Sprintf("is more than the %d nodes between the fewest, %d, which are never spot, and the most, %d",
		most-fewest, fewest, most), fmt.Sprint(most-fewest))
}

// bounds are the fewest and the most nodes, if they are known to be in order.
func (c *checker) bounds() (fewest, most int, known bool) {
	nodes := c.settings.Overrides.Nodes
	fewest, most = or(nodes.Min, c.sizing.NodesMin), or(nodes.Max, c.sizing.NodesMax)
	return fewest, most, c.sized && fewest <= most
}

// codeJail wants nodes that are left for the code jail, where it is on.
func (c *checker) codeJail() {
	fewest, most, known := c.bounds()
	spot, jail := or(c.settings.Overrides.Nodes.Spot, c.sizing.NodesSpot), c.sizing.NodesCodeJail
	left := most - fewest - spot
	if !known || !or(c.settings.AddOns.CodeJail, c.sizing.CodeJail) || spot < 0 || left < 0 || left >= jail {
		return
	}
	c.refuseFor(keyMax, fmt.Sprint(most), fmt.Sprintf("leaves %s for the code jail (openedx:addons.codeJail), beside the fewest, %d, and %d on spot; "+
		"%d are wanted", plural(left, "node"), fewest, spot, fewest+spot+jail), fmt.Sprint(fewest+spot+jail))
}

// imageRelease is how a release of the node image is called: by its day.
var imageRelease = regexp.MustCompile(`^v[0-9]{8}$`)

// nodeImage wants one release of the node image.
func (c *checker) nodeImage() {
	image := c.settings.Cluster.NodeImage
	if image == nil {
		return
	}
	_, err := time.Parse("v20060102", *image)
	if err == nil && imageRelease.MatchString(*image) {
		return
	}
	reason := "is no release of the node image"
	if strings.HasSuffix(*image, "latest") {
		reason = "would replace the nodes whenever AWS publishes an image"
	}
	usual, ok := versions.FindKubernetes(or(c.settings.Cluster.Version, versions.DefaultKubernetes))
	if !ok {
		usual, _ = versions.FindKubernetes(versions.DefaultKubernetes)
	}
	c.refuseFor(keyNodeImage, *image, reason+"; a letter v and its day are wanted, such as "+usual.Image, usual.Image)
}

// exampleQuiet stands in a suggestion where nobody but the operator knows the hours.
const exampleQuiet = "0 7 * * 1-5 12h"

// quietHours wants times that come and that end.
func (c *checker) quietHours() {
	list := c.settings.Cluster.QuietHours
	c.noRepeats(keyQuietHours, list)
	for i, text := range list {
		if text == "" {
			continue
		}
		if _, reason := quietHours(text); reason != "" {
			c.refuseEach(config.Element(keyQuietHours, i), text, reason+", such as "+exampleQuiet, exampleQuiet, list)
		}
	}
}

// cronFields is how many fields a cron expression has.
const cronFields = 5

// quietHours reads a cron expression that is followed by a duration.
func quietHours(text string) (hours Quiet, reason string) {
	const wanted = "; a cron expression of five fields and then hours or minutes are wanted"
	fields := strings.Fields(text)
	if len(fields) != cronFields+1 {
		return Quiet{}, "has " + plural(len(fields), "field") + wanted
	}
	expression := strings.Join(fields[:cronFields], " ")
	schedule, err := cron.ParseStandard("TZ=UTC " + expression)
	if err != nil {
		return Quiet{}, "is no schedule (" + err.Error() + ")" + wanted
	}
	duration, err := time.ParseDuration(fields[cronFields])
	if err != nil || duration < time.Minute || duration%time.Minute != 0 {
		return Quiet{}, fields[cronFields] + " is no number of hours or minutes" + wanted
	}
	switch first := schedule.Next(someDay); {
	case first.IsZero():
		return Quiet{}, "is a day that never comes" + wanted
	case endless(schedule, first, duration):
		return Quiet{}, "does not end within four weeks, and nodes would no longer be updated; a time with an end is wanted"
	}
	return Quiet{Schedule: expression, Duration: inHours(duration)}, ""
}

// someDay is where schedules are looked at from: the same settings are good on
// every day.
var someDay = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// longestQuiet is a little less than the age at which nodes are replaced anyway.
const longestQuiet = 28 * 24 * time.Hour

// endless tells whether the first of the hours, and those that begin before it is
// over, last too long.
func endless(schedule cron.Schedule, first time.Time, duration time.Duration) bool {
	for begun := first; begun.Add(duration).Sub(first) <= longestQuiet; {
		next := schedule.Next(begun)
		if next.IsZero() || next.Sub(begun) > duration {
			return false
		}
		begun = next
	}
	return true
}

// inHours spells a duration the way Kubernetes does in schedules: without seconds.
func inHours(duration time.Duration) string {
	text := strings.TrimSuffix(duration.String(), "0s")
	if trimmed := strings.TrimSuffix(text, "h0m"); trimmed != text {
		return trimmed + "h"
	}
	return text
}
