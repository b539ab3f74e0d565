package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/redis"
)

// The stores, as openedx:allowReplace calls them.
const (
	StoreMySQL  = "mysql"
	StoreMongo  = "mongo"
	StoreCache  = "cache"
	StoreSearch = "search"
	StoreCopies = "copies"
	// StoreBackups are the oldest backups, which go when they are kept for less long.
	StoreBackups = "backups"
)

var everyStore = []string{StoreMySQL, StoreMongo, StoreCache, StoreSearch}

// Foundations is what a stack was built on: the settings that a store cannot
// change and stay the same store, and a lock that nobody can take off. Every run
// leaves them in the state, and the next compares.
type Foundations map[string]string

// keyAllowed is where Foundations keep the stores that the run allowed to replace.
const keyAllowed = keyAllowReplace

// keyDatabases is where they keep the number of databases in Redis, which nobody sets.
const keyDatabases = "redis.databases"

// foundation is one of these settings.
type foundation struct {
	key    string
	stores []string
	// keeps tells whether a change leaves the stores as they are; nil for never.
	keeps func(before, after string) bool
	// never says what is wanted where not even a replacement is possible.
	never string
	// because says what the change would do, after the two values.
	because string
}

// What is said of a volume that holds data.
const (
	largerVolume = "the value that is deployed, or a larger one,"
	shrunkVolume = "a volume cannot shrink"
)

// foundations lists them. Keys that end in a dot stand for all below.
var foundations = []foundation{
	{key: "openedx:name", stores: everyStore, because: "every resource would be made anew under the other name"},
	{key: "aws:region", stores: everyStore, because: "everything would be made anew there, without the data"},
	{key: keyCIDR, stores: everyStore, because: "the network and everything in it would be made anew"},
	{key: keyZones, stores: everyStore, because: "what is in a zone cannot move to another one"},
	{key: keyMySQLVersion, stores: []string{StoreMySQL}, keeps: newer, because: "Aurora has no way back to an older version"},
	{key: keyMongoKind, stores: []string{StoreMongo}, because: "the courses stay in the MongoDB that is left behind"},
	{key: keyMongoMembers, stores: []string{StoreMongo}, keeps: noLess, because: "members would go with their volumes"},
	{key: keyMongoVolume, keeps: noLess, never: largerVolume, because: shrunkVolume},
	{key: keySearchStorage, keeps: noLess, never: largerVolume, because: shrunkVolume},
	{key: keyIndexVolume, keeps: noLess, never: largerVolume, because: shrunkVolume},
	{key: keyMetricVolume, keeps: noLess, never: largerVolume, because: shrunkVolume},
	{key: keyBackupDays, stores: []string{StoreBackups}, keeps: noLess, because: "the backups that are older would go at once"},
	{key: keyAtlasProject, stores: []string{StoreMongo}, because: "the courses stay in the project that is left behind"},
	{key: "openedx:cache.engine", stores: []string{StoreCache}, keeps: func(_, after string) bool { return after == string(redis.Valkey) }, because: "ElastiCache has no way back from Valkey"},
	{key: keyCacheVersion, stores: []string{StoreCache}, keeps: newerCache, because: "ElastiCache has no way back to an older version"},
	{key: keyCacheSplit, keeps: inUse, never: "true, or false with " + keyCacheMoving + " until pods use the other one,", because: "the cache's Redis would go while pods use it"},
	{key: "openedx:search.enabled", stores: []string{StoreSearch}, keeps: func(_, after string) bool { return after == "true" }, because: "the domain would go with its indices"},
	{key: keySearchVersion, stores: []string{StoreSearch}, keeps: newer, because: "OpenSearch has no way back to an older version"},
	{key: keyCopy, stores: []string{StoreCopies}, keeps: stillCopied, because: "the copies in the other region would go"},
	{key: keyCopyRegion, stores: []string{StoreCopies}, because: "the copies in the other region would go"},
	{key: keyLock, keeps: unlocked, never: "compliance", because: "nobody can take such a lock off once it is final, AWS included"},
	{key: keyAddOns + ".", keeps: inUse, never: "true, or false in so many words,", because: "the preset does without it, and whoever uses it would be left alone"},
	{key: keyInstances + ".", stores: []string{StoreCache}, because: "the instance would find another one's Redis databases, or empty ones, and its queued tasks would never run"},
}

