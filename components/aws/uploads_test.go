package aws_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	uploadsBucketType = "aws:s3/bucketV2:BucketV2"
	uploadsKey        = "arn:aws:kms:eu-west-1:123456789012:key/data"
)

// uploadsArgs are arguments that a test changes one of.
func uploadsArgs() *aws.UploadsArgs {
	return &aws.UploadsArgs{
		Account: account, Slug: "demo", Key: pulumi.String(uploadsKey),
		Hosts: []string{"campus.example.org", "studio.example.org"}, NoncurrentDays: 30, ColdDays: 60,
		ClusterName: pulumi.String("test-cluster"), Namespace: "instance-demo", ServiceAccount: "default", Tags: tags.New("test", nil),
	}
}

// uploads runs a program that is the bucket of one instance.
func uploads(t *testing.T, args *aws.UploadsArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewUploads(ctx, "up", args)
		return err
	})
}

func TestThePodsOfAnInstanceMayUseItsBucketAndDeleteNoVersion(t *testing.T) {
	graph := uploads(t, uploadsArgs())
	sameJSON(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", "up-role-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Bucket", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
			"Resource": ["arn:aws:s3:::up-s3-bucket"]
		}, {
			"Sid": "Files", "Effect": "Allow", "Resource": ["arn:aws:s3:::up-s3-bucket/*"],
			"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
		}, {
			"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
			"Resource": ["arn:aws:kms:eu-west-1:123456789012:key/data"],
			"Condition": {
				"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]},
				"StringLike": {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::up-s3-bucket", "arn:aws:s3:::up-s3-bucket/*"]}
			}
		}]
	}`)
}

// Tutor's pods name no service account, and no key is stored anywhere.
func TestOnlyThePodsOfTheInstanceTakeTheRoleOfItsBucket(t *testing.T) {
	graph := uploads(t, uploadsArgs())
	texts(t, graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "up-identity"), map[string]string{
		"clusterName": "test-cluster", "namespace": "instance-demo", "serviceAccount": "default",
	})
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "up-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "PodIdentity", "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
			"Principal": {"Service": ["pods.eks.amazonaws.com"]},
			"Condition": {"StringEquals": {
				"aws:RequestTag/eks-cluster-arn": ["arn:aws:eks:eu-west-1:123456789012:cluster/test-cluster"],
				"aws:RequestTag/kubernetes-namespace": ["instance-demo"],
				"aws:RequestTag/kubernetes-service-account": ["default"]
			}}
		}]
	}`)
}

func TestAnybodyReadsTheMediaFolderThroughOwnDistributionsOnly(t *testing.T) {
	sameJSON(t, uploads(t, uploadsArgs()).One(t, "aws:s3/bucketPolicy:BucketPolicy", "up-s3-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "EncryptedTransport", "Effect": "Deny", "Action": ["s3:*"], "Principal": {"AWS": ["*"]},
			"Resource": ["arn:aws:s3:::up-s3-bucket", "arn:aws:s3:::up-s3-bucket/*"],
			"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}
		}, {
			"Sid": "PublicRead", "Effect": "Allow", "Action": ["s3:GetObject"],
			"Principal": {"Service": ["cloudfront.amazonaws.com"]}, "Resource": ["arn:aws:s3:::up-s3-bucket/media/*"],
			"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:cloudfront::123456789012:distribution/*"]}}
		}]
	}`)
}

// A browser sends the answer to an assessment straight to the bucket.
func TestThePagesOfTheInstanceMaySendFiles(t *testing.T) {
	holds(t, uploads(t, uploadsArgs()).One(t, "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2", "up-s3-cors"), map[string]any{
		"corsRules": []any{map[string]any{
			"allowedOrigins": []any{"https://campus.example.org", "https://studio.example.org"},
			"allowedMethods": []any{"GET", "HEAD", "PUT"}, "allowedHeaders": []any{"*"}, "exposeHeaders": []any{"ETag"}, "maxAgeSeconds": 3600.0,
		}},
	})
}

func TestUploadsOutliveTheirInstanceUnlessNobodyWantsThem(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		args := uploadsArgs()
		args.Disposable = disposable
		got := uploads(t, args).One(t, uploadsBucketType, "up-s3-bucket")
		if got.RetainOnDelete == disposable || got.Value(t, "forceDestroy").BoolValue() != disposable || got.Protect {
			t.Errorf("disposable %t: kept is %t, protected %t, emptied %v", disposable, got.RetainOnDelete, got.Protect, got.Value(t, "forceDestroy"))
		}
	}
}

func TestUploadsAreTheInstancesOwnAndBackedUp(t *testing.T) {
	graph := uploads(t, uploadsArgs())
	texts(t, graph.One(t, uploadsBucketType, "up-s3-bucket"), map[string]string{
		`tags["openedx-instance"]`: "demo", `tags["openedx-component"]`: "uploads", `tags["openedx-backup"]`: "test",
	})
	for _, r := range []*harness.Resource{
		graph.One(t, "aws:iam/role:Role", "up-role"),
		graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "up-identity"),
	} {
		texts(t, r, map[string]string{`tags["openedx-instance"]`: "demo"})
		if r.Value(t, `tags["openedx-backup"]`).HasValue() {
			t.Errorf("%s is nothing that could be backed up", r)
		}
	}
	lifecycle := graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "up-s3-lifecycle")
	counts(t, lifecycle, map[string]float64{
		"rules[1].noncurrentVersionExpiration.noncurrentDays": 30, "rules[2].transitions[0].days": 60,
	})
}

func TestWhoeverIsToldTheBucketMayUseIt(t *testing.T) {
	var region, prefix string
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewUploads(ctx, "up", uploadsArgs())
		if err != nil {
			return err
		}
		region, prefix = made.Region, made.PublicPrefix
		ctx.Export("endpoint", made.Endpoint)
		ctx.Export("host", made.Host)
		return useName(ctx, made.Bucket)
	})
	if region != "eu-west-1" || prefix != aws.MediaPrefix {
		t.Errorf("the bucket is in %q, and anybody reads %q", region, prefix)
	}
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	for _, r := range []*harness.Resource{
		graph.One(t, "aws:iam/rolePolicy:RolePolicy", "up-role-policy"),
		graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "up-identity"),
		graph.One(t, "aws:s3/bucketPolicy:BucketPolicy", "up-s3-policy"),
	} {
		if !graph.Waits(user, r.URN) {
			t.Errorf("a pod may be told of the bucket before %s", r)
		}
	}
}

func TestThePreviewOfUploadsIsTheirUpdate(t *testing.T) {
	previewsAsItUpdates(t, func(ctx *pulumi.Context) error {
		_, err := aws.NewUploads(ctx, "up", uploadsArgs())
		return err
	})
}

func TestWrongUploadsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.UploadsArgs)
		want  string
	}{
		"no account":         {func(a *aws.UploadsArgs) { a.Account.ID = "" }, "incomplete"},
		"no instance":        {func(a *aws.UploadsArgs) { a.Slug = "" }, "no instance"},
		"no key":             {func(a *aws.UploadsArgs) { a.Key = nil }, "key and name"},
		"no cluster":         {func(a *aws.UploadsArgs) { a.ClusterName = nil }, "key and name"},
		"no hosts":           {func(a *aws.UploadsArgs) { a.Hosts = nil }, "no hosts"},
		"a host twice":       {func(a *aws.UploadsArgs) { a.Hosts = slices.Repeat(a.Hosts[:1], 2) }, "campus.example.org"},
		"no namespace":       {func(a *aws.UploadsArgs) { a.Namespace = "" }, "no service account"},
		"no service account": {func(a *aws.UploadsArgs) { a.ServiceAccount = "" }, "no service account"},
		"negative days":      {func(a *aws.UploadsArgs) { a.NoncurrentDays = -1 }, "-1 days"},
		"moved before":       {func(a *aws.UploadsArgs) { a.ColdDays = -1 }, "after -1"},
	} {
		t.Run(name, func(t *testing.T) {
			args := uploadsArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewUploads(ctx, "up", args)
				return err
			}, `uploads "up"`, test.want)
		})
	}
}
