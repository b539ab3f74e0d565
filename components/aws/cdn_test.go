package aws_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	cdnDistributionType = "aws:cloudfront/distribution:Distribution"
	cdnCachePolicyType  = "aws:cloudfront/cachePolicy:CachePolicy"
	cdnHeadersType      = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"

	// What AWS calls its policies that keep nothing, and send on everything.
	cdnCachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	cdnAllViewer       = "216adef6-5c7f-47e4-b989-5492eafa07d3"
)

// cdnRegion makes the region that CloudFront's logs are delivered from.
func cdnRegion(ctx *pulumi.Context) (*aws.Region, error) {
	return aws.NewRegion(ctx, "edge", &aws.RegionArgs{Account: account.In("us-east-1"), Tags: tags.New("test", nil)})
}

func cdnArgs(region *aws.Region) *aws.CDNArgs {
	return &aws.CDNArgs{
		Account: account, Region: region, Tags: tags.New("test", nil),
		Logs: aws.BucketRef{Name: pulumi.String("logs"), ARN: pulumi.String("arn:aws:s3:::logs"), Prefix: "cdn"},
	}
}

// cdnLearners are the arguments of the distribution that learners come to.
func cdnLearners() *aws.DistributionArgs {
	return &aws.DistributionArgs{
		Slug: "main", Host: "learn.example.org", Kind: aws.DistributionLearners,
		Certificate: pulumi.String("certificate-arn"), Firewall: pulumi.String("firewall-arn"), Origin: pulumi.String("lb.example.net"),
		Media:      &aws.MediaOrigin{Host: pulumi.String("uploads.s3.eu-west-1.amazonaws.com"), Prefix: "media"},
		PriceClass: "PriceClass_100", OriginSeconds: 60, Tags: tags.New("test", nil),
	}
}

// cdnApps are the arguments of the distribution of the frontends.
func cdnApps() *aws.DistributionArgs {
	args := cdnLearners()
	args.Host, args.Kind, args.Media = "apps.learn.example.org", aws.DistributionApps, nil
	return args
}

// cdnProgram is a CDN with a distribution for each of the arguments, called a, b and so on.
func cdnProgram(distributions ...*aws.DistributionArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		region, err := cdnRegion(ctx)
		if err != nil {
			return err
		}
		cdn, err := aws.NewCDN(ctx, "cdn", cdnArgs(region))
		if err != nil {
			return err
		}
		for i, args := range distributions {
			if _, err := cdn.NewDistribution(ctx, string(rune('a'+i)), args); err != nil {
				return err
			}
		}
		return nil
	}
}

// cdnDistribution is the distribution that a program with one makes.
func cdnDistribution(t *testing.T, args *aws.DistributionArgs) *harness.Resource {
	t.Helper()
	return harness.Run(t, nil, cdnProgram(args)).One(t, cdnDistributionType, "a-distribution")
}

// cdnPatterns lists the paths of a distribution that are cached.
func cdnPatterns(t *testing.T, distribution *harness.Resource) []string {
	t.Helper()
	var patterns []string
	for i := range distribution.Value(t, "orderedCacheBehaviors").ArrayValue() {
		patterns = append(patterns, distribution.Text(t, fmt.Sprintf("orderedCacheBehaviors[%d].pathPattern", i)))
	}
	return patterns
}

// cdnMatches tells whether a path fits a pattern. An asterisk of CloudFront takes slashes, too.
func cdnMatches(t *testing.T, pattern, asked string) bool {
	t.Helper()
	flat := func(text string) string { return strings.ReplaceAll(text, "/", "|") }
	matches, err := path.Match(flat(pattern), flat(asked))
	if err != nil {
		t.Fatal(err)
	}
	return matches
}

