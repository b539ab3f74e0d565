package program

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/internal/config"
	"example.org/openedx/tests/harness"
)

// doors is where each type of store says which security groups it is in.
var doors = map[string][]string{
	"aws:ec2/networkInterface:NetworkInterface":         {"securityGroups"},
	"aws:elasticache/cluster:Cluster":                   {"securityGroupIds"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {"securityGroupIds"},
	"aws:opensearch/domain:Domain":                      {"vpcOptions", "securityGroupIds"},
	"aws:rds/cluster:Cluster":                           {"vpcSecurityGroupIds"},
}

// doorsOf are the security groups of a store, and whether it is one.
func doorsOf(r *harness.Resource) ([]string, bool) {
	path, store := doors[r.Type]
	// A private endpoint of somebody else's service is the door to a store there.
	if r.Type == "aws:ec2/vpcEndpoint:VpcEndpoint" && strings.HasPrefix(text(r, "serviceName"), "com.amazonaws.vpce.") {
		path, store = []string{"securityGroupIds"}, true
	}
	if !store {
		return nil, false
	}
	return list(r, path...), true
}

// list are the texts of an input that is a list of them.
func list(r *harness.Resource, path ...string) []string {
	value, ok := at(r, path...)
	if !ok || !value.IsArray() {
		return nil
	}
	var texts []string
	for i := range value.ArrayValue() {
		texts = append(texts, text(r, append(slices.Clone(path), fmt.Sprint(i))...))
	}
	return texts
}

// reachable walks from each store through its security groups to whoever they
// let in.
func reachable(graph *harness.Graph) []string {
	var nodes []string
	for _, cluster := range graph.All("eks:index:Cluster") {
		nodes = append(nodes, cluster.Name+"-group")
	}
	for _, bastion := range graph.All("aws:ec2/securityGroup:SecurityGroup") {
		if strings.HasPrefix(bastion.Name, "campus-bastion-") {
			nodes = append(nodes, bastion.Name+"-id")
		}
	}
	return each(graph, func(r *harness.Resource) string {
		groups, store := doorsOf(r)
		if !store {
			return ""
		}
		if len(groups) == 0 {
			return "is in the default group"
		}
		known := false
		for _, group := range groups {
			what, lets := lettingIn(graph, group, nodes)
			if what != "" {
				return what
			}
			known = known || lets
		}
		if !known {
			return "lets no node in"
		}
		return ""
	})
}

// lettingIn says whom a group lets in that it should not, and whether it lets
// nodes in.
func lettingIn(graph *harness.Graph, group string, nodes []string) (wrong string, lets bool) {
	if !slices.ContainsFunc(graph.All("aws:ec2/securityGroup:SecurityGroup"), func(g *harness.Resource) bool {
		_, inline := at(g, "ingress")
		return g.Name+"-id" == group && !inline
	}) {
		return "is in " + group + ", which is not the platform's, or has rules of its own", false
	}
	for _, rule := range graph.All("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
		if text(rule, "securityGroupId") != group {
			continue
		}
		switch from := text(rule, "referencedSecurityGroupId"); {
		case slices.Contains(nodes, from):
			lets = true
		case from != group:
			return fmt.Sprintf("lets in %q%s", from, text(rule, "cidrIpv4")), lets
		}
	}
	return "", lets
}

// misplaced are stores with an address that others can see, or a way out.
func misplaced(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		tier := "-network-data-"
		var subnets []string
		switch r.Type {
		case "aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup":
			subnets = list(r, "subnetIds")
		case "aws:opensearch/domain:Domain":
			subnets = list(r, "vpcOptions", "subnetIds")
		case "aws:ec2/networkInterface:NetworkInterface":
			tier, subnets = "-network-private-", []string{text(r, "subnetId")}
		case "aws:rds/clusterInstance:ClusterInstance":
			return unset(r, []setting{{"publiclyAccessible", "false"}})
		case "aws:ec2/instance:Instance":
			return misplacedMachine(r)
		default:
			return ""
		}
		if len(subnets) == 0 {
			return "is in no subnet"
		}
		for _, subnet := range subnets {
			if !strings.Contains(subnet, tier) {
				return "is in " + subnet
			}
		}
		return ""
	})
}

