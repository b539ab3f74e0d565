package accounts

import (
	"errors"
	"fmt"
	"strings"
)

// maxPassword is the longest password of an administrator that is taken.
const maxPassword = 128

// CheckAdminPassword refuses the password of an administrator that is too short
// to be one, or that gets lost on its way through files and option lines. It may
// have punctuation: Tutor never writes it anywhere. The error never repeats it.
func CheckAdminPassword(password string) error {
	if len(password) < minPassword || len(password) > maxPassword {
		return fmt.Errorf("it has %d characters, and %d to %d are wanted", len(password), minPassword, maxPassword)
	}
	if strings.ContainsFunc(password, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("it has a space, or a character that is not ASCII")
	}
	return nil
}
