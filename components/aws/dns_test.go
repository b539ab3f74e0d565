package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const dnsZoneType = "aws:route53/zone:Zone"

func dnsArgs() *aws.HostedZoneArgs {
	return &aws.HostedZoneArgs{Domain: "example.org", Tags: tags.New("test", nil)}
}

// dns runs a program that is one zone and something that uses it.
func dns(t *testing.T, args *aws.HostedZoneArgs) (*harness.Graph, *aws.HostedZone) {
	t.Helper()
	var zone *aws.HostedZone
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		var err error
		if zone, err = aws.NewHostedZone(ctx, "dns", args); err != nil {
			return err
		}
		return useName(ctx, zone.ID)
	})
	return graph, zone
}

func TestAZoneIsMadeWhereThereIsNone(t *testing.T) {
	graph, zone := dns(t, dnsArgs())
	made := graph.One(t, dnsZoneType, "dns-zone")
	texts(t, made, map[string]string{"name": "example.org", "tags.openedx-component": "dns"})
	if made.Value(t, "vpcs").HasValue() {
		t.Error("the zone is private")
	}
	if got := graph.One(t, "random:index/randomId:RandomId", "user").Text(t, "keepers.name"); got != "dns-zone-id" || !zone.Made {
		t.Errorf("the zone is %q, made %t", got, zone.Made)
	}
}

func TestAZoneWithNamesOfOthersIsNotDeletedWithThem(t *testing.T) {
	graph, _ := dns(t, dnsArgs())
	facts(t, graph.One(t, dnsZoneType, "dns-zone"), map[string]bool{"forceDestroy": false})
}

func TestAZoneThatIsThereIsTakenAsItIs(t *testing.T) {
	args := dnsArgs()
	args.ID = "Z0123"
	graph, zone := dns(t, args)
	if got := graph.Count(dnsZoneType); got != 0 {
		t.Errorf("%d zones were made", got)
	}
	if got := graph.One(t, "random:index/randomId:RandomId", "user").Text(t, "keepers.name"); got != "Z0123" || zone.Made {
		t.Errorf("the zone is %q, made %t", got, zone.Made)
	}
}

func TestAZoneOfAnInstanceSaysSo(t *testing.T) {
	args := dnsArgs()
	graph, _ := dns(t, args)
	if tag := graph.One(t, dnsZoneType, "dns-zone").Value(t, "tags.openedx-instance"); tag.HasValue() {
		t.Errorf("the platform's zone is that of %v", tag)
	}
	args.Slug = "main"
	graph, _ = dns(t, args)
	texts(t, graph.One(t, dnsZoneType, "dns-zone"), map[string]string{"tags.openedx-instance": "main"})
}

func TestTheZoneAboveDelegatesToTheOneThatIsMade(t *testing.T) {
	args := dnsArgs()
	graph, _ := dns(t, args)
	if got := graph.Count(dnsRecordType); got != 0 {
		t.Errorf("%d records without a zone above", got)
	}
	args.Above = pulumi.String("Z0ABOVE")
	graph, _ = dns(t, args)
	texts(t, graph.One(t, dnsRecordType, "dns-delegation"), map[string]string{
		"zoneId": "Z0ABOVE", "name": "example.org", "type": "NS", "records[0]": "dns-zone.ns.example.com",
	})
}

func TestAZoneThatIsThereIsNotDelegatedToAgain(t *testing.T) {
	refuses(t, func(ctx *pulumi.Context) error {
		args := dnsArgs()
		args.ID, args.Above = "Z0123", pulumi.String("Z0ABOVE")
		_, err := aws.NewHostedZone(ctx, "dns", args)
		return err
	}, `hosted zone "dns"`, "delegated to already")
}

func TestAZoneWithoutADomainRegistersNothing(t *testing.T) {
	refuses(t, func(ctx *pulumi.Context) error {
		_, err := aws.NewHostedZone(ctx, "dns", &aws.HostedZoneArgs{})
		return err
	}, `hosted zone "dns"`, "no domain")
}

