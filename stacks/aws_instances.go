package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/plan"
)

// addInstances adds all that belongs to one Open edX instance alone, so that one
// more or one less touches no other.
func (b *onAWS) addInstances() error {
	system, err := k8s.NewSystem(b.Context, b.name("system"), &k8s.SystemArgs{
		Provider: b.cluster.Provider, MongoAuthority: b.stores.Mongo.Authority, Reach: b.reach(),
		ServiceBlock: b.plan.Cluster.ServiceBlock, NetworkBlock: b.plan.Network.CIDR,
	})
	if err != nil {
		return err
	}
	for _, instance := range b.plan.Instances {
		if err = b.addInstance(system, instance); err != nil {
			return err
		}
	}
	return nil
}

// addInstance adds one instance.
func (b *onAWS) addInstance(system *k8s.System, instance plan.Instance) error {
	names, err := accounts.For(instance.Slug)
	if err != nil {
		return err
	}
	kept, err := b.addInstanceAccounts(system, instance, names)
	if err != nil {
		return err
	}
	if err = b.addInstanceDumps(system, instance, names, kept); err != nil {
		return err
	}
	mail, err := b.addInstanceMail(instance)
	if err != nil {
		return err
	}
	uploads, err := b.addUploads(instance, names)
	if err != nil {
		return err
	}
	handOff, err := b.addTutor(instance, names, kept, mail, uploads)
	if err != nil {
		return err
	}
	site, err := b.addSite(instance, uploads)
	if err != nil {
		return err
	}
	b.instances = append(b.instances, platform.Instance{
		Slug: instance.Slug, Namespace: names.Home(), Objects: uploads.ObjectStore, Backend: site.TargetGroup,
		LMS: instance.LMS, Studio: instance.Studio, Apps: instance.Apps, Meilisearch: instance.Meilisearch,
		Tutor: handOff,
	})
	return b.addInstanceWorkloads(instance, site.TargetGroup)
}

// addInstanceMail keeps the instance's own settings of mail.
func (b *onAWS) addInstanceMail(instance plan.Instance) (*aws.MailSecret, error) {
	return aws.NewMailSecret(b.Context, b.name("smtp-"+instance.Slug), &aws.MailSecretArgs{
		Platform: b.plan.Name, Stack: b.plan.Stack, Slug: instance.Slug, Mail: b.mail, From: instance.Contact,
		SecretsKey: b.keys.Secrets, Disposable: !b.plan.Protect, Tags: b.tags,
	})
}

// addUploads adds the instance's bucket and its pods' right to it.
func (b *onAWS) addUploads(instance plan.Instance, names accounts.Names) (*aws.Uploads, error) {
	storage := b.plan.Edge.Storage
	return aws.NewUploads(b.Context, b.name("uploads-"+instance.Slug), &aws.UploadsArgs{
		Account: b.account, Slug: instance.Slug, Key: b.keys.Data, Hosts: []string{instance.LMS, instance.Studio, instance.Apps},
		NoncurrentDays: storage.NoncurrentDays, ColdDays: storage.ColdDays, Disposable: !b.plan.Protect,
		ClusterName: b.cluster.Name, Namespace: names.Home(), ServiceAccount: accounts.HomeServiceAccount, Tags: b.tags,
	})
}