func TestOnlyWhatIsTheSameForEverybodyIsCached(t *testing.T) {
	for name, test := range map[string]struct {
		args  *aws.DistributionArgs
		asked map[string]bool
	}{
		"learners": {cdnLearners(), map[string]bool{
			"/static/indigo/images/logo.png": true, "/media/profile-images/ada.jpg": true,
			"/asset-v1:edX+DemoX+2026+type@asset+block@exam.png": false, "/asset-v1:edX+DemoX+2026/static/exam.js": false,
			"/c4x/edX/DemoX/asset/exam.png": false, "/": false, "/login": false, "/courses/course-v1:edX+DemoX+2026/about": false,
			"/api/mfe_config/v1": false, "/heartbeat": false, "/mediated": false, "/staticfiles.js": false,
		}},
		"apps": {cdnApps(), map[string]bool{
			"/authn/app.3c91f2.js": true, "/learning/app.css": true, "/account/font.woff2": true, "/learning/app.js.map": true,
			"/authn/login": false, "/learning/course/course-v1:edX+DemoX+2026/home": false, "/api/mfe_config/v1": false,
			"/learning/index.html": false,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			patterns := cdnPatterns(t, cdnDistribution(t, test.args))
			for asked, want := range test.asked {
				if got := slices.ContainsFunc(patterns, func(pattern string) bool { return cdnMatches(t, pattern, asked) }); got != want {
					t.Errorf("%s is cached: %t", asked, got)
				}
			}
		})
	}
}

func TestEverythingElseReachesOpenEdXAsItWasSent(t *testing.T) {
	for _, args := range []*aws.DistributionArgs{cdnLearners(), cdnApps()} {
		distribution := cdnDistribution(t, args)
		for property, want := range map[string]string{
			"cachePolicyId": cdnCachingDisabled, "originRequestPolicyId": cdnAllViewer, "targetOriginId": "balancer",
			"viewerProtocolPolicy": "redirect-to-https",
		} {
			if got := distribution.Text(t, "defaultCacheBehavior."+property); got != want {
				t.Errorf("%s: %s is %s", args.Kind, property, got)
			}
		}
		if got := len(distribution.Value(t, "defaultCacheBehavior.allowedMethods").ArrayValue()); got != 7 {
			t.Errorf("%s: %d methods, want all seven", args.Kind, got)
		}
	}
}

func TestMediaComeFromTheBucketAndItsHostIsNotOverwritten(t *testing.T) {
	distribution := cdnDistribution(t, cdnLearners())
	media := slices.Index(cdnPatterns(t, distribution), "/media/*")
	if media < 0 {
		t.Fatal("no path for media")
	}
	behavior := fmt.Sprintf("orderedCacheBehaviors[%d]", media)
	if got := distribution.Text(t, behavior+".targetOriginId"); got != "media" {
		t.Errorf("media come from %s", got)
	}
	if got := distribution.Value(t, behavior+".originRequestPolicyId"); !got.IsNull() {
		t.Errorf("S3 is sent the learners' host, which is no bucket: %v", got)
	}
	if got := distribution.Text(t, behavior+".responseHeadersPolicyId"); got != "cdn-media-headers-id" {
		t.Errorf("uploads may act as pages of Open edX: %s", got)
	}
	for property, want := range map[string]string{
		"originId": "media", "domainName": "uploads.s3.eu-west-1.amazonaws.com", "originAccessControlId": "cdn-media-id",
	} {
		if got := distribution.Text(t, "origins[1]."+property); got != want {
			t.Errorf("%s is %s", property, got)
		}
	}
	for _, property := range []string{"customHeaders", "customOriginConfig", "originPath"} {
		if !distribution.Value(t, "origins[1]."+property).IsNull() {
			t.Errorf("the bucket has %s", property)
		}
	}
}

func TestWithoutMediaThereIsNoSecondOrigin(t *testing.T) {
	args := cdnLearners()
	args.Media = nil
	without := cdnDistribution(t, args)
	if got := cdnPatterns(t, without); !slices.Equal(got, []string{"/static/*"}) || len(without.Value(t, "origins").ArrayValue()) != 1 {
		t.Errorf("without media %v are cached", got)
	}
}

func TestTheBucketIsAskedWithASignatureAlways(t *testing.T) {
	access := harness.Run(t, nil, cdnProgram()).One(t, "aws:cloudfront/originAccessControl:OriginAccessControl", "cdn-media")
	for property, want := range map[string]string{
		"originAccessControlOriginType": "s3", "signingBehavior": "always", "signingProtocol": "sigv4",
	} {
		if got := access.Text(t, property); got != want {
			t.Errorf("%s is %s", property, got)
		}
	}
}

