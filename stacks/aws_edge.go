package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// idleSeconds is how long the load balancer waits for Studio, which imports and
// exports whole courses.
const idleSeconds = 600

// The folders of the bucket of logs.
const (
	balancerLogs = "balancer"
	cdnLogs      = "cdn"
	trailLogs    = "trail"
)

// addRegions adds what the platform has in other regions: CloudFront takes
// certificates and firewalls from one region only, and backups are copied to another.
func (b *onAWS) addRegions() error {
	login, err := aws.CurrentLogin(b.Context)
	if err != nil {
		return err
	}
	edge := b.plan.Edge
	if edge.CDN.Enabled {
		b.global, err = aws.NewRegion(b.Context, b.name("global"), &aws.RegionArgs{
			Account: b.account.In(plan.CDNRegion), Login: login, LogGroups: []string{b.names.cdnFirewallLogs}, Tags: b.tags,
		})
		if err != nil {
			return err
		}
	}
	if edge.Backup.Copy != config.CopyNever {
		b.copies, err = aws.NewRegion(b.Context, b.name("copies"), &aws.RegionArgs{
			Account: b.account.In(edge.Backup.CopyRegion), Login: login,
			Protect: b.plan.Protect && !b.replaceable(plan.StoreCopies), Tags: b.tags,
		})
	}
	return err
}

// addBuckets adds the buckets that all instances share.
func (b *onAWS) addBuckets() (err error) {
	storage := b.plan.Edge.Storage
	b.logs, err = aws.NewBucket(b.Context, b.name("logs"), &aws.BucketArgs{
		// No key: the load balancer can write to no bucket that has one.
		Account: b.account, Protect: b.plan.Protect, Disposable: !b.plan.Protect, Purpose: "logs",
		NoncurrentDays: 1, ExpireDays: storage.LogDays, BalancerLogs: balancerLogs, DeliveredLogs: cdnLogs,
		TrailLogs: trailLogs, Tags: b.tags,
	})
	if err != nil {
		return err
	}
	b.tracking, err = aws.NewBucket(b.Context, b.name("tracking"), &aws.BucketArgs{
		Account: b.account, Key: b.keys.Data, Protect: b.plan.Protect, Disposable: !b.plan.Protect, Purpose: "tracking",
		NoncurrentDays: storage.NoncurrentDays, ArchiveDays: storage.TrackingArchiveDays, Tags: b.tags,
	})
	if err != nil {
		return err
	}
	days := b.plan.Stores.BackupDays
	b.backups, err = aws.NewBucket(b.Context, b.name("backups"), &aws.BucketArgs{
		Account: b.account, Key: b.keys.Data, Protect: b.plan.Protect, Disposable: !b.plan.Protect, Purpose: "backups",
		NoncurrentDays: days, ExpireDays: days, Tags: b.tags,
	})
	return err
}

// addDNS adds the zone of the platform's domain and the certificate that the load
// balancer shows to whoever asks for no instance.
func (b *onAWS) addDNS() (err error) {
	b.zone, err = b.newZone("zone", &aws.HostedZoneArgs{Domain: b.plan.Domain, ID: b.plan.Edge.ZoneID, Above: b.above})
	if err != nil {
		return err
	}
	b.certificates, err = aws.NewCertificates(b.Context, b.name("certificate"), &aws.CertificatesArgs{
		Account: b.account, Names: []string{"balancer." + b.plan.Domain}, Zone: b.zone.ID, Regional: true, Tags: b.tags,
	})
	return err
}

// newZone makes or adopts a zone. Unless the zone above is at hand, somebody has to
// delegate to one that is made while the run waits for its certificates, so that the
// run says so at once.
func (b *onAWS) newZone(name string, args *aws.HostedZoneArgs) (*aws.HostedZone, error) {
	args.Tags = b.tags
	zone, err := aws.NewHostedZone(b.Context, b.name(name), args)
	if err != nil || !zone.Made || args.Above != nil {
		return zone, err
	}
	b.steps = append(b.steps, delegation(zone))
	if !b.delegated(args.Slug) {
		b.announce(zone)
	}
	return zone, nil
}

// addFrontDoor adds what the requests of learners and authors come through.
func (b *onAWS) addFrontDoor() error {
	logs := aws.BucketRef{Name: b.logs.Name, ARN: b.logs.ARN, Prefix: balancerLogs}
	if b.plan.Edge.CDN.Enabled {
		if err := b.addCDN(); err != nil {
			return err
		}
	}
	args := b.firewall(b.account, aws.FirewallRegional, b.names.firewallLogs)
	args.LogsKey = b.keys.Logs
	if len(b.cdns) > 0 {
		args.Origin = &b.cdns[0].Origin
	}
	firewall, err := aws.NewFirewall(b.Context, b.name("firewall"), args)
	if err != nil {
		return err
	}
	for number := range b.plan.Balancers() {
		balancer, failed := aws.NewBalancer(b.Context, b.name(numbered("balancer", number)), &aws.BalancerArgs{
			Account: b.account, VPC: b.network.ID, Subnets: b.network.Public, NodeGroup: b.cluster.SecurityGroup,
			Certificate: b.certificates.Regional, Firewall: firewall.ARN, Logs: logs, IdleSeconds: idleSeconds,
			Protect: b.plan.Protect, Tags: b.tags,
		})
		if failed != nil {
			return failed
		}
		b.balancers = append(b.balancers, balancer)
	}
	return nil
}

// numbered names a component of which there can be several. The first has no number: in
// nearly every platform it is the only one.
func numbered(component string, number int) string {
	if number == 0 {
		return component
	}
	return fmt.Sprintf("%s-%d", component, number+1)
}

// addCDN adds what all distributions share, and the firewall in front of them.
func (b *onAWS) addCDN() (err error) {
	for number := range b.plan.CDNs() {
		shared := &aws.CDNArgs{
			Account: b.account, Region: b.global, Logs: aws.BucketRef{Name: b.logs.Name, ARN: b.logs.ARN, Prefix: cdnLogs}, Tags: b.tags,
		}
		if number > 0 {
			shared.Origin = &b.cdns[0].Origin
		}
		cdn, failed := aws.NewCDN(b.Context, b.name(numbered("cdn", number)), shared)
		if failed != nil {
			return failed
		}
		b.cdns = append(b.cdns, cdn)
	}
	args := b.firewall(b.global.Account, aws.FirewallCloudFront, b.names.cdnFirewallLogs)
	args.LogsKey = b.global.Key
	b.cdnFirewall, err = aws.NewFirewall(b.Context, b.name("cdn-firewall"), args, pulumi.Provider(b.global.Provider))
	return err
}

// firewall is what both firewalls are told.
func (b *onAWS) firewall(account aws.Account, scope aws.FirewallScope, logGroup string) *aws.FirewallArgs {
	f := b.plan.Edge.Firewall
	return &aws.FirewallArgs{
		Account: account, Scope: scope, LogGroup: logGroup, LogDays: f.LogDays, Count: f.Count,
		Rate: f.Rate, LogInRate: f.LogInRate, Allow: f.Allow, Deny: f.Deny,
		AllowCountries: f.AllowCountries, DenyCountries: f.DenyCountries, Tags: b.tags,
	}
}
