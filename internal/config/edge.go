package config

// MailKind says who sends the platform's mail.
type MailKind string

// The kinds of mail that a stack can name.
const (
	MailSES  MailKind = "ses"
	MailSMTP MailKind = "smtp"
)

// DMARC says what others should do with mail that only pretends to be from here.
type DMARC string

// The policies of DMARC, and one for a zone that has a record already.
const (
	DMARCNone       DMARC = "none"
	DMARCQuarantine DMARC = "quarantine"
	DMARCReject     DMARC = "reject"
	DMARCExternal   DMARC = "external"
)

// CopyRhythm says how often backups are copied to another region.
type CopyRhythm string

// The rhythms of copies.
const (
	CopyNever  CopyRhythm = "never"
	CopyWeekly CopyRhythm = "weekly"
	CopyDaily  CopyRhythm = "daily"
)

// Lock says who can delete a backup before its time.
type Lock string

// The locks of a backup vault.
const (
	LockNone       Lock = "none"
	LockGovernance Lock = "governance"
	LockCompliance Lock = "compliance"
)

// CostScope says whose costs the budget counts.
type CostScope string

// The scopes of the budget.
const (
	CostsOfAccount CostScope = "account"
	CostsOfStack   CostScope = "stack"
)

// DNS is what was written about the platform's domain.
type DNS struct {
	ZoneID *string    `key:"zoneId" example:"Z0123456789ABCDEFGHIJ" doc:"The id of the Route 53 hosted zone of openedx:domain, if there is one already. Without it a zone is made, and somebody who runs the domain above has to delegate to it while the first run waits for its certificates."`
	Parent ParentZone `key:"parent" default:"{}" doc:"For one of several platforms that share a domain (a cell, see [sizing](sizing.md)): the stack above, whose zone delegates to this platform's and takes the hosts of instances that keep their names when they move to another cell. It is in the same account."`
}

// ParentZone is what was written about the zone that cells share.
type ParentZone struct {
	Stack  *string `key:"stack" example:"campus" doc:"The stack that has the zone: of this program, deployed, and named as pulumi stack ls does, or in full as organization/project/stack."`
	Domain *string `key:"domain" example:"campus.example.org" doc:"That stack's openedx:domain. This stack's is below it, and instances may have hosts under either."`
}

// CDN is what was written about CloudFront.
type CDN struct {
	Enabled       *bool   `key:"enabled" default:"true" example:"true" doc:"Whether CloudFront stands in front of the learners' host and the micro-frontends. Without it everything goes to the load balancer."`
	PriceClass    *string `key:"priceClass" values:"PriceClass_100,PriceClass_200,PriceClass_All" example:"PriceClass_200" doc:"Where CloudFront answers, in AWS's own words: PriceClass_100 is North America, Europe and Israel, PriceClass_200 adds most of Asia, Africa and the Middle East, PriceClass_All is everywhere."`
	OriginSeconds *int    `key:"originSeconds" default:"60" example:"60" doc:"How many seconds CloudFront waits for an answer of Open edX, 30 to 120. More than 60 takes a higher quota of the account."`
}

// Firewall is what was written about the web application firewall.
type Firewall struct {
	Count          bool     `key:"count" default:"false" example:"true" doc:"True to count what the firewall would refuse, and let it through: to try new settings on real traffic."`
	Rate           *int     `key:"rate" example:"10000" doc:"How many requests in five minutes one address may make. A whole school can be behind one address."`
	LogInRate      *int     `key:"logInRate" example:"600" doc:"How many attempts to log in, to register or to reset a password one address may make in five minutes, at most as many as openedx:firewall.rate."`
	Allow          []string `key:"allow" default:"[]" example:"203.0.113.0/24" doc:"Public IPv4 or IPv6 blocks that no rule of the firewall holds up, such as the school's own."`
	Deny           []string `key:"deny" default:"[]" example:"198.51.100.0/24" doc:"Public IPv4 or IPv6 blocks that are refused. The allow list comes first."`
	AllowCountries []string `key:"allowCountries" default:"[]" example:"ES,PT" doc:"The only countries that are let in, by ISO 3166 code of two letters. Without any, all are."`
	DenyCountries  []string `key:"denyCountries" default:"[]" example:"AQ" doc:"Countries that are refused, by ISO 3166 code of two letters. Not together with allowCountries, which refuses all others already."`
	LogDays        *int     `key:"logDays" example:"90" doc:"How many days the firewall's logs are kept. Cookies and credentials are never in them."`
}

// Mail is what was written about mail.
type Mail struct {
	Kind    *MailKind `key:"kind" values:"ses,smtp" default:"ses" example:"smtp" doc:"ses has Amazon SES send the mail, smtp uses a mail server that is there already."`
	Domain  *string   `key:"domain" default:"openedx:domain" example:"mail.campus.example.org" doc:"The domain that SES sends from, openedx:domain or one below it. Every sender's address is in it."`
	From    *string   `key:"from" default:"noreply@<domain>" example:"courses@campus.example.org" doc:"The address that mail is sent from, unless an instance has a contact of its own. SES takes addresses in openedx:mail.domain only."`
	DMARC   *DMARC    `key:"dmarc" values:"none,quarantine,reject,external" default:"quarantine" example:"reject" doc:"What receivers should do with mail that only pretends to be from the domain, for kind ses; external where the domain has a DMARC record already."`
	Reports *string   `key:"reports" example:"dmarc@campus.example.org" doc:"The address that receivers of mail send their DMARC reports to. Without it there are none."`
	SMTP    SMTP      `key:"smtp" default:"{}" doc:"A mail server that is there already, for kind smtp."`
}

