package iam

import "strings"

// token is one character of a pattern, or any number of characters.
type token struct {
	letter rune
	any    bool
	// but is a character that the many may not hold; 0 for none.
	but rune
}

// glob reads a pattern in which * is any number of characters and ? any one.
func glob(pattern string) []token {
	tokens := make([]token, 0, len(pattern))
	for _, letter := range pattern {
		tokens = append(tokens, token{letter: letter, any: letter == '*'})
	}
	return tokens
}

// without are the characters that some placeholders of ARNs cannot hold: a bucket
// and its objects would be one and the same, and a bucket's name a region.
var without = map[string]rune{"BucketName": '/', "Partition": ':', "Region": ':', "Account": ':'}

// arnGlob reads a text with placeholders such as ${BucketName}, each of which is
// any number of characters.
func arnGlob(pattern string) []token {
	var tokens []token
	for {
		before, rest, found := strings.Cut(pattern, "${")
		tokens = append(tokens, glob(before)...)
		if !found {
			return tokens
		}
		name, after, _ := strings.Cut(rest, "}")
		tokens, pattern = append(tokens, token{any: true, but: without[name]}), after
	}
}

// meet tells whether there is a text that both patterns match. It walks through
// both at once: reached tells how far each can have come with the same text.
func meet(a, b []token) bool {
	reached := make([][]bool, len(a)+1)
	for i := range reached {
		reached[i] = make([]bool, len(b)+1)
	}
	reached[0][0] = true
	for i := range reached {
		for j := range reached[i] {
			if reached[i][j] {
				for _, step := range steps(a[i:], b[j:]) {
					reached[i+step.a][j+step.b] = true
				}
			}
		}
	}
	return reached[len(a)][len(b)]
}

// step is how many tokens of each pattern are used up.
type step struct{ a, b int }

// steps lists the ways on: either pattern may leave its many characters behind, and
// both may take the same character.
func steps(a, b []token) []step {
	var ways []step
	if len(a) > 0 && a[0].any {
		ways = append(ways, step{a: 1})
	}
	if len(b) > 0 && b[0].any {
		ways = append(ways, step{b: 1})
	}
	if len(a) > 0 && len(b) > 0 && a[0].agrees(b[0]) {
		ways = append(ways, step{a[0].taken(), b[0].taken()})
	}
	return ways
}

// agrees tells whether two tokens can stand for the same character.
func (t token) agrees(other token) bool {
	switch {
	case t.any:
		return other.any || other.letter != t.but
	case other.any:
		return t.letter != other.but
	default:
		return t.letter == other.letter || t.letter == '?' || other.letter == '?'
	}
}

// taken is how many tokens one character uses up.
func (t token) taken() int {
	if t.any {
		return 0
	}
	return 1
}
