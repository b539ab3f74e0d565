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
	rule := func(id, key string, value any) map[string]any {
		return map[string]any{"id": id, "status": "Enabled", "filter": map[string]any{"prefix": ""}, key: value}
	}
	move := func(id, class string, days float64) map[string]any {
		return rule(id, "transitions", []any{map[string]any{"days": days, "storageClass": class}})
	}
	incomplete := rule("incomplete", "abortIncompleteMultipartUpload", map[string]any{"daysAfterInitiation": 7.0})
	noncurrent := rule("noncurrent", "noncurrentVersionExpiration", map[string]any{"noncurrentDays": 30.0})
	noncurrent["expiration"] = map[string]any{"expiredObjectDeleteMarker": true}
	expire := rule("expire", "expiration", map[string]any{"days": 90.0})
	for name, test := range map[string]struct {
		noncurrent, expire, cold, archive int
		want                              []any
	}{
		"nothing but loose parts":              {0, 0, 0, 0, []any{incomplete}},
		"old versions":                         {30, 0, 0, 0, []any{incomplete, noncurrent}},
		"objects":                              {30, 90, 0, 0, []any{incomplete, noncurrent, expire}},
		"nothing, but moves what nobody reads": {0, 0, 30, 0, []any{incomplete, move("cold", "INTELLIGENT_TIERING", 30)}},
		"nothing, but archives":                {0, 0, 0, 90, []any{incomplete, move("archive", "GLACIER_IR", 90)}},
		"objects, from the archive":            {30, 90, 0, 89, []any{incomplete, noncurrent, expire, move("archive", "GLACIER_IR", 89)}},
	} {
		t.Run(name, func(t *testing.T) {
			args := bucketArgs()
			args.NoncurrentDays, args.ExpireDays, args.ColdDays, args.ArchiveDays = test.noncurrent, test.expire, test.cold, test.archive
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
	args := bucketArgs()
	args.CORS = []string{"https://campus.example.org"}
	for name, pick := range map[string]func(*aws.Bucket) pulumi.StringOutput{
		"name": func(b *aws.Bucket) pulumi.StringOutput { return b.Name },
		"host": func(b *aws.Bucket) pulumi.StringOutput { return b.Host },
	} {
		graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
			bucket, err := aws.NewBucket(ctx, "bk", args)
			if err != nil {
				return err
			}
			return useName(ctx, pick(bucket))
		})
		user := graph.One(t, "random:index/randomId:RandomId", "user")
		for _, r := range graph.Resources {
			// What S3 deletes later may be said later.
			if strings.HasPrefix(r.Type, "aws:s3/") && !strings.Contains(r.Type, "Lifecycle") && !graph.Waits(user, r.URN) {
				t.Errorf("something may be written by the %s before %s", name, r)
			}
		}
	}
}

func TestABucketWithoutAKeyIsEncryptedByTheKeyOfS3(t *testing.T) {
	args := bucketArgs()
	args.Key = nil
	encryption := bucket(t, args).One(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "bk-encryption")
	holds(t, encryption, map[string]any{"rules": []any{map[string]any{
		"bucketKeyEnabled": false, "applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"},
	}}})
}

