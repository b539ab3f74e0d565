package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"sigs.k8s.io/yaml"

	"example.org/openedx/offline/schema"
)

const (
	roleType      = "aws:iam/role:Role"
	subnetType    = "aws:ec2/subnet:Subnet"
	bucketType    = "aws:s3/bucketV2:BucketV2"
	groupType     = "aws:ec2/securityGroup:SecurityGroup"
	ruleType      = "aws:ec2/securityGroupRule:SecurityGroupRule"
	templateType  = "aws:ec2/launchTemplate:LaunchTemplate"
	nodeGroupType = "aws:eks/nodeGroup:NodeGroup"
)

// fields are inputs in short; values are what resource.NewPropertyValue takes.
type fields map[string]any

// valid holds inputs that the provider accepts, to be spoilt by each case.
func valid(token string) fields {
	switch token {
	case roleType:
		return fields{"assumeRolePolicy": `{"Version":"2012-10-17","Statement":[]}`, "name": "campus-nodes"}
	case subnetType:
		return fields{"vpcId": "vpc-1", "cidrBlock": "10.20.0.0/19", "availabilityZone": "eu-west-1a", "tags": map[string]any{"Name": "a"}}
	case bucketType:
		return fields{"bucket": "campus-uploads"}
	case groupType:
		return fields{"ingress": []any{map[string]any{"fromPort": 80, "toPort": 80, "protocol": "tcp"}}}
	case ruleType:
		return fields{"type": "ingress", "fromPort": 80, "toPort": 443, "protocol": "tcp", "securityGroupId": "sg-1", "cidrBlocks": []any{"10.0.0.0/8"}}
	case templateType:
		return fields{"metadataOptions": map[string]any{"httpTokens": "required", "httpPutResponseHopLimit": 1}}
	case nodeGroupType:
		return fields{
			"clusterName": "campus", "nodeRoleArn": "arn:aws:iam::123456789012:role/nodes", "subnetIds": []any{"subnet-1"},
			"scalingConfig": map[string]any{"minSize": 3, "desiredSize": 3, "maxSize": 5},
		}
	}
	return fields{}
}

func with(token string, changes fields) resource.PropertyMap {
	inputs := resource.PropertyMap{}
	for _, each := range []fields{valid(token), changes} {
		for key, value := range each {
			inputs[resource.PropertyKey(key)] = property(value)
		}
	}
	return inputs
}

func property(value any) resource.PropertyValue {
	if already, ok := value.(resource.PropertyValue); ok {
		return already
	}
	return resource.NewPropertyValue(value)
}

