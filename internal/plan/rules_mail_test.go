package plan_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func mail(change func(m *config.Mail, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Mail, value) }
}

// smtp is mail for a platform whose mail server others run.
func smtp(change func(m *config.Mail, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		s.Mail.Kind, s.MailPassword = ptr(config.MailSMTP), "correct-horse"
		s.Mail.SMTP = config.SMTP{Host: text("smtp.example.org"), Username: text("campus")}
		change(&s.Mail, value)
	}
}

func TestTheRulesOfSESHoldAtTheirBoundaries(t *testing.T) {
	noAddress := []string{"noreply", "@campus.example.org", "noreply@", "Campus <noreply@campus.example.org>", "a b@campus.example.org", "nöreply@campus.example.org", "noreply@Campus.example.org", "noreply@localhost"}
	for _, b := range []boundary{
		{
			name: "domain", key: "openedx:mail.domain",
			set:  mail(func(m *config.Mail, v string) { m.Domain = &v }),
			good: []string{"campus.example.org", "mail.campus.example.org"}, bad: []string{"example.org", "mycampus.example.org", "example.com", "campus", "org", "@campus.example.org"},
		},
		{
			name: "sender", key: "openedx:mail.from",
			set:  mail(func(m *config.Mail, v string) { m.From = &v }),
			good: []string{"noreply@campus.example.org", "a+b@campus.example.org"},
			bad:  append([]string{"noreply@example.org", "noreply@mail.campus.example.org"}, noAddress...),
		},
		{
			name: "sender below the platform's domain", key: "openedx:mail.from",
			set:  mail(func(m *config.Mail, v string) { m.Domain, m.From = text("mail.campus.example.org"), &v }),
			good: []string{"noreply@mail.campus.example.org"}, bad: []string{"noreply@campus.example.org"},
		},
		{
			name: "contact", key: "openedx:instances.main.contact",
			set: func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{"main": {LMS: "learn.campus.example.org", Slot: ptr(0), Contact: v}}
			},
			good: []string{"", "help@campus.example.org"}, bad: append([]string{"help@learn.campus.example.org"}, noAddress...),
		},
		{
			name: "contact of an instance with a domain", key: "openedx:instances.main.contact",
			set:  academy(func(i *config.Instance, v string) { i.Contact = v }),
			good: []string{"", "help@campus.example.org"}, bad: []string{"help@academy.example.com"},
		},
		{
			name: "reports", key: "openedx:mail.reports",
			set:  mail(func(m *config.Mail, v string) { m.Reports = &v }),
			good: []string{"dmarc@campus.example.org", "campus@reports.example.com"}, bad: []string{"dmarc", "mailto:dmarc@campus.example.org"},
		},
		{
			name: "reports of others", key: "openedx:mail.reports",
			set:  mail(func(m *config.Mail, v string) { m.Reports, m.DMARC = text("dmarc@example.org"), ptr(config.DMARC(v)) }),
			good: []string{"none", "quarantine", "reject"}, bad: []string{"external"},
		},
		{
			name: "mail server", key: "openedx:mail.smtp",
			set:  mail(func(m *config.Mail, v string) { m.SMTP.Port = number(v) }),
			good: []string{""}, bad: []string{"25", "587"},
		},
		{
			name: "password", key: "openedx:mailPassword",
			set:  func(s *config.Settings, v string) { s.MailPassword = config.Secret(v) },
			good: []string{""}, bad: []string{"correct-horse"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestTheRulesOfAMailServerHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "host", key: "openedx:mail.smtp.host",
			set:  smtp(func(m *config.Mail, v string) { m.SMTP.Host = &v }),
			good: []string{"smtp.example.org", "mail.internal"}, bad: []string{"", "smtp", "10.0.0.1", "smtp.example.org:587", "smtps://smtp.example.org", "campus:hunter2@smtp.example.org", "SMTP.example.org"},
		},
		{
			name: "port", key: "openedx:mail.smtp.port",
			set:  smtp(func(m *config.Mail, v string) { m.SMTP.Port = number(v) }),
			good: []string{"", "465", "587", "2465", "2525", "2587", "1", "24", "26", "65535"}, bad: []string{"-1", "0", "25", "65536"},
		},
		{
			name: "region of SES", key: "openedx:mail.kind", preset: config.Small,
			set:  func(s *config.Settings, v string) { s.Region = v },
			good: []string{"eu-west-1", "us-east-1"}, bad: []string{"af-south-1", "ap-southeast-3", "eu-south-1", "me-south-1"},
		},
		{
			name: "region of a mail server", key: "openedx:mail.kind", preset: config.Small,
			set:  func(s *config.Settings, v string) { s.Region, s.Mail, s.MailPassword = v, elsewhere(), "secret" },
			good: []string{"af-south-1", "eu-west-1"},
		},
		{
			name: "account", key: "openedx:mail.smtp.username",
			set:  smtp(func(m *config.Mail, v string) { m.SMTP.Username = &v }),
			good: []string{"campus", "campus@example.org", "AKIA/+="}, bad: []string{"", "my campus", "cämpus", "campus\n", `cam"pus`, "{{campus"},
		},
		{
			name: "password", key: "openedx:mailPassword",
			set: func(s *config.Settings, v string) {
				smtp(func(*config.Mail, string) {})(s, "")
				s.MailPassword = config.Secret(v)
			},
			good: []string{"p", strings.Repeat("p", 256), `it's-p@ss/word:%20!`}, bad: []string{"", strings.Repeat("p", 257), "with space", "ümlaut", "line\nbreak", `quo"te`, `back\slash`, "{{", "{%", "{#"},
		},
		{
			name: "sender", key: "openedx:mail.from",
			set:  smtp(func(m *config.Mail, v string) { m.From = &v }),
			good: []string{"courses@campus.example.org", "courses@example.com"}, bad: []string{"courses", "courses@localhost"},
		},
		{
			name: "domain", key: "openedx:mail.domain",
			set: smtp(func(m *config.Mail, v string) {
				if v != "" {
					m.Domain = &v
				}
			}),
			good: []string{""}, bad: []string{"campus.example.org", "example.com"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestNoProblemShowsTheMailServersPassword(t *testing.T) {
	for _, host := range []string{"smtp://root:hunter2@smtp.example.org", "root:hunter2@smtp"} {
		s := settings(t, config.Medium)
		smtp(func(m *config.Mail, _ string) { m.SMTP.Host = &host })(&s, "")
		s.MailPassword = "hunter2 hunter2"
		_, problems := plan.Resolve(s)
		if all := (config.Problems{}).Add(problems...); len(problems) != 2 || strings.Contains(all.Error(), "hunter2") {
			t.Errorf("got %v", all)
		}
	}
}

func TestAWrongDomainIsNotReportedAgainForEachSender(t *testing.T) {
	s := settings(t, config.Medium)
	s.Mail.Domain, s.Mail.From = text("localhost"), text("noreply@campus.example.org")
	if _, problems := plan.Resolve(s); len(problems) != 1 || problems[0].Key != "openedx:mail.domain" {
		t.Errorf("got %v", problems)
	}
}

// elsewhere is mail that somebody else's server sends.
func elsewhere() config.Mail {
	return config.Mail{
		Kind: ptr(config.MailSMTP), SMTP: config.SMTP{Host: ptr("smtp.example.org"), Username: ptr("campus")},
	}
}
