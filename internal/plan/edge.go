package plan

import (
	"slices"
	"strings"

	"example.org/openedx/internal/config"
)

// Edge is what stands between learners and the cluster, and around the platform, as decided.
type Edge struct {
	// ZoneID is empty where a zone is made.
	ZoneID string `json:"zoneId"`
	// Parent is empty unless the platform is a cell.
	Parent   Parent   `json:"parent"`
	CDN      CDN      `json:"cdn"`
	Firewall Firewall `json:"firewall"`
	Mail     Mail     `json:"mail"`
	Storage  Storage  `json:"storage"`
	Registry Registry `json:"registry"`
	// GitHub names no repository where nobody deploys from there.
	GitHub  GitHub  `json:"github"`
	Bastion Bastion `json:"bastion"`
	Backup  Backup  `json:"backup"`
	Costs   Costs   `json:"costs"`
	Audit   Audit   `json:"audit"`
}

// Parent is the stack whose zone cells share, and its domain.
type Parent struct {
	Stack  string `json:"stack"`
	Domain string `json:"domain"`
}

// CDN is CloudFront as decided.
type CDN struct {
	Enabled       bool   `json:"enabled"`
	PriceClass    string `json:"priceClass"`
	OriginSeconds int    `json:"originSeconds"`
}

// Firewall is the web application firewall as decided; its lists are sorted.
type Firewall struct {
	Count          bool     `json:"count"`
	Rate           int      `json:"rate"`
	LogInRate      int      `json:"logInRate"`
	Allow          []string `json:"allow"`
	Deny           []string `json:"deny"`
	AllowCountries []string `json:"allowCountries"`
	DenyCountries  []string `json:"denyCountries"`
	LogDays        int      `json:"logDays"`
}

// Mail is mail as decided.
type Mail struct {
	Kind   config.MailKind `json:"kind"`
	Domain string          `json:"domain"`
	From   string          `json:"from"`
	DMARC  config.DMARC    `json:"dmarc"`
	// Reports is empty where nobody reads them.
	Reports string `json:"reports"`
	// SMTP is empty where SES sends.
	SMTP SMTP `json:"smtp"`
}

// SMTP is somebody else's mail server.
type SMTP struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Username string `json:"username"`
}

// Storage is the buckets as decided; 0 days are never.
type Storage struct {
	NoncurrentDays      int `json:"noncurrentDays"`
	ColdDays            int `json:"coldDays"`
	LogDays             int `json:"logDays"`
	TrackingArchiveDays int `json:"trackingArchiveDays"`
}

// Registry is the image registry as decided.
type Registry struct {
	Repositories []string `json:"repositories"`
	Images       int      `json:"images"`
}

// GitHub is who deploys from GitHub.
type GitHub struct {
	Repository  string `json:"repository"`
	Environment string `json:"environment"`
	Provider    string `json:"provider"`
}

// Bastion is the operators' machine as decided.
type Bastion struct {
	Enabled bool   `json:"enabled"`
	Machine string `json:"machine"`
	LogDays int    `json:"logDays"`
}

// Backup is the backup plan as decided. Its daily backups are kept as long as the stores' own.
type Backup struct {
	Copy          config.CopyRhythm `json:"copy"`
	CopyRegion    string            `json:"copyRegion"`
	CopyDays      int               `json:"copyDays"`
	MonthlyMonths int               `json:"monthlyMonths"`
	RestoreTests  bool              `json:"restoreTests"`
	Lock          config.Lock       `json:"lock"`
}

// Costs is money as decided, in US dollars.
type Costs struct {
	Budget         int              `json:"budget"`
	Anomaly        int              `json:"anomaly"`
	Scope          config.CostScope `json:"scope"`
	AllocationTags bool             `json:"allocationTags"`
}

// Audit is the account's own records as decided.
type Audit struct {
	Trail     bool `json:"trail"`
	GuardDuty bool `json:"guardDuty"`
}

// CDNRegion is where CloudFront takes certificates and firewalls from, whatever the stack's own region is.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
const CDNRegion = "us-east-1"

// What holds in every preset unless it is written.
const (
	defaultOriginSeconds = 60
	defaultSender        = "noreply"
	defaultSMTPPort      = 587
	defaultEnvironment   = "production"
)

// defaultRepositories are the two images that Tutor builds of its own.
var defaultRepositories = []string{"openedx", "openedx-mfe"}