// Foundations returns what the plan is built on.
func (p Plan) Foundations() Foundations {
	home := make([]string, 0, HomeZones)
	for _, zone := range p.Network.Zones[:min(HomeZones, len(p.Network.Zones))] {
		home = append(home, zone.Letter)
	}
	all := Foundations{
		"openedx:name": p.Name, "aws:region": p.Region, keyCIDR: p.Network.CIDR, keyZones: strings.Join(home, ","),
		keyMySQLVersion: p.Stores.MySQL.Version, keyMongoKind: string(p.Stores.Mongo.Kind),
		"openedx:cache.engine": string(p.Stores.Redis.Engine), keyCacheVersion: p.Stores.Redis.Version, keyCacheSplit: p.Stores.Redis.split(),
		"openedx:search.enabled": strconv.FormatBool(p.Stores.Search.Nodes > 0),
		keyLock:                  string(p.Edge.Backup.Lock),
		keyCopy:                  string(p.Edge.Backup.Copy),
		keyBackupDays:            strconv.Itoa(p.Stores.BackupDays),
		keyAllowed:               strings.Join(p.Stores.Replaceable, ","),
		keyDatabases:             strconv.Itoa(p.Stores.Redis.Databases),
	}
	if p.Stores.Search.Nodes > 0 {
		all[keySearchVersion], all[keySearchStorage] = p.Stores.Search.Version, strconv.Itoa(p.Stores.Search.StorageGiB)
	}
	if p.AddOns.Monitoring {
		all[keyMetricVolume] = strconv.Itoa(p.Monitoring.VolumeGiB)
	}
	if len(p.Instances) > 0 {
		all[keyIndexVolume] = strconv.Itoa(p.Instances[0].SearchGiB)
	}
	if p.Edge.Backup.CopyRegion != "" {
		all[keyCopyRegion] = p.Edge.Backup.CopyRegion
	}
	for _, instance := range p.Instances {
		all[config.Child(config.Child(keyInstances, instance.Slug), "slot")] = strconv.Itoa(instance.Slot)
	}
	maps.Copy(all, p.Stores.Mongo.foundations())
	maps.Copy(all, p.AddOns.foundations())
	return all
}

// HasInstance tells whether an instance was there.
func (f Foundations) HasInstance(slug string) bool {
	_, there := f[config.Child(config.Child(keyInstances, slug), "slot")]
	return there
}

// foundations is what the kind of MongoDB is built on.
func (m Mongo) foundations() Foundations {
	switch m.Kind {
	case config.MongoAtlas:
		return Foundations{keyAtlasProject: m.Atlas.Project}
	case config.MongoReplicaSet:
		all := Foundations{keyMongoMembers: strconv.Itoa(len(m.Members)), keyMongoVolume: strconv.Itoa(m.VolumeGiB)}
		for _, member := range m.Members {
			all[config.Child(keyMongoImages, member.Name)] = member.Image
		}
		return all
	case config.MongoExternal:
	}
	return nil
}

// ReplaceProblems compares a plan with what its stack was built on, and refuses
// whatever would make a store anew unless the store was named in
// openedx:allowReplace when the stack was last deployed, and still is. Naming it
// first lifts the protection that would otherwise stop the run halfway.
func (p Plan) ReplaceProblems(before Foundations) []config.Problem {
	var problems []config.Problem
	after := p.Foundations()
	for _, key := range slices.Sorted(maps.Keys(before)) {
		was, is := before[key], after[key]
		f, departs := departure(key, before, after)
		if !departs {
			continue
		}
		if reason := f.refusal(before[keyAllowed], p.Stores.Replaceable); reason != "" {
			problems = append(problems, config.Problem{
				Key: key, Got: is, Want: fmt.Sprintf("takes the place of %s: %s%s", was, f.because, reason),
				Fix: p.restore(key, was),
			})
		}
	}
	return append(problems, p.imageProblems(before, after)...)
}

// Replaced lists the stores that a run makes anew, where ReplaceProblems allows it.
func (p Plan) Replaced(before Foundations) []string {
	var stores []string
	for key := range before {
		if f, departs := departure(key, before, p.Foundations()); departs {
			stores = append(stores, f.stores...)
		}
	}
	slices.Sort(stores)
	return slices.Compact(stores)
}

// departure is the foundation of a key, and whether what is built on it has to go.
func departure(key string, before, after Foundations) (foundation, bool) {
	was, is := before[key], after[key]
	f, watched := foundationOf(key)
	_, written := after[key]
	return f, watched && written && was != is && (f.keeps == nil || !f.keeps(was, is))
}

