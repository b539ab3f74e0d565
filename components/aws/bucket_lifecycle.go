package aws

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// incompleteDays is how long the parts of an upload that was never finished are kept: nobody can see them, and they cost.
const incompleteDays = 7

// lifecycle says what S3 deletes and moves by itself. It moves nothing smaller than
// 128 KB, which would cost more in the archive than where it is.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
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
	for _, move := range []struct {
		id, class string
		days      int
	}{{"cold", "INTELLIGENT_TIERING", a.ColdDays}, {"archive", "GLACIER_IR", a.ArchiveDays}} {
		if move.days == 0 {
			continue
		}
		moving := rule(move.id)
		moving.Transitions = s3.BucketLifecycleConfigurationV2RuleTransitionArray{s3.BucketLifecycleConfigurationV2RuleTransitionArgs{
			Days: pulumi.Int(move.days), StorageClass: pulumi.String(move.class),
		}}
		rules = append(rules, moving)
	}
	return rules
}
