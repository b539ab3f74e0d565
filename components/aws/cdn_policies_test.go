package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/tests/harness"
)

func TestCachedAnswersAreKeptForAllAlike(t *testing.T) {
	graph := harness.Run(t, nil, cdnProgram())
	for name, seconds := range map[string]float64{"cdn-static": 86400, "cdn-frontend": 300} {
		policy := graph.One(t, cdnCachePolicyType, name)
		for property, want := range map[string]float64{"minTtl": 0, "defaultTtl": seconds, "maxTtl": 31536000} {
			if got := policy.Value(t, property).NumberValue(); got != want {
				t.Errorf("%s: %s is %v", name, property, got)
			}
		}
		key := "parametersInCacheKeyAndForwardedToOrigin."
		for property, want := range map[string]string{
			"cookiesConfig.cookieBehavior": "none", "headersConfig.headerBehavior": "none",
			"queryStringsConfig.queryStringBehavior": "whitelist", "queryStringsConfig.queryStrings.items[0]": "v",
		} {
			if got := policy.Text(t, key+property); got != want {
				t.Errorf("%s: %s is %s", name, property, got)
			}
		}
		for _, property := range []string{"enableAcceptEncodingGzip", "enableAcceptEncodingBrotli"} {
			if !policy.Value(t, key+property).BoolValue() {
				t.Errorf("%s: %s is off", name, property)
			}
		}
	}
}

func TestAnswersMayBeFramedByOtherSites(t *testing.T) {
	graph := harness.Run(t, nil, cdnProgram(cdnLearners()))
	for _, name := range []string{"cdn-headers", "cdn-media-headers"} {
		policy := graph.One(t, cdnHeadersType, name)
		if !policy.Value(t, "securityHeadersConfig.frameOptions").IsNull() {
			t.Errorf("%s forbids frames, which LTI needs", name)
		}
		transport := "securityHeadersConfig.strictTransportSecurity"
		if got := policy.Value(t, transport+".accessControlMaxAgeSec").NumberValue(); got != 31536000 {
			t.Errorf("%s: TLS for %v seconds", name, got)
		}
		if policy.Value(t, transport+".override").BoolValue() || !policy.Value(t, transport+".includeSubdomains").IsNull() {
			t.Errorf("%s speaks for Open edX or for other hosts", name)
		}
	}
	media := graph.One(t, cdnHeadersType, "cdn-media-headers")
	if got := media.Text(t, "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy"); !strings.Contains(got, "script-src 'none'") {
		t.Errorf("uploads may run scripts: %s", got)
	}
	if !media.Value(t, "securityHeadersConfig.contentTypeOptions.override").BoolValue() {
		t.Error("browsers may guess what an upload is")
	}
	if got := graph.One(t, cdnDistributionType, "a-distribution").Text(t, "defaultCacheBehavior.responseHeadersPolicyId"); got != "cdn-headers-id" {
		t.Errorf("pages get %s", got)
	}
}

func TestCachedPathsOfTheLoadBalancerGetTheHostAndNoCookies(t *testing.T) {
	graph := harness.Run(t, nil, cdnProgram(cdnLearners(), cdnApps()))
	request := graph.One(t, "aws:cloudfront/originRequestPolicy:OriginRequestPolicy", "cdn-cached")
	if got := request.Text(t, "headersConfig.headerBehavior") + " " + request.Text(t, "headersConfig.headers.items[0]"); got != "whitelist Host" {
		t.Errorf("headers: %s", got)
	}
	if got := request.Text(t, "cookiesConfig.cookieBehavior"); got != "none" {
		t.Errorf("%s cookies reach what is cached", got)
	}
	for name, caching := range map[string]string{"a-distribution": "cdn-static-id", "b-distribution": "cdn-frontend-id"} {
		distribution := graph.One(t, cdnDistributionType, name)
		for i, pattern := range cdnPatterns(t, distribution) {
			behavior := fmt.Sprintf("orderedCacheBehaviors[%d]", i)
			if distribution.Text(t, behavior+".targetOriginId") != "balancer" {
				continue
			}
			if got := distribution.Text(t, behavior+".originRequestPolicyId"); got != "cdn-cached-id" {
				t.Errorf("%s of %s is asked for with %s", pattern, name, got)
			}
			if got := distribution.Text(t, behavior+".cachePolicyId"); got != caching {
				t.Errorf("%s of %s is kept by %s", pattern, name, got)
			}
			if !distribution.Value(t, behavior+".compress").BoolValue() {
				t.Errorf("%s of %s is not compressed", pattern, name)
			}
			if distribution.Text(t, behavior+".viewerProtocolPolicy") != "redirect-to-https" {
				t.Errorf("%s of %s comes without TLS", pattern, name)
			}
		}
	}
}
