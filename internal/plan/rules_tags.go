package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/tags"
)

const keyTags = "openedx:tags"

// mostTags leaves room for the platform's own and for functional ones: AWS
// allows 50 on a resource, https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html.
const mostTags = 40

// tagKey and tagValue hold what AWS and Azure both take. Neither / nor : is in
// a key, because Azure refuses the one and some AWS services the other.
var (
	tagKey   = regexp.MustCompile(`^[A-Za-z0-9_.=+@-]([A-Za-z0-9 _.=+@-]{0,126}[A-Za-z0-9_.=+@-])?$`)
	tagValue = regexp.MustCompile(`^[A-Za-z0-9 _.:/=+@-]{1,256}$`)
)

// tags wants tags that both clouds take and that override none of the platform's.
func (c *checker) tags() {
	for _, key := range slices.Sorted(maps.Keys(c.settings.Tags)) {
		path := config.Child(keyTags, key)
		switch {
		case tags.IsReserved(key):
			c.refuseEntry(path, key, "is the platform's own tag and cannot be overridden; any key but "+strings.Join(tags.Reserved(), ", ")+" is wanted")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			c.refuseEntry(path, key, "begins with aws:, which AWS keeps for itself; another key is wanted")
		case !tagKey.MatchString(key):
			c.refuseEntry(path, key, "is no tag key; 1 to 128 letters, digits, inner spaces and any of _ . = + @ - are wanted")
		}
		if value := c.settings.Tags[key]; value != "" && !tagValue.MatchString(value) {
			c.refuseEntry(path, value, "is no tag value; 1 to 256 letters, digits, spaces and any of _ . : / = + @ - are wanted")
		}
	}
	if len(c.settings.Tags) > mostTags {
		c.refuseEntry(keyTags, plural(len(c.settings.Tags), "tag"), fmt.Sprintf("are too many; at most %d are wanted, because AWS allows 50 "+
			"on a resource and the platform needs some", mostTags))
	}
}
