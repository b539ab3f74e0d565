package engine

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// holding are the types of what cannot be made again once it is gone, and what is
// in it. What is protected in the state holds something too.
var holding = map[string]string{
	"aws:rds/cluster:Cluster":                                   "users, enrolments, grades",
	"aws:ebs/volume:Volume":                                     "courses",
	"aws:opensearch/domain:Domain":                              "indices",
	"aws:s3/bucketV2:BucketV2":                                  "uploads, tracking logs, dumps",
	"aws:ecr/repository:Repository":                             "images",
	"aws:backup/vault:Vault":                                    "backups",
	"aws:kms/key:Key":                                           "what opens all the others",
	"aws:secretsmanager/secret:Secret":                          "passwords, under the names that pods and operators know",
	"aws:cloudwatch/logGroup:LogGroup":                          "logs",
	"aws:route53/zone:Zone":                                     "names, and the name servers that others delegate to",
	"aws:sesv2/emailIdentity:EmailIdentity":                     "the right to send mail",
	"aws:iam/accessKey:AccessKey":                               "the password of mail",
	"random:index/randomPassword:RandomPassword":                "passwords",
	"random:index/randomId:RandomId":                            "keys",
	"tls:index/privateKey:PrivateKey":                           "keys",
	"kubernetes:core/v1:Namespace":                              "whatever Tutor or an operator put there",
	"kubernetes:core/v1:PersistentVolumeClaim":                  "whatever pods wrote",
	"kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass": "the way back to snapshots of volumes",
}

// onlyCached begins the names of the Redis that is a cache and nothing else: it may go
// with its password and its logs, once nobody is told of it.
const onlyCached = "campus-redis-cache-"

// holds tells whether a resource holds what cannot be made again.
func holds(state *resource.State) bool {
	_, listed := holding[string(state.Type)]
	return state.Protect || listed && !strings.HasPrefix(state.URN.Name(), onlyCached)
}

