// Package naming makes names that fit the limits of those who read them. It
// imports the standard library only.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// hashLength is how many hexadecimal digits stand for what was cut off: 24
// bits, so that two of a stack's few hundred names practically never meet.
const hashLength = 6

// Fit joins the parts with hyphens and returns at most limit bytes. A name that
// is too long is cut and ends in a hash of all of it, so that the same parts
// always give the same name and names with a common beginning stay apart.
// A limit too small for the hash gets as much of the hash as there is room for.
func Fit(limit int, parts ...string) string {
	name := strings.Join(parts, "-")
	if len(name) <= limit {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:])[:hashLength]
	room := limit - hashLength - 1
	if room <= 0 {
		return hash[:max(0, min(limit, hashLength))]
	}
	// A cut may end on a hyphen, and most grammars refuse two in a row.
	return strings.TrimRight(name[:room], "-") + "-" + hash
}