func TestABucketTakesLogsOfItsAccountFromTheServicesThatWereAskedFor(t *testing.T) {
	args := bucketArgs()
	args.Key, args.BalancerLogs, args.DeliveredLogs, args.TrailLogs = nil, "balancer", "cdn", "trail"
	sameJSON(t, bucket(t, args).One(t, "aws:s3/bucketPolicy:BucketPolicy", "bk-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "EncryptedTransport", "Effect": "Deny", "Action": ["s3:*"], "Principal": {"AWS": ["*"]},
			"Resource": ["arn:aws:s3:::bk-bucket", "arn:aws:s3:::bk-bucket/*"],
			"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}
		}, {
			"Sid": "BalancerLogs", "Effect": "Allow", "Action": ["s3:PutObject"],
			"Principal": {"Service": ["logdelivery.elasticloadbalancing.amazonaws.com"]},
			"Resource": ["arn:aws:s3:::bk-bucket/balancer/*AWSLogs/123456789012/*"]
		}, {
			"Sid": "DeliveredLogs", "Effect": "Allow", "Action": ["s3:PutObject"],
			"Principal": {"Service": ["delivery.logs.amazonaws.com"]}, "Resource": ["arn:aws:s3:::bk-bucket/cdn/*"],
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"], "s3:x-amz-acl": ["bucket-owner-full-control"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:logs:*:123456789012:delivery-source:*"]}
			}
		}, {
			"Sid": "DeliveredLogsCheck", "Effect": "Allow", "Action": ["s3:GetBucketAcl"],
			"Principal": {"Service": ["delivery.logs.amazonaws.com"]}, "Resource": ["arn:aws:s3:::bk-bucket"],
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:logs:*:123456789012:delivery-source:*"]}
			}
		}, {
			"Sid": "TrailLogs", "Effect": "Allow", "Action": ["s3:PutObject"],
			"Principal": {"Service": ["cloudtrail.amazonaws.com"]}, "Resource": ["arn:aws:s3:::bk-bucket/trail/*"],
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"], "s3:x-amz-acl": ["bucket-owner-full-control"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:cloudtrail:eu-west-1:123456789012:trail/*"]}
			}
		}, {
			"Sid": "TrailLogsCheck", "Effect": "Allow", "Action": ["s3:GetBucketAcl"],
			"Principal": {"Service": ["cloudtrail.amazonaws.com"]}, "Resource": ["arn:aws:s3:::bk-bucket"],
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:cloudtrail:eu-west-1:123456789012:trail/*"]}
			}
		}]
	}`)
}

func TestABucketThatStaysBehindStaysClosed(t *testing.T) {
	args := bucketArgs()
	args.Protect, args.Retain, args.CORS = false, true, []string{"https://campus.example.org"}
	for _, r := range bucket(t, args).Resources {
		if r.Custom && !r.RetainOnDelete {
			t.Errorf("%s goes when the bucket stays", r)
		}
	}
	for _, r := range bucket(t, bucketArgs()).Resources {
		if r.RetainOnDelete {
			t.Errorf("%s stays though nobody asked for it", r)
		}
	}
}

// S3 takes 63 characters: Pulumi's own digits make 64 of the longer one.
func TestALongNameLeavesRoomForWhatMakesItUnique(t *testing.T) {
	for component, want := range map[string]string{
		strings.Repeat("a", 48): "", strings.Repeat("a", 49): strings.Repeat("a", 29) + "-",
	} {
		graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
			_, err := aws.NewBucket(ctx, component, bucketArgs())
			return err
		})
		prefix := graph.One(t, "aws:s3/bucketV2:BucketV2", component+"-bucket").Value(t, "bucketPrefix")
		if want == "" {
			if prefix.HasValue() {
				t.Errorf("a name that fits begins with %v", prefix)
			}
			continue
		}
		if got := prefix.StringValue(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "-") || len(got) > 37 {
			t.Errorf("the name begins with %q", got)
		}
	}
}

func TestAWrongBucketRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.BucketArgs)
		want  string
	}{
		"no account":                    {func(a *aws.BucketArgs) { a.Account.Region = "" }, "incomplete"},
		"no purpose":                    {func(a *aws.BucketArgs) { a.Purpose = "" }, "no purpose"},
		"negative days":                 {func(a *aws.BucketArgs) { a.NoncurrentDays = -1 }, "-1 days"},
		"expired, but kept as versions": {func(a *aws.BucketArgs) { a.NoncurrentDays = 0 }, "old versions never"},
		"moved as it expires":           {func(a *aws.BucketArgs) { a.ArchiveDays = 90 }, "expire after 90"},
		"colder than the archive": {func(a *aws.BucketArgs) {
			a.ExpireDays, a.ColdDays, a.ArchiveDays = 0, 30, 30
		}, "cold storage after 30"},
		"protected, but left behind":  {func(a *aws.BucketArgs) { a.Retain = true }, "stays behind"},
		"disposable, but left behind": {func(a *aws.BucketArgs) { a.Protect, a.Disposable, a.Retain = false, true, true }, "stays behind"},
		"a balancer and a key":        {func(a *aws.BucketArgs) { a.BalancerLogs = "balancer" }, "with a key"},
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
