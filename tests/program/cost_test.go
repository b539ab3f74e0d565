package program

import (
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/plan"
	"example.org/openedx/tests/harness"
)

// freeFamilies are kinds of resources that cost nothing by themselves, by the beginning of their types.
var freeFamilies = map[string]string{
	"openedx:":         "a component is no resource",
	"pulumi:":          "a provider or another stack is no resource",
	"kubernetes:":      "it runs on nodes, which are priced, and its volumes are",
	"random:":          "it is in the state only",
	"tls:":             "it is in the state only",
	"aws:iam/":         "IAM is free",
	"aws:vpc/security": "rules of security groups are free",
}

// free are types that cost nothing by themselves, with the reason.
var free = map[string]string{
	"aws:acm/certificate:Certificate":                                                            "certificates that cannot be exported are free",
	"aws:acm/certificateValidation:CertificateValidation":                                        "waits for a certificate",
	"aws:backup/plan:Plan":                                                                       "what it keeps is priced",
	"aws:backup/restoreTestingSelection:RestoreTestingSelection":                                 "what it restores is priced",
	"aws:backup/selection:Selection":                                                             "what it keeps is priced",
	"aws:backup/vaultLockConfiguration:VaultLockConfiguration":                                   "a setting",
	"aws:costexplorer/anomalyMonitor:AnomalyMonitor":                                             "AWS watches for nothing",
	"aws:costexplorer/anomalySubscription:AnomalySubscription":                                   "AWS watches for nothing",
	"aws:costexplorer/costAllocationTag:CostAllocationTag":                                       "a setting",
	"aws:budgets/budget:Budget":                                                                  "budgets that start nothing are free",
	"aws:cloudfront/cachePolicy:CachePolicy":                                                     "a setting",
	"aws:cloudfront/originAccessControl:OriginAccessControl":                                     "a setting",
	"aws:cloudfront/originRequestPolicy:OriginRequestPolicy":                                     "a setting",
	"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy":                                 "a setting",
	"aws:cloudwatch/eventRule:EventRule":                                                         "AWS's own events are free",
	"aws:cloudwatch/eventTarget:EventTarget":                                                     "AWS's own events are free",
	"aws:cloudwatch/logDelivery:LogDelivery":                                                     "what it delivers is priced as access logs",
	"aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination":                               "a setting",
	"aws:cloudwatch/logDeliverySource:LogDeliverySource":                                         "a setting",
	"aws:cloudwatch/logGroup:LogGroup":                                                           "what is written to it is priced",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":                                         "a setting",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":                                          "security groups are free",
	"aws:ec2/flowLog:FlowLog":                                                                    "what it writes is priced",
	"aws:ec2/internetGateway:InternetGateway":                                                    "what passes it is priced",
	"aws:ec2/launchTemplate:LaunchTemplate":                                                      "the nodes are priced",
	"aws:ec2/networkInterface:NetworkInterface":                                                  "without a public address it is free",
	"aws:ec2/route:Route":                                                                        "a setting",
	"aws:ec2/routeTable:RouteTable":                                                              "a setting",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":                                        "a setting",
	"aws:ec2/securityGroup:SecurityGroup":                                                        "security groups are free",
	"aws:ec2/subnet:Subnet":                                                                      "subnets are free",
	"aws:ec2/volumeAttachment:VolumeAttachment":                                                  "the volume is priced",
	"aws:ec2/vpc:Vpc":                                                                            "networks are free",
	"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation":                  "S3's endpoint is free",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                                                    "a setting",
	"aws:eks/accessEntry:AccessEntry":                                                            "a setting",
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation":                                    "a setting",
	"aws:eks/addon:Addon":                                                                        "EKS's own add-ons are free, and run on nodes",
	"aws:eks/podIdentityAssociation:PodIdentityAssociation":                                      "a setting",
	"aws:elasticache/parameterGroup:ParameterGroup":                                              "a setting",
	"aws:elasticache/subnetGroup:SubnetGroup":                                                    "a setting",
	"aws:kms/alias:Alias":                                                                        "the key is priced",
	"aws:lb/listener:Listener":                                                                   "the load balancer is priced",
	"aws:lb/listenerCertificate:ListenerCertificate":                                             "the load balancer is priced",
	"aws:lb/listenerRule:ListenerRule":                                                           "the load balancer is priced",
	"aws:lb/targetGroup:TargetGroup":                                                             "the load balancer is priced",
	"aws:rds/clusterParameterGroup:ClusterParameterGroup":                                        "a setting",
	"aws:rds/eventSubscription:EventSubscription":                                                "its few messages are free",
	"aws:rds/subnetGroup:SubnetGroup":                                                            "a setting",
	"aws:route53/record:Record":                                                                  "the zone is priced, and what is asked of it",
	"aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2":                                 "a setting",
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       "a setting",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     "a setting",
	"aws:s3/bucketPolicy:BucketPolicy":                                                           "a setting",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     "a setting",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "a setting",
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               "a setting",
	"aws:secretsmanager/secretVersion:SecretVersion":                                             "the secret is priced",
	"aws:sesv2/configurationSet:ConfigurationSet":                                                "a setting",
	"aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination":                "its few messages are free",
	"aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes":                  "a setting",
	"aws:sns/topic:Topic":                                                                        "its few messages are free",
	"aws:sns/topicPolicy:TopicPolicy":                                                            "a setting",
	"aws:sqs/queue:Queue":                                                                        "its few messages are free",
	"aws:sqs/queuePolicy:QueuePolicy":                                                            "a setting",
	"aws:ssm/document:Document":                                                                  "a setting",
	"aws:wafv2/ipSet:IpSet":                                                                      "the firewall and its rules are priced",
	"aws:wafv2/webAclAssociation:WebAclAssociation":                                              "a setting",
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration":                            "what it writes is priced",
}

