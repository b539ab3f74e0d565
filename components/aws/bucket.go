package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/naming"
	"example.org/openedx/internal/tags"
)

const bucketType = "openedx:aws:Bucket"

// corsSeconds is how long a browser remembers that it may.
const corsSeconds = 3600

// The longest name of a bucket, and how much of it the digits take that make it
// unique: Pulumi's with their hyphen, or the provider's after a prefix.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const (
	bucketLimit    = 63
	pulumiDigits   = 8
	providerDigits = 26
)

// BucketArgs describes a private bucket.
type BucketArgs struct {
	Account Account
	// Key is the ARN of the key that encrypts the objects. Without one S3's own
	// does, because the load balancer writes its logs to no other bucket.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
	Key pulumi.StringInput
	// Protect guards the bucket against deletion and replacement.
	Protect bool
	// Retain leaves the bucket on AWS, with all that guards it, when the program
	// no longer asks for it.
	Retain bool
	// Disposable lets the bucket be destroyed with what is in it.
	Disposable bool
	// NoncurrentDays is how long a version is kept that was overwritten or deleted,
	// ExpireDays how long an object is kept at all; 0 is for ever.
	NoncurrentDays, ExpireDays int
	// ColdDays is after how long S3 looks which objects nobody reads, and ArchiveDays
	// after how long all objects go to the archive, from which they can still be read
	// at once; 0 is never.
	ColdDays, ArchiveDays int
	// CORS are the origins, such as "https://campus.example.org", whose pages read
	// and write objects by addresses that the platform signs for them.
	CORS []string
	// BalancerLogs, DeliveredLogs and TrailLogs are the folders that load balancers,
	// CloudWatch's log delivery (CloudFront) and CloudTrail may write to; empty is none.
	BalancerLogs, DeliveredLogs, TrailLogs string
	// PublicPrefix is the folder that CloudFront may read for everybody; empty is none.
	PublicPrefix string
	// BackedUp has the stack's backup plan copy the bucket.
	BackedUp bool
	// Purpose is the component that the bucket's tags name, such as "backups".
	Purpose string
	// Slug is the instance that the bucket belongs to; empty where it is everybody's.
	Slug string
	Tags tags.Set
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
	// Host is the name that the bucket alone answers to, and waits as Name does.
	Host pulumi.StringOutput
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
	if err := ctx.RegisterResourceOutputs(b, pulumi.Map{"name": b.Name, "host": b.Host, "arn": b.ARN}); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	return b, nil
}

func (a *BucketArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Purpose == "":
		return errors.New("no purpose for the tags")
	case a.Retain && (a.Protect || a.Disposable):
		return errors.New("a bucket that stays behind is neither protected nor disposable")
	case a.Key != nil && a.BalancerLogs != "":
		return errors.New("a load balancer writes no logs to a bucket with a key")
	}
	return a.validateDays()
}

// validateDays wants what is kept to go at last, and to move before that.
func (a *BucketArgs) validateDays() error {
	for _, days := range []int{a.NoncurrentDays, a.ExpireDays, a.ColdDays, a.ArchiveDays} {
		if days < 0 {
			return fmt.Errorf("%d days: want 0 or more", days)
		}
	}
	switch moved := max(a.ColdDays, a.ArchiveDays); {
	case a.ExpireDays > 0 && a.NoncurrentDays == 0:
		// What expires becomes an old version: without an end to those nothing is ever deleted.
		return fmt.Errorf("objects expire after %d days, but old versions never", a.ExpireDays)
	case a.ExpireDays > 0 && moved >= a.ExpireDays:
		return fmt.Errorf("objects move after %d days, but expire after %d", moved, a.ExpireDays)
	case a.ArchiveDays > 0 && a.ColdDays >= a.ArchiveDays:
		return fmt.Errorf("objects go to cold storage after %d days, but to the archive after %d", a.ColdDays, a.ArchiveDays)
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

// tags are the tags of the bucket: nothing around it carries any.
func (a *BucketArgs) tags(name string) map[string]string {
	all := a.Tags.For(a.Purpose, name)
	if a.Slug != "" {
		all = a.Tags.ForInstance(a.Purpose, name, a.Slug)
	}
	if a.BackedUp {
		all = a.Tags.BackedUp(all)
	}
	return all
}

// build creates the bucket, closes it, and then tells it what to keep.
func (b *Bucket) build(ctx *pulumi.Context) error {
	name := b.name + "-bucket"
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		BucketPrefix: bucketPrefix(name),
		ForceDestroy: pulumi.Bool(b.args.Disposable),
		Tags:         pulumi.ToStringMap(b.args.tags(name)),
	}, b.options(pulumi.Protect(b.args.Protect))...)
	if err != nil {
		return fmt.Errorf("bucket: %w", err)
	}
	b.bucket, b.ARN = bucket, bucket.Arn
	var ready []pulumi.Resource
	for _, step := range []func(*pulumi.Context) ([]pulumi.Resource, error){
		b.closeToOthers, b.keepVersions, b.encrypt, b.share,
	} {
		more, err := step(ctx)
		if err != nil {
			return err
		}
		ready = append(ready, more...)
	}
	b.Name = after(ctx, bucket.Bucket, ready...)
	b.Host = after(ctx, bucket.BucketRegionalDomainName, ready...)
	return nil
}

