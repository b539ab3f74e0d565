package plan

import "example.org/openedx/internal/config"

// EdgeSizing is the part of the sizing table about what is around the cluster.
type EdgeSizing struct {
	Ingress       string `row:"Ingress" why:"A load balancer of AWS is in several zones in any case, and CloudFront costs by use: so small has what the larger ones need. CloudFront answers what can be cached, which is files of LMS and micro-frontends, and uploads. Studio is not behind it: imports of courses take longer than CloudFront waits."`
	CDNPriceClass string `row:"CloudFront's price class" key:"openedx:cdn.priceClass" why:"Whether CloudFront answers near learners in North America and Europe only, or everywhere: the largest sites have learners everywhere."`

	FirewallRate    int `row:"Requests per address in 5 minutes" key:"openedx:firewall.rate" why:"A page is about twenty requests. A whole school can be behind one address, so the limit is meant for a school, not for a learner."`
	LogInRate       int `row:"Attempts to log in per address in 5 minutes" key:"openedx:firewall.logInRate" why:"As many as sit in the largest lecture hall and begin in the same minute, with a second attempt for some."`
	FirewallLogDays int `row:"Firewall logs kept, days" key:"openedx:firewall.logDays" why:"As long as somebody may ask who was refused, and why."`

	NoncurrentDays      int `row:"Overwritten uploads kept, days" key:"openedx:storage.noncurrentDays" why:"An upload that was overwritten by mistake is missed at the end of a course run at the latest."`
	ColdDays            int `row:"Uploads move to cheaper storage after, days (0: never)" key:"openedx:storage.coldDays" optional:"true" why:"Each object has a monthly fee there, which pays only with many large files."`
	AccessLogDays       int `row:"Access logs kept, days" key:"openedx:storage.logDays" why:"The record of who asked for what, from load balancer and CDN."`
	TrackingArchiveDays int `row:"Tracking logs archived after, days" key:"openedx:storage.trackingArchiveDays" why:"Reports look back over a term; after that the logs are for research."`

	Images int `row:"Images kept per repository" key:"openedx:registry.images" why:"Each is about 2 GB. Enough to go back several releases, more where there is one a day."`

	Bastion        Machine `row:"Bastion" key:"openedx:overrides.bastion.machine" why:"It forwards ports and runs Tutor, which takes 1 GiB."`
	SessionLogDays int     `row:"Session records kept, days" key:"openedx:bastion.logDays" why:"The record of what operators typed; large sites are asked for a year of it."`

	Copy          config.CopyRhythm `row:"Copies in another region" key:"openedx:backup.copy" why:"They matter when a whole region or its keys are lost: that is rare, and then everything depends on them."`
	CopyDays      int               `row:"Copies kept, days" key:"openedx:backup.copyDays" optional:"true" why:"Five weekly copies, or as many daily ones as MySQL keeps itself."`
	MonthlyMonths int               `row:"Monthly backups kept, months" key:"openedx:backup.monthlyMonths" optional:"true" why:"For what was deleted a term or a year ago and is missed only now."`
	RestoreTests  bool              `row:"Restore tests every week" key:"openedx:backup.restoreTests" optional:"true" why:"A backup that was never restored is a hope. Each test runs a MySQL and a volume for some hours."`
	RPO           string            `row:"Most that is lost (RPO)" why:"MySQL can go back to any second until five minutes ago, everything else to the last nightly backup."`
	RTO           string            `row:"Time to be back (RTO)" why:"After the loss of a store, by the procedures of operations.md. It is a goal, which a drill has to confirm."`

	Budget  int `row:"Budget, USD a month" key:"openedx:costs.budget" why:"About one and a half times what the platform costs on demand with the fewest nodes: growth is no alarm, a forgotten resource is."`
	Anomaly int `row:"Alarm above unusual costs, USD a day" key:"openedx:costs.anomaly" why:"About what a day of the platform costs with the fewest nodes."`
}

// ingress is what learners come in through.
const ingress = "one load balancer over all zones, CloudFront in front"

// What is around the cluster in each preset.
var (
	smallEdge = EdgeSizing{
		Ingress:       ingress,
		CDNPriceClass: "PriceClass_100", FirewallRate: 5000, LogInRate: 300, FirewallLogDays: 30,
		NoncurrentDays: 30, ColdDays: 0, AccessLogDays: 90, TrackingArchiveDays: 90, Images: 10,
		Bastion: Machine{"t4g.micro", "Standard_B2pts_v2"}, SessionLogDays: 90,
		Copy: config.CopyNever, CopyDays: 35, MonthlyMonths: 0, RestoreTests: false,
		RPO: "5 minutes for MySQL, 24 hours for the rest", RTO: "8 hours", Budget: 1800, Anomaly: 40,
	}
	mediumEdge = EdgeSizing{
		Ingress:       ingress,
		CDNPriceClass: "PriceClass_100", FirewallRate: 10000, LogInRate: 600, FirewallLogDays: 90,
		NoncurrentDays: 60, ColdDays: 30, AccessLogDays: 180, TrackingArchiveDays: 90, Images: 20,
		Bastion: Machine{"t4g.micro", "Standard_B2pts_v2"}, SessionLogDays: 180,
		Copy: config.CopyWeekly, CopyDays: 35, MonthlyMonths: 3, RestoreTests: false,
		RPO: "5 minutes for MySQL, 24 hours for the rest", RTO: "2 hours", Budget: 8000, Anomaly: 170,
	}
	largeEdge = EdgeSizing{
		Ingress:       ingress,
		CDNPriceClass: "PriceClass_All", FirewallRate: 20000, LogInRate: 1200, FirewallLogDays: 365,
		NoncurrentDays: 90, ColdDays: 30, AccessLogDays: 365, TrackingArchiveDays: 90, Images: 30,
		Bastion: Machine{"t4g.small", "Standard_B2ps_v2"}, SessionLogDays: 365,
		Copy: config.CopyDaily, CopyDays: 35, MonthlyMonths: 12, RestoreTests: true,
		RPO: "5 minutes for MySQL, 24 hours for the rest", RTO: "1 hour", Budget: 36000, Anomaly: 800,
	}
)
