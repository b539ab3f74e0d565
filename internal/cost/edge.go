package cost

// What the firewalls consist of, as components/aws makes them: addresses that are let
// in and that are not, two limits, and six groups that AWS keeps up to date; that of
// the load balancer also lets CloudFront pass.
const (
	firewallRules   = 10
	originRule      = 1
	refusedKB       = 2
	balancerZones   = 2 // a load balancer has an address in two zones at least
	gibPerUnitHour  = 1 // what one LCU carries in an hour, https://aws.amazon.com/elasticloadbalancing/pricing/
	distributions   = 2 // of an instance: its pages, and its micro-frontends
	everywhereClass = "PriceClass_All"
)

// edge is what learners meet first.
func (b *bill) edge() {
	dynamic := b.usage.requests()
	asked := dynamic.times(1 + b.usage.Values["cached-requests"])
	answers, cached := b.usage.perRequest("answer-kb"), b.usage.perRequest("cached-kb").times(b.usage.Values["cached-requests"])
	cdn := b.plan.Edge.CDN
	if cdn.Enabled {
		elsewhere := 0.0
		if cdn.PriceClass == everywhereClass {
			elsewhere = b.usage.Values["elsewhere"]
		}
		b.service(entry{
			item: "CloudFront's traffic", price: "cdn-gb", quantity: answers.plus(cached).times(1 - elsewhere),
			resource: "aws:cloudfront/distribution:Distribution", count: distributions * b.instances(),
		})
		b.service(entry{item: "Its traffic in dearer places", price: "cdn-gb-elsewhere", quantity: answers.plus(cached).times(elsewhere)})
		b.service(entry{item: "CloudFront's requests", price: "cdn-requests", quantity: asked})
	} else {
		answers, dynamic = answers.plus(cached), asked
		b.service(entry{item: "Traffic to the internet", price: "internet-gb", quantity: answers})
	}
	balancers := b.plan.Balancers()
	b.service(entry{
		item: "Load balancer", price: "balancer-hour", quantity: number(balancers).times(hours),
		resource: "aws:lb/loadBalancer:LoadBalancer", count: balancers,
	})
	addresses := balancers * max(balancerZones, len(b.plan.Network.Zones))
	b.service(entry{item: "Its public addresses", price: "ipv4-hour", quantity: number(addresses).times(hours)})
	b.service(entry{item: "Its traffic", price: "balancer-unit", quantity: answers.times(1.0 / gibPerUnitHour)})
	b.firewalls(dynamic, asked)
}

// firewalls are the one before the load balancer, and CloudFront's.
func (b *bill) firewalls(dynamic, asked Range) {
	firewalls, rules, requests := 1, firewallRules, dynamic
	if len(b.plan.Edge.Firewall.AllowCountries) > 0 {
		rules++
	}
	if len(b.plan.Edge.Firewall.DenyCountries) > 0 {
		rules++
	}
	if b.plan.Edge.CDN.Enabled {
		firewalls, rules, requests = firewalls+1, rules*(firewalls+1)+originRule, dynamic.plus(asked)
	}
	b.service(entry{item: "Firewalls", price: "firewall", quantity: number(firewalls), resource: "aws:wafv2/webAcl:WebAcl", count: firewalls})
	b.service(entry{item: "Their rules", price: "firewall-rule", quantity: number(rules)})
	b.service(entry{item: "Requests they look at", price: "firewall-requests", quantity: requests})
}

// accessLogKB is a line of an access log, and logDaysPerMonth a month's days.
const (
	accessLogKB     = 0.5
	daysPerMonth    = 30
	monthsOfEvents  = 12
	requestsPerFile = 0.02 // thousand requests of S3 for each GB kept: most files are a few MB
)

// files is what is in buckets and in the registry.
func (b *bill) files() {
	uploads := b.uploads()
	cold := Range{}
	if b.plan.Edge.Storage.ColdDays > 0 {
		cold = uploads.times(b.usage.Values["cold"])
	}
	b.service(entry{
		item: "Uploads", price: "s3-gb", quantity: uploads.plus(cold.times(-1)),
		resource: "aws:s3/bucketV2:BucketV2", count: houseBuckets + b.instances(),
	})
	b.service(entry{item: "Uploads in cheaper storage", price: "s3-cold-gb", quantity: cold})
	b.service(entry{item: "Events, a year of them", price: "s3-gb", quantity: b.usage.perRequest("tracking-kb").times(monthsOfEvents)})
	months := float64(b.plan.Edge.Storage.LogDays) / daysPerMonth
	asked := b.usage.requests().times(1 + b.usage.Values["cached-requests"])
	b.service(entry{item: "Access logs", price: "s3-gb", quantity: asked.times(accessLogKB * months)})
	b.service(entry{item: "Requests", price: "s3-requests", quantity: uploads.times(requestsPerFile)})
	registry := b.plan.Edge.Registry
	images := float64(len(registry.Repositories)*registry.Images) * b.usage.Values["image-gb"]
	b.service(entry{
		item: "Images", price: "ecr-gb", quantity: always(images), resource: "aws:ecr/repository:Repository", count: len(registry.Repositories),
	})
}

// houseBuckets are the platform's own: logs, tracking, backups.
const houseBuckets = 3

// uploads is how many GB of files there are.
func (b *bill) uploads() Range {
	return b.usage.perLearner("uploads-gb").plus(always(b.usage.Values["uploads-base-gb"]))
}
