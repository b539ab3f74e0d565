// Package aws holds the components that make up a platform on AWS. It may
// import the AWS, EKS and Kubernetes SDKs, the contracts in platform and the
// pure packages under internal; it knows no preset, no settings and no other
// cloud.
package aws

import (
	"fmt"

	awssdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Account is where on AWS a platform is built: known before the run, so that
// names and policies that mention it are plain text.
type Account struct {
	ID        string
	Partition string
	Region    string
}

// CurrentAccount asks AWS whose credentials these are. It decides nothing about
// which resources there are.
func CurrentAccount(ctx *pulumi.Context, region string) (Account, error) {
	identity, err := awssdk.GetCallerIdentity(ctx, &awssdk.GetCallerIdentityArgs{})
	if err != nil {
		return Account{}, fmt.Errorf("caller identity: %w", err)
	}
	partition, err := awssdk.GetPartition(ctx, &awssdk.GetPartitionArgs{})
	if err != nil {
		return Account{}, fmt.Errorf("partition: %w", err)
	}
	return Account{ID: identity.AccountId, Partition: partition.Partition, Region: region}, nil
}

// In is the same account in another region.
func (a Account) In(region string) Account {
	a.Region = region
	return a
}

// validate wants all that names and policies mention.
func (a Account) validate() error {
	if a.ID == "" || a.Partition == "" || a.Region == "" {
		return fmt.Errorf("account %+v is incomplete", a)
	}
	return nil
}

// arn names a resource of this account and region.
func (a Account) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource)
}

// managedPolicy names a policy that AWS keeps.
func (a Account) managedPolicy(path string) string {
	return fmt.Sprintf("arn:%s:iam::aws:policy/%s", a.Partition, path)
}

// global names a resource of this account that is in no region.
func (a Account) global(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", a.Partition, service, a.ID, resource)
}

// logGroup names a log group of this account and region.
func (a Account) logGroup(name string) string { return a.arn("logs", "log-group:"+name) }

// after returns the same value, for use where the value alone does not say what
// has to be there first.
func after(ctx *pulumi.Context, value pulumi.StringOutput, needs ...pulumi.Resource) pulumi.StringOutput {
	//nolint:errcheck // the function keeps the type of its argument
	return pulumi.OutputWithDependencies(ctx.Context(), value, needs...).(pulumi.StringOutput)
}