func load(t *testing.T, token string) *schema.Resource {
	t.Helper()
	pkg, err := schema.Load(strings.Split(token, ":")[0])
	if err != nil {
		t.Fatal(err)
	}
	r, err := pkg.Resource(token)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatTheProviderAcceptsPasses(t *testing.T) {
	cases := []struct {
		token   string
		changes fields
	}{
		{roleType, fields{}},
		{roleType, fields{"name": strings.Repeat("r", 64)}},
		{roleType, fields{"permissionsBoundary": ""}},
		{roleType, fields{"description": nil, "__defaults": []any{}}},
		{subnetType, fields{}},
		{bucketType, fields{"bucket": "abc"}},
		{bucketType, fields{"bucket": strings.Repeat("b", 63)}},
		{groupType, fields{}},
		{ruleType, fields{"fromPort": 0, "toPort": 65535}},
		{ruleType, fields{"fromPort": -1, "toPort": -1, "protocol": "icmp"}},
		{ruleType, fields{"fromPort": 443, "toPort": 443}},
		{templateType, fields{}},
		{nodeGroupType, fields{}},
	}
	for _, c := range cases {
		for _, failure := range load(t, c.token).Check(with(c.token, c.changes)) {
			t.Errorf("%s with %v: %s %s", c.token, c.changes, failure.Property, failure.Reason)
		}
	}
}

func TestWhatTheProviderRefusesFailsWithPropertyValueAndRule(t *testing.T) {
	cases := []struct {
		name     string
		token    string
		changes  fields
		property string
		reason   string
	}{
		{"unknown property", subnetType, fields{"cidrBlok": "10.0.0.0/24"}, "cidrBlok", "is not a property of aws:ec2/subnet:Subnet; did you mean cidrBlock?"},
		{"unknown nested property", templateType, fields{"metadataOptions": map[string]any{"httpToken": "required"}}, "metadataOptions.httpToken", "did you mean httpTokens?"},
		{"wrong type", subnetType, fields{"mapPublicIpOnLaunch": "yes"}, "mapPublicIpOnLaunch", `must be a boolean, got "yes"`},
		{"a list for a string", subnetType, fields{"cidrBlock": []any{"10.0.0.0/24"}}, "cidrBlock", "must be a string, got a list"},
		{"fraction for an integer", ruleType, fields{"fromPort": 80.5}, "fromPort", "must be an integer, got 80.5"},
		{"missing required", subnetType, fields{"vpcId": nil}, "vpcId", "is required"},
		{"missing required block", nodeGroupType, fields{"scalingConfig": nil}, "scalingConfig", "is required"},
		{"missing required in a block", nodeGroupType, fields{"scalingConfig": map[string]any{"minSize": 1, "maxSize": 2}}, "scalingConfig.desiredSize", "is required"},
		{"bad enum in a block", templateType, fields{"metadataOptions": map[string]any{"httpTokens": "mandatory"}}, "metadataOptions.httpTokens", `must be one of "optional", "required", got "mandatory"`},
		{"bad number among those allowed", "aws:cloudwatch/logGroup:LogGroup", fields{"retentionInDays": 31}, "retentionInDays", "got 31"},
		{"not a CIDR", subnetType, fields{"cidrBlock": "10.20.0.0/33"}, "cidrBlock", `must be an IPv4 CIDR block like 10.0.0.0/16, got "10.20.0.0/33"`},
		{"CIDR with host bits", subnetType, fields{"cidrBlock": "10.20.1.0/19"}, "cidrBlock", "10.20.0.0/19"},
		{"IPv6 for IPv4", subnetType, fields{"cidrBlock": "2001:db8::/64"}, "cidrBlock", "must be an IPv4 CIDR block"},
		{"block too large", "aws:ec2/vpc:Vpc", fields{"cidrBlock": "10.0.0.0/15"}, "cidrBlock", "must be a block between /16 and /28, got /15"},
		{"block too small", "aws:ec2/vpc:Vpc", fields{"cidrBlock": "10.0.0.0/29"}, "cidrBlock", "got /29"},
		{"role name of 65 characters", roleType, fields{"name": strings.Repeat("r", 65)}, "name", "must be 1 to 64 characters, got 65"},
		{"role name with a space", roleType, fields{"name": "a role"}, "name", `may hold letters, digits and +=,.@_- only, got "a role"`},
		{"policy that is no JSON", roleType, fields{"assumeRolePolicy": "{"}, "assumeRolePolicy", "must be a policy document in JSON"},
		{"bucket name with capitals", bucketType, fields{"bucket": "Campus-uploads"}, "bucket", "lower-case"},
		{"bucket name of 2 characters", bucketType, fields{"bucket": "ab"}, "bucket", "must be 3 to 63 characters, got 2"},
		{"bucket name of 64 characters", bucketType, fields{"bucket": strings.Repeat("b", 64)}, "bucket", "got 64"},
		{"security group name", groupType, fields{"name": "sg-web"}, "name", "cannot begin with sg-"},
		{"ports the wrong way round", ruleType, fields{"fromPort": 444, "toPort": 443}, "fromPort", "must not be above toPort, got 444 and 443"},
		{"port above the range", ruleType, fields{"toPort": 65536}, "toPort", "must be between -1 and 65535, got 65536"},
		{"port below the range", ruleType, fields{"fromPort": -2}, "fromPort", "must be between -1 and 65535, got -2"},
		{"ports of an inline rule", groupType, fields{"ingress": []any{map[string]any{"fromPort": 90, "toPort": 80, "protocol": "tcp"}}}, "ingress[0].fromPort", "must not be above toPort"},
		{"ports of a single rule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", fields{"securityGroupId": "sg-1", "ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/8", "fromPort": 2, "toPort": 1}, "fromPort", "must not be above toPort"},
		{"empty", nodeGroupType, fields{"nodeRoleArn": ""}, "nodeRoleArn", "must not be empty"},
		{"a name for an ARN", "aws:eks/cluster:Cluster", fields{"roleArn": "campus", "vpcConfig": map[string]any{"subnetIds": []any{}}}, "roleArn", `must be an ARN like arn:aws:iam::123456789012:role/name, got "campus"`},
		{"conflict", roleType, fields{"namePrefix": "campus-"}, "name", "conflicts with namePrefix"},
		{"none of the alternatives", "aws:ec2/flowLog:FlowLog", fields{}, "", "exactly one of eniId, subnetId"},
		{"two of the alternatives", "aws:ec2/flowLog:FlowLog", fields{"vpcId": "vpc-1", "subnetId": "subnet-1"}, "", "got 2"},
		{"needs another property", subnetType, fields{"customerOwnedIpv4Pool": "pool", "mapCustomerOwnedIpOnLaunch": true}, "customerOwnedIpv4Pool", "needs outpostArn"},
		{"fewest nodes above most", nodeGroupType, fields{"scalingConfig": map[string]any{"minSize": 6, "desiredSize": 6, "maxSize": 5}}, "scalingConfig.desiredSize", "must not be above maxSize"},
		{"constant", "kubernetes:core/v1:Namespace", fields{"kind": "Pod"}, "kind", `must be "Namespace", got "Pod"`},
		{"a string for an asset", "kubernetes:helm.sh/v3:Release", fields{"chart": "x", "valueYamlFiles": []any{map[string]any{"a": "b"}}}, "valueYamlFiles[0]", "must be an asset or archive"},
		{"value of a map", subnetType, fields{"tags": map[string]any{"a.b": 1}}, `tags["a.b"]`, "must be a string, got 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			failures := load(t, c.token).Check(with(c.token, c.changes))
			for _, failure := range failures {
				if failure.Property == c.property && strings.Contains(failure.Reason, c.reason) {
					return
				}
			}
			t.Errorf("no failure %q %q among %q", c.property, c.reason, failures)
		})
	}
}

