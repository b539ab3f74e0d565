package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
)

// values are what a chart is told.
type values = map[string]any

// AddOnArgs is what every add-on that acts on AWS has to know.
type AddOnArgs struct {
	Account Account
	// ClusterName waits until the cluster is there.
	ClusterName pulumi.StringInput
	Placement   addons.Placement
	Tags        tags.Set
}

func (a *AddOnArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	if a.ClusterName == nil {
		return errors.New("no cluster")
	}
	if a.Placement.Replicas < 1 {
		return fmt.Errorf("%d replicas", a.Placement.Replicas)
	}
	return nil
}

// identity gives an add-on's pods what they may do.
func (a *AddOnArgs) identity(ctx *pulumi.Context, name string, account serviceAccount, purpose string, policy pulumi.StringInput) ([]pulumi.Resource, error) {
	made, err := NewPodIdentity(ctx, name, &PodIdentityArgs{
		Account: a.Account, ClusterName: a.ClusterName, Namespace: account.namespace, ServiceAccount: account.name,
		Purpose: purpose, Policy: policy, Tags: a.Tags,
	})
	if err != nil {
		return nil, err
	}
	return made.Needs, nil
}

// leastBalancerControllers is how many there are at least: a pod that nobody
// registers gets no requests, so one has to be left while another moves.
const leastBalancerControllers = 2

// BalancerControllerArgs is what fills the platform's target groups.
type BalancerControllerArgs struct {
	AddOnArgs
	// Stack is the tag of the target groups that it may fill.
	Stack string
	VPC   pulumi.StringInput
}

// NewBalancerController returns the AWS Load Balancer Controller. The load balancer,
// its listeners and target groups are the program's: the controller does no more than
// to register pods, and may do no more.
func NewBalancerController(ctx *pulumi.Context, name string, args *BalancerControllerArgs) (platform.AddOn, error) {
	if err := args.validate(); err != nil {
		return platform.AddOn{}, fmt.Errorf("balancer controller %q: %w", name, err)
	}
	account := serviceAccount{namespace: "kube-system", name: versions.BalancerController}
	needs, err := args.identity(ctx, name, account, "Registers pods in target groups", document(args.rights()...))
	if err != nil {
		return platform.AddOn{}, err
	}
	addOn := platform.AddOn{
		Chart: versions.BalancerController, Namespace: account.namespace, Values: args.values(account), Needs: needs,
	}
	if args.Placement.Certificates {
		addOn.After = []string{versions.CertManager}
	}
	return addOn, nil
}

func (a *BalancerControllerArgs) validate() error {
	if err := a.AddOnArgs.validate(); err != nil {
		return err
	}
	if a.Stack == "" || a.VPC == nil {
		return errors.New("no stack or no vpc")
	}
	return nil
}

// rights are those that AWS lists for a controller that binds target groups and
// does nothing else, without changing them, and on this stack's only.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/#special-iam-cases
func (a *BalancerControllerArgs) rights() []statement {
	return []statement{
		allow("Look", "ec2:DescribeInstances", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs",
			"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth").on("*"),
		allow("Fill", "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets").
			on(a.Account.arn("elasticloadbalancing", "targetgroup/*")).
			when(condition{"StringEquals": {"aws:ResourceTag/" + tags.Stack: {a.Stack}}}),
	}
}

func (a *BalancerControllerArgs) values(account serviceAccount) pulumi.Map {
	return pulumi.ToMap(values{
		"clusterName": a.ClusterName, "region": a.Account.Region, "vpcId": a.VPC,
		"serviceAccount": values{"name": account.name},
		// It makes no load balancer, for nobody.
		"createIngressClassResource": false, "ingressClassParams": values{"create": false},
		"enableShield": false, "enableWaf": false, "enableWafv2": false, "enableBackendSecurityGroup": false,
		"controllerConfig": values{"featureGates": values{
			"EnableServiceController": false, "NLBGatewayAPI": false, "ALBGatewayAPI": false, "GatewayListenerSet": false,
		}},
		// Its webhooks would hold up every Service and Ingress of the cluster while it
		// does not answer. What is left looks at bindings only.
		"enableServiceMutatorWebhook": false, "webhookConfig": values{"disableIngressValidation": true},
		"enableCertManager": a.Placement.Certificates,
		// Otherwise each upgrade would come with a certificate that the old pods do not show.
		"keepTLSSecret":             true,
		"replicaCount":              max(a.Placement.Replicas, leastBalancerControllers),
		"priorityClassName":         "system-cluster-critical",
		"affinity":                  a.Placement.Affinity(),
		"topologySpreadConstraints": addons.Spread(chartLabels(versions.BalancerController)),
		"podDisruptionBudget":       addons.Budget(),
		"resources":                 addons.Resources("50m", "128Mi", "512Mi"),
	})
}

