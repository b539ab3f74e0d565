package naming_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/internal/naming"
)

func TestANameThatFitsIsLeftAlone(t *testing.T) {
	if got := naming.Fit(14, "campus", "network"); got != "campus-network" {
		t.Errorf("got %q", got)
	}
}

func TestANameThatIsTooLongIsCutAndHashed(t *testing.T) {
	got := naming.Fit(13, "campus", "network")
	if len(got) > 13 || !strings.HasPrefix(got, "campus-") || got != naming.Fit(13, "campus", "network") {
		t.Errorf("got %q", got)
	}
}

func TestLongNamesWithACommonBeginningStayApart(t *testing.T) {
	seen := map[string]string{}
	for i := range 2000 {
		name := fmt.Sprintf("university-of-somewhere-instance-%d", i)
		short := naming.Fit(20, name)
		if other, taken := seen[short]; taken {
			t.Fatalf("%q and %q are both %q", name, other, short)
		}
		seen[short] = name
	}
}

func FuzzANameNeverExceedsItsLimit(f *testing.F) {
	f.Add(28, "campus", "search")
	f.Add(0, "a", "b")
	f.Add(-3, "a", "b")
	f.Add(7, "campus", "------")
	f.Fuzz(func(t *testing.T, limit int, a, b string) {
		name := naming.Fit(limit, a, b)
		if len(name) > max(limit, 0) {
			t.Errorf("%q has %d bytes, the limit is %d", name, len(name), limit)
		}
		if name != naming.Fit(limit, a, b) {
			t.Error("the same parts gave another name")
		}
	})
}
