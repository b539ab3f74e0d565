package aws

import (
	"encoding/json"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
)

// createSecrets keeps the settings of each store in a secret of its own.
func (a *Accounts) createSecrets(ctx *pulumi.Context, made passwords) (map[accounts.Store]kept, error) {
	secrets := map[accounts.Store]kept{}
	a.Settings = map[accounts.Store]pulumi.StringOutput{}
	for _, one := range []struct {
		store    accounts.Store
		settings pulumi.StringOutput
	}{
		{accounts.MySQL, a.mysqlSettings(made)},
		{accounts.MongoDB, a.mongoSettings(made)},
		{accounts.Redis, a.redisSettings()},
	} {
		name := a.name + "-" + string(one.store)
		secret, err := newSecret(ctx, a, name, &secretArgs{
			Name:        a.names.SecretPath(a.args.Platform, a.args.Stack, one.store),
			Description: "Settings of Tutor for " + string(one.store), Value: one.settings,
			Key: a.args.SecretsKey, Disposable: a.args.Disposable, Tags: a.args.Tags.ForInstance("accounts", name, a.args.Slug),
		})
		if err != nil {
			return nil, err
		}
		secrets[one.store], a.Settings[one.store] = secret, one.settings
	}
	return secrets, nil
}

func (a *Accounts) mysqlSettings(made passwords) pulumi.StringOutput {
	store := a.args.Stores.MySQL
	return render(func(values []string) (map[string]string, error) {
		return a.names.MySQLSettings(accounts.Server{Host: values[0], Port: store.Port},
			map[string]string{a.names.User: values[1], a.names.Bootstrap: values[2]})
	}, store.Host, made.mysql, made.bootstrap)
}

func (a *Accounts) mongoSettings(made passwords) pulumi.StringOutput {
	store := a.args.Stores.Mongo
	return render(func(values []string) (map[string]string, error) {
		return a.names.MongoSettings(accounts.Server{Host: values[0], Port: store.Port}, store.ReplicaSet, values[1])
	}, store.Host, made.mongo)
}

func (a *Accounts) redisSettings() pulumi.StringOutput {
	broker, cache := a.args.Stores.Broker, a.args.Stores.Cache
	return render(func(values []string) (map[string]string, error) {
		return a.names.RedisSettings(
			accounts.RedisGroup{Server: accounts.Server{Host: values[0], Port: broker.Port}, Token: values[1]},
			accounts.RedisGroup{Server: accounts.Server{Host: values[2], Port: cache.Port}, Token: values[3]}, a.args.Slot)
	}, broker.Host, broker.Password, cache.Host, cache.Password)
}

// render writes settings as JSON once their values are there. The text is secret.
func render(settings func(values []string) (map[string]string, error), values ...pulumi.StringInput) pulumi.StringOutput {
	//nolint:errcheck // the function gives a string
	text := pulumi.StringArray(values).ToStringArrayOutput().ApplyT(func(values []string) (string, error) {
		all, err := settings(values)
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(all)
		return string(text), err
	}).(pulumi.StringOutput)
	return platform.Secret(text)
}
