package plan

const (
	// InstancesPerBalancer is how many instances one load balancer takes. Each has a target
	// group of its own, and a load balancer 100 of them at most, which AWS does not raise:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
	InstancesPerBalancer = 100
	// InstancesPerCDN is how many instances share CloudFront's policies. A policy of origin
	// requests is for 100 distributions at most, which AWS does not raise, and each instance has two:
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-policies
	InstancesPerCDN = 50
)

// Balancer is the number of the load balancer that the instance is behind. It follows
// from the slot, so that no other instance ever moves this one.
func (i Instance) Balancer() int { return i.Slot / InstancesPerBalancer }

// CDN is the number of the set of CloudFront's policies that the instance has.
func (i Instance) CDN() int { return i.Slot / InstancesPerCDN }

// Balancers is how many load balancers there are: the numbers up to the highest in use.
func (p Plan) Balancers() int { return p.most(Instance.Balancer) + 1 }

// CDNs is how many sets of CloudFront's policies there are.
func (p Plan) CDNs() int { return p.most(Instance.CDN) + 1 }

// most is the highest of the instances' numbers.
func (p Plan) most(number func(Instance) int) int {
	highest := 0
	for _, instance := range p.Instances {
		highest = max(highest, number(instance))
	}
	return highest
}
