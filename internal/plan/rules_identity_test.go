package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func TestAStackNameCanBeginTheNameOfACluster(t *testing.T) {
	for name, good := range map[string]bool{
		"medium": true, "Night_School-2": true, "2026": true, "night.school": false, "_trial": false, "-trial": false,
	} {
		s := settings(t, config.Medium)
		s.Stack = name
		_, problems := plan.Resolve(s)
		if good != (len(problems) == 0) {
			t.Errorf("stack %q: %v", name, problems)
		}
		if !good && !strings.HasPrefix(problems[0].Fix, "pulumi stack rename ") {
			t.Errorf("stack %q is mended by %q", name, problems[0].Fix)
		}
	}
}
