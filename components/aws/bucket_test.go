package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

func bucketArgs() *aws.BucketArgs {
	return &aws.BucketArgs{
		Account: account, Key: pulumi.String("data-key-arn"), Protect: true,
		NoncurrentDays: 30, ExpireDays: 90, Purpose: "backups", Tags: tags.New("test", nil),
	}
}

func bucket(t *testing.T, args *aws.BucketArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewBucket(ctx, "bk", args)
		return err
	})
}

func TestABucketIsClosedToThePublic(t *testing.T) {
	graph := bucket(t, bucketArgs())
	block := graph.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bk-private")
	for _, property := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		if !block.Value(t, property).IsBool() || !block.Value(t, property).BoolValue() {
			t.Errorf("%s is off", property)
		}
	}
	owner := graph.One(t, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "bk-owner")
	if got := owner.Text(t, "rule.objectOwnership"); got != "BucketOwnerEnforced" {
		t.Errorf("objects belong to %q", got)
	}
}

func TestABucketRefusesWhoeverComesWithoutTLS(t *testing.T) {
	graph := bucket(t, bucketArgs())
	policy := graph.One(t, "aws:s3/bucketPolicy:BucketPolicy", "bk-policy")
	sameJSON(t, policy.Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "EncryptedTransport", "Effect": "Deny", "Action": ["s3:*"], "Principal": {"AWS": ["*"]},
			"Resource": ["arn:aws:s3:::bk-bucket", "arn:aws:s3:::bk-bucket/*"],
			"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}
		}]
	}`)
	block := graph.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bk-private")
	if !graph.Waits(policy, block.URN) {
		t.Error("S3 may be changing the access block when it is given the policy")
	}
}

func TestABucketKeepsVersionsAndEncryptsThem(t *testing.T) {
	graph := bucket(t, bucketArgs())
	versions := graph.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "bk-versions")
	if got := versions.Text(t, "versioningConfiguration.status"); got != "Enabled" {
		t.Errorf("versioning is %q", got)
	}
	encryption := graph.One(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "bk-encryption")
	for property, want := range map[string]string{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "data-key-arn"} {
		if got := encryption.Text(t, "rules[0].applyServerSideEncryptionByDefault."+property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if !encryption.Value(t, "rules[0].bucketKeyEnabled").BoolValue() {
		t.Error("every object costs a call to KMS")
	}
}

func TestABucketDeletesWhatItWasToldTo(t *testing.T) {
	rule := func(id, key string, value map[string]any) map[string]any {
		return map[string]any{"id": id, "status": "Enabled", "filter": map[string]any{"prefix": ""}, key: value}
	}
	incomplete := rule("incomplete", "abortIncompleteMultipartUpload", map[string]any{"daysAfterInitiation": 7.0})
	noncurrent := rule("noncurrent", "noncurrentVersionExpiration", map[string]any{"noncurrentDays": 30.0})
	noncurrent["expiration"] = map[string]any{"expiredObjectDeleteMarker": true}
	expire := rule("expire", "expiration", map[string]any{"days": 90.0})
	for name, test := range map[string]struct {
		noncurrent, expire int
		want               []any
	}{
		"nothing but loose parts": {0, 0, []any{incomplete}},
		"old versions":            {30, 0, []any{incomplete, noncurrent}},
		"objects":                 {30, 90, []any{incomplete, noncurrent, expire}},
	} {
		t.Run(name, func(t *testing.T) {
			args := bucketArgs()
			args.NoncurrentDays, args.ExpireDays = test.noncurrent, test.expire
			graph := bucket(t, args)
			lifecycle := graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "bk-lifecycle")
			holds(t, lifecycle, map[string]any{"rules": test.want})
			if !graph.Waits(lifecycle, graph.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "bk-versions").URN) {
				t.Error("rules about versions may come before there are any")
			}
		})
	}
}

func TestABucketGoesWithItsObjectsOnlyWhereNobodyWantsThem(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		args := bucketArgs()
		args.Protect, args.Disposable = !disposable, disposable
		graph := bucket(t, args)
		got := graph.One(t, "aws:s3/bucketV2:BucketV2", "bk-bucket")
		if got.Protect == disposable || got.Value(t, "forceDestroy").BoolValue() != disposable {
			t.Errorf("disposable %t: protection is %t, and it is emptied: %v", disposable, got.Protect, got.Value(t, "forceDestroy"))
		}
		if tag := got.Text(t, "tags.openedx-component"); tag != "backups" {
			t.Errorf("the bucket is tagged as part of %q", tag)
		}
		for _, r := range graph.Resources {
			if r.Protect && r != got {
				t.Errorf("%s holds no data", r)
			}
		}
	}
}

func TestThePreviewOfABucketIsItsUpdate(t *testing.T) {
	previewsAsItUpdates(t, func(ctx *pulumi.Context) error {
		_, err := aws.NewBucket(ctx, "bk", bucketArgs())
		return err
	})
}

func TestNobodyWritesToABucketBeforeItIsPrivate(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		bucket, err := aws.NewBucket(ctx, "bk", bucketArgs())
		if err != nil {
			return err
		}
		return useName(ctx, bucket.Name)
	})
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	for _, r := range graph.Resources {
		// What S3 deletes later may be said later.
		if strings.HasPrefix(r.Type, "aws:s3/") && !strings.Contains(r.Type, "Lifecycle") && !graph.Waits(user, r.URN) {
			t.Errorf("something may be written before %s", r)
		}
	}
}

func TestAWrongBucketRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.BucketArgs)
		want  string
	}{
		"no account":                    {func(a *aws.BucketArgs) { a.Account.Region = "" }, "incomplete"},
		"no key":                        {func(a *aws.BucketArgs) { a.Key = nil }, "no key"},
		"no purpose":                    {func(a *aws.BucketArgs) { a.Purpose = "" }, "no purpose"},
		"negative days":                 {func(a *aws.BucketArgs) { a.NoncurrentDays = -1 }, "after -1"},
		"expired, but kept as versions": {func(a *aws.BucketArgs) { a.NoncurrentDays = 0 }, "old versions never"},
	} {
		t.Run(name, func(t *testing.T) {
			args := bucketArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewBucket(ctx, "bk", args)
				return err
			}, `bucket "bk"`, test.want)
		})
	}
}

// useName creates something that needs a name.
func useName(ctx *pulumi.Context, name pulumi.StringOutput) error {
	_, err := random.NewRandomId(ctx, "user", &random.RandomIdArgs{ByteLength: pulumi.Int(1), Keepers: pulumi.StringMap{"name": name}})
	return err
}
