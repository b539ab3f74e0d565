package provider_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const trust = `{"Version":"2012-10-17","Statement":[]}`

func TestRefusesWhatTheRealProviderRefuses(t *testing.T) {
	cases := []struct {
		name, token string
		inputs      func(vpc, subnet, group *thing) props
		wanted      []string
	}{
		{
			"overlapping subnets", subnetType, func(vpc, _, _ *thing) props { return zone(vpc, "b", "10.0.0.128/25") },
			[]string{"InvalidSubnet.Conflict", "10.0.0.128/25", "10.0.0.0/24"},
		},
		{
			"a subnet around another", subnetType, func(vpc, _, _ *thing) props { return zone(vpc, "b", "10.0.0.0/23") },
			[]string{"InvalidSubnet.Conflict"},
		},
		{
			"a subnet outside its VPC", subnetType, func(vpc, _, _ *thing) props { return zone(vpc, "b", "10.1.0.0/24") },
			[]string{"InvalidSubnet.Range", "10.1.0.0/24", "10.0.0.0/16"},
		},
		{"a zone of another region", subnetType, func(vpc, _, _ *thing) props {
			return props{"vpcId": vpc.id, "cidrBlock": "10.0.9.0/24", "availabilityZone": "us-east-1a"}
		}, []string{"availabilityZone", "us-east-1a"}},
		{"an unknown property", vpcType, func(_, _, _ *thing) props {
			return props{"cidrBlock": "10.9.0.0/16", "enableDnsHostname": true}
		}, []string{"enableDnsHostname", "enableDnsHostnames"}},
		{"a wrong type", vpcType, func(_, _, _ *thing) props { return props{"cidrBlock": 10} }, []string{"cidrBlock"}},
		{"a missing input", roleType, func(_, _, _ *thing) props { return props{"name": "r"} }, []string{"assumeRolePolicy"}},
		{
			"a reversed port range", ruleType, func(_, _, group *thing) props { return rule(group, 443, 80) },
			[]string{"fromPort", "443 to 80"},
		},
		{
			"a port beyond the last", ruleType, func(_, _, group *thing) props { return rule(group, 443, 65536) },
			[]string{"toPort", "65536"},
		},
		{
			"ports with all protocols", ruleType, func(_, _, group *thing) props { return with(rule(group, 1, 2), "protocol", "-1") },
			[]string{"protocol -1"},
		},
		{"a reversed port range inside a group", groupType, func(vpc, _, _ *thing) props {
			return props{"vpcId": vpc.id, "ingress": []any{map[string]any{
				"fromPort": 443, "toPort": 80, "protocol": "tcp", "cidrBlocks": []any{"10.0.0.0/8"},
			}}}
		}, []string{"ingress[0].fromPort"}},
		{"a rule for nobody", ruleType, func(_, _, group *thing) props {
			nobody := rule(group, 1, 2)
			delete(nobody, "cidrBlocks")
			return nobody
		}, []string{"MissingParameter"}},
		{"a role name of 65 characters", roleType, func(_, _, _ *thing) props {
			return props{"name": strings.Repeat("r", 65), "assumeRolePolicy": trust}
		}, []string{"name", "64"}},
		{
			"a made-up name that is too long", roleType, func(_, _, _ *thing) props { return props{"assumeRolePolicy": trust} },
			[]string{"name", "64"},
		},
		{
			"a bucket name with capitals", bucketType, func(_, _, _ *thing) props { return props{"bucket": "Campus-Files"} },
			[]string{"bucket", "Campus-Files"},
		},
		{"a reference to nothing", subnetType, func(_, _, _ *thing) props {
			return props{"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.0.9.0/24"}
		}, []string{"vpcId", "does not exist", vpcType}},
		{"a reference of the wrong form", "aws:ec2/routeTableAssociation:RouteTableAssociation", func(vpc, _, group *thing) props {
			return props{"subnetId": group.id, "routeTableId": vpc.text("mainRouteTableId")}
		}, []string{"subnetId", "wrong form", subnetType}},
		{"a nested reference to nothing", "aws:eks/cluster:Cluster", func(_, subnet, _ *thing) props {
			return props{"roleArn": "arn:aws:iam::123456789012:role/none", "vpcConfig": map[string]any{"subnetIds": []any{subnet.id}}}
		}, []string{"roleArn", "does not exist"}},
		{"a cluster in one zone", "aws:eks/cluster:Cluster", func(_, subnet, _ *thing) props {
			return props{"roleArn": "arn:aws:iam::123456789012:role/eks", "vpcConfig": map[string]any{"subnetIds": []any{subnet.id}}}
		}, []string{"vpcConfig.subnetIds", "two availability zones"}},
		{
			"a type without schema", "aws:ec2/nothing:Nothing", func(_, _, _ *thing) props { return props{} },
			[]string{"offline/behaviour/aws.yaml", "make schemas"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			vpc, subnet := w.network()
			group := w.create(groupType, "g", props{"vpcId": vpc.id})
			w.create(roleType, "eks", props{"name": "eks", "assumeRolePolicy": trust})
			name := "x"
			if strings.Contains(c.name, "made-up") {
				name = strings.Repeat("x", 60)
			}
			_, err := w.try(c.token, name, c.inputs(vpc, subnet, group), false)
			refused(t, err, c.wanted...)
			if !strings.HasPrefix(err.Error(), "check: ") {
				t.Errorf("a preview would not have told: %v", err)
			}
		})
	}
}

