package aws_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/iam"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// karpenterArgs are arguments that a test changes one of.
func karpenterArgs() *aws.KarpenterArgs {
	return &aws.KarpenterArgs{
		Account: account, Cluster: "test-cluster", ClusterName: pulumi.String("test-cluster"),
		VPC: pulumi.String("vpc-1"), Subnets: []platform.Subnet{subnet("a"), subnet("b")},
		ClusterGroup: pulumi.String("sg-cluster"), DataKey: pulumi.String("arn:aws:kms:eu-west-1:123456789012:key/data"),
		Image: "v20260903", Machines: []string{"m6i.xlarge", "m7i.xlarge"}, DiskGiB: 100, CPUs: 4, Pods: 110, IdleMinutes: 5,
		Pools: aws.NodePools{OnDemand: 2}, Tags: tags.New("test", nil),
	}
}

// everyPool asks for a pool of each kind.
func everyPool(a *aws.KarpenterArgs) { a.Pools = aws.NodePools{OnDemand: 20, Spot: 4, CodeJail: 1} }

// karpenter runs a program that is Karpenter and an echo of what it wants
// installed.
func karpenter(t *testing.T, args *aws.KarpenterArgs) (*harness.Graph, []platform.AddOn) {
	t.Helper()
	var addOns []platform.AddOn
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		built, err := aws.NewKarpenter(ctx, "kp", args)
		if err != nil {
			return err
		}
		addOns = built.AddOns
		for _, addOn := range addOns {
			if addOn.Values != nil {
				ctx.Export(addOn.Chart, addOn.Values)
				if err := echo(ctx, addOn.Chart, addOn.Values); err != nil {
					return err
				}
			}
			for _, object := range addOn.Objects {
				if err := echo(ctx, object.Kind+" "+object.Name, object.Body); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return graph, addOns
}

// echo registers a resource that holds a value, so that it can be looked at once
// everything in it is known.
func echo(ctx *pulumi.Context, name string, value pulumi.Map) error {
	var into pulumi.CustomResourceState
	return ctx.RegisterResource("test:index:Echo", name, value, &into)
}

// object is what an object of a kind and name says, in plain JSON.
func object(t *testing.T, graph *harness.Graph, name string) *harness.Resource {
	t.Helper()
	return graph.One(t, "test:index:Echo", name)
}

func TestKarpenterHearsOfWhatAWSTakesAwayAndOfNoRumours(t *testing.T) {
	graph, _ := karpenter(t, karpenterArgs())
	var got []string
	for _, rule := range graph.All("aws:cloudwatch/eventRule:EventRule") {
		got = append(got, rule.Text(t, "eventPattern"))
	}
	want := []string{
		`{"detail":{"eventTypeCategory":["scheduledChange"],"service":["EC2"]},"detail-type":["AWS Health Event"],"source":["aws.health"]}`,
		`{"detail-type":["EC2 Spot Instance Interruption Warning"],"source":["aws.ec2"]}`,
		`{"detail":{"state":["stopping","stopped","shutting-down","terminated"]},"detail-type":["EC2 Instance State-change Notification"],"source":["aws.ec2"]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	queue := graph.One(t, "aws:sqs/queue:Queue", "kp-queue")
	for _, target := range graph.All("aws:cloudwatch/eventTarget:EventTarget") {
		if target.Text(t, "arn") != "arn:aws:sqs:eu-west-1:123456789012:kp-queue" || !graph.Waits(target, queue.URN) {
			t.Errorf("%s sends to %s", target, target.Text(t, "arn"))
		}
	}
	if graph.Count("aws:cloudwatch/eventTarget:EventTarget") != len(want) {
		t.Errorf("%d rules have %d targets", len(want), graph.Count("aws:cloudwatch/eventTarget:EventTarget"))
	}
}

func TestTheQueueIsEncryptedAndTakesNothingButTheRulesEvents(t *testing.T) {
	graph, _ := karpenter(t, karpenterArgs())
	queue := graph.One(t, "aws:sqs/queue:Queue", "kp-queue")
	if !queue.Value(t, "sqsManagedSseEnabled").BoolValue() || queue.Value(t, "messageRetentionSeconds").NumberValue() != 300 {
		t.Errorf("the queue is %v", queue.Inputs)
	}
	sameJSON(t, graph.One(t, "aws:sqs/queuePolicy:QueuePolicy", "kp-queue-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [
			{
				"Sid": "Interruptions", "Effect": "Allow", "Action": ["sqs:SendMessage"],
				"Principal": {"Service": ["events.amazonaws.com"]}, "Resource": ["arn:aws:sqs:eu-west-1:123456789012:kp-queue"],
				"Condition": {"ArnEquals": {"aws:SourceArn": [
					"arn:aws:cloudwatch:eu-west-1:123456789012:kp-interruption-spot",
					"arn:aws:cloudwatch:eu-west-1:123456789012:kp-interruption-state",
					"arn:aws:cloudwatch:eu-west-1:123456789012:kp-interruption-health"
				]}}
			},
			{
				"Sid": "EncryptedTransport", "Effect": "Deny", "Action": ["sqs:*"], "Principal": {"AWS": ["*"]},
				"Resource": ["arn:aws:sqs:eu-west-1:123456789012:kp-queue"], "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}
			}
		]
	}`)
}

// grant is one statement of a policy.
type grant struct {
	Sid, Effect      string
	Action, Resource []string
	Condition        map[string]map[string][]string
}

// karpenterRights are the statements of Karpenter's own policy by their names.
func karpenterRights(t *testing.T, args *aws.KarpenterArgs) map[string]grant {
	t.Helper()
	graph, _ := karpenter(t, args)
	text := graph.One(t, "aws:iam/rolePolicy:RolePolicy", "kp-controller-role-policy").Text(t, "policy")
	problems, err := iam.Problems(text)
	if err != nil || len(problems) > 0 {
		t.Errorf("AWS would not understand it: %v %v", problems, err)
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	if len(text) > 10240 {
		t.Errorf("the policy has %d characters, and a role's own policies 10,240 together", len(text))
	}
	var policy struct{ Statement []grant }
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		t.Fatal(err)
	}
	all := map[string]grant{}
	for _, g := range policy.Statement {
		all[g.Sid] = g
	}
	return all
}

func TestKarpenterStartsAndEndsMachinesOfThisClusterOnly(t *testing.T) {
	all := karpenterRights(t, karpenterArgs())
	const owner = "kubernetes.io/cluster/test-cluster"
	for _, sid := range []string{"Start", "TagStarting"} {
		c := all[sid].Condition
		if !slices.Equal(c["StringEquals"]["aws:RequestTag/"+owner], []string{"owned"}) || len(c["StringLike"]["aws:RequestTag/karpenter.sh/nodepool"]) != 1 ||
			!slices.Equal(c["StringEquals"]["aws:RequestTag/eks:eks-cluster-name"], []string{"test-cluster"}) {
			t.Errorf("%s is for machines that belong to nobody: %v", sid, c)
		}
	}
	for _, sid := range []string{"End", "StartFromTemplates", "TagRunning"} {
		c := all[sid].Condition
		if !slices.Equal(c["StringEquals"]["aws:ResourceTag/"+owner], []string{"owned"}) || len(c["StringLike"]["aws:ResourceTag/karpenter.sh/nodepool"]) != 1 {
			t.Errorf("%s is about machines of others: %v", sid, c)
		}
	}
}

func TestNoMachineOfOthersBecomesOneOfTheCluster(t *testing.T) {
	all := karpenterRights(t, karpenterArgs())
	if !slices.Equal(all["TagStarting"].Condition["StringEquals"]["ec2:CreateAction"], []string{"RunInstances", "CreateFleet", "CreateLaunchTemplate"}) {
		t.Errorf("tags that make a machine the cluster's can be put on others': %v", all["TagStarting"])
	}
	if got := all["TagRunning"].Condition["ForAllValues:StringEquals"]["aws:TagKeys"]; !slices.Equal(got, []string{"eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"}) {
		t.Errorf("a machine that runs can be tagged with %v", got)
	}
	if got := all["StartFrom"].Resource; slices.ContainsFunc(got, func(arn string) bool { return strings.HasSuffix(arn, ":instance/*") }) {
		t.Errorf("machines can be started untagged: %v", got)
	}
}

func TestKarpenterChangesNothingEverywhere(t *testing.T) {
	for sid, g := range karpenterRights(t, karpenterArgs()) {
		for _, action := range g.Action {
			reads := strings.HasPrefix(action, "ec2:Describe") || slices.Contains([]string{"pricing:GetProducts", "iam:ListInstanceProfiles"}, action)
			if slices.Contains(g.Resource, "*") && !reads {
				t.Errorf("%s: %s on everything", sid, action)
			}
			if strings.HasSuffix(action, "InstanceProfile") {
				t.Errorf("%s: with %s it could give machines any role", sid, action)
			}
		}
	}
}

func TestWhatKarpenterMayDoIsNarrow(t *testing.T) {
	all := karpenterRights(t, karpenterArgs())
	want := map[string]grant{
		"NodeRoles": {
			"NodeRoles", "Allow",
			[]string{"iam:PassRole"},
			[]string{"arn:aws:iam::123456789012:role/kp-standard-node"},
			map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"ec2.amazonaws.com"}}},
		},
		"Interruptions": {
			"Interruptions", "Allow",
			[]string{"sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"},
			[]string{"arn:aws:sqs:eu-west-1:123456789012:kp-queue"},
			nil,
		},
		"Images":  {"Images", "Allow", []string{"ssm:GetParameter"}, []string{"arn:aws:ssm:eu-west-1::parameter/aws/service/*"}, nil},
		"Cluster": {"Cluster", "Allow", []string{"eks:DescribeCluster"}, []string{"arn:aws:eks:eu-west-1:123456789012:cluster/test-cluster"}, nil},
		"DiskGrants": {
			"DiskGrants", "Allow",
			[]string{"kms:CreateGrant"},
			[]string{"arn:aws:kms:eu-west-1:123456789012:key/data"},
			map[string]map[string][]string{
				"StringEquals": {"kms:ViaService": {"ec2.eu-west-1.amazonaws.com"}}, "Bool": {"kms:GrantIsForAWSResource": {"true"}},
			},
		},
	}
	for sid, g := range want {
		if diff := cmp.Diff(g, all[sid]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sid, diff)
		}
	}
	if got := all["Disks"]; !slices.Equal(got.Resource, []string{"arn:aws:kms:eu-west-1:123456789012:key/data"}) || len(got.Condition["StringEquals"]["kms:ViaService"]) != 1 {
		t.Errorf("keys can be used for more than disks: %v", got)
	}
}