// misplacedMachine wants a machine at its own interface, which is looked at apart, or in a private subnet.
func misplacedMachine(r *harness.Resource) string {
	if what := unset(r, []setting{{"metadataOptions.httpTokens", "required"}}); what != "" {
		return what
	}
	subnet := text(r, "subnetId")
	switch {
	case subnet == "":
		return unset(r, []setting{{"networkInterfaces.0.networkInterfaceId", ""}})
	case !strings.Contains(subnet, "-network-private-"):
		return "is in " + subnet
	}
	return ""
}

// transit is what each type must say of the data that travels to it.
var transit = map[string][]setting{
	"aws:elasticache/cluster:Cluster": {{"transitEncryptionEnabled", "true"}},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		{"transitEncryptionEnabled", "true"}, {"transitEncryptionMode", "required"}, {"authToken", ""},
	},
	"aws:opensearch/domain:Domain": {
		{"domainEndpointOptions.enforceHttps", "true"},
		{"domainEndpointOptions.tlsSecurityPolicy", "Policy-Min-TLS-1-2-PFS-2023-10"},
		{"nodeToNodeEncryption.enabled", "true"},
	},
}

func readable(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		if r.Type != "aws:rds/clusterParameterGroup:ClusterParameterGroup" {
			return unset(r, transit[r.Type])
		}
		parameters, _ := at(r, "parameters")
		for i := range parameters.ArrayValue() {
			if text(r, "parameters", fmt.Sprint(i), "name") == "require_secure_transport" {
				return unset(r, []setting{{fmt.Sprintf("parameters.%d.value", i), "ON"}})
			}
		}
		return "takes connections that are not encrypted"
	})
}

// everyStore are settings under which a platform has each kind of store.
var everyStore = map[string]map[string]any{
	"a replica set and memcached": {"openedx:cache": map[string]any{"memcached": true, "split": true}, "openedx:search": map[string]any{"enabled": true}},
	"five members":                {"openedx:overrides": map[string]any{"mongo": map[string]any{"members": 5}}},
	"somebody else's MongoDB": {
		"openedx:mongo":         map[string]any{"kind": "external", "external": map[string]any{"host": "mongo.example.org", "replicaSet": "rs0"}},
		"openedx:mongoPassword": "correct-horse-battery-staple",
	},
	"atlas": {"openedx:mongo": map[string]any{"kind": "atlas", "atlas": map[string]any{"project": "5f1a2b3c4d5e6f7a8b9c0d1e"}}},
}

func TestEveryKindOfStoreKeepsEveryInvariant(t *testing.T) {
	for name, more := range everyStore {
		t.Run(name, func(t *testing.T) {
			presets(t, func(t *testing.T, preset config.Preset) {
				graph := run(t, settings(preset, more))
				for _, invariant := range invariants {
					for _, violation := range invariant.violations(graph) {
						t.Errorf("%s: %s", invariant.name, violation)
					}
				}
			})
		})
	}
}

func TestASmallPlatformsMySQLMayGrowWithItsLoad(t *testing.T) {
	graph := run(t, settings(config.Small, map[string]any{"openedx:mysql": map[string]any{"serverless": true}}))
	cluster := graph.One(t, "aws:rds/cluster:Cluster", "campus-mysql-cluster")
	if got := cluster.Value(t, "serverlessv2ScalingConfiguration.maxCapacity").NumberValue(); got != 8 {
		t.Errorf("it grows to %v ACU, want 8", got)
	}
	for _, instance := range graph.All("aws:rds/clusterInstance:ClusterInstance") {
		if got := instance.Text(t, "instanceClass"); got != "db.serverless" {
			t.Errorf("%s is a %s", instance, got)
		}
	}
}

