package plan

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// longestHost is the length of a name in DNS, https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4,
// without the length byte in front and the root behind.
const longestHost = 253

// hostLabel is one part of a host name, https://www.rfc-editor.org/rfc/rfc1123#section-2.1.
var hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// domainProblem says why a domain cannot carry the platform, or nothing.
func domainProblem(domain string) string {
	if reason := hostProblem(domain); reason != "" {
		return reason
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return "is a public suffix, under which others register names; a domain of your own below it is wanted, such as campus." + domain
	}
	return ""
}

// hostProblem says why a host name cannot be used, or nothing.
func hostProblem(host string) string {
	for _, rule := range []func(string) string{shapeProblem, labelProblem, suffixProblem} {
		if reason := rule(host); reason != "" {
			return reason
		}
	}
	return ""
}

// shapeProblem finds what is something else than a host name.
func shapeProblem(host string) string {
	if strings.ContainsAny(host, ":/") {
		return "is a URL or has a port; the bare host name is wanted"
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return "is an address; a DNS name is wanted, because certificates are not issued for addresses"
	}
	if host != strings.ToLower(host) {
		return "has capitals; a lower-case DNS name is wanted"
	}
	if len(host) > longestHost {
		return fmt.Sprintf("has %d characters; a DNS name has at most %d", len(host), longestHost)
	}
	return ""
}

// labelProblem finds a part that is no part of a host name.
func labelProblem(host string) string {
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return "is a single word; a full DNS name is wanted, such as campus.example.org"
	}
	for _, label := range labels {
		if !hostLabel.MatchString(label) {
			return fmt.Sprintf("is no DNS name: its part %q is not 1 to 63 letters, digits and inner hyphens", label)
		}
	}
	return ""
}

// suffixProblem finds a name that nobody can own in public DNS, for which
// neither certificates nor mail can be had.
func suffixProblem(host string) string {
	suffix, managed := publicsuffix.PublicSuffix(host)
	if !managed && !strings.Contains(suffix, ".") {
		return fmt.Sprintf("ends in .%s, which is not in public DNS, so no certificate can be issued for it; a name below a public domain is wanted", suffix)
	}
	return ""
}

// hostLike bends what was typed into a host name, or gives up for another.
func hostLike(typed, otherwise string) string {
	host := strings.ToLower(strings.TrimSpace(typed))
	if _, rest, found := strings.Cut(host, "://"); found {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	host = strings.Trim(strings.TrimPrefix(host, "*."), ".")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if domainProblem(host) != "" {
		return otherwise
	}
	return host
}
