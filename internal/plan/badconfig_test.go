package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/tests/badconfig"
)

func TestEveryWrongConfigurationIsRefusedWithKeyValueAndFix(t *testing.T) {
	for _, c := range badconfig.Load(t) {
		t.Run(c.Name, func(t *testing.T) {
			written := source(t, c.Base, c.Values(t))
			for key, secret := range c.Secret {
				written.Values[key], written.Secret = secret, append(written.Secret, key)
			}
			read, problems := config.Read(written)
			resolved, more := plan.Resolve(read)
			err := problems.Add(more...).Err()
			if err == nil {
				t.Fatalf("nothing is wrong with it: %+v", resolved)
			}
			for _, want := range c.Want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q:\n%v", want, err)
				}
			}
			for _, never := range c.Never {
				if strings.Contains(err.Error(), never) {
					t.Errorf("the message shows %q:\n%v", never, err)
				}
			}
			if strings.Contains(err.Error(), "did you mean ?") {
				t.Errorf("the message suggests nothing at all:\n%v", err)
			}
			if c.CLI != (len(c.WantCLI) > 0) {
				t.Error("wantCLI belongs to the cases that the CLI refuses, and to no other")
			}
		})
	}
}

func TestTheTableOfWrongConfigurationsTouchesEveryKey(t *testing.T) {
	text := badconfig.Text(t)
	for _, key := range config.Keys() {
		if key.Group {
			continue
		}
		path := strings.Replace(key.Path, "<slug>", "main", 1)
		if !strings.Contains(text, path) && !strings.Contains(text, strings.Replace(key.Path, "<slug>", "staff", 1)) {
			t.Errorf("no wrong configuration names %s", path)
		}
	}
}
