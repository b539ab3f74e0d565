package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/naming"
	"example.org/openedx/internal/tags"
)

const keysType = "openedx:aws:Keys"

// aliasLimit is the longest name of a key alias.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
const aliasLimit = 256

// How many days a deleted key can still be called back; 7 and 30 are the least
// and the most that KMS accepts.
const (
	keyRecallDisposable = 7
	keyRecallProtected  = 30
)

// KeysArgs says who may use a platform's keys.
type KeysArgs struct {
	Account Account
	// LogGroups are the log groups that the logs key serves; they may end in an asterisk.
	LogGroups []string
	// Protect guards the keys: what they encrypted is lost with them.
	Protect bool
	Tags    tags.Set
}

// Keys are a platform's own encryption keys, one for each kind of content, so
// that the right to read logs is not the right to read secrets.
type Keys struct {
	pulumi.ResourceState
	// Data, Logs and Secrets are the keys' ARNs.
	Data, Logs, Secrets pulumi.StringOutput
}

// NewKeys creates a platform's encryption keys.
func NewKeys(ctx *pulumi.Context, name string, args *KeysArgs, opts ...pulumi.ResourceOption) (*Keys, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("keys %q: %w", name, err)
	}
	k := &Keys{}
	if err := ctx.RegisterComponentResourceV2(keysType, name, args.inputs(), k, opts...); err != nil {
		return nil, fmt.Errorf("keys %q: %w", name, err)
	}
	for _, one := range []struct {
		part, content string
		into          *pulumi.StringOutput
		further       []statement
	}{
		{"data", "Encrypts what learners and authors store", &k.Data, args.serveData()},
		{"logs", "Encrypts logs and alarms", &k.Logs, []statement{args.serveLogs(), args.serveAlarms(), args.serveEvents()}},
		{"secrets", "Encrypts secrets", &k.Secrets, nil},
	} {
		arn, err := k.key(ctx, name+"-"+one.part, args, one.content, one.further...)
		if err != nil {
			return nil, fmt.Errorf("keys %q: %w", name, err)
		}
		*one.into = arn
	}
	if err := ctx.RegisterResourceOutputs(k, pulumi.Map{"data": k.Data, "logs": k.Logs, "secrets": k.Secrets}); err != nil {
		return nil, fmt.Errorf("keys %q: %w", name, err)
	}
	return k, nil
}

func (a *KeysArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	if len(a.LogGroups) == 0 {
		return errors.New("no log group that the logs key would serve")
	}
	return nil
}

func (a *KeysArgs) inputs() pulumi.Map {
	return pulumi.Map{"logGroups": pulumi.ToStringArray(a.LogGroups), "protect": pulumi.Bool(a.Protect)}
}

// serveLogs lets CloudWatch Logs use the key for the platform's log groups only. The
// guide also lists kms:Describe*, which under this condition is never granted: a
// description is about no log group.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func (a *KeysArgs) serveLogs() statement {
	groups := make([]string, len(a.LogGroups))
	for i, group := range a.LogGroups {
		groups[i] = a.Account.logGroup(group)
	}
	return allow("Logs", "kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*").
		on("*").to("logs." + a.Account.Region + ".amazonaws.com").
		when(condition{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}})
}

// serveAlarms lets the services that send alarms put them into an encrypted topic.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (a *KeysArgs) serveAlarms() statement {
	return allow("Alarms", "kms:Decrypt", "kms:GenerateDataKey*").on("*").to(alarmSenders()...).
		when(condition{"StringEquals": {"aws:SourceAccount": {a.Account.ID}}})
}

// serveEvents does the same for the one sender that a condition would stop.
func (a *KeysArgs) serveEvents() statement {
	return allow("Events", "kms:Decrypt", "kms:GenerateDataKey*").on("*").to(eventSender)
}

// serveData lets CloudFront read what it may of the buckets, and Auto Scaling
// encrypt the nodes' disks. Its role may not be there yet, and KMS takes no
// statement about a principal that is not: hence anybody who turns out to be it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
func (a *KeysArgs) serveData() []statement {
	role := map[string][]string{"aws:PrincipalArn": {
		a.Account.global("iam", "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"),
	}}
	return []statement{
		allow("PublicRead", "kms:Decrypt").on("*").to("cloudfront.amazonaws.com").when(a.Account.ownDistributions()),
		allow("NodeDisks", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey").
			on("*").toAnybody().when(condition{"ArnEquals": role}),
		// A disk is used under a grant, which lasts as long as the disk is attached.
		allow("NodeDiskGrants", "kms:CreateGrant").on("*").toAnybody().
			when(condition{"ArnEquals": role, "Bool": {"kms:GrantIsForAWSResource": {"true"}}}),
	}
}

// args builds one key, which the account's own IAM policies govern, and which
// further statements open to services.
func (a *KeysArgs) key(name, description string, further []statement) *kms.KeyArgs {
	recall := keyRecallProtected
	if !a.Protect {
		recall = keyRecallDisposable
	}
	// Without this statement nobody could ever change the key again, root included.
	statements := append([]statement{allow("Account", "kms:*").on("*").toAccount(a.Account)}, further...)
	return &kms.KeyArgs{
		Description:          pulumi.String(description),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(recall),
		Policy:               document(statements...),
		Tags:                 pulumi.ToStringMap(a.Tags.For("keys", name)),
	}
}

// key creates one key with the alias that people find it by.
func (k *Keys) key(ctx *pulumi.Context, name string, args *KeysArgs, description string, further ...statement) (pulumi.StringOutput, error) {
	key, err := kms.NewKey(ctx, name, args.key(name, description, further), pulumi.Parent(k), pulumi.Protect(args.Protect))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("key %q: %w", name, err)
	}
	_, err = kms.NewAlias(ctx, name+"-alias", &kms.AliasArgs{
		Name:        pulumi.String("alias/" + naming.Fit(aliasLimit-len("alias/"), ctx.Stack(), name)),
		TargetKeyId: key.KeyId,
	}, pulumi.Parent(k))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("alias of key %q: %w", name, err)
	}
	return key.Arn, nil
}
