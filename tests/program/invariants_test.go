package program

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// invariant is something true of every platform, whatever its settings.
type invariant struct {
	name string
	// violations tells what breaks it; nothing does if there are none.
	violations func(*harness.Graph) []string
}

// invariants are all that a graph is held to.
var invariants = []invariant{
	{"no resource is there twice", duplicates},
	{"every resource belongs to a component", orphans},
	{"a component's name begins the name of all it contains", misnamed},
	{"whatever can carry tags carries them", untagged},
	{"what holds data is protected, and nothing else", misprotected},
	{"data at rest is encrypted", unencrypted},
	{"logs end", endless},
	{"secrets are secret", exposed},
	{"the data tier has no way out", leaking},
	{"every route table knows the way to S3", cutOff},
	{"nothing but the load balancer lets everybody in", open},
	{"stores are reached by nodes, the bastion and their own kind only", reachable},
	{"stores are where nobody outside can see them", misplaced},
	{"data is encrypted on its way", readable},
	{"whoever comes from outside speaks TLS 1.2 or better", outdated},
	{"no permission is for everything", unlimited},
	{"every permission is one that AWS has", unknown},
	{"nobody has a key but who sends mail", keyed},
	{"the provider deletes nothing that holds data", unguarded},
	{"kubernetes objects go through the cluster's own provider", ambient},
}

func duplicates(graph *harness.Graph) []string {
	seen := map[string]bool{}
	var bad []string
	for _, r := range graph.Resources {
		if seen[r.URN] {
			bad = append(bad, r.URN)
		}
		seen[r.URN] = true
	}
	return bad
}

func orphans(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		own := strings.HasPrefix(r.Type, "openedx:")
		parent := graph.ByURN(r.Parent)
		if own || (parent != nil && !parent.Custom) {
			return ""
		}
		return "is on its own"
	})
}

func misnamed(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		parent := graph.ByURN(r.Parent)
		if parent == nil || strings.HasPrefix(r.Name, parent.Name+"-") {
			return ""
		}
		return fmt.Sprintf("is a part of %q", parent.Name)
	})
}

// untaggable are the AWS types that have no tags.
var untaggable = []string{
	"aws:acm/certificateValidation:CertificateValidation",
	"aws:backup/restoreTestingSelection:RestoreTestingSelection",
	"aws:backup/selection:Selection",
	"aws:backup/vaultLockConfiguration:VaultLockConfiguration",
	"aws:cloudfront/cachePolicy:CachePolicy",
	"aws:cloudfront/originAccessControl:OriginAccessControl",
	"aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
	"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
	"aws:cloudwatch/dashboard:Dashboard",
	"aws:cloudwatch/eventTarget:EventTarget",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
	"aws:costexplorer/costAllocationTag:CostAllocationTag",
	"aws:ec2/route:Route",
	"aws:ec2/routeTableAssociation:RouteTableAssociation",
	"aws:ec2/volumeAttachment:VolumeAttachment",
	"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy",
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
	"aws:guardduty/detectorFeature:DetectorFeature",
	"aws:iam/accessKey:AccessKey",
	"aws:iam/rolePolicy:RolePolicy",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment",
	"aws:iam/userPolicy:UserPolicy",
	"aws:kms/alias:Alias",
	"aws:lb/listenerCertificate:ListenerCertificate",
	"aws:route53/record:Record",
	"aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2",
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls",
	"aws:s3/bucketPolicy:BucketPolicy",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
	"aws:s3/bucketVersioningV2:BucketVersioningV2",
	"aws:secretsmanager/secretVersion:SecretVersion",
	"aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
	"aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
	"aws:sns/topicPolicy:TopicPolicy",
	"aws:sns/topicSubscription:TopicSubscription",
	"aws:sqs/queuePolicy:QueuePolicy",
	"aws:wafv2/webAclAssociation:WebAclAssociation",
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
}

func untagged(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		cloud := strings.HasPrefix(r.Type, "aws:") || strings.HasPrefix(r.Type, "eks:")
		if !cloud || slices.Contains(untaggable, r.Type) {
			return ""
		}
		for _, key := range []string{tags.ManagedBy, tags.Stack, tags.Component, tags.Name} {
			value, ok := at(r, "tags", key)
			if !ok || !value.IsString() || value.StringValue() == "" {
				return fmt.Sprintf("has no tag %q", key)
			}
		}
		return ""
	})
}

