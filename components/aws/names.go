package aws

import (
	"fmt"
	"regexp"
	"strings"

	"example.org/openedx/internal/naming"
)

// lowerName is a name for those who take lower-case letters, digits and single
// hyphens only, and a letter first: a stack may be called otherwise.
func lowerName(limit int, stack, name string) string {
	lower := strings.Trim(notLower.ReplaceAllString(strings.ToLower(stack+"-"+name), "-"), "-")
	if !strings.ContainsAny(lower[:1], "abcdefghijklmnopqrstuvwxyz") {
		lower = "s" + lower
	}
	return naming.Fit(limit, lower)
}

// What lower-case names are made of, and what they may not hold.
var (
	lowerGrammar = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	notLower     = regexp.MustCompile(`[^a-z0-9]+`)
)

// mongoLimit is the longest name of a replica set, of a part of a DNS name, and,
// less a character, of a cluster in Atlas.
const mongoLimit = 63

// MongoIdentifier is what a replica set is called by its members and in metrics.
func MongoIdentifier(stack, name string) string { return lowerName(mongoLimit, stack, name) }

// PrivateDomain is a domain that exists inside one platform's network only: ICANN
// gives names below internal to nobody.
func PrivateDomain(stack, name string) string {
	return lowerName(mongoLimit, stack, name) + ".internal"
}

// checkLowerName refuses a name that ElastiCache, OpenSearch or RDS would refuse.
func checkLowerName(name string, limit int) error {
	if len(name) > limit || !lowerGrammar.MatchString(name) {
		return fmt.Errorf("name %q: want at most %d lower-case letters, digits and single hyphens, a letter first", name, limit)
	}
	return nil
}
