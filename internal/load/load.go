package load

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Assumption is one constant with what is known about it.
type Assumption struct {
	Key, Doc, Unit, Source string
	// Default holds unless another value is given.
	Default float64
	// Most is the largest value that makes sense.
	Most float64

	index int
}

// most is beyond what any assumption without a limit of its own can be.
const most = 1e6

// Range says in words which values make sense.
func (a Assumption) Range() string {
	if a.Most == most {
		return "a number above 0"
	}
	return fmt.Sprintf("a number above 0 and not above %g", a.Most)
}

// Allows tells whether a value makes sense.
func (a Assumption) Allows(value float64) bool { return value > 0 && value <= a.Most }

// All lists the assumptions in the order in which the model comes to them.
func All() []Assumption {
	var all []Assumption
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Assumptions]()) {
		all = append(all, Assumption{
			Key: f.Tag.Get("key"), Doc: f.Tag.Get("doc"), Unit: f.Tag.Get("unit"), Source: f.Tag.Get("source"),
			Default: number(f.Tag.Get("default"), 0), Most: number(f.Tag.Get("most"), most), index: f.Index[0],
		})
	}
	return all
}

// number is the value of a tag, or something else where there is no number in it.
func number(text string, otherwise float64) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return otherwise
	}
	return value
}

// Find returns an assumption by its key.
func Find(key string) (Assumption, bool) {
	all := All()
	at := slices.IndexFunc(all, func(a Assumption) bool { return a.Key == key })
	if at < 0 {
		return Assumption{}, false
	}
	return all[at], true
}

// Keys lists the keys of all assumptions.
func Keys() []string {
	var keys []string
	for _, a := range All() {
		keys = append(keys, a.Key)
	}
	return keys
}

// Assume is all assumptions with other values for some, which are known and allowed.
func Assume(other map[string]float64) Assumptions {
	var assumed Assumptions
	fields := reflect.ValueOf(&assumed).Elem()
	for _, a := range All() {
		value, given := other[a.Key]
		if !given {
			value = a.Default
		}
		fields.Field(a.index).SetFloat(value)
	}
	return assumed
}

// Value is what an assumption is in a set of them.
func (a Assumption) Value(of Assumptions) float64 { return reflect.ValueOf(of).Field(a.index).Float() }

// Parse reads assumptions as they are typed on a command line: key=value, with
// spaces between them.
func Parse(text string) (map[string]float64, error) {
	other := map[string]float64{}
	for _, word := range strings.Fields(text) {
		key, typed, _ := strings.Cut(word, "=")
		a, known := Find(key)
		if !known {
			return nil, fmt.Errorf("%q is no assumption; there are: %s", key, strings.Join(Keys(), ", "))
		}
		value, err := strconv.ParseFloat(typed, 64)
		if err != nil || !a.Allows(value) {
			return nil, fmt.Errorf("%s is %q; %s is wanted, such as %s=%g", key, typed, a.Range(), key, a.Default)
		}
		other[key] = value
	}
	return other, nil
}
