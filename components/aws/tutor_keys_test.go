package aws_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// tutorKeysArgs are arguments that a test changes one of.
func tutorKeysArgs() *aws.TutorKeysArgs {
	return &aws.TutorKeysArgs{
		Platform: "campus", Stack: "prod", Slug: "acme", MeilisearchHost: "search.acme.example.org",
		SecretsKey: pulumi.String("key-arn"), Tags: tags.New("test", nil),
	}
}

func tutorKeys(t *testing.T, args *aws.TutorKeysArgs) (*harness.Graph, *aws.TutorKeys) {
	t.Helper()
	var made *aws.TutorKeys
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		made, err = aws.NewTutorKeys(ctx, "tk", args)
		return err
	})
	return graph, made
}

func TestWhatTutorWouldDrawByLotIsKeptInTwoSecrets(t *testing.T) {
	graph, made := tutorKeys(t, tutorKeysArgs())
	for _, store := range []accounts.Store{accounts.Tutor, accounts.Meilisearch} {
		name := "tk-" + string(store)
		texts(t, graph.One(t, secretType, name), map[string]string{
			"name": "/campus/prod/acme/" + string(store), "kmsKeyId": "key-arn", `tags["openedx-instance"]`: "acme",
		})
		value := graph.One(t, secretVersionType, name+"-value")
		if !value.Inputs["secretString"].IsSecret() || !pulumi.IsSecret(made.Settings[store]) {
			t.Errorf("%s is shown", store)
		}
		if got := await(t, made.Settings[store]); got != value.Text(t, "secretString") {
			t.Errorf("%s: the settings are others than those that are kept", store)
		}
		if got := await(t, made.Secrets[store]); got != "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"+name {
			t.Errorf("got %q", got)
		}
	}
	sameJSON(t, await(t, made.Settings[accounts.Tutor]), `{
		"ID": "`+harness.Password("tk-id", 24)+`", "OPENEDX_SECRET_KEY": "`+harness.Password("tk-secret-key", 50)+`",
		"CMS_OAUTH2_SECRET": "`+harness.Password("tk-studio-secret", 32)+`", "JWT_RSA_PRIVATE_KEY": "tk-signing-key-pem"
	}`)
	var search map[string]string
	if err := json.Unmarshal([]byte(await(t, made.Settings[accounts.Meilisearch])), &search); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"MEILISEARCH_HOST": "search.acme.example.org", "MEILISEARCH_PUBLIC_URL": "https://search.acme.example.org",
		"MEILISEARCH_MASTER_KEY": harness.Password("tk-search-key", 32), "MEILISEARCH_INDEX_PREFIX": "openedxacme_",
	}
	if diff := cmp.Diff(want, some(search, want)); diff != "" {
		t.Error(diff)
	}
	houseTagged(t, graph, "tutor", secretVersionType, passwordType, "random:index/randomId:RandomId", "tls:index/privateKey:PrivateKey")
}

func TestTokensAreSignedWithAKeyThatTutorReads(t *testing.T) {
	graph, _ := tutorKeys(t, tutorKeysArgs())
	key := graph.One(t, "tls:index/privateKey:PrivateKey", "tk-signing-key")
	texts(t, key, map[string]string{"algorithm": "RSA"})
	counts(t, key, map[string]float64{"rsaBits": 2048})
	for _, password := range graph.All(passwordType) {
		facts(t, password, map[string]bool{"special": false})
	}
}

// Nothing decides about the keys but the instance's name in the program: what is
// drawn anew logs everybody out.
func TestNoChangeOfAnInstanceDrawsItsKeysAnew(t *testing.T) {
	drawn := func(graph *harness.Graph) map[string]any {
		inputs := map[string]any{}
		for _, r := range graph.Resources {
			if strings.HasPrefix(r.Type, "random:") || strings.HasPrefix(r.Type, "tls:") {
				inputs[r.URN] = r.Inputs.Mappable()
			}
		}
		return inputs
	}
	before, _ := tutorKeys(t, tutorKeysArgs())
	args := tutorKeysArgs()
	args.Platform, args.Stack, args.MeilisearchHost, args.Disposable = "school", "next", "search.example.org", true
	args.SecretsKey = pulumi.String("other-arn")
	after, _ := tutorKeys(t, args)
	if diff := cmp.Diff(drawn(before), drawn(after)); diff != "" || len(drawn(before)) != 6 {
		t.Errorf("%d are drawn: %s", len(drawn(before)), diff)
	}
}

func TestADisposableInstancesKeysLeaveTheirNamesFree(t *testing.T) {
	for disposable, days := range map[bool]float64{false: 30, true: 0} {
		args := tutorKeysArgs()
		args.Disposable = disposable
		graph, _ := tutorKeys(t, args)
		counts(t, graph.One(t, secretType, "tk-tutor"), map[string]float64{"recoveryWindowInDays": days})
	}
}

func TestWrongTutorKeysRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.TutorKeysArgs)
		want  string
	}{
		"no instance": {func(a *aws.TutorKeysArgs) { a.Slug = "" }, "slug"},
		"no platform": {func(a *aws.TutorKeysArgs) { a.Platform = "" }, "no platform"},
		"no stack":    {func(a *aws.TutorKeysArgs) { a.Stack = "" }, "no platform or stack"},
		"no host":     {func(a *aws.TutorKeysArgs) { a.MeilisearchHost = "" }, "no host of meilisearch"},
		"no key":      {func(a *aws.TutorKeysArgs) { a.SecretsKey = nil }, "no secrets key"},
	} {
		t.Run(name, func(t *testing.T) {
			args := tutorKeysArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewTutorKeys(ctx, "tk", args)
				return err
			}, `tutor keys "tk"`, test.want)
		})
	}
}