func TestTheRoleOfSpotInstancesCanBeMadeWhereThereAreAny(t *testing.T) {
	args := karpenterArgs()
	if _, there := karpenterRights(t, args)["SpotRole"]; there {
		t.Error("a role can be made that nobody needs")
	}
	everyPool(args)
	got := karpenterRights(t, args)["SpotRole"]
	want := grant{
		"SpotRole", "Allow",
		[]string{"iam:CreateServiceLinkedRole"},
		[]string{"arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"},
		map[string]map[string][]string{"StringEquals": {"iam:AWSServiceName": {"spot.amazonaws.com"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKarpentersRightsAreThoseOfItsServiceAccount(t *testing.T) {
	graph, _ := karpenter(t, karpenterArgs())
	association := graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "kp-controller-identity")
	for property, want := range map[string]string{
		"namespace": "kube-system", "serviceAccount": "karpenter", "clusterName": "test-cluster",
	} {
		if got := association.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if got := object(t, graph, "karpenter").Text(t, "serviceAccount.name"); got != association.Text(t, "serviceAccount") {
		t.Errorf("the chart calls its account %q", got)
	}
}

func TestNodesOfKarpenterMayJoinAndNoMoreThanTheOthers(t *testing.T) {
	args := karpenterArgs()
	everyPool(args)
	graph, addOns := karpenter(t, args)
	got := map[string][]string{}
	for _, r := range graph.All("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		_, policy, _ := strings.Cut(r.Text(t, "policyArn"), "policy/")
		got[r.Text(t, "role")] = append(got[r.Text(t, "role")], policy)
	}
	want := map[string][]string{
		"kp-standard-node":  {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore"},
		"kp-code-jail-node": {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"},
	}
	for role := range got {
		slices.Sort(got[role])
		slices.Sort(want[role])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for role := range want {
		entry := graph.One(t, "aws:eks/accessEntry:AccessEntry", role+"-entry")
		if entry.Text(t, "type") != "EC2_LINUX" || entry.Text(t, "principalArn") != "arn:aws:iam:eu-west-1:123456789012:"+role {
			t.Errorf("the cluster lets in %v", entry.Inputs)
		}
		profile := graph.One(t, "aws:iam/instanceProfile:InstanceProfile", role+"-profile")
		if profile.Text(t, "role") != role {
			t.Errorf("%s hands over %s", profile, profile.Text(t, "role"))
		}
	}
	// Nodes that start before would not be let in, or pull nothing.
	const roles, attachments, entries, profiles, identities, rules = 0, 5, 2, 2, 2, 7
	if got, want := len(addOns[1].Needs), roles+attachments+entries+profiles+identities+rules; got != want {
		t.Errorf("Karpenter waits for %d resources, want %d", got, want)
	}
}

func TestAWrongKarpenterRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.KarpenterArgs)
		want  string
	}{
		"no account":            {func(a *aws.KarpenterArgs) { a.Account.ID = "" }, "incomplete"},
		"no cluster":            {func(a *aws.KarpenterArgs) { a.Cluster = "" }, "no cluster"},
		"no name of a cluster":  {func(a *aws.KarpenterArgs) { a.ClusterName = nil }, "no cluster name"},
		"no vpc":                {func(a *aws.KarpenterArgs) { a.VPC = nil }, "no vpc"},
		"no group":              {func(a *aws.KarpenterArgs) { a.ClusterGroup = nil }, "no cluster group"},
		"no key":                {func(a *aws.KarpenterArgs) { a.DataKey = nil }, "no data key"},
		"no subnets":            {func(a *aws.KarpenterArgs) { a.Subnets = nil }, "no subnets"},
		"the latest image":      {func(a *aws.KarpenterArgs) { a.Image = "latest" }, `image "latest"`},
		"no disk":               {func(a *aws.KarpenterArgs) { a.DiskGiB = 0 }, "0 GiB"},
		"no processors":         {func(a *aws.KarpenterArgs) { a.CPUs = 0 }, "0 vCPUs"},
		"no pods":               {func(a *aws.KarpenterArgs) { a.Pods = 0 }, "0 pods"},
		"no time":               {func(a *aws.KarpenterArgs) { a.IdleMinutes = 0 }, "0 minutes"},
		"fewer than none":       {func(a *aws.KarpenterArgs) { a.Pools.OnDemand = -1 }, "none below zero"},
		"fewer than no spot":    {func(a *aws.KarpenterArgs) { a.Pools.Spot = -1 }, "none below zero"},
		"fewer than no jail":    {func(a *aws.KarpenterArgs) { a.Pools.CodeJail = -1 }, "none below zero"},
		"no machines":           {func(a *aws.KarpenterArgs) { a.Machines = nil }, "no machines"},
		"machines of two sizes": {func(a *aws.KarpenterArgs) { a.Machines = []string{"m6i.xlarge", "m6a.2xlarge"} }, `"m6a.2xlarge" beside "m6i.xlarge"`},
		"a machine of no size":  {func(a *aws.KarpenterArgs) { a.Machines = []string{"m6i"} }, "all of one size"},
		"a machine twice":       {func(a *aws.KarpenterArgs) { a.Machines = []string{"m6i.xlarge", "m6i.xlarge"} }, "is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			args := karpenterArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewKarpenter(ctx, "kp", args)
				return err
			}, `karpenter "kp"`, test.want)
		})
	}
}
