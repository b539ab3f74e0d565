package aws_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/bastion"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/harness"
)

const (
	bastionMachineType  = "aws:ec2/instance:Instance"
	bastionDocumentType = "aws:ssm/document:Document"
)

// bastionArgs are arguments that a test changes one of.
func bastionArgs() *aws.BastionArgs {
	return &aws.BastionArgs{
		Account: account, VPC: pulumi.String("vpc-1"), Block: "10.20.0.0/16", Subnet: subnet("a"),
		Image: pulumi.String("ami-1"), Machine: "t4g.micro", Kubernetes: versions.DefaultKubernetes,
		ClusterName: pulumi.String("campus-prod"), ClusterARN: pulumi.String("cluster-arn"), ClusterGroup: pulumi.String("cluster-group"),
		Path: "/campus/prod", DataKey: pulumi.String("data-key-arn"), LogsKey: pulumi.String("logs-key-arn"), SecretsKey: pulumi.String("secrets-key-arn"),
		LogGroup: aws.BastionLogGroup("test", "ba"), LogDays: 90, Tags: tags.New("test", nil),
	}
}

// bastionProgram is one bastion with its forwards.
func bastionProgram(args *aws.BastionArgs, forwards ...*aws.ForwardArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made, err := aws.NewBastion(ctx, "ba", args)
		if err != nil {
			return err
		}
		for _, forward := range forwards {
			if err := made.Forward(ctx, "ba-"+forward.Name, forward); err != nil {
				return err
			}
		}
		return nil
	}
}

// bastionGraph runs it.
func bastionGraph(t *testing.T, args *aws.BastionArgs, forwards ...*aws.ForwardArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, bastionProgram(args, forwards...))
}

// bastionResources are what the statement of a policy speaks about.
func bastionResources(t *testing.T, policy, sid string) []string {
	t.Helper()
	var parsed struct {
		Statement []struct {
			Sid      string
			Resource []string
		}
	}
	if err := json.Unmarshal([]byte(policy), &parsed); err != nil {
		t.Fatal(err)
	}
	for _, statement := range parsed.Statement {
		if statement.Sid == sid {
			return statement.Resource
		}
	}
	t.Fatalf("no statement %q in %s", sid, policy)
	return nil
}

func TestNobodyGetsToTheBastionFromOutside(t *testing.T) {
	graph := bastionGraph(t, bastionArgs())
	machine := graph.One(t, bastionMachineType, "ba-machine")
	facts(t, machine, map[string]bool{"associatePublicIpAddress": false})
	texts(t, machine, map[string]string{"subnetId": "subnet-a", "vpcSecurityGroupIds[0]": "ba-group-id"})
	if len(machine.Value(t, "vpcSecurityGroupIds").ArrayValue()) != 1 {
		t.Error("the machine is in other groups too")
	}
	if machine.Value(t, "keyName").HasValue() || machine.Value(t, "getPasswordData").HasValue() {
		t.Error("the machine has a key pair")
	}
	group := graph.One(t, "aws:ec2/securityGroup:SecurityGroup", "ba-group")
	if group.Value(t, "ingress").HasValue() || group.Text(t, "vpcId") != "vpc-1" {
		t.Errorf("the group is %v", group.Inputs)
	}
	for _, rule := range graph.All(groupRuleType) {
		if rule.Text(t, "securityGroupId") == "ba-group-id" {
			t.Errorf("%s lets somebody in", rule)
		}
	}
}

