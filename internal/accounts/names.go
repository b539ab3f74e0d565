// Package accounts decides what one Open edX instance is called in the stores it shares with others,
// and holds the scripts that create its accounts there.
//
// It may import the standard library and the other pure packages under internal: no provider SDK, no Pulumi.
package accounts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// databasePrefix starts the name of every instance's own database and user.
	databasePrefix = "openedx"
	// bootstrapPrefix starts the name of the account that Tutor's init job uses in place of root.
	bootstrapPrefix = "tutor"

	// MaxUser is the longest MySQL user name: https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html.
	MaxUser = 32
	// MaxDatabase is the longest database name that MySQL (64) and MongoDB (63 bytes) both take.
	MaxDatabase = 63
	// PasswordLength is how long generated passwords and AUTH tokens are.
	PasswordLength = 32
	minPassword    = 16
)

// pluginPrefixes starts the names of the databases that Tutor's plugins keep beside the platform's own.
// No prefix begins with another one, so that two different pairs of plugin and instance never share a name;
// none is longer than 9 characters, so that the longest slug still fits a user name.
var pluginPrefixes = map[string]string{
	"credentials": "creds",
	"discovery":   "discovery",
	"notes":       "notes",
	"xqueue":      "xqueue",
}

// slugGrammar is the grammar of openedx:instances keys; length and double hyphens are looked at apart.
var slugGrammar = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)

const maxSlug = 20

// Names is what one instance is called in every store that it shares.
type Names struct {
	Slug string
	// Database and User are the instance's own in MySQL.
	Database, User string
	// Bootstrap is the MySQL account that Tutor knows as MYSQL_ROOT_USERNAME.
	Bootstrap string
	// MongoDatabase and MongoUser are the instance's own in MongoDB; the user lives in MongoAuthSource.
	MongoDatabase, MongoUser string
	// key is the instance's part of every name.
	key string
}

// Namespace is where an instance's accounts are made in the cluster, apart from all instances: what runs there reads the
// passwords of administrators.
const Namespace = "openedx-system"

// HomePrefix begins the name of every instance's own namespace, and of no other: the right to "instance-*" is a right
// to instances.
const HomePrefix = "instance-"

// Home returns the namespace that Tutor deploys the instance into.
func (n Names) Home() string { return HomePrefix + n.Slug }

// HomeServiceAccount is the service account of all pods in a Home: Tutor names none, so that Kubernetes takes this one.
const HomeServiceAccount = "default"

// ServiceAccount returns the name, within Namespace, of the service account that may read this instance's secrets.
func (n Names) ServiceAccount() string { return "accounts-" + n.Slug }

// Account is one user and the one database it may use.
type Account struct{ User, Database string }

// For returns the names of the instance with this slug.
func For(slug string) (Names, error) {
	if len(slug) > maxSlug || !slugGrammar.MatchString(slug) || strings.Contains(slug, "--") {
		return Names{}, fmt.Errorf("slug %q: 2 to %d lower-case letters, digits and single hyphens, starting with a letter", slug, maxSlug)
	}
	key := keyOf(slug)
	return Names{
		Slug: slug, key: key,
		Database: databasePrefix + key, User: databasePrefix + key,
		Bootstrap:     bootstrapPrefix + key,
		MongoDatabase: databasePrefix + key, MongoUser: databasePrefix + key,
	}, nil
}

// keyOf spells a slug in letters and digits only: Tutor writes database names unquoted, so a hyphen breaks its SQL,
// and an underscore in GRANT ... ON a_b.* would stand for any character.
//
// A slug without hyphens is its own key. Otherwise the hyphens are left out and their places put in front, as a number
// of four base-36 digits: bit n set means that character n+2 of the slug is one. That number always starts with a
// digit and a slug with a letter, and the slug can be read back from the key, so two slugs never share one.
func keyOf(slug string) string {
	places, bare := 0, make([]byte, 0, len(slug))
	for i := range len(slug) {
		if slug[i] == '-' {
			places |= 1 << (i - 1)
			continue
		}
		bare = append(bare, slug[i])
	}
	if places == 0 {
		return slug
	}
	// The 18 inner places of the longest slug need 2^18 numbers, less than 10*36^3: hence four digits and a leading 0 to 5.
	digits := strconv.FormatInt(int64(places), 36)
	return strings.Repeat("0", 4-len(digits)) + digits + string(bare)
}

// Plugins lists the Tutor plugins whose own MySQL databases can be declared.
func Plugins() []string {
	names := make([]string, 0, len(pluginPrefixes))
	for name := range pluginPrefixes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// MySQLAccounts returns the instance's own account and one for each plugin, sorted by plugin.
func (n Names) MySQLAccounts(plugins ...string) ([]Account, error) {
	list := []Account{{User: n.User, Database: n.Database}}
	sorted := slices.Clone(plugins)
	slices.Sort(sorted)
	for _, plugin := range slices.Compact(sorted) {
		prefix, known := pluginPrefixes[plugin]
		if !known {
			return nil, fmt.Errorf("instance %q: no plugin %q has a database of its own: choose from %s", n.Slug, plugin, strings.Join(Plugins(), ", "))
		}
		list = append(list, Account{User: prefix + n.key, Database: prefix + n.key})
	}
	return list, nil
}

var passwordGrammar = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// CheckPassword refuses a password that Tutor's templates or SQL would have to quote, or that is too short.
// The error never repeats the password.
func CheckPassword(password string) error {
	if len(password) < minPassword {
		return fmt.Errorf("a password has at least %d characters, this one has %d", minPassword, len(password))
	}
	if !passwordGrammar.MatchString(password) {
		return errors.New("a password has letters and digits only: Tutor writes it into shell and SQL without quoting it")
	}
	return nil
}
