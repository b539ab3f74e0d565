package aws

import (
	"errors"
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const dumpsType = "openedx:aws:Dumps"

// DumpsArgs is who dumps one instance's databases, with which passwords and where to.
type DumpsArgs struct {
	Account Account
	// Slug is the instance.
	Slug string
	// Bucket is where the dumps go, and its prefix the instance's own folder.
	Bucket BucketRef
	// Secrets are the ARNs of the instance's own, with the passwords of its accounts.
	Secrets pulumi.StringArray
	// SecretsKey is the ARN of the key of the secrets, and DataKey the bucket's.
	SecretsKey, DataKey pulumi.StringInput
	// ClusterName, Namespace and ServiceAccount are those of the Jobs.
	ClusterName               pulumi.StringInput
	Namespace, ServiceAccount string
	Tags                      tags.Set
}

// Dumps is the right of one instance's Jobs to read its passwords and to write, but
// neither read nor delete, its dumps.
type Dumps struct {
	pulumi.ResourceState
	name string
	args *DumpsArgs

	// Destination is the folder of the dumps, such as s3://bucket/folder. It waits
	// until the Jobs may write there.
	Destination pulumi.StringOutput
}

// NewDumps creates the role that dumps one instance's databases.
func NewDumps(ctx *pulumi.Context, name string, args *DumpsArgs, opts ...pulumi.ResourceOption) (*Dumps, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	d := &Dumps{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(dumpsType, name, pulumi.Map{"slug": pulumi.String(args.Slug)}, d, opts...); err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	rights, err := d.createRole(ctx)
	if err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	d.Destination = after(ctx, pulumi.Sprintf("s3://%s/%s", args.Bucket.Name, args.Bucket.Prefix), rights...)
	if err := ctx.RegisterResourceOutputs(d, pulumi.Map{"destination": d.Destination}); err != nil {
		return nil, fmt.Errorf("dumps %q: %w", name, err)
	}
	return d, nil
}

func (a *DumpsArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Slug == "":
		return errors.New("no instance")
	case len(a.Secrets) == 0:
		return errors.New("no secrets with the passwords")
	case a.Bucket.Prefix == "":
		return errors.New("no folder in the bucket")
	case a.Namespace == "" || a.ServiceAccount == "":
		return errors.New("no service account that would dump")
	}
	for _, given := range []pulumi.StringInput{a.Bucket.Name, a.Bucket.ARN, a.SecretsKey, a.DataKey, a.ClusterName} {
		if given == nil {
			return errors.New("no bucket, key or cluster")
		}
	}
	return nil
}

// createRole creates the role and returns what has to be there before it can be used.
func (d *Dumps) createRole(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	name := d.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Dumps the databases of " + d.args.Slug),
		AssumeRolePolicy: d.args.trust(),
		Tags:             d.tags(name),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("role: %w", err)
	}
	rights, err := iam.NewRolePolicy(ctx, name+"-policy", &iam.RolePolicyArgs{Role: role.Name, Policy: d.args.rights()}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	identity := d.name + "-identity"
	association, err := awseks.NewPodIdentityAssociation(ctx, identity, &awseks.PodIdentityAssociationArgs{
		ClusterName:    d.args.ClusterName.ToStringOutput(),
		Namespace:      pulumi.String(d.args.Namespace),
		ServiceAccount: pulumi.String(d.args.ServiceAccount),
		RoleArn:        role.Arn,
		Tags:           d.tags(identity),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return []pulumi.Resource{rights, association}, nil
}

// trust is that of every other service account of the cluster with a role.
func (a *DumpsArgs) trust() pulumi.StringOutput {
	return (&AccountsArgs{
		Account: a.Account, ClusterName: a.ClusterName, Namespace: a.Namespace, ServiceAccount: a.ServiceAccount,
	}).trust()
}

// rights are to read the instance's passwords and to add dumps to its folder. An
// upload in parts reads the key of what it has written so far, and takes away what
// it could not finish.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func (a *DumpsArgs) rights() pulumi.StringOutput {
	known := append(pulumi.StringArray{a.SecretsKey, a.DataKey, a.Bucket.ARN}, a.Secrets...)
	return documentAbout(known, func(arns []string) []statement {
		through := func(service string) condition {
			return condition{"StringEquals": {"kms:ViaService": {service + "." + a.Account.Region + ".amazonaws.com"}}}
		}
		return []statement{
			allow("Secrets", "secretsmanager:GetSecretValue").on(arns[3:]...),
			allow("SecretsKey", "kms:Decrypt").on(arns[0]).when(through("secretsmanager")),
			allow("Dump", "s3:PutObject", "s3:AbortMultipartUpload").on(arns[2] + "/" + a.Bucket.Prefix + "/*"),
			allow("EncryptDumps", "kms:GenerateDataKey", "kms:Decrypt").on(arns[1]).when(through("s3")),
		}
	})
}

// tags are those of one of the instance's resources.
func (d *Dumps) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(d.args.Tags.ForInstance("dumps", name, d.args.Slug))
}