// planEdge merges everything around the cluster.
func planEdge(settings config.Settings, sizing Sizing) Edge {
	bastion, storage, costs := settings.Bastion, settings.Storage, settings.Costs
	return Edge{
		ZoneID: or(settings.DNS.ZoneID, ""),
		Parent: Parent{Stack: or(settings.DNS.Parent.Stack, ""), Domain: or(settings.DNS.Parent.Domain, "")},
		CDN: CDN{
			Enabled:       or(settings.CDN.Enabled, true),
			PriceClass:    or(settings.CDN.PriceClass, sizing.CDNPriceClass),
			OriginSeconds: or(settings.CDN.OriginSeconds, defaultOriginSeconds),
		},
		Firewall: planFirewall(settings.Firewall, sizing),
		Mail:     planMail(settings),
		Storage: Storage{
			NoncurrentDays: or(storage.NoncurrentDays, sizing.NoncurrentDays), ColdDays: or(storage.ColdDays, sizing.ColdDays),
			LogDays: or(storage.LogDays, sizing.AccessLogDays), TrackingArchiveDays: or(storage.TrackingArchiveDays, sizing.TrackingArchiveDays),
		},
		Registry: planRegistry(settings.Registry, sizing),
		GitHub:   planGitHub(settings.GitHub),
		Bastion: Bastion{
			Enabled: or(bastion.Enabled, true), LogDays: or(bastion.LogDays, sizing.SessionLogDays),
			Machine: or(settings.Overrides.Bastion.Machine, sizing.Bastion.On(settings.Cloud)),
		},
		Backup: planBackup(settings, sizing),
		Costs: Costs{
			Budget: or(costs.Budget, sizing.Budget), Anomaly: or(costs.Anomaly, sizing.Anomaly),
			Scope: or(costs.Scope, config.CostsOfAccount), AllocationTags: costs.AllocationTags,
		},
		Audit: Audit(settings.Audit),
	}
}

func planFirewall(written config.Firewall, sizing Sizing) Firewall {
	return Firewall{
		Count: written.Count, Rate: or(written.Rate, sizing.FirewallRate), LogInRate: or(written.LogInRate, sizing.LogInRate),
		Allow: sorted(written.Allow), Deny: sorted(written.Deny),
		AllowCountries: sorted(written.AllowCountries), DenyCountries: sorted(written.DenyCountries),
		LogDays: or(written.LogDays, sizing.FirewallLogDays),
	}
}

func planMail(settings config.Settings) Mail {
	written := settings.Mail
	domain := or(written.Domain, settings.Domain)
	mail := Mail{
		Kind: or(written.Kind, config.MailSES), Domain: domain, From: or(written.From, defaultSender+"@"+domain),
		DMARC: or(written.DMARC, config.DMARCQuarantine), Reports: or(written.Reports, ""),
	}
	if mail.Kind == config.MailSMTP {
		mail.SMTP = SMTP{
			Host: or(written.SMTP.Host, ""), Port: or(written.SMTP.Port, defaultSMTPPort), Username: or(written.SMTP.Username, ""),
		}
	}
	return mail
}

func planRegistry(written config.Registry, sizing Sizing) Registry {
	repositories := defaultRepositories
	if written.Repositories != nil {
		repositories = written.Repositories
	}
	return Registry{Repositories: sorted(repositories), Images: or(written.Images, sizing.Images)}
}

func planGitHub(written config.GitHub) GitHub {
	if written.Repository == nil {
		return GitHub{}
	}
	return GitHub{
		Repository: *written.Repository, Environment: or(written.Environment, defaultEnvironment), Provider: or(written.Provider, ""),
	}
}

func planBackup(settings config.Settings, sizing Sizing) Backup {
	written := settings.Backup
	backup := Backup{
		Copy: or(written.Copy, sizing.Copy), CopyDays: or(written.CopyDays, sizing.CopyDays),
		MonthlyMonths: or(written.MonthlyMonths, sizing.MonthlyMonths),
		RestoreTests:  or(written.RestoreTests, sizing.RestoreTests), Lock: or(written.Lock, config.LockNone),
	}
	if backup.Copy != config.CopyNever {
		backup.CopyRegion = or(written.CopyRegion, CopyRegion(settings.Region))
	}
	return backup
}

// copyRegions is where each region's backups go: somewhere else in the same jurisdiction, where there is one.
var copyRegions = map[string]string{
	"us-east-1": "us-west-2", "us-east-2": "us-west-2", "us-west-2": "us-east-2",
	"ca-central-1": "ca-west-1", "ca-west-1": "ca-central-1",
	"eu-west-1": "eu-central-1", "eu-west-3": "eu-central-1", "eu-central-1": "eu-west-1", "eu-north-1": "eu-central-1",
	"eu-south-1": "eu-central-1", "eu-south-2": "eu-central-1",
	"ap-northeast-1": "ap-northeast-3", "ap-northeast-3": "ap-northeast-1",
	"ap-southeast-2": "ap-southeast-4", "ap-southeast-4": "ap-southeast-2", "ap-south-1": "ap-south-2", "ap-south-2": "ap-south-1",
}

// CopyRegion returns the usual region for copies of a region's backups, or nothing where somebody has to choose.
func CopyRegion(region string) string { return copyRegions[region] }

// Hosts are the instance's four host names.
func (i Instance) Hosts() []string { return []string{i.LMS, i.Studio, i.Apps, i.Meilisearch} }

// CertificateNames are the names that one certificate for all hosts is issued for: the learners' host, whatever is
// one label below it, and the hosts that are not.
func (i Instance) CertificateNames() []string {
	names := []string{i.LMS, "*." + i.LMS}
	for _, host := range i.Hosts()[1:] {
		label, below := strings.CutSuffix(host, "."+i.LMS)
		if (!below || strings.Contains(label, ".")) && !slices.Contains(names, host) {
			names = append(names, host)
		}
	}
	return names
}
