package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

const (
	domainType     = "aws:opensearch/domain:Domain"
	linkedRoleType = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
)

func searchArgs() *aws.SearchArgs {
	return &aws.SearchArgs{
		StoreArgs: storeArgs(), DomainName: "test-se", Version: "OpenSearch_2.19", Machine: "r7g.large.search", Nodes: 3,
		MasterMachine: "m7g.large.search", Masters: 3, StorageGiB: 100, ServiceLinkedRole: true,
	}
}

func searchProgram(args *aws.SearchArgs, into **aws.Search) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made, err := aws.NewSearch(ctx, "se", args)
		*into = made
		return err
	}
}

func search(t *testing.T, args *aws.SearchArgs) (*harness.Graph, *aws.Search) {
	t.Helper()
	var made *aws.Search
	return harness.Run(t, nil, searchProgram(args, &made)), made
}

func TestADomainIsEncryptedEverywhereAndInsideTheNetwork(t *testing.T) {
	graph, made := search(t, searchArgs())
	domain := graph.One(t, domainType, "se-domain")
	facts(t, domain, map[string]bool{
		"encryptAtRest.enabled": true, "nodeToNodeEncryption.enabled": true, "domainEndpointOptions.enforceHttps": true,
	})
	texts(t, domain, map[string]string{
		"domainName": "test-se", "engineVersion": "OpenSearch_2.19", "encryptAtRest.kmsKeyId": "data-key-arn",
		"domainEndpointOptions.tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10", "vpcOptions.securityGroupIds[0]": "se-group-id",
	})
	onlyFrom(t, graph, "se-group", 443)
	if !made.Endpoint.TLS || made.Endpoint.Port != 443 || await(t, made.Endpoint.Host) != "se-domain.example.internal" {
		t.Errorf("clients are told %+v", made.Endpoint)
	}
}

func TestWhoeverPassesTheFirewallMaySearchThisDomainOnly(t *testing.T) {
	graph, _ := search(t, searchArgs())
	domain := graph.One(t, domainType, "se-domain")
	sameJSON(t, domain.Text(t, "accessPolicies"), `{"Version": "2012-10-17", "Statement": [{
		"Sid": "Clients", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["es:ESHttp*"],
		"Resource": ["arn:aws:es:eu-west-1:123456789012:domain/test-se/*"]
	}]}`)
	// Tutor's discovery has no setting for a user and password.
	if got := domain.Value(t, "advancedSecurityOptions"); !got.IsNull() {
		t.Errorf("clients would have to sign in: %v", got)
	}
}

func TestNodesAreSpreadEvenlyOverAsManyZonesAsTheyCan(t *testing.T) {
	for _, test := range []struct{ nodes, subnets, zones int }{{1, 3, 1}, {2, 3, 2}, {3, 3, 3}, {4, 3, 2}, {6, 3, 3}, {2, 2, 2}, {6, 2, 2}} {
		args := searchArgs()
		args.Nodes, args.Subnets = test.nodes, args.Subnets[:test.subnets]
		graph, _ := search(t, args)
		domain := graph.One(t, domainType, "se-domain")
		if got := len(domain.Value(t, "vpcOptions.subnetIds").ArrayValue()); got != test.zones {
			t.Errorf("%+v: %d subnets", test, got)
		}
		facts(t, domain, map[string]bool{"clusterConfig.zoneAwarenessEnabled": test.zones > 1})
		counts(t, domain, map[string]float64{"clusterConfig.instanceCount": float64(test.nodes)})
		count := domain.Value(t, "clusterConfig.zoneAwarenessConfig.availabilityZoneCount")
		if (test.zones == 1) != count.IsNull() || (count.IsNumber() && count.NumberValue() != float64(test.zones)) {
			t.Errorf("%+v: spread over %v", test, count)
		}
	}
}

func TestMastersAreThereWhereTheyAreAskedFor(t *testing.T) {
	graph, made := search(t, searchArgs())
	domain := graph.One(t, domainType, "se-domain")
	facts(t, domain, map[string]bool{"clusterConfig.dedicatedMasterEnabled": true})
	counts(t, domain, map[string]float64{"clusterConfig.dedicatedMasterCount": 3})
	texts(t, domain, map[string]string{
		"clusterConfig.dedicatedMasterType": "m7g.large.search", "clusterConfig.instanceType": "r7g.large.search",
	})
	if got := alarm(t, made.Alarms, "master-cpu").Threshold; got != 50 {
		t.Errorf("masters may be busy to %v percent", got)
	}
	args := searchArgs()
	args.Masters, args.MasterMachine = 0, ""
	graph, made = search(t, args)
	domain = graph.One(t, domainType, "se-domain")
	facts(t, domain, map[string]bool{"clusterConfig.dedicatedMasterEnabled": false})
	if got := domain.Value(t, "clusterConfig.dedicatedMasterCount"); !got.IsNull() {
		t.Errorf("%v masters", got)
	}
	for _, one := range made.Alarms {
		if strings.HasPrefix(one.Metric, "Master") {
			t.Errorf("there are no masters to watch: %s", one.Name)
		}
	}
}

