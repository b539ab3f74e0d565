package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
)

const (
	keyPriceClass     = "openedx:cdn.priceClass"
	keyOriginSeconds  = "openedx:cdn.originSeconds"
	keyNoncurrent     = "openedx:storage.noncurrentDays"
	keyCold           = "openedx:storage.coldDays"
	keyAccessLogs     = "openedx:storage.logDays"
	keyTracking       = "openedx:storage.trackingArchiveDays"
	keyRepositories   = "openedx:registry.repositories"
	keyImages         = "openedx:registry.images"
	keyRepository     = "openedx:github.repository"
	keyEnvironment    = "openedx:github.environment"
	keyProvider       = "openedx:github.provider"
	keyBastionLogs    = "openedx:bastion.logDays"
	keyBastionMachine = "openedx:overrides.bastion.machine"
	keyBudget         = "openedx:costs.budget"
	keyAnomaly        = "openedx:costs.anomaly"
)

const (
	// leastOriginSeconds is what the slowest page of Studio takes, and the most is
	// CloudFront's:
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout.
	leastOriginSeconds, mostOriginSeconds = 30, 120
	// leastTrackingDays lets last month's reports be made from logs at hand.
	leastTrackingDays = 30
	mostImages        = 1000
	// mostDollars is more than a platform costs; what is above was typed in another currency.
	mostDollars = 10_000_000
	// longestRepository leaves room for the platform's name in front:
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html.
	longestRepository = 128
	anyRepository     = "openedx"
	anyGitHub         = "example-org/campus"
	anyProvider       = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	anyBastion        = "t4g.micro"
	unfronted         = "openedx:cdn.enabled is false"
	unguarded         = "openedx:bastion.enabled is false"
	undeployed        = keyRepository + " names no repository that deploys"
)

var (
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
	imageRepository = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$`)
	// The owner is a user or an organization; neither part can hold what IAM takes for a wildcard.
	gitHubRepository  = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}$`)
	gitHubEnvironment = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)
	gitHubProvider    = regexp.MustCompile(`^arn:aws:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com$`)
)

// fronted tells whether CloudFront stands in front of the load balancer.
func (c *checker) fronted() bool { return or(c.settings.CDN.Enabled, true) }

// cdn wants CloudFront's settings only where there is CloudFront.
func (c *checker) cdn() {
	cdn := c.settings.CDN
	if !c.fronted() {
		c.without(keyPriceClass, cdn.PriceClass != nil, unfronted)
		c.without(keyOriginSeconds, cdn.OriginSeconds != nil, unfronted)
		return
	}
	c.inRange(keyOriginSeconds, cdn.OriginSeconds, leastOriginSeconds, mostOriginSeconds, "seconds")
}

// storage wants times that a bucket's lifecycle takes.
func (c *checker) storage() {
	storage := c.settings.Storage
	for _, days := range []struct {
		key   string
		got   *int
		least int
	}{
		{keyNoncurrent, storage.NoncurrentDays, 1},
		{keyCold, storage.ColdDays, 0},
		{keyAccessLogs, storage.LogDays, 1},
		{keyTracking, storage.TrackingArchiveDays, leastTrackingDays},
	} {
		c.inRange(days.key, days.got, days.least, mostDays, "days")
	}
}

// registry wants repositories that ECR takes, and one at least.
func (c *checker) registry() {
	c.inRange(keyImages, c.settings.Registry.Images, 1, mostImages, "images")
	list := c.settings.Registry.Repositories
	if list != nil && len(list) == 0 {
		c.refuse(keyRepositories, written(list), "has no repository; one at least is wanted", config.RemoveCommand(c.settings.Stack, keyRepositories))
	}
	c.noRepeats(keyRepositories, list)
	for i, repository := range list {
		if repository == "" || (len(repository) <= longestRepository && imageRepository.MatchString(repository)) {
			continue
		}
		c.refuseEach(config.Element(keyRepositories, i), repository, fmt.Sprintf("is no repository; at most %d lower-case letters, digits and single . _ - or / "+
			"between them are wanted, without the registry's host or a tag, such as %s", longestRepository, anyRepository),
			slugLike(repository, 1, longestRepository, anyRepository), list)
	}
}

// github wants a repository that can be named in a role's trust.
func (c *checker) github() {
	github := c.settings.GitHub
	if github.Repository == nil {
		c.without(keyEnvironment, github.Environment != nil, undeployed)
		c.without(keyProvider, github.Provider != nil, undeployed)
		return
	}
	if repository := *github.Repository; !gitHubRepository.MatchString(repository) {
		better := strings.TrimSuffix(strings.TrimPrefix(repository, "https://github.com/"), ".git")
		if !gitHubRepository.MatchString(better) {
			better = anyGitHub
		}
		c.refuseFor(keyRepository, repository, "is no repository of GitHub; its owner and its name are wanted, such as "+anyGitHub, better)
	}
	if environment := or(github.Environment, defaultEnvironment); !gitHubEnvironment.MatchString(environment) {
		c.refuseFor(keyEnvironment, environment, "is no environment that can be trusted; 1 to 100 letters, digits and inner . _ - are wanted", defaultEnvironment)
	}
	if provider := or(github.Provider, anyProvider); !gitHubProvider.MatchString(provider) {
		c.refuseFor(keyProvider, provider, "is not GitHub's identity provider; its ARN is wanted, such as "+anyProvider, anyProvider)
	}
}

// bastion wants a machine that runs the bastion's image, where there is a bastion.
func (c *checker) bastion() {
	bastion, machine := c.settings.Bastion, c.settings.Overrides.Bastion.Machine
	if !or(bastion.Enabled, true) {
		c.without(keyBastionLogs, bastion.LogDays != nil, unguarded)
		c.without(keyBastionMachine, machine != nil, unguarded)
		return
	}
	c.retention(keyBastionLogs, bastion.LogDays)
	if machine == nil || c.settings.Cloud == config.Azure || slices.Contains(machines.Names(machines.Bastion), *machine) {
		return
	}
	nearest := config.Nearest(*machine, machines.Names(machines.Bastion))
	c.refuseFor(keyBastionMachine, *machine, fmt.Sprintf("is no machine for the bastion, whose image is for Arm; a small one of the families %s is wanted, such as %s",
		strings.Join(machines.Families(machines.Bastion), ", "), anyBastion)+suggest(nearest), cmp.Or(nearest, anyBastion))
}

// costs wants amounts that say something.
func (c *checker) costs() {
	c.inRange(keyBudget, c.settings.Costs.Budget, 1, mostDollars, "US dollars a month")
	c.inRange(keyAnomaly, c.settings.Costs.Anomaly, 1, mostDollars, "US dollars a day")
}
