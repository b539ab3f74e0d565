package plan_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// change is an edit of a stack that is deployed.
type change struct {
	name   string
	before func(s *config.Settings) // what the deployed settings are, medium's if nil
	after  func(s *config.Settings) // what is edited then
	// What refuses the edit: nothing where the stores stay.
	key, was, is, because string
	stores                []string // which have to be named to go on; none if that is no help
}

// foundation is one setting of a stack that is built on.
func foundation[T any](set func(s *config.Settings, value T), from, to T) change {
	return change{
		before: func(s *config.Settings) { set(s, from) },
		after:  func(s *config.Settings) { set(s, to) },
	}
}

// problems deploys what was before and plans what comes after; both name the
// stores that may be replaced.
func (c change) problems(t *testing.T, deployed, allowed []string) []config.Problem {
	t.Helper()
	s := settings(t, config.Medium)
	if c.before != nil {
		c.before(&s)
	}
	s.AllowReplace = deployed
	before := resolve(t, s).Foundations()
	c.after(&s)
	s.AllowReplace = allowed
	return resolve(t, s).ReplaceProblems(before)
}

var everyStore = []string{"mysql", "mongo", "cache", "search"}

func (c change) refused(key, was, is, because string, stores ...string) change {
	c.key, c.was, c.is, c.because, c.stores = key, was, is, because, stores
	return c
}

func (c change) called(name string) change {
	c.name = name
	return c
}

