package aws

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createController gives Karpenter what it may do itself.
func (k *Karpenter) createController(ctx *pulumi.Context, queue *sqs.Queue, classes []nodeClass) error {
	given := pulumi.StringArray{queue.Arn, k.args.DataKey}
	for _, class := range classes {
		given = append(given, class.role.Name)
	}
	identity, err := NewPodIdentity(ctx, k.name+"-controller", &PodIdentityArgs{
		Account: k.args.Account, ClusterName: k.args.ClusterName,
		Namespace: karpenterNamespace, ServiceAccount: karpenterAccount,
		Purpose: "Adds nodes to " + k.args.Cluster + " and takes them away",
		Policy: documentAbout(given, func(known []string) []statement {
			return k.args.statements(known[0], known[1], known[2:])
		}),
		Tags: k.args.Tags,
	}, pulumi.Parent(k))
	if err != nil {
		return err
	}
	k.needs = append(k.needs, identity.Needs...)
	return nil
}

// statements are what Karpenter may do, as it documents it, less what it needs to
// make instance profiles, which are made here: whoever makes profiles chooses what
// machines may do.
// https://karpenter.sh/v1.14/reference/cloudformation/
func (a *KarpenterArgs) statements(queue, key string, roles []string) []statement {
	all := append(a.launchStatements(), a.tagStatements()...)
	all = append(all, a.discoveryStatements()...)
	passed := make([]string, len(roles))
	for i, role := range roles {
		passed[i] = a.Account.global("iam", "role/"+role)
	}
	all = append(all,
		allow("NodeRoles", "iam:PassRole").on(passed...).when(condition{"StringEquals": {"iam:PassedToService": {"ec2.amazonaws.com"}}}),
		allow("Interruptions", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage").on(queue))
	if a.Pools.Spot > 0 {
		// The account has the role as soon as anybody in it has had a spot instance.
		spot := a.Account.global("iam", "role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot")
		all = append(all, allow("SpotRole", "iam:CreateServiceLinkedRole").on(spot).
			when(condition{"StringEquals": {"iam:AWSServiceName": {"spot.amazonaws.com"}}}))
	}
	return append(all, a.diskStatements(key)...)
}

// What EC2 starts, and what it starts that from.
var (
	started     = []string{"fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"}
	startedFrom = []string{"security-group", "subnet"}
)

// kinds names all resources of some kinds that EC2 has here.
func (a Account) kinds(kinds []string) []string {
	arns := make([]string, len(kinds))
	for i, kind := range kinds {
		arns[i] = a.arn("ec2", kind+"/*")
	}
	return arns
}

// owner is the tag by which machines belong to the cluster.
func (a *KarpenterArgs) owner() string { return "kubernetes.io/cluster/" + a.Cluster }

// asking holds for requests that tag what they make as this cluster's.
func (a *KarpenterArgs) asking() condition {
	return condition{
		"StringEquals": {"aws:RequestTag/" + a.owner(): {"owned"}, "aws:RequestTag/eks:eks-cluster-name": {a.Cluster}},
		"StringLike":   {"aws:RequestTag/" + KarpenterNodes: {"*"}},
	}
}

// owned holds for what Karpenter made for this cluster.
func (a *KarpenterArgs) owned() condition {
	return condition{
		"StringEquals": {"aws:ResourceTag/" + a.owner(): {"owned"}},
		"StringLike":   {"aws:ResourceTag/" + KarpenterNodes: {"*"}},
	}
}

// launchStatements are to start machines that are tagged as this cluster's, and to
// end such machines and no others.
func (a *KarpenterArgs) launchStatements() []statement {
	// Images and their snapshots are Amazon's: their ARNs name no account.
	from := append(a.Account.kinds(startedFrom),
		"arn:"+a.Account.Partition+":ec2:"+a.Account.Region+"::image/*", "arn:"+a.Account.Partition+":ec2:"+a.Account.Region+"::snapshot/*")
	templates := a.Account.kinds([]string{"launch-template"})
	return []statement{
		allow("StartFrom", "ec2:RunInstances", "ec2:CreateFleet").on(from...),
		allow("StartFromTemplates", "ec2:RunInstances", "ec2:CreateFleet").on(templates...).when(a.owned()),
		allow("Start", "ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate").on(a.Account.kinds(started)...).when(a.asking()),
		allow("End", "ec2:TerminateInstances", "ec2:DeleteLaunchTemplate").
			on(a.Account.kinds([]string{"instance", "launch-template"})...).when(a.owned()),
	}
}

// tagStatements are to tag what is being started, and to name machines that run.
func (a *KarpenterArgs) tagStatements() []statement {
	starting := a.asking()
	starting["StringEquals"]["ec2:CreateAction"] = []string{"RunInstances", "CreateFleet", "CreateLaunchTemplate"}
	running := a.owned()
	running["StringEqualsIfExists"] = map[string][]string{"aws:RequestTag/eks:eks-cluster-name": {a.Cluster}}
	running["ForAllValues:StringEquals"] = map[string][]string{"aws:TagKeys": {"eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"}}
	return []statement{
		allow("TagStarting", "ec2:CreateTags").on(a.Account.kinds(started)...).when(starting),
		allow("TagRunning", "ec2:CreateTags").on(a.Account.kinds([]string{"instance"})...).when(running),
	}
}

// discoveryStatements are to look at what there is to start, at which price, and
// at the cluster.
func (a *KarpenterArgs) discoveryStatements() []statement {
	return []statement{
		allow("Look", "ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus",
			"ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplates", "ec2:DescribePlacementGroups",
			"ec2:DescribeSecurityGroups", "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets").on("*").
			when(condition{"StringEquals": {"aws:RequestedRegion": {a.Account.Region}}}),
		allow("Images", "ssm:GetParameter").on("arn:" + a.Account.Partition + ":ssm:" + a.Account.Region + "::parameter/aws/service/*"),
		allow("Prices", "pricing:GetProducts").on("*"),
		// It looks for profiles that it may have left behind.
		allow("Profiles", "iam:ListInstanceProfiles").on("*"),
		allow("Cluster", "eks:DescribeCluster").on(a.Account.arn("eks", "cluster/"+a.Cluster)),
	}
}

// diskStatements are to have EC2 encrypt disks with the data key: a fleet that is
// started at once has its disks made in the name of whoever starts it. The key's
// own policy leaves that to IAM.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html#ebs-encryption-permissions
func (a *KarpenterArgs) diskStatements(key string) []statement {
	through := map[string][]string{"kms:ViaService": {"ec2." + a.Account.Region + ".amazonaws.com"}}
	return []statement{
		allow("Disks", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo").
			on(key).when(condition{"StringEquals": through}),
		// A disk is used under a grant, which lasts as long as the disk is attached.
		allow("DiskGrants", "kms:CreateGrant").on(key).
			when(condition{"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": {"true"}}}),
	}
}
