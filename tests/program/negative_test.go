package program

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// properties are inputs written as Go values.
type properties map[string]any

// tagged are properties with all the tags that a resource must have.
func tagged(more properties) properties {
	more["tags"] = map[string]any{tags.ManagedBy: "x", tags.Stack: "x", tags.Component: "x", tags.Name: "x"}
	return more
}

// handmade is a graph that keeps every invariant.
func handmade() *harness.Graph {
	const component = "urn:pulumi:test::openedx::openedx:aws:Network::campus-network"
	graph := &harness.Graph{Resources: []*harness.Resource{
		{URN: component, Type: "openedx:aws:Network", Name: "campus-network"},
	}}
	add := func(typ, name string, inputs properties) *harness.Resource {
		r := &harness.Resource{
			URN:  "urn:pulumi:test::openedx::openedx:aws:Network$" + typ + "::campus-network-" + name,
			Type: typ, Name: "campus-network-" + name, Parent: component, Custom: true,
			Inputs: resource.NewPropertyMapFromMap(inputs),
		}
		graph.Resources = append(graph.Resources, r)
		return r
	}
	add("aws:ec2/subnet:Subnet", "data-a", tagged(properties{"mapPublicIpOnLaunch": false}))
	add("aws:ec2/routeTable:RouteTable", "data-routes", tagged(properties{}))
	add("aws:ec2/routeTable:RouteTable", "private-routes", tagged(properties{}))
	add("aws:ec2/route:Route", "private-default", properties{"routeTableId": "campus-network-private-routes-id"})
	add("aws:ec2/routeTableAssociation:RouteTableAssociation", "data-association-a", properties{
		"subnetId": "campus-network-data-a-id", "routeTableId": "campus-network-data-routes-id",
	})
	for _, table := range []string{"data-routes", "private-routes"} {
		add("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation", "s3-"+table, properties{
			"routeTableId": "campus-network-" + table + "-id",
		})
	}
	add("aws:cloudwatch/logGroup:LogGroup", "logs", tagged(properties{"kmsKeyId": "key", "retentionInDays": 14}))
	add("aws:kms/key:Key", "key", tagged(properties{
		"enableKeyRotation": true, "deletionWindowInDays": 30, "policy": permits("kms:*", "*"),
	})).Protect = true
	add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "https", tagged(properties{"cidrIpv4": "10.0.0.0/8"}))
	add("aws:iam/rolePolicy:RolePolicy", "policy", properties{
		"policy": permits("logs:PutLogEvents", "*"),
	})
	add("eks:index:Cluster", "eks", tagged(properties{
		"encryptionConfigKeyArn": "key", "publicAccessCidrs": []any{"203.0.113.0/24"},
	}))
	add("aws:ec2/securityGroup:SecurityGroup", "db-group", tagged(properties{}))
	add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-from-nodes", tagged(properties{
		"securityGroupId": "campus-network-db-group-id", "referencedSecurityGroupId": "campus-network-eks-group",
	}))
	add("aws:rds/subnetGroup:SubnetGroup", "db-subnets", tagged(properties{"subnetIds": []any{"campus-network-data-a-id"}}))
	add("aws:rds/clusterParameterGroup:ClusterParameterGroup", "db-parameters", tagged(properties{
		"parameters": []any{map[string]any{"name": "require_secure_transport", "value": "ON"}},
	}))
	add("aws:rds/cluster:Cluster", "db", tagged(properties{
		"storageEncrypted": true, "kmsKeyId": "key", "masterUserSecretKmsKeyId": "key",
		"deletionProtection": true, "skipFinalSnapshot": false, "finalSnapshotIdentifier": "db-final",
		"vpcSecurityGroupIds": []any{"campus-network-db-group-id"},
	})).Protect = true
	add("aws:rds/clusterInstance:ClusterInstance", "db-writer", tagged(properties{
		"publiclyAccessible": false, "performanceInsightsKmsKeyId": "key",
	}))
	add("pulumi:providers:kubernetes", "provider", properties{
		"kubeconfig": resource.MakeSecret(resource.NewProperty("x")),
	})
	add("kubernetes:storage.k8s.io/v1:StorageClass", "gp3", properties{
		"parameters": map[string]any{"encrypted": "true"},
	}).Provider = "urn:pulumi:test::openedx::openedx:aws:Network$pulumi:providers:kubernetes::campus-network-provider::id"
	addEdge(add)
	sortByURN(graph)
	return graph
}

// permits is a policy document with one statement.
func permits(action, on string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Test","Effect":"Allow","Action":[%q],"Resource":[%q]}]}`, action, on)
}

func sortByURN(graph *harness.Graph) {
	slices.SortFunc(graph.Resources, func(a, b *harness.Resource) int { return strings.Compare(a.URN, b.URN) })
}

// find returns the handmade resource with a name.
func find(t *testing.T, graph *harness.Graph, name string) *harness.Resource {
	t.Helper()
	for _, r := range graph.Resources {
		if r.Name == "campus-network-"+name {
			return r
		}
	}
	t.Fatalf("the handmade graph has no %q", name)
	return nil
}

// set changes one input.
func set(t *testing.T, graph *harness.Graph, name, property string, value any) {
	t.Helper()
	find(t, graph, name).Inputs[resource.PropertyKey(property)] = resource.NewPropertyValue(value)
}

// breach breaks one invariant, by the invariant's name.
type breach struct {
	invariant, how string
	breach         func(*testing.T, *harness.Graph)
}

