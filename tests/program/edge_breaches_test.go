package program

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/tests/harness"
)

// addEdge adds to the handmade graph what stands between it and the internet.
func addEdge(add func(typ, name string, inputs properties) *harness.Resource) {
	add(balancerType, "balancer", tagged(properties{
		"internal": false, "securityGroups": []any{"campus-network-front-id"}, "enableDeletionProtection": true,
	}))
	add("aws:ec2/securityGroup:SecurityGroup", "front", tagged(properties{}))
	add(ingressType, "front-https", tagged(properties{
		"securityGroupId": "campus-network-front-id", "cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443,
	}))
	add("aws:wafv2/webAclAssociation:WebAclAssociation", "wall", properties{"resourceArn": "arn-of-campus-network-balancer"})
	add("aws:lb/listener:Listener", "listener", tagged(properties{
		"protocol": "HTTPS", "sslPolicy": modernListener, "certificateArn": "certificate",
	}))
	add("aws:cloudfront/distribution:Distribution", "cdn", tagged(properties{
		"viewerCertificate":    map[string]any{"minimumProtocolVersion": "TLSv1.2_2021", "sslSupportMethod": "sni-only"},
		"defaultCacheBehavior": map[string]any{"viewerProtocolPolicy": "redirect-to-https"},
		"orderedCacheBehaviors": []any{
			map[string]any{"pathPattern": "/static/*", "viewerProtocolPolicy": "redirect-to-https"},
		},
		"origins": []any{map[string]any{"customOriginConfig": map[string]any{
			"originProtocolPolicy": "https-only", "originSslProtocols": []any{"TLSv1.2"},
		}}},
	}))
	add("aws:s3/bucketPolicy:BucketPolicy", "bucket-policy", properties{
		"policy": `{"Statement":[{"Sid":"TLS","Effect":"Deny","Action":["s3:*"],"Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":["false"]}}}]}`,
	})
	add("aws:ec2/instance:Instance", "machine", tagged(properties{
		"rootBlockDevice": map[string]any{"encrypted": true, "kmsKeyId": "key"}, "disableApiTermination": true,
		"networkInterfaces": []any{map[string]any{"networkInterfaceId": "eni"}}, "metadataOptions": map[string]any{"httpTokens": "required"},
	}))
}

// edgeBreaches break the invariants of what faces the internet, and of permissions.
var edgeBreaches = []breach{
	{"nothing but the load balancer lets everybody in", "another port of the load balancer", func(t *testing.T, g *harness.Graph) {
		set(t, g, "front-https", "toPort", 8443)
	}},
	{"nothing but the load balancer lets everybody in", "all IPv6 addresses to somebody else", func(t *testing.T, g *harness.Graph) {
		rule := find(t, g, "front-https")
		delete(rule.Inputs, "cidrIpv4")
		rule.Inputs["cidrIpv6"], rule.Inputs["securityGroupId"] = resource.NewProperty("::/0"), resource.NewProperty("other")
	}},
	{"nothing but the load balancer lets everybody in", "no firewall", func(t *testing.T, g *harness.Graph) {
		set(t, g, "wall", "resourceArn", "arn-of-another")
	}},
	{"nothing but the load balancer lets everybody in", "a machine with a public address", func(t *testing.T, g *harness.Graph) {
		set(t, g, "machine", "associatePublicIpAddress", true)
	}},
	{"nothing but the load balancer lets everybody in", "a key for SSH", func(t *testing.T, g *harness.Graph) {
		set(t, g, "machine", "keyName", "operator")
	}},
	{"whoever comes from outside speaks TLS 1.2 or better", "an old listener", func(t *testing.T, g *harness.Graph) {
		set(t, g, "listener", "sslPolicy", "ELBSecurityPolicy-2016-08")
	}},
	{"whoever comes from outside speaks TLS 1.2 or better", "a plain listener that answers", func(t *testing.T, g *harness.Graph) {
		set(t, g, "listener", "protocol", "HTTP")
	}},
	{"whoever comes from outside speaks TLS 1.2 or better", "old viewers", func(t *testing.T, g *harness.Graph) {
		set(t, g, "cdn", "viewerCertificate", map[string]any{"minimumProtocolVersion": "TLSv1", "sslSupportMethod": "sni-only"})
	}},
	{"whoever comes from outside speaks TLS 1.2 or better", "a plain path", func(t *testing.T, g *harness.Graph) {
		set(t, g, "cdn", "orderedCacheBehaviors", []any{map[string]any{"pathPattern": "/static/*", "viewerProtocolPolicy": "allow-all"}})
	}},
	{"whoever comes from outside speaks TLS 1.2 or better", "a bucket that takes plain requests", func(t *testing.T, g *harness.Graph) {
		set(t, g, "bucket-policy", "policy", permits("s3:GetObject", "*"))
	}},
	{"no permission is for everything", "the policy of a bucket", func(t *testing.T, g *harness.Graph) {
		set(t, g, "policy", "policy", permits("s3:*", "*"))
	}},
	{"every permission is one that AWS has", "a misspelt action", func(t *testing.T, g *harness.Graph) {
		set(t, g, "policy", "policy", permits("logs:PutLogEvent", "*"))
	}},
	{"every permission is one that AWS has", "an action on what it is never about", func(t *testing.T, g *harness.Graph) {
		set(t, g, "policy", "policy", permits("s3:ListBucket", "arn:aws:s3:::campus/*"))
	}},
	{"every permission is one that AWS has", "a policy that cannot be read", func(t *testing.T, g *harness.Graph) {
		set(t, g, "policy", "policy", "{")
	}},
	{"nobody has a key but who sends mail", "a user", func(_ *testing.T, g *harness.Graph) {
		g.Resources = append(g.Resources, lasting(g, "aws:iam/accessKey:AccessKey"))
	}},
	{"the provider deletes nothing that holds data", "a database that can be deleted", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db", "deletionProtection", false)
	}},
	{"the provider deletes nothing that holds data", "a database without a last snapshot", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db", "skipFinalSnapshot", true)
	}},
	{"the provider deletes nothing that holds data", "a load balancer that can be deleted", func(t *testing.T, g *harness.Graph) {
		set(t, g, "balancer", "enableDeletionProtection", false)
	}},
	{"the provider deletes nothing that holds data", "a key that is gone within a week", func(t *testing.T, g *harness.Graph) {
		set(t, g, "key", "deletionWindowInDays", 7)
	}},
}

// lasting is a resource of the handmade network that is valid for ever.
func lasting(g *harness.Graph, typ string) *harness.Resource {
	owner := g.Resources[0]
	for _, r := range g.Resources {
		if r.Parent == "" {
			owner = r
		}
	}
	return &harness.Resource{
		URN: owner.URN + "$" + typ, Type: typ, Name: owner.Name + "-lasting", Parent: owner.URN, Custom: true,
		Inputs: resource.NewPropertyMapFromMap(tagged(properties{})),
	}
}
