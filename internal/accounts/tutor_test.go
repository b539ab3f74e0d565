package accounts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tutorKeys are good ones, which a test changes one of.
func tutorKeys() TutorKeys {
	return TutorKeys{
		ID: strings.Repeat("0a", 12), SecretKey: strings.Repeat("s", 50), StudioSecret: strings.Repeat("o", PasswordLength), SigningKey: "-----BEGIN",
	}
}

func TestWhatTutorWouldDrawByLotHasTutorsNames(t *testing.T) {
	got, err := mustNames(t, "acme").TutorSettings(tutorKeys())
	want := map[string]string{
		"ID": strings.Repeat("0a", 12), "OPENEDX_SECRET_KEY": strings.Repeat("s", 50), "CMS_OAUTH2_SECRET": strings.Repeat("o", PasswordLength),
		"JWT_RSA_PRIVATE_KEY": "-----BEGIN",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
}

// A label has 63 characters, of which Tutor takes the first eight for itself.
func TestAnIDFitsTheLabelThatTutorMakesOfIt(t *testing.T) {
	for id, good := range map[string]bool{
		strings.Repeat("a", 55): true, strings.Repeat("a", 56): false, strings.Repeat("7", 8): true, strings.Repeat("7", 7): false,
		"": false, "0a0a0a0a-": false, "0A0A0A0A": false, "0a0a0a0a_1": false,
	} {
		keys := tutorKeys()
		keys.ID = id
		if _, err := mustNames(t, "acme").TutorSettings(keys); (err == nil) != good {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestAKeyThatIsMissingOrWouldNeedQuotesIsRefusedAndNotRepeated(t *testing.T) {
	for want, spoil := range map[string]func(*TutorKeys){
		"secret key: a password has":       func(k *TutorKeys) { k.SecretKey = "hunter2" },
		"secret of Studio: a password has": func(k *TutorKeys) { k.StudioSecret = "hunter2'" + strings.Repeat("x", 20) },
		"sign tokens":                      func(k *TutorKeys) { k.SigningKey = " \n" },
	} {
		keys := tutorKeys()
		spoil(&keys)
		_, err := mustNames(t, "acme").TutorSettings(keys)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheKeyOfOpenEdXInMeilisearchFollowsFromTheMasterKey(t *testing.T) {
	got, err := mustNames(t, "north-campus").MeilisearchSettings("search.example.org", strings.Repeat("f", PasswordLength), strings.Repeat("0f", 16))
	want := map[string]string{
		"RUN_MEILISEARCH": "true", "MEILISEARCH_HOST": "search.example.org", "MEILISEARCH_PUBLIC_URL": "https://search.example.org",
		"MEILISEARCH_URL": "http://meilisearch:7700", "MEILISEARCH_INDEX_PREFIX": mustNames(t, "north-campus").Database + "_",
		"MEILISEARCH_MASTER_KEY": strings.Repeat("f", PasswordLength), "MEILISEARCH_API_KEY_UID": "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f",
		// printf 0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f | openssl dgst -sha256 -hmac ffffffffffffffffffffffffffffffff
		"MEILISEARCH_API_KEY": "23dc5a4effad78b2e1f83f495a67b116f1cbddc3dceec4b2d18e2c2ee37fd96c",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
}

func TestMeilisearchWantsARealMasterKeyAndWholeNumbers(t *testing.T) {
	good, number := strings.Repeat("f", PasswordLength), strings.Repeat("0f", 16)
	for _, wrong := range [][2]string{{"short", number}, {good, number[1:]}, {good, number + "00"}, {good, strings.Repeat("xy", 16)}, {good, ""}} {
		if _, err := mustNames(t, "acme").MeilisearchSettings("search.example.org", wrong[0], wrong[1]); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}