// restore is the command that writes what is deployed. A zone that was added
// goes to the end.
func (p Plan) restore(key, was string) string {
	if key == keyZones {
		letters := strings.Split(was, ",")
		for _, zone := range p.Network.Zones {
			if len(letters) < len(p.Network.Zones) && !slices.Contains(letters, zone.Letter) {
				letters = append(letters, zone.Letter)
			}
		}
		return config.SetListCommand(p.Stack, key, letters)
	}
	return config.SetCommand(p.Stack, key, was)
}

// foundationOf finds the foundation that a key belongs to.
func foundationOf(key string) (foundation, bool) {
	i := slices.IndexFunc(foundations, func(f foundation) bool {
		return f.key == key || (strings.HasSuffix(f.key, ".") && strings.HasPrefix(key, f.key))
	})
	if i < 0 {
		return foundation{}, false
	}
	return foundations[i], true
}

// refusal is the end of the sentence that refuses a change, or nothing where the
// operator has allowed it.
func (f foundation) refusal(deployed string, allowed []string) string {
	if f.never != "" {
		return "; " + f.never + " is wanted"
	}
	named := f.notIn(allowed)
	if len(named) > 0 {
		return fmt.Sprintf("; if the data may go, name %s in %s", strings.Join(named, ", "), keyAllowReplace)
	}
	if named = f.notIn(strings.Split(deployed, ",")); len(named) > 0 {
		return fmt.Sprintf("; %s names %s, but not yet as deployed: run pulumi up with the old value first", keyAllowReplace, strings.Join(named, ", "))
	}
	return ""
}

// notIn lists the stores of a foundation that a list lacks.
func (f foundation) notIn(list []string) []string {
	return slices.DeleteFunc(slices.Clone(f.stores), func(store string) bool { return slices.Contains(list, store) })
}

// imageProblems refuses new images for more than one member at a time: a majority
// of the members has to be there throughout.
func (p Plan) imageProblems(before, after Foundations) []config.Problem {
	var changed []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		was, known := before[key]
		if known && strings.HasPrefix(key, keyMongoImages+".") && after[key] != "" && was != after[key] {
			changed = append(changed, key)
		}
	}
	var problems []config.Problem
	for _, key := range changed[min(1, len(changed)):] {
		fix := config.RemoveCommand(p.Stack, key)
		if before[key] != "" {
			fix = config.SetCommand(p.Stack, key, before[key])
		}
		problems = append(problems, config.Problem{
			Key: key, Got: after[key], Want: "would replace a second member in the same run as " + changed[0] + ", and the set would lose its majority; one at a time is wanted", Fix: fix,
		})
	}
	return problems
}

// newer keeps a store whose version goes up. The versions are compared by their
// numbers: the one that is deployed may be listed no more, or not yet.
func newer(before, after string) bool { return slices.Compare(numbers(after), numbers(before)) >= 0 }

// number is one number of a version.
var number = regexp.MustCompile(`[0-9]+`)

// numbers lists the numbers of a version, the most important first.
func numbers(version string) []int {
	var all []int
	for _, digits := range number.FindAllString(version, -1) {
		if value, err := strconv.Atoi(digits); err == nil {
			all = append(all, value)
		}
	}
	return all
}

// noLess keeps a store whose number does not become less.
func noLess(before, after string) bool {
	was, err := strconv.Atoi(before)
	is, otherErr := strconv.Atoi(after)
	return err != nil || otherErr != nil || is >= was
}

// inUse keeps what is there, unless it is more than a plain no that comes after: a
// step towards it, or somebody's own word.
func inUse(before, after string) bool { return before != "true" || after != "false" }

// stillCopied keeps the copies of backups, however often they are made.
func stillCopied(before, after string) bool {
	return before == string(config.CopyNever) || after != string(config.CopyNever)
}

// unlocked keeps backups that are not locked for good.
func unlocked(before, _ string) bool { return before != string(config.LockCompliance) }

// newerCache keeps a Redis whose version goes up, or whose engine changed with it:
// the engine has a key of its own.
func newerCache(before, after string) bool {
	return slices.Contains(redis.Versions(redis.Valkey), before) && slices.Contains(redis.Versions(redis.RedisOSS), after) || newer(before, after)
}
