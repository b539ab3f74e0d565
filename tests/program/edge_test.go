package program

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/iam"
	"example.org/openedx/internal/plan"
	"example.org/openedx/tests/harness"
)

const (
	balancerType = "aws:lb/loadBalancer:LoadBalancer"
	ingressType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
)

// everybody are the blocks that hold every address.
var everybody = []string{"0.0.0.0/0", "::/0"}

// open are the doors to the internet beside that of the load balancer.
func open(graph *harness.Graph) []string {
	front := frontGroups(graph)
	doors := map[string]func(*harness.Resource) string{
		ingressType:                           func(r *harness.Resource) string { return openRule(r, front) },
		"aws:ec2/securityGroup:SecurityGroup": openGroup,
		"aws:ec2/subnet:Subnet":               func(r *harness.Resource) string { return unset(r, []setting{{"mapPublicIpOnLaunch", "false"}}) },
		"aws:ec2/instance:Instance":           openMachine,
		"aws:ec2/eip:Eip":                     openAddress,
		"eks:index:Cluster":                   openAPI,
		balancerType:                          func(r *harness.Resource) string { return openBalancer(r, graph) },
	}
	return each(graph, func(r *harness.Resource) string {
		if door := doors[r.Type]; door != nil {
			return door(r)
		}
		return ""
	})
}

func openGroup(r *harness.Resource) string {
	if inline, _ := at(r, "ingress"); inline.IsArray() && len(inline.ArrayValue()) > 0 {
		return "has rules that nobody looks at"
	}
	return ""
}

func openMachine(r *harness.Resource) string {
	if public, ok := at(r, "associatePublicIpAddress"); ok && public.BoolValue() {
		return "has a public address"
	}
	if text(r, "keyName") != "" {
		return "has a key for SSH"
	}
	return ""
}

func openAddress(r *harness.Resource) string {
	if strings.Contains(r.Name, "-network-nat-address-") {
		return ""
	}
	return "is a public address of something else than a NAT gateway"
}

func openAPI(r *harness.Resource) string {
	if slices.ContainsFunc(list(r, "publicAccessCidrs"), func(block string) bool { return slices.Contains(everybody, block) }) {
		return "shows its API to everybody"
	}
	return ""
}

// frontGroups are the security groups of load balancers that face the internet.
func frontGroups(graph *harness.Graph) []string {
	var groups []string
	for _, balancer := range graph.All(balancerType) {
		groups = append(groups, list(balancer, "securityGroups")...)
	}
	return groups
}

// openRule finds a rule that lets everybody in elsewhere than at the load balancer's ports.
func openRule(r *harness.Resource, front []string) string {
	if !slices.Contains(everybody, text(r, "cidrIpv4")+text(r, "cidrIpv6")) {
		return ""
	}
	first, _ := at(r, "fromPort")
	last, _ := at(r, "toPort")
	web := first.IsNumber() && last.IsNumber() && first.NumberValue() == last.NumberValue() &&
		slices.Contains([]float64{80, 443}, first.NumberValue())
	if slices.Contains(front, text(r, "securityGroupId")) && web {
		return ""
	}
	return "lets everybody in"
}

// openBalancer finds a load balancer that no firewall stands in front of.
func openBalancer(r *harness.Resource, graph *harness.Graph) string {
	for _, association := range graph.All("aws:wafv2/webAclAssociation:WebAclAssociation") {
		if strings.Contains(text(association, "resourceArn"), r.Name) {
			return ""
		}
	}
	return "has no firewall"
}

// documents are the policy documents among a resource's inputs.
func documents(r *harness.Resource) map[string]string {
	found := map[string]string{}
	for key := range r.Inputs {
		written := text(r, string(key))
		var document struct{ Statement []any }
		if strings.HasPrefix(written, "{") && json.Unmarshal([]byte(written), &document) == nil && document.Statement != nil {
			found[string(key)] = written
		}
	}
	return found
}

// documented are the types whose policy must be one that can be read.
var documented = map[string]string{
	"aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
	"aws:iam/policy:Policy":                     "policy",
	"aws:iam/role:Role":                         "assumeRolePolicy",
	"aws:iam/rolePolicy:RolePolicy":             "policy",
	"aws:iam/userPolicy:UserPolicy":             "policy",
	"aws:kms/key:Key":                           "policy",
	"aws:s3/bucketPolicy:BucketPolicy":          "policy",
	"aws:sns/topicPolicy:TopicPolicy":           "policy",
	"aws:sqs/queuePolicy:QueuePolicy":           "policy",
}

