package badconfig

import (
	"strings"
	"testing"
)

func TestANameThatIsThereTwiceIsFound(t *testing.T) {
	if got := twice([]Case{{Name: "a"}, {Name: "b"}, {Name: "a"}}); got != "a" {
		t.Errorf("got %q", got)
	}
	if got := twice([]Case{{Name: "a"}, {Name: "b"}}); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestAMistypedFieldOfACaseIsRefused(t *testing.T) {
	if _, err := parse([]byte("- {name: a, wants: [x]}")); err == nil {
		t.Error("it is taken")
	}
}

func TestEveryCaseIsWholeAndEveryFileIsRead(t *testing.T) {
	cases := Load(t)
	if named := strings.Count("\n"+Text(t), "\n- name: "); named != len(cases) {
		t.Errorf("%d cases are written and %d are read", named, len(cases))
	}
	for _, c := range cases {
		if c.Name == "" || len(c.Want) == 0 || len(c.Set)+len(c.Unset)+len(c.Secret) == 0 {
			t.Errorf("%q changes nothing or wants nothing", c.Name)
		}
	}
}

func TestASecretIsInTheStackFileOnlySealed(t *testing.T) {
	c := Case{Base: "small", Secret: map[string]string{"openedx:mongoPassword": "hidden"}}
	text := string(c.StackFile(t))
	if strings.Contains(text, "hidden") || !strings.Contains(text, "secure: v1:") || !strings.Contains(text, "encryptionsalt: v1:") {
		t.Errorf("got\n%s", text)
	}
}
