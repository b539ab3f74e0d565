package aws

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// OriginHeader is what CloudFront adds to its requests, so that the load
// balancer knows them from those of people who found its address.
type OriginHeader struct {
	Name string
	// Value is secret.
	Value pulumi.StringOutput
}
