package stacks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// addBastion adds the operators' way in, before the stores that it may connect to.
func (b *onAWS) addBastion() (err error) {
	if !b.plan.Edge.Bastion.Enabled {
		return nil
	}
	b.bastion, err = aws.NewBastion(b.Context, b.name("bastion"), &aws.BastionArgs{
		Account: b.account, VPC: b.network.ID, Block: b.plan.Network.CIDR, Subnet: b.network.Private[0],
		Image: aws.CurrentImage(b.Context), Machine: b.plan.Edge.Bastion.Machine, Kubernetes: b.plan.Cluster.Version,
		ClusterName: b.cluster.Name, ClusterARN: b.cluster.ARN, ClusterGroup: b.cluster.SecurityGroup, Path: b.path(),
		DataKey: b.keys.Data, LogsKey: b.keys.Logs, SecretsKey: b.keys.Secrets,
		LogGroup: b.names.sessionLogs, LogDays: b.plan.Edge.Bastion.LogDays, Tags: b.tags,
	})
	return err
}

// forwards are the stores that operators reach from their own machines, each at a
// port that no server there is likely to have.
func (b *onAWS) forwards() []aws.ForwardArgs {
	s := b.stores
	all := []aws.ForwardArgs{
		{Name: "mysql", Host: s.MySQL.Host, Port: s.MySQL.Port, LocalPort: 13306},
		{Name: "queue", Host: s.Broker.Host, Port: s.Broker.Port, LocalPort: 16379},
	}
	if b.plan.Stores.Mongo.Kind == config.MongoReplicaSet {
		all = append(all, aws.ForwardArgs{Name: "mongo", Host: s.Mongo.Host, Port: s.Mongo.Port, LocalPort: 37017})
	}
	if len(b.plan.Stores.Redis.Groups) > 1 {
		all = append(all, aws.ForwardArgs{Name: "cache", Host: s.Cache.Host, Port: s.Cache.Port, LocalPort: 16380})
	}
	if s.Search != nil {
		all = append(all, aws.ForwardArgs{Name: "search", Host: s.Search.Host, Port: s.Search.Port, LocalPort: 19200})
	}
	return all
}

// addForwards lets operators reach the stores through the bastion.
func (b *onAWS) addForwards() error {
	if b.bastion == nil {
		return nil
	}
	for _, forward := range b.forwards() {
		if err := b.bastion.Forward(b.Context, b.name("bastion-"+forward.Name), &forward); err != nil {
			return err
		}
	}
	return nil
}

// addMail adds whoever sends the platform's mail.
func (b *onAWS) addMail() error {
	m := b.plan.Edge.Mail
	if m.Kind == config.MailSMTP {
		return b.addExternalMail()
	}
	dmarc := string(m.DMARC)
	if m.DMARC == config.DMARCExternal {
		dmarc = ""
	}
	mail, err := aws.NewMail(b.Context, b.name("mail"), &aws.MailArgs{
		Account: b.account, Domain: m.Domain, From: m.From, Zone: b.zone.ID, DMARC: dmarc, Reports: m.Reports, Path: b.path(),
		SecretsKey: b.keys.Secrets, LogsKey: b.keys.Logs, Topic: b.alerts.Topic, Disposable: !b.plan.Protect, Tags: b.tags,
	})
	if err != nil {
		return err
	}
	b.mail = mail.Mail
	b.watch("mail", mail.Alarms)
	return nil
}

func (b *onAWS) addExternalMail() error {
	password, err := pulumiconfig.New(b.Context, "openedx").TrySecret("mailPassword")
	if err != nil {
		return fmt.Errorf("password of mail: %w", err)
	}
	server := b.plan.Edge.Mail.SMTP
	mail, err := aws.NewMailExternal(b.Context, b.name("mail"), &aws.MailExternalArgs{
		Host: server.Host, Port: server.Port, FromStart: slices.Contains(fromStart, server.Port),
		Username: server.Username, Password: password, From: b.plan.Edge.Mail.From, Path: b.path(),
		SecretsKey: b.keys.Secrets, Disposable: !b.plan.Protect, Tags: b.tags,
	})
	if err != nil {
		return err
	}
	b.mail = mail.Mail
	return nil
}

