package plan_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

const anyDeployer = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

// everythingAround writes every key about what is around the cluster.
func everythingAround(s *config.Settings) {
	s.DNS.ZoneID = text(anyZone)
	s.CDN = config.CDN{Enabled: ptr(true), PriceClass: text("PriceClass_200"), OriginSeconds: ptr(90)}
	s.Firewall = config.Firewall{
		Count: true, Rate: ptr(3000), LogInRate: ptr(200), Allow: []string{"203.0.113.0/24", "198.51.100.0/24"}, Deny: []string{"2001:db8::/32", "192.0.2.0/24"},
		AllowCountries: []string{"PT", "ES"}, LogDays: ptr(60),
	}
	s.Mail = config.Mail{
		Domain: text("mail.campus.example.org"), From: text("courses@mail.campus.example.org"), DMARC: ptr(config.DMARCReject), Reports: text("dmarc@example.org"),
	}
	s.Storage = config.Storage{NoncurrentDays: ptr(61), ColdDays: ptr(2), LogDays: ptr(3), TrackingArchiveDays: ptr(34)}
	s.Registry = config.Registry{Repositories: []string{"theme", "openedx"}, Images: ptr(5)}
	s.GitHub = config.GitHub{Repository: text("example-org/campus"), Environment: text("live"), Provider: text(anyDeployer)}
	s.Bastion = config.Bastion{Enabled: ptr(true), LogDays: ptr(60)}
	s.Overrides.Bastion.Machine = text("t4g.medium")
	s.Backup = config.Backup{
		Copy: ptr(config.CopyDaily), CopyRegion: text("eu-north-1"), CopyDays: ptr(38), MonthlyMonths: ptr(9), RestoreTests: ptr(true), Lock: ptr(config.LockGovernance),
	}
	s.Costs = config.Costs{Budget: ptr(10), Anomaly: ptr(11), Scope: ptr(config.CostsOfStack), AllocationTags: true}
	s.Audit = config.Audit{Trail: true, GuardDuty: true}
}

func TestWhatIsWrittenAboutTheEdgeIsInThePlan(t *testing.T) {
	s := settings(t, config.Medium)
	everythingAround(&s)
	want := plan.Edge{
		ZoneID: anyZone,
		CDN:    plan.CDN{Enabled: true, PriceClass: "PriceClass_200", OriginSeconds: 90},
		Firewall: plan.Firewall{
			Count: true, Rate: 3000, LogInRate: 200, Allow: []string{"198.51.100.0/24", "203.0.113.0/24"}, Deny: []string{"192.0.2.0/24", "2001:db8::/32"},
			AllowCountries: []string{"ES", "PT"}, DenyCountries: []string{}, LogDays: 60,
		},
		Mail: plan.Mail{
			Kind: config.MailSES, Domain: "mail.campus.example.org", From: "courses@mail.campus.example.org", DMARC: config.DMARCReject, Reports: "dmarc@example.org",
		},
		Storage:  plan.Storage{NoncurrentDays: 61, ColdDays: 2, LogDays: 3, TrackingArchiveDays: 34},
		Registry: plan.Registry{Repositories: []string{"openedx", "theme"}, Images: 5},
		GitHub:   plan.GitHub{Repository: "example-org/campus", Environment: "live", Provider: anyDeployer},
		Bastion:  plan.Bastion{Enabled: true, Machine: "t4g.medium", LogDays: 60},
		Backup: plan.Backup{
			Copy: config.CopyDaily, CopyRegion: "eu-north-1", CopyDays: 38, MonthlyMonths: 9, RestoreTests: true, Lock: config.LockGovernance,
		},
		Costs: plan.Costs{Budget: 10, Anomaly: 11, Scope: config.CostsOfStack, AllocationTags: true},
		Audit: plan.Audit{Trail: true, GuardDuty: true},
	}
	got := resolve(t, s)
	if diff := cmp.Diff(want, got.Edge); diff != "" {
		t.Error(diff)
	}
	if contact := got.Instances[0].Contact; contact != "courses@mail.campus.example.org" {
		t.Errorf("an instance without a contact sends from %s", contact)
	}
	if found := zeroFields(reflect.ValueOf(got.Edge), "Edge"); !slices.Equal(found, []string{
		"Edge.Parent.Stack", "Edge.Parent.Domain", // a zone that is there is no cell's
		"Edge.Firewall.DenyCountries", "Edge.Mail.SMTP.Host", "Edge.Mail.SMTP.Port", "Edge.Mail.SMTP.Username",
	}) {
		t.Errorf("empty are %q", found)
	}
}

