package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
)

// keyFileLength is long, below mongod's limit of 1024, and a whole number of
// groups of four, which base64 is made of.
const keyFileLength = 1008

// mongoSecrets are the ARNs of the secrets that every member reads; each
// waits until the secret has a value.
type mongoSecrets struct{ keyFile, admin, monitor pulumi.StringOutput }

// createSecrets creates what the members share: the key by which they know each
// other, the administrator's account, and the one that measures and dumps.
func (m *Mongo) createSecrets(ctx *pulumi.Context) error {
	for _, one := range []struct {
		part, description string
		length            int
		user              string // empty: the secret is the bare value
		arn               *pulumi.StringOutput
	}{
		{"keyfile", "Key by which the members know each other", keyFileLength, "", &m.shared.keyFile},
		{"admin", "Account that may make others", accounts.PasswordLength, "admin", &m.shared.admin},
		{"monitor", "Account that measures and dumps", accounts.PasswordLength, "monitor", &m.shared.monitor},
	} {
		// Letters and digits are base64, and no shell or URL takes them for anything else.
		password, err := random.NewRandomPassword(ctx, m.name+"-"+one.part+"-password", &random.RandomPasswordArgs{
			Length:  pulumi.Int(one.length),
			Special: pulumi.Bool(false),
		}, pulumi.Parent(m))
		if err != nil {
			return fmt.Errorf("password of %q: %w", one.part, err)
		}
		value := platform.Secret(password.Result)
		if one.user != "" {
			value = credentials(one.user, value)
		}
		if *one.arn, err = m.keep(ctx, one.part, one.description, value); err != nil {
			return err
		}
	}
	m.AdminSecret = m.shared.admin
	return nil
}

// keep puts a value into Secrets Manager. The ARN that it returns waits until
// the value is there.
func (m *Mongo) keep(ctx *pulumi.Context, part, description string, value pulumi.StringOutput) (pulumi.StringOutput, error) {
	name := m.name + "-" + part
	secret, err := newSecret(ctx, m, name, &secretArgs{
		Name: m.args.Path + "/mongo/" + part, Description: description, Value: value,
		Key: m.args.SecretsKey, Disposable: m.args.Disposable, Tags: m.args.Tags.For("mongo", name),
	})
	return secret.ARN, err
}