func TestOneMistakeIsReportedOnce(t *testing.T) {
	failures := load(t, subnetType).Check(with(subnetType, fields{"cidrBlock": "10.20.0.0/33"}))
	if len(failures) != 1 {
		t.Errorf("got %q", failures)
	}
}

func TestAValueNotKnownYetPasses(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	output := resource.NewOutputProperty(resource.Output{Element: resource.NewStringProperty("")})
	for name, inputs := range map[string]resource.PropertyMap{
		"required":      with(subnetType, fields{"vpcId": unknown, "cidrBlock": output}),
		"other type":    with(subnetType, fields{"mapPublicIpOnLaunch": unknown}),
		"in a conflict": with(subnetType, fields{"availabilityZoneId": unknown}),
		"in a list":     with(subnetType, fields{"tags": map[string]any{"Name": unknown}}),
	} {
		if failures := load(t, subnetType).Check(inputs); len(failures) > 0 {
			t.Errorf("%s: %q", name, failures)
		}
	}
	if failures := load(t, ruleType).Check(with(ruleType, fields{"fromPort": unknown, "cidrBlocks": []any{unknown}})); len(failures) > 0 {
		t.Errorf("ports: %q", failures)
	}
}

func TestAnUnknownPropertyFailsEvenIfItsValueIsNotKnownYet(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	failures := load(t, subnetType).Check(with(subnetType, fields{"vpcID": unknown}))
	if len(failures) != 1 || failures[0].Property != "vpcID" {
		t.Errorf("got %q", failures)
	}
}