func TestTheBastionReachesTheNetworkTheClusterAndHTTPS(t *testing.T) {
	graph := bastionGraph(t, bastionArgs())
	type rule struct {
		Block       string
		First, Last float64
	}
	got := map[string]rule{}
	for _, r := range graph.All("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") {
		texts(t, r, map[string]string{"securityGroupId": "ba-group-id", "ipProtocol": "tcp"})
		got[r.Name] = rule{r.Text(t, "cidrIpv4"), r.Value(t, "fromPort").NumberValue(), r.Value(t, "toPort").NumberValue()}
	}
	want := map[string]rule{"ba-group-https-out": {"0.0.0.0/0", 443, 443}, "ba-group-network-out": {"10.20.0.0/16", 0, 65535}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	api := graph.One(t, groupRuleType, "ba-group-to-cluster")
	texts(t, api, map[string]string{"securityGroupId": "cluster-group", "referencedSecurityGroupId": "ba-group-id", "ipProtocol": "tcp"})
	counts(t, api, map[string]float64{"fromPort": 443, "toPort": 443})
	if graph.Count(groupRuleType) != 1 {
		t.Error("somebody else is let in somewhere")
	}
}

func TestTheBastionsDiskAndMetadataAreClosed(t *testing.T) {
	machine := bastionGraph(t, bastionArgs()).One(t, bastionMachineType, "ba-machine")
	holds(t, machine, map[string]any{
		"metadataOptions.httpTokens": "required", "metadataOptions.httpEndpoint": "enabled", "metadataOptions.httpPutResponseHopLimit": 1,
		"rootBlockDevice.encrypted": true, "rootBlockDevice.kmsKeyId": "data-key-arn",
		"ami": "ami-1", "instanceType": "t4g.micro",
	})
}

func TestOtherToolsReplaceTheBastionAndANewImageDoesNot(t *testing.T) {
	machine := bastionGraph(t, bastionArgs()).One(t, bastionMachineType, "ba-machine")
	facts(t, machine, map[string]bool{"userDataReplaceOnChange": true})
	if diff := cmp.Diff([]string{"ami"}, machine.IgnoreChanges); diff != "" {
		t.Error(diff)
	}
	if machine.Protect {
		t.Error("what holds nothing is protected")
	}
	want, err := bastion.UserData(bastion.Machine{
		Region: harness.Region, Kubernetes: versions.DefaultKubernetes, Cluster: "campus-prod", MySQLAuthority: aws.MySQLAuthorityURL,
	})
	if err != nil || machine.Text(t, "userData") != want {
		t.Errorf("%v; the user data is\n%s", err, machine.Text(t, "userData"))
	}
}

func TestTheBastionStartsWhenItCanReachWhatItInstalls(t *testing.T) {
	routed := pulumi.String("subnet-routed").ToStringOutput()
	args := bastionArgs()
	args.Subnet = platform.Subnet{Zone: "a", ID: pulumi.String("subnet-a").ToStringOutput(), Routed: routed}
	graph := bastionGraph(t, args)
	machine := graph.One(t, bastionMachineType, "ba-machine")
	texts(t, machine, map[string]string{"subnetId": "subnet-routed", "iamInstanceProfile": "ba-profile"})
	for typ, names := range map[string][]string{
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"ba-group-https-out", "ba-group-network-out"},
		"aws:iam/rolePolicy:RolePolicy":                           {"ba-role-rights"},
	} {
		for _, name := range names {
			if !graph.Waits(machine, graph.One(t, typ, name).URN) {
				t.Errorf("the machine does not wait for %s", name)
			}
		}
	}
}