// unknown finds permissions that AWS does not have.
func unknown(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		found := documents(r)
		if key := documented[r.Type]; key != "" && found[key] == "" {
			return "has no policy that can be read"
		}
		for key, document := range found {
			problems, err := iam.Problems(document)
			if err != nil {
				return err.Error()
			}
			if len(problems) > 0 {
				return key + ": " + strings.Join(problems, "; ")
			}
		}
		return ""
	})
}

// unlimited finds permissions to do anything to anything.
func unlimited(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		// The policy of a key speaks of that key alone, and calls it "*".
		if r.Type == "aws:kms/key:Key" {
			return ""
		}
		for _, document := range documents(r) {
			var policy struct {
				Statement []struct {
					Effect           string
					Action, Resource []string
				}
			}
			if err := json.Unmarshal([]byte(document), &policy); err != nil {
				return "has a policy in another form: " + err.Error()
			}
			for _, s := range policy.Statement {
				if s.Effect == "Allow" && slices.Contains(s.Resource, "*") &&
					slices.ContainsFunc(s.Action, func(action string) bool { return strings.HasSuffix(action, "*") }) {
					return "may do anything to anything"
				}
			}
		}
		return ""
	})
}

// keyed finds keys of users beside the one that SMTP takes.
func keyed(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		lasting := strings.HasPrefix(r.Type, "aws:iam/user:") || strings.HasPrefix(r.Type, "aws:iam/accessKey:") ||
			r.Type == "aws:ec2/keyPair:KeyPair" || r.Type == "aws:iam/sshKey:SshKey"
		if lasting && !strings.HasPrefix(r.Name, "campus-mail-") {
			return "lasts for ever"
		}
		return ""
	})
}

// modern is what each type that faces the internet must say of TLS.
var modern = map[string][]setting{
	"aws:cloudfront/distribution:Distribution": {
		{"viewerCertificate.minimumProtocolVersion", "TLSv1.2_2021"},
		{"viewerCertificate.sslSupportMethod", "sni-only"},
		{"defaultCacheBehavior.viewerProtocolPolicy", "redirect-to-https"},
		{"origins.0.customOriginConfig.originProtocolPolicy", "https-only"},
		{"origins.0.customOriginConfig.originSslProtocols.0", "TLSv1.2"},
	},
	"aws:sesv2/configurationSet:ConfigurationSet": {{"deliveryOptions.tlsPolicy", "REQUIRE"}},
}

// modernListener is the policy of the load balancer: TLS 1.2 and 1.3.
const modernListener = "ELBSecurityPolicy-TLS13-1-2-2021-06"

func outdated(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		switch r.Type {
		case "aws:lb/listener:Listener":
			if text(r, "protocol") == "HTTPS" {
				return unset(r, []setting{{"sslPolicy", modernListener}, {"certificateArn", ""}})
			}
			return unset(r, []setting{{"defaultActions.0.type", "redirect"}, {"defaultActions.0.redirect.protocol", "HTTPS"}})
		case "aws:cloudfront/distribution:Distribution":
			ordered, _ := at(r, "orderedCacheBehaviors")
			for i := range ordered.ArrayValue() {
				if got := text(r, "orderedCacheBehaviors", fmt.Sprint(i), "viewerProtocolPolicy"); got == "" || got == "allow-all" {
					return fmt.Sprintf("answers %s without TLS", text(r, "orderedCacheBehaviors", fmt.Sprint(i), "pathPattern"))
				}
			}
		case "aws:s3/bucketPolicy:BucketPolicy":
			if !strings.Contains(text(r, "policy"), `"aws:SecureTransport"`) {
				return "lets callers in without TLS"
			}
		}
		return unset(r, modern[r.Type])
	})
}

// guards is what each type must say so that the provider itself deletes no data.
var guards = map[string][]setting{
	"aws:backup/vault:Vault":                            {{"forceDestroy", "false"}},
	"aws:ec2/instance:Instance":                         {{"disableApiTermination", "true"}},
	balancerType:                                        {{"enableDeletionProtection", "true"}},
	"aws:rds/cluster:Cluster":                           {{"deletionProtection", "true"}, {"skipFinalSnapshot", "false"}, {"finalSnapshotIdentifier", ""}},
	"aws:s3/bucketV2:BucketV2":                          {{"forceDestroy", "false"}},
	"aws:secretsmanager/secret:Secret":                  {{"recoveryWindowInDays", "30"}},
	"aws:kms/key:Key":                                   {{"deletionWindowInDays", "30"}},
	"aws:elasticache/replicationGroup:ReplicationGroup": {{"finalSnapshotIdentifier", ""}},
}

