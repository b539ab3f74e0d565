package accounts

import (
	"strings"
	"testing"
)

func TestTheLengthOfAnAdministratorsPasswordIsHeldAtItsLimits(t *testing.T) {
	for length, good := range map[int]bool{0: false, 15: false, 16: true, 128: true, 129: false} {
		if err := CheckAdminPassword(strings.Repeat("p", length)); (err == nil) != good {
			t.Errorf("%d characters: %v", length, err)
		}
	}
}

func TestAnAdministratorsPasswordMayHavePunctuationAndNothingThatGetsLost(t *testing.T) {
	const filler = "0123456789abcdef"
	for character := rune(0x21); character <= 0x7e; character++ {
		if err := CheckAdminPassword(filler + string(character)); err != nil {
			t.Errorf("%q: %v", character, err)
		}
	}
	for _, character := range []string{" ", "\t", "\n", "\r", "\x00", "\x1b", "\x7f", "\u00a0", "ü", "€", "\xff"} {
		for _, password := range []string{character + filler, filler + character, filler[:8] + character + filler[8:]} {
			if err := CheckAdminPassword(password); err == nil {
				t.Errorf("%q is taken", password)
			}
		}
	}
}

func TestARefusedPasswordIsNeverRepeated(t *testing.T) {
	for _, password := range []string{"hunter2", strings.Repeat("hunter2", 20), "hunter2 hunter2 hunter2", "hunter2hunter2hünter2"} {
		err := CheckAdminPassword(password)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}