func TestADomainTunesAndPatchesItselfInTheQuietHours(t *testing.T) {
	graph, _ := search(t, searchArgs())
	domain := graph.One(t, domainType, "se-domain")
	facts(t, domain, map[string]bool{
		"offPeakWindowOptions.enabled": true, "autoTuneOptions.useOffPeakWindow": true,
		"softwareUpdateOptions.autoSoftwareUpdateEnabled": true, "ebsOptions.ebsEnabled": true,
	})
	const start = "offPeakWindowOptions.offPeakWindow.windowStartTime."
	counts(t, domain, map[string]float64{start + "hours": 3, start + "minutes": 30, "ebsOptions.volumeSize": 100})
	texts(t, domain, map[string]string{"autoTuneOptions.desiredState": "ENABLED", "ebsOptions.volumeType": "gp3"})
}

func TestTheSmallestMachinesAreNotTuned(t *testing.T) {
	args := searchArgs()
	args.Machine = "t3.small.search"
	graph, _ := search(t, args)
	domain := graph.One(t, domainType, "se-domain")
	texts(t, domain, map[string]string{"autoTuneOptions.desiredState": "DISABLED"})
	if got := domain.Value(t, "autoTuneOptions.useOffPeakWindow"); !got.IsNull() {
		t.Errorf("the service would refuse %v", got)
	}
}

func TestTheServiceMayWriteTheDomainsLogsBeforeItIsMade(t *testing.T) {
	graph, _ := search(t, searchArgs())
	domain := graph.One(t, domainType, "se-domain")
	policy := graph.One(t, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "se-logs")
	texts(t, policy, map[string]string{"policyName": "test-se"})
	sameJSON(t, policy.Text(t, "policyDocument"), `{"Version": "2012-10-17", "Statement": [{
		"Sid": "Logs", "Effect": "Allow", "Principal": {"Service": ["es.amazonaws.com"]},
		"Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
		"Resource": [
			"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/search/test-se/index-slow:*",
			"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/search/test-se/search-slow:*",
			"arn:aws:logs:eu-west-1:123456789012:log-group:/openedx/search/test-se/application:*"
		],
		"Condition": {
			"StringEquals": {"aws:SourceAccount": ["123456789012"]},
			"ArnLike": {"aws:SourceArn": ["arn:aws:es:eu-west-1:123456789012:domain/test-se"]}
		}
	}]}`)
	if !graph.Waits(domain, policy.URN) {
		t.Error("the service would refuse the domain")
	}
	texts(t, domain, map[string]string{
		"logPublishingOptions[0].logType": "INDEX_SLOW_LOGS", "logPublishingOptions[1].logType": "SEARCH_SLOW_LOGS",
		"logPublishingOptions[2].logType":               "ES_APPLICATION_LOGS",
		"logPublishingOptions[2].cloudwatchLogGroupArn": "arn:aws:cloudwatch:eu-west-1:123456789012:se-application",
	})
	var got []string
	for _, part := range []string{"index-slow", "search-slow", "application"} {
		group := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "se-"+part)
		texts(t, group, map[string]string{"kmsKeyId": "logs-key-arn"})
		counts(t, group, map[string]float64{"retentionInDays": 30})
		got = append(got, group.Text(t, "name"))
	}
	if diff := cmp.Diff(aws.SearchLogGroups("test-se"), got); diff != "" {
		t.Errorf("the key's policy is told otherwise (-told +got):\n%s", diff)
	}
}

func TestTheServiceHasItsRoleBeforeItEntersTheNetwork(t *testing.T) {
	graph, _ := search(t, searchArgs())
	role := graph.One(t, linkedRoleType, "se-role")
	texts(t, role, map[string]string{"awsServiceName": "opensearchservice.amazonaws.com"})
	if !graph.Waits(graph.One(t, domainType, "se-domain"), role.URN) {
		t.Error("the service could not enter the network")
	}
	args := searchArgs()
	args.ServiceLinkedRole = false
	if graph, _ = search(t, args); graph.Count(linkedRoleType) != 0 {
		t.Error("the account has the role already")
	}
}