func rule(group *thing, from, to int) props {
	return props{
		"securityGroupId": group.id, "type": "ingress", "protocol": "tcp", "fromPort": from, "toPort": to,
		"cidrBlocks": []any{"10.0.0.0/8"},
	}
}

// What Check could not see, because values were unknown, Create must.
func TestCreateRefusesWhatCheckCouldNotSee(t *testing.T) {
	w := newWorld(t)
	vpc, _ := w.network()
	unknown := resource.MakeComputed(resource.NewProperty(""))
	checked, failures := w.check(subnetType, "b", nil, props{"vpcId": unknown, "cidrBlock": "10.0.0.0/25"})
	if len(failures) > 0 {
		t.Fatalf("refused what is unknown: %v", failures)
	}
	checked["vpcId"] = resource.NewProperty(vpc.id)
	_, err := w.createChecked(subnetType, "b", checked, false)
	refused(t, err, "InvalidSubnet.Conflict", subnetType, `"b"`)
	checked["vpcId"] = resource.NewProperty("vpc-0123456789abcdef0")
	_, err = w.createChecked(subnetType, "b", checked, false)
	refused(t, err, "NotFound", "vpcId")
}

func TestWhatIsStillUsedCannotBeDeleted(t *testing.T) {
	w := newWorld(t)
	vpc, subnet := w.network()
	refused(t, w.delete(vpc), "DependencyViolation", vpc.id, subnet.id)
	if w.read(vpc) == nil {
		t.Fatal("the VPC is gone all the same")
	}
	for _, each := range []*thing{subnet, vpc} {
		if err := w.delete(each); err != nil {
			t.Fatal(err)
		}
		if w.read(each) != nil {
			t.Errorf("%s is still there", each.id)
		}
	}
	if err := w.delete(vpc); err != nil {
		t.Errorf("deleting what is gone already: %v", err)
	}
}

func TestWhatTheProviderDeletesFreelyIsDeleted(t *testing.T) {
	w := newWorld(t)
	key := w.create("aws:kms/key:Key", "key", props{})
	w.create("aws:kms/alias:Alias", "alias", props{"name": "alias/a", "targetKeyId": key.id})
	if err := w.delete(key); err != nil {
		t.Error(err)
	}
}

func TestANameIsHeldByOneResource(t *testing.T) {
	w := newWorld(t)
	first := w.create(roleType, "one", props{"name": "lms", "assumeRolePolicy": trust})
	_, err := w.try(roleType, "two", props{"name": "lms", "assumeRolePolicy": trust}, true)
	refused(t, err, "check: ", "EntityAlreadyExists", "lms", "one")
	if err := w.delete(first); err != nil {
		t.Fatal(err)
	}
	w.create(roleType, "two", props{"name": "lms", "assumeRolePolicy": trust})
}

func TestAPreviewSeesTwoResourcesOfOneName(t *testing.T) {
	w := newWorld(t)
	if _, err := w.try(roleType, "one", props{"name": "lms", "assumeRolePolicy": trust}, true); err != nil {
		t.Fatal(err)
	}
	_, err := w.try(roleType, "two", props{"name": "lms", "assumeRolePolicy": trust}, true)
	refused(t, err, "EntityAlreadyExists")
}

