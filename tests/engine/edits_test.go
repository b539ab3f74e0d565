package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/stretchr/testify/require"
)

// group is a part of the settings as it is typed.
type group map[string]any

// deployedWith are the settings of the stack that the edits are made to.
func deployedWith() map[string]group {
	return map[string]group{
		"openedx:mysql":  {"version": "8.4.mysql_aurora.8.4.7"},
		"openedx:cache":  {"version": "8.0"},
		"openedx:search": {"version": "OpenSearch_2.19"},
	}
}

// texts are settings as the CLI hands them over.
func texts(t *testing.T, groups map[string]group) map[string]string {
	t.Helper()
	all := map[string]string{}
	for key, value := range groups {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		all[key] = string(text)
	}
	return all
}

// edit is a change of the settings and what it does to the stores.
type edit struct {
	name string
	set  map[string]group
	// updates are changed in place, created are new.
	updates, created []string
	// goes are all that is deleted or replaced: what holds no data.
	goes []string
}

// sizes departs from the preset.
func sizes(store string, values group) map[string]group {
	return map[string]group{"openedx:overrides": {store: values}}
}

var inPlace = []edit{
	{
		name: "another MySQL machine", set: sizes("mysql", group{"machine": "db.r7g.2xlarge"}),
		updates: []string{"campus-mysql-instance-a", "campus-mysql-instance-b"},
	},
	{name: "a MySQL reader more", set: sizes("mysql", group{"readers": 2}), created: []string{"campus-mysql-instance-c"}},
	{
		name: "a newer MySQL", set: map[string]group{"openedx:mysql": {"version": "8.4.mysql_aurora.8.4.8"}},
		updates: []string{"campus-mysql-cluster"},
	},
	{
		name: "longer retention", set: map[string]group{"openedx:data": {"backupDays": 21, "logDays": 180}},
		updates: []string{"campus-mysql-cluster", "campus-backup-plan", "campus-mysql-logs-error"},
	},
	{
		name: "other windows", set: map[string]group{"openedx:data": {"backupWindow": "00:00-01:00", "maintenanceWindow": "sat:05:00-sat:06:00"}},
		updates: []string{"campus-mysql-cluster", "campus-redis-redis", "campus-search-domain"},
	},
	{
		name: "another MongoDB machine", set: sizes("mongo", group{"machine": "r7g.xlarge"}),
		updates: []string{"campus-mongo-machine-a", "campus-mongo-machine-b", "campus-mongo-machine-c"},
	},
	{
		name: "a larger and faster MongoDB volume", set: sizes("mongo", group{"volumeGiB": 400, "iops": 6000, "throughputMiBps": 250}),
		updates: []string{"campus-mongo-volume-a", "campus-mongo-volume-b", "campus-mongo-volume-c"},
	},
	{
		name: "five MongoDB members", set: sizes("mongo", group{"members": 5}),
		created: []string{"campus-mongo-machine-a2", "campus-mongo-machine-b2"}, updates: []string{"campus-mongo-seed"},
	},
	{
		name: "a MongoDB member's machine anew", set: map[string]group{"openedx:mongo": {"images": group{"b": "ami-0123456789abcdef1"}}},
		goes: []string{"campus-mongo-attachment-b", "campus-mongo-machine-b"},
	},
	{
		name: "another Redis machine and a node more", set: sizes("cache", group{"machine": "cache.r7g.xlarge", "nodes": 3, "snapshotDays": 10}),
		updates: []string{"campus-redis-redis"},
	},
	{name: "a newer Redis", set: map[string]group{"openedx:cache": {"version": "8.2"}}, updates: []string{"campus-redis-redis"}},
	{
		name: "queues apart from the cache", set: map[string]group{"openedx:cache": {"version": "8.0", "split": true}},
		created: []string{"campus-redis-cache-redis"}, updates: []string{"campus-redis-parameters"},
		// A secret's new value is a new version beside the old.
		goes: []string{"campus-accounts-lab-redis-value", "campus-accounts-main-redis-value"},
	},
	{
		name: "a larger OpenSearch", set: sizes("search", group{"machine": "r7g.large.search", "nodes": 6, "masters": 3, "storageGiB": 200}),
		updates: []string{"campus-search-domain"},
	},
	{
		name: "a newer OpenSearch", set: map[string]group{"openedx:search": {"version": "OpenSearch_3.1"}},
		updates: []string{"campus-search-domain"},
	},
}

func TestAnEditOfAStoreIsInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", texts(t, deployedWith()))
	w.up()
	before := w.settings
	for _, e := range inPlace {
		t.Run(e.name, func(t *testing.T) {
			w.settings = maps.Clone(before)
			maps.Copy(w.settings, texts(t, e.set))
			done, err := w.run(engine.Update, true)
			require.NoError(t, err)
			var gone []string
			for _, urn := range done.destructive() {
				gone = append(gone, urn.Name())
			}
			slices.Sort(gone)
			require.Equal(t, e.goes, slices.Compact(gone), "what is deleted or replaced")
			require.Subset(t, done.of(deploy.OpUpdate), e.updates)
			require.Subset(t, done.of(deploy.OpCreate), e.created)
		})
	}
}

// replacing are edits that would make a store anew, and the key that is refused.
var replacing = []struct {
	key string
	set map[string]group
	one string // a setting that is a single value
}{
	{key: "openedx:name", one: "other"},
	{key: "aws:region", one: "eu-central-1"},
	{key: "openedx:network.cidr", set: map[string]group{"openedx:network": {"cidr": "10.30.0.0/16"}}},
	{key: "openedx:network.zones", set: map[string]group{"openedx:network": {"zones": []string{"b", "a", "c"}}}},
	{key: "openedx:mysql.version", set: map[string]group{"openedx:mysql": {"version": "8.0.mysql_aurora.3.10.3"}}},
	{key: "openedx:mongo.kind", set: map[string]group{"openedx:mongo": {"kind": "atlas", "atlas": group{"project": "5f1a2b3c4d5e6f7a8b9c0d1e"}}}},
	{key: "openedx:overrides.mongo.volumeGiB", set: sizes("mongo", group{"volumeGiB": 100})},
	{key: "openedx:overrides.search.storageGiB", set: sizes("search", group{"storageGiB": 99})},
	{key: "openedx:overrides.meilisearch.volumeGiB", set: sizes("meilisearch", group{"volumeGiB": 49})},
	{key: "openedx:monitoring.volumeGiB", set: map[string]group{"openedx:monitoring": {"volumeGiB": 99}}},
	{key: "openedx:mongo.images.c", set: map[string]group{"openedx:mongo": {"images": group{"b": "ami-0123456789abcdef1", "c": "ami-0123456789abcdef1"}}}},
	{key: "openedx:cache.engine", set: map[string]group{"openedx:cache": {"engine": "redis"}}},
	{key: "openedx:cache.version", set: map[string]group{"openedx:cache": {"version": "7.2"}}},
	{key: "openedx:search.enabled", set: map[string]group{"openedx:search": {"enabled": false}}},
	{key: "openedx:search.version", set: map[string]group{"openedx:search": {"version": "OpenSearch_2.17"}}},
	{key: "openedx:instances.lab.slot", set: map[string]group{"openedx:instances": {
		"main": group{"slot": 0, "lms": "learn.campus.example.org"}, "lab": group{"slot": 7, "lms": "lab.campus.example.org"},
	}}},
}

func TestAnEditThatWouldReplaceAStoreIsRefusedByItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", texts(t, deployedWith()))
	w.up()
	before := w.settings
	for _, e := range replacing {
		t.Run(e.key, func(t *testing.T) {
			w.settings = maps.Clone(before)
			maps.Copy(w.settings, texts(t, e.set))
			if e.one != "" {
				w.settings[e.key] = e.one
			}
			done, err := w.run(engine.Update, true)
			require.ErrorContains(t, err, e.key)
			require.ErrorContains(t, err, "fix with: pulumi config")
			require.Empty(t, done.destructive())
		})
	}
}

func TestAStoreIsReplacedOnceThatWasDeployedAsAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", map[string]string{"openedx:search": `{"version":"OpenSearch_2.19"}`})
	w.up()

	w.settings["openedx:allowReplace"], w.settings["openedx:search"] = `["search"]`, `{"version":"OpenSearch_2.17"}`
	_, err := w.run(engine.Update, false)
	require.ErrorContains(t, err, "not yet as deployed")

	w.settings["openedx:search"] = `{"version":"OpenSearch_2.19"}`
	require.Empty(t, w.up().destructive(), "naming a store replaces nothing yet")

	w.settings["openedx:search"] = `{"version":"OpenSearch_2.17"}`
	var replaced []string
	for _, urn := range w.up().destructive() {
		replaced = append(replaced, urn.Name())
	}
	require.Contains(t, replaced, "campus-search-domain")
}
