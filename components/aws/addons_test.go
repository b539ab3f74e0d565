package aws_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/addons"
	"example.org/openedx/internal/iam"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/harness"
)

const rolePolicyType = "aws:iam/rolePolicy:RolePolicy"

func addOnArgs() aws.AddOnArgs {
	return aws.AddOnArgs{
		Account: account, ClusterName: pulumi.String("test-cluster"), Placement: addons.Placement{Replicas: 1, Passing: "example.org/pool"},
		Tags: tags.New("test", nil),
	}
}

func balancerController(ctx *pulumi.Context, change func(*aws.BalancerControllerArgs)) (platform.AddOn, error) {
	args := &aws.BalancerControllerArgs{AddOnArgs: addOnArgs(), Stack: "test", VPC: pulumi.String("vpc-1")}
	if change != nil {
		change(args)
	}
	return aws.NewBalancerController(ctx, "ad", args)
}

func externalDNS(ctx *pulumi.Context, change func(*aws.ExternalDNSArgs)) (platform.AddOn, error) {
	args := &aws.ExternalDNSArgs{AddOnArgs: addOnArgs(), Domain: "campus.example.org", Zone: pulumi.String("Z123")}
	if change != nil {
		change(args)
	}
	return aws.NewExternalDNS(ctx, "ad", args)
}

func secretStore(ctx *pulumi.Context, change func(*aws.SecretStoreArgs)) (platform.AddOn, error) {
	args := &aws.SecretStoreArgs{
		AddOnArgs: addOnArgs(), Platform: "campus", Stack: "prod", SecretsKey: pulumi.String("key-arn"),
		AddOn: platform.AddOn{Chart: versions.ExternalSecrets, Namespace: "external-secrets"}, ServiceAccount: "external-secrets",
		Namespaces: []string{"monitoring", "logging"},
	}
	if change != nil {
		change(args)
	}
	return aws.NewSecretStore(ctx, "ad", args)
}

// addOn runs a program that is one add-on, and shows its values through a resource
// that takes anything.
func addOn(t *testing.T, build func(*pulumi.Context) (platform.AddOn, error)) (platform.AddOn, *harness.Graph) {
	t.Helper()
	var made platform.AddOn
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		if made, err = build(ctx); err != nil {
			return err
		}
		shown := pulumi.Map{"values": made.Values}
		for _, object := range made.Objects {
			shown[object.Name] = object.Body
		}
		var anything struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Shown", "shown", shown, &anything)
	})
	return made, graph
}

// rights are the policy of the add-on's role, which AWS has to understand.
func rights(t *testing.T, graph *harness.Graph) string {
	t.Helper()
	document := graph.One(t, rolePolicyType, "ad-role-policy").Text(t, "policy")
	problems, err := iam.Problems(strings.ReplaceAll(document, "key-arn", "arn:aws:kms:eu-west-1:123456789012:key/1"))
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	return document
}

