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

func TestEveryStoreThatIsReplacedIsListedOnce(t *testing.T) {
	s := settings(t, config.Medium)
	before := resolve(t, s).Foundations()
	mysqlVersion(&s, "8.0.mysql_aurora.3.10.3")
	searchEnabled(&s, false)
	copies(&s, config.CopyNever)
	s.Network.CIDR = new(string)
	*s.Network.CIDR = "10.30.0.0/16"
	want := []string{"cache", "copies", "mongo", "mysql", "search"}
	if got := resolve(t, s).Replaced(before); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
