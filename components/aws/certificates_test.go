package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	awssdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	certificateType = "aws:acm/certificate:Certificate"
	validationType  = "aws:acm/certificateValidation:CertificateValidation"
)

func certificatesArgs() *aws.CertificatesArgs {
	return &aws.CertificatesArgs{
		Account: account, Names: []string{"learn.example.org", "*.learn.example.org", "studio.example.org"},
		Zone: pulumi.String("Z0123"), Regional: true, Slug: "main", Tags: tags.New("test", nil),
	}
}

// certificatesProgram asks for certificates, for CloudFront too where edge is set,
// and uses what it is given.
func certificatesProgram(args *aws.CertificatesArgs, edge bool) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if edge {
			provider, err := awssdk.NewProvider(ctx, "edge", &awssdk.ProviderArgs{Region: pulumi.String("us-east-1")})
			if err != nil {
				return err
			}
			args.Edge = provider
		}
		made, err := aws.NewCertificates(ctx, "ct", args)
		if err != nil {
			return err
		}
		keepers := pulumi.StringMap{}
		if args.Regional {
			keepers["regional"] = made.Regional
		}
		if edge {
			keepers["edge"] = made.Edge
		}
		_, err = random.NewRandomId(ctx, "user", &random.RandomIdArgs{ByteLength: pulumi.Int(1), Keepers: keepers})
		return err
	}
}

func certificates(t *testing.T, args *aws.CertificatesArgs, edge bool) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, certificatesProgram(args, edge))
}

func TestCertificatesAreForTheSameNamesInBothRegions(t *testing.T) {
	graph := certificates(t, certificatesArgs(), true)
	for name, provider := range map[string]string{"ct-regional": "", "ct-edge": "::edge-id"} {
		certificate := graph.One(t, certificateType, name)
		texts(t, certificate, map[string]string{
			"domainName": "learn.example.org", "validationMethod": "DNS", "keyAlgorithm": "EC_prime256v1", "tags.openedx-instance": "main",
		})
		holds(t, certificate, map[string]any{"subjectAlternativeNames": []any{"*.learn.example.org", "studio.example.org"}})
		for _, r := range []*harness.Resource{certificate, graph.One(t, validationType, name+"-issued")} {
			if !strings.HasSuffix(r.Provider, provider) || (provider == "") != (r.Provider == "") {
				t.Errorf("%s is made by %q", r, r.Provider)
			}
		}
	}
}

func TestANameIsProvedOnceForItselfForAllBelowItAndForBothRegions(t *testing.T) {
	for _, test := range []struct {
		name           string
		regional, edge bool
	}{{"regional", true, false}, {"for CloudFront", false, true}, {"both", true, true}} {
		t.Run(test.name, func(t *testing.T) {
			args := certificatesArgs()
			args.Regional = test.regional
			graph := certificates(t, args, test.edge)
			want := []string{"ct-proof-learn-example-org", "ct-proof-studio-example-org"}
			if diff := cmp.Diff(want, names(graph.All(dnsRecordType))); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			for i, base := range []string{"learn.example.org", "studio.example.org"} {
				proof := graph.One(t, dnsRecordType, want[i])
				texts(t, proof, map[string]string{
					"zoneId": "Z0123", "name": "_proof." + base, "type": "CNAME", "records[0]": "_" + base + ".acm-validations.aws",
				})
				// Records are the zone's, which is in no region.
				if proof.Provider != "" {
					t.Errorf("%s is made by %q", proof, proof.Provider)
				}
			}
			for _, validation := range graph.All(validationType) {
				holds(t, validation, map[string]any{"validationRecordFqdns": []any{"_proof.learn.example.org", "_proof.studio.example.org"}})
			}
		})
	}
}

func TestAProofThatIsThereAlreadyIsTaken(t *testing.T) {
	graph := certificates(t, certificatesArgs(), false)
	for _, proof := range graph.All(dnsRecordType) {
		facts(t, proof, map[string]bool{"allowOverwrite": true})
	}
}

func TestACertificateIsUsedOnlyOnceItIsIssued(t *testing.T) {
	graph := certificates(t, certificatesArgs(), true)
	user := graph.One(t, "random:index/randomId:RandomId", "user")
	for _, part := range []string{"regional", "edge"} {
		if got, want := user.Text(t, "keepers."+part), "arn:aws:acm:eu-west-1:123456789012:ct-"+part; got != want {
			t.Errorf("the %s certificate is %q, want %q", part, got, want)
		}
		if !graph.Waits(user, graph.One(t, validationType, "ct-"+part+"-issued").URN) {
			t.Errorf("the %s certificate may be used before it is issued", part)
		}
	}
}

func TestOnlyTheCertificatesThatAreAskedForAreMade(t *testing.T) {
	args := certificatesArgs()
	if diff := cmp.Diff([]string{"ct-regional"}, names(certificates(t, args, false).All(certificateType))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	args.Regional = false
	if diff := cmp.Diff([]string{"ct-edge"}, names(certificates(t, args, true).All(certificateType))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACertificateForCloudFrontMoreLeavesTheProofsAlone(t *testing.T) {
	before := certificates(t, certificatesArgs(), false)
	for _, name := range changed(before, certificates(t, certificatesArgs(), true)) {
		if name != "user" {
			t.Errorf("%s changed", name)
		}
	}
}

func TestACertificateForOneNameHasNoOther(t *testing.T) {
	args := certificatesArgs()
	args.Names = args.Names[:1]
	certificate := certificates(t, args, false).One(t, certificateType, "ct-regional")
	// Left out, names that were taken away would stay.
	holds(t, certificate, map[string]any{"subjectAlternativeNames": []any{}})
}

func TestThePreviewOfCertificatesIsTheirUpdate(t *testing.T) {
	previewsAsItUpdates(t, certificatesProgram(certificatesArgs(), true))
}

func TestWrongCertificatesRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.CertificatesArgs)
		want  string
	}{
		"no account":       {func(a *aws.CertificatesArgs) { a.Account.ID = "" }, "incomplete"},
		"no zone":          {func(a *aws.CertificatesArgs) { a.Zone = nil }, "no zone"},
		"no names":         {func(a *aws.CertificatesArgs) { a.Names = nil }, "no names"},
		"an empty name":    {func(a *aws.CertificatesArgs) { a.Names[1] = "*." }, "name without a name"},
		"a name twice":     {func(a *aws.CertificatesArgs) { a.Names[2] = a.Names[0] }, "is there twice"},
		"names that clash": {func(a *aws.CertificatesArgs) { a.Names[2] = "learn-example.org" }, "is there twice"},
		"too long":         {func(a *aws.CertificatesArgs) { a.Names[0] = strings.Repeat("a", 53) + ".example.org" }, "more than 64"},
		"nowhere":          {func(a *aws.CertificatesArgs) { a.Regional = false }, "neither regional nor"},
	} {
		t.Run(name, func(t *testing.T) {
			args := certificatesArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewCertificates(ctx, "ct", args)
				return err
			}, `certificates "ct"`, test.want)
		})
	}
}

func TestTheLongestSubjectIsAccepted(t *testing.T) {
	args := certificatesArgs()
	args.Names = []string{strings.Repeat("a", 52) + ".example.org"}
	certificates(t, args, false)
}
