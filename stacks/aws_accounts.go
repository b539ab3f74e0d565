package stacks

import (
	"slices"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

// reach lists what the Jobs may connect to beside HTTPS outside of the network. The
// cloud's own services have addresses in it where there are endpoints of them. Atlas
// makes users itself, and keeps its own backups.
func (b *onAWS) reach() []k8s.Destination {
	reach := []k8s.Destination{
		{Block: b.plan.Network.Data, Port: b.stores.MySQL.Port}, {Block: aws.IdentityBlock, Port: aws.IdentityPort},
	}
	if b.plan.Stores.Mongo.Kind != config.MongoAtlas {
		reach = append(reach, b.mongoReach()...)
	}
	if slices.Contains(b.plan.Network.Endpoints, secretsEndpoint) {
		reach = append(reach, k8s.Destination{Block: b.plan.Network.Private, Port: endpointPort})
	}
	return reach
}

// secretsEndpoint is where the Jobs fetch passwords, as interface endpoints are named,
// which all answer on one port.
const (
	secretsEndpoint = "secretsmanager"
	endpointPort    = 443
)

// addInstanceAccounts gives an instance its accounts in the stores: passwords and
// secrets on AWS, and Jobs in the cluster that make the accounts with them.
func (b *onAWS) addInstanceAccounts(system *k8s.System, instance plan.Instance, names accounts.Names) (*aws.Accounts, error) {
	// Atlas makes users itself, and lets nobody else.
	fromWithin := b.plan.Stores.Mongo.Kind != config.MongoAtlas
	kept, err := aws.NewAccounts(b.Context, b.name("accounts-"+instance.Slug), &aws.AccountsArgs{
		Account: b.account, Platform: b.plan.Name, Stack: b.plan.Stack, Slug: instance.Slug, Slot: instance.Slot,
		Stores: b.stores, MongoAccount: fromWithin, SecretsKey: b.keys.Secrets, Disposable: !b.plan.Protect,
		ClusterName: b.cluster.Name, Namespace: accounts.Namespace, ServiceAccount: names.ServiceAccount(), Tags: b.tags,
	})
	if err != nil {
		return nil, err
	}
	jobs := &k8s.AccountsArgs{
		Provider: b.cluster.Provider, Slug: instance.Slug, Namespace: system.Namespace, Scripts: system.Scripts, Needs: b.cluster.Running,
		Fetch: k8s.Fetch{
			Image: versions.AWSCLIImage, Script: accounts.FetchScriptFile, Environment: map[string]string{"AWS_REGION": b.plan.Region},
		},
		MySQL: k8s.MySQLAccounts{
			Image: versions.MySQLImage, Store: b.stores.MySQL, AuthorityURL: aws.MySQLAuthorityURL,
			Secret:    k8s.Secret{Name: kept.Secrets[accounts.MySQL], Version: kept.Versions[accounts.MySQL]},
			Bootstrap: bootstrap(b.plan.Stores.MySQL),
		},
	}
	if fromWithin {
		jobs.Mongo = &k8s.MongoAccount{
			Image: versions.MongoImage, Store: b.stores.Mongo, Authority: system.MongoAuthority,
			Secret: k8s.Secret{Name: kept.Secrets[accounts.MongoDB], Version: kept.Versions[accounts.MongoDB]},
		}
	} else if err = b.atlas.NewUser(b.Context, instance.Slug, names.MongoUser, names.MongoDatabase, kept.MongoPassword); err != nil {
		return nil, err
	}
	_, err = k8s.NewAccounts(b.Context, b.name("jobs-"+instance.Slug), jobs)
	return kept, err
}

// bootstrap is the state of the account that Tutor's init job uses.
func bootstrap(m plan.MySQL) accounts.BootstrapState {
	if m.BootstrapOpen {
		return accounts.BootstrapOpen
	}
	return accounts.BootstrapClosed
}
