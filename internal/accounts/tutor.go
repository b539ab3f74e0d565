package accounts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// TutorKeys are what Tutor would draw by lot for an instance of its own. They stay the same for as long as the instance
// lives: without them everybody is logged out, and its objects in the cluster belong to another one.
type TutorKeys struct {
	// ID is the instance's in the labels of everything that Tutor makes in the cluster.
	ID string
	// SecretKey is Django's, and StudioSecret what Studio logs people in with at the LMS.
	SecretKey, StudioSecret string
	// SigningKey signs tokens: an RSA key of 2048 bits, in PEM.
	SigningKey string
}

// tutorID is what a label may hold behind the "openedx-" that Tutor begins it with: the selectors of its Deployments are
// made of it. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
var tutorID = regexp.MustCompile(`^[a-z0-9]{8,55}$`)

// TutorSettings returns the settings of Tutor's own keys, by Tutor's own names.
func (n Names) TutorSettings(keys TutorKeys) (map[string]string, error) {
	if !tutorID.MatchString(keys.ID) {
		return nil, fmt.Errorf("instance %q: %q is no id: 8 to 55 small letters and digits", n.Slug, keys.ID)
	}
	for _, secret := range []struct{ what, text string }{{"secret key", keys.SecretKey}, {"secret of Studio", keys.StudioSecret}} {
		if err := CheckPassword(secret.text); err != nil {
			return nil, fmt.Errorf("instance %q: %s: %w", n.Slug, secret.what, err)
		}
	}
	if strings.TrimSpace(keys.SigningKey) == "" {
		return nil, fmt.Errorf("instance %q: no key that would sign tokens", n.Slug)
	}
	return map[string]string{
		"ID": keys.ID, "OPENEDX_SECRET_KEY": keys.SecretKey, "CMS_OAUTH2_SECRET": keys.StudioSecret,
		"JWT_RSA_PRIVATE_KEY": keys.SigningKey,
	}, nil
}

// meilisearchPort is where the Service is that Tutor makes, of that name.
const meilisearchPort = 7700

// MeilisearchSettings returns the settings of the instance's own Meilisearch, by Tutor's own names. Host is where
// browsers call it, and number 32 random hexadecimal digits, which become the UID of the key that Open edX uses.
func (n Names) MeilisearchSettings(host, masterKey, number string) (map[string]string, error) {
	if err := CheckPassword(masterKey); err != nil {
		return nil, fmt.Errorf("instance %q: master key of meilisearch: %w", n.Slug, err)
	}
	uid, err := randomUUID(number)
	if err != nil {
		return nil, fmt.Errorf("instance %q: %w", n.Slug, err)
	}
	return map[string]string{
		"RUN_MEILISEARCH": "true", "MEILISEARCH_HOST": host, "MEILISEARCH_PUBLIC_URL": "https://" + host,
		"MEILISEARCH_URL":          fmt.Sprintf("http://meilisearch:%d", meilisearchPort),
		"MEILISEARCH_INDEX_PREFIX": n.Database + "_",
		"MEILISEARCH_MASTER_KEY":   masterKey, "MEILISEARCH_API_KEY_UID": uid, "MEILISEARCH_API_KEY": meilisearchKey(masterKey, uid),
	}, nil
}

// meilisearchKey is the key that Meilisearch itself makes for a UID: its value is never chosen.
// https://www.meilisearch.com/docs/reference/api/keys
func meilisearchKey(masterKey, uid string) string {
	sum := hmac.New(sha256.New, []byte(masterKey))
	sum.Write([]byte(uid))
	return hex.EncodeToString(sum.Sum(nil))
}

// uuidBytes is how many random bytes a UUID is made of.
const uuidBytes = 16

// randomUUID writes random bytes as a UUID of version 4. https://www.rfc-editor.org/rfc/rfc9562#section-5.4
func randomUUID(number string) (string, error) {
	bytes, err := hex.DecodeString(number)
	if err != nil || len(bytes) != uuidBytes {
		return "", fmt.Errorf("%q are not %d hexadecimal digits", number, 2*uuidBytes)
	}
	bytes[6] = bytes[6]&0x0f | 0x40
	bytes[8] = bytes[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", bytes[0:4], bytes[4:6], bytes[6:8], bytes[8:10], bytes[10:]), nil
}