// addresses are what a resource is reached by from elsewhere: by pods, learners,
// other people's firewalls and DNS, operators' scripts.
var addresses = map[string][]string{
	"aws:ec2/vpc:Vpc":                                   {"cidrBlock"},
	"aws:ec2/subnet:Subnet":                             {"cidrBlock", "availabilityZone"},
	"aws:ec2/eip:Eip":                                   {"publicIp"},
	"aws:ec2/natGateway:NatGateway":                     {"subnetId", "allocationId"},
	"aws:ec2/networkInterface:NetworkInterface":         {"privateIp", "subnetId"},
	"aws:route53/record:Record":                         {"name", "type", "fqdn"},
	"aws:route53/zone:Zone":                             {"name", "nameServers"},
	"aws:lb/loadBalancer:LoadBalancer":                  {"name", "dnsName"},
	"aws:lb/listener:Listener":                          {"port", "protocol"},
	"aws:lb/targetGroup:TargetGroup":                    {"name", "port"},
	"aws:acm/certificate:Certificate":                   {"domainName", "subjectAlternativeNames"},
	"aws:cloudfront/distribution:Distribution":          {"domainName", "aliases"},
	"aws:eks/cluster:Cluster":                           {"name", "endpoint"},
	"aws:eks/nodeGroup:NodeGroup":                       {"nodeGroupName"},
	"aws:rds/cluster:Cluster":                           {"clusterIdentifier", "endpoint", "port"},
	"aws:rds/clusterInstance:ClusterInstance":           {"identifier", "endpoint", "availabilityZone"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {"replicationGroupId", "primaryEndpointAddress", "port"},
	"aws:opensearch/domain:Domain":                      {"domainName", "endpoint"},
	"aws:s3/bucketV2:BucketV2":                          {"bucket", "bucketRegionalDomainName"},
	"aws:ecr/repository:Repository":                     {"name", "repositoryUrl"},
	"aws:secretsmanager/secret:Secret":                  {"name", "arn"},
	"aws:kms/key:Key":                                   {"arn"},
	"aws:iam/role:Role":                                 {"name", "arn"},
	"aws:cloudwatch/logGroup:LogGroup":                  {"name", "arn"},
	"aws:sns/topic:Topic":                               {"name", "arn"},
	"aws:sqs/queue:Queue":                               {"name", "url"},
	"aws:backup/vault:Vault":                            {"name", "arn"},
	"aws:ssm/document:Document":                         {"name"},
	"kubernetes:core/v1:Namespace":                      {"metadata"},
	"kubernetes:core/v1:Service":                        {"metadata"},
}

// spoken are stack outputs that say something of the run itself.
var spoken = []string{"foundations", "nextSteps", "sizing", "tutor"}

// leaving is what may go or be replaced, by the beginning of its name, and why
// nobody misses it.
type leaving struct{ name, because string }

// always is what may be replaced in any run.
var always = []leaving{
	{"campus-network-flow-logs-vpc", "a flow log cannot change what it records; its records are in the log group, which stays"},
	{"campus-registry-", "a rule about old images is not an image"},
}

// states are the resources of a snapshot.
func states(snapshot *deploy.Snapshot) map[resource.URN]*resource.State {
	all := map[resource.URN]*resource.State{}
	for _, state := range snapshot.Resources {
		all[state.URN] = state
	}
	return all
}

// outputs are those of the stack.
func outputs(snapshot *deploy.Snapshot) resource.PropertyMap {
	for _, state := range snapshot.Resources {
		if state.Type == resource.RootStackType {
			return state.Outputs
		}
	}
	return nil
}

// allows tells whether a name is on a list of what may go.
func allows(list []leaving, name string) bool {
	return slices.ContainsFunc(list, func(l leaving) bool { return strings.HasPrefix(name, l.name) })
}

// growth is one run and what it may do.
type growth struct {
	goes []leaving
	// moves are the stack outputs that say something else afterwards.
	moves []string
}

// check compares a stack before and after a run: what holds data is there and was
// at most changed in place, what is reached from elsewhere is reached the same way,
// and nothing went that is not on the list.
func (g growth) check(t *testing.T, w *world, before *deploy.Snapshot, done operations) {
	t.Helper()
	was, is := states(before), states(w.snapshot)
	for op, urns := range done {
		if op == deploy.OpCreate || op == deploy.OpUpdate {
			continue
		}
		for _, urn := range urns {
			if state := was[urn]; state != nil && holds(state) {
				t.Errorf("%s of %s, which holds data", op, urn)
			} else if !allows(slices.Concat(always, g.goes), urn.Name()) {
				t.Errorf("%s of %s", op, urn)
			}
		}
	}
	for _, urn := range slices.Sorted(maps.Keys(was)) {
		if is[urn] != nil {
			g.compare(t, was[urn], is[urn])
		}
	}
	w.replacedAside(t, was, is)
	g.compareOutputs(t, outputs(before), outputs(w.snapshot))
	g.used(t, done)
}

// compare wants a resource to be the same one and reached as before.
func (g growth) compare(t *testing.T, was, is *resource.State) {
	t.Helper()
	if was.ID != is.ID && !allows(slices.Concat(always, g.goes), was.URN.Name()) {
		t.Errorf("%s was %s and is %s", was.URN, was.ID, is.ID)
	}
	for _, property := range addresses[string(was.Type)] {
		key := resource.PropertyKey(property)
		if !was.Outputs[key].HasValue() && !is.Outputs[key].HasValue() {
			t.Errorf("%s has no %s to be reached by", was.URN, property)
		}
		require.Equal(t, was.Outputs[key], is.Outputs[key], "%s of %s", property, was.URN)
	}
	if was.Protect && !is.Protect {
		t.Errorf("%s is protected no more", was.URN)
	}
}

// compareOutputs wants the stack to say the same of itself.
func (g growth) compareOutputs(t *testing.T, was, is resource.PropertyMap) {
	t.Helper()
	for key, value := range was {
		name := string(key)
		if slices.Contains(spoken, name) || slices.Contains(g.moves, name) {
			continue
		}
		require.Equal(t, value, is[key], "the output %s", name)
	}
	for _, name := range g.moves {
		require.NotEqual(t, was[resource.PropertyKey(name)], is[resource.PropertyKey(name)], "the output %s stays", name)
	}
}

// replacedAside wants what is made before its predecessor goes to be another thing
// than that one: what both share would go with it.
func (w *world) replacedAside(t *testing.T, was, is map[resource.URN]*resource.State) {
	t.Helper()
	made := map[resource.URN]bool{}
	for _, m := range w.moments {
		if m.op == deploy.OpCreateReplacement && m.ended {
			made[m.urn] = true
		}
		if m.op == deploy.OpDeleteReplaced && !m.ended && made[m.urn] && was[m.urn].ID == is[m.urn].ID {
			t.Errorf("%s is made and then deleted, for both are %s", m.urn, is[m.urn].ID)
		}
	}
}

// used wants every line of the list to be about something, or it would hide what
// comes later.
func (g growth) used(t *testing.T, done operations) {
	t.Helper()
	for _, one := range g.goes {
		gone := func(urn resource.URN) bool { return strings.HasPrefix(urn.Name(), one.name) }
		if !slices.ContainsFunc(done.destructive(), gone) {
			t.Errorf("nothing that begins with %s went", one.name)
		}
	}
}

// moment is the beginning or the end of a step.
type moment struct {
	op    display.StepOp
	urn   resource.URN
	ended bool
}

// momentsOf are the moments that the engine wrote down.
func momentsOf(entries engine.JournalEntries) []moment {
	var all []moment
	for _, entry := range entries {
		switch entry.Kind {
		case engine.TestJournalEntryBegin:
			all = append(all, moment{entry.Step.Op(), entry.Step.URN(), false})
		case engine.TestJournalEntrySuccess:
			all = append(all, moment{entry.Step.Op(), entry.Step.URN(), true})
		case engine.TestJournalEntryFailure, engine.TestJournalEntryOutputs, engine.TestJournalEntrySnippets:
		}
	}
	return all
}

// doing is a step, by its resource's name.
type doing struct {
	op   display.StepOp
	name string
}

// inOrder wants each step to have ended before the next begins.
func (w *world) inOrder(t *testing.T, steps ...doing) {
	t.Helper()
	at := func(step doing, ended bool) int {
		return slices.IndexFunc(w.moments, func(m moment) bool {
			return m.op == step.op && m.urn.Name() == step.name && m.ended == ended
		})
	}
	for i, step := range steps {
		require.GreaterOrEqual(t, at(step, true), 0, "%s of %s never was", step.op, step.name)
		if i > 0 {
			require.Less(t, at(steps[i-1], true), at(step, false), "%s of %s before %s of %s",
				steps[i-1].op, steps[i-1].name, step.op, step.name)
		}
	}
}