func TestTheBastionMayDoNoMoreThanItsWork(t *testing.T) {
	graph := bastionGraph(t, bastionArgs())
	sameJSON(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", "ba-role-rights").Text(t, "policy"), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Sessions", "Effect": "Allow", "Resource": ["*"], "Action": ["ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
			"ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]},
		{"Sid": "Encrypt", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["logs-key-arn"]},
		{"Sid": "Record", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], "Resource": [
			"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/test/ba", "arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/test/ba:*"]},
		{"Sid": "FindRecord", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
		{"Sid": "ReadSecrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/prod/*/mysql-??????",
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/prod/*/mongodb-??????",
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/prod/*/redis-??????",
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/prod/*/smtp-??????",
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/prod/*/meilisearch-??????",
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/prod/*/tutor-??????"]},
		{"Sid": "DecryptSecrets", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["secrets-key-arn"],
			"Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}}},
		{"Sid": "FindCluster", "Effect": "Allow", "Action": ["eks:DescribeCluster"], "Resource": ["cluster-arn"]}
	]}`)
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "ba-role").Text(t, "assumeRolePolicy"), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Machines", "Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}]}`)
	// AmazonSSMManagedInstanceCore opens all parameters, AdministratorAccess everything.
	if graph.Count("aws:iam/rolePolicyAttachment:RolePolicyAttachment") != 0 || graph.Count("aws:iam/rolePolicy:RolePolicy") != 1 {
		t.Error("the role has rights from elsewhere")
	}
	for _, typ := range []string{"aws:iam/accessKey:AccessKey", "aws:iam/user:User", "aws:ec2/keyPair:KeyPair"} {
		if graph.Count(typ) != 0 {
			t.Errorf("there is a key that lasts: %s", typ)
		}
	}
}

// bastionReads returns whether operators may read a secret, by its name.
func bastionReads(t *testing.T) func(name string) bool {
	t.Helper()
	policy := bastionGraph(t, bastionArgs()).One(t, "aws:iam/rolePolicy:RolePolicy", "ba-role-rights").Text(t, "policy")
	patterns := bastionResources(t, policy, "ReadSecrets")
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			// What IAM makes of its two wildcards; an asterisk passes slashes too.
			expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
			return regexp.MustCompile("^" + expression + "$").MatchString("arn:aws:secretsmanager:eu-west-1:123456789012:secret:" + name + "-AbC123")
		})
	}
}

func TestOperatorsReadTheSecretsOfTheStacksInstances(t *testing.T) {
	reads := bastionReads(t)
	for _, slug := range []string{"acme", "mongo"} { // an instance may be called like a store
		names, err := accounts.For(slug)
		if err != nil {
			t.Fatal(err)
		}
		for _, store := range []accounts.Store{
			accounts.MySQL, accounts.MongoDB, accounts.Redis, accounts.SMTP, accounts.Meilisearch, accounts.Tutor,
		} {
			if !reads(names.SecretPath("campus", "prod", store)) {
				t.Errorf("%s of %s is closed", store, slug)
			}
			if reads(names.SecretPath("campus", "staging", store)) {
				t.Errorf("%s of another stack's %s is open", store, slug)
			}
		}
	}
}

func TestOperatorsReadNoSecretOfTheStoresThemselves(t *testing.T) {
	reads := bastionReads(t)
	kept := []string{"/campus/prod/smtp", "rds!cluster-1", "/campus/prod/mongo/admin"}
	for _, secret := range mongo(t, mongoArgs()).All(secretType) {
		kept = append(kept, secret.Text(t, "name"))
	}
	if !slices.Contains(kept, "/campus/prod/mongo/keyfile") {
		t.Errorf("the secrets are %q", kept)
	}
	for _, name := range kept {
		if reads(name) {
			t.Errorf("%s is open", name)
		}
	}
}

func TestOperatorsAdministerInstancesAndNothingElseInTheCluster(t *testing.T) {
	graph := bastionGraph(t, bastionArgs())
	role := graph.One(t, "aws:iam/role:Role", "ba-role")
	entry := graph.One(t, "aws:eks/accessEntry:AccessEntry", "ba-access")
	texts(t, entry, map[string]string{"clusterName": "campus-prod", "principalArn": "arn:aws:iam:eu-west-1:123456789012:" + role.Name})
	if entry.Value(t, "kubernetesGroups").HasValue() {
		t.Error("the role is in a group")
	}
	holds(t, graph.One(t, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ba-access-instances"), map[string]any{
		"accessScope.type": "namespace", "accessScope.namespaces": []any{"instance-*"},
	})
}

func TestThePartsOfABastionAreTaggedAndItsOwn(t *testing.T) {
	graph := bastionGraph(t, bastionArgs(), bastionForward())
	component := graph.One(t, "openedx:aws:Bastion", "ba")
	for _, r := range graph.Resources {
		if r != component && (!strings.HasPrefix(r.Name, "ba-") || r.Parent != component.URN) {
			t.Errorf("%s is not the bastion's", r)
		}
		switch r.Type {
		case component.Type, "aws:iam/rolePolicy:RolePolicy", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation":
			continue
		}
		texts(t, r, map[string]string{"tags.openedx-component": "bastion", "tags.Name": r.Name})
	}
	texts(t, graph.One(t, bastionMachineType, "ba-machine"), map[string]string{"rootBlockDevice.tags.Name": "ba-machine-root"})
}

func TestAPreviewOfABastionShowsWhatAnUpdateMakes(t *testing.T) {
	program := bastionProgram(bastionArgs(), bastionForward())
	if diff := cmp.Diff(harness.Run(t, nil, program).Inventory(), harness.Preview(t, nil, program).Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestWrongBastionsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.BastionArgs)
		want  string
	}{
		"no account":            {func(a *aws.BastionArgs) { a.Account.ID = "" }, "incomplete"},
		"no vpc":                {func(a *aws.BastionArgs) { a.VPC = nil }, "no vpc"},
		"no block":              {func(a *aws.BastionArgs) { a.Block = "" }, `block ""`},
		"an address for blocks": {func(a *aws.BastionArgs) { a.Block = "10.20.0.0" }, `block "10.20.0.0"`},
		"a block of IPv6":       {func(a *aws.BastionArgs) { a.Block = "fd00::/8" }, `block "fd00::/8"`},
		"no subnet":             {func(a *aws.BastionArgs) { a.Subnet = platform.Subnet{} }, "no subnet"},
		"no image":              {func(a *aws.BastionArgs) { a.Image = nil }, "no image"},
		"no machine":            {func(a *aws.BastionArgs) { a.Machine = "" }, "no type of machine"},
		"unknown Kubernetes":    {func(a *aws.BastionArgs) { a.Kubernetes = "1.2" }, `"1.2"`},
		"no cluster":            {func(a *aws.BastionArgs) { a.ClusterName = nil }, "no name of the cluster"},
		"no cluster arn":        {func(a *aws.BastionArgs) { a.ClusterARN = nil }, "no arn of the cluster"},
		"no cluster group":      {func(a *aws.BastionArgs) { a.ClusterGroup = nil }, "no group of the cluster"},
		"no path":               {func(a *aws.BastionArgs) { a.Path = "" }, `path ""`},
		"a path with an end":    {func(a *aws.BastionArgs) { a.Path = "/campus/prod/" }, `path "/campus/prod/"`},
		"no data key":           {func(a *aws.BastionArgs) { a.DataKey = nil }, "no data key"},
		"no logs key":           {func(a *aws.BastionArgs) { a.LogsKey = nil }, "no logs key"},
		"no secrets key":        {func(a *aws.BastionArgs) { a.SecretsKey = nil }, "no secrets key"},
		"no log group":          {func(a *aws.BastionArgs) { a.LogGroup = "" }, `recorded in ""`},
		"no days":               {func(a *aws.BastionArgs) { a.LogDays = 0 }, "for 0 days"},
	} {
		t.Run(name, func(t *testing.T) {
			args := bastionArgs()
			test.spoil(args)
			refuses(t, bastionProgram(args), `bastion "ba"`, test.want)
		})
	}
}
