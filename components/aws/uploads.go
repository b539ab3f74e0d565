package aws

import (
	"errors"
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const uploadsType = "openedx:aws:Uploads"

// MediaPrefix is the folder of an instance's bucket that anybody may read.
const MediaPrefix = "media"

// UploadsArgs describes the bucket of one instance.
type UploadsArgs struct {
	Account Account
	Slug    string
	// Key is the ARN of the key that encrypts the files.
	Key pulumi.StringInput
	// Hosts are the instance's own: their pages send files straight to the bucket.
	Hosts []string
	// NoncurrentDays is how long a file can be called back that was overwritten or
	// deleted, and ColdDays after how long S3 moves what nobody opens; 0 is never.
	NoncurrentDays, ColdDays int
	// Disposable lets the bucket go with the files. Otherwise it stays behind when
	// the instance goes: a line taken out of the settings deletes no learner's work.
	Disposable bool
	// ClusterName, Namespace and ServiceAccount say who may use the bucket.
	ClusterName               pulumi.StringInput
	Namespace, ServiceAccount string
	Tags                      tags.Set
}

// Uploads are the files of one instance, and its pods' right to them.
type Uploads struct {
	pulumi.ResourceState
	platform.ObjectStore
	// Host is the name that CloudFront reads the bucket through.
	Host pulumi.StringOutput

	name string
	args *UploadsArgs
}

// NewUploads creates the bucket of an instance, and a role for its pods.
func NewUploads(ctx *pulumi.Context, name string, args *UploadsArgs, opts ...pulumi.ResourceOption) (*Uploads, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("uploads %q: %w", name, err)
	}
	u := &Uploads{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(uploadsType, name, args.inputs(), u, opts...); err != nil {
		return nil, fmt.Errorf("uploads %q: %w", name, err)
	}
	if err := u.build(ctx); err != nil {
		return nil, fmt.Errorf("uploads %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(u, pulumi.Map{
		"bucket": u.Bucket, "endpoint": u.Endpoint, "host": u.Host,
	}); err != nil {
		return nil, fmt.Errorf("uploads %q: %w", name, err)
	}
	return u, nil
}

func (a *UploadsArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Slug == "":
		return errors.New("no instance")
	case a.Key == nil || a.ClusterName == nil:
		return errors.New("key and name of the cluster must be given")
	case len(a.Hosts) == 0:
		return errors.New("no hosts whose pages may send files")
	case a.Namespace == "" || a.ServiceAccount == "":
		return errors.New("no service account that may use the bucket")
	case a.NoncurrentDays < 0 || a.ColdDays < 0:
		return fmt.Errorf("files are called back for %d days and move after %d", a.NoncurrentDays, a.ColdDays)
	}
	return unique("host", a.Hosts)
}

func (a *UploadsArgs) inputs() pulumi.Map {
	return pulumi.Map{"slug": pulumi.String(a.Slug), "hosts": pulumi.ToStringArray(a.Hosts)}
}

// build creates the bucket, then the role that may use it.
func (u *Uploads) build(ctx *pulumi.Context) error {
	// The name is short: S3 takes 63 characters, with the platform's and the instance's in it.
	bucket, err := NewBucket(ctx, u.name+"-s3", u.args.bucket(), pulumi.Parent(u))
	if err != nil {
		return err
	}
	ready, err := u.createRole(ctx, bucket)
	if err != nil {
		return err
	}
	u.ObjectStore = platform.ObjectStore{
		Bucket: after(ctx, bucket.Name, ready...), Endpoint: after(ctx, bucket.Host, ready...),
		Region: u.args.Account.Region, PublicPrefix: MediaPrefix,
	}
	u.Host = bucket.Host
	return nil
}

// bucket describes the bucket.
func (a *UploadsArgs) bucket() *BucketArgs {
	origins := make([]string, len(a.Hosts))
	for i, host := range a.Hosts {
		origins[i] = "https://" + host
	}
	return &BucketArgs{
		Account: a.Account, Key: a.Key, Retain: !a.Disposable, Disposable: a.Disposable,
		NoncurrentDays: a.NoncurrentDays, ColdDays: a.ColdDays, CORS: origins, PublicPrefix: MediaPrefix,
		BackedUp: true, Purpose: "uploads", Slug: a.Slug, Tags: a.Tags,
	}
}

// createRole gives the instance's pods a role without any stored key, and returns
// what has to be there before the role can be used.
func (u *Uploads) createRole(ctx *pulumi.Context, bucket *Bucket) ([]pulumi.Resource, error) {
	name := u.name + "-role"
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Uses the files of " + u.args.Slug),
		AssumeRolePolicy: u.args.trust(),
		Tags:             u.tags(name),
	}, pulumi.Parent(u))
	if err != nil {
		return nil, fmt.Errorf("role: %w", err)
	}
	rights, err := iam.NewRolePolicy(ctx, name+"-policy", &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: documentAbout(pulumi.StringArray{bucket.ARN, u.args.Key}, func(arns []string) []statement {
			return u.args.rights(arns[0], arns[1])
		}),
	}, pulumi.Parent(u))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	identity := u.name + "-identity"
	association, err := awseks.NewPodIdentityAssociation(ctx, identity, &awseks.PodIdentityAssociationArgs{
		ClusterName:    u.args.ClusterName.ToStringOutput(),
		Namespace:      pulumi.String(u.args.Namespace),
		ServiceAccount: pulumi.String(u.args.ServiceAccount),
		RoleArn:        role.Arn,
		Tags:           u.tags(identity),
	}, pulumi.Parent(u))
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return []pulumi.Resource{rights, association}, nil
}

// trust is that of every other service account of the cluster with a role.
func (a *UploadsArgs) trust() pulumi.StringOutput {
	return (&AccountsArgs{
		Account: a.Account, ClusterName: a.ClusterName, Namespace: a.Namespace, ServiceAccount: a.ServiceAccount,
	}).trust()
}

// rights are what django-storages and the open response assessments do with a
// bucket. Without the right to list it, a file that is not there would be one that
// is forbidden, and Django would not save under its name. Nobody may delete a
// version: what a pod deletes can be called back.
func (a *UploadsArgs) rights(bucket, key string) []statement {
	return []statement{
		allow("Bucket", "s3:ListBucket", "s3:GetBucketLocation").on(bucket),
		allow("Files", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload").on(bucket + "/*"),
		allow("Key", "kms:Decrypt", "kms:GenerateDataKey").on(key).when(condition{
			"StringEquals": {"kms:ViaService": {"s3." + a.Account.Region + ".amazonaws.com"}},
			// S3 names the bucket where a bucket key is used, and the object where none is.
			// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
			"StringLike": {"kms:EncryptionContext:aws:s3:arn": {bucket, bucket + "/*"}},
		}),
	}
}

// tags are the tags of one of the instance's resources.
func (u *Uploads) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(u.args.Tags.ForInstance("uploads", name, u.args.Slug))
}
