package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

const accountsType = "openedx:aws:Accounts"

// MySQLAuthorityURL is where AWS publishes the certificates of all its databases.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
const MySQLAuthorityURL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"

// IdentityBlock and IdentityPort are where a pod asks for its role: an address of
// the node's own, which a network policy has to name.
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
const (
	IdentityBlock = "169.254.170.23/32"
	IdentityPort  = 80
)

// AccountsArgs is whose accounts in which stores.
type AccountsArgs struct {
	Account Account
	// Platform and Stack begin the names of the instance's secrets.
	Platform, Stack string
	// Slug is the instance, and Slot the place of its two Redis databases.
	Slug string
	Slot int
	// Stores are where the accounts are. Their AdminSecrets are ARNs.
	Stores platform.Stores
	// MongoAccount says that the Job makes the MongoDB user; otherwise whoever
	// made the MongoDB does, with MongoPassword.
	MongoAccount bool
	// SecretsKey is the ARN of the key that encrypts passwords, also those of the
	// stores' administrators.
	SecretsKey pulumi.StringInput
	// Disposable lets the secrets be deleted at once, so that an instance of the
	// same name can follow. Otherwise they can be called back for 30 days, in which
	// their names are taken.
	Disposable bool
	// ClusterName, Namespace and ServiceAccount are the Job's.
	ClusterName               pulumi.StringInput
	Namespace, ServiceAccount string
	Tags                      tags.Set
}

// Accounts are the passwords of one instance, each kept as a setting of Tutor in
// Secrets Manager, and the right of the instance's Job to read them.
type Accounts struct {
	pulumi.ResourceState
	name  string
	args  *AccountsArgs
	names accounts.Names

	// Secrets are the ARNs of the instance's secrets, which wait until the Job may
	// read them.
	Secrets map[accounts.Store]pulumi.StringOutput
	// Versions change whenever a secret's content does, and are not secret.
	Versions map[accounts.Store]pulumi.StringOutput
	// Settings are what the secrets hold, and secret.
	Settings map[accounts.Store]pulumi.StringOutput
	// MongoPassword is the password of the instance's MongoDB user, and secret.
	MongoPassword pulumi.StringOutput
}

// NewAccounts creates one instance's passwords, secrets and the role of its Job.
func NewAccounts(ctx *pulumi.Context, name string, args *AccountsArgs, opts ...pulumi.ResourceOption) (*Accounts, error) {
	names, err := args.validate()
	if err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	a := &Accounts{name: name, args: args, names: names}
	if err := ctx.RegisterComponentResourceV2(accountsType, name, args.inputs(), a, opts...); err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	if err := a.build(ctx); err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	secrets, versions := pulumi.StringMap{}, pulumi.StringMap{}
	for store, arn := range a.Secrets {
		secrets[string(store)], versions[string(store)] = arn, a.Versions[store]
	}
	if err := ctx.RegisterResourceOutputs(a, pulumi.Map{"secrets": secrets, "versions": versions}); err != nil {
		return nil, fmt.Errorf("accounts %q: %w", name, err)
	}
	return a, nil
}

func (a *Accounts) build(ctx *pulumi.Context) error {
	passwords, err := a.createPasswords(ctx)
	if err != nil {
		return err
	}
	a.MongoPassword = passwords.mongo
	secrets, err := a.createSecrets(ctx, passwords)
	if err != nil {
		return err
	}
	rights, err := a.createRole(ctx, secrets)
	if err != nil {
		return err
	}
	a.Secrets, a.Versions = map[accounts.Store]pulumi.StringOutput{}, map[accounts.Store]pulumi.StringOutput{}
	for store, secret := range secrets {
		a.Secrets[store], a.Versions[store] = after(ctx, secret.ARN, rights...), secret.Version
	}
	return nil
}

func (a *AccountsArgs) validate() (accounts.Names, error) {
	names, err := accounts.For(a.Slug)
	if err != nil {
		return names, err
	}
	if err := a.Account.validate(); err != nil {
		return names, err
	}
	switch {
	case a.Platform == "" || a.Stack == "":
		return names, errors.New("no platform or stack that the secrets would be named after")
	case a.Namespace == "" || a.ServiceAccount == "":
		return names, errors.New("no service account that would read the secrets")
	case a.Slot < 0:
		return names, fmt.Errorf("slot %d", a.Slot)
	}
	return names, a.validateInputs()
}

// validateInputs wants what other components give.
func (a *AccountsArgs) validateInputs() error {
	for _, store := range []struct {
		what string
		at   platform.Endpoint
	}{
		{"mysql", a.Stores.MySQL}, {"mongodb", a.Stores.Mongo.Endpoint}, {"redis broker", a.Stores.Broker}, {"redis cache", a.Stores.Cache},
	} {
		if store.at.Host.OutputState == nil || store.at.Port < 1 {
			return fmt.Errorf("%s is nowhere", store.what)
		}
	}
	type given struct {
		what  string
		value pulumi.StringInput
	}
	wanted := []given{
		{"secrets key", a.SecretsKey},
		{"cluster", a.ClusterName},
		{"administrator of mysql", a.Stores.MySQL.AdminSecret},
		{"password of the redis broker", a.Stores.Broker.Password},
		{"password of the redis cache", a.Stores.Cache.Password},
	}
	if a.MongoAccount {
		wanted = append(wanted, given{"administrator of mongodb", a.Stores.Mongo.AdminSecret})
	}
	for _, one := range wanted {
		if one.value == nil {
			return fmt.Errorf("no %s", one.what)
		}
	}
	return nil
}

func (a *AccountsArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"slug": pulumi.String(a.Slug), "slot": pulumi.Int(a.Slot),
		"mongoAccount": pulumi.Bool(a.MongoAccount), "disposable": pulumi.Bool(a.Disposable),
	}
}

// tags are those of one of the instance's resources.
func (a *Accounts) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(a.args.Tags.ForInstance("accounts", name, a.args.Slug))
}

// passwords are what accounts are opened with, all secret.
type passwords struct{ mysql, bootstrap, mongo pulumi.StringOutput }

// createPasswords makes passwords that need no quotes in shell, SQL and URLs,
// where Tutor writes them as they are.
func (a *Accounts) createPasswords(ctx *pulumi.Context) (passwords, error) {
	var made passwords
	for _, one := range []struct {
		part string
		into *pulumi.StringOutput
	}{{"mysql", &made.mysql}, {"bootstrap", &made.bootstrap}, {"mongodb", &made.mongo}} {
		password, err := random.NewRandomPassword(ctx, a.name+"-"+one.part+"-password", &random.RandomPasswordArgs{
			Length:  pulumi.Int(accounts.PasswordLength),
			Special: pulumi.Bool(false),
		}, pulumi.Parent(a))
		if err != nil {
			return made, fmt.Errorf("password of %s: %w", one.part, err)
		}
		*one.into = platform.Secret(password.Result)
	}
	return made, nil
}