func TestThePreviewOfAZoneIsItsUpdate(t *testing.T) {
	previewsAsItUpdates(t, func(ctx *pulumi.Context) error {
		args := dnsArgs()
		args.Above = pulumi.String("Z0ABOVE")
		_, err := aws.NewHostedZone(ctx, "dns", args)
		return err
	})
}

const dnsRecordType = "aws:route53/record:Record"

func recordsArgs() *aws.RecordsArgs {
	balancer := aws.AliasTarget{Host: pulumi.String("lb.example.com"), ZoneID: pulumi.String("ZLB")}
	cdn := aws.AliasTarget{Host: pulumi.String("d1.cloudfront.example"), ZoneID: pulumi.String("ZCF"), IPv6: true}
	return &aws.RecordsArgs{Zone: pulumi.String("Z0123"), Aliases: []aws.Alias{
		{Host: "learn.example.org", Target: cdn}, {Host: "studio.learn.example.org", Target: balancer},
	}}
}

func records(t *testing.T, args *aws.RecordsArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		_, err := aws.NewRecords(ctx, "rc", args)
		return err
	})
}

func TestANameLeadsToItsTarget(t *testing.T) {
	graph := records(t, recordsArgs())
	want := []string{"rc-learn-example-org-a", "rc-learn-example-org-aaaa", "rc-studio-learn-example-org-a"}
	if diff := cmp.Diff(want, names(graph.All(dnsRecordType))); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	texts(t, graph.One(t, dnsRecordType, "rc-learn-example-org-aaaa"), map[string]string{
		"zoneId": "Z0123", "name": "learn.example.org", "type": "AAAA",
		"aliases[0].name": "d1.cloudfront.example", "aliases[0].zoneId": "ZCF",
	})
	texts(t, graph.One(t, dnsRecordType, "rc-studio-learn-example-org-a"), map[string]string{
		"name": "studio.learn.example.org", "type": "A", "aliases[0].name": "lb.example.com", "aliases[0].zoneId": "ZLB",
	})
}

func TestNoNameAsksForTheHealthOfItsTarget(t *testing.T) {
	for _, record := range records(t, recordsArgs()).All(dnsRecordType) {
		// Route 53 refuses the question about CloudFront.
		facts(t, record, map[string]bool{"aliases[0].evaluateTargetHealth": false})
	}
}

func TestANameThatLeadsElsewhereIsNotTaken(t *testing.T) {
	for _, record := range records(t, recordsArgs()).All(dnsRecordType) {
		if record.Value(t, "allowOverwrite").HasValue() {
			t.Errorf("%s overwrites what is there", record)
		}
	}
}

func TestWrongRecordsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.RecordsArgs)
		want  string
	}{
		"no zone":        {func(a *aws.RecordsArgs) { a.Zone = nil }, "no zone"},
		"no hosts":       {func(a *aws.RecordsArgs) { a.Aliases = nil }, "no hosts"},
		"no target":      {func(a *aws.RecordsArgs) { a.Aliases[0].Target.Host = nil }, `"learn.example.org" leads nowhere`},
		"no zone of it":  {func(a *aws.RecordsArgs) { a.Aliases[0].Target.ZoneID = nil }, "leads nowhere"},
		"no host":        {func(a *aws.RecordsArgs) { a.Aliases[1].Host = "" }, "host without a name"},
		"a host twice":   {func(a *aws.RecordsArgs) { a.Aliases[1].Host = "learn.example.org" }, "is there twice"},
		"one name twice": {func(a *aws.RecordsArgs) { a.Aliases[1].Host = "learn-example.org" }, "is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			args := recordsArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewRecords(ctx, "rc", args)
				return err
			}, `records "rc"`, test.want)
		})
	}
}

func TestThePreviewOfRecordsIsTheirUpdate(t *testing.T) {
	previewsAsItUpdates(t, func(ctx *pulumi.Context) error {
		_, err := aws.NewRecords(ctx, "rc", recordsArgs())
		return err
	})
}
