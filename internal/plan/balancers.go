package plan

// InstancesPerBalancer is how many instances one load balancer takes. Each has a target
// group of its own, and a load balancer 100 of them at most, which AWS does not raise:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
const InstancesPerBalancer = 100

// Balancer is the number of the load balancer that the instance is behind. It follows
// from the slot, so that no other instance ever moves this one.
func (i Instance) Balancer() int { return i.Slot / InstancesPerBalancer }

// Balancers is how many load balancers there are: one for each hundred of slots up to
// the highest in use.
func (p Plan) Balancers() int {
	most := 0
	for _, instance := range p.Instances {
		most = max(most, instance.Balancer())
	}
	return most + 1
}
