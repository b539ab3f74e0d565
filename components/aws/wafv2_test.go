package aws

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/tests/harness"
)

func TestALoadBalancerIsPutBehindAFirewall(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		parent := &pulumi.ResourceState{}
		if err := ctx.RegisterComponentResource("test:index:Balancer", "lb", parent); err != nil {
			return err
		}
		return associateFirewall(ctx, parent, "lb-firewall", pulumi.String("balancer-arn"), pulumi.String("acl-arn"))
	})
	association := graph.One(t, webACLAssociationType, "lb-firewall")
	if association.Text(t, "resourceArn") != "balancer-arn" || association.Text(t, "webAclArn") != "acl-arn" {
		t.Errorf("it is %v", association.Inputs)
	}
	if association.Parent != graph.One(t, "test:index:Balancer", "lb").URN {
		t.Errorf("it belongs to %q", association.Parent)
	}
}
