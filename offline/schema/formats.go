package schema

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"regexp"
	"strings"
)

// formats are the string forms that providers check and JSON Schema does not
// know. Every error completes the sentence "must be ...".
var formats = map[string]func(any) error{
	"arn":       text(isARN),
	"base64":    text(isBase64),
	"cidr":      text(func(s string) error { return isBlock(s, true, true) }),
	"cidr-ipv4": text(func(s string) error { return isBlock(s, true, false) }),
	"cidr-ipv6": text(func(s string) error { return isBlock(s, false, true) }),
	"ip":        text(isAddress),
	"json":      text(isJSON),
	"policy":    text(isPolicy),
	"asset":     isMarked(assetMark, "an asset or archive"),
	"resource":  isMarked(resourceMark, "a resource"),
}

// text makes a check that leaves values other than strings to the type keyword.
func text(check func(string) error) func(any) error {
	return func(v any) error {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		return check(s)
	}
}

// arn follows the form that AWS documents: arn:partition:service:region:account:resource,
// in which region and account may be empty.
var arn = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:[a-z0-9-]+:([a-z]{2}(-[a-z0-9]+)+)?:(\d{12}|aws|aws-managed|third-party)?:.+$`)

func isARN(s string) error {
	// The empty string is how upstream spells "not set".
	if s == "" || arn.MatchString(s) {
		return nil
	}
	return errors.New("an ARN like arn:aws:iam::123456789012:role/name")
}

func isBase64(s string) error {
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		return errors.New("base64")
	}
	return nil
}

func isBlock(s string, v4, v6 bool) error {
	want := "a CIDR block like 10.0.0.0/16"
	switch {
	case !v4:
		want = "an IPv6 CIDR block like 2001:db8::/56"
	case !v6:
		want = "an IPv4 CIDR block like 10.0.0.0/16"
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return errors.New(want)
	}
	if prefix.Addr().Is4() && !v4 || prefix.Addr().Is6() && !v6 {
		return errors.New(want)
	}
	if prefix != prefix.Masked() {
		return errors.New("the first address of its block: " + prefix.Masked().String())
	}
	return nil
}

func isAddress(s string) error {
	if _, err := netip.ParseAddr(s); err != nil {
		return errors.New("an IP address")
	}
	return nil
}

func isJSON(s string) error {
	if !json.Valid([]byte(s)) {
		return errors.New("valid JSON")
	}
	return nil
}

func isPolicy(s string) error {
	if !strings.HasPrefix(s, "{") || !json.Valid([]byte(s)) {
		return errors.New("a policy document in JSON, beginning with {")
	}
	return nil
}

func isMarked(mark, what string) func(any) error {
	return func(v any) error {
		fields, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		if _, marked := fields[mark]; !marked {
			return errors.New(what)
		}
		return nil
	}
}