// noted are kinds of resources that are in no total, and what the estimate's notes call them.
var noted = map[string]string{"aws:cloudtrail/": "CloudTrail", "aws:guardduty/": "GuardDuty"}

// isNoted tells whether an estimate says that a type is in no total.
func isNoted(typ string, e cost.Estimate) bool {
	for family, name := range noted {
		if strings.HasPrefix(typ, family) && strings.Contains(strings.Join(e.Notes, " "), name) {
			return true
		}
	}
	return false
}

// isFree tells whether a type costs nothing by itself.
func isFree(typ string) bool {
	for family := range freeFamilies {
		if strings.HasPrefix(typ, family) {
			return true
		}
	}
	return free[typ] != ""
}

// priced are settings under which other things are billed, beside the presets as they are.
func priced() map[string]map[string]string {
	all := map[string]map[string]string{
		"a cell": settings(config.Large, cell),
		"further services": settings(config.Medium, map[string]any{
			"openedx:audit":  map[string]any{"trail": true, "guardDuty": true},
			"openedx:addons": map[string]any{"codeJail": true},
			"openedx:backup": map[string]any{"lock": "governance"},
			"openedx:costs":  map[string]any{"allocationTags": true},
			"openedx:github": map[string]any{"repository": "example-org/campus"},
		}),
		"many choices": settings(config.Small, map[string]any{
			"openedx:cdn":           map[string]any{"enabled": false},
			"openedx:cache":         map[string]any{"memcached": true, "split": true},
			"openedx:mysql":         map[string]any{"serverless": true},
			"openedx:bastion":       map[string]any{"enabled": false},
			"openedx:network":       map[string]any{"nat": "single", "endpoints": []string{"logs", "sts"}},
			"openedx:search":        map[string]any{"enabled": true},
			"openedx:firewall":      map[string]any{"allowCountries": []string{"DE"}},
			"openedx:mongo":         map[string]any{"kind": "external", "external": map[string]any{"host": "mongo.example.org", "replicaSet": "rs0"}},
			"openedx:mail":          map[string]any{"kind": "smtp", "smtp": map[string]any{"host": "mail.example.org", "username": "campus"}},
			"openedx:mongoPassword": "wrongwrongwrong1", "openedx:mailPassword": "wrongwrongwrong2",
			"openedx:instances": map[string]any{
				"main": map[string]any{"slot": 0, "lms": "learn.campus.example.org"},
				"own":  map[string]any{"slot": 1, "lms": "learn.academy.example.com", "domain": "academy.example.com"},
			},
		}),
	}
	for _, preset := range config.Presets() {
		all[string(preset)] = settings(preset)
	}
	return all
}

// estimated is what settings cost.
func estimated(t *testing.T, values map[string]string) cost.Estimate {
	t.Helper()
	read, problems := config.Read(config.Source{
		Stack: harness.Stack, Values: values, Secret: []string{"openedx:mongoPassword", "openedx:mailPassword"},
	})
	resolved, more := plan.Resolve(read)
	if err := problems.Add(more...).Err(); err != nil {
		t.Fatal(err)
	}
	estimate, err := cost.Of(resolved)
	if err != nil {
		t.Fatal(err)
	}
	return estimate
}

