package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Policies that AWS keeps, the same in every account.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
const (
	cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	// allViewer sends on whatever the browser sent: Host, cookies and query.
	allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
)

// How long an answer is kept that says nothing about that itself, in seconds, and
// how long one that does may ask to be.
const (
	keptDay  = 24 * 60 * 60
	keptYear = 365 * keptDay
	// The frontends answer with their first page, as if all were well, when asked
	// for a script that they do not have. While a release rolls out, half of them
	// lack each script: a wrong answer must not stay for long. What has not changed
	// is not sent again when the time is up, only confirmed.
	// https://github.com/overhangio/tutor-mfe/blob/release/tutormfe/templates/mfe/apps/mfe/Caddyfile
	keptFrontend = 5 * 60
)

// strictTransport is how long a browser remembers to come over TLS only, in seconds.
const strictTransport = keptYear

// cachePolicies are the ids of the ways in which answers are kept.
type cachePolicies struct{ static, frontend pulumi.StringInput }

// responsePolicies are the ids of the headers that answers get.
type responsePolicies struct{ all, media pulumi.StringInput }

// createCachePolicies creates the ways in which answers are kept, and what the
// load balancer is sent for them.
func (c *CDN) createCachePolicies(ctx *pulumi.Context) error {
	for _, one := range []struct {
		part    string
		seconds int
		into    *pulumi.StringInput
	}{
		{"static", keptDay, &c.caching.static},
		{"frontend", keptFrontend, &c.caching.frontend},
	} {
		made, err := cloudfront.NewCachePolicy(ctx, c.name+"-"+one.part, cachePolicy(one.seconds), pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("cache policy %q: %w", one.part, err)
		}
		*one.into = made.ID().ToStringOutput()
	}
	request, err := cloudfront.NewOriginRequestPolicy(ctx, c.name+"-cached", &cloudfront.OriginRequestPolicyArgs{
		Comment: pulumi.String("The host, by which the load balancer and Open edX tell instances apart, and nobody's cookies"),
		HeadersConfig: cloudfront.OriginRequestPolicyHeadersConfigArgs{
			HeaderBehavior: pulumi.String("whitelist"),
			Headers:        cloudfront.OriginRequestPolicyHeadersConfigHeadersArgs{Items: pulumi.ToStringArray([]string{"Host"})},
		},
		CookiesConfig:      cloudfront.OriginRequestPolicyCookiesConfigArgs{CookieBehavior: pulumi.String("none")},
		QueryStringsConfig: cloudfront.OriginRequestPolicyQueryStringsConfigArgs{QueryStringBehavior: pulumi.String("none")},
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("origin request policy: %w", err)
	}
	c.cached = request.ID().ToStringOutput()
	return nil
}

// cachePolicy keeps an answer for everybody who asks for its path. The host is no
// part of the key: a distribution has one.
func cachePolicy(seconds int) *cloudfront.CachePolicyArgs {
	return &cloudfront.CachePolicyArgs{
		MinTtl: pulumi.Int(0), DefaultTtl: pulumi.Int(seconds), MaxTtl: pulumi.Int(keptYear),
		ParametersInCacheKeyAndForwardedToOrigin: cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs{
			CookiesConfig: cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs{
				CookieBehavior: pulumi.String("none"),
			},
			HeadersConfig: cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs{
				HeaderBehavior: pulumi.String("none"),
			},
			// A profile's new image has the old one's name and another v.
			QueryStringsConfig: cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs{
				QueryStringBehavior: pulumi.String("whitelist"),
				QueryStrings: cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigQueryStringsArgs{
					Items: pulumi.ToStringArray([]string{"v"}),
				},
			},
			EnableAcceptEncodingGzip: pulumi.Bool(true), EnableAcceptEncodingBrotli: pulumi.Bool(true),
		},
	}
}

// createHeaders creates the headers that answers get. AWS has a policy of its own
// with more, which forbids other sites to show a page in a frame: LTI does that.
func (c *CDN) createHeaders(ctx *pulumi.Context) error {
	for _, one := range []struct {
		part   string
		config cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs
		into   *pulumi.StringInput
	}{
		{"headers", secureHeaders(), &c.headers.all},
		{"media-headers", mediaHeaders(), &c.headers.media},
	} {
		made, err := cloudfront.NewResponseHeadersPolicy(ctx, c.name+"-"+one.part,
			&cloudfront.ResponseHeadersPolicyArgs{SecurityHeadersConfig: one.config}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("response headers policy %q: %w", one.part, err)
		}
		*one.into = made.ID().ToStringOutput()
	}
	return nil
}

// secureHeaders has browsers come over TLS only, unless Open edX says otherwise.
// Other hosts below the learners' one are left to themselves.
func secureHeaders() cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs {
	return cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs{
		StrictTransportSecurity: cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs{
			AccessControlMaxAgeSec: pulumi.Int(strictTransport), Override: pulumi.Bool(false),
		},
	}
}

// mediaHeaders keep what somebody uploaded from acting as a page of Open edX,
// whose host it comes from.
func mediaHeaders() cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs {
	headers := secureHeaders()
	headers.ContentTypeOptions = cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs{Override: pulumi.Bool(true)}
	headers.ContentSecurityPolicy = cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs{
		ContentSecurityPolicy: pulumi.String("script-src 'none'; form-action 'none'; base-uri 'none'"), Override: pulumi.Bool(true),
	}
	return headers
}
