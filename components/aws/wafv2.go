package aws

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The types of WAF's resources, which token.go says why they are spelt out: the
// SDK's package has a type of its own for every nesting of a rule, some two thousand.
const (
	webACLType            = "aws:wafv2/webAcl:WebAcl"
	ipSetType             = "aws:wafv2/ipSet:IpSet"
	webACLAssociationType = "aws:wafv2/webAclAssociation:WebAclAssociation"
	webACLLoggingType     = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
)

// wafResource is any resource of WAF.
type wafResource struct {
	pulumi.CustomResourceState
	ARN pulumi.StringOutput `pulumi:"arn"`
}

// newWAF registers a resource of WAF.
func newWAF(ctx *pulumi.Context, parent pulumi.Resource, token, name string, inputs pulumi.Map) (*wafResource, error) {
	made := &wafResource{}
	if err := register(ctx, spelt{token, awsProvider, name, inputs}, made, pulumi.Parent(parent)); err != nil {
		return nil, fmt.Errorf("%s %q: %w", token, name, err)
	}
	return made, nil
}

// associateFirewall puts a load balancer behind a firewall. A distribution names
// its firewall itself.
func associateFirewall(ctx *pulumi.Context, parent pulumi.Resource, name string, resource, acl pulumi.StringInput) error {
	_, err := newWAF(ctx, parent, webACLAssociationType, name, pulumi.Map{"resourceArn": resource, "webAclArn": acl})
	return err
}
