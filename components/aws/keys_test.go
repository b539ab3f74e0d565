package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
)

const keyType = "aws:kms/key:Key"

func keysArgs() *aws.KeysArgs {
	return &aws.KeysArgs{Account: account, LogGroups: []string{"/openedx/test/*"}, Protect: true, Tags: tags.New("test", nil)}
}

func TestKeysRotate(t *testing.T) {
	for _, key := range keys(t, keysArgs()).All(keyType) {
		if !key.Value(t, "enableKeyRotation").BoolValue() {
			t.Errorf("%s never changes", key)
		}
	}
}

func TestKeysAreProtectedUnlessTheStackIsDisposable(t *testing.T) {
	for protect, days := range map[bool]float64{true: 30, false: 7} {
		args := keysArgs()
		args.Protect = protect
		for _, key := range keys(t, args).All(keyType) {
			if key.Protect != protect {
				t.Errorf("%s: protection is %t, want %t", key, key.Protect, protect)
			}
			if got := key.Value(t, "deletionWindowInDays").NumberValue(); got != days {
				t.Errorf("%s can be called back for %v days, want %v", key, got, days)
			}
		}
	}
}

func TestTheLogsKeyServesThePlatformsLogGroupsAndAlarmsOnly(t *testing.T) {
	sameJSON(t, keys(t, keysArgs()).One(t, keyType, "ks-logs").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Account", "Effect": "Allow", "Action": ["kms:*"], "Resource": ["*"],
			"Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}
		}, {
			"Sid": "Logs", "Effect": "Allow", "Resource": ["*"],
			"Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
			"Principal": {"Service": ["logs.eu-west-1.amazonaws.com"]},
			"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [
				"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/test/*"
			]}}
		}, {
			"Sid": "Alarms", "Effect": "Allow", "Resource": ["*"], "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
			"Principal": {"Service": [
				"backup.amazonaws.com", "budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com",
				"events.rds.amazonaws.com", "ses.amazonaws.com"
			]},
			"Condition": {"StringEquals": {"aws:SourceAccount": ["123456789012"]}}
		}, {
			"Sid": "Events", "Effect": "Allow", "Resource": ["*"], "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
			"Principal": {"Service": ["events.amazonaws.com"]}
		}]
	}`)
}

func TestTheSecretsKeyServesNoService(t *testing.T) {
	sameJSON(t, keys(t, keysArgs()).One(t, keyType, "ks-secrets").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Account", "Effect": "Allow", "Action": ["kms:*"], "Resource": ["*"],
			"Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}
		}]
	}`)
}

// KMS refuses a key policy that names a role which is not there, and Auto Scaling
// makes its own with the first group.
func TestTheDataKeyServesOwnDistributionsAndTheNodesDisksOnly(t *testing.T) {
	sameJSON(t, keys(t, keysArgs()).One(t, keyType, "ks-data").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Account", "Effect": "Allow", "Action": ["kms:*"], "Resource": ["*"],
			"Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}
		}, {
			"Sid": "PublicRead", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["*"],
			"Principal": {"Service": ["cloudfront.amazonaws.com"]},
			"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:cloudfront::123456789012:distribution/*"]}}
		}, {
			"Sid": "NodeDisks", "Effect": "Allow", "Resource": ["*"], "Principal": {"AWS": ["*"]},
			"Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
			"Condition": {"ArnEquals": {"aws:PrincipalArn": [
				"arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
			]}}
		}, {
			"Sid": "NodeDiskGrants", "Effect": "Allow", "Action": ["kms:CreateGrant"], "Resource": ["*"], "Principal": {"AWS": ["*"]},
			"Condition": {
				"ArnEquals": {"aws:PrincipalArn": [
					"arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
				]},
				"Bool": {"kms:GrantIsForAWSResource": ["true"]}
			}
		}]
	}`)
}

func TestKeysAreFoundByAliasesOfTheirStack(t *testing.T) {
	alias := keys(t, keysArgs()).One(t, "aws:kms/alias:Alias", "ks-secrets-alias")
	if got := alias.Text(t, "name"); got != "alias/test-ks-secrets" {
		t.Errorf("the alias is %q", got)
	}
	if got := alias.Text(t, "targetKeyId"); got != "ks-secrets-id" {
		t.Errorf("the alias leads to %q", got)
	}
}

func TestWrongKeysRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.KeysArgs)
		want  string
	}{
		"no account":    {func(a *aws.KeysArgs) { a.Account.ID = "" }, "incomplete"},
		"no partition":  {func(a *aws.KeysArgs) { a.Account.Partition = "" }, "incomplete"},
		"no region":     {func(a *aws.KeysArgs) { a.Account.Region = "" }, "incomplete"},
		"no log groups": {func(a *aws.KeysArgs) { a.LogGroups = nil }, "no log group"},
	} {
		t.Run(name, func(t *testing.T) {
			args := keysArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewKeys(ctx, "ks", args)
				return err
			}, `keys "ks"`, test.want)
		})
	}
}
