package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/redis"
	"example.org/openedx/tests/harness"
)

const (
	replicationType = "aws:elasticache/replicationGroup:ReplicationGroup"
	parametersType  = "aws:elasticache/parameterGroup:ParameterGroup"
	randomType      = "random:index/randomPassword:RandomPassword"
)

func cacheArgs() *aws.CacheArgs {
	return &aws.CacheArgs{
		StoreArgs: storeArgs(), Identifier: "test-ca", Role: redis.Shared, Engine: redis.Valkey, Version: "8.0",
		Machine: "cache.r7g.large", Nodes: 2, Databases: 512,
	}
}

func cacheProgram(args *aws.CacheArgs, into **aws.Cache) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made, err := aws.NewCache(ctx, "ca", args)
		*into = made
		return err
	}
}

// cache runs a program that is one Redis.
func cache(t *testing.T, args *aws.CacheArgs) (*harness.Graph, *aws.Cache) {
	t.Helper()
	var made *aws.Cache
	return harness.Run(t, nil, cacheProgram(args, &made)), made
}

func TestStoresAreTagged(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	tagged(t, graph, "cache")
	graph, _ = memcached(t, memcachedArgs())
	tagged(t, graph, "cache")
	graph, _ = search(t, searchArgs())
	tagged(t, graph, "search")
}

func TestARedisSurvivesTheLossOfAZone(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	group := graph.One(t, replicationType, "ca-redis")
	facts(t, group, map[string]bool{"automaticFailoverEnabled": true, "multiAzEnabled": true})
	counts(t, group, map[string]float64{"numCacheClusters": 2, "port": 6379})
	texts(t, graph.One(t, "aws:elasticache/subnetGroup:SubnetGroup", "ca-subnets"), map[string]string{
		"subnetIds[0]": "subnet-a", "subnetIds[2]": "subnet-c",
	})
	texts(t, group, map[string]string{
		"replicationGroupId": "test-ca", "engine": "valkey", "engineVersion": "8.0", "nodeType": "cache.r7g.large",
		"subnetGroupName": "ca-subnets", "parameterGroupName": "ca-parameters", "securityGroupIds[0]": "ca-group-id",
	})
}

func TestARedisHasNoShards(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	for _, property := range []string{"numNodeGroups", "replicasPerNodeGroup", "clusterMode"} {
		if got := graph.One(t, replicationType, "ca-redis").Value(t, property); !got.IsNull() {
			t.Errorf("Celery cannot use shards, and %s is %v", property, got)
		}
	}
}

func TestARedisIsEncryptedAndAsksForAToken(t *testing.T) {
	graph, made := cache(t, cacheArgs())
	group := graph.One(t, replicationType, "ca-redis")
	facts(t, group, map[string]bool{"atRestEncryptionEnabled": true, "transitEncryptionEnabled": true})
	texts(t, group, map[string]string{
		"kmsKeyId": "data-key-arn", "transitEncryptionMode": "required", "authToken": harness.Password("ca-token", 32), "authTokenUpdateStrategy": "ROTATE",
	})
	if !group.Inputs["authToken"].IsSecret() || !pulumi.IsSecret(made.Endpoint.Password.ToStringOutput()) {
		t.Error("the token is not secret")
	}
	if !made.Endpoint.TLS || made.Endpoint.Port != 6379 || made.Endpoint.Authority != nil {
		t.Errorf("clients are told %+v", made.Endpoint)
	}
	if got := await(t, made.Endpoint.Host); got != "ca-redis.example.internal" {
		t.Errorf("clients are sent to %q", got)
	}
	if got := await(t, made.Endpoint.Password); got != harness.Password("ca-token", 32) {
		t.Errorf("clients are told the token %q", got)
	}
	onlyFrom(t, graph, "ca-group", 6379)
}

func TestATokenIsOneThatTutorNeedNotQuote(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	token := graph.One(t, randomType, "ca-token")
	facts(t, token, map[string]bool{"special": false})
	if err := redis.CheckToken(strings.Repeat("a", int(token.Value(t, "length").NumberValue()))); err != nil {
		t.Error(err)
	}
	counts(t, token, map[string]float64{"length": accounts.PasswordLength})
}

