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
	if settings["MYSQL_ROOT_PASSWORD"], err = n.password(passwords, n.Bootstrap); err != nil {
		return nil, err
	}
	for _, account := range list {
		prefix := strings.ToUpper(n.plugin(account)) + "_MYSQL_"
		settings[prefix+"DATABASE"], settings[prefix+"USERNAME"] = account.Database, account.User
		if settings[prefix+"PASSWORD"], err = n.password(passwords, account.User); err != nil {
			return nil, err
		}
	}
	return settings, nil
}

// plugin returns the word that Tutor's settings of an account start with.
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
		"MONGODB_DATABASE": n.MongoDatabase, "MONGODB_USERNAME": n.MongoUser, "MONGODB_PASSWORD": password,
		"MONGODB_REPLICA_SET": replicaSet, "MONGODB_USE_SSL": "true", "MONGODB_AUTH_SOURCE": MongoAuthSource,
	}, nil
}

// RedisSettings returns the Tutor settings of the instance's two Redis databases, by Tutor's own names.
func (n Names) RedisSettings(server Server, slot int, token string) (map[string]string, error) {
	if err := redis.CheckToken(token); err != nil {
		return nil, fmt.Errorf("instance %q: %w", n.Slug, err)
	}
	broker, cache := RedisDatabases(slot)
	return map[string]string{
		"RUN_REDIS": "false", "REDIS_HOST": server.Host, "REDIS_PORT": strconv.Itoa(server.Port),
		"REDIS_USERNAME": redisUser, "REDIS_PASSWORD": token,
		"OPENEDX_CELERY_REDIS_DB": strconv.Itoa(broker), "OPENEDX_CACHE_REDIS_DB": strconv.Itoa(cache),
	}, nil
}

// redisUser is the user that an AUTH token belongs to. It must be written: Tutor leaves the password out of the cache's
// URL unless a user is set too.
const redisUser = "default"
