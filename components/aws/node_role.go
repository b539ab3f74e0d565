package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nodeRight is a policy of AWS that nodes have, and the end of its name here.
type nodeRight struct{ key, policy string }

// nodeRights are to join a cluster, to pull images, and to be reached by Session
// Manager.
var nodeRights = []nodeRight{
	{"join", "AmazonEKSWorkerNodePolicy"},
	{"pull", "AmazonEC2ContainerRegistryPullOnly"},
	{"session", "AmazonSSMManagedInstanceCore"},
}

// nodeRole is what some nodes may do on AWS.
type nodeRole struct {
	name, description string
	account           Account
	rights            []nodeRight
	tags              pulumi.StringMap
}

// newNodeRole creates the role of nodes, and returns with it what has to be there
// before one of them starts.
func newNodeRole(ctx *pulumi.Context, parent pulumi.Resource, n nodeRole) (*iam.Role, []pulumi.Resource, error) {
	role, err := iam.NewRole(ctx, n.name, &iam.RoleArgs{
		Description:      pulumi.String(n.description),
		AssumeRolePolicy: document(allow("Nodes", "sts:AssumeRole").to("ec2.amazonaws.com")),
		Tags:             n.tags,
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, nil, fmt.Errorf("node role: %w", err)
	}
	var rights []pulumi.Resource
	for _, right := range n.rights {
		attachment, err := iam.NewRolePolicyAttachment(ctx, n.name+"-"+right.key, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.String(n.account.managedPolicy(right.policy)),
		}, pulumi.Parent(parent))
		if err != nil {
			return nil, nil, fmt.Errorf("policy %q of node role: %w", right.policy, err)
		}
		rights = append(rights, attachment)
	}
	return role, rights, nil
}
