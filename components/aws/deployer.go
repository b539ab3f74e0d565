package aws

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const deployerType = "openedx:aws:Deployer"

// githubIssuer vouches for workflows of GitHub, and githubAudience is whom it tells.
// https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
const (
	githubIssuer   = "token.actions.githubusercontent.com"
	githubAudience = "sts.amazonaws.com"
)

// deployerSeconds is how long a workflow may hold the role: an image takes longer to
// build than the hour that is AWS's default.
const deployerSeconds = 2 * 60 * 60

// What a repository and an environment of GitHub are called. A colon would be
// written in another way in the identity, and an asterisk stands for itself there.
var (
	githubRepository  = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`)
	githubEnvironment = regexp.MustCompile(`^[^:*?"\\]+$`)
)

// DeployerArgs says whose workflows may deploy what.
type DeployerArgs struct {
	Account Account
	// Repository is the owner and the name of a repository of GitHub, and Environment
	// the environment that a workflow must run in there.
	Repository, Environment string
	// Provider is the ARN of GitHub's identity provider if the account has it already,
	// of which it can have one only; empty makes one.
	Provider string
	// Registry are the ARNs of the repositories that images may be pushed to.
	Registry pulumi.StringArrayInput
	// ClusterName and ClusterARN are the cluster that the instances are in.
	ClusterName, ClusterARN pulumi.StringInput
	// SecretsKey is the ARN of the key that encrypts the instances' secrets, whose names
	// begin with SecretPath, such as "/campus/prod/".
	SecretsKey pulumi.StringInput
	SecretPath string
	Tags       tags.Set
}

// Deployer is the role by which workflows of GitHub push images and deploy to the
// instances, with no key that could be stolen.
type Deployer struct {
	pulumi.ResourceState
	// Role is the role's ARN, once it may do all that it is for on AWS.
	Role pulumi.StringOutput

	name string
	args *DeployerArgs
}

// NewDeployer creates the role of a repository's workflows.
func NewDeployer(ctx *pulumi.Context, name string, args *DeployerArgs, opts ...pulumi.ResourceOption) (*Deployer, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("deployer %q: %w", name, err)
	}
	d := &Deployer{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(deployerType, name, args.inputs(), d, opts...); err != nil {
		return nil, fmt.Errorf("deployer %q: %w", name, err)
	}
	if err := d.build(ctx); err != nil {
		return nil, fmt.Errorf("deployer %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(d, pulumi.Map{"role": d.Role}); err != nil {
		return nil, fmt.Errorf("deployer %q: %w", name, err)
	}
	return d, nil
}

func (a *DeployerArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case !githubRepository.MatchString(a.Repository):
		return fmt.Errorf("repository %q: want an owner and a name, as in example-org/campus", a.Repository)
	case !githubEnvironment.MatchString(a.Environment):
		return fmt.Errorf(`environment %q: want a name without : * ? " and \`, a.Environment)
	case !strings.HasPrefix(a.SecretPath, "/") || !strings.HasSuffix(a.SecretPath, "/"):
		return fmt.Errorf("secrets below %q: want a path that begins and ends with a slash", a.SecretPath)
	case a.Registry == nil:
		return errors.New("no repositories to push images to")
	}
	for _, given := range []struct {
		what  string
		value pulumi.StringInput
	}{{"cluster", a.ClusterName}, {"arn of the cluster", a.ClusterARN}, {"secrets key", a.SecretsKey}} {
		if given.value == nil {
			return fmt.Errorf("no %s", given.what)
		}
	}
	return nil
}

func (a *DeployerArgs) inputs() pulumi.Map {
	return pulumi.Map{"repository": pulumi.String(a.Repository), "environment": pulumi.String(a.Environment)}
}

func (d *Deployer) build(ctx *pulumi.Context) error {
	provider, err := d.identityProvider(ctx)
	if err != nil {
		return err
	}
	name := d.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description: pulumi.String("Deploys from " + d.args.Repository),
		AssumeRolePolicy: documentAbout(pulumi.StringArray{provider}, func(arns []string) []statement {
			return []statement{d.args.trust(arns[0])}
		}),
		MaxSessionDuration: pulumi.Int(deployerSeconds),
		Tags:               d.tags(name),
	}, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("role: %w", err)
	}
	var rights []pulumi.Resource
	for _, one := range []struct {
		part   string
		policy pulumi.StringOutput
	}{{"push", d.args.push()}, {"cluster", d.args.find()}, {"secrets", d.args.read()}} {
		right, err := iam.NewRolePolicy(ctx, name+"-"+one.part, &iam.RolePolicyArgs{Role: role.Name, Policy: one.policy}, pulumi.Parent(d))
		if err != nil {
			return fmt.Errorf("policy %q: %w", one.part, err)
		}
		rights = append(rights, right)
	}
	d.Role = after(ctx, role.Arn, rights...)
	access := d.name + "-access"
	return newInstanceAccess(ctx, d, access, instanceAccess{
		Account: d.args.Account, ClusterName: d.args.ClusterName, Role: role.Arn, Tags: d.args.Tags.For("deployer", access),
	})
}

// identityProvider has AWS believe what GitHub says about its workflows. AWS checks
// GitHub by its certificate, so that it needs no thumbprint.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func (d *Deployer) identityProvider(ctx *pulumi.Context) (pulumi.StringInput, error) {
	if d.args.Provider != "" {
		return pulumi.String(d.args.Provider), nil
	}
	name := d.name + "-github"
	provider, err := iam.NewOpenIdConnectProvider(ctx, name, &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String("https://" + githubIssuer),
		ClientIdLists: pulumi.ToStringArray([]string{githubAudience}),
		Tags:          d.tags(name),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("identity provider: %w", err)
	}
	return provider.Arn, nil
}

// trust is in one repository's one environment: without it every workflow at GitHub,
// anybody's, could take the role.
func (a *DeployerArgs) trust(provider string) statement {
	return allow("GitHub", "sts:AssumeRoleWithWebIdentity").toFederated(provider).when(condition{"StringEquals": {
		githubIssuer + ":aud": {githubAudience},
		githubIssuer + ":sub": {"repo:" + a.Repository + ":environment:" + a.Environment},
	}})
}

// push is the right to push images, and to see which there are: a tag cannot be
// pushed twice. The log-in is not of any repository.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func (a *DeployerArgs) push() pulumi.StringOutput {
	//nolint:errcheck // document gives a string
	return a.Registry.ToStringArrayOutput().ApplyT(func(arns []string) pulumi.StringOutput {
		return document(
			allow("LogIn", "ecr:GetAuthorizationToken").on("*"),
			allow("Push", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
				"ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart").on(arns...))
	}).(pulumi.StringOutput)
}

// find is the right to learn where the cluster is. What the role may do in it is said
// there.
func (a *DeployerArgs) find() pulumi.StringOutput {
	return documentAbout(pulumi.StringArray{a.ClusterARN}, func(arns []string) []statement {
		return []statement{allow("Cluster", "eks:DescribeCluster").on(arns...)}
	})
}

// read is the right to the settings of all instances, those of later ones too, and to
// no secret of the platform's own: those are called otherwise. Secrets Manager adds a
// hyphen and six characters to each name.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
func (a *DeployerArgs) read() pulumi.StringOutput {
	stores := []accounts.Store{
		accounts.MySQL, accounts.MongoDB, accounts.Redis, accounts.SMTP, accounts.Meilisearch, accounts.Tutor,
	}
	secrets := make([]string, len(stores))
	for i, store := range stores {
		secrets[i] = a.Account.arn("secretsmanager", "secret:"+a.SecretPath+"*/"+string(store)+"-??????")
	}
	return documentAbout(pulumi.StringArray{a.SecretsKey}, func(keys []string) []statement {
		return []statement{
			allow("Secrets", "secretsmanager:GetSecretValue").on(secrets...),
			allow("Key", "kms:Decrypt").on(keys...).
				when(condition{"StringEquals": {"kms:ViaService": {"secretsmanager." + a.Account.Region + ".amazonaws.com"}}}),
		}
	})
}

func (d *Deployer) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(d.args.Tags.For("deployer", name))
}
