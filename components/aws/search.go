package aws

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

const (
	searchType = "openedx:aws:Search"
	// searchLimit is the longest name of a domain, and searchLeast the shortest.
	// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html
	searchLimit, searchLeast = 28, 3
	// searchMasters is how many masters there are, if any: with fewer they could
	// not agree when one is gone.
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-dedicatedmasternodes.html
	searchMasters = 3
	// searchStorage is the smallest disk of a node in GiB.
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
	searchStorage = 10
)

// SearchArgs describes an OpenSearch domain as decided before the run. The
// service takes a snapshot every hour and keeps them 14 days, so that BackupDays
// changes nothing; they go with the domain, and indices are made anew from what
// MySQL and MongoDB hold.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html
type SearchArgs struct {
	StoreArgs
	// DomainName is the domain's name on AWS, at most 28 characters.
	DomainName string
	// Version is the engine with its version, such as "OpenSearch_2.19".
	Version string
	// Machine and Nodes are the nodes that hold data, as many in each zone.
	Machine string
	Nodes   int
	// MasterMachine and Masters are the nodes that only keep the others together:
	// three or none.
	MasterMachine string
	Masters       int
	// StorageGiB is the disk of each node that holds data.
	StorageGiB int
	// ServiceLinkedRole creates the role by which the service enters networks; an
	// account has it once, for all its domains.
	ServiceLinkedRole bool
}

// Search is an OpenSearch domain inside the network.
//
// Whoever the security group lets in may read and write every index: clients
// such as Tutor's discovery have neither credentials of AWS to sign with nor a
// setting for a user and password, so that the domain can tell nobody apart.
type Search struct {
	pulumi.ResourceState
	Endpoint platform.Endpoint
	// Alarms say what is to be watched.
	Alarms []Alarm

	name string
	args *SearchArgs
}

// SearchDomainName is what a domain is called on AWS.
func SearchDomainName(stack, name string) string { return lowerName(searchLimit, stack, name) }

// NewSearch creates an OpenSearch domain.
func NewSearch(ctx *pulumi.Context, name string, args *SearchArgs, opts ...pulumi.ResourceOption) (*Search, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	s := &Search{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(searchType, name, args.inputs(), s, opts...); err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	domain, err := s.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	s.Endpoint = platform.Endpoint{Host: domain.Endpoint, Port: httpsPort, TLS: true}
	s.Alarms = args.alarms()
	if err := ctx.RegisterResourceOutputs(s, pulumi.Map{"host": s.Endpoint.Host, "port": pulumi.Int(httpsPort)}); err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	return s, nil
}

func (a *SearchArgs) validate() error {
	if err := a.StoreArgs.validate(); err != nil {
		return err
	}
	if err := checkLowerName(a.DomainName, searchLimit); err != nil {
		return err
	}
	if _, err := a.quietHour(); err != nil {
		return err
	}
	return a.validateDomain()
}

// validateDomain wants a domain that the service would make.
func (a *SearchArgs) validateDomain() error {
	switch {
	case len(a.DomainName) < searchLeast:
		return fmt.Errorf("name %q: want %d characters at least", a.DomainName, searchLeast)
	case a.Version == "" || a.Machine == "":
		return errors.New("version and machine must be given")
	case a.zones() == 0:
		return fmt.Errorf("%d nodes; want one, or as many in each of two or three zones, of which there are %d", a.Nodes, len(a.Subnets))
	case a.Masters != 0 && a.Masters != searchMasters:
		return fmt.Errorf("%d masters; want %d or none", a.Masters, searchMasters)
	case a.Masters != 0 && a.MasterMachine == "":
		return errors.New("masters without a machine")
	case a.StorageGiB < searchStorage:
		return fmt.Errorf("%d GiB of storage; want %d at least", a.StorageGiB, searchStorage)
	}
	return nil
}

// zones is in how many zones the nodes are: the most that each hold as many as
// the others, or none where that cannot be.
func (a *SearchArgs) zones() int {
	for zones := 3; zones > 1; zones-- {
		if zones <= len(a.Subnets) && a.Nodes >= zones && a.Nodes%zones == 0 {
			return zones
		}
	}
	if a.Nodes == 1 {
		return 1
	}
	return 0
}

// quietHour is when the service may start to change the domain by itself.
func (a *SearchArgs) quietHour() (time.Time, error) {
	const start = "Mon:15:04"
	if len(a.Windows.Maintenance) < len(start) {
		return time.Time{}, fmt.Errorf("maintenance window %q is too short", a.Windows.Maintenance)
	}
	at, err := time.Parse(start, a.Windows.Maintenance[:len(start)])
	if err != nil {
		return time.Time{}, fmt.Errorf("maintenance window %q: %w", a.Windows.Maintenance, err)
	}
	return at, nil
}

func (a *SearchArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"domainName": pulumi.String(a.DomainName),
		"version":    pulumi.String(a.Version),
		"machine":    pulumi.String(a.Machine),
		"nodes":      pulumi.Int(a.Nodes),
		"masters":    pulumi.Int(a.Masters),
		"storageGiB": pulumi.Int(a.StorageGiB),
	}
}

// tags are the tags of one of the domain's resources.
func (s *Search) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(s.args.Tags.For("search", name))
}

// build creates the domain after what it cannot be created without.
func (s *Search) build(ctx *pulumi.Context) (*opensearch.Domain, error) {
	group, err := newStoreGroup(ctx, s, storeGroup{s.name + "-group", "search", single(httpsPort)}, &s.args.StoreArgs)
	if err != nil {
		return nil, err
	}
	logs, rights, err := s.createLogs(ctx)
	if err != nil {
		return nil, err
	}
	needs := []pulumi.Resource{rights}
	if s.args.ServiceLinkedRole {
		role, err := s.createRole(ctx)
		if err != nil {
			return nil, err
		}
		needs = append(needs, role)
	}
	return s.createDomain(ctx, group, logs, needs)
}

// createRole creates the role by which the service enters networks. It goes with
// the stack, or the next stack could not create it; while another domain of the
// account uses it, AWS refuses.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/slr-aos.html
func (s *Search) createRole(ctx *pulumi.Context) (*iam.ServiceLinkedRole, error) {
	name := s.name + "-role"
	role, err := iam.NewServiceLinkedRole(ctx, name, &iam.ServiceLinkedRoleArgs{
		AwsServiceName: pulumi.String("opensearchservice.amazonaws.com"),
		Tags:           s.tags(name),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("service-linked role: %w", err)
	}
	return role, nil
}

// createDomain creates the domain.
func (s *Search) createDomain(
	ctx *pulumi.Context, group *ec2.SecurityGroup, logs opensearch.DomainLogPublishingOptionArray, needs []pulumi.Resource,
) (*opensearch.Domain, error) {
	args, err := s.args.domain(group)
	if err != nil {
		return nil, err
	}
	args.LogPublishingOptions = logs
	args.Tags = s.tags(s.name + "-domain")
	domain, err := opensearch.NewDomain(ctx, s.name+"-domain", args,
		pulumi.Parent(s), pulumi.Protect(s.args.Protect), pulumi.DependsOn(needs),
		// The name is taken until the old domain is gone.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("domain: %w", err)
	}
	return domain, nil
}
