package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// How many days a deleted secret can be called back, in which its name is taken.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
const (
	secretRecallDisposable = 0
	secretRecallKept       = 30
)

// secretArgs describes a secret.
type secretArgs struct {
	// Name is a promise to those who read it, so that it is not left to Pulumi.
	Name, Description string
	Value             pulumi.StringInput
	// Key is the ARN of the key that encrypts it.
	Key        pulumi.StringInput
	Disposable bool
	Tags       map[string]string
}

// kept is a secret that has its value.
type kept struct {
	ARN pulumi.StringOutput
	// Version is another one whenever the value is; it is not secret.
	Version pulumi.StringOutput
}

// newSecret keeps a value in Secrets Manager. What it returns waits until the
// value is there.
func newSecret(ctx *pulumi.Context, parent pulumi.Resource, name string, args *secretArgs) (kept, error) {
	recall := secretRecallKept
	if args.Disposable {
		recall = secretRecallDisposable
	}
	secret, err := secretsmanager.NewSecret(ctx, name, &secretsmanager.SecretArgs{
		Name:                 pulumi.String(args.Name),
		Description:          pulumi.String(args.Description),
		KmsKeyId:             args.Key.ToStringOutput(),
		RecoveryWindowInDays: pulumi.Int(recall),
		Tags:                 pulumi.ToStringMap(args.Tags),
	}, pulumi.Parent(parent))
	if err != nil {
		return kept{}, fmt.Errorf("secret %q: %w", args.Name, err)
	}
	version, err := secretsmanager.NewSecretVersion(ctx, name+"-value", &secretsmanager.SecretVersionArgs{
		SecretId:     secret.ID(),
		SecretString: platform.Secret(args.Value),
	}, pulumi.Parent(parent))
	if err != nil {
		return kept{}, fmt.Errorf("value of secret %q: %w", args.Name, err)
	}
	return kept{ARN: after(ctx, secret.Arn, version), Version: version.VersionId}, nil
}

// credentials are a user and its password in the form that RDS keeps them in.
func credentials(user string, password pulumi.StringInput) pulumi.StringOutput {
	return pulumi.JSONMarshal(pulumi.Map{"username": pulumi.String(user), "password": platform.Secret(password)})
}
