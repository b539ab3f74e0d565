package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	balancerTypeToken    = "aws:lb/loadBalancer:LoadBalancer"
	balancerListenerType = "aws:lb/listener:Listener"
	balancerIngressType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	balancerEgressType   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	balancerLatest       = "ELBSecurityPolicy-TLS13-1-2-2021-06"
)

// balancerSubnet is a subnet that has an id before it has a way out.
func balancerSubnet(letter string) platform.Subnet {
	return platform.Subnet{
		Zone: letter, ID: pulumi.String("subnet-" + letter).ToStringOutput(), Routed: pulumi.String("routed-" + letter).ToStringOutput(),
	}
}

func balancerArgs() *aws.BalancerArgs {
	return &aws.BalancerArgs{
		Account: account, VPC: pulumi.String("vpc-1"), Subnets: []platform.Subnet{balancerSubnet("a"), balancerSubnet("b")},
		NodeGroup: pulumi.String("nodes"), Certificate: pulumi.String("certificate-arn"), Firewall: pulumi.String("firewall-arn"),
		Logs:        aws.BucketRef{Name: pulumi.String("logs"), ARN: pulumi.String("arn:aws:s3:::logs"), Prefix: "balancer"},
		IdleSeconds: 600, Protect: true, Tags: tags.New("test", nil),
	}
}

// balancer runs a program that is one balancer and something that uses its name.
func balancer(t *testing.T, args *aws.BalancerArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewBalancer(ctx, "lb", args)
		if err != nil {
			return err
		}
		return useName(ctx, made.Host)
	})
}

func TestABalancerIsReachedFromTheInternet(t *testing.T) {
	graph := balancer(t, balancerArgs())
	made := graph.One(t, balancerTypeToken, "lb-balancer")
	texts(t, made, map[string]string{"loadBalancerType": "application", "ipAddressType": "ipv4"})
	facts(t, made, map[string]bool{"internal": false})
	// AWS refuses a subnet without a way to the internet.
	holds(t, made, map[string]any{"subnets": []any{"routed-a", "routed-b"}, "securityGroups": []any{"lb-group-id"}})
}

func TestStudioMayTakeMinutesToAnswer(t *testing.T) {
	counts(t, balancer(t, balancerArgs()).One(t, balancerTypeToken, "lb-balancer"), map[string]float64{"idleTimeout": 600})
}

func TestABalancerPassesOnNothingAmbiguous(t *testing.T) {
	made := balancer(t, balancerArgs()).One(t, balancerTypeToken, "lb-balancer")
	facts(t, made, map[string]bool{"dropInvalidHeaderFields": true})
	texts(t, made, map[string]string{"desyncMitigationMode": "defensive"})
}

func TestCaddyIsToldWhereARequestCameFrom(t *testing.T) {
	made := balancer(t, balancerArgs()).One(t, balancerTypeToken, "lb-balancer")
	texts(t, made, map[string]string{"xffHeaderProcessingMode": "append"})
}

func TestCaddyIsNeverToldThatARequestWasHTTP(t *testing.T) {
	// Open edX redirects whatever was not HTTPS, for ever if Caddy is told so wrongly:
	// the only listener that passes anything on is therefore the one with TLS.
	graph := balancer(t, balancerArgs())
	plain := graph.One(t, balancerListenerType, "lb-http")
	counts(t, plain, map[string]float64{"port": 80})
	texts(t, plain, map[string]string{
		"protocol": "HTTP", "defaultActions[0].type": "redirect", "defaultActions[0].redirect.protocol": "HTTPS",
		"defaultActions[0].redirect.port": "443", "defaultActions[0].redirect.statusCode": "HTTP_301",
	})
	secure := graph.One(t, balancerListenerType, "lb-https")
	counts(t, secure, map[string]float64{"port": 443})
	texts(t, secure, map[string]string{
		"protocol": "HTTPS", "sslPolicy": balancerLatest, "certificateArn": "certificate-arn",
	})
	if got := graph.Count(balancerListenerType); got != 2 {
		t.Errorf("%d listeners", got)
	}
}

func TestWhoeverAsksForNoSiteIsNotServed(t *testing.T) {
	secure := balancer(t, balancerArgs()).One(t, balancerListenerType, "lb-https")
	texts(t, secure, map[string]string{
		"defaultActions[0].type": "fixed-response", "defaultActions[0].fixedResponse.statusCode": "404",
		"defaultActions[0].fixedResponse.contentType": "text/plain",
	})
}