// fromStart are the ports on which a mail server speaks TLS from the first byte.
var fromStart = []int{465, 2465}

// addRegistry adds the images' registry, and whoever may push to it from outside.
func (b *onAWS) addRegistry() (err error) {
	r := b.plan.Edge.Registry
	b.registry, err = aws.NewRegistry(b.Context, b.name("registry"), &aws.RegistryArgs{
		Account: b.account, Platform: b.plan.Name, Stack: b.plan.Stack, Repositories: r.Repositories, Images: r.Images,
		Key: b.keys.Data, Disposable: !b.plan.Protect, Tags: b.tags,
	})
	if err != nil || b.plan.Edge.GitHub.Repository == "" {
		return err
	}
	g := b.plan.Edge.GitHub
	b.deployer, err = aws.NewDeployer(b.Context, b.name("deployer"), &aws.DeployerArgs{
		Account: b.account, Repository: g.Repository, Environment: g.Environment, Provider: g.Provider, Registry: b.registry.ARNs,
		ClusterName: b.cluster.Name, ClusterARN: b.cluster.ARN, SecretsKey: b.keys.Secrets, SecretPath: b.path() + "/", Tags: b.tags,
	})
	return err
}

// addBackup adds the plan that copies whatever carries its mark.
func (b *onAWS) addBackup() (err error) {
	wanted := b.plan.Edge.Backup
	args := &aws.BackupArgs{
		Account: b.account, Key: b.keys.Data, Days: b.plan.Stores.BackupDays, MonthlyMonths: wanted.MonthlyMonths,
		Window: b.plan.Stores.BackupWindow, CopyDays: wanted.CopyDays, CopyTo: b.copies, RestoreTests: wanted.RestoreTests,
		Topic: b.alerts.Topic, Disposable: !b.plan.Protect, Protect: b.plan.Protect, LoseCopies: b.replaceable(plan.StoreCopies), SubnetGroup: b.mysqlSubnets, Tags: b.tags,
	}
	if wanted.Copy != config.CopyNever {
		args.Copy = string(wanted.Copy)
	}
	if wanted.Lock != config.LockNone {
		args.Lock = string(wanted.Lock)
	}
	if b.backup, err = aws.NewBackup(b.Context, b.name("backup"), args); err != nil {
		return err
	}
	b.watch("backup", b.backup.Alarms)
	return nil
}

// addMoney adds what tells of costs.
func (b *onAWS) addMoney() error {
	c := b.plan.Edge.Costs
	_, err := aws.NewCosts(b.Context, b.name("costs"), &aws.CostsArgs{
		Account: b.account, Stack: b.plan.Stack, Budget: c.Budget, Anomaly: c.Anomaly, OfStack: c.Scope == config.CostsOfStack,
		AllocationTags: c.AllocationTags, Topic: b.alerts.Topic, Tags: b.tags,
	})
	return err
}

// addAudit adds the account's records, where they were asked for.
func (b *onAWS) addAudit() error {
	a := b.plan.Edge.Audit
	if !a.Trail && !a.GuardDuty {
		return nil
	}
	_, err := aws.NewAudit(b.Context, b.name("audit"), &aws.AuditArgs{
		Account: b.account, Platform: b.plan.Name, Stack: b.plan.Stack, Trail: a.Trail, GuardDuty: a.GuardDuty,
		Logs: aws.BucketRef{Name: b.logs.Name, ARN: b.logs.ARN, Prefix: trailLogs}, Topic: b.alerts.Topic, Tags: b.tags,
	})
	return err
}

// edge is what the platform gives away of its edge.
func (b *onAWS) edge() platform.Edge {
	edge := platform.Edge{
		ZoneID: b.zone.ID, BalancerHost: b.balancers[0].Host, Registry: pulumi.StringMap{},
		Mail: b.mail, BackupVault: b.backup.Vault, RestoreRole: b.backup.RestoreRole,
	}
	for repository, url := range b.registry.URLs {
		edge.Registry[repository] = url
	}
	if b.zone.Made {
		edge.NameServers = b.zone.NameServers
	}
	if b.bastion != nil {
		edge.Bastion, edge.Shell = b.bastion.InstanceID, b.bastion.ShellDocument
	}
	if b.deployer != nil {
		edge.Deployer = b.deployer.Role
	}
	return edge
}
