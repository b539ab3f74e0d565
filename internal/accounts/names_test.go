package accounts

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.org/openedx/internal/redis"
)

// slugsUpTo lists every valid slug of at most this length over an alphabet that has all kinds of characters.
func slugsUpTo(length int) []string {
	var all []string
	level := []string{"a", "b"}
	for range length - 1 {
		var next []string
		for _, prefix := range level {
			for _, letter := range []string{"a", "b", "0", "1", "-"} {
				next = append(next, prefix+letter)
			}
		}
		for _, slug := range next {
			if _, err := For(slug); err == nil {
				all = append(all, slug)
			}
		}
		level = next
	}
	return all
}

// slugOf reads the slug back from a key.
func slugOf(t *testing.T, key string) string {
	t.Helper()
	if key[0] >= 'a' && key[0] <= 'z' {
		return key
	}
	places, err := strconv.ParseInt(key[:4], 36, 32)
	if err != nil {
		t.Fatalf("key %q: %v", key, err)
	}
	bare, slug := key[4:], ""
	for i := 0; bare != ""; i++ {
		if i > 0 && places&(1<<(i-1)) != 0 {
			slug += "-"
			continue
		}
		slug, bare = slug+bare[:1], bare[1:]
	}
	return slug
}

func TestTwoSlugsNeverShareAName(t *testing.T) {
	owners := map[string]string{}
	slugs := append(slugsUpTo(7), "ab", "a-b", strings.Repeat("a", 20), "a-b-c-d-e-f-g-h-i-jk", "north-campus", "northcampus")
	for _, slug := range slugs {
		names, err := For(slug)
		if err != nil {
			t.Fatal(err)
		}
		if back := slugOf(t, names.key); back != slug {
			t.Fatalf("the key of %q reads back as %q", slug, back)
		}
		users, err := names.MySQLUsers(Plugins()...)
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range users {
			if owner, taken := owners[user]; taken && owner != slug {
				t.Fatalf("%q and %q share the user %q", owner, slug, user)
			}
			owners[user] = slug
		}
		if len(users) != 2+len(Plugins()) {
			t.Fatalf("%q has %d users", slug, len(users))
		}
	}
	if len(slugs) < 10000 {
		t.Fatalf("only %d slugs were compared", len(slugs))
	}
}

func TestNoPrefixBeginsWithAnotherSoPluginsAndSlugsCannotMeet(t *testing.T) {
	prefixes := []string{databasePrefix, bootstrapPrefix}
	for _, prefix := range pluginPrefixes {
		prefixes = append(prefixes, prefix)
	}
	for i, one := range prefixes {
		for j, other := range prefixes {
			if i != j && strings.HasPrefix(one, other) {
				t.Errorf("%q begins with %q", one, other)
			}
		}
	}
}

func TestEveryNameFitsMySQLAndNeedsNoQuotes(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	for _, slug := range []string{"ab", strings.Repeat("z", maxSlug), "a-" + strings.Repeat("z", maxSlug-2), strings.Repeat("z", maxSlug-2) + "-z", "z-z-z-z-z-z-z-z-z-zz"} {
		names, err := For(slug)
		if err != nil {
			t.Fatal(err)
		}
		list, err := names.MySQLAccounts(Plugins()...)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, Account{User: names.Bootstrap, Database: names.MongoDatabase}, Account{User: names.MongoUser, Database: names.MongoDatabase})
		for _, account := range list {
			if len(account.User) > MaxUser || len(account.Database) > MaxDatabase {
				t.Errorf("%q: %+v is too long", slug, account)
			}
			if !plain.MatchString(account.User) || !plain.MatchString(account.Database) {
				t.Errorf("%q: %+v has more than letters and digits", slug, account)
			}
		}
	}
}

func TestNamesAreFrozenBecauseAnotherNameIsAnotherEmptyDatabase(t *testing.T) {
	for slug, want := range map[string]string{
		"acme": "openedxacme", "a-b": "openedx0001ab", "north-campus": "openedx000gnorthcampus", "x1": "openedxx1",
		strings.Repeat("a", 18) + "-z": "openedx" + "2t4w" + strings.Repeat("a", 18) + "z",
	} {
		names, err := For(slug)
		if err != nil {
			t.Fatal(err)
		}
		if names.Database != want || names.User != want || names.MongoDatabase != want || names.MongoUser != want {
			t.Errorf("%q: got %+v, want %q", slug, names, want)
		}
	}
}

func TestASlugOutsideTheGrammarHasNoNames(t *testing.T) {
	for _, slug := range []string{"", "a", "1a", "-a", "a-", "a--b", "a_b", "A1", "a.b", "a`b", "a'b", "ä1", strings.Repeat("a", maxSlug+1)} {
		if names, err := For(slug); err == nil || !strings.Contains(err.Error(), strconv.Quote(slug)) {
			t.Errorf("%q: got %+v, %v", slug, names, err)
		}
	}
}

func TestAnUnknownPluginIsRefusedWithTheKnownOnes(t *testing.T) {
	names, err := For("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = names.MySQLAccounts("discovery", "forum"); err == nil || !strings.Contains(err.Error(), `"forum"`) || !strings.Contains(err.Error(), "xqueue") {
		t.Fatalf("got %v", err)
	}
	list, err := names.MySQLAccounts("notes", "discovery", "notes")
	if got := fmt.Sprint(list); err != nil || got != "[{openedxacme openedxacme} {discoveryacme discoveryacme} {notesacme notesacme}]" {
		t.Fatalf("got %v, %v", list, err)
	}
}

func TestAPasswordIsLongEnoughAndNeedsNoQuotesAnywhere(t *testing.T) {
	for password, good := range map[string]bool{
		strings.Repeat("a", 15): false, strings.Repeat("a", 16): true, strings.Repeat("Z9", 64): true,
		strings.Repeat("a", 16) + "'": false, strings.Repeat("a", 16) + "\n": false, strings.Repeat("a", 16) + "@": false,
	} {
		err := CheckPassword(password)
		if (err == nil) != good {
			t.Errorf("%q: got %v", password, err)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	generated := strings.Repeat("a", PasswordLength)
	if err := errors.Join(CheckPassword(generated), redis.CheckToken(generated)); err != nil {
		t.Error(err)
	}
}