func TestOnlyTheWebIsOpenAndOnlyCaddyIsReached(t *testing.T) {
	graph := balancer(t, balancerArgs())
	got := map[string]map[string]any{}
	for _, r := range append(graph.All(balancerIngressType), graph.All(balancerEgressType)...) {
		rule := r.Inputs.Mappable()
		delete(rule, "tags")
		delete(rule, "description")
		got[r.Name] = rule
	}
	rule := func(port float64, more map[string]any) map[string]any {
		more["ipProtocol"], more["fromPort"], more["toPort"] = "tcp", port, port
		return more
	}
	want := map[string]map[string]any{
		"lb-group-https": rule(443, map[string]any{"securityGroupId": "lb-group-id", "cidrIpv4": "0.0.0.0/0"}),
		"lb-group-http":  rule(80, map[string]any{"securityGroupId": "lb-group-id", "cidrIpv4": "0.0.0.0/0"}),
		"lb-group-pods":  rule(80, map[string]any{"securityGroupId": "lb-group-id", "referencedSecurityGroupId": "nodes"}),
		"lb-nodes":       rule(80, map[string]any{"securityGroupId": "nodes", "referencedSecurityGroupId": "lb-group-id"}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	group := graph.One(t, "aws:ec2/securityGroup:SecurityGroup", "lb-group")
	texts(t, group, map[string]string{"vpcId": "vpc-1"})
	for _, property := range []string{"ingress", "egress"} {
		if group.Value(t, property).HasValue() {
			t.Errorf("%s is written twice", property)
		}
	}
}

func TestEveryRequestAndEveryConnectionIsRecorded(t *testing.T) {
	for prefix, want := range map[string][2]string{
		"balancer": {"balancer/access", "balancer/connections"}, "": {"access", "connections"},
	} {
		args := balancerArgs()
		args.Logs.Prefix = prefix
		made := balancer(t, args).One(t, balancerTypeToken, "lb-balancer")
		for i, logs := range []string{"accessLogs", "connectionLogs"} {
			texts(t, made, map[string]string{logs + ".bucket": "logs", logs + ".prefix": want[i]})
			facts(t, made, map[string]bool{logs + ".enabled": true})
		}
	}
}

func TestTheFirewallStandsBeforeTheBalancer(t *testing.T) {
	graph := balancer(t, balancerArgs())
	association := graph.One(t, "aws:wafv2/webAclAssociation:WebAclAssociation", "lb-firewall")
	texts(t, association, map[string]string{"resourceArn": "arn:aws:lb:eu-west-1:123456789012:lb-balancer", "webAclArn": "firewall-arn"})
}

func TestABalancerIsProtectedOnAWSButHoldsNoData(t *testing.T) {
	for _, protect := range []bool{true, false} {
		args := balancerArgs()
		args.Protect = protect
		graph := balancer(t, args)
		facts(t, graph.One(t, balancerTypeToken, "lb-balancer"), map[string]bool{"enableDeletionProtection": protect})
		for _, r := range graph.Resources {
			if r.Protect {
				t.Errorf("%s holds no data", r)
			}
		}
	}
}

func TestNamesLeadToABalancerOnlyOnceItAnswers(t *testing.T) {
	graph := balancer(t, balancerArgs())
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	texts(t, user, map[string]string{"keepers.name": "lb-balancer.elb.example.com"})
	for _, listener := range graph.All(balancerListenerType) {
		if !graph.Waits(user, listener.URN) {
			t.Errorf("the balancer is used before %s is there", listener)
		}
	}
}

func TestEverythingOfABalancerIsTagged(t *testing.T) {
	for _, r := range balancer(t, balancerArgs()).Resources {
		if !r.Custom || strings.HasPrefix(r.Type, "aws:wafv2/") || strings.HasPrefix(r.Type, "random:") {
			continue
		}
		texts(t, r, map[string]string{"tags.openedx-component": "balancer", "tags.Name": r.Name})
	}
}

func TestThePreviewOfABalancerIsItsUpdate(t *testing.T) {
	previewsAsItUpdates(t, func(ctx *pulumi.Context) error {
		_, err := aws.NewBalancer(ctx, "lb", balancerArgs())
		return err
	})
}

func TestABalancerIsAsPatientAsItMayBe(t *testing.T) {
	for _, seconds := range []int{300, 4000} {
		args := balancerArgs()
		args.IdleSeconds = seconds
		balancer(t, args)
	}
}

func TestAWrongBalancerRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.BalancerArgs)
		want  string
	}{
		"no account":        {func(a *aws.BalancerArgs) { a.Account.Partition = "" }, "incomplete"},
		"no vpc":            {func(a *aws.BalancerArgs) { a.VPC = nil }, "no vpc"},
		"one zone":          {func(a *aws.BalancerArgs) { a.Subnets = a.Subnets[:1] }, "two zones"},
		"no nodes":          {func(a *aws.BalancerArgs) { a.NodeGroup = nil }, "no group of nodes"},
		"no certificate":    {func(a *aws.BalancerArgs) { a.Certificate = nil }, "no certificate"},
		"no firewall":       {func(a *aws.BalancerArgs) { a.Firewall = nil }, "no firewall"},
		"no logs":           {func(a *aws.BalancerArgs) { a.Logs = aws.BucketRef{} }, "no bucket for logs"},
		"no time to answer": {func(a *aws.BalancerArgs) { a.IdleSeconds = 299 }, "Studio wants 300"},
		"all day to answer": {func(a *aws.BalancerArgs) { a.IdleSeconds = 4001 }, "allows 4000"},
	} {
		t.Run(name, func(t *testing.T) {
			args := balancerArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewBalancer(ctx, "lb", args)
				return err
			}, `balancer "lb"`, test.want)
		})
	}
}