func TestEachPresetHasItsStores(t *testing.T) {
	for preset, want := range map[config.Preset]struct{ instances, members, groups, domains int }{
		config.Small:  {instances: 1, members: 3, groups: 1, domains: 0},
		config.Medium: {instances: 2, members: 3, groups: 1, domains: 1},
		config.Large:  {instances: 3, members: 3, groups: 2, domains: 1},
	} {
		graph := run(t, settings(preset))
		for typ, count := range map[string]int{
			"aws:rds/clusterInstance:ClusterInstance": want.instances, "aws:ec2/instance:Instance": want.members + 1, // and the bastion
			"aws:elasticache/replicationGroup:ReplicationGroup": want.groups, "aws:opensearch/domain:Domain": want.domains,
		} {
			if got := graph.Count(typ); got != count {
				t.Errorf("%s has %d of %s, want %d", preset, got, typ, count)
			}
		}
	}
}

func TestTheStoresDoNotWaitForTheCluster(t *testing.T) {
	graph := run(t, settings(config.Large))
	cluster := graph.All("eks:index:Cluster")[0]
	for _, r := range graph.Resources {
		if _, store := doorsOf(r); store && graph.Waits(r, cluster.URN) {
			t.Errorf("%s begins only when the cluster is there", r)
		}
	}
}

func TestAStoreThatMayBeReplacedIsNotProtectedAndTheOthersAre(t *testing.T) {
	graph := run(t, settings(config.Medium, map[string]any{"openedx:allowReplace": []string{"search"}}))
	for _, r := range graph.Resources {
		want := slices.Contains(holdsData, r.Type) && r.Type != "aws:opensearch/domain:Domain" && !expendable(r)
		if r.Protect != want && !r.RetainOnDelete {
			t.Errorf("%s is protected: %t", r, r.Protect)
		}
	}
}

func TestAnEditThatWouldReplaceAStoreRegistersNothing(t *testing.T) {
	values := settings(config.Medium, map[string]any{"openedx:network": map[string]any{"cidr": "10.30.0.0/16"}})
	before := map[string]any{"foundations": map[string]any{"openedx:network.cidr": "10.20.0.0/16"}}
	graph, err := harness.TryAfter(before, values, program(values))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"openedx:network.cidr", "10.30.0.0/16 takes the place of 10.20.0.0/16", "pulumi config set --path openedx:network.cidr 10.20.0.0/16"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if len(graph.Resources) != 0 {
		t.Errorf("registered:\n%s", graph.Inventory())
	}
}

// storeBreaches break the invariants of stores.
var storeBreaches = []breach{
	{"stores are reached by nodes, the bastion and their own kind only", "a block of addresses", func(t *testing.T, g *harness.Graph) {
		rule := find(t, g, "db-from-nodes")
		delete(rule.Inputs, "referencedSecurityGroupId")
		rule.Inputs["cidrIpv4"] = resource.NewProperty("10.0.0.0/8")
	}},
	{"stores are reached by nodes, the bastion and their own kind only", "another group", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-from-nodes", "referencedSecurityGroupId", "sg-of-somebody")
	}},
	{"stores are reached by nodes, the bastion and their own kind only", "nobody", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-from-nodes", "securityGroupId", "other")
	}},
	{"stores are reached by nodes, the bastion and their own kind only", "the default group", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db", "vpcSecurityGroupIds", []any{})
	}},
	{"stores are reached by nodes, the bastion and their own kind only", "rules inside the group", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-group", "ingress", []any{})
	}},
	{"stores are where nobody outside can see them", "a public subnet", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-subnets", "subnetIds", []any{"campus-network-data-a-id", "campus-network-public-a-id"})
	}},
	{"stores are where nobody outside can see them", "a public address", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-writer", "publiclyAccessible", true)
	}},
	{"data is encrypted on its way", "plain connections are taken", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-parameters", "parameters", []any{map[string]any{"name": "require_secure_transport", "value": "OFF"}})
	}},
	{"data is encrypted on its way", "nothing is said", func(t *testing.T, g *harness.Graph) {
		set(t, g, "db-parameters", "parameters", []any{})
	}},
	{"data at rest is encrypted", "another key for the password", func(t *testing.T, g *harness.Graph) {
		delete(find(t, g, "db").Inputs, "masterUserSecretKmsKeyId")
	}},
}