// SMTP is what was written about a mail server that others run.
type SMTP struct {
	Host     *string `key:"host" example:"smtp.example.org" doc:"The host name of the server."`
	Port     *int    `key:"port" default:"587" example:"587" doc:"The port of the server. 465 and 2465 are TLS from the start; every other, such as 587, begins in plain text and changes to TLS before anything is sent. 25 is closed on the way out of AWS."`
	Username *string `key:"username" example:"campus" doc:"The account at the server; its password is openedx:mailPassword."`
}

// Storage is what was written about buckets.
type Storage struct {
	NoncurrentDays      *int `key:"noncurrentDays" example:"60" doc:"How many days an uploaded file can be brought back after it was overwritten or deleted."`
	ColdDays            *int `key:"coldDays" example:"30" doc:"After how many days S3 begins to move uploads that nobody opens to cheaper storage; 0 for never."`
	LogDays             *int `key:"logDays" example:"180" doc:"How many days the access logs of load balancer and CDN are kept."`
	TrackingArchiveDays *int `key:"trackingArchiveDays" example:"90" doc:"After how many days tracking logs, which are never deleted, move to the archive."`
}

// Registry is what was written about the image registry.
type Registry struct {
	Repositories []string `key:"repositories" default:"[openedx, openedx-mfe]" example:"openedx,openedx-mfe" doc:"The repositories for images of your own, each named below the platform's name."`
	Images       *int     `key:"images" example:"20" doc:"How many images each repository keeps; the oldest go."`
}

// GitHub is what was written about deployments from GitHub.
type GitHub struct {
	Repository  *string `key:"repository" example:"example-org/campus" doc:"The repository whose workflows may push images and deploy to the instances, without any stored key. Without it none may."`
	Environment *string `key:"environment" default:"production" example:"production" doc:"The environment that such a workflow must run in. Protect it in the repository's settings: who may deploy there may deploy here."`
	Provider    *string `key:"provider" example:"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" doc:"GitHub's identity provider in IAM, if the account has it already; an account can have only one. Without it one is made."`
}

// Bastion is what was written about the operators' machine.
type Bastion struct {
	Enabled *bool `key:"enabled" default:"true" example:"true" doc:"Whether there is a machine inside the network that operators reach through Session Manager."`
	LogDays *int  `key:"logDays" example:"180" doc:"How many days the record of what was typed there is kept."`
}

// BastionOverride departs from the preset's bastion.
type BastionOverride struct {
	Machine *string `key:"machine" example:"t4g.small" doc:"The EC2 instance type of the bastion: Graviton, because its image is for Arm. They are listed at the end of this page."`
}

// Backup is what was written about backups.
type Backup struct {
	Copy          *CopyRhythm `key:"copy" values:"never,weekly,daily" example:"weekly" doc:"How often backups are copied to another region."`
	CopyRegion    *string     `key:"copyRegion" example:"eu-central-1" doc:"The region that backups are copied to. Several newer regions have to be enabled in the account first."`
	CopyDays      *int        `key:"copyDays" example:"35" doc:"How many days the copies are kept, a week at least where they are weekly. Where the preset makes none it is required together with copy."`
	MonthlyMonths *int        `key:"monthlyMonths" example:"12" doc:"How many months the backup of the first day of a month is kept; 0 for none."`
	RestoreTests  *bool       `key:"restoreTests" example:"true" doc:"Whether backups are restored every week, to see that they can be, and thrown away again."`
	Lock          *Lock       `key:"lock" values:"none,governance,compliance" default:"none" example:"governance" doc:"Who can delete a backup before its time. With governance only somebody with a special right can. With compliance nobody can, AWS included, nor make its time shorter: AWS makes it final three days after it was deployed, and an edit that takes it back is refused. A disposable stack cannot have it."`
}

// Costs is what was written about money.
type Costs struct {
	Budget         *int       `key:"budget" example:"6000" doc:"The monthly budget in US dollars; those of openedx:alarms.emails are told at 80 % and at 100 % of it, and when it is forecast to be exceeded. It stops nothing."`
	Anomaly        *int       `key:"anomaly" example:"200" doc:"The unusual spending, in US dollars a day, above which the same people are told. It works once the platform's tags are activated, see allocationTags."`
	Scope          *CostScope `key:"scope" values:"account,stack" default:"account" example:"stack" doc:"Whether the budget counts the whole account, or this stack alone. The latter works once the tags are activated for cost allocation."`
	AllocationTags bool       `key:"allocationTags" default:"false" example:"true" doc:"True to activate the platform's tags for cost allocation. AWS knows them about a day after the first deployment, and only the account that pays can activate them."`
}

// Audit is what was written about the account's own records.
type Audit struct {
	Trail     bool `key:"trail" default:"false" example:"true" doc:"True to record every call to the account's AWS APIs in CloudTrail. Many accounts have a trail already, and a second one costs."`
	GuardDuty bool `key:"guardDuty" default:"false" example:"true" doc:"True to have GuardDuty watch account and cluster for attacks. An account can have one detector in each region: leave it off where there is one."`
}
