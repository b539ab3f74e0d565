package schema_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/schema"
)

func TestReplacementIsDecidedPerProperty(t *testing.T) {
	cases := []struct {
		token, path string
		want        bool
	}{
		{subnetType, "cidrBlock", true},
		{subnetType, "vpcId", true},
		{subnetType, "tags", false},
		{subnetType, "tags.Name", false},
		{subnetType, "mapPublicIpOnLaunch", false},
		{"aws:ec2/vpc:Vpc", "cidrBlock", true},
		{"aws:ec2/vpc:Vpc", "enableDnsHostnames", false},
		{roleType, "name", true},
		{roleType, "assumeRolePolicy", false},
		{templateType, "metadataOptions.httpTokens", false},
		{"aws:eks/cluster:Cluster", "version", false},
		{"aws:eks/cluster:Cluster", "roleArn", true},
		{"aws:eks/cluster:Cluster", "kubernetesNetworkConfig.serviceIpv4Cidr", true},
		{"aws:eks/cluster:Cluster", "kubernetesNetworkConfig.elasticLoadBalancing.enabled", false},
		{"aws:eks/cluster:Cluster", "kubernetesNetworkConfig", true},
		{"aws:eks/cluster:Cluster", "accessConfig.bootstrapClusterCreatorAdminPermissions", true},
		{"aws:eks/cluster:Cluster", "accessConfig.authenticationMode", false},
		{"aws:eks/cluster:Cluster", "accessConfig", true},
		{nodeGroupType, "subnetIds[1]", true},
		{nodeGroupType, "instanceTypes[0]", true},
		{nodeGroupType, "scalingConfig.maxSize", false},
		{nodeGroupType, "launchTemplate.version", false},
		{nodeGroupType, "launchTemplate.id", true},
		{"aws:ec2/flowLog:FlowLog", "destinationOptions.fileFormat", true},
		{ruleType, "cidrBlocks[0]", true},
		{groupType, "ingress[0].fromPort", false},
		{"kubernetes:core/v1:Namespace", "metadata.name", true},
		{"kubernetes:core/v1:Namespace", "metadata.labels", false},
		{"kubernetes:core/v1:Secret", "data", true},
		{"kubernetes:storage.k8s.io/v1:StorageClass", "parameters.type", true},
		{"kubernetes:storage.k8s.io/v1:StorageClass", "allowVolumeExpansion", false},
		{"kubernetes:helm.sh/v3:Release", "namespace", true},
		{"kubernetes:helm.sh/v3:Release", "values.replicas", false},
		{"random:index/randomPassword:RandomPassword", "keepers.epoch", true},
		{"tls:index/selfSignedCert:SelfSignedCert", "earlyRenewalHours", false},
		{"tls:index/selfSignedCert:SelfSignedCert", "subject.commonName", true},
		{"command:local:Command", "triggers[0]", true},
		{"command:local:Command", "create", false},
		{"azure-native:network:Subnet", "virtualNetworkName", true},
		{"azure-native:network:Subnet", "addressPrefix", false},
		{"azure-native:resources:ResourceGroup", "location", true},
		{"eks:index:Cluster", "ipFamily", false},
	}
	for _, c := range cases {
		path, err := resource.ParsePropertyPath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := load(t, c.token).Replaces(path); got != c.want {
			t.Errorf("%s %s: replacement %t, want %t", c.token, c.path, got, c.want)
		}
	}
}

// parts is a package with what no real type has at the moment.
const parts = `{"package": "toy", "resources": {"toy:index:Box": {"inputs": {"type": "object", "properties": {
	"lids": {"type": "array", "items": {"$ref": "#/types/lid"}},
	"plain": {"type": "array", "items": {"type": "string"}},
	"loop": {"$ref": "#/types/loop"},
	"either": {"anyOf": [
		{"type": "array", "items": {"type": "string", "maxLength": 1}},
		{"type": "array", "items": {"type": "string", "format": "ip"}}]}}}, "outputs": {}}},
	"types": {"loop": {"type": "object", "properties": {"inner": {"$ref": "#/types/loop"}}}, "lid": {"type": "object", "properties": {"colour": {"type": "string", "replace": true}, "inner": {"$ref": "#/types/lid"}}}}}`

func box(t *testing.T) *schema.Resource {
	t.Helper()
	pkg, err := schema.Parse([]byte(parts))
	if err != nil {
		t.Fatal(err)
	}
	r, err := pkg.Resource("toy:index:Box")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAListedBlockThatComesOrGoesReplacesIfOneOfItsPropertiesDoes(t *testing.T) {
	for name, want := range map[string]bool{"lids": true, "plain": false, "loop": false} {
		if got := box(t).Replaces(resource.PropertyPath{name}); got != want {
			t.Errorf("%s: replacement %t, want %t", name, got, want)
		}
	}
}

func TestOneOfSeveralFormsIsEnough(t *testing.T) {
	text := resource.NewStringProperty
	for _, c := range []struct {
		values []resource.PropertyValue
		want   int
	}{
		{[]resource.PropertyValue{text("a")}, 0},
		{[]resource.PropertyValue{text("10.0.0.1")}, 0},
		{[]resource.PropertyValue{text("neither")}, 1},
		{[]resource.PropertyValue{resource.MakeComputed(text(""))}, 0},
	} {
		inputs := resource.PropertyMap{"either": resource.NewArrayProperty(c.values)}
		if failures := box(t).Check(inputs); len(failures) != c.want {
			t.Errorf("%v: got %q", c.values, failures)
		}
	}
}

func TestSecretAndComponentAreToldByTheSDK(t *testing.T) {
	if secrets := load(t, "random:index/randomPassword:RandomPassword").SecretOutputs(); len(secrets) != 2 {
		t.Errorf("secrets are %q", secrets)
	}
	if !load(t, "eks:index:Cluster").Component() {
		t.Error("eks:index:Cluster is no component")
	}
	if _, ok := load(t, subnetType).Outputs()["arn"]; !ok {
		t.Error("a subnet has no output arn")
	}
}