func TestAMailServerOfOthersIsInThePlan(t *testing.T) {
	s := settings(t, config.Medium)
	smtp(func(*config.Mail, string) {})(&s, "")
	s.Firewall.DenyCountries, s.GitHub.Repository = []string{"BV", "AQ"}, text("example-org/campus")
	got := resolve(t, s).Edge
	if want := (plan.SMTP{Host: "smtp.example.org", Port: 587, Username: "campus"}); got.Mail.SMTP != want || got.Mail.From != "noreply@campus.example.org" {
		t.Errorf("got %+v", got.Mail)
	}
	if diff := cmp.Diff([]string{"AQ", "BV"}, got.Firewall.DenyCountries); diff != "" {
		t.Error(diff)
	}
	if want := (plan.GitHub{Repository: "example-org/campus", Environment: "production"}); got.GitHub != want {
		t.Errorf("got %+v", got.GitHub)
	}
}

func TestWhatIsSwitchedOffIsOffInThePlan(t *testing.T) {
	s := settings(t, config.Medium)
	s.CDN.Enabled, s.Bastion.Enabled, s.Backup.Copy = ptr(false), ptr(false), ptr(config.CopyNever)
	got := resolve(t, s).Edge
	if got.CDN.Enabled || got.Bastion.Enabled || got.Backup.Copy != config.CopyNever || got.Backup.CopyRegion != "" {
		t.Errorf("got %+v", got)
	}
}

func TestEveryPresetsEdgeFollowsTheRulesThatBindASetting(t *testing.T) {
	for _, preset := range config.Presets() {
		s, of := settings(t, preset), plan.Sizing{}
		of, _ = plan.SizingOf(preset)
		s.CDN.PriceClass = &of.CDNPriceClass
		s.Firewall = config.Firewall{Rate: &of.FirewallRate, LogInRate: &of.LogInRate, LogDays: &of.FirewallLogDays}
		s.Storage = config.Storage{
			NoncurrentDays: &of.NoncurrentDays, ColdDays: &of.ColdDays, LogDays: &of.AccessLogDays, TrackingArchiveDays: &of.TrackingArchiveDays,
		}
		s.Registry.Images, s.Bastion.LogDays, s.Overrides.Bastion.Machine = &of.Images, &of.SessionLogDays, &of.Bastion.AWS
		s.Backup = config.Backup{Copy: &of.Copy, MonthlyMonths: &of.MonthlyMonths, RestoreTests: &of.RestoreTests}
		if of.Copy != config.CopyNever {
			s.Backup.CopyDays = &of.CopyDays
		}
		s.Costs.Budget, s.Costs.Anomaly = &of.Budget, &of.Anomaly
		if diff := cmp.Diff(resolve(t, settings(t, preset)), resolve(t, s)); diff != "" {
			t.Errorf("%s: writing down the preset's own sizes changes the plan: %s", preset, diff)
		}
	}
}

func TestACertificateNamesEachHostThatItsWildcardMisses(t *testing.T) {
	for _, c := range []struct {
		instance plan.Instance
		want     []string
	}{
		{
			plan.Instance{LMS: "l.org", Studio: "studio.l.org", Apps: "apps.l.org", Meilisearch: "meilisearch.l.org"},
			[]string{"l.org", "*.l.org"},
		},
		{
			plan.Instance{LMS: "l.org", Studio: "s.o.org", Apps: "a.b.l.org", Meilisearch: "m.l.org"},
			[]string{"l.org", "*.l.org", "s.o.org", "a.b.l.org"},
		},
	} {
		if diff := cmp.Diff(c.want, c.instance.CertificateNames()); diff != "" {
			t.Error(diff)
		}
	}
}
