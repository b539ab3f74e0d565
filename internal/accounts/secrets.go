package accounts

import (
	"fmt"
	"strconv"
	"strings"

	"example.org/openedx/internal/redis"
)

// Store names one of the secrets kept for an instance.
type Store string

// The secrets of an instance, each one JSON object whose keys are Tutor's own setting names.
const (
	MySQL       Store = "mysql"
	MongoDB     Store = "mongodb"
	Redis       Store = "redis"
	SMTP        Store = "smtp"
	Meilisearch Store = "meilisearch"
	Tutor       Store = "tutor"
)

// SecretPath returns the name in Secrets Manager of one of the instance's secrets.
func (n Names) SecretPath(platform, stack string, store Store) string {
	return "/" + strings.Join([]string{platform, stack, n.Slug, string(store)}, "/")
}

// Server is where a store is reached.
type Server struct {
	Host string
	Port int
}

// MySQLSettings returns the Tutor settings of the instance's MySQL accounts, by Tutor's own names.
// Passwords is keyed by user and holds one for every account and for the bootstrap account.
func (n Names) MySQLSettings(server Server, passwords map[string]string, plugins ...string) (map[string]string, error) {
	list, err := n.MySQLAccounts(plugins...)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{
		"RUN_MYSQL": "false", "MYSQL_HOST": server.Host, "MYSQL_PORT": strconv.Itoa(server.Port),
		"MYSQL_ROOT_USERNAME": n.Bootstrap,
	}
	for _, account := range list {
		prefix := n.settingsPrefix(account)
		settings[prefix+"DATABASE"], settings[prefix+"USERNAME"] = account.Database, account.User
	}
	credentials, err := n.MySQLCredentials(plugins...)
	if err != nil {
		return nil, err
	}
	for _, credential := range credentials {
		if settings[credential.Setting], err = n.password(passwords, credential.User); err != nil {
			return nil, err
		}
	}
	return settings, nil
}

// The settings of Tutor that hold the passwords of the bootstrap account and of the MongoDB user.
const (
	bootstrapSetting = "MYSQL_ROOT_PASSWORD"
	mongoSetting     = "MONGODB_PASSWORD"
)

// settingsPrefix returns what Tutor's settings of an account start with.
func (n Names) settingsPrefix(account Account) string {
	return strings.ToUpper(n.plugin(account)) + "_MYSQL_"
}

// plugin returns the plugin that an account is for, or the word for the platform itself.
func (n Names) plugin(account Account) string {
	for plugin, prefix := range pluginPrefixes {
		if account.User == prefix+n.key {
			return plugin
		}
	}
	return databasePrefix
}

// password returns the password of a user if Tutor can write it without quoting it.
func (n Names) password(passwords map[string]string, user string) (string, error) {
	if err := CheckPassword(passwords[user]); err != nil {
		return "", fmt.Errorf("instance %q: user %q: %w", n.Slug, user, err)
	}
	return passwords[user], nil
}

// MongoSettings returns the Tutor settings of the instance's MongoDB account, by Tutor's own names.
func (n Names) MongoSettings(server Server, replicaSet, password string) (map[string]string, error) {
	if err := CheckPassword(password); err != nil {
		return nil, fmt.Errorf("instance %q: user %q: %w", n.Slug, n.MongoUser, err)
	}
	return map[string]string{
		"RUN_MONGODB": "false", "MONGODB_HOST": server.Host, "MONGODB_PORT": strconv.Itoa(server.Port),
		"MONGODB_DATABASE": n.MongoDatabase, "MONGODB_USERNAME": n.MongoUser, mongoSetting: password,
		"MONGODB_REPLICA_SET": replicaSet, "MONGODB_USE_SSL": "true", "MONGODB_AUTH_SOURCE": MongoAuthSource,
	}, nil
}

// RedisGroup is a Redis and the AUTH token that opens it.
type RedisGroup struct {
	Server
	Token string
}

// RedisSettings returns the settings of the instance's two Redis databases.
//
// Tutor knows one Redis for both: its own names speak of the broker. Those from CacheHost to CachePassword speak of the
// cache, which is another Redis where the platform is large; they are always written, so that their reader needs no
// default.
func (n Names) RedisSettings(broker, cache RedisGroup, slot int) (map[string]string, error) {
	for _, group := range []RedisGroup{broker, cache} {
		if err := redis.CheckToken(group.Token); err != nil {
			return nil, fmt.Errorf("instance %q: %w", n.Slug, err)
		}
	}
	brokerDatabase, cacheDatabase := RedisDatabases(slot)
	return map[string]string{
		"RUN_REDIS": "false", "REDIS_HOST": broker.Host, "REDIS_PORT": strconv.Itoa(broker.Port),
		"REDIS_USERNAME": RedisUser, "REDIS_PASSWORD": broker.Token,
		"OPENEDX_CELERY_REDIS_DB": strconv.Itoa(brokerDatabase), "OPENEDX_CACHE_REDIS_DB": strconv.Itoa(cacheDatabase),
		CacheHost: cache.Host, CachePort: strconv.Itoa(cache.Port), CacheUser: RedisUser, CachePassword: cache.Token,
	}, nil
}

// The settings of the cache's own Redis, which Tutor itself does not have: the platform's Tutor plugin reads them.
const (
	CacheHost     = "CLOUD_CACHE_REDIS_HOST"
	CachePort     = "CLOUD_CACHE_REDIS_PORT"
	CacheUser     = "CLOUD_CACHE_REDIS_USERNAME"
	CachePassword = "CLOUD_CACHE_REDIS_PASSWORD" //nolint:gosec // the name of a setting
)

// RedisUser is the user that an AUTH token belongs to. It must be written: Tutor leaves the password out of the cache's
// URL unless a user is set too.
const RedisUser = "default"
