package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func TestRedisKeepsTheDatabasesItWasCreatedWith(t *testing.T) {
	p := resolve(t, settings(t, config.Medium))
	for _, test := range []struct {
		name   string
		before plan.Foundations
		want   int
	}{
		{"a new stack", nil, 512},
		{"a stack from before there was a record", plan.Foundations{"openedx:name": "campus"}, 128},
		{"a stack that was built with as many", p.Foundations(), 512},
		{"a stack that was built with another number", plan.Foundations{"redis.databases": "1024"}, 1024},
	} {
		kept, problems := p.Keeping(test.before)
		if got := kept.Stores.Redis.Databases; got != test.want || len(problems) != 0 {
			t.Errorf("%s: %d databases, want %d; %v", test.name, got, test.want, problems)
		}
		if got := kept.Foundations()["redis.databases"]; got == "" {
			t.Errorf("%s: the next run is not told", test.name)
		}
	}
}

func TestAnInstanceBeyondTheDatabasesOfItsStackIsRefused(t *testing.T) {
	before := plan.Foundations{"openedx:name": "campus"}
	for slot, refused := range map[int]bool{0: false, 63: false, 64: true, 255: true} {
		s := settings(t, config.Medium)
		s.Instances = map[string]config.Instance{"main": {Slot: &slot, LMS: "learn.campus.example.org"}}
		_, problems := resolve(t, s).Keeping(before)
		if (len(problems) == 1) != refused {
			t.Errorf("slot %d: got %v", slot, problems)
			continue
		}
		if refused && (problems[0].Key != "openedx:instances.main.slot" || !strings.Contains(problems[0].Want, "slots 0 to 63")) {
			t.Errorf("slot %d: got %+v", slot, problems[0])
		}
	}
}