// chartLabels are those of a chart's pods, as most charts have them.
func chartLabels(chart string) map[string]string {
	return map[string]string{"app.kubernetes.io/name": chart, "app.kubernetes.io/instance": chart}
}

// ExternalDNSArgs is whose records follow what is in the cluster.
type ExternalDNSArgs struct {
	AddOnArgs
	// Domain is below which names are kept, and Zone the id of its zone.
	Domain string
	Zone   pulumi.StringInput
}

// NewExternalDNS returns external-dns, which keeps the records of the Services and
// Ingresses that operators add themselves. Those of instances are the program's.
func NewExternalDNS(ctx *pulumi.Context, name string, args *ExternalDNSArgs) (platform.AddOn, error) {
	if err := args.validate(); err != nil {
		return platform.AddOn{}, fmt.Errorf("external dns %q: %w", name, err)
	}
	account := serviceAccount{namespace: "external-dns", name: versions.ExternalDNS}
	policy := documentAbout(pulumi.StringArray{args.Zone}, func(zone []string) []statement { return args.rights(zone[0]) })
	needs, err := args.identity(ctx, name, account, "Keeps DNS records of operators' own services", policy)
	if err != nil {
		return platform.AddOn{}, err
	}
	addOn := platform.AddOn{
		Chart: versions.ExternalDNS, Namespace: account.namespace, Values: args.values(account), Needs: needs,
	}
	if args.Placement.Monitored {
		addOn.After = []string{versions.KubePrometheusStack}
	}
	return addOn, nil
}

func (a *ExternalDNSArgs) validate() error {
	if err := a.AddOnArgs.validate(); err != nil {
		return err
	}
	if a.Domain == "" || a.Zone == nil {
		return errors.New("no domain or no zone")
	}
	return nil
}

// rights are to add and change records of the zone, and to delete none: a record
// that outlives its service is a nuisance, one that is lost an outage.
// https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/aws/#iam-policy
func (a *ExternalDNSArgs) rights(zone string) []statement {
	arn := "arn:" + a.Account.Partition + ":route53:::hostedzone/" + zone
	return []statement{
		allow("Change", "route53:ChangeResourceRecordSets").on(arn).when(condition{"ForAllValues:StringEquals": {
			"route53:ChangeResourceRecordSetsActions":     {"CREATE", "UPSERT"},
			"route53:ChangeResourceRecordSetsRecordTypes": {"A", "AAAA", "CNAME", "TXT"},
		}}),
		allow("Read", "route53:ListResourceRecordSets").on(arn),
		allow("Find", "route53:ListHostedZones").on("*"),
	}
}

func (a *ExternalDNSArgs) values(account serviceAccount) pulumi.Map {
	return pulumi.ToMap(values{
		"provider": values{"name": "aws"}, "env": []any{values{"name": "AWS_REGION", "value": a.Account.Region}},
		"serviceAccount": values{"name": account.name},
		"sources":        []any{"service", "ingress"},
		"domainFilters":  []any{a.Domain}, "extraArgs": []any{pulumi.Sprintf("--zone-id-filter=%s", a.Zone), "--aws-zone-type=public"},
		"policy": "upsert-only",
		// A record is its own only where another one beside it says so: it never takes
		// over one of an instance.
		"registry": "txt", "txtOwnerId": a.ClusterName,
		"triggerLoopOnEvent": true,
		"priorityClassName":  workloads.PlatformPriority,
		"affinity":           a.Placement.Affinity(),
		"resources":          addons.Resources("10m", "64Mi", "128Mi"),
		"serviceMonitor":     values{"enabled": a.Placement.Monitored},
	})
}
