package plan_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func storage(field func(s *config.Storage) **int) func(*config.Settings, string) {
	return func(s *config.Settings, v string) { *field(&s.Storage) = number(v) }
}

func TestTheRulesOfTheEdgeHoldAtTheirBoundaries(t *testing.T) {
	for _, b := range []boundary{
		{
			name: "seconds of an answer", key: "openedx:cdn.originSeconds",
			set:  func(s *config.Settings, v string) { s.CDN.OriginSeconds = number(v) },
			good: []string{"30", "120"}, bad: []string{"0", "29", "121"},
		},
		{
			name: "seconds without CloudFront", key: "openedx:cdn.originSeconds",
			set:  func(s *config.Settings, v string) { s.CDN.Enabled, s.CDN.OriginSeconds = ptr(v == "on"), ptr(60) },
			good: []string{"on"}, bad: []string{"off"},
		},
		{
			name: "price class without CloudFront", key: "openedx:cdn.priceClass",
			set: func(s *config.Settings, v string) {
				s.CDN.Enabled, s.CDN.PriceClass = ptr(v == "on"), text("PriceClass_All")
			},
			good: []string{"on"}, bad: []string{"off"},
		},
		{
			name: "overwritten uploads", key: "openedx:storage.noncurrentDays",
			set:  trial(storage(func(s *config.Storage) **int { return &s.NoncurrentDays })),
			good: []string{"1", "3650"}, bad: []string{"-1", "0", "3651"},
		},
		{
			name: "cold uploads", key: "openedx:storage.coldDays",
			set:  storage(func(s *config.Storage) **int { return &s.ColdDays }),
			good: []string{"0", "3650"}, bad: []string{"-1", "3651"},
		},
		{
			name: "access logs", key: "openedx:storage.logDays",
			set:  storage(func(s *config.Storage) **int { return &s.LogDays }),
			good: []string{"1", "3650"}, bad: []string{"0", "3651"},
		},
		{
			name: "tracking logs", key: "openedx:storage.trackingArchiveDays",
			set:  storage(func(s *config.Storage) **int { return &s.TrackingArchiveDays }),
			good: []string{"30", "3650"}, bad: []string{"0", "29", "3651"},
		},
		{
			name: "repository", key: "openedx:registry.repositories[0]",
			set:  func(s *config.Settings, v string) { s.Registry.Repositories = []string{v} },
			good: []string{"openedx", "a", "team/open.edx_mfe-2", strings.Repeat("a", 128)},
			bad:  []string{"Openedx", "openedx:latest", "/openedx", "openedx/", "a//b", "-a", "a-", "a--b", "a b", "*", strings.Repeat("a", 129)},
		},
		{
			name: "repositories", key: "openedx:registry.repositories",
			set:  func(s *config.Settings, v string) { s.Registry.Repositories = list(v) },
			good: []string{"openedx", "openedx openedx-mfe"}, bad: []string{"", "openedx openedx", "openedx Openedx"},
		},
		{
			name: "images", key: "openedx:registry.images",
			set:  func(s *config.Settings, v string) { s.Registry.Images = number(v) },
			good: []string{"1", "1000"}, bad: []string{"0", "1001"},
		},
		{
			name: "repository of GitHub", key: "openedx:github.repository",
			set:  func(s *config.Settings, v string) { s.GitHub.Repository = &v },
			good: []string{"example-org/campus", "a/b", "Org/.github", strings.Repeat("a", 39) + "/" + strings.Repeat("b", 100)},
			bad: []string{
				"campus", "example-org/", "/campus", "example-org/*", "example-?/campus", "-org/campus", "org-/campus", "a--b/campus", "a/b/c", "https://github.com/a/b", "a/b:environment",
				strings.Repeat("a", 40) + "/b", "a/" + strings.Repeat("b", 101),
			},
		},
		{
			name: "environment", key: "openedx:github.environment",
			set:  func(s *config.Settings, v string) { s.GitHub.Repository, s.GitHub.Environment = text("a/b"), &v },
			good: []string{"production", "a", "eu-west_1.x", strings.Repeat("a", 100)}, bad: []string{"", "*", "prod*", "a:b", "a b", "-a", "a-", strings.Repeat("a", 101)},
		},
		{
			name: "provider", key: "openedx:github.provider",
			set:  func(s *config.Settings, v string) { s.GitHub.Repository, s.GitHub.Provider = text("a/b"), &v },
			good: []string{"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
			bad: []string{
				"token.actions.githubusercontent.com", "arn:aws:iam::123456789012:oidc-provider/gitlab.com", "arn:aws:iam::12345678901:oidc-provider/token.actions.githubusercontent.com",
				"arn:aws:iam::123456789012:oidc-provider/token-actions.githubusercontent.com", "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/x",
			},
		},
		{
			name: "environment of no repository", key: "openedx:github.environment",
			set: func(s *config.Settings, v string) { s.GitHub.Environment = &v }, bad: []string{"production"},
		},
		{
			name: "provider of no repository", key: "openedx:github.provider",
			set: func(s *config.Settings, v string) { s.GitHub.Provider = &v }, bad: []string{"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
		},
		{
			name: "bastion", key: "openedx:overrides.bastion.machine",
			set:  func(s *config.Settings, v string) { s.Overrides.Bastion.Machine = &v },
			good: []string{"t4g.micro", "t4g.large", "m7g.large", "c6g.medium"}, bad: []string{"t4g.nano", "t3.micro", "m7g.xlarge", "m6i.large", "t4g", "db.t4g.medium", ""},
		},
		{
			name: "session records", key: "openedx:bastion.logDays",
			set:  func(s *config.Settings, v string) { s.Bastion.LogDays = number(v) },
			good: []string{"1", "3653"}, bad: []string{"0", "100"},
		},
		{
			name: "session records of no bastion", key: "openedx:bastion.logDays",
			set:  func(s *config.Settings, v string) { s.Bastion.Enabled, s.Bastion.LogDays = ptr(v == "on"), ptr(90) },
			good: []string{"on"}, bad: []string{"off"},
		},
		{
			name: "machine of no bastion", key: "openedx:overrides.bastion.machine",
			set: func(s *config.Settings, v string) {
				s.Bastion.Enabled, s.Overrides.Bastion.Machine = ptr(v == "on"), text("t4g.small")
			},
			good: []string{"on"}, bad: []string{"off"},
		},
		{
			name: "budget", key: "openedx:costs.budget",
			set:  func(s *config.Settings, v string) { s.Costs.Budget = number(v) },
			good: []string{"1", "10000000"}, bad: []string{"-1", "0", "10000001"},
		},
		{
			name: "unusual costs", key: "openedx:costs.anomaly",
			set:  func(s *config.Settings, v string) { s.Costs.Anomaly = number(v) },
			good: []string{"1", "10000000"}, bad: []string{"0", "10000001"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func backup(change func(b *config.Backup, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Backup, value) }
}

func TestTheRulesOfBackupsHoldAtTheirBoundaries(t *testing.T) {
	copied := func(rhythm config.CopyRhythm) func(*config.Settings, string) {
		return backup(func(b *config.Backup, v string) { b.Copy, b.CopyDays = &rhythm, number(v) })
	}
	for _, b := range []boundary{
		{
			name: "region of copies", key: "openedx:backup.copyRegion",
			set:  backup(func(b *config.Backup, v string) { b.CopyRegion = &v }),
			good: []string{"eu-central-1", "us-east-1", "us-west-1"}, bad: []string{"eu-west-1", "eu-west-4", "us-gov-west-1", "cn-north-1", "EU-CENTRAL-1", "moon"},
		},
		{
			name: "region of no copies", key: "openedx:backup.copyRegion", preset: config.Small,
			set: backup(func(b *config.Backup, v string) { b.CopyRegion = &v }), bad: []string{"eu-central-1", "moon"},
		},
		{
			name: "home of copies", key: "openedx:backup.copyRegion",
			set:  func(s *config.Settings, v string) { s.Region = v },
			good: []string{"eu-west-1", "us-east-1", "ap-south-2"}, bad: []string{"eu-west-2", "sa-east-1", "eu-central-2"},
		},
		{
			name: "days of weekly copies", key: "openedx:backup.copyDays",
			set:  trial(copied(config.CopyWeekly)),
			good: []string{"7", "3650"}, bad: []string{"-1", "0", "6", "3651"},
		},
		{
			name: "days of daily copies", key: "openedx:backup.copyDays",
			set:  trial(copied(config.CopyDaily)),
			good: []string{"1"}, bad: []string{"0"},
		},
		{
			name: "days of no copies", key: "openedx:backup.copyDays",
			set: copied(config.CopyNever), bad: []string{"0", "35"},
		},
		{
			name: "months", key: "openedx:backup.monthlyMonths",
			set:  trial(backup(func(b *config.Backup, v string) { b.MonthlyMonths = number(v) })),
			good: []string{"0", "120"}, bad: []string{"-1", "121"},
		},
		{
			name: "lock", key: "openedx:backup.lock",
			set:  backup(func(b *config.Backup, v string) { b.Lock = ptr(config.Lock(v)) }),
			good: []string{"none", "governance", "compliance"},
		},
		{
			name: "lock of a trial", key: "openedx:backup.lock",
			set:  func(s *config.Settings, v string) { s.Disposable, s.Backup.Lock = true, ptr(config.Lock(v)) },
			good: []string{"none", "governance"}, bad: []string{"compliance"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestWithoutAPresetNobodyKnowsWhetherThereAreCopies(t *testing.T) {
	s := settings(t, config.Medium)
	s.Preset, s.Backup.CopyRegion, s.Backup.CopyDays = "", text("eu-central-1"), ptr(35)
	if _, problems := plan.Resolve(s); len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
	s.Backup.Copy, s.Backup.CopyDays = ptr(config.CopyWeekly), nil
	if _, problems := plan.Resolve(s); len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
}

func TestCopiesGoToAnotherRegionOfTheSameLaw(t *testing.T) {
	jurisdiction := func(region string) string {
		area, _, _ := strings.Cut(region, "-")
		return map[bool]string{true: region[:len(region)-2], false: area}[area == "ap"]
	}
	for _, region := range plan.Regions() {
		other := plan.CopyRegion(region)
		if other == "" {
			continue
		}
		if other == region || !slices.Contains(plan.Regions(), other) || jurisdiction(region) != jurisdiction(other) {
			t.Errorf("copies of %s go to %s", region, other)
		}
	}
	// Neither the United Kingdom nor Switzerland is in the Union.
	for _, region := range []string{"eu-west-2", "eu-central-2"} {
		if other := plan.CopyRegion(region); other != "" {
			t.Errorf("copies of %s go to %s", region, other)
		}
	}
}
