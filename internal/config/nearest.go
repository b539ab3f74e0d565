package config

import "github.com/agnivade/levenshtein"

// Nearest returns the candidate that a mistyped word most likely meant, or
// nothing when none is near: about a third of its letters may differ, so that
// two swapped letters of a short word still count as one slip.
func Nearest(word string, candidates []string) string {
	allowed := (len(word) + 2) / 3
	found := ""
	for _, candidate := range candidates {
		distance := levenshtein.ComputeDistance(word, candidate)
		if distance < allowed || (distance == allowed && found == "") {
			allowed, found = distance, candidate
		}
	}
	return found
}

// didYouMean is the end of a sentence that suggests a word, if there is one.
func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return "; did you mean " + word + "?"
}
