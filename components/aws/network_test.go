package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

const (
	subnetType   = "aws:ec2/subnet:Subnet"
	routeType    = "aws:ec2/route:Route"
	natType      = "aws:ec2/natGateway:NatGateway"
	endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

func TestNamesInsideTheVPCResolve(t *testing.T) {
	vpc := network(t, networkArgs()).One(t, "aws:ec2/vpc:Vpc", "net-vpc")
	for _, property := range []string{"enableDnsSupport", "enableDnsHostnames"} {
		if !vpc.Value(t, property).BoolValue() {
			t.Errorf("%s is off", property)
		}
	}
}

func TestTheDefaultSecurityGroupIsEmptied(t *testing.T) {
	group := network(t, networkArgs()).One(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "net-default-group")
	for _, property := range []string{"ingress", "egress"} {
		// Left out, the provider would keep what is there.
		if value := group.Value(t, property); !value.IsArray() || len(value.ArrayValue()) != 0 {
			t.Errorf("%s is %v, want an empty list", property, value)
		}
	}
}

func TestEveryZoneHasASubnetInEveryTier(t *testing.T) {
	graph := network(t, networkArgs())
	for _, want := range []struct{ name, block, zone string }{
		{"net-public-a", "10.20.120.0/24", "eu-west-1a"},
		{"net-private-b", "10.20.1.0/24", "eu-west-1b"},
		{"net-data-c", "10.20.192.0/24", "eu-west-1c"},
	} {
		got := graph.One(t, subnetType, want.name)
		if got.Text(t, "cidrBlock") != want.block || got.Text(t, "availabilityZone") != want.zone {
			t.Errorf("%s is %s in %s, want %s in %s", want.name,
				got.Text(t, "cidrBlock"), got.Text(t, "availabilityZone"), want.block, want.zone)
		}
		if got.Value(t, "mapPublicIpOnLaunch").BoolValue() {
			t.Errorf("%s hands out public addresses", want.name)
		}
	}
	if got := graph.Count(subnetType); got != 9 {
		t.Errorf("%d subnets, want 9", got)
	}
}

func TestSubnetsCarryTheTagsTheyAreLookedForBy(t *testing.T) {
	graph := network(t, networkArgs())
	want := map[string]map[string]string{
		"net-public-a":  {"kubernetes.io/role/elb": "1"},
		"net-private-a": {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": "test-cluster"},
		"net-data-a":    {},
	}
	for name, functional := range want {
		got := map[string]string{}
		for key, value := range graph.One(t, subnetType, name).Value(t, "tags").ObjectValue() {
			if strings.Contains(string(key), "/") {
				got[string(key)] = value.StringValue()
			}
		}
		if diff := cmp.Diff(functional, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestThePrivateTierLeavesThroughNAT(t *testing.T) {
	for _, test := range []struct {
		name    string
		perZone bool
		want    map[string]string
	}{
		{"one for all", false, map[string]string{"a": "net-nat-a", "b": "net-nat-a", "c": "net-nat-a"}},
		{"one a zone", true, map[string]string{"a": "net-nat-a", "b": "net-nat-b", "c": "net-nat-c"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := networkArgs()
			args.NATPerZone = test.perZone
			graph := network(t, args)
			for letter, nat := range test.want {
				route := graph.One(t, routeType, "net-private-default-"+letter)
				if got := route.Text(t, "natGatewayId"); got != nat+"-id" {
					t.Errorf("zone %s leaves through %s, want %s", letter, got, nat)
				}
				if got := route.Text(t, "routeTableId"); got != "net-private-routes-"+letter+"-id" {
					t.Errorf("zone %s has its route in %s", letter, got)
				}
				association := graph.One(t, "aws:ec2/routeTableAssociation:RouteTableAssociation", "net-private-association-"+letter)
				if got := association.Text(t, "subnetId"); got != "net-private-"+letter+"-id" {
					t.Errorf("the table of zone %s serves %s", letter, got)
				}
			}
		})
	}
}

func TestANATGatewayWaitsForTheInternetGateway(t *testing.T) {
	graph := network(t, networkArgs())
	gateway := graph.One(t, "aws:ec2/internetGateway:InternetGateway", "net-gateway").URN
	for _, r := range []*harness.Resource{
		graph.One(t, natType, "net-nat-a"), graph.One(t, "aws:ec2/eip:Eip", "net-nat-address-a"),
	} {
		if !graph.Waits(r, gateway) {
			t.Errorf("%s may be made before the gateway is attached", r)
		}
	}
}

func TestGivingEachZoneItsNATEditsRoutesOnly(t *testing.T) {
	before := network(t, networkArgs())
	args := networkArgs()
	args.NATPerZone = true
	want := []string{"net-private-default-b", "net-private-default-c"}
	if diff := cmp.Diff(want, changed(before, network(t, args))); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
}

func TestAnotherZoneChangesNothingThatIsThere(t *testing.T) {
	for _, perZone := range []bool{false, true} {
		args := networkArgs()
		args.NATPerZone = perZone
		before := network(t, args)
		args.Zones = append(args.Zones, zone("d", "3"))
		if got := changed(before, network(t, args)); len(got) != 0 {
			t.Errorf("changed with a nat per zone %t: %v", perZone, got)
		}
	}
}

func TestAnotherZoneOnlyWidensInterfaceEndpoints(t *testing.T) {
	args := networkArgs()
	args.Endpoints = []string{"sts"}
	before := network(t, args)
	args.Zones = append(args.Zones, zone("d", "3"))
	after := network(t, args)
	if diff := cmp.Diff([]string{"net-endpoint-sts"}, changed(before, after)); diff != "" {
		t.Fatalf("changed (-want +got):\n%s", diff)
	}
	is := after.One(t, endpointType, "net-endpoint-sts").Inputs.Copy()
	is["subnetIds"] = before.One(t, endpointType, "net-endpoint-sts").Inputs["subnetIds"]
	if !is.DeepEquals(before.One(t, endpointType, "net-endpoint-sts").Inputs) {
		t.Error("more than the endpoint's subnets changed")
	}
}

func TestEveryRouteTableKnowsTheWayToS3(t *testing.T) {
	graph := network(t, networkArgs())
	endpoint := graph.One(t, endpointType, "net-endpoint-s3")
	if endpoint.Text(t, "vpcEndpointType") != "Gateway" || endpoint.Text(t, "serviceName") != "com.amazonaws.eu-west-1.s3" {
		t.Errorf("the endpoint is %v", endpoint.Inputs)
	}
	served := map[string]bool{}
	for _, r := range graph.All("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation") {
		served[r.Text(t, "routeTableId")] = true
	}
	for _, table := range graph.All("aws:ec2/routeTable:RouteTable") {
		if !served[table.Name+"-id"] {
			t.Errorf("%s has no way to S3", table.Name)
		}
	}
}

func TestInterfaceEndpointsServeTheNetworkAndNobodyElse(t *testing.T) {
	args := networkArgs()
	args.Endpoints = []string{"ecr.api", "sts"}
	graph := network(t, args)
	endpoint := graph.One(t, endpointType, "net-endpoint-ecr-api")
	if got := endpoint.Text(t, "serviceName"); got != "com.amazonaws.eu-west-1.ecr.api" {
		t.Errorf("service is %s", got)
	}
	if !endpoint.Value(t, "privateDnsEnabled").BoolValue() {
		t.Error("clients would have to know the endpoint's own name")
	}
	if got := endpoint.Text(t, "subnetIds[2]"); got != "net-private-c-id" {
		t.Errorf("the endpoint is in %s", got)
	}
	if got := endpoint.Text(t, "securityGroupIds[0]"); got != "net-endpoints-id" {
		t.Errorf("the endpoint is guarded by %s", got)
	}
	rules := graph.All("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
	if len(rules) != 1 {
		t.Fatalf("%d rules, want 1", len(rules))
	}
	if got := rules[0].Text(t, "cidrIpv4"); got != "10.20.0.0/16" {
		t.Errorf("open to %s", got)
	}
	for _, property := range []string{"fromPort", "toPort"} {
		if got := rules[0].Value(t, property).NumberValue(); got != 443 {
			t.Errorf("%s is %v", property, got)
		}
	}
}

func TestANetworkWithoutInterfaceEndpointsHasNoGroupForThem(t *testing.T) {
	graph := network(t, networkArgs())
	if got := names(graph.All("aws:ec2/securityGroup:SecurityGroup")); len(got) != 0 {
		t.Errorf("groups nobody uses: %v", got)
	}
}

func TestFlowLogsAreKeptEncryptedForAsLongAsAsked(t *testing.T) {
	graph := network(t, networkArgs())
	group := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "net-flow-logs")
	if got := group.Value(t, "retentionInDays").NumberValue(); got != 14 {
		t.Errorf("kept %v days", got)
	}
	if got := group.Text(t, "kmsKeyId"); got != "key-arn" {
		t.Errorf("encrypted with %q", got)
	}
	log := graph.One(t, "aws:ec2/flowLog:FlowLog", "net-flow-logs-vpc")
	if log.Text(t, "trafficType") != "REJECT" || log.Text(t, "vpcId") != "net-vpc-id" {
		t.Errorf("the flow log is %v", log.Inputs)
	}
	if rights := graph.One(t, "aws:iam/rolePolicy:RolePolicy", "net-flow-logs-policy"); !graph.Waits(log, rights.URN) {
		t.Error("the first logs may be lost for want of rights")
	}
}

func TestTheFlowLogRoleWritesToItsGroupForThisAccountOnly(t *testing.T) {
	graph := network(t, networkArgs())
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "net-flow-logs-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "FlowLogs", "Effect": "Allow", "Action": ["sts:AssumeRole"],
			"Principal": {"Service": ["vpc-flow-logs.amazonaws.com"]},
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*"]}
			}
		}]
	}`)
	sameJSON(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", "net-flow-logs-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Write", "Effect": "Allow",
			"Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
			"Resource": [
				"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/test/net",
				"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/test/net:*"
			]
		}, {
			"Sid": "Find", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"],
			"Resource": ["*"]
		}]
	}`)
}

func TestAWrongNetworkRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.NetworkArgs)
		want  string
	}{
		"no block":           {func(a *aws.NetworkArgs) { a.CIDR = "" }, "address block"},
		"no zones":           {func(a *aws.NetworkArgs) { a.Zones = nil }, "no zones"},
		"a zone twice":       {func(a *aws.NetworkArgs) { a.Zones[1].Letter = "a" }, `zone "a" is there twice`},
		"an endpoint twice":  {func(a *aws.NetworkArgs) { a.Endpoints = []string{"sts", "sts"} }, `endpoint "sts" is there twice`},
		"no cluster":         {func(a *aws.NetworkArgs) { a.ClusterName = "" }, "cluster name"},
		"traffic misspelled": {func(a *aws.NetworkArgs) { a.FlowLogs.Traffic = "all" }, `not "all"`},
		"no key for logs":    {func(a *aws.NetworkArgs) { a.FlowLogs.Key = nil }, "no key"},
	} {
		t.Run(name, func(t *testing.T) {
			args := networkArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewNetwork(ctx, "net", args)
				return err
			}, `network "net"`, test.want)
		})
	}
}