func TestASecretIsCheckedButNeverShown(t *testing.T) {
	for name, inputs := range map[string]resource.PropertyMap{
		"secret":           with(roleType, fields{"name": resource.MakeSecret(resource.NewStringProperty("hunter 2"))}),
		"secret output":    with(roleType, fields{"name": resource.NewOutputProperty(resource.Output{Element: resource.NewStringProperty("hunter 2"), Known: true, Secret: true})}),
		"inside a secret":  with(roleType, fields{"managedPolicyArns": resource.MakeSecret(resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty("hunter 2")}))}),
		"of another type":  with(roleType, fields{"maxSessionDuration": resource.MakeSecret(resource.NewStringProperty("hunter 2"))}),
		"number in a rule": with(roleType, fields{"maxSessionDuration": resource.MakeSecret(resource.NewNumberProperty(2))}),
	} {
		failures := load(t, roleType).Check(inputs)
		if len(failures) != 1 {
			t.Errorf("%s: got %q", name, failures)
			continue
		}
		if !strings.Contains(failures[0].Reason, "[secret]") || strings.Contains(fmt.Sprint(failures), "hunter") {
			t.Errorf("%s: got %q", name, failures[0].Reason)
		}
	}
}

func TestAnAssetIsAccepted(t *testing.T) {
	text, err := asset.FromText("a: 1")
	if err != nil {
		t.Fatal(err)
	}
	const release = "kubernetes:helm.sh/v3:Release"
	inputs := with(release, fields{"chart": "x", "valueYamlFiles": []any{resource.NewAssetProperty(text)}})
	if failures := load(t, release).Check(inputs); len(failures) > 0 {
		t.Errorf("got %q", failures)
	}
}

func TestATypeWithoutSchemaSaysHowToAddOne(t *testing.T) {
	pkg, err := schema.Load("aws")
	if err != nil {
		t.Fatal(err)
	}
	_, err = pkg.Resource("aws:ec2/subnet:Subnett")
	for _, want := range []string{"offline/behaviour/aws.yaml", "make schemas", "did you mean " + subnetType} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if _, err = schema.Load("gcp"); err == nil || !strings.Contains(err.Error(), "offline/behaviour/gcp.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestEveryTypeWithBehaviourHasASchemaThatCompiles(t *testing.T) {
	lists, err := filepath.Glob("../behaviour/*.yaml")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no behaviour files: %v", err)
	}
	for _, list := range lists {
		var behaviour struct{ Resources, Functions map[string]any }
		data, err := os.ReadFile(list)
		if err == nil {
			err = yaml.Unmarshal(data, &behaviour)
		}
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := schema.Load(strings.TrimSuffix(filepath.Base(list), ".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for token := range behaviour.Resources {
			r, err := pkg.Resource(token)
			compiles(t, token, r, err)
		}
		for token := range behaviour.Functions {
			f, err := pkg.Function(token)
			compiles(t, token, f, err)
		}
	}
}

func compiles(t *testing.T, token string, of interface {
	Check(resource.PropertyMap) []schema.Failure
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	for _, failure := range of.Check(resource.PropertyMap{}) {
		if strings.Contains(failure.Reason, "broken") {
			t.Errorf("%s: %s", token, failure.Reason)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	pkg, err := schema.Load("aws")
	if err != nil {
		b.Fatal(err)
	}
	r, err := pkg.Resource(nodeGroupType)
	if err != nil {
		b.Fatal(err)
	}
	inputs := with(nodeGroupType, fields{})
	for b.Loop() {
		if failures := r.Check(inputs); len(failures) > 0 {
			b.Fatal(failures)
		}
	}
}