func changes() []change {
	const project, other = "5f1a2b3c4d5e6f7a8b9c0d1e", "000000000000000000000000"
	slot := func(s *config.Settings, pair [2]*int) { slots(s, pair[0], pair[1]) }
	return []change{
		{name: "nothing", after: func(*config.Settings) {}},
		foundation(func(s *config.Settings, v string) { s.Name = v }, "campus", "school").called("name").
			refused("openedx:name", "campus", "school", "made anew", everyStore...),
		foundation(func(s *config.Settings, v string) { s.Region = v }, "eu-west-1", "eu-north-1").called("region").
			refused("aws:region", "eu-west-1", "eu-north-1", "without the data", everyStore...),
		foundation(func(s *config.Settings, v string) { s.Network.CIDR = &v }, "10.20.0.0/16", "10.30.0.0/16").called("address block").
			refused("openedx:network.cidr", "10.20.0.0/16", "10.30.0.0/16", "the network", everyStore...),
		foundation(zones, "a b c", "a b c d").called("a fourth zone"),
		foundation(zones, "a b c d", "a b c").called("the fourth zone goes"),
		foundation(zones, "a b c", "a b d").called("another third zone").
			refused("openedx:network.zones", "a,b,c", "a,b,d", "cannot move", everyStore...),
		foundation(zones, "a b c", "d a b c").called("a zone in front").
			refused("openedx:network.zones", "a,b,c", "d,a,b", "cannot move", everyStore...),

		foundation(mysqlVersion, "8.0.mysql_aurora.3.10.1", "8.0.mysql_aurora.3.10.3").called("MySQL goes up"),
		foundation(mysqlVersion, "8.0.mysql_aurora.3.10.3", "8.4.mysql_aurora.8.4.7").called("MySQL goes up to the next major version"),
		foundation(mysqlVersion, "8.0.mysql_aurora.3.10.1", "8.0.mysql_aurora.3.10.0").called("MySQL goes down").
			refused("openedx:mysql.version", "8.0.mysql_aurora.3.10.1", "8.0.mysql_aurora.3.10.0", "no way back", "mysql"),
		foundation(mysqlVersion, "8.4.mysql_aurora.8.4.7", "8.0.mysql_aurora.3.10.3").called("MySQL goes down to the major version before").
			refused("openedx:mysql.version", "8.4.mysql_aurora.8.4.7", "8.0.mysql_aurora.3.10.3", "no way back", "mysql"),

		foundation(mongoKind, "replicaSet", "atlas").called("MongoDB moves to Atlas").
			refused("openedx:mongo.kind", "replicaSet", "atlas", "left behind", "mongo"),
		foundation(mongoKind, "external", "replicaSet").called("MongoDB moves in").
			refused("openedx:mongo.kind", "external", "replicaSet", "left behind", "mongo"),
		foundation(atlasProject, project, other).called("another Atlas project").
			refused("openedx:mongo.atlas.project", project, other, "left behind", "mongo"),
		foundation(members, 3, 5).called("more members"),
		foundation(members, 5, 3).called("fewer members").
			refused("openedx:overrides.mongo.members", "5", "3", "with their volumes", "mongo"),
		foundation(volume, 200, 201).called("a larger volume"),
		foundation(volume, 200, 199).called("a smaller volume").
			refused("openedx:overrides.mongo.volumeGiB", "200", "199", "cannot shrink"),
		foundation(searchVolume, 100, 101).called("a larger volume of OpenSearch"),
		foundation(searchVolume, 100, 99).called("a smaller volume of OpenSearch").
			refused("openedx:overrides.search.storageGiB", "100", "99", "cannot shrink"),
		foundation(indexVolume, 50, 51).called("a larger volume of Meilisearch"),
		foundation(indexVolume, 50, 49).called("a smaller volume of Meilisearch").
			refused("openedx:overrides.meilisearch.volumeGiB", "50", "49", "cannot shrink"),
		foundation(metricVolume, 100, 101).called("a larger volume of Prometheus"),
		foundation(metricVolume, 100, 99).called("a smaller volume of Prometheus").
			refused("openedx:monitoring.volumeGiB", "100", "99", "cannot shrink"),

		foundation(backupDays, 20, 21).called("backups are kept for longer"),
		foundation(backupDays, 21, 20).called("backups are kept for less long").
			refused("openedx:data.backupDays", "21", "20", "would go at once", "backups"),

		foundation(lock, config.LockNone, config.LockGovernance).called("a lock comes"),
		foundation(lock, config.LockGovernance, config.LockNone).called("a lock that can be taken off goes"),
		foundation(lock, config.LockGovernance, config.LockCompliance).called("a lock becomes final"),
		foundation(lock, config.LockCompliance, config.LockGovernance).called("a final lock is weakened").
			refused("openedx:backup.lock", "compliance", "governance", "AWS included"),
		foundation(lock, config.LockCompliance, config.LockNone).called("a final lock goes").
			refused("openedx:backup.lock", "compliance", "none", "nobody can take such a lock off once it is final"),

		foundation(copies, config.CopyNever, config.CopyDaily).called("copies begin"),
		foundation(copies, config.CopyDaily, config.CopyWeekly).called("copies become fewer"),
		foundation(copies, config.CopyWeekly, config.CopyNever).called("copies end").
			refused("openedx:backup.copy", "weekly", "never", "the copies in the other region", "copies"),
		foundation(copyRegion, "eu-central-1", "eu-west-3").called("copies go elsewhere").
			refused("openedx:backup.copyRegion", "eu-central-1", "eu-west-3", "the copies in the other region", "copies"),

		foundation(engine, [2]string{"redis", "7.1"}, [2]string{"valkey", "8.0"}).called("Redis becomes Valkey"),
		foundation(engine, [2]string{"redis", "7.1"}, [2]string{"valkey", "7.2"}).called("Redis becomes the oldest Valkey"),
		foundation(engine, [2]string{"valkey", "8.0"}, [2]string{"redis", "7.1"}).called("Valkey becomes Redis").
			refused("openedx:cache.engine", "valkey", "redis", "no way back from Valkey", "cache"),
		foundation(engine, [2]string{"valkey", "8.0"}, [2]string{"valkey", "8.2"}).called("Valkey goes up"),
		foundation(engine, [2]string{"valkey", "8.0"}, [2]string{"valkey", "7.2"}).called("Valkey goes down").
			refused("openedx:cache.version", "8.0", "7.2", "no way back", "cache"),
		foundation(engine, [2]string{"redis", "7.1"}, [2]string{"redis", "7.0"}).called("Redis goes down").
			refused("openedx:cache.version", "7.1", "7.0", "no way back", "cache"),

		foundation(split, false, true).called("queues and cache are put apart"),
		foundation(split, true, false).called("queues and cache are put together").
			refused("openedx:cache.split", "true", "false", "while pods use it"),
		{name: "pods begin to move", before: func(s *config.Settings) { split(s, true) }, after: moving},
		{name: "pods have moved", before: moving, after: func(s *config.Settings) { s.Cache.Moving = false }},

		foundation(certManager, ptr(false), ptr(true)).called("an add-on comes"),
		foundation(certManager, ptr(true), ptr(false)).called("an add-on is switched off"),
		foundation(certManager, ptr(true), nil).called("an add-on is not mentioned, and the preset does without it").
			refused("openedx:addons.certManager", "true", "false", "left alone"),
		foundation(searchEnabled, false, true).called("OpenSearch comes"),
		foundation(searchEnabled, true, false).called("OpenSearch goes").
			refused("openedx:search.enabled", "true", "false", "with its indices", "search"),
		foundation(searchVersion, "OpenSearch_2.19", "OpenSearch_3.1").called("OpenSearch goes up"),
		foundation(searchVersion, "OpenSearch_3.1", "OpenSearch_2.19").called("OpenSearch goes down").
			refused("openedx:search.version", "OpenSearch_3.1", "OpenSearch_2.19", "no way back", "search"),

		foundation(slot, [2]*int{ptr(0), nil}, [2]*int{ptr(0), ptr(1)}).called("an instance comes"),
		foundation(slot, [2]*int{ptr(0), ptr(1)}, [2]*int{ptr(0), nil}).called("an instance goes"),
		foundation(slot, [2]*int{ptr(0), ptr(1)}, [2]*int{ptr(0), ptr(2)}).called("an instance moves").
			refused("openedx:instances.staff.slot", "1", "2", "queued tasks would never run", "cache"),
	}
}