// billed is how many of a type are billed: S3's endpoint is not.
func billed(t *testing.T, graph *harness.Graph, typ string) int {
	t.Helper()
	count := 0
	for _, r := range graph.All(typ) {
		if typ != "aws:ec2/vpcEndpoint:VpcEndpoint" || text(r, "vpcEndpointType") == "Interface" {
			count++
		}
	}
	return count
}

// pieces is how many resources of each type an estimate prices.
func pieces(e cost.Estimate) map[string]int {
	counts := map[string]int{}
	for _, line := range e.Lines {
		if line.Resource != "" {
			counts[line.Resource] += line.Count
		}
	}
	return counts
}

func TestEveryResourceIsPricedOrFreeForAReason(t *testing.T) {
	for name, values := range priced() {
		t.Run(name, func(t *testing.T) {
			graph, e := run(t, values), estimated(t, values)
			counts := pieces(e)
			for typ, want := range counts {
				if got := billed(t, graph, typ); got != want {
					t.Errorf("there are %d of %s, and %d are priced", got, typ, want)
				}
				if isFree(typ) {
					t.Errorf("%s is priced and said to be free", typ)
				}
			}
			for _, r := range graph.Resources {
				if counts[r.Type] == 0 && !isFree(r.Type) && !isNoted(r.Type, e) && billed(t, graph, r.Type) > 0 {
					t.Errorf("%s is neither priced nor noted nor on the list of what is free", r)
				}
			}
		})
	}
}

// quantity is how much of something an estimate has, all month.
func quantity(e cost.Estimate, item string) float64 {
	for _, line := range e.Lines {
		if strings.HasPrefix(line.Item, item) {
			return line.Quantity.Low
		}
	}
	return 0
}

// sum adds up a number of the resources of a type; where it is a list, its length.
func sum(t *testing.T, graph *harness.Graph, typ, path string) float64 {
	t.Helper()
	var all float64
	for _, r := range graph.All(typ) {
		switch value := r.Value(t, path); {
		case value.IsNumber():
			all += value.NumberValue()
		case value.IsArray():
			all += float64(len(value.ArrayValue()))
		}
	}
	return all
}

func TestWhatIsBilledByTheHourOrTheGiBIsAsMuchAsIsMade(t *testing.T) {
	const hours = 730
	for name, values := range priced() {
		t.Run(name, func(t *testing.T) {
			graph, e := run(t, values), estimated(t, values)
			for what, sizes := range map[string][2]float64{
				"zones of endpoints":  {sum(t, graph, "aws:ec2/vpcEndpoint:VpcEndpoint", "subnetIds"), quantity(e, "Interface endpoints") / hours},
				"GiB of MongoDB":      {sum(t, graph, "aws:ebs/volume:Volume", "size"), quantity(e, "Data volumes")},
				"GiB of system disks": {sum(t, graph, "aws:ec2/instance:Instance", "rootBlockDevice.volumeSize"), quantity(e, "System disks") + quantity(e, "Its disk")},
				"nodes of Redis": {
					sum(t, graph, "aws:elasticache/replicationGroup:ReplicationGroup", "numCacheClusters"),
					(quantity(e, "valkey for cache") + quantity(e, "valkey for queues")) / hours,
				},
				"nodes of OpenSearch":   {sum(t, graph, "aws:opensearch/domain:Domain", "clusterConfig.instanceCount"), quantity(e, "Data nodes") / hours},
				"masters of OpenSearch": {sum(t, graph, "aws:opensearch/domain:Domain", "clusterConfig.dedicatedMasterCount"), quantity(e, "Dedicated masters") / hours},
				"rules of firewalls":    {sum(t, graph, "aws:wafv2/webAcl:WebAcl", "rules"), quantity(e, "Their rules")},
				"nodes":                 {sum(t, graph, "eks:index:ManagedNodeGroup", "scalingConfig.minSize"), quantity(e, "Nodes, the fewest") / hours},
			} {
				if sizes[0] != sizes[1] {
					t.Errorf("%s: %v are made and %v are priced", what, sizes[0], sizes[1])
				}
			}
		})
	}
}

func TestNothingIsSaidToBeFreeThatIsNeverMade(t *testing.T) {
	made := map[string]bool{}
	for _, values := range priced() {
		for _, r := range run(t, values).Resources {
			made[r.Type] = true
		}
	}
	for typ, reason := range free {
		if !made[typ] || reason == "" {
			t.Errorf("%s is free because %q, and made: %t", typ, reason, made[typ])
		}
	}
}