// A subnet has no name of its own to make way with, so its replacement is
// created first and meets the addresses of the old one.
func TestAReplacementHiddenBehindAClashIsRefused(t *testing.T) {
	w := newWorld(t)
	vpc, subnet := w.network()
	answer, news := w.diff(subnet, zone(vpc, "b", "10.0.0.0/24"))
	if len(answer.Replaces) == 0 || answer.DeleteBeforeReplace {
		t.Fatalf("want a replacement that is created first, got %v", answer)
	}
	_, err := w.createChecked(subnetType, "a", news, false)
	refused(t, err, "InvalidSubnet.Conflict")

	node := w.create("aws:ec2/eip:Eip", "ip", props{"domain": "vpc"})
	w.create("aws:ec2/internetGateway:InternetGateway", "igw", props{"vpcId": vpc.id})
	gateway := w.create("aws:ec2/natGateway:NatGateway", "nat", props{"subnetId": subnet.id, "allocationId": node.id})
	_, err = w.createChecked(gateway.token, gateway.name, gateway.inputs, false)
	refused(t, err, "Resource.AlreadyAssociated", gateway.id)
}

func TestAPublicGatewayNeedsAWayOut(t *testing.T) {
	w := newWorld(t)
	_, subnet := w.network()
	address := w.create("aws:ec2/eip:Eip", "ip", props{"domain": "vpc"})
	_, err := w.try("aws:ec2/natGateway:NatGateway", "nat", props{"subnetId": subnet.id, "allocationId": address.id}, false)
	refused(t, err, "Gateway.NotAttached")
}

func TestAnEndpointTakesOneSubnetAZone(t *testing.T) {
	w := newWorld(t)
	vpc, subnet := w.network()
	second := w.create(subnetType, "a2", zone(vpc, "a", "10.0.1.0/24"))
	_, err := w.try("aws:ec2/vpcEndpoint:VpcEndpoint", "e", props{
		"vpcId": vpc.id, "serviceName": "com.amazonaws.eu-west-1.sts", "vpcEndpointType": "Interface",
		"subnetIds": []any{subnet.id, second.id}, "privateDnsEnabled": true,
	}, false)
	refused(t, err, "DuplicateSubnetsInSameZone", "enableDnsHostnames")
}

func TestAFirstPreviewSeesOverlapsInItsOnlyVPC(t *testing.T) {
	w := newWorld(t)
	unknown := resource.MakeComputed(resource.NewProperty(""))
	if _, err := w.try(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"}, true); err != nil {
		t.Fatal(err)
	}
	first, err := w.try(subnetType, "a", props{"vpcId": unknown, "cidrBlock": "10.0.0.0/24"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if !first.outputs["vpcId"].IsComputed() {
		t.Errorf("the VPC's id became %v", first.outputs["vpcId"])
	}
	_, err = w.try(subnetType, "b", props{"vpcId": unknown, "cidrBlock": "10.0.0.0/25"}, true)
	refused(t, err, "InvalidSubnet.Conflict")
	_, err = w.try(subnetType, "c", props{"vpcId": unknown, "cidrBlock": "192.168.0.0/25"}, true)
	refused(t, err, "InvalidSubnet.Range")
	if _, err = w.try(vpcType, "other", props{"cidrBlock": "192.168.0.0/16"}, true); err != nil {
		t.Fatal(err)
	}
	if _, err = w.try(subnetType, "c", props{"vpcId": unknown, "cidrBlock": "192.168.0.0/25"}, true); err != nil {
		t.Errorf("with two VPCs a preview cannot tell which is meant: %v", err)
	}
}

func TestARegionMustBeOne(t *testing.T) {
	w := newWorld(t)
	for region, good := range map[string]bool{"eu-west-1": true, "us-gov-east-1": true, "europe": false, "": false} {
		_, failures := w.checkConfig(props{"region": region})
		if (len(failures) == 0) != good {
			t.Errorf("%q: %v", region, failures)
		}
	}
}

func TestKubernetesObjectsNeedTheirNamespace(t *testing.T) {
	w := open(t, "kubernetes", t.TempDir())
	object := func(kind, namespace string) props {
		return props{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"namespace": namespace}}
	}
	_, err := w.try("kubernetes:core/v1:ConfigMap", "c", object("ConfigMap", "lms"), false)
	refused(t, err, "metadata.namespace", "lms", "does not exist")
	namespace := w.create("kubernetes:core/v1:Namespace", "ns", props{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "lms"},
	})
	if namespace.id != "lms" {
		t.Errorf("id %q", namespace.id)
	}
	made := w.create("kubernetes:core/v1:ConfigMap", "c", object("ConfigMap", "lms"))
	if !strings.HasPrefix(made.id, "lms/c-") || made.text(`metadata.annotations["pulumi.com/autonamed"]`) != "true" {
		t.Errorf("id %q, annotations %v", made.id, made.outputs["metadata"])
	}
	if made := w.create("kubernetes:core/v1:ConfigMap", "d", object("ConfigMap", "kube-system")); !strings.HasPrefix(made.id, "kube-system/d-") {
		t.Errorf("id %q", made.id)
	}
}
