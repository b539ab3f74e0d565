package aws

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const distributionType = "openedx:aws:Distribution"

// DistributionKind says what a distribution is in front of.
type DistributionKind string

// The kinds of distributions: the learners' host, and the frontends that run in browsers.
const (
	DistributionLearners DistributionKind = "learners"
	DistributionApps     DistributionKind = "apps"
)

// The least and the most seconds that CloudFront waits for an answer.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout
const (
	originSecondsMin = 1
	originSecondsMax = 120
)

// priceClasses are the parts of the world that CloudFront can answer from.
func priceClasses() []string { return []string{"PriceClass_100", "PriceClass_200", "PriceClass_All"} }

// DistributionArgs describes the CloudFront distribution of one host of an instance.
type DistributionArgs struct {
	Slug, Host string
	Kind       DistributionKind
	// Certificate and Firewall are ARNs from CloudFront's own region, and Origin is
	// the load balancer's name.
	Certificate, Firewall, Origin pulumi.StringInput
	// Media is nil where there is none.
	Media *MediaOrigin
	// PriceClass is in the spelling of CloudFront.
	PriceClass string
	// OriginSeconds is how long an answer may take to begin.
	OriginSeconds int
	Tags          tags.Set
}

// MediaOrigin is a bucket whose public part the learners' host shows.
type MediaOrigin struct {
	// Host is the bucket's own, in its region.
	Host pulumi.StringInput
	// Prefix begins the objects' names and the path alike; it has no slash.
	Prefix string
}

// Distribution is one host of an instance, answered by CloudFront.
type Distribution struct {
	pulumi.ResourceState
	// Host and ZoneID are what an alias record leads to.
	Host, ZoneID, ARN pulumi.StringOutput

	name string
	args *DistributionArgs
}

// NewDistribution creates the distribution of one host.
func (c *CDN) NewDistribution(ctx *pulumi.Context, name string, args *DistributionArgs, opts ...pulumi.ResourceOption) (*Distribution, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("distribution %q: %w", name, err)
	}
	d := &Distribution{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(distributionType, name, args.inputs(), d, opts...); err != nil {
		return nil, fmt.Errorf("distribution %q: %w", name, err)
	}
	made, err := cloudfront.NewDistribution(ctx, name+"-distribution", c.distribution(name, args), pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("distribution %q: %w", name, err)
	}
	d.Host, d.ZoneID, d.ARN = made.DomainName, made.HostedZoneId, made.Arn
	if err := d.createLogs(ctx, c, made); err != nil {
		return nil, fmt.Errorf("distribution %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(d, pulumi.Map{"host": d.Host, "arn": d.ARN}); err != nil {
		return nil, fmt.Errorf("distribution %q: %w", name, err)
	}
	return d, nil
}

func (a *DistributionArgs) validate() error {
	switch {
	case a.Slug == "" || a.Host == "":
		return errors.New("no instance or no host")
	case a.Kind != DistributionLearners && a.Kind != DistributionApps:
		return fmt.Errorf("kind %q: want %s or %s", a.Kind, DistributionLearners, DistributionApps)
	case !slices.Contains(priceClasses(), a.PriceClass):
		return fmt.Errorf("price class %q: want one of %s", a.PriceClass, strings.Join(priceClasses(), ", "))
	}
	return a.validateOrigins()
}

// validateOrigins wants what stands before and behind the distribution.
func (a *DistributionArgs) validateOrigins() error {
	switch {
	case a.Certificate == nil || a.Firewall == nil || a.Origin == nil:
		return errors.New("no certificate, no firewall or no origin")
	case a.OriginSeconds < originSecondsMin || a.OriginSeconds > originSecondsMax:
		return fmt.Errorf("origin has %d seconds to answer: want %d to %d", a.OriginSeconds, originSecondsMin, originSecondsMax)
	}
	return a.validateMedia()
}

func (a *DistributionArgs) validateMedia() error {
	switch {
	case a.Media == nil:
		return nil
	case a.Kind != DistributionLearners:
		return errors.New("media are on the learners' host")
	case a.Media.Host == nil || a.Media.Prefix == "" || strings.Contains(a.Media.Prefix, "/"):
		return fmt.Errorf("media prefix %q: want a bucket, and a folder without slashes", a.Media.Prefix)
	}
	return nil
}

func (a *DistributionArgs) inputs() pulumi.Map {
	return pulumi.Map{"slug": pulumi.String(a.Slug), "host": pulumi.String(a.Host), "kind": pulumi.String(a.Kind)}
}

// distribution builds the distribution.
func (c *CDN) distribution(name string, a *DistributionArgs) *cloudfront.DistributionArgs {
	return &cloudfront.DistributionArgs{
		Enabled: pulumi.Bool(true), IsIpv6Enabled: pulumi.Bool(true), HttpVersion: pulumi.String("http2and3"),
		Comment:               pulumi.String(a.Host),
		Aliases:               pulumi.ToStringArray([]string{a.Host}),
		PriceClass:            pulumi.String(a.PriceClass),
		WebAclId:              a.Firewall.ToStringOutput(),
		Origins:               c.origins(a),
		DefaultCacheBehavior:  c.uncached(),
		OrderedCacheBehaviors: c.cachedPaths(a),
		CustomErrorResponses:  forgottenErrors(),
		ViewerCertificate: cloudfront.DistributionViewerCertificateArgs{
			AcmCertificateArn:      a.Certificate.ToStringOutput(),
			MinimumProtocolVersion: pulumi.String("TLSv1.2_2021"), SslSupportMethod: pulumi.String("sni-only"),
		},
		// The firewall knows the countries: it has lists of addresses beside them.
		Restrictions: cloudfront.DistributionRestrictionsArgs{
			GeoRestriction: cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none")},
		},
		Tags: a.tags(name + "-distribution"),
	}
}

func (a *DistributionArgs) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(a.Tags.ForInstance("cdn", name, a.Slug))
}

func (d *Distribution) tags(name string) pulumi.StringMap { return d.args.tags(name) }
