package plan_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func firewall(change func(f *config.Firewall, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Firewall, value) }
}

func TestTheRulesOfTheFirewallHoldAtTheirBoundaries(t *testing.T) {
	wrong := []string{
		"0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3", "2001::/15", "8.0.0.0/7", "203.0.113.7", "2001:db8::7", "10.1.2.3", "fd00::1", "203.0.113.7/24", "2001:db8::7/32", "2001:DB8::/32",
		"2001:db8:0:0::/64", "10.0.0.0/8", "127.0.0.1/32", "fd00::/16", "fe80::/16", "::1/128", "::ffff:203.0.113.0/120", "203.0.113.0/33", "203.0.113.0-9", "campus", "fe80::1%eth0",
	}
	for _, b := range []boundary{
		{
			name: "allow", key: "openedx:firewall.allow[0]",
			set:  firewall(func(f *config.Firewall, v string) { f.Allow = []string{v} }),
			good: []string{"", "203.0.113.0/24", "203.0.113.7/32", "9.0.0.0/8", "2001:db8::/32", "2001:db8::7/128", "2001::/16"}, bad: wrong,
		},
		{
			name: "deny", key: "openedx:firewall.deny[0]",
			set:  firewall(func(f *config.Firewall, v string) { f.Deny = []string{v} }),
			good: []string{"203.0.113.0/24", "2001:db8::/32"}, bad: wrong,
		},
		{
			name: "allow twice", key: "openedx:firewall.allow[1]",
			set:  firewall(func(f *config.Firewall, v string) { f.Allow = list(v) }),
			good: []string{"203.0.113.0/24 203.0.113.0/25", "203.0.113.0/24 2001:db8::/32"}, bad: []string{"203.0.113.0/24 203.0.113.0/24", "203.0.113.0/24 203.0.113.9/24"},
		},
		{
			name: "deny what is allowed", key: "openedx:firewall.deny[0]",
			set: firewall(func(f *config.Firewall, v string) {
				f.Allow, f.Deny = []string{"203.0.113.0/25", "2001:db8::/32"}, []string{v}
			}),
			good: []string{"203.0.113.0/24", "203.0.113.128/25", "2001:db9::/32"}, bad: []string{"203.0.113.0/25", "203.0.113.0/26", "2001:db8::/48"},
		},
		{
			name: "only countries", key: "openedx:firewall.allowCountries[0]",
			set:  firewall(func(f *config.Firewall, v string) { f.AllowCountries = []string{v} }),
			good: []string{"ES", "PT", "XK", "GB"}, bad: []string{"es", "UK", "ESP", "Spain", "EU", "SU", "ZZ", "724"},
		},
		{
			name: "refused country", key: "openedx:firewall.denyCountries[0]",
			set:  firewall(func(f *config.Firewall, v string) { f.DenyCountries = []string{v} }),
			good: []string{"AQ"}, bad: []string{"aq", "Antarctica"},
		},
		{
			name: "countries twice", key: "openedx:firewall.denyCountries[1]",
			set:  firewall(func(f *config.Firewall, v string) { f.DenyCountries = list(v) }),
			good: []string{"AQ BV"}, bad: []string{"AQ AQ", "AQ aq"},
		},
		{
			name: "countries in both lists", key: "openedx:firewall.denyCountries",
			set:  firewall(func(f *config.Firewall, v string) { f.AllowCountries, f.DenyCountries = []string{"ES"}, list(v) }),
			good: []string{""}, bad: []string{"PT", "ES"},
		},
		{
			name: "number of countries", key: "openedx:firewall.allowCountries[50]",
			set:  firewall(func(f *config.Firewall, v string) { f.AllowCountries = plan.Countries()[:*number(v)] }),
			good: []string{"50"}, bad: []string{"51", "250"},
		},
		{
			name: "rate", key: "openedx:firewall.rate",
			set:  firewall(func(f *config.Firewall, v string) { f.Rate, f.LogInRate = number(v), ptr(10) }),
			good: []string{"100", "2000000000"}, bad: []string{"-1", "0", "99", "2000000001"},
		},
		{
			name: "rate beside the preset's attempts", key: "openedx:firewall.rate",
			set:  firewall(func(f *config.Firewall, v string) { f.Rate = number(v) }),
			good: []string{"600"}, bad: []string{"599"},
		},
		{
			name: "attempts", key: "openedx:firewall.logInRate",
			set:  firewall(func(f *config.Firewall, v string) { f.LogInRate = number(v) }),
			good: []string{"10", "10000"}, bad: []string{"0", "9", "10001"},
		},
		{
			name: "attempts beside a rate", key: "openedx:firewall.logInRate",
			set:  firewall(func(f *config.Firewall, v string) { f.Rate, f.LogInRate = ptr(200), number(v) }),
			good: []string{"200"}, bad: []string{"201"},
		},
		{
			name: "log retention", key: "openedx:firewall.logDays",
			set:  firewall(func(f *config.Firewall, v string) { f.LogDays = number(v) }),
			good: []string{"1", "3653"}, bad: []string{"0", "31"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestWithoutAPresetNothingIsSaidOfItsRates(t *testing.T) {
	s := settings(t, config.Medium)
	s.Preset, s.Firewall.LogInRate = "", ptr(1_000_000)
	if _, problems := plan.Resolve(s); len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
	s.Firewall.Rate = ptr(100)
	if _, problems := plan.Resolve(s); len(problems) != 1 || problems[0].Key != "openedx:firewall.logInRate" {
		t.Errorf("got %v", problems)
	}
}

func TestEveryCountryIsOneAndIsThereOnce(t *testing.T) {
	all := plan.Countries()
	if len(all) != 250 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("%d countries: %s", len(all), strings.Join(all, " "))
	}
	for _, code := range all {
		if region, err := language.ParseRegion(code); err != nil || !region.IsCountry() || region.Canonicalize().String() != code {
			t.Errorf("%s is no country: %v", code, err)
		}
	}
}