// addSite brings the instance's hosts to the load balancer, the learners' through
// CloudFront. Studio stays away from there: CloudFront gives up on an answer after
// a minute or two, and on large uploads.
func (b *onAWS) addSite(instance plan.Instance, uploads *aws.Uploads) (*aws.Site, error) {
	zone, err := b.zoneOf(instance)
	if err != nil {
		return nil, err
	}
	regional, global, err := b.certificatesOf(instance, zone)
	if err != nil {
		return nil, err
	}
	balancer := b.balancers[instance.Balancer()]
	direct := aws.AliasTarget{Host: balancer.Host, ZoneID: balancer.ZoneID}
	args := &aws.SiteArgs{Slug: instance.Slug, Slot: instance.Slot, Direct: instance.Hosts(), Certificate: regional, Tags: b.tags}
	aliases := []aws.Alias{{Host: instance.Studio, Target: direct}, {Host: instance.Meilisearch, Target: direct}}
	if len(b.cdns) == 0 {
		aliases = append(aliases, aws.Alias{Host: instance.LMS, Target: direct}, aws.Alias{Host: instance.Apps, Target: direct})
	} else {
		args.Direct, args.ThroughCDN = []string{instance.Studio, instance.Meilisearch}, []string{instance.LMS, instance.Apps}
		args.Origin = &b.cdns[instance.CDN()].Origin
		distributed, failed := b.addDistributions(instance, global, uploads)
		if failed != nil {
			return nil, failed
		}
		aliases = append(aliases, distributed...)
	}
	if _, err = aws.NewRecords(b.Context, b.name("records-"+instance.Slug), &aws.RecordsArgs{Zone: zone, Aliases: aliases}); err != nil {
		return nil, err
	}
	return balancer.NewSite(b.Context, b.name("site-"+instance.Slug), args)
}

// zoneOf is the id of the zone of the instance's hosts.
func (b *onAWS) zoneOf(instance plan.Instance) (pulumi.StringInput, error) {
	switch {
	case instance.Shared:
		return b.above, nil
	case instance.Domain == "":
		return b.zone.ID, nil
	}
	zone, err := b.newZone("zone-"+instance.Slug, &aws.HostedZoneArgs{Domain: instance.Domain, ID: instance.ZoneID, Slug: instance.Slug})
	if err != nil {
		return nil, err
	}
	return zone.ID, nil
}

// certificatesOf are the ARNs of the instance's certificates, in the stack's region
// and for CloudFront: those that were named, and issued ones for the rest.
func (b *onAWS) certificatesOf(instance plan.Instance, zone pulumi.StringInput) (regional, global pulumi.StringInput, err error) {
	regional, global = pulumi.String(instance.Certificate), pulumi.String(instance.CDNCertificate)
	args := &aws.CertificatesArgs{
		Account: b.account, Names: instance.CertificateNames(), Zone: zone, Regional: instance.Certificate == "",
		Slug: instance.Slug, Tags: b.tags,
	}
	if len(b.cdns) > 0 && instance.CDNCertificate == "" {
		args.Edge = b.global.Provider
	}
	if !args.Regional && args.Edge == nil {
		return regional, global, nil
	}
	issued, err := aws.NewCertificates(b.Context, b.name("certificate-"+instance.Slug), args)
	if err != nil {
		return nil, nil, err
	}
	if args.Regional {
		regional = issued.Regional
	}
	if args.Edge != nil {
		global = issued.Edge
	}
	return regional, global, nil
}

// addDistributions puts CloudFront in front of the learners' host and of the
// micro-frontends.
func (b *onAWS) addDistributions(instance plan.Instance, certificate pulumi.StringInput, uploads *aws.Uploads) ([]aws.Alias, error) {
	aliases := make([]aws.Alias, 0, 2)
	for _, one := range []struct {
		name, host string
		kind       aws.DistributionKind
		media      *aws.MediaOrigin
	}{
		{"cdn-" + instance.Slug + "-lms", instance.LMS, aws.DistributionLearners, &aws.MediaOrigin{Host: uploads.Host, Prefix: aws.MediaPrefix}},
		{"cdn-" + instance.Slug + "-apps", instance.Apps, aws.DistributionApps, nil},
	} {
		d, err := b.cdns[instance.CDN()].NewDistribution(b.Context, b.name(one.name), &aws.DistributionArgs{
			Slug: instance.Slug, Host: one.host, Kind: one.kind, Certificate: certificate, Firewall: b.cdnFirewall.ARN,
			Origin: b.balancers[instance.Balancer()].Host, Media: one.media, PriceClass: b.plan.Edge.CDN.PriceClass,
			OriginSeconds: b.plan.Edge.CDN.OriginSeconds, Tags: b.tags,
		})
		if err != nil {
			return nil, err
		}
		aliases = append(aliases, aws.Alias{Host: one.host, Target: aws.AliasTarget{Host: d.Host, ZoneID: d.ZoneID, IPv6: true}})
	}
	return aliases, nil
}