func TestAnEditThatWouldMakeAStoreAnewIsRefused(t *testing.T) {
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			problems := c.problems(t, nil, nil)
			if c.key == "" {
				if len(problems) > 0 {
					t.Errorf("refused: %v", problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("got %v, want one problem", problems)
			}
			c.compare(t, problems[0])
		})
	}
}

// compare looks whether a problem says what the change is refused for.
func (c change) compare(t *testing.T, got config.Problem) {
	t.Helper()
	if got.Key != c.key || got.Got != c.is || !strings.HasPrefix(got.Want, "takes the place of "+c.was+": ") || !strings.Contains(got.Want, c.because) {
		t.Errorf("got %+v", got)
	}
	fix := config.SetCommand("medium", c.key, c.was)
	if c.key == "openedx:network.zones" {
		fix = config.RemoveCommand("medium", c.key) + " && "
	}
	if !strings.HasPrefix(got.Fix, fix) {
		t.Errorf("mended by %s, want %s", got.Fix, fix)
	}
	if named := strings.Contains(got.Want, "name "+strings.Join(c.stores, ", ")+" in openedx:allowReplace"); named != (len(c.stores) > 0) {
		t.Errorf("the stores are not named: %s", got.Want)
	}
}

func TestAStoreIsMadeAnewOnlyIfItWasNamedBeforeAndStillIs(t *testing.T) {
	for _, c := range changes() {
		if c.key == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			not := "but not yet as deployed"
			others := slices.DeleteFunc(slices.Clone(everyStore), func(store string) bool { return slices.Contains(c.stores, store) })
			cases := []permission{{c.stores, nil, "in openedx:allowReplace"}, {nil, c.stores, strings.Join(c.stores, ", ") + ", " + not}}
			switch len(c.stores) {
			case 0: // no permission helps
				cases = []permission{{everyStore, everyStore, " is wanted"}}
			case 1:
				cases = append(cases, permission{c.stores, c.stores, ""}, permission{others, others, "name " + c.stores[0]}, permission{others, c.stores, not})
			default:
				cases = append(cases, permission{c.stores, c.stores, ""}, permission{c.stores[:1], c.stores, not}, permission{c.stores, c.stores[:1], "in openedx"})
			}
			for _, p := range cases {
				p.compare(t, c.problems(t, p.deployed, p.allowed))
			}
		})
	}
}

// permission is which stores were named as deployed and are named now, and what
// refuses the change all the same.
type permission struct {
	deployed, allowed []string
	want              string
}

// compare looks whether there is a problem only where one is wanted.
func (p permission) compare(t *testing.T, problems []config.Problem) {
	t.Helper()
	if p.want == "" && len(problems) == 0 {
		return
	}
	if len(problems) != 1 || p.want == "" || !strings.Contains(problems[0].Want, p.want) {
		t.Errorf("%v as deployed and %v now: got %v, want %q", p.deployed, p.allowed, problems, p.want)
	}
}

func TestAZoneThatWasAddedIsKeptWhereZonesArePutBack(t *testing.T) {
	for after, want := range map[string][]string{"a b d c": {"a", "b", "c", "d"}, "a b d": {"a", "b", "c"}} {
		got := foundation(zones, "a b c", after).problems(t, nil, nil)
		if fix := config.SetListCommand("medium", "openedx:network.zones", want); len(got) != 1 || got[0].Fix != fix {
			t.Errorf("%s: got %v, want %s", after, got, fix)
		}
	}
}

func TestAFirstRunIsNeverRefused(t *testing.T) {
	for _, before := range []plan.Foundations{nil, {}} {
		if problems := resolve(t, everyStoreChosen(t)).ReplaceProblems(before); len(problems) > 0 {
			t.Errorf("got %v", problems)
		}
	}
}