func TestTheLoadBalancerIsReachedOverTLSWithASecretHeader(t *testing.T) {
	args := cdnLearners()
	args.OriginSeconds = 120
	distribution := cdnDistribution(t, args)
	for property, want := range map[string]string{
		"domainName": "lb.example.net", "customHeaders[0].name": "X-Openedx-Origin",
		"customHeaders[0].value":                   harness.Password("cdn-origin", 32),
		"customOriginConfig.originProtocolPolicy":  "https-only",
		"customOriginConfig.originSslProtocols[0]": "TLSv1.2",
	} {
		if got := distribution.Text(t, "origins[0]."+property); got != want {
			t.Errorf("%s is %s", property, got)
		}
	}
	if !distribution.Inputs["origins"].ContainsSecrets() {
		t.Error("the header is no secret")
	}
	for property, want := range map[string]float64{
		"customOriginConfig.originReadTimeout": 120, "customOriginConfig.originKeepaliveTimeout": 60,
		"connectionAttempts": 3, "connectionTimeout": 5,
	} {
		if got := distribution.Value(t, "origins[0]."+property).NumberValue(); got != want {
			t.Errorf("%s is %v", property, got)
		}
	}
}

func TestADistributionAnswersItsHostOverModernTLS(t *testing.T) {
	distribution := cdnDistribution(t, cdnLearners())
	for property, want := range map[string]string{
		"aliases[0]": "learn.example.org", "httpVersion": "http2and3", "priceClass": "PriceClass_100", "webAclId": "firewall-arn",
		"viewerCertificate.acmCertificateArn": "certificate-arn", "viewerCertificate.sslSupportMethod": "sni-only",
		"viewerCertificate.minimumProtocolVersion": "TLSv1.2_2021", "restrictions.geoRestriction.restrictionType": "none",
		"tags.openedx-instance": "main",
	} {
		if got := distribution.Text(t, property); got != want {
			t.Errorf("%s is %s", property, got)
		}
	}
	for _, property := range []string{"enabled", "isIpv6Enabled"} {
		if !distribution.Value(t, property).BoolValue() {
			t.Errorf("%s is off", property)
		}
	}
}

func TestNobodyIsShownAnothersError(t *testing.T) {
	distribution := cdnDistribution(t, cdnLearners())
	var codes []float64
	for _, response := range distribution.Value(t, "customErrorResponses").ArrayValue() {
		one := response.ObjectValue()
		codes = append(codes, one["errorCode"].NumberValue())
		if kept := one["errorCachingMinTtl"]; !kept.IsNumber() || kept.NumberValue() != 0 {
			t.Errorf("%v is kept", codes[len(codes)-1])
		}
		if one.HasValue("responsePagePath") {
			t.Error("Open edX's own error is replaced")
		}
	}
	if diff := cmp.Diff([]float64{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}, codes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnInstanceMoreChangesNothingOfTheCDN(t *testing.T) {
	before, after := harness.Run(t, nil, cdnProgram(cdnLearners())), harness.Run(t, nil, cdnProgram(cdnLearners(), cdnApps()))
	if got := changed(before, after); len(got) != 0 {
		t.Errorf("%v change", got)
	}
}

func TestASecondCDNIsKnownByTheHeaderOfTheFirst(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		region, err := cdnRegion(ctx)
		if err != nil {
			return err
		}
		args := cdnArgs(region)
		for i, name := range []string{"cdn", "cdn-2"} {
			cdn, err := aws.NewCDN(ctx, name, args)
			if err != nil {
				return err
			}
			args = cdnArgs(region)
			args.Origin = &cdn.Origin
			if _, err = cdn.NewDistribution(ctx, string(rune('a'+i)), cdnLearners()); err != nil {
				return err
			}
		}
		return nil
	})
	if got := graph.Count("random:index/randomPassword:RandomPassword"); got != 1 {
		t.Errorf("%d secrets, want 1", got)
	}
	const header = "origins[0].customHeaders[0].value"
	first, second := graph.One(t, cdnDistributionType, "a-distribution"), graph.One(t, cdnDistributionType, "b-distribution")
	if diff := cmp.Diff(first.Text(t, header), second.Text(t, header)); diff != "" || first.Text(t, header) == "" {
		t.Errorf("the headers differ: %s", diff)
	}
	const policy = "orderedCacheBehaviors[0].originRequestPolicyId"
	if first.Text(t, policy) == second.Text(t, policy) {
		t.Errorf("both have policy %s", first.Text(t, policy))
	}
}

