package plan_test

import "example.org/openedx/internal/config"

// The edits that foundations are tested with.

func mysqlVersion(s *config.Settings, v string)  { s.MySQL.Version = &v }
func searchVersion(s *config.Settings, v string) { s.Search.Version = &v }
func searchEnabled(s *config.Settings, v bool)   { s.Search.Enabled = &v }
func members(s *config.Settings, n int)          { s.Overrides.Mongo.Members = &n }
func volume(s *config.Settings, n int)           { s.Overrides.Mongo.VolumeGiB = &n }

func zones(s *config.Settings, letters string) {
	s.Region, s.Network.Zones = "us-east-1", list(letters)
}
func engine(s *config.Settings, v [2]string) { s.Cache.Engine, s.Cache.Version = &v[0], &v[1] }
func atlasProject(s *config.Settings, v string) {
	s.Mongo.Kind, s.Mongo.Atlas.Project = text("atlas"), &v
}

func lock(s *config.Settings, v config.Lock) { s.Backup.Lock = &v }

func copies(s *config.Settings, v config.CopyRhythm) { s.Backup.Copy = &v }

func copyRegion(s *config.Settings, v string) { s.Backup.CopyRegion = &v }

func split(s *config.Settings, v bool) { s.Cache.Split, s.Cache.Moving = &v, false }

func moving(s *config.Settings) { s.Cache.Split, s.Cache.Moving = ptr(false), true }

func certManager(s *config.Settings, v *bool) { s.Preset, s.AddOns.CertManager = config.Small, v }

func slots(s *config.Settings, main, staff *int) {
	s.Instances = map[string]config.Instance{"main": {Slot: main, LMS: "learn.campus.example.org"}}
	if staff != nil {
		s.Instances["staff"] = config.Instance{Slot: staff, LMS: "staff.campus.example.org"}
	}
}

func mongoKind(s *config.Settings, kind string) {
	s.Mongo, s.MongoPassword = config.Mongo{}, ""
	s.Mongo.Kind = &kind
	switch kind {
	case "atlas":
		atlas(func(*config.Atlas, string) {})(s, "")
	case "external":
		external(func(*config.External, string) {})(s, "")
	}
}