func unguarded(graph *harness.Graph) []string {
	return each(graph, func(r *harness.Resource) string {
		// The bastion holds nothing.
		if strings.HasPrefix(r.Name, "campus-bastion-") || expendable(r) {
			return ""
		}
		return unset(r, guards[r.Type])
	})
}

// forgetful finds backups that are kept for fewer days than were promised.
func forgetful(graph *harness.Graph, days, snapshots int) []string {
	return each(graph, func(r *harness.Resource) string {
		switch r.Type {
		case "aws:rds/cluster:Cluster":
			return keptShort(r, days, "backupRetentionPeriod")
		case "aws:elasticache/replicationGroup:ReplicationGroup":
			if !expendable(r) {
				return keptShort(r, snapshots, "snapshotRetentionLimit")
			}
		case "aws:backup/plan:Plan":
			return plannedShort(r, days)
		}
		return ""
	})
}

// plannedShort finds a rule of a plan that keeps backups for fewer days.
func plannedShort(r *harness.Resource, days int) string {
	rules, _ := at(r, "rules")
	if !rules.IsArray() || len(rules.ArrayValue()) == 0 {
		return "has no rule"
	}
	for i := range rules.ArrayValue() {
		if what := keptShort(r, days, "rules", fmt.Sprint(i), "lifecycle", "deleteAfter"); what != "" {
			return what
		}
	}
	return ""
}

// keptShort tells of a number of days that is less than it should be.
func keptShort(r *harness.Resource, want int, path ...string) string {
	kept, ok := at(r, path...)
	if ok && kept.IsNumber() && int(kept.NumberValue()) >= want {
		return ""
	}
	return fmt.Sprintf("keeps backups for %v days, want %d", kept.V, want)
}

func TestBackupsAreKeptAsLongAsThePresetSays(t *testing.T) {
	presets(t, func(t *testing.T, preset config.Preset) {
		sizing, _ := plan.SizingOf(preset)
		graph := run(t, settings(preset))
		for _, violation := range forgetful(graph, sizing.BackupDays, sizing.SnapshotDays) {
			t.Error(violation)
		}
		if graph.Count("aws:backup/plan:Plan") != 1 {
			t.Error("there is no one backup plan")
		}
		for _, r := range graph.All("aws:rds/cluster:Cluster") {
			r.Inputs["backupRetentionPeriod"] = resource.NewProperty(float64(sizing.BackupDays - 1))
		}
		if len(forgetful(graph, sizing.BackupDays, sizing.SnapshotDays)) == 0 {
			t.Error("a day less is not seen")
		}
	})
}

// everyEdge are settings under which a platform has each kind of what is around it.
var everyEdge = map[string]map[string]any{
	"no CloudFront": {"openedx:cdn": map[string]any{"enabled": false}},
	"zones and certificates that are there": {
		"openedx:dns": map[string]any{"zoneId": "Z0123456789ABCDEFGHIJ"},
		"openedx:instances": map[string]any{
			"main": map[string]any{
				"slot": 0, "lms": "learn.campus.example.org",
				"certificate":    "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666",
				"cdnCertificate": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666",
			},
			"academy": map[string]any{"slot": 1, "lms": "learn.academy.example.com", "domain": "academy.example.com"},
		},
	},
	"lists of addresses and countries": {"openedx:firewall": map[string]any{
		"allow": []string{"203.0.113.0/24", "2001:db8::/32"}, "deny": []string{"198.51.100.7/32"}, "allowCountries": []string{"ES", "PT"},
	}},
	"somebody else's mail server": {
		"openedx:mail":         map[string]any{"kind": "smtp", "smtp": map[string]any{"host": "smtp.example.org", "username": "campus"}},
		"openedx:mailPassword": "correct-horse-battery-staple",
	},
	"deployments, records and costs of its own": {
		"openedx:github": map[string]any{"repository": "example-org/campus"},
		"openedx:audit":  map[string]any{"trail": true, "guardDuty": true},
		"openedx:costs":  map[string]any{"scope": "stack", "allocationTags": true},
	},
	"everything locked and tested": {"openedx:backup": map[string]any{
		"lock": "compliance", "restoreTests": true, "copy": "daily", "monthlyMonths": 12,
	}},
	"a cell":     cell,
	"no bastion": {"openedx:bastion": map[string]any{"enabled": false}},
}

func TestEveryKindOfEdgeKeepsEveryInvariant(t *testing.T) {
	for name, more := range everyEdge {
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