func TestEachRoleHasItsParameters(t *testing.T) {
	for role, policy := range map[redis.Role]string{redis.Shared: "volatile-lru", redis.Broker: "noeviction", redis.Cache: "allkeys-lru"} {
		args := cacheArgs()
		args.Role = role
		graph, _ := cache(t, args)
		group := graph.One(t, parametersType, "ca-parameters")
		texts(t, group, map[string]string{
			"family": "valkey8", "parameters[0].name": "databases", "parameters[0].value": "512",
			"parameters[1].name": "maxmemory-policy", "parameters[1].value": policy,
		})
		if got := group.Value(t, "name"); !got.IsNull() {
			t.Errorf("that of another family could not come before %v goes", got)
		}
	}
}

func TestAnotherRoleEditsTheParametersOnly(t *testing.T) {
	before, _ := cache(t, cacheArgs())
	args := cacheArgs()
	args.Role = redis.Broker
	after, _ := cache(t, args)
	if diff := cmp.Diff([]string{"ca-parameters"}, changed(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	was, is := before.One(t, parametersType, "ca-parameters"), after.One(t, parametersType, "ca-parameters")
	for _, fixed := range []string{"family", "description"} {
		if was.Text(t, fixed) != is.Text(t, fixed) {
			t.Errorf("%s is create-only and changed", fixed)
		}
	}
}

func TestQueuedTasksAreProtectedAndACacheMayBeReplaced(t *testing.T) {
	for role, kept := range map[redis.Role]bool{redis.Shared: true, redis.Broker: true, redis.Cache: false} {
		for _, protect := range []bool{true, false} {
			args := cacheArgs()
			args.Role, args.Protect = role, protect
			graph, _ := cache(t, args)
			group := graph.One(t, replicationType, "ca-redis")
			if want := kept && protect; group.Protect != want {
				t.Errorf("%s, protect %t: protection is %t", role, protect, group.Protect)
			}
			for _, r := range graph.Resources {
				if r.Protect && r != group {
					t.Errorf("%s holds nothing and is protected", r)
				}
			}
			// A snapshot of a fixed name would stop a cache from being replaced a second time.
			if got := group.Value(t, "finalSnapshotIdentifier"); got.IsString() != kept {
				t.Errorf("%s leaves %v behind", role, got)
			}
		}
	}
}

func TestADisposableRedisLeavesNothingBehind(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	texts(t, graph.One(t, replicationType, "ca-redis"), map[string]string{"finalSnapshotIdentifier": "test-ca-final"})
	args := cacheArgs()
	args.Disposable = true
	graph, _ = cache(t, args)
	if got := graph.One(t, replicationType, "ca-redis").Value(t, "finalSnapshotIdentifier"); !got.IsNull() {
		t.Errorf("%v is left", got)
	}
}

func TestARedisChangesWhenTheOperatorSaysSo(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	group := graph.One(t, replicationType, "ca-redis")
	facts(t, group, map[string]bool{"applyImmediately": true, "autoMinorVersionUpgrade": false})
	texts(t, group, map[string]string{
		"snapshotWindow": "02:00-03:00", "maintenanceWindow": "sun:03:30-sun:04:30", "notificationTopicArn": "notices-arn",
	})
	counts(t, group, map[string]float64{"snapshotRetentionLimit": 7})
}

func TestARedisLogsIntoGroupsThatTheKeyServes(t *testing.T) {
	graph, _ := cache(t, cacheArgs())
	redisGroup := graph.One(t, replicationType, "ca-redis")
	var got []string
	for i, log := range []string{"slow-log", "engine-log"} {
		group := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "ca-"+log)
		texts(t, group, map[string]string{"kmsKeyId": "logs-key-arn"})
		counts(t, group, map[string]float64{"retentionInDays": 30})
		got = append(got, group.Text(t, "name"))
		at := "logDeliveryConfigurations[" + string(rune('0'+i)) + "]."
		texts(t, redisGroup, map[string]string{
			at + "destination": group.Text(t, "name"), at + "logType": log,
			at + "destinationType": "cloudwatch-logs", at + "logFormat": "json",
		})
	}
	if diff := cmp.Diff(aws.CacheLogGroups("test", "ca"), got); diff != "" {
		t.Errorf("the key's policy is told otherwise (-told +got):\n%s", diff)
	}
}

func TestEveryNodeOfARedisIsWatchedUnderTheNameItHas(t *testing.T) {
	_, made := cache(t, cacheArgs())
	completeAlarms(t, made.Alarms)
	for name, member := range map[string]string{"cpu-1": "ca-redis-002", "lag-2": "ca-redis-003"} {
		if got := await(t, alarm(t, made.Alarms, name).Dimensions["CacheClusterId"]); got != member {
			t.Errorf("%s watches %q, want %q", name, got, member)
		}
	}
	for name, want := range map[string]float64{"cpu-1": 70, "memory-1": 80, "connections-1": 52000, "lag-1": 30, "evictions-2": 0} {
		if got := alarm(t, made.Alarms, name); got.Threshold != want || got.Comparison != "GreaterThanThreshold" {
			t.Errorf("%s is %s %v, want above %v", name, got.Comparison, got.Threshold, want)
		}
	}
}

func TestANodeThatTheGroupHasNotNamedYetIsWatchedUnderItsFirstName(t *testing.T) {
	args := cacheArgs()
	args.Nodes = 3
	_, made := cache(t, args)
	if got := await(t, alarm(t, made.Alarms, "cpu-3").Dimensions["CacheClusterId"]); got != "test-ca-003" {
		t.Errorf("got %q", got)
	}
}

func TestACacheMayEvict(t *testing.T) {
	args := cacheArgs()
	args.Role = redis.Cache
	_, made := cache(t, args)
	for _, one := range made.Alarms {
		if one.Metric == "Evictions" {
			t.Errorf("somebody is woken for %+v", one)
		}
	}
}

func TestAPreviewOfARedisIsItsUpdate(t *testing.T) {
	var made *aws.Cache
	sameInPreview(t, cacheProgram(cacheArgs(), &made))
}

func TestNamesOnAWSAreLowerCaseAndFit(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{aws.CacheIdentifier("campus", "campus-cache"), "campus-campus-cache"},
		{aws.CacheIdentifier("My_Campus", "ca"), "my-campus-ca"},
		{aws.CacheIdentifier("2030", "ca"), "s2030-ca"},
		{aws.SearchDomainName("a_", "-b"), "a-b"},
		{aws.MongoIdentifier("2030", "campus-mongo"), "s2030-campus-mongo"},
		{aws.PrivateDomain("Prod_1", "campus"), "prod-1-campus.internal"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	long := strings.Repeat("campus-", 20)
	for limit, got := range map[int]string{
		40: aws.CacheIdentifier(long, "ca"), 50: aws.MemcachedIdentifier(long, "me"), 28: aws.SearchDomainName(long, "se"),
	} {
		if len(got) > limit || len(got) < limit-2 || strings.Contains(got, "--") {
			t.Errorf("%q does not fit %d", got, limit)
		}
	}
}

func TestAWrongCacheRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.CacheArgs)
		want  string
	}{
		"store":          {func(a *aws.CacheArgs) { a.VPC = nil }, "no vpc"},
		"name":           {func(a *aws.CacheArgs) { a.Identifier = "Test" }, "lower-case"},
		"two hyphens":    {func(a *aws.CacheArgs) { a.Identifier = "a--b" }, "single hyphens"},
		"long name":      {func(a *aws.CacheArgs) { a.Identifier = strings.Repeat("a", 41) }, "at most 40"},
		"role":           {func(a *aws.CacheArgs) { a.Role = "queue" }, `role "queue"`},
		"version":        {func(a *aws.CacheArgs) { a.Version = "9.9" }, `version "9.9"`},
		"no machine":     {func(a *aws.CacheArgs) { a.Machine = "" }, "no machine"},
		"a lone node":    {func(a *aws.CacheArgs) { a.Nodes = 1 }, "1 nodes"},
		"too many nodes": {func(a *aws.CacheArgs) { a.Nodes = 4 }, "4 nodes"},
		"long backups":   {func(a *aws.CacheArgs) { a.BackupDays = 36 }, "35 at most"},
	} {
		t.Run(name, func(t *testing.T) {
			args := cacheArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewCache(ctx, "ca", args)
				return err
			}, `cache "ca"`, test.want)
		})
	}
	edge := cacheArgs()
	edge.Identifier, edge.Nodes, edge.BackupDays = strings.Repeat("a", 40), 3, 35
	cache(t, edge)
}