// breaches break one invariant each; those of stores are beside the stores' invariants.
var breaches = []breach{
	{"no resource is there twice", "registered again", func(t *testing.T, g *harness.Graph) {
		g.Resources = append(g.Resources, find(t, g, "logs"))
		sortByURN(g)
	}},
	{"every resource belongs to a component", "without a parent", func(t *testing.T, g *harness.Graph) {
		find(t, g, "logs").Parent = ""
	}},
	{"every resource belongs to a component", "under another resource", func(t *testing.T, g *harness.Graph) {
		child := find(t, g, "gp3")
		child.Parent, child.Name = find(t, g, "eks").URN, "campus-network-eks-gp3"
	}},
	{"a component's name begins the name of all it contains", "named on its own", func(t *testing.T, g *harness.Graph) {
		find(t, g, "logs").Name = "logs"
	}},
	{"a component's name begins the name of all it contains", "named like a sibling of its parent", func(t *testing.T, g *harness.Graph) {
		find(t, g, "logs").Name = "campus-networks-logs"
	}},
	{"whatever can carry tags carries them", "no tags", func(t *testing.T, g *harness.Graph) {
		delete(find(t, g, "logs").Inputs, "tags")
	}},
	{"whatever can carry tags carries them", "an empty tag", func(t *testing.T, g *harness.Graph) {
		find(t, g, "eks").Inputs["tags"].ObjectValue()[tags.Component] = resource.NewProperty("")
	}},
	{"what holds data is protected, and nothing else", "unprotected data", func(t *testing.T, g *harness.Graph) {
		find(t, g, "key").Protect = false
	}},
	{"what holds data is protected, and nothing else", "a protected component", func(_ *testing.T, g *harness.Graph) {
		for _, r := range g.Resources {
			if r.Parent == "" {
				r.Protect = true
			}
		}
	}},
	{"data at rest is encrypted", "no key", func(t *testing.T, g *harness.Graph) {
		delete(find(t, g, "logs").Inputs, "kmsKeyId")
	}},
	{"data at rest is encrypted", "an empty key", func(t *testing.T, g *harness.Graph) {
		set(t, g, "eks", "encryptionConfigKeyArn", "")
	}},
	{"data at rest is encrypted", "a key that never changes", func(t *testing.T, g *harness.Graph) {
		set(t, g, "key", "enableKeyRotation", false)
	}},
	{"logs end", "no retention", func(t *testing.T, g *harness.Graph) {
		delete(find(t, g, "logs").Inputs, "retentionInDays")
	}},
	{"logs end", "kept for ever", func(t *testing.T, g *harness.Graph) {
		set(t, g, "logs", "retentionInDays", 0)
	}},
	{"secrets are secret", "a readable kubeconfig", func(t *testing.T, g *harness.Graph) {
		set(t, g, "provider", "kubeconfig", "x")
	}},
	{"secrets are secret", "a readable password deep inside", func(t *testing.T, g *harness.Graph) {
		set(t, g, "logs", "list", []any{map[string]any{"adminPassword": "x"}})
	}},
	{"the data tier has no way out", "a route", func(t *testing.T, g *harness.Graph) {
		set(t, g, "private-default", "routeTableId", "campus-network-data-routes-id")
	}},
	{"the data tier has no way out", "no data tier", func(t *testing.T, g *harness.Graph) {
		set(t, g, "data-association-a", "subnetId", "other")
	}},
	{"every route table knows the way to S3", "one forgotten", func(t *testing.T, g *harness.Graph) {
		set(t, g, "s3-data-routes", "routeTableId", "other")
	}},
	{"nothing but the load balancer lets everybody in", "a rule", func(t *testing.T, g *harness.Graph) {
		set(t, g, "https", "cidrIpv4", "0.0.0.0/0")
	}},
	{"nothing but the load balancer lets everybody in", "a subnet", func(t *testing.T, g *harness.Graph) {
		set(t, g, "data-a", "mapPublicIpOnLaunch", true)
	}},
	{"nothing but the load balancer lets everybody in", "the cluster's API", func(t *testing.T, g *harness.Graph) {
		set(t, g, "eks", "publicAccessCidrs", []any{"0.0.0.0/0"})
	}},
	{"no permission is for everything", "a policy", func(t *testing.T, g *harness.Graph) {
		set(t, g, "policy", "policy", permits("logs:*", "*"))
	}},
	{"kubernetes objects go through the cluster's own provider", "no provider", func(t *testing.T, g *harness.Graph) {
		find(t, g, "gp3").Provider = ""
	}},
	{"kubernetes objects go through the cluster's own provider", "the default provider", func(t *testing.T, g *harness.Graph) {
		find(t, g, "gp3").Provider = "urn:pulumi:test::openedx::pulumi:providers:kubernetes::default::id"
	}},
}

func TestTheHandmadeGraphKeepsEveryInvariant(t *testing.T) {
	for _, invariant := range invariants {
		for _, violation := range invariant.violations(handmade()) {
			t.Errorf("%s: %s", invariant.name, violation)
		}
	}
}

func TestEachBreachIsSeenByItsInvariantAlone(t *testing.T) {
	for _, test := range slices.Concat(breaches, storeBreaches, edgeBreaches) {
		t.Run(test.invariant+"/"+test.how, func(t *testing.T) {
			graph := handmade()
			test.breach(t, graph)
			for _, invariant := range invariants {
				seen := len(invariant.violations(graph)) > 0
				if seen != (invariant.name == test.invariant) {
					t.Errorf("%q sees a breach: %t", invariant.name, seen)
				}
			}
		})
	}
}

func TestEachInvariantCanBeBroken(t *testing.T) {
	broken := map[string]bool{}
	for _, test := range slices.Concat(breaches, storeBreaches, edgeBreaches) {
		broken[test.invariant] = true
	}
	for _, invariant := range invariants {
		if !broken[invariant.name] {
			t.Errorf("nothing shows that %q can fail", invariant.name)
		}
	}
}
