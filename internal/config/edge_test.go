package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
)

func TestEveryKeyOfTheEdgeReachesItsSetting(t *testing.T) {
	source := good(map[string]string{
		"openedx:dns": `{"zoneId":"Z1","parent":{"stack":"p","domain":"q"}}`,
		"openedx:cdn": `{"enabled":false,"priceClass":"PriceClass_200","originSeconds":1}`,
		"openedx:firewall": `{"count":true,"rate":2,"logInRate":3,"allow":["a"],"deny":["b"],"allowCountries":["ES"],` +
			`"denyCountries":["AQ"],"logDays":4}`,
		"openedx:mail": `{"kind":"smtp","domain":"d","from":"f","dmarc":"none","reports":"r",` +
			`"smtp":{"host":"h","port":5,"username":"u"}}`,
		"openedx:mailPassword": "correct-horse",
		"openedx:storage":      `{"noncurrentDays":6,"coldDays":7,"logDays":8,"trackingArchiveDays":9}`,
		"openedx:registry":     `{"repositories":["x","y"],"images":10}`,
		"openedx:github":       `{"repository":"o/r","environment":"e","provider":"p"}`,
		"openedx:bastion":      `{"enabled":true,"logDays":11}`,
		"openedx:backup": `{"copy":"daily","copyRegion":"c","copyDays":12,"monthlyMonths":13,"restoreTests":false,` +
			`"lock":"compliance"}`,
		"openedx:costs": `{"budget":14,"anomaly":15,"scope":"stack","allocationTags":true}`,
		"openedx:audit": `{"trail":true,"guardDuty":true}`,
		"openedx:instances": `{"main":{"slot":0,"lms":"l","studio":"s","apps":"a","meilisearch":"m","domain":"d","zoneId":"z",` +
			`"certificate":"c","cdnCertificate":"cc","contact":"co"}}`,
		"openedx:overrides": `{"bastion":{"machine":"b"}}`,
	})
	source.Secret = []string{"openedx:mailPassword"}
	read, problems := config.Read(source)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := config.Settings{
		Stack: "dev", Region: "eu-west-1", Cloud: config.AWS, Preset: config.Small, Name: "campus", Domain: "campus.example.org",
		DNS: config.DNS{ZoneID: ptr("Z1"), Parent: config.ParentZone{Stack: ptr("p"), Domain: ptr("q")}},
		CDN: config.CDN{Enabled: ptr(false), PriceClass: ptr("PriceClass_200"), OriginSeconds: ptr(1)},
		Firewall: config.Firewall{
			Count: true, Rate: ptr(2), LogInRate: ptr(3), Allow: []string{"a"}, Deny: []string{"b"},
			AllowCountries: []string{"ES"}, DenyCountries: []string{"AQ"}, LogDays: ptr(4),
		},
		Mail: config.Mail{
			Kind: ptr(config.MailSMTP), Domain: ptr("d"), From: ptr("f"), DMARC: ptr(config.DMARCNone), Reports: ptr("r"),
			SMTP: config.SMTP{Host: ptr("h"), Port: ptr(5), Username: ptr("u")},
		},
		MailPassword: "correct-horse",
		Storage:      config.Storage{NoncurrentDays: ptr(6), ColdDays: ptr(7), LogDays: ptr(8), TrackingArchiveDays: ptr(9)},
		Registry:     config.Registry{Repositories: []string{"x", "y"}, Images: ptr(10)},
		GitHub:       config.GitHub{Repository: ptr("o/r"), Environment: ptr("e"), Provider: ptr("p")},
		Bastion:      config.Bastion{Enabled: ptr(true), LogDays: ptr(11)},
		Backup: config.Backup{
			Copy: ptr(config.CopyDaily), CopyRegion: ptr("c"), CopyDays: ptr(12), MonthlyMonths: ptr(13), RestoreTests: ptr(false),
			Lock: ptr(config.LockCompliance),
		},
		Costs: config.Costs{Budget: ptr(14), Anomaly: ptr(15), Scope: ptr(config.CostsOfStack), AllocationTags: true},
		Audit: config.Audit{Trail: true, GuardDuty: true},
		Instances: map[string]config.Instance{"main": {
			Slot: ptr(0), LMS: "l", Studio: "s", Apps: "a", Meilisearch: "m", Domain: "d", ZoneID: "z",
			Certificate: "c", CDNCertificate: "cc", Contact: "co",
		}},
		Overrides: config.Overrides{Bastion: config.BastionOverride{Machine: ptr("b")}},
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
}

func TestTheProjectFilesDefaultsWriteNothingAboutTheEdge(t *testing.T) {
	read, problems := config.Read(good(map[string]string{
		"openedx:dns": "{}", "openedx:cdn": "{}", "openedx:firewall": "{}", "openedx:mail": "{}", "openedx:mailPassword": "",
		"openedx:storage": "{}", "openedx:registry": "{}", "openedx:github": "{}", "openedx:bastion": "{}", "openedx:backup": "{}",
		"openedx:costs": "{}", "openedx:audit": "{}",
	}))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	bare, problems := config.Read(good(nil))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bare, read); diff != "" {
		t.Error(diff)
	}
}

func TestTheMailServersPasswordIsTakenAsASecretOnly(t *testing.T) {
	_, problems := config.Read(good(map[string]string{"openedx:mailPassword": "hunter2"}))
	if len(problems.List) != 1 || problems.List[0].Key != "openedx:mailPassword" || problems.List[0].Got != "" {
		t.Errorf("got %v", problems)
	}
}
