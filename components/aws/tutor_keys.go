package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const tutorKeysType = "openedx:aws:TutorKeys"

// How long what is drawn by lot is. Django wants a secret key of 50 characters; the
// others are as long as Tutor's own or longer.
// https://docs.djangoproject.com/en/5.2/ref/checks/#security
const (
	secretKeyLength  = 50
	tutorIDBytes     = 12
	searchKeyIDBytes = 16
	signingKeyBits   = 2048
)

// TutorKeysArgs says whose keys they are.
type TutorKeysArgs struct {
	// Platform and Stack begin the names of the secrets.
	Platform, Stack string
	// Slug is the instance, and MeilisearchHost where browsers call its search.
	Slug, MeilisearchHost string
	// SecretsKey is the ARN of the key that encrypts the secrets.
	SecretsKey pulumi.StringInput
	Disposable bool
	Tags       tags.Set
}

// TutorKeys are what Tutor would otherwise draw by lot and keep in a folder of
// somebody's: who has them can make that folder again. Nothing but the instance's
// slug decides about them, so that no other change draws them anew.
type TutorKeys struct {
	pulumi.ResourceState
	name  string
	args  *TutorKeysArgs
	names accounts.Names

	// Secrets are the ARNs of the two secrets, once they have their values.
	Secrets map[accounts.Store]pulumi.StringOutput
	// Settings are what the secrets hold, and secret.
	Settings map[accounts.Store]pulumi.StringOutput
}

// NewTutorKeys creates the keys of an instance and keeps them as settings of Tutor.
func NewTutorKeys(ctx *pulumi.Context, name string, args *TutorKeysArgs, opts ...pulumi.ResourceOption) (*TutorKeys, error) {
	names, err := args.validate()
	if err != nil {
		return nil, fmt.Errorf("tutor keys %q: %w", name, err)
	}
	k := &TutorKeys{name: name, args: args, names: names, Secrets: map[accounts.Store]pulumi.StringOutput{}}
	if err = ctx.RegisterComponentResourceV2(tutorKeysType, name, args.inputs(), k, opts...); err != nil {
		return nil, fmt.Errorf("tutor keys %q: %w", name, err)
	}
	if err = k.build(ctx); err != nil {
		return nil, fmt.Errorf("tutor keys %q: %w", name, err)
	}
	secrets := pulumi.StringMap{}
	for store, arn := range k.Secrets {
		secrets[string(store)] = arn
	}
	if err := ctx.RegisterResourceOutputs(k, pulumi.Map{"secrets": secrets}); err != nil {
		return nil, fmt.Errorf("tutor keys %q: %w", name, err)
	}
	return k, nil
}

func (a *TutorKeysArgs) validate() (accounts.Names, error) {
	names, err := accounts.For(a.Slug)
	if err != nil {
		return names, err
	}
	switch {
	case a.Platform == "" || a.Stack == "":
		return names, errors.New("no platform or stack that the secrets would be named after")
	case a.MeilisearchHost == "":
		return names, errors.New("no host of meilisearch")
	case a.SecretsKey == nil:
		return names, errors.New("no secrets key")
	}
	return names, nil
}

func (a *TutorKeysArgs) inputs() pulumi.Map {
	return pulumi.Map{"slug": pulumi.String(a.Slug), "meilisearchHost": pulumi.String(a.MeilisearchHost)}
}

func (k *TutorKeys) build(ctx *pulumi.Context) error {
	drawn, err := k.draw(ctx)
	if err != nil {
		return err
	}
	k.Settings = map[accounts.Store]pulumi.StringOutput{
		accounts.Tutor: render(func(values []string) (map[string]string, error) {
			return k.names.TutorSettings(accounts.TutorKeys{
				ID: values[0], SecretKey: values[1], StudioSecret: values[2], SigningKey: values[3],
			})
		}, drawn.id, drawn.secretKey, drawn.studioSecret, drawn.signingKey),
		accounts.Meilisearch: render(func(values []string) (map[string]string, error) {
			return k.names.MeilisearchSettings(k.args.MeilisearchHost, values[0], values[1])
		}, drawn.searchKey, drawn.searchKeyID),
	}
	for _, store := range []accounts.Store{accounts.Tutor, accounts.Meilisearch} {
		name := k.name + "-" + string(store)
		secret, err := newSecret(ctx, k, name, &secretArgs{
			Name:        k.names.SecretPath(k.args.Platform, k.args.Stack, store),
			Description: "Settings of Tutor for " + string(store), Value: k.Settings[store],
			Key: k.args.SecretsKey, Disposable: k.args.Disposable, Tags: k.args.Tags.ForInstance("tutor", name, k.args.Slug),
		})
		if err != nil {
			return err
		}
		k.Secrets[store] = secret.ARN
	}
	return nil
}

// drawn is what was drawn by lot; the ids are not secret.
type drawn struct {
	id, searchKeyID                                pulumi.StringOutput
	secretKey, studioSecret, searchKey, signingKey pulumi.StringOutput
}

func (k *TutorKeys) draw(ctx *pulumi.Context) (drawn, error) {
	var all drawn
	for _, one := range []struct {
		part  string
		bytes int
		into  *pulumi.StringOutput
	}{{"id", tutorIDBytes, &all.id}, {"search-key-id", searchKeyIDBytes, &all.searchKeyID}} {
		id, err := random.NewRandomId(ctx, k.name+"-"+one.part, &random.RandomIdArgs{ByteLength: pulumi.Int(one.bytes)}, pulumi.Parent(k))
		if err != nil {
			return all, fmt.Errorf("%s: %w", one.part, err)
		}
		*one.into = id.Hex
	}
	for _, one := range []struct {
		part   string
		length int
		into   *pulumi.StringOutput
	}{
		{"secret-key", secretKeyLength, &all.secretKey},
		{"studio-secret", accounts.PasswordLength, &all.studioSecret},
		{"search-key", accounts.PasswordLength, &all.searchKey},
	} {
		password, err := random.NewRandomPassword(ctx, k.name+"-"+one.part, &random.RandomPasswordArgs{
			Length:  pulumi.Int(one.length),
			Special: pulumi.Bool(false), // Tutor writes it into shell and YAML without quoting it
		}, pulumi.Parent(k))
		if err != nil {
			return all, fmt.Errorf("%s: %w", one.part, err)
		}
		*one.into = platform.Secret(password.Result)
	}
	key, err := tls.NewPrivateKey(ctx, k.name+"-signing-key", &tls.PrivateKeyArgs{
		Algorithm: pulumi.String("RSA"),
		RsaBits:   pulumi.Int(signingKeyBits),
	}, pulumi.Parent(k))
	if err != nil {
		return all, fmt.Errorf("signing key: %w", err)
	}
	all.signingKey = platform.Secret(key.PrivateKeyPem)
	return all, nil
}
