package plan_test

import (
	"slices"
	"testing"

	"example.org/openedx/internal/config"
)

func TestWhatIsReplacedIsWhatWouldBeRefusedUnlessItWasAllowed(t *testing.T) {
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			s := settings(t, config.Medium)
			if c.before != nil {
				c.before(&s)
			}
			before := resolve(t, s).Foundations()
			c.after(&s)
			want := slices.Sorted(slices.Values(c.stores))
			if got := resolve(t, s).Replaced(before); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