func TestOnlyTheDomainIsProtected(t *testing.T) {
	for _, protect := range []bool{true, false} {
		args := searchArgs()
		args.Protect = protect
		graph, _ := search(t, args)
		for _, r := range graph.Resources {
			if want := protect && r.Type == domainType; r.Protect != want {
				t.Errorf("%s: protection is %t", r, r.Protect)
			}
		}
	}
}

func TestGrowthChangesTheDomainAlone(t *testing.T) {
	before, _ := search(t, searchArgs())
	args := searchArgs()
	args.Machine, args.Nodes, args.Masters, args.StorageGiB = "r7g.xlarge.search", 6, 0, 200
	after, _ := search(t, args)
	if diff := cmp.Diff([]string{"se-domain"}, changed(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What AWS fixes when a domain is made.
	was, is := before.One(t, domainType, "se-domain"), after.One(t, domainType, "se-domain")
	for _, fixed := range []string{"domainName", "encryptAtRest.kmsKeyId"} {
		if was.Text(t, fixed) != is.Text(t, fixed) {
			t.Errorf("%s changed", fixed)
		}
	}
}

func TestADomainIsWatched(t *testing.T) {
	_, made := search(t, searchArgs())
	completeAlarms(t, made.Alarms)
	for name, want := range map[string]float64{
		"red": 0, "yellow": 0, "blocked": 0, "snapshot": 0, "key": 0, "key-gone": 0, "disk": 25600, "cpu": 70, "heap": 95, "master-heap": 95,
	} {
		got := alarm(t, made.Alarms, name)
		if got.Threshold != want || got.Namespace != "AWS/ES" ||
			await(t, got.Dimensions["DomainName"]) != "test-se" || await(t, got.Dimensions["ClientId"]) != harness.Account {
			t.Errorf("%s is %+v", name, got)
		}
	}
	if got := alarm(t, made.Alarms, "disk"); got.Comparison != "LessThanThreshold" || got.Statistic != "Minimum" {
		t.Errorf("the fullest disk is not watched: %+v", got)
	}
}

func TestAPreviewOfADomainIsItsUpdate(t *testing.T) {
	var made *aws.Search
	sameInPreview(t, searchProgram(searchArgs(), &made))
}

func TestAWrongSearchRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.SearchArgs)
		want  string
	}{
		"store":         {func(a *aws.SearchArgs) { a.LogsKey = nil }, "no logs key"},
		"name":          {func(a *aws.SearchArgs) { a.DomainName = "test_se" }, "lower-case"},
		"long name":     {func(a *aws.SearchArgs) { a.DomainName = strings.Repeat("a", 29) }, "at most 28"},
		"short name":    {func(a *aws.SearchArgs) { a.DomainName = "se" }, "3 characters"},
		"no version":    {func(a *aws.SearchArgs) { a.Version = "" }, "version"},
		"no machine":    {func(a *aws.SearchArgs) { a.Machine = "" }, "machine"},
		"no nodes":      {func(a *aws.SearchArgs) { a.Nodes = 0 }, "0 nodes"},
		"uneven":        {func(a *aws.SearchArgs) { a.Nodes = 5 }, "5 nodes"},
		"uneven in two": {func(a *aws.SearchArgs) { a.Subnets = a.Subnets[:2] }, "3 nodes"},
		"two masters":   {func(a *aws.SearchArgs) { a.Masters = 2 }, "2 masters"},
		"what masters":  {func(a *aws.SearchArgs) { a.MasterMachine = "" }, "without a machine"},
		"small disk":    {func(a *aws.SearchArgs) { a.StorageGiB = 9 }, "9 GiB"},
		"no such day":   {func(a *aws.SearchArgs) { a.Windows.Maintenance = "day:03:30-day:04:30" }, "maintenance window"},
		"short window":  {func(a *aws.SearchArgs) { a.Windows.Maintenance = "sun" }, "too short"},
	} {
		t.Run(name, func(t *testing.T) {
			args := searchArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewSearch(ctx, "se", args)
				return err
			}, `search "se"`, test.want)
		})
	}
	edge := searchArgs()
	edge.DomainName, edge.StorageGiB = strings.Repeat("a", 28), 10
	search(t, edge)
}
