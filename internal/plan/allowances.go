package plan

import "fmt"

// The pages that say what AWS gives an account that has not asked for more.
const (
	balancerQuotas = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"
	cdnQuotas      = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
)

// rulesPerInstance and distributionsPerInstance are an instance's on its load balancer
// and in CloudFront.
const rulesPerInstance, distributionsPerInstance = 2, 2

// Allowance is something of which AWS gives an account a number, and more if it is asked.
type Allowance struct {
	What string
	// Usual is what an account has that has not asked, and Takes what the plan takes.
	Usual, Takes int
	Source       string
}

// String is the sentence for whoever has to ask.
func (a Allowance) String() string {
	return fmt.Sprintf("This platform takes %d %s, and AWS gives an account %d unless it asks for more; ask before the run: %s", a.Takes, a.What, a.Usual, a.Source)
}

// Allowances lists those of which the plan takes more than is usual.
func (p Plan) Allowances() []Allowance {
	behind := map[int]int{}
	most := 0
	for _, instance := range p.Instances {
		behind[instance.Balancer()]++
		most = max(most, behind[instance.Balancer()])
	}
	all := []Allowance{
		{"certificates at one load balancer", 25, most, balancerQuotas},
		{"rules at one load balancer", 100, rulesPerInstance * most, balancerQuotas},
	}
	if p.Edge.CDN.Enabled {
		all = append(all, Allowance{"CloudFront distributions", 500, distributionsPerInstance * len(p.Instances), cdnQuotas})
	}
	var scarce []Allowance
	for _, one := range all {
		if one.Takes > one.Usual {
			scarce = append(scarce, one)
		}
	}
	return scarce
}
