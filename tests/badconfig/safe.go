package badconfig

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Passphrase is the one with which the offline cloud reads secrets.
const Passphrase = "offline"

// safe seals secrets as the Pulumi CLI does with a passphrase, so that a stack
// file can hold some before there is a stack. The salt and the nonce are always
// the same, because nothing in these files is worth hiding:
// https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/crypt.go.
type safe struct {
	seed  []byte
	block cipher.AEAD
}

func newSafe() (safe, error) {
	const rounds, keyLength = 1_000_000, 32
	seed := []byte("saltsalt")
	key, err := pbkdf2.Key(sha256.New, Passphrase, seed, rounds, keyLength)
	if err != nil {
		return safe{}, fmt.Errorf("key of the safe: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return safe{}, fmt.Errorf("cipher of the safe: %w", err)
	}
	mode, err := cipher.NewGCM(block)
	if err != nil {
		return safe{}, fmt.Errorf("mode of the safe: %w", err)
	}
	return safe{seed, mode}, nil
}

// Seal seals secrets, by their keys, and returns what a stack file says of them and
// of the passphrase.
func Seal(secrets map[string]string) (values map[string]any, salt string, err error) {
	opened, err := newSafe()
	if err != nil {
		return nil, "", err
	}
	values = map[string]any{}
	for key, secret := range secrets {
		values[key] = map[string]string{"secure": opened.seal(secret)}
	}
	return values, opened.salt(), nil
}

// seal encrypts a secret.
func (s safe) seal(secret string) string {
	nonce := make([]byte, s.block.NonceSize())
	//nolint:gosec // nothing here is worth hiding, and a file of cases is the same every time
	return versioned(nonce, s.block.Seal(nil, nonce, []byte(secret), nil))
}

// salt is what the stack file says of the passphrase: the salt, and a word from
// which the CLI sees that the passphrase is right.
func (s safe) salt() string {
	return versioned(s.seed) + ":" + s.seal("pulumi")
}

// versioned joins what belongs together.
func versioned(parts ...[]byte) string {
	texts := []string{"v1"}
	for _, part := range parts {
		texts = append(texts, base64.StdEncoding.EncodeToString(part))
	}
	return strings.Join(texts, ":")
}
