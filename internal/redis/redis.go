// Package redis decides how the platform's Redis is configured: the parameters of its ElastiCache groups, how many
// Open edX instances they hold, and what an AUTH token looks like.
//
// It may import the standard library only.
package redis

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Role says what a group of Redis nodes is used for.
type Role string

const (
	// Shared is one group for Celery's queues and Django's cache.
	Shared Role = "shared"
	// Broker is a group for Celery's queues only.
	Broker Role = "broker"
	// Cache is a group for Django's cache and sessions only.
	Cache Role = "cache"
)

// policies says what a full group does with its keys.
//
// Celery keeps a queue in a list that never expires, and everything in the cache expires. So evicting only what
// expires keeps every queued task in a shared group, which a policy over all keys, the one Tutor's own Redis has,
// does not. A full broker refuses the task and the sender hears of it. A cache that holds nothing else may drop
// whatever was used least, also keys that somebody stored without an end.
var policies = map[Role]string{
	Shared: "volatile-lru",
	Broker: "noeviction",
	Cache:  "allkeys-lru",
}

// Databases is how many numbered databases every new group has: two for each of 256 instances.
//
// ElastiCache takes 1 to 1200000 (DescribeCacheParameters), advises to keep the number low, and fixes it: it takes effect
// when a cluster is created, and the parameter group of a newer engine has to have the same one
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html). So it is the same for every
// role, engine and preset, and growth never asks for another. The 496 beyond the default of 16 take 200 kB of memory.
const Databases = 512

// FirstDatabases is how many the groups have that were created before there was a record of the number.
const FirstDatabases = 128

// databasesPerInstance is the broker's and the cache's: all instances use the same key names.
const databasesPerInstance = 2

// Fits returns how many instances a number of databases holds.
func Fits(databases int) int { return max(0, databases) / databasesPerInstance }

// Engine is a product that ElastiCache runs.
type Engine string

const (
	// Valkey is the open fork of Redis.
	Valkey Engine = "valkey"
	// RedisOSS is Redis as it was before its licence changed.
	RedisOSS Engine = "redis"
)

// families maps each engine's versions, as the provider wants them written, to their parameter group family
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html).
// Valkey 9 is left out: no Open edX release has run on it, and its parameter groups do not fit the versions below.
var families = map[Engine]map[string]string{
	Valkey:   {"7.2": "valkey7", "8.0": "valkey8", "8.1": "valkey8", "8.2": "valkey8"},
	RedisOSS: {"7.0": "redis7", "7.1": "redis7"},
}

// Versions lists the versions of an engine that can be chosen, oldest first.
func Versions(engine Engine) []string { return slices.Sorted(maps.Keys(families[engine])) }

// Family returns the parameter group family of a version of an engine.
func Family(engine Engine, version string) (string, error) {
	versions, known := families[engine]
	if !known {
		return "", fmt.Errorf("engine %q: choose %q or %q", engine, Valkey, RedisOSS)
	}
	family, known := versions[version]
	if !known {
		return "", fmt.Errorf("engine %q has no version %q here: choose from %s", engine, version, strings.Join(Versions(engine), ", "))
	}
	return family, nil
}

// Parameter is one setting of a parameter group.
type Parameter struct{ Name, Value string }

// Parameters returns the settings of the parameter group of a role with a number of databases, sorted by name.
func Parameters(role Role, engine Engine, version string, databases int) ([]Parameter, error) {
	if _, err := Family(engine, version); err != nil {
		return nil, err
	}
	policy, known := policies[role]
	if !known {
		return nil, fmt.Errorf("role %q: choose %q, %q or %q", role, Shared, Broker, Cache)
	}
	if databases < databasesPerInstance {
		return nil, fmt.Errorf("%d databases; an instance takes %d", databases, databasesPerInstance)
	}
	return []Parameter{
		{Name: "databases", Value: strconv.Itoa(databases)},
		{Name: "maxmemory-policy", Value: policy},
		// A quarter of the memory is kept for snapshots and failover, as AWS advises for every version in use:
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html.
		{Name: ReservedMemory, Value: "25"},
		// Idle connections stay open: the next task to use one that the server closed would fail.
		{Name: "timeout", Value: "0"},
	}, nil
}

// ReservedMemory is the one parameter that ElastiCache itself reads and Redis does not know.
const ReservedMemory = "reserved-memory-percent"

// The length of an AUTH token: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html.
const (
	MinToken = 16
	MaxToken = 128
)

// tokenGrammar is narrower than ElastiCache's, which also has !&#$^<>-: Tutor writes the token into URLs as it is.
var tokenGrammar = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// CheckToken refuses an AUTH token that ElastiCache would not take or Tutor would have to quote.
// The error never repeats the token.
func CheckToken(token string) error {
	if len(token) < MinToken || len(token) > MaxToken {
		return fmt.Errorf("an AUTH token has %d to %d characters, this one has %d", MinToken, MaxToken, len(token))
	}
	if !tokenGrammar.MatchString(token) {
		return errors.New("an AUTH token has letters and digits only: Tutor writes it into URLs without quoting it")
	}
	return nil
}
