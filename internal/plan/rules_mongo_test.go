package plan_test

import (
	"encoding/pem"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

const anyImage = "ami-0123456789abcdef0"

var certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))

func mongo(change func(m *config.MongoOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Overrides.Mongo, value) }
}

// atlas changes a MongoDB that Atlas runs.
func atlas(change func(a *config.Atlas, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.Mongo.Kind, s.Mongo.Atlas = text("atlas"), config.Atlas{Project: text("5f1a2b3c4d5e6f7a8b9c0d1e")}
		change(&s.Mongo.Atlas, value)
	}
}

// external changes a MongoDB that others run.
func external(change func(e *config.External, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.Mongo.Kind, s.MongoPassword = text("external"), "correct-horse-battery-staple"
		s.Mongo.External = config.External{Host: text("mongo.example.org"), ReplicaSet: text("rs0")}
		change(&s.Mongo.External, value)
	}
}

func TestTheRulesOfMongoMembersHoldAtTheirBoundaries(t *testing.T) {
	image := func(member string) func(*config.Settings, string) {
		return func(s *config.Settings, v string) { s.Mongo.Images = map[string]string{member: v} }
	}
	member := func(count int) func(*config.Settings, string) {
		return func(s *config.Settings, v string) {
			s.Overrides.Mongo.Members = &count
			s.Mongo.Images = map[string]string{v: anyImage}
		}
	}
	for _, b := range []boundary{
		{
			name: "members", key: "openedx:overrides.mongo.members",
			set:  mongo(func(m *config.MongoOverride, v string) { m.Members = number(v) }),
			good: []string{"3", "4", "5"}, bad: []string{"-1", "0", "1", "2", "6", "7", "1000000000"},
		},
		{
			name: "machine in small", key: "openedx:overrides.mongo.machine", preset: config.Small,
			set:  mongo(func(m *config.MongoOverride, v string) { m.Machine = &v }),
			good: []string{"t4g.medium", "t4g.2xlarge", "m6g.large", "r8g.16xlarge"},
			bad:  []string{"t4g.small", "t3.medium", "m6i.large", "c7g.large", "r7g", "r7g.large.search", "db.r7g.large"},
		},
		{
			name: "machine in medium", key: "openedx:overrides.mongo.machine",
			set:  mongo(func(m *config.MongoOverride, v string) { m.Machine = &v }),
			good: []string{"m7g.large"}, bad: []string{"t4g.2xlarge"},
		},
		{
			name: "volume", key: "openedx:overrides.mongo.volumeGiB",
			set:  mongo(func(m *config.MongoOverride, v string) { m.VolumeGiB = number(v) }),
			good: []string{"20", "16384"}, bad: []string{"-1", "0", "19", "16385"},
		},
		{
			name: "operations", key: "openedx:overrides.mongo.iops",
			set:  mongo(func(m *config.MongoOverride, v string) { m.IOPS = number(v) }),
			good: []string{"3000", "16000"}, bad: []string{"0", "100", "2999", "16001"},
		},
		{
			name: "operations of a small volume", key: "openedx:overrides.mongo.iops",
			set:  mongo(func(m *config.MongoOverride, v string) { m.VolumeGiB, m.IOPS = ptr(20), number(v) }),
			good: []string{"10000"}, bad: []string{"10001"},
		},
		{
			name: "throughput", key: "openedx:overrides.mongo.throughputMiBps",
			set:  mongo(func(m *config.MongoOverride, v string) { m.IOPS, m.ThroughputMiBps = ptr(16000), number(v) }),
			good: []string{"125", "1000"}, bad: []string{"0", "124", "1001"},
		},
		{
			name: "throughput of few operations", key: "openedx:overrides.mongo.throughputMiBps",
			set:  mongo(func(m *config.MongoOverride, v string) { m.ThroughputMiBps = number(v) }),
			good: []string{"750"}, bad: []string{"751", "1000", "1001"},
		},
		{
			name: "image", key: "openedx:mongo.images.a", set: image("a"),
			good: []string{"", anyImage, "ami-12345678"},
			bad:  []string{"ami-123456789", "ami-", "AMI-0123456789abcdef0", "ami-0123456789abcdefg", "ami-0123456789abcdef01", "al2023"},
		},
		{name: "member of three", key: "openedx:mongo.images.", set: member(3), good: []string{"a", "c"}, bad: []string{"d", "a2", "A"}},
		{name: "member of four", key: "openedx:mongo.images.", set: member(4), good: []string{"c", "a2"}, bad: []string{"b2"}},
		{name: "member of five", key: "openedx:mongo.images.", set: member(5), good: []string{"c", "a2", "b2"}, bad: []string{"c2", "a3"}},
	} {
		t.Run(b.name, b.run)
	}
}