func TestACDNsPreviewRegistersWhatItsUpdateDoes(t *testing.T) {
	program := cdnProgram(cdnLearners(), cdnApps())
	if diff := cmp.Diff(harness.Run(t, nil, program).Inventory(), harness.Preview(t, nil, program).Inventory()); diff != "" {
		t.Errorf("(-update +preview):\n%s", diff)
	}
}

func TestAWrongCDNRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.CDNArgs)
		want  string
	}{
		"no account":       {func(a *aws.CDNArgs) { a.Account.ID = "" }, "incomplete"},
		"no region":        {func(a *aws.CDNArgs) { a.Region = nil }, "no region"},
		"another region":   {func(a *aws.CDNArgs) { a.Region.Account.Region = "eu-west-1" }, "us-east-1 only"},
		"no bucket":        {func(a *aws.CDNArgs) { a.Logs.Name = nil }, "no folder"},
		"the whole bucket": {func(a *aws.CDNArgs) { a.Logs.Prefix = "" }, "no folder"},
	} {
		t.Run(name, func(t *testing.T) {
			args := cdnArgs(&aws.Region{Account: account.In("us-east-1")})
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewCDN(ctx, "cdn", args)
				return err
			}, `CDN "cdn"`, test.want)
		})
	}
}

func TestAWrongDistributionRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.DistributionArgs)
		want  string
	}{
		"no instance":     {func(a *aws.DistributionArgs) { a.Slug = "" }, "no instance"},
		"no host":         {func(a *aws.DistributionArgs) { a.Host = "" }, "no host"},
		"no kind":         {func(a *aws.DistributionArgs) { a.Kind = "" }, "want learners or apps"},
		"no certificate":  {func(a *aws.DistributionArgs) { a.Certificate = nil }, "no certificate"},
		"no firewall":     {func(a *aws.DistributionArgs) { a.Firewall = nil }, "no firewall"},
		"no origin":       {func(a *aws.DistributionArgs) { a.Origin = nil }, "no origin"},
		"price class":     {func(a *aws.DistributionArgs) { a.PriceClass = "100" }, "PriceClass_200"},
		"no time":         {func(a *aws.DistributionArgs) { a.OriginSeconds = 0 }, "want 1 to 120"},
		"too much time":   {func(a *aws.DistributionArgs) { a.OriginSeconds = 121 }, "want 1 to 120"},
		"no media bucket": {func(a *aws.DistributionArgs) { a.Media.Host = nil }, "want a bucket"},
		"no media folder": {func(a *aws.DistributionArgs) { a.Media.Prefix = "" }, "want a bucket"},
		"media slashes":   {func(a *aws.DistributionArgs) { a.Media.Prefix = "/media/" }, "without slashes"},
		"media of apps":   {func(a *aws.DistributionArgs) { a.Kind = aws.DistributionApps }, "learners' host"},
	} {
		t.Run(name, func(t *testing.T) {
			args := cdnLearners()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := (&aws.CDN{}).NewDistribution(ctx, "a", args)
				return err
			}, `distribution "a"`, test.want)
		})
	}
}

func TestOriginsMayTakeFromOneSecondToTwoMinutes(t *testing.T) {
	for _, seconds := range []int{1, 120} {
		args := cdnLearners()
		args.OriginSeconds = seconds
		if got := cdnDistribution(t, args).Value(t, "origins[0].customOriginConfig.originReadTimeout").NumberValue(); got != float64(seconds) {
			t.Errorf("%d became %v", seconds, got)
		}
	}
}
