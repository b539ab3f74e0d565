package aws

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What the origins are called inside a distribution.
const (
	balancerOrigin = "balancer"
	mediaOrigin    = "media"
)

// What holds between CloudFront and the load balancer, in seconds. A connection
// that nobody uses is closed by CloudFront, never by the load balancer, which
// keeps it for longer: otherwise now and then a request would meet a closed one.
const (
	originConnect   = 5
	originAttempts  = 3
	originKeepAlive = 60
)

// origins are where answers come from.
func (c *CDN) origins(a *DistributionArgs) cloudfront.DistributionOriginArray {
	origins := cloudfront.DistributionOriginArray{cloudfront.DistributionOriginArgs{
		OriginId:   pulumi.String(balancerOrigin),
		DomainName: a.Origin.ToStringOutput(),
		CustomHeaders: cloudfront.DistributionOriginCustomHeaderArray{
			cloudfront.DistributionOriginCustomHeaderArgs{Name: pulumi.String(c.Origin.Name), Value: c.Origin.Value},
		},
		ConnectionAttempts: pulumi.Int(originAttempts), ConnectionTimeout: pulumi.Int(originConnect),
		CustomOriginConfig: cloudfront.DistributionOriginCustomOriginConfigArgs{
			// Caddy takes from the load balancer whether the browser came over TLS: it must be
			// true all the way, or Open edX redirects for ever.
			OriginProtocolPolicy: pulumi.String("https-only"), OriginSslProtocols: pulumi.ToStringArray([]string{"TLSv1.2"}),
			HttpPort: pulumi.Int(80), HttpsPort: pulumi.Int(443),
			OriginReadTimeout: pulumi.Int(a.OriginSeconds), OriginKeepaliveTimeout: pulumi.Int(originKeepAlive),
		},
	}}
	if a.Media != nil {
		origins = append(origins, cloudfront.DistributionOriginArgs{
			OriginId: pulumi.String(mediaOrigin), DomainName: a.Media.Host.ToStringOutput(),
			OriginAccessControlId: c.signature.ToStringOutput(),
		})
	}
	return origins
}

// uncached is for everything that no path below names. That includes /asset-v1*:
// Open edX looks who asks before it hands out what a course holds.
func (c *CDN) uncached() cloudfront.DistributionDefaultCacheBehaviorArgs {
	return cloudfront.DistributionDefaultCacheBehaviorArgs{
		TargetOriginId:          pulumi.String(balancerOrigin),
		ViewerProtocolPolicy:    pulumi.String("redirect-to-https"),
		AllowedMethods:          pulumi.ToStringArray([]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}),
		CachedMethods:           pulumi.ToStringArray([]string{"GET", "HEAD"}),
		CachePolicyId:           pulumi.String(cachingDisabled),
		OriginRequestPolicyId:   pulumi.String(allViewer),
		ResponseHeadersPolicyId: c.headers.all.ToStringOutput(),
		Compress:                pulumi.Bool(true),
	}
}

// cachedPath is a path whose answers are the same for everybody.
type cachedPath struct {
	pattern, origin          string
	caching, request, answer pulumi.StringInput
}

// frontendAssets are what a frontend consists of beside its first page, and what
// its build names after what is in it.
func frontendAssets() []string {
	return []string{
		"*.js", "*.css", "*.map", "*.woff2", "*.woff", "*.ttf", "*.svg", "*.png", "*.jpg", "*.gif", "*.webp", "*.ico",
	}
}

// cachedPaths are the paths whose answers are kept, the first that fits deciding.
func (c *CDN) cachedPaths(a *DistributionArgs) cloudfront.DistributionOrderedCacheBehaviorArray {
	paths := []cachedPath{{"/static/*", balancerOrigin, c.caching.static, c.cached, c.headers.all}}
	if a.Kind == DistributionApps {
		paths = nil
		for _, pattern := range frontendAssets() {
			paths = append(paths, cachedPath{pattern, balancerOrigin, c.caching.frontend, c.cached, c.headers.all})
		}
	}
	if a.Media != nil {
		// Nothing of the request goes to S3, least of all the host, by which it finds the bucket.
		paths = append(paths, cachedPath{"/" + a.Media.Prefix + "/*", mediaOrigin, c.caching.static, nil, c.headers.media})
	}
	behaviors := make(cloudfront.DistributionOrderedCacheBehaviorArray, len(paths))
	for i, path := range paths {
		behaviors[i] = path.behavior()
	}
	return behaviors
}

func (p cachedPath) behavior() cloudfront.DistributionOrderedCacheBehaviorArgs {
	behavior := cloudfront.DistributionOrderedCacheBehaviorArgs{
		PathPattern: pulumi.String(p.pattern), TargetOriginId: pulumi.String(p.origin),
		ViewerProtocolPolicy:    pulumi.String("redirect-to-https"),
		AllowedMethods:          pulumi.ToStringArray([]string{"GET", "HEAD", "OPTIONS"}),
		CachedMethods:           pulumi.ToStringArray([]string{"GET", "HEAD"}),
		CachePolicyId:           p.caching.ToStringOutput(),
		ResponseHeadersPolicyId: p.answer.ToStringOutput(),
		Compress:                pulumi.Bool(true),
	}
	if p.request != nil {
		behavior.OriginRequestPolicyId = p.request.ToStringOutput()
	}
	return behavior
}

// forgottenErrors keeps no error. CloudFront by itself shows one to everybody for
// ten seconds, those too who would be let in, even where it keeps nothing else.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
func forgottenErrors() cloudfront.DistributionCustomErrorResponseArray {
	var responses cloudfront.DistributionCustomErrorResponseArray
	for _, code := range []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504} {
		responses = append(responses, cloudfront.DistributionCustomErrorResponseArgs{
			ErrorCode: pulumi.Int(code), ErrorCachingMinTtl: pulumi.Int(0),
		})
	}
	return responses
}