// holdsData are the types whose loss is the loss of what somebody stored.
var holdsData = []string{
	"aws:backup/vault:Vault",
	"aws:ebs/volume:Volume",
	"aws:elasticache/replicationGroup:ReplicationGroup",
	"aws:kms/key:Key",
	"aws:opensearch/domain:Domain",
	"aws:rds/cluster:Cluster",
	"aws:s3/bucketV2:BucketV2",
	"mongodbatlas:index/advancedCluster:AdvancedCluster",
}

func misprotected(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		want := slices.Contains(holdsData, r.Type)
		if expendable(r) {
			want = false
		}
		if r.Type == "aws:s3/bucketV2:BucketV2" && r.RetainOnDelete {
			return "" // it stays when the program forgets it
		}
		if r.Protect != want {
			return fmt.Sprintf("is protected: %t", r.Protect)
		}
		return ""
	})
}

// expendable tells what may be lost at any time though others of its type may not: a
// cache that holds no queue, and the key of what the firewall of CloudFront logged.
func expendable(r *harness.Resource) bool {
	return strings.HasSuffix(r.Name, "-redis-cache-redis") || strings.HasSuffix(r.Name, "-global-key")
}

// setting is where a type says something, and what it must say there; an empty
// text stands for any.
type setting struct{ path, want string }

// encryption is what each type must say of the data that it keeps.
var encryption = map[string][]setting{
	"aws:backup/vault:Vault":                            {{"kmsKeyArn", ""}},
	"aws:cloudwatch/logGroup:LogGroup":                  {{"kmsKeyId", ""}},
	"aws:ebs/volume:Volume":                             {{"encrypted", "true"}, {"kmsKeyId", ""}},
	"aws:ec2/instance:Instance":                         {{"rootBlockDevice.encrypted", "true"}, {"rootBlockDevice.kmsKeyId", ""}},
	"aws:ec2/launchTemplate:LaunchTemplate":             {{"blockDeviceMappings.0.ebs.encrypted", "true"}, {"blockDeviceMappings.0.ebs.kmsKeyId", ""}},
	"aws:ecr/repository:Repository":                     {{"encryptionConfigurations.0.encryptionType", "KMS"}, {"encryptionConfigurations.0.kmsKey", ""}},
	"aws:elasticache/replicationGroup:ReplicationGroup": {{"atRestEncryptionEnabled", "true"}, {"kmsKeyId", ""}},
	"aws:kms/key:Key":                                   {{"enableKeyRotation", "true"}},
	"aws:sqs/queue:Queue":                               {{"sqsManagedSseEnabled", "true"}},
	"aws:opensearch/domain:Domain":                      {{"encryptAtRest.enabled", "true"}, {"encryptAtRest.kmsKeyId", ""}},
	"aws:rds/cluster:Cluster":                           {{"storageEncrypted", "true"}, {"kmsKeyId", ""}, {"masterUserSecretKmsKeyId", ""}},
	"aws:rds/clusterInstance:ClusterInstance":           {{"performanceInsightsKmsKeyId", ""}},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {
		{"rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", ""},
	},
	"aws:secretsmanager/secret:Secret":          {{"kmsKeyId", ""}},
	"aws:sns/topic:Topic":                       {{"kmsMasterKeyId", ""}},
	"eks:index:Cluster":                         {{"encryptionConfigKeyArn", ""}},
	"kubernetes:storage.k8s.io/v1:StorageClass": {{"parameters.encrypted", "true"}},
}

