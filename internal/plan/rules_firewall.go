package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

const (
	keyRate           = "openedx:firewall.rate"
	keyLogInRate      = "openedx:firewall.logInRate"
	keyFirewallLogs   = "openedx:firewall.logDays"
	keyAllow          = "openedx:firewall.allow"
	keyDeny           = "openedx:firewall.deny"
	keyAllowCountries = "openedx:firewall.allowCountries"
	keyDenyCountries  = "openedx:firewall.denyCountries"
)

const (
	// leastLogIns and mostRequests are what WAF takes as a limit:
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html.
	leastLogIns, mostRequests = 10, 2_000_000_000
	// leastRequests is five pages, which somebody reads in five minutes.
	leastRequests = 100
	// widestIPv4 and widestIPv6 are about what one provider has. A block of WAF
	// cannot be of length 0, and two halves of the internet are the internet:
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_IPSet.html.
	widestIPv4, widestIPv6 = 8, 16
	// mostCountries is how many one rule takes:
	// https://repost.aws/questions/QUGpaqaB54SCaMWTWwI_cPJg/can-i-increase-the-number-of-country-list-from-aws-waf-rule-configuration-from-50.
	mostCountries = 50
)

// firewallRates wants limits that WAF takes, that of logging in within the other.
func (c *checker) firewallRates() {
	firewall := c.settings.Firewall
	c.retention(keyFirewallLogs, firewall.LogDays)
	most := mostRequests
	if c.inRange(keyRate, firewall.Rate, leastRequests, mostRequests, "requests in five minutes") && (c.sized || firewall.Rate != nil) {
		most = or(firewall.Rate, c.sizing.FirewallRate)
	}
	// A rate below the preset's attempts is the rate's problem, for only that was written.
	if firewall.LogInRate == nil && c.sized && c.sizing.LogInRate > most {
		c.refuseFor(keyRate, fmt.Sprint(most), fmt.Sprintf("is below the attempts to log in, %d%s, which count as requests too; at least as many are wanted",
			c.sizing.LogInRate, fromPreset(true, c.settings.Preset)), fmt.Sprint(c.sizing.LogInRate))
		return
	}
	c.inRange(keyLogInRate, firewall.LogInRate, leastLogIns, most, "attempts, within the requests of "+keyRate+",")
}

// firewallBlocks wants lists of blocks that WAF takes, and no block that is let
// in and refused at the same time.
func (c *checker) firewallBlocks() {
	allow, deny := c.settings.Firewall.Allow, c.settings.Firewall.Deny
	c.blocks(keyAllow, allow, "no rule would hold up anybody")
	c.blocks(keyDeny, deny, "everybody would be refused")
	for i, refused := range deny {
		at := slices.IndexFunc(allow, func(allowed string) bool { return holds(allowed, refused) })
		if at >= 0 {
			c.refuseEntry(config.Element(keyDeny, i), refused, fmt.Sprintf("is let in by %s, %s, which comes first; one of the two is wanted",
				config.Element(keyAllow, at), allow[at]))
		}
	}
}

// blocks wants public blocks of the internet, each once.
func (c *checker) blocks(key string, list []string, wide string) {
	c.noRepeats(key, list)
	for i, block := range list {
		if block == "" {
			continue
		}
		if reason, better := sourceProblem(block, wide); better != "" {
			c.refuseEach(config.Element(key, i), block, reason, better, list)
		} else if reason != "" {
			c.refuseEntry(config.Element(key, i), block, reason)
		}
	}
}

// holds tells whether one block is the other or has it inside.
func holds(block, other string) bool {
	outer, err := netip.ParsePrefix(block)
	inner, otherErr := netip.ParsePrefix(other)
	return err == nil && otherErr == nil && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// closedIPv6 are never the source of traffic from the internet: RFC 4291 and RFC 4193.
var closedIPv6 = []netip.Prefix{
	netip.MustParsePrefix("::/8"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

// sourceProblem says why requests cannot be told by a block that they come from
// and, where it can be told, what was meant.
func sourceProblem(block, wide string) (reason, better string) {
	if address, err := netip.ParseAddr(block); err == nil && address.Zone() == "" {
		whole := netip.PrefixFrom(address, address.BitLen()).String()
		if reason, _ = sourceProblem(whole, wide); reason != "" {
			return reason, ""
		}
		return fmt.Sprintf("is a single address; a block is wanted, which for one address ends in /%d", address.BitLen()), whole
	}
	prefix, err := netip.ParsePrefix(block)
	if err != nil {
		return "is no address block; an IPv4 or IPv6 block in CIDR notation is wanted, such as " + exampleAccess, ""
	}
	widest, closed := widestIPv4, closedBlocks
	if prefix.Addr().Is6() {
		widest, closed = widestIPv6, closedIPv6
	}
	switch {
	case prefix.Bits() < widest:
		return fmt.Sprintf("is so wide that %s; /%d or narrower is wanted", wide, widest), ""
	case slices.ContainsFunc(closed, prefix.Overlaps):
		return "is not public address space, from which nothing arrives; a public block is wanted", ""
	case prefix != prefix.Masked():
		return fmt.Sprintf("is not aligned: the block that holds this address is %s", prefix.Masked()), prefix.Masked().String()
	case prefix.String() != block:
		return "is not how WAF writes this block; " + prefix.String() + " is wanted", prefix.String()
	}
	return "", ""
}

// countryCodes are those that WAF knows, ISO 3166 and XK:
// https://docs.aws.amazon.com/waf/latest/APIReference/API_GeoMatchStatement.html.
const countryCodes = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"

// Countries lists the countries that the firewall can tell, by their codes.
func Countries() []string { return strings.Fields(countryCodes) }

// countries wants countries that there are, in one list only: who lets in the
// ones refuses the others already.
func (c *checker) countries() {
	allow, deny := c.settings.Firewall.AllowCountries, c.settings.Firewall.DenyCountries
	c.countriesIn(keyAllowCountries, allow)
	if len(allow) > 0 {
		c.without(keyDenyCountries, len(deny) > 0, keyAllowCountries+" names the only ones that are let in")
		return
	}
	c.countriesIn(keyDenyCountries, deny)
}

// countriesIn wants countries that there are, each once, and no more than a rule takes.
func (c *checker) countriesIn(key string, list []string) {
	c.noRepeats(key, list)
	for i, code := range list {
		if code == "" || slices.Contains(Countries(), code) {
			continue
		}
		const want = "is no country; its ISO 3166 code, two capital letters, is wanted, such as PT"
		better := map[string]string{"UK": "GB", "EL": "GR"}[strings.ToUpper(code)]
		if upper := strings.ToUpper(code); slices.Contains(Countries(), upper) {
			better = upper
		}
		if better == "" {
			c.refuseEntry(config.Element(key, i), code, want)
			continue
		}
		c.refuseEach(config.Element(key, i), code, want+suggest(better), better, list)
	}
	if len(list) > mostCountries {
		c.refuseEntry(config.Element(key, mostCountries), list[mostCountries], fmt.Sprintf("is one too many; a rule of the firewall takes %d countries", mostCountries))
	}
}