func TestTheRulesOfOtherMongosHoldAtTheirBoundaries(t *testing.T) {
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}))
	for _, b := range []boundary{
		{
			name: "kind", key: "openedx:mongo.kind",
			set:  func(s *config.Settings, v string) { s.Mongo.Kind = &v },
			good: []string{"replicaSet"},
			bad:  []string{"documentdb", "DocumentDB", "document-db", "docdb", "cosmosdb", "cosmos_db", "ferretdb", "ReplicaSet", "mongo", ""},
		},
		{
			name: "Atlas project", key: "openedx:mongo.atlas.project",
			set:  atlas(func(a *config.Atlas, v string) { a.Project = &v }),
			good: []string{"0123456789abcdef01234567"},
			bad:  []string{"", "0123456789abcdef0123456", "0123456789abcdef012345678", "0123456789ABCDEF01234567", "campus"},
		},
		{
			name: "Atlas tier", key: "openedx:mongo.atlas.tier",
			set:  atlas(func(a *config.Atlas, v string) { a.Tier = &v }),
			good: []string{"M10", "M30", "M200"}, bad: []string{"M0", "M2", "M5", "M300", "m30", "M30_NVME", "R40", "FLEX"},
		},
		{
			name: "external host", key: "openedx:mongo.external.host",
			set:  external(func(e *config.External, v string) { e.Host = &v }),
			good: []string{"mongo.example.org", "mongo.internal"},
			bad: []string{
				"", "mongo", "10.0.0.1", "mongo.example.org:27017", "mongodb://mongo.example.org", "mongodb+srv://u:p@mongo.example.org",
				"mongodb+srv://mongo.example.org", "a.example.org,b.example.org", "Mongo.example.org", "mongo_1.example.org",
			},
		},
		{
			name: "external port", key: "openedx:mongo.external.port",
			set:  external(func(e *config.External, v string) { e.Port = number(v) }),
			good: []string{"1", "65535"}, bad: []string{"-1", "0", "65536"},
		},
		{
			name: "external set", key: "openedx:mongo.external.replicaSet",
			set:  external(func(e *config.External, v string) { e.ReplicaSet = &v }),
			good: []string{"rs0", "A", "a" + strings.Repeat("b", 62)}, bad: []string{"", "0rs", "rs 0", "rs/0", "a" + strings.Repeat("b", 63)},
		},
		{
			name: "external authority", key: "openedx:mongo.external.authority",
			set:  external(func(e *config.External, v string) { e.Authority = &v }),
			good: []string{"", certificate}, bad: []string{key, "ca.pem", "-----BEGIN CERTIFICATE-----"},
		},
		{
			name: "external password", key: "openedx:mongoPassword",
			set: func(s *config.Settings, v string) {
				external(func(*config.External, string) {})(s, "")
				s.MongoPassword = config.Secret(v)
			},
			good: []string{strings.Repeat("p", 16), strings.Repeat("p", 128), "it's-p@ss/word:%20!"},
			bad:  []string{"", strings.Repeat("p", 15), strings.Repeat("p", 129), "with a space in it", "with-ümlaut-in-it", "with-a-newline-in\n"},
		},
		{
			name: "password of the platform's own", key: "openedx:mongoPassword",
			set:  func(s *config.Settings, v string) { s.MongoPassword = config.Secret(v) },
			good: []string{""}, bad: []string{"correct-horse-battery-staple", "p"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestWhatBelongsToAnotherKindOfMongoIsRefusedOnce(t *testing.T) {
	written := func(s *config.Settings) {
		s.Mongo.Images = map[string]string{"z": "none"}
		s.Overrides.Mongo = config.MongoOverride{Machine: text("x"), Members: ptr(4), VolumeGiB: ptr(1), IOPS: ptr(1)}
		s.Mongo.Atlas = config.Atlas{Project: text("x"), Tier: text("M1")}
		s.Mongo.External = config.External{Host: text("a,b"), Port: ptr(0), Authority: text("x")}
		s.MongoPassword = "short"
	}
	for kind, want := range map[string][]string{
		"replicaSet": {"openedx:mongo.atlas", "openedx:mongo.external", "openedx:mongoPassword"},
		"atlas":      {"openedx:overrides.mongo", "openedx:mongo.images", "openedx:mongo.external", "openedx:mongoPassword"},
		"external":   {"openedx:overrides.mongo", "openedx:mongo.images", "openedx:mongo.atlas"},
		"documentdb": nil, // of which nobody knows what it would need
	} {
		s := settings(t, config.Medium)
		written(&s)
		s.Mongo.Kind = &kind
		_, problems := plan.Resolve(s)
		var strange []string
		for _, problem := range problems {
			if strings.HasPrefix(problem.Want, "means nothing here") {
				strange = append(strange, problem.Key)
			}
		}
		if len(strange) != len(want) {
			t.Errorf("%s: got %v, want %v", kind, strange, want)
		}
		for _, key := range want {
			if !strings.Contains(strings.Join(strange, " "), key) {
				t.Errorf("%s: %s is not among %v", kind, key, strange)
			}
		}
	}
}

func TestNoProblemShowsThePassword(t *testing.T) {
	for _, host := range []string{"mongodb://root:hunter2@mongo.example.org", "root:hunter2@mongo.example.org,b.example.org"} {
		s := settings(t, config.Medium)
		external(func(e *config.External, _ string) { e.Host = &host })(&s, "")
		s.MongoPassword = "hunter2 hunter2"
		_, problems := plan.Resolve(s)
		if all := (config.Problems{}).Add(problems...); len(problems) != 2 || strings.Contains(all.Error(), "hunter2") {
			t.Errorf("got %v", all)
		}
	}
}