func unencrypted(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		// ElastiCache sends nothing to a topic that is encrypted; it sends names of events.
		if strings.HasSuffix(r.Name, "-alerts-notices") {
			return ""
		}
		// The load balancer writes to no bucket with a key of ours.
		if r.Name == "campus-logs-encryption" {
			return unset(r, []setting{{"rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "AES256"}})
		}
		return unset(r, encryption[r.Type])
	})
}

// unset names the first setting that a resource lacks.
func unset(r *harness.Resource, settings []setting) string {
	for _, one := range settings {
		value, ok := at(r, strings.Split(one.path, ".")...)
		for value.IsSecret() {
			value = value.SecretValue().Element
		}
		got := fmt.Sprint(value.V)
		if !ok || got == "" || (one.want != "" && got != one.want) {
			return fmt.Sprintf("has %s %q", one.path, got)
		}
	}
	return ""
}

func endless(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		if r.Type != "aws:cloudwatch/logGroup:LogGroup" {
			return ""
		}
		if days, ok := at(r, "retentionInDays"); ok && days.IsNumber() && days.NumberValue() > 0 {
			return ""
		}
		return "keeps logs for ever"
	})
}

// secretive are the names of inputs that hold secrets.
var secretive = regexp.MustCompile(`(?i)^(kubeconfig|.*password|.*token|secretString|privateKey.*)$`)

func exposed(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string { return exposedIn(resource.NewProperty(r.Inputs)) })
}

// exposedIn names the first secret in a value that anybody could read.
func exposedIn(value resource.PropertyValue) string {
	switch {
	case value.IsObject():
		for key, inner := range value.ObjectValue() {
			// Whether there is a password is no secret.
			if secretive.MatchString(string(key)) && !inner.IsSecret() && !inner.IsBool() {
				return fmt.Sprintf("shows its %s", key)
			}
			if bad := exposedIn(inner); bad != "" {
				return bad
			}
		}
	case value.IsArray():
		for _, inner := range value.ArrayValue() {
			if bad := exposedIn(inner); bad != "" {
				return bad
			}
		}
	}
	return ""
}

func leaking(graph *harness.Graph) []string {
	data := map[string]bool{} // the ids of the tables that serve data subnets
	for _, association := range graph.All("aws:ec2/routeTableAssociation:RouteTableAssociation") {
		if strings.Contains(text(association, "subnetId"), "-network-data-") {
			data[text(association, "routeTableId")] = true
		}
	}
	var bad []string
	if len(data) == 0 {
		bad = append(bad, "no table serves the data tier")
	}
	for _, route := range graph.All("aws:ec2/route:Route") {
		if data[text(route, "routeTableId")] {
			bad = append(bad, route.String()+" leads out of the data tier")
		}
	}
	return bad
}

func cutOff(graph *harness.Graph) []string {
	served := map[string]bool{}
	for _, association := range graph.All("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation") {
		served[text(association, "routeTableId")] = true
	}
	return each(graph, func(r *harness.Resource) string {
		if r.Type == "aws:ec2/routeTable:RouteTable" && !served[r.Name+"-id"] {
			return "has no way to S3"
		}
		return ""
	})
}

func ambient(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		if strings.HasPrefix(r.Type, "kubernetes:") && !strings.Contains(r.Provider, "::pulumi:providers:kubernetes::campus-") &&
			!strings.Contains(r.Provider, "$pulumi:providers:kubernetes::campus-") {
			return "goes to whatever cluster is at hand"
		}
		return ""
	})
}

// each collects what is wrong with single resources.
func each(graph *harness.Graph, wrong func(*harness.Resource) string) []string {
	var bad []string
	for _, r := range graph.Resources {
		if what := wrong(r); what != "" {
			bad = append(bad, r.String()+" "+what)
		}
	}
	return bad
}

// at finds an input by the keys and indices that lead to it, through secrets.
func at(r *harness.Resource, path ...string) (resource.PropertyValue, bool) {
	value := resource.NewProperty(r.Inputs)
	for _, step := range path {
		for value.IsSecret() {
			value = value.SecretValue().Element
		}
		switch {
		case value.IsObject():
			inner, ok := value.ObjectValue()[resource.PropertyKey(step)]
			if !ok {
				return resource.PropertyValue{}, false
			}
			value = inner
		case value.IsArray():
			var index int
			if _, err := fmt.Sscan(step, &index); err != nil || index >= len(value.ArrayValue()) {
				return resource.PropertyValue{}, false
			}
			value = value.ArrayValue()[index]
		default:
			return resource.PropertyValue{}, false
		}
	}
	return value, true
}

// text is an input that is a string, or nothing.
func text(r *harness.Resource, path ...string) string {
	if value, ok := at(r, path...); ok && value.IsString() {
		return value.StringValue()
	}
	return ""
}
