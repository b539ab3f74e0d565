package plan_test

import (
	"reflect"
	"slices"
	"testing"

	"example.org/openedx/internal/config"
)

// empty lists the fields of a plan that hold nothing by decision, first in every
// preset and then by preset. Any other field that is empty was forgotten.
var (
	empty = []string{
		"Plan.Cluster.Nodes.Spot", "Plan.Cluster.Nodes.Quiet", // nobody asked for either
		"Plan.Stores.MySQL.MinCapacity", "Plan.Stores.MySQL.MaxCapacity", // the machine is of a fixed size
		"Plan.Stores.MySQL.BootstrapOpen",
		"Plan.Stores.Mongo.Members.Image", // every member keeps the image it was made from
		"Plan.Stores.Mongo.Atlas.Project", "Plan.Stores.Mongo.Atlas.Tier",
		"Plan.Stores.Mongo.External.Host", "Plan.Stores.Mongo.External.Port", "Plan.Stores.Mongo.External.ReplicaSet",
		"Plan.Stores.Mongo.External.Username", "Plan.Stores.Mongo.External.Authority",
		"Plan.Stores.Memcached.Version", "Plan.Stores.Memcached.Machine", "Plan.Stores.Memcached.Nodes",
		"Plan.Edge.ZoneID", "Plan.Instances.Domain", "Plan.Instances.ZoneID", // every zone is made
		"Plan.Edge.Parent.Stack", "Plan.Edge.Parent.Domain", "Plan.Instances.Shared", // and shared with nobody
		"Plan.Instances.Certificate", "Plan.Instances.CDNCertificate", // and every certificate
		"Plan.Edge.Firewall.Count", "Plan.Edge.Firewall.Allow", "Plan.Edge.Firewall.Deny",
		"Plan.Edge.Firewall.AllowCountries", "Plan.Edge.Firewall.DenyCountries",
		"Plan.Edge.Mail.Reports", "Plan.Edge.Mail.SMTP.Host", "Plan.Edge.Mail.SMTP.Port", "Plan.Edge.Mail.SMTP.Username",
		"Plan.Edge.GitHub.Repository", "Plan.Edge.GitHub.Environment", "Plan.Edge.GitHub.Provider",
		"Plan.Edge.Costs.AllocationTags", "Plan.Edge.Audit.Trail", "Plan.Edge.Audit.GuardDuty",
		"Plan.Instances.Slot",     // the first slot is 0
		"Plan.Instances.Learners", // nobody says
		"Plan.AddOns.CodeJail",    // it is for some courses only
		"Plan.AddOns.Off",         // whoever wants them has them
		"Plan.Stores.Redis.Groups.Leaving",
	}
	emptyIn = map[config.Preset][]string{
		config.Small: {
			"Plan.Network.NATPerZone", "Plan.Network.Endpoints", "Plan.Stores.MySQL.Readers",
			"Plan.Stores.Search.Version", "Plan.Stores.Search.Machine", "Plan.Stores.Search.Nodes", "Plan.Stores.Search.Masters",
			"Plan.Stores.Search.StorageGiB", "Plan.Stores.Search.CreateRole",
			"Plan.Edge.Storage.ColdDays", "Plan.Edge.Backup.CopyRegion",
			"Plan.Edge.Backup.MonthlyMonths", "Plan.Edge.Backup.RestoreTests",
			"Plan.AddOns.CertManager", "Plan.AddOns.ExternalSecrets", "Plan.AddOns.ExternalDNS", "Plan.AddOns.Snapshots",
		},
		config.Medium: {"Plan.Network.Endpoints", "Plan.Stores.Search.Masters", "Plan.Edge.Backup.RestoreTests"},
	}
)

func TestEveryStarterStackSetsEveryFieldOfThePlan(t *testing.T) {
	for _, preset := range config.Presets() {
		s := settings(t, preset)
		s.Tags = map[string]string{"team": "learning"}
		s.Cluster.Admins = []string{"arn:aws:iam::123456789012:role/ops"}
		s.Cluster.Viewers = []string{"arn:aws:iam::123456789012:role/support"}
		s.Alarms.Emails, s.AllowReplace = []string{"operations@example.org"}, []string{"search"}
		allowed := append(slices.Clone(empty), emptyIn[preset]...)
		found := zeroFields(reflect.ValueOf(resolve(t, s)), "Plan")
		for _, path := range found {
			if !slices.Contains(allowed, path) {
				t.Errorf("%s: %s is empty", preset, path)
			}
		}
		for _, path := range allowed {
			if !slices.Contains(found, path) {
				t.Errorf("%s: %s is listed as empty and holds something", preset, path)
			}
		}
	}
}

func TestWhatIsChosenLaterSetsItsFields(t *testing.T) {
	s := settings(t, config.Small)
	s.MySQL.Serverless, s.MySQL.Bootstrap, s.Cache.Memcached, s.Search.Enabled = true, text("open"), true, ptr(true)
	s.Mongo.Images = map[string]string{"a": anyImage, "b": anyImage, "c": anyImage}
	found := zeroFields(reflect.ValueOf(resolve(t, s).Stores), "Stores")
	atlas(func(*config.Atlas, string) {})(&s, "")
	s.Mongo.Images = nil
	found = append(found, zeroFields(reflect.ValueOf(resolve(t, s).Stores.Mongo.Atlas), "Atlas")...)
	external(func(e *config.External, _ string) { e.Authority = text(certificate) })(&s, "")
	s.Mongo.Atlas = config.Atlas{}
	found = append(found, zeroFields(reflect.ValueOf(resolve(t, s).Stores.Mongo.External), "External")...)
	want := []string{
		"Stores.MySQL.Readers", "Stores.Mongo.Atlas.Project", "Stores.Mongo.Atlas.Tier", "Stores.Mongo.External.Host", "Stores.Mongo.External.Port",
		"Stores.Mongo.External.ReplicaSet", "Stores.Mongo.External.Username", "Stores.Mongo.External.Authority",
		"Stores.Redis.Groups.Leaving", "Stores.Search.Masters", "Stores.Alarms.Emails", "Stores.Replaceable",
	}
	if !slices.Equal(found, want) {
		t.Errorf("empty are %q, want %q", found, want)
	}
}

// zeroFields lists the fields of a struct that hold nothing.
func zeroFields(value reflect.Value, path string) []string {
	var empty []string
	for i := range value.NumField() {
		field, name := value.Field(i), path+"."+value.Type().Field(i).Name
		switch {
		case field.Kind() == reflect.Struct:
			empty = append(empty, zeroFields(field, name)...)
		case field.IsZero(), field.Kind() == reflect.Slice && field.Len() == 0:
			empty = append(empty, name)
		case field.Kind() == reflect.Slice && field.Index(0).Kind() == reflect.Struct:
			for j := range field.Len() {
				empty = append(empty, zeroFields(field.Index(j), name)...)
			}
		}
	}
	return empty
}
