package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	deployerProviderType = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	deployerRoleType     = "aws:iam/role:Role"
	deployerPolicyType   = "aws:iam/rolePolicy:RolePolicy"
	deployerAccessType   = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
)

// deployerArgs are arguments that a test changes one of.
func deployerArgs() *aws.DeployerArgs {
	return &aws.DeployerArgs{
		Account: account, Repository: "example-org/campus", Environment: "production",
		Registry:    pulumi.StringArray{pulumi.String("openedx-arn"), pulumi.String("mfe-arn")},
		ClusterName: pulumi.String("test-cluster"), ClusterARN: pulumi.String("cluster-arn"),
		SecretsKey: pulumi.String("secrets-key-arn"), SecretPath: "/campus/test/", Tags: tags.New("test", nil),
	}
}

func deployerProgram(args *aws.DeployerArgs, into **aws.Deployer) pulumi.RunFunc {
	return func(ctx *pulumi.Context) (err error) {
		*into, err = aws.NewDeployer(ctx, "dp", args)
		return err
	}
}

func deployer(t *testing.T, args *aws.DeployerArgs) *harness.Graph {
	t.Helper()
	var made *aws.Deployer
	return harness.Run(t, nil, deployerProgram(args, &made))
}

// deployerTrust is the trust in one provider.
func deployerTrust(provider string) string {
	return `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "GitHub", "Effect": "Allow", "Action": ["sts:AssumeRoleWithWebIdentity"], "Principal": {"Federated": ["` + provider + `"]},
			"Condition": {"StringEquals": {
				"token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"],
				"token.actions.githubusercontent.com:sub": ["repo:example-org/campus:environment:production"]
			}}
		}]
	}`
}

func TestOnlyOneEnvironmentOfOneRepositoryMayDeploy(t *testing.T) {
	graph := deployer(t, deployerArgs())
	provider := graph.One(t, deployerProviderType, "dp-github")
	holds(t, provider, map[string]any{
		"url": "https://token.actions.githubusercontent.com", "clientIdLists": []any{"sts.amazonaws.com"},
	})
	role := graph.One(t, deployerRoleType, "dp-role")
	sameJSON(t, role.Text(t, "assumeRolePolicy"), deployerTrust("arn:aws:iam:eu-west-1:123456789012:dp-github"))
	counts(t, role, map[string]float64{"maxSessionDuration": 7200})
	houseTagged(t, graph, "deployer", deployerPolicyType, deployerAccessType)
}

func TestAProviderThatTheAccountHasIsUsed(t *testing.T) {
	args := deployerArgs()
	args.Provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	graph := deployer(t, args)
	if graph.Count(deployerProviderType) != 0 {
		t.Error("an account can have one only")
	}
	sameJSON(t, graph.One(t, deployerRoleType, "dp-role").Text(t, "assumeRolePolicy"), deployerTrust(args.Provider))
}

func TestADeployerPushesToThePlatformsRepositoriesOnly(t *testing.T) {
	graph := deployer(t, deployerArgs())
	sameJSON(t, graph.One(t, deployerPolicyType, "dp-role-push").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [
			{"Sid": "LogIn", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]},
			{"Sid": "Push", "Effect": "Allow", "Resource": ["openedx-arn", "mfe-arn"], "Action": [
				"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
				"ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"
			]}
		]
	}`)
}

func TestADeployerReadsTheSettingsOfInstancesAndNothingOfThePlatforms(t *testing.T) {
	graph := deployer(t, deployerArgs())
	const secret = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/test/*/`
	sameJSON(t, graph.One(t, deployerPolicyType, "dp-role-secrets").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [
			{"Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [
				"`+secret+`mysql-??????", "`+secret+`mongodb-??????", "`+secret+`redis-??????", "`+secret+`smtp-??????",
				"`+secret+`meilisearch-??????", "`+secret+`tutor-??????"
			]},
			{"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["secrets-key-arn"],
				"Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}}}
		]
	}`)
}

func TestADeployerAdministersInstancesAndNotTheCluster(t *testing.T) {
	graph := deployer(t, deployerArgs())
	sameJSON(t, graph.One(t, deployerPolicyType, "dp-role-cluster").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{"Sid": "Cluster", "Effect": "Allow", "Action": ["eks:DescribeCluster"], "Resource": ["cluster-arn"]}]
	}`)
	holds(t, graph.One(t, deployerAccessType, "dp-access-instances"), map[string]any{
		"clusterName": "test-cluster", "accessScope.type": "namespace", "accessScope.namespaces": []any{"instance-*"},
	})
	if graph.Count(deployerAccessType) != 1 || graph.Count(deployerPolicyType) != 3 || graph.Count("aws:iam/rolePolicyAttachment:RolePolicyAttachment") != 0 {
		t.Errorf("it may do more:\n%s", graph.Inventory())
	}
}

func TestADeployerIsKnownOnceItMayDeploy(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewDeployer(ctx, "dp", deployerArgs())
		if err != nil {
			return err
		}
		return useName(ctx, made.Role)
	})
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	for _, policy := range graph.All(deployerPolicyType) {
		if !graph.Waits(user, policy.URN) {
			t.Errorf("it is used before there is %s", policy)
		}
	}
}

func TestThePreviewOfADeployerIsItsUpdate(t *testing.T) {
	var made *aws.Deployer
	previewsAsItUpdates(t, deployerProgram(deployerArgs(), &made))
}

func TestAWrongDeployerRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.DeployerArgs)
		want  string
	}{
		"no account":            {func(a *aws.DeployerArgs) { a.Account.ID = "" }, "incomplete"},
		"an owner alone":        {func(a *aws.DeployerArgs) { a.Repository = "example-org" }, `repository "example-org"`},
		"every repository":      {func(a *aws.DeployerArgs) { a.Repository = "example-org/*" }, "repository"},
		"no environment":        {func(a *aws.DeployerArgs) { a.Environment = "" }, "environment"},
		"every environment":     {func(a *aws.DeployerArgs) { a.Environment = "*" }, "environment"},
		"another claim":         {func(a *aws.DeployerArgs) { a.Environment = "a:ref:b" }, "environment"},
		"no repositories":       {func(a *aws.DeployerArgs) { a.Registry = nil }, "no repositories"},
		"no cluster":            {func(a *aws.DeployerArgs) { a.ClusterName = nil }, "no cluster"},
		"no ARN of the cluster": {func(a *aws.DeployerArgs) { a.ClusterARN = nil }, "no arn of the cluster"},
		"no key":                {func(a *aws.DeployerArgs) { a.SecretsKey = nil }, "no secrets key"},
		"all secrets":           {func(a *aws.DeployerArgs) { a.SecretPath = "" }, "secrets below"},
		"those of others too":   {func(a *aws.DeployerArgs) { a.SecretPath = "/campus/test" }, "secrets below"},
	} {
		t.Run(name, func(t *testing.T) {
			args := deployerArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewDeployer(ctx, "dp", args)
				return err
			}, `deployer "dp"`, test.want)
		})
	}
}
