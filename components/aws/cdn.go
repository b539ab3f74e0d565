package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const cdnType = "openedx:aws:CDN"

// originHeader is what CloudFront adds to its requests. A learner's own header of
// this name never arrives: CloudFront writes over it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
const originHeader = "X-Openedx-Origin"

// CDNArgs describes what all distributions have in common.
type CDNArgs struct {
	// Account is the platform's own, and Region the one that CloudFront's logs are delivered from.
	Account Account
	Region  *Region
	// Origin is how another CDN of the platform is known already; without, a header is made.
	Origin *OriginHeader
	// Logs is where every request is written down.
	Logs BucketRef
	Tags tags.Set
}

// CDN is what all distributions have in common. It knows none of them: an
// instance more changes nothing here.
type CDN struct {
	pulumi.ResourceState
	// Origin is what the load balancer knows CloudFront's requests by.
	Origin OriginHeader

	name string
	args *CDNArgs
	// signature signs what is asked of S3.
	signature pulumi.StringInput
	caching   cachePolicies
	headers   responsePolicies
	// cached is what the load balancer is sent with a request whose answer is kept.
	cached pulumi.StringInput
	logs   pulumi.StringInput
}

// NewCDN creates what all distributions have in common.
func NewCDN(ctx *pulumi.Context, name string, args *CDNArgs, opts ...pulumi.ResourceOption) (*CDN, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("CDN %q: %w", name, err)
	}
	c := &CDN{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(cdnType, name, args.inputs(), c, opts...); err != nil {
		return nil, fmt.Errorf("CDN %q: %w", name, err)
	}
	if err := c.build(ctx); err != nil {
		return nil, fmt.Errorf("CDN %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{"originHeader": pulumi.String(c.Origin.Name)}); err != nil {
		return nil, fmt.Errorf("CDN %q: %w", name, err)
	}
	return c, nil
}

func (a *CDNArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Region == nil:
		return errors.New("no region for the logs")
	case a.Region.Account.Region != edgeRegion:
		return fmt.Errorf("region %q: CloudFront's logs are delivered from %s only", a.Region.Account.Region, edgeRegion)
	case a.Logs.Name == nil || a.Logs.Prefix == "":
		return errors.New("no folder for the logs")
	}
	return nil
}

func (a *CDNArgs) inputs() pulumi.Map { return pulumi.Map{"logs": pulumi.String(a.Logs.Prefix)} }

func (c *CDN) build(ctx *pulumi.Context) error {
	for _, step := range []func(*pulumi.Context) error{c.createOrigin, c.createCachePolicies, c.createHeaders, c.createLogs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// createOrigin creates what CloudFront is known by: to the load balancer a header
// that nobody else has, to S3 a signature.
func (c *CDN) createOrigin(ctx *pulumi.Context) error {
	if err := c.createSecret(ctx); err != nil {
		return fmt.Errorf("secret of the origin: %w", err)
	}
	access, err := cloudfront.NewOriginAccessControl(ctx, c.name+"-media", &cloudfront.OriginAccessControlArgs{
		Description:                   pulumi.String("Media of the instances of " + ctx.Stack()),
		OriginAccessControlOriginType: pulumi.String("s3"),
		SigningBehavior:               pulumi.String("always"),
		SigningProtocol:               pulumi.String("sigv4"),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("origin access control: %w", err)
	}
	c.signature = access.ID().ToStringOutput()
	return nil
}

// createSecret makes the header's value, unless there is one.
func (c *CDN) createSecret(ctx *pulumi.Context) error {
	if c.args.Origin != nil {
		c.Origin = *c.args.Origin
		return nil
	}
	secret, err := random.NewRandomPassword(ctx, c.name+"-origin", &random.RandomPasswordArgs{
		Length:  pulumi.Int(accounts.PasswordLength),
		Special: pulumi.Bool(false),
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.Origin = OriginHeader{Name: originHeader, Value: platform.Secret(secret.Result)}
	return nil
}