func TestFoundationsOfAnotherReleaseAreRead(t *testing.T) {
	resolved := resolve(t, settings(t, config.Medium))
	before := resolved.Foundations()
	before["openedx:forgotten.key"], before["openedx:overrides.mongo.volumeGiB"] = "x", "a lot"
	before["openedx:mysql.version"], before["openedx:search.version"] = "8.0.mysql_aurora.3.04.4", "OpenSearch_1.3"
	delete(before, "openedx:network.zones")
	problems := resolved.ReplaceProblems(before)
	if len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
	// A version that only a newer release knows is newer, too.
	before = resolved.Foundations()
	before["openedx:mysql.version"], before["openedx:cache.version"] = "8.4.mysql_aurora.8.4.12", "8.10"
	if problems = resolved.ReplaceProblems(before); len(problems) != 2 {
		t.Errorf("got %v, want two", problems)
	}
}

func TestGrowthFromPresetToPresetMakesNoStoreAnew(t *testing.T) {
	s := settings(t, config.Small)
	for _, preset := range config.Presets() {
		before := resolve(t, s).Foundations()
		s.Preset = preset
		if problems := resolve(t, s).ReplaceProblems(before); len(problems) > 0 {
			t.Errorf("%s: %v", preset, problems)
		}
	}
}

func TestImagesAreReplacedOneMemberAtATime(t *testing.T) {
	const old, young = "ami-00000000000000001", "ami-00000000000000002"
	images := func(count int, pairs ...string) func(s *config.Settings) {
		return func(s *config.Settings) {
			members(s, count)
			s.Mongo.Images = map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				s.Mongo.Images[pairs[i]] = pairs[i+1]
			}
		}
	}
	for _, c := range []struct {
		name          string
		before, after func(s *config.Settings)
		key, fix      string
	}{
		{name: "one", before: images(3), after: images(3, "b", young)},
		{name: "one after the other", before: images(3, "a", young, "b", old), after: images(3, "a", young, "b", young)},
		{name: "two", before: images(3), after: images(3, "a", young, "c", young), key: "openedx:mongo.images.c", fix: "pulumi config rm --path openedx:mongo.images.c"},
		{
			name: "two that were named", before: images(3, "a", old, "b", old), after: images(3, "a", young, "b", young),
			key: "openedx:mongo.images.b", fix: "pulumi config set --path openedx:mongo.images.b " + old,
		},
		{name: "new members", before: images(3), after: images(5, "a2", young, "b2", young)},
		{name: "one beside new members", before: images(3), after: images(5, "a2", young, "b2", young, "c", young)},
		{name: "two beside new members", before: images(3), after: images(5, "a2", young, "b", young, "c", young), key: "openedx:mongo.images.c"},
		{name: "removed", before: images(3, "a", old, "b", old, "c", old), after: images(3)},
		{name: "removed, and one", before: images(3, "a", old, "b", old), after: images(3, "c", young)},
	} {
		// No permission helps: the members are to stay.
		for _, allowed := range [][]string{nil, everyStore} {
			got := change{before: c.before, after: c.after}.problems(t, allowed, allowed)
			if c.key == "" && len(got) == 0 {
				continue
			}
			if len(got) != 1 || got[0].Key != c.key || !strings.HasPrefix(got[0].Want, "would replace a second member") || !strings.HasPrefix(got[0].Fix, c.fix) {
				t.Errorf("%s: got %v", c.name, got)
			}
		}
	}
}

func TestFoundationsAreSettingsThatThereAre(t *testing.T) {
	known := map[string]bool{}
	for _, key := range config.Keys() {
		known[key.Path] = true
	}
	// A fact of what is deployed, which is held beside the settings.
	known["redis.databases"] = true
	entry := regexp.MustCompile(`^openedx:(mongo\.images\.[a-z0-9]+|instances\.[a-z0-9-]+)`)
	all := resolve(t, everyStoreChosen(t)).Foundations()
	for _, kind := range []string{"atlas", "external"} {
		s := settings(t, config.Medium)
		mongoKind(&s, kind)
		maps.Copy(all, resolve(t, s).Foundations())
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		path := entry.ReplaceAllStringFunc(key, func(text string) string {
			if strings.HasPrefix(text, "openedx:mongo") {
				return "openedx:mongo.images"
			}
			return "openedx:instances.<slug>"
		})
		if !known[path] {
			t.Errorf("%s is no setting", key)
		}
	}
	for _, c := range changes() {
		if _, held := all[c.key]; c.key != "" && !held {
			t.Errorf("%s is not held", c.key)
		}
	}
}

func TestFoundationsHoldNoSecret(t *testing.T) {
	s := settings(t, config.Medium)
	mongoKind(&s, "external")
	for key, value := range resolve(t, s).Foundations() {
		if strings.Contains(value, string(s.MongoPassword)) {
			t.Errorf("%s is the password", key)
		}
	}
}
