package aws

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// SecretStoreName is what the platform's own store of secrets is called in the cluster.
const SecretStoreName = "platform"

// PlatformSecrets begins the names of the secrets that add-ons may read. No
// instance's slug has an underscore, so none of its secrets is among them.
func PlatformSecrets(platform, stack string) string {
	return "/" + platform + "/" + stack + "/_platform/"
}

// SecretStoreArgs is which secrets may be copied into which namespaces.
type SecretStoreArgs struct {
	AddOnArgs
	// Platform and Stack begin the names of the secrets.
	Platform, Stack string
	// SecretsKey is the ARN of the key that they are encrypted with.
	SecretsKey pulumi.StringInput
	// AddOn is what copies them, without what it needs on AWS, and ServiceAccount its own.
	AddOn          platform.AddOn
	ServiceAccount string
	// Namespaces are those of add-ons. Instances are none of them: theirs are kept
	// by Tutor.
	Namespaces []string
}

// NewSecretStore lets External Secrets copy what add-ons need from Secrets Manager.
func NewSecretStore(ctx *pulumi.Context, name string, args *SecretStoreArgs) (platform.AddOn, error) {
	if err := args.validate(); err != nil {
		return platform.AddOn{}, fmt.Errorf("secret store %q: %w", name, err)
	}
	policy := documentAbout(pulumi.StringArray{args.SecretsKey}, func(key []string) []statement { return args.rights(key[0]) })
	account := serviceAccount{namespace: args.AddOn.Namespace, name: args.ServiceAccount}
	needs, err := args.identity(ctx, name, account, "Reads the secrets of add-ons", policy)
	if err != nil {
		return platform.AddOn{}, err
	}
	addOn := args.AddOn
	addOn.Needs = append(slices.Clone(addOn.Needs), needs...)
	addOn.Objects = append(slices.Clone(addOn.Objects), args.store())
	return addOn, nil
}

func (a *SecretStoreArgs) validate() error {
	if err := a.AddOnArgs.validate(); err != nil {
		return err
	}
	switch {
	case a.Platform == "" || a.Stack == "":
		return errors.New("no platform or stack that the secrets would be named after")
	case a.SecretsKey == nil:
		return errors.New("no secrets key")
	case len(a.Namespaces) == 0:
		return errors.New("no namespaces: every instance could read them")
	}
	return nil
}

// rights are to read the secrets of add-ons, and no instance's or administrator's.
func (a *SecretStoreArgs) rights(key string) []statement {
	return []statement{
		allow("Secrets", "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret").
			on(a.Account.arn("secretsmanager", "secret:"+PlatformSecrets(a.Platform, a.Stack)+"*")),
		allow("Key", "kms:Decrypt").on(key).
			when(condition{"StringEquals": {"kms:ViaService": {"secretsmanager." + a.Account.Region + ".amazonaws.com"}}}),
	}
}

// store is what an add-on names to get a secret. Without an entry about
// authentication, the identity of External Secrets itself counts.
// https://external-secrets.io/latest/provider/aws-access/
func (a *SecretStoreArgs) store() platform.Object {
	namespaces := slices.Sorted(slices.Values(a.Namespaces))
	return platform.Object{
		APIVersion: "external-secrets.io/v1", Kind: "ClusterSecretStore", Name: SecretStoreName,
		Body: pulumi.Map{"spec": pulumi.ToMap(values{
			"provider":   values{"aws": values{"service": "SecretsManager", "region": a.Account.Region}},
			"conditions": []any{values{"namespaces": namespaces}},
		})},
	}
}
