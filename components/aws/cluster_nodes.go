package aws

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/naming"
)

// clusterLimit is the longest name of a cluster.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
const clusterLimit = 100

// maxUnavailablePercentage is how much of the nodes may be away during an upgrade.
const maxUnavailablePercentage = 25

// Nodes says what the nodes are that are always there, and how many.
type Nodes struct {
	Machine string
	Count   int
	DiskGiB int
}

// ClusterLogs says how long the control plane's logs are kept, and under which key.
type ClusterLogs struct {
	Days int
	Key  pulumi.StringInput
}

// ClusterName is what a cluster is called on AWS.
func ClusterName(stack, name string) string { return naming.Fit(clusterLimit, stack, name) }

// ClusterLogGroup is where EKS writes a cluster's control plane logs; the name
// is not ours to choose.
func ClusterLogGroup(cluster string) string { return "/aws/eks/" + cluster + "/cluster" }

// accessKey makes a principal's ARN a part of a logical name that depends on no
// other principal: its account and what comes after that.
func accessKey(arn string) string {
	const account = 4 // arn:partition:iam::account:kind/path/name
	parts := strings.Split(arn, ":")
	return strings.ReplaceAll(strings.Join(parts[min(account, len(parts)-1):], "-"), "/", "-")
}

// createLogGroup creates the group that EKS will find and write to.
func (c *Cluster) createLogGroup(ctx *pulumi.Context) (*cloudwatch.LogGroup, error) {
	name := c.name + "-logs"
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(ClusterLogGroup(c.args.Name)),
		RetentionInDays: pulumi.Int(c.args.Logs.Days),
		KmsKeyId:        c.args.Logs.Key.ToStringOutput(),
		Tags:            c.tags(name),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("log group: %w", err)
	}
	return logs, nil
}

// createNodeRole creates what the nodes may do on AWS. Pods have identities of
// their own.
func (c *Cluster) createNodeRole(ctx *pulumi.Context) (*iam.Role, []pulumi.Resource, error) {
	name := c.name + "-node-role"
	return newNodeRole(ctx, c, nodeRole{
		name: name, description: "Nodes of " + c.args.Name, account: c.args.Account, rights: nodeRights, tags: c.tags(name),
	})
}

// createLaunchTemplate creates the template that nodes are started from.
func (c *Cluster) createLaunchTemplate(ctx *pulumi.Context) (*awseks.NodeGroupLaunchTemplateArgs, error) {
	name := c.name + "-template"
	template, err := ec2.NewLaunchTemplate(ctx, name, c.args.launchTemplate(c.name, name), pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("launch template: %w", err)
	}
	return &awseks.NodeGroupLaunchTemplateArgs{
		Id:      template.ID().ToStringOutput(),
		Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput), //nolint:errcheck // Itoa gives a string
	}, nil
}

// launchTemplate builds the nodes' template. It names no image, so that EKS
// chooses one for the cluster's version and works out how many pods fit.
func (a *ClusterArgs) launchTemplate(component, name string) *ec2.LaunchTemplateArgs {
	// What a template starts carries only the tags that the template names.
	var specifications ec2.LaunchTemplateTagSpecificationArray
	for _, resource := range []string{"instance", "volume", "network-interface"} {
		specifications = append(specifications, ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(resource),
			Tags:         pulumi.ToStringMap(a.Tags.For("cluster", component+"-node")),
		})
	}
	return &ec2.LaunchTemplateArgs{
		Description:          pulumi.String("Nodes of " + a.Name),
		UpdateDefaultVersion: pulumi.Bool(true),
		// Named here, another machine is a rolling update of the group; named in the
		// group, it would be another group.
		// https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
		InstanceType: pulumi.String(a.Nodes.Machine),
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"),
			HttpTokens:   pulumi.String("required"),
			// One hop reaches the node, not its pods: they must not borrow its role.
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{
			ec2.LaunchTemplateBlockDeviceMappingArgs{
				DeviceName: pulumi.String("/dev/xvda"), // the root of Amazon Linux 2023
				Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
					VolumeType:          pulumi.String("gp3"),
					VolumeSize:          pulumi.Int(a.Nodes.DiskGiB),
					Encrypted:           pulumi.String("true"),
					KmsKeyId:            a.DataKey.ToStringOutput(),
					DeleteOnTermination: pulumi.String("true"),
				},
			},
		},
		TagSpecifications: specifications,
		Tags:              pulumi.ToStringMap(a.Tags.For("cluster", name)),
	}
}
