package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const bucketType = "openedx:aws:Bucket"

// incompleteDays is how long the parts of an upload that was never finished are kept: nobody can see them, and they cost.
const incompleteDays = 7

// BucketArgs describes a private bucket.
type BucketArgs struct {
	Account Account
	// Key is the ARN of the key that encrypts the objects.
	Key pulumi.StringInput
	// Protect guards the bucket against deletion and replacement.
	Protect bool
	// Disposable lets the bucket be destroyed with what is in it.
	Disposable bool
	// NoncurrentDays is how long a version is kept that was overwritten or deleted,
	// ExpireDays how long an object is kept at all; 0 is for ever.
	NoncurrentDays, ExpireDays int
	// Purpose is the component that the bucket's tags name, such as "backups".
	Purpose string
	Tags    tags.Set
}

// BucketRef is a bucket, and the folder in it, that a component writes to.
type BucketRef struct {
	Name, ARN pulumi.StringInput
	// Prefix has no slash at either end.
	Prefix string
}

// Bucket is a private bucket that keeps old versions.
type Bucket struct {
	pulumi.ResourceState
	// Name waits until the bucket is as private as it is going to be.
	Name pulumi.StringOutput
	// ARN is for policies, which may be written before.
	ARN pulumi.StringOutput

	name   string
	args   *BucketArgs
	bucket *s3.BucketV2
}

// NewBucket creates a bucket.
func NewBucket(ctx *pulumi.Context, name string, args *BucketArgs, opts ...pulumi.ResourceOption) (*Bucket, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	b := &Bucket{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(bucketType, name, args.inputs(), b, opts...); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(b, pulumi.Map{"name": b.Name, "arn": b.ARN}); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	return b, nil
}

func (a *BucketArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Key == nil:
		return errors.New("no key")
	case a.Purpose == "":
		return errors.New("no purpose for the tags")
	case a.NoncurrentDays < 0 || a.ExpireDays < 0:
		return fmt.Errorf("objects expire after %d days and old versions after %d", a.ExpireDays, a.NoncurrentDays)
	case a.ExpireDays > 0 && a.NoncurrentDays == 0:
		// What expires becomes an old version: without an end to those nothing is ever deleted.
		return fmt.Errorf("objects expire after %d days, but old versions never", a.ExpireDays)
	}
	return nil
}

func (a *BucketArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"purpose":        pulumi.String(a.Purpose),
		"noncurrentDays": pulumi.Int(a.NoncurrentDays),
		"expireDays":     pulumi.Int(a.ExpireDays),
	}
}

// build creates the bucket, closes it, and then tells it what to keep.
func (b *Bucket) build(ctx *pulumi.Context) error {
	name := b.name + "-bucket"
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(b.args.Disposable),
		Tags:         pulumi.ToStringMap(b.args.Tags.For(b.args.Purpose, name)),
	}, pulumi.Parent(b), pulumi.Protect(b.args.Protect))
	if err != nil {
		return fmt.Errorf("bucket: %w", err)
	}
	b.bucket, b.ARN = bucket, bucket.Arn
	closed, err := b.closeToOthers(ctx)
	if err != nil {
		return err
	}
	kept, err := b.keepVersions(ctx)
	if err != nil {
		return err
	}
	encrypted, err := b.encrypt(ctx)
	if err != nil {
		return err
	}
	b.Name = after(ctx, bucket.Bucket, append(closed, kept, encrypted)...)
	return nil
}

// closeToOthers leaves the bucket to the account's IAM policies, over TLS only.
func (b *Bucket) closeToOthers(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	block, err := s3.NewBucketPublicAccessBlock(ctx, b.name+"-private", &s3.BucketPublicAccessBlockArgs{
		Bucket:                b.bucket.ID().ToStringOutput(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("public access block: %w", err)
	}
	// Without lists of rights on objects, policies alone say who may what.
	owner, err := s3.NewBucketOwnershipControls(ctx, b.name+"-owner", &s3.BucketOwnershipControlsArgs{
		Bucket: b.bucket.ID().ToStringOutput(),
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("ownership: %w", err)
	}
	policy, err := s3.NewBucketPolicy(ctx, b.name+"-policy", &s3.BucketPolicyArgs{
		Bucket: b.bucket.ID().ToStringOutput(),
		Policy: documentAbout(pulumi.StringArray{b.ARN}, func(arns []string) []statement { return encryptedTransport(arns[0]) }),
		// S3 refuses a policy while it changes the block.
	}, pulumi.Parent(b), pulumi.DependsOn([]pulumi.Resource{block}))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return []pulumi.Resource{block, owner, policy}, nil
}

// encryptedTransport refuses whoever does not come over TLS.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit
func encryptedTransport(bucket string) []statement {
	return []statement{
		deny("EncryptedTransport", "s3:*").on(bucket, bucket+"/*").toAnybody().
			when(condition{"Bool": {"aws:SecureTransport": {"false"}}}),
	}
}

// keepVersions keeps what is overwritten or deleted, for as long as asked.
func (b *Bucket) keepVersions(ctx *pulumi.Context) (pulumi.Resource, error) {
	versioning, err := s3.NewBucketVersioningV2(ctx, b.name+"-versions", &s3.BucketVersioningV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("versioning: %w", err)
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, b.name+"-lifecycle", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		Rules:  b.args.lifecycle(),
		// Rules about old versions need a bucket that has them.
	}, pulumi.Parent(b), pulumi.DependsOn([]pulumi.Resource{versioning}))
	if err != nil {
		return nil, fmt.Errorf("lifecycle: %w", err)
	}
	return versioning, nil
}

// lifecycle says what S3 deletes by itself.
func (a *BucketArgs) lifecycle() s3.BucketLifecycleConfigurationV2RuleArray {
	rule := func(id string) s3.BucketLifecycleConfigurationV2RuleArgs {
		return s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String(id), Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
		}
	}
	incomplete := rule("incomplete")
	incomplete.AbortIncompleteMultipartUpload = s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
		DaysAfterInitiation: pulumi.Int(incompleteDays),
	}
	rules := s3.BucketLifecycleConfigurationV2RuleArray{incomplete}
	if a.NoncurrentDays > 0 {
		noncurrent := rule("noncurrent")
		noncurrent.NoncurrentVersionExpiration = s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(a.NoncurrentDays),
		}
		// The marker of a deletion goes once there is nothing left that it hides.
		noncurrent.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)}
		rules = append(rules, noncurrent)
	}
	if a.ExpireDays > 0 {
		expire := rule("expire")
		expire.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(a.ExpireDays)}
		rules = append(rules, expire)
	}
	return rules
}

// encrypt encrypts every object that brings no key of its own. A bucket key
// spares a call to KMS, and its price, for each object.
func (b *Bucket) encrypt(ctx *pulumi.Context) (pulumi.Resource, error) {
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, b.name+"-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
			s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
				BucketKeyEnabled: pulumi.Bool(true),
				ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
					SseAlgorithm:   pulumi.String("aws:kms"),
					KmsMasterKeyId: b.args.Key.ToStringOutput(),
				},
			},
		},
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("encryption: %w", err)
	}
	return encryption, nil
}