func TestTheBalancersControllerMayFillThisStacksTargetGroupsAndNothingElse(t *testing.T) {
	made, graph := addOn(t, func(ctx *pulumi.Context) (platform.AddOn, error) { return balancerController(ctx, nil) })
	sameJSON(t, rights(t, graph), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Look", "Effect": "Allow", "Resource": ["*"], "Action": ["ec2:DescribeInstances", "ec2:DescribeSecurityGroups",
			"ec2:DescribeVpcs", "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"]},
		{"Sid": "Fill", "Effect": "Allow", "Action": ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
			"Resource": ["arn:aws:elasticloadbalancing:`+harness.Region+":"+harness.Account+`:targetgroup/*"],
			"Condition": {"StringEquals": {"aws:ResourceTag/openedx-stack": ["test"]}}}]}`)
	if made.Chart != versions.BalancerController || made.Namespace != "kube-system" || len(made.Needs) != 2 {
		t.Errorf("%s in %s, which needs %d resources", made.Chart, made.Namespace, len(made.Needs))
	}
	if got := graph.One(t, associationType, "ad-identity").Text(t, "serviceAccount"); got != "aws-load-balancer-controller" {
		t.Errorf("the role is %q's", got)
	}
}

func TestTheBalancersControllerMakesNothingAndHoldsUpNoService(t *testing.T) {
	_, graph := addOn(t, func(ctx *pulumi.Context) (platform.AddOn, error) { return balancerController(ctx, nil) })
	shown := graph.One(t, "test:index:Shown", "shown")
	for path, want := range map[string]bool{
		"createIngressClassResource": false, "ingressClassParams.create": false, "enableServiceMutatorWebhook": false,
		"webhookConfig.disableIngressValidation": true, "controllerConfig.featureGates.EnableServiceController": false,
		"controllerConfig.featureGates.ALBGatewayAPI": false, "controllerConfig.featureGates.NLBGatewayAPI": false,
		"enableBackendSecurityGroup": false, "enableWafv2": false, "keepTLSSecret": true,
	} {
		if got := shown.Value(t, "values."+path); !got.IsBool() || got.BoolValue() != want {
			t.Errorf("%s is %v, want %t", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"clusterName": "test-cluster", "region": harness.Region, "vpcId": "vpc-1", "serviceAccount.name": "aws-load-balancer-controller",
		"topologySpreadConstraints[0].topologyKey": "topology.kubernetes.io/zone",
	} {
		if got := shown.Text(t, "values."+path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := shown.Value(t, "values.replicaCount").NumberValue(); got != 2 {
		t.Errorf("%v replicas: while the only one moves, nobody registers pods", got)
	}
}

func TestCertificatesOfTheBalancersControllerAreRenewedWhereSomebodyDoes(t *testing.T) {
	for certificates, want := range map[bool][]string{true: {versions.CertManager}, false: nil} {
		made, graph := addOn(t, func(ctx *pulumi.Context) (platform.AddOn, error) {
			return balancerController(ctx, func(a *aws.BalancerControllerArgs) { a.Placement.Certificates = certificates })
		})
		if got := graph.One(t, "test:index:Shown", "shown").Value(t, "values.enableCertManager").BoolValue(); got != certificates {
			t.Errorf("enableCertManager is %t, want %t", got, certificates)
		}
		if diff := cmp.Diff(want, made.After); diff != "" {
			t.Error(diff)
		}
	}
}

func TestExternalDNSAddsRecordsToItsZoneAndDeletesNone(t *testing.T) {
	_, graph := addOn(t, func(ctx *pulumi.Context) (platform.AddOn, error) { return externalDNS(ctx, nil) })
	sameJSON(t, rights(t, graph), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Change", "Effect": "Allow", "Action": ["route53:ChangeResourceRecordSets"], "Resource": ["arn:aws:route53:::hostedzone/Z123"],
			"Condition": {"ForAllValues:StringEquals": {
				"route53:ChangeResourceRecordSetsActions": ["CREATE", "UPSERT"],
				"route53:ChangeResourceRecordSetsRecordTypes": ["A", "AAAA", "CNAME", "TXT"]}}},
		{"Sid": "Read", "Effect": "Allow", "Action": ["route53:ListResourceRecordSets"], "Resource": ["arn:aws:route53:::hostedzone/Z123"]},
		{"Sid": "Find", "Effect": "Allow", "Action": ["route53:ListHostedZones"], "Resource": ["*"]}]}`)
	shown := graph.One(t, "test:index:Shown", "shown")
	for path, want := range map[string]string{
		"policy": "upsert-only", "registry": "txt", "txtOwnerId": "test-cluster", "domainFilters[0]": "campus.example.org",
		"extraArgs[0]": "--zone-id-filter=Z123", "provider.name": "aws", "env[0].value": harness.Region, "serviceAccount.name": "external-dns",
	} {
		if got := shown.Text(t, "values."+path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

func TestAddOnsReadNoInstancesSecrets(t *testing.T) {
	made, graph := addOn(t, func(ctx *pulumi.Context) (platform.AddOn, error) { return secretStore(ctx, nil) })
	sameJSON(t, rights(t, graph), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
			"Resource": ["arn:aws:secretsmanager:`+harness.Region+":"+harness.Account+`:secret:/campus/prod/_platform/*"]},
		{"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["key-arn"],
			"Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.`+harness.Region+`.amazonaws.com"]}}}]}`)
	if len(made.Objects) != 1 || made.Objects[0].Kind != "ClusterSecretStore" || made.Objects[0].APIVersion != "external-secrets.io/v1" {
		t.Fatalf("its objects are %+v", made.Objects)
	}
	shown := graph.One(t, "test:index:Shown", "shown")
	want := `{"provider": {"aws": {"region": "` + harness.Region + `", "service": "SecretsManager"}}, "conditions": [{"namespaces": ["logging", "monitoring"]}]}`
	sameJSON(t, asJSON(t, shown.Value(t, "platform.spec").Mappable()), want)
	if len(made.Needs) != 2 {
		t.Errorf("it waits for %d resources", len(made.Needs))
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAWrongAddOnRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		build func(*pulumi.Context) (platform.AddOn, error)
		want  string
	}{
		"no account": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return balancerController(ctx, func(a *aws.BalancerControllerArgs) { a.Account.Region = "" })
		}, "account"},
		"no cluster": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return externalDNS(ctx, func(a *aws.ExternalDNSArgs) { a.ClusterName = nil })
		}, "no cluster"},
		"no replicas": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return secretStore(ctx, func(a *aws.SecretStoreArgs) { a.Placement.Replicas = 0 })
		}, "0 replicas"},
		"no stack": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return balancerController(ctx, func(a *aws.BalancerControllerArgs) { a.Stack = "" })
		}, "no stack"},
		"no vpc": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return balancerController(ctx, func(a *aws.BalancerControllerArgs) { a.VPC = nil })
		}, "no vpc"},
		"no domain": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return externalDNS(ctx, func(a *aws.ExternalDNSArgs) { a.Domain = "" })
		}, "no domain"},
		"no zone": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return externalDNS(ctx, func(a *aws.ExternalDNSArgs) { a.Zone = nil })
		}, "no zone"},
		"no platform": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return secretStore(ctx, func(a *aws.SecretStoreArgs) { a.Platform = "" })
		}, "no platform"},
		"no key": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return secretStore(ctx, func(a *aws.SecretStoreArgs) { a.SecretsKey = nil })
		}, "no secrets key"},
		"every namespace": {func(ctx *pulumi.Context) (platform.AddOn, error) {
			return secretStore(ctx, func(a *aws.SecretStoreArgs) { a.Namespaces = nil })
		}, "no namespaces"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := test.build(ctx)
				return err
			}, `"ad"`, test.want)
		})
	}
}