// bucketPrefix is what the name of a bucket begins with where the logical name has
// no room for the digits that Pulumi adds to it.
func bucketPrefix(name string) pulumi.StringPtrInput {
	if len(name) <= bucketLimit-pulumiDigits {
		return nil
	}
	return pulumi.String(naming.Fit(bucketLimit-providerDigits-1, name) + "-")
}

// options are what the bucket and everything around it are registered with.
// A bucket that stays behind must stay closed.
func (b *Bucket) options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append(more, pulumi.Parent(b), pulumi.RetainOnDelete(b.args.Retain))
}

// closeToOthers leaves the bucket to the account's IAM policies, over TLS only.
func (b *Bucket) closeToOthers(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	block, err := s3.NewBucketPublicAccessBlock(ctx, b.name+"-private", &s3.BucketPublicAccessBlockArgs{
		Bucket:                b.bucket.ID().ToStringOutput(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, b.options()...)
	if err != nil {
		return nil, fmt.Errorf("public access block: %w", err)
	}
	// Without lists of rights on objects, policies alone say who may what.
	owner, err := s3.NewBucketOwnershipControls(ctx, b.name+"-owner", &s3.BucketOwnershipControlsArgs{
		Bucket: b.bucket.ID().ToStringOutput(),
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.options()...)
	if err != nil {
		return nil, fmt.Errorf("ownership: %w", err)
	}
	policy, err := s3.NewBucketPolicy(ctx, b.name+"-policy", &s3.BucketPolicyArgs{
		Bucket: b.bucket.ID().ToStringOutput(),
		Policy: documentAbout(pulumi.StringArray{b.ARN}, func(arns []string) []statement { return b.args.policy(arns[0]) }),
		// S3 refuses a policy while it changes the block.
	}, b.options(pulumi.DependsOn([]pulumi.Resource{block}))...)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return []pulumi.Resource{block, owner, policy}, nil
}

// keepVersions keeps what is overwritten or deleted, for as long as asked.
func (b *Bucket) keepVersions(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	versioning, err := s3.NewBucketVersioningV2(ctx, b.name+"-versions", &s3.BucketVersioningV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, b.options()...)
	if err != nil {
		return nil, fmt.Errorf("versioning: %w", err)
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, b.name+"-lifecycle", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		Rules:  b.args.lifecycle(),
		// Rules about old versions need a bucket that has them.
	}, b.options(pulumi.DependsOn([]pulumi.Resource{versioning}))...)
	if err != nil {
		return nil, fmt.Errorf("lifecycle: %w", err)
	}
	return []pulumi.Resource{versioning}, nil
}

// encrypt encrypts every object that brings no key of its own.
func (b *Bucket) encrypt(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, b.name+"-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		Rules:  s3.BucketServerSideEncryptionConfigurationV2RuleArray{b.args.encryption()},
	}, b.options()...)
	if err != nil {
		return nil, fmt.Errorf("encryption: %w", err)
	}
	return []pulumi.Resource{encryption}, nil
}

// encryption says by which key. A bucket key spares a call to KMS, and its price,
// for each object.
func (a *BucketArgs) encryption() s3.BucketServerSideEncryptionConfigurationV2RuleArgs {
	by := s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm: pulumi.String("AES256"),
	}
	if a.Key != nil {
		by.SseAlgorithm, by.KmsMasterKeyId = pulumi.String("aws:kms"), a.Key.ToStringOutput()
	}
	return s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
		BucketKeyEnabled: pulumi.Bool(a.Key != nil), ApplyServerSideEncryptionByDefault: by,
	}
}

// share lets the pages of some origins use the bucket: a learner's browser sends a
// file straight to it. It tells the tag of what it sent by the header ETag.
func (b *Bucket) share(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	if len(b.args.CORS) == 0 {
		return nil, nil
	}
	cors, err := s3.NewBucketCorsConfigurationV2(ctx, b.name+"-cors", &s3.BucketCorsConfigurationV2Args{
		Bucket: b.bucket.ID().ToStringOutput(),
		CorsRules: s3.BucketCorsConfigurationV2CorsRuleArray{s3.BucketCorsConfigurationV2CorsRuleArgs{
			AllowedOrigins: pulumi.ToStringArray(b.args.CORS),
			AllowedMethods: pulumi.ToStringArray([]string{"GET", "HEAD", "PUT"}),
			AllowedHeaders: pulumi.ToStringArray([]string{"*"}),
			ExposeHeaders:  pulumi.ToStringArray([]string{"ETag"}),
			MaxAgeSeconds:  pulumi.Int(corsSeconds),
		}},
	}, b.options()...)
	if err != nil {
		return nil, fmt.Errorf("cross-origin requests: %w", err)
	}
	return []pulumi.Resource{cors}, nil
}
