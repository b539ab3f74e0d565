package stacks

import (
	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
)

// addAddOns installs what runs in the cluster for all instances.
func (b *onAWS) addAddOns() error {
	var all []platform.AddOn
	for _, some := range []func() ([]platform.AddOn, error){
		b.nodeAddOns, b.watchingAddOns, b.scalingAddOns, b.edgeAddOns, b.secretAddOns,
	} {
		addOns, err := some()
		if err != nil {
			return err
		}
		all = append(all, addOns...)
	}
	var err error
	b.addOns, err = k8s.NewAddOns(b.Context, b.name("addons"), &k8s.AddOnsArgs{
		Provider: b.cluster.Provider, Needs: b.cluster.Running, AddOns: all,
	})
	return err
}

// placement is what all add-ons have in common.
func (b *onAWS) placement() addons.Placement {
	return addons.Placement{
		Replicas: b.plan.AddOns.Replicas, Passing: aws.KarpenterNodes, Certificates: b.plan.AddOns.CertManager,
		Monitored: b.plan.AddOns.Monitoring,
	}
}

// addOnArgs are those of every add-on that acts on AWS.
func (b *onAWS) addOnArgs() aws.AddOnArgs {
	return aws.AddOnArgs{Account: b.account, ClusterName: b.cluster.Name, Placement: b.placement(), Tags: b.tags}
}

// scalingAddOns are what autoscalers go by.
func (b *onAWS) scalingAddOns() ([]platform.AddOn, error) {
	all := []platform.AddOn{k8s.MetricsServer(b.placement())}
	if b.plan.AddOns.KEDA {
		all = append(all, k8s.KEDA(b.placement()))
	}
	return all, nil
}

// edgeAddOns are what brings requests to pods.
func (b *onAWS) edgeAddOns() ([]platform.AddOn, error) {
	controller, err := aws.NewBalancerController(b.Context, b.name("addon-balancer"), &aws.BalancerControllerArgs{
		AddOnArgs: b.addOnArgs(), Stack: b.plan.Stack, VPC: b.network.ID,
	})
	if err != nil || !b.plan.AddOns.ExternalDNS {
		return []platform.AddOn{controller}, err
	}
	dns, err := aws.NewExternalDNS(b.Context, b.name("addon-dns"), &aws.ExternalDNSArgs{
		AddOnArgs: b.addOnArgs(), Domain: b.plan.Domain, Zone: b.zone.ID,
	})
	return []platform.AddOn{controller, dns}, err
}

// secretAddOns are what keeps certificates and secrets. They are not those of
// instances.
func (b *onAWS) secretAddOns() ([]platform.AddOn, error) {
	var all []platform.AddOn
	if b.plan.AddOns.CertManager {
		all = append(all, k8s.CertManager(b.placement()))
	}
	if !b.plan.AddOns.ExternalSecrets {
		return all, nil
	}
	store, err := aws.NewSecretStore(b.Context, b.name("addon-secrets"), &aws.SecretStoreArgs{
		AddOnArgs: b.addOnArgs(), Platform: b.plan.Name, Stack: b.plan.Stack, SecretsKey: b.keys.Secrets,
		AddOn: k8s.ExternalSecrets(b.placement()), ServiceAccount: k8s.ExternalSecretsAccount,
		Namespaces: []string{"external-dns", "logging", "monitoring"},
	})
	return append(all, store), err
}
