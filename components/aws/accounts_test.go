package aws_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	passwordType      = "random:index/randomPassword:RandomPassword"
	secretType        = "aws:secretsmanager/secret:Secret"
	secretVersionType = "aws:secretsmanager/secretVersion:SecretVersion"
)

// accountsArgs are arguments that a test changes one of. Redis's tokens are as long as any.
func accountsArgs() *aws.AccountsArgs {
	at := func(host string, port int) platform.Endpoint {
		return platform.Endpoint{Host: pulumi.String(host).ToStringOutput(), Port: port}
	}
	stores := platform.Stores{
		MySQL: at("sql.internal", 3306), Mongo: platform.Mongo{Endpoint: at("mongo.internal", 27017), ReplicaSet: "rs0"},
		Broker: at("broker.internal", 6379), Cache: at("cache.internal", 6380),
	}
	stores.MySQL.AdminSecret, stores.Mongo.AdminSecret = pulumi.String("sql-admin-arn"), pulumi.String("mongo-admin-arn")
	stores.Broker.Password, stores.Cache.Password = platform.Secret(pulumi.String(token("b"))), platform.Secret(pulumi.String(token("c")))
	return &aws.AccountsArgs{
		Account: account, Platform: "campus", Stack: "prod", Slug: "acme", Slot: 3, Stores: stores, MongoAccount: true,
		SecretsKey: pulumi.String("key-arn"), ClusterName: pulumi.String("test-cluster"),
		Namespace: accounts.Namespace, ServiceAccount: "accounts-acme", Tags: tags.New("test", nil),
	}
}

func token(letter string) string { return strings.Repeat(letter, accounts.PasswordLength) }

// instanceAccounts runs a program that is one instance's accounts.
func instanceAccounts(t *testing.T, args *aws.AccountsArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewAccounts(ctx, "ac", args)
		if err != nil {
			return err
		}
		ctx.Export("mongo-password", made.MongoPassword)
		return nil
	})
}

func TestPasswordsAreLettersAndDigitsBecauseTutorQuotesNone(t *testing.T) {
	made := instanceAccounts(t, accountsArgs()).All(passwordType)
	if diff := cmp.Diff([]string{"ac-bootstrap-password", "ac-mongodb-password", "ac-mysql-password"}, names(made)); diff != "" {
		t.Error(diff)
	}
	for _, password := range made {
		if password.Value(t, "special").BoolValue() || password.Value(t, "length").NumberValue() != accounts.PasswordLength {
			t.Errorf("%s: %v", password, password.Inputs)
		}
	}
}

// content is what a store's secret holds; the test fails where it is not secret.
func content(t *testing.T, graph *harness.Graph, store string) map[string]string {
	t.Helper()
	version := graph.One(t, secretVersionType, "ac-"+store+"-value")
	if !version.Inputs["secretString"].IsSecret() {
		t.Errorf("the content for %s is not secret", store)
	}
	settings := map[string]string{}
	if err := json.Unmarshal([]byte(version.Text(t, "secretString")), &settings); err != nil {
		t.Fatal(err)
	}
	return settings
}

// some are the settings of the given names.
func some(settings map[string]string, wanted map[string]string) map[string]string {
	found := map[string]string{}
	for key := range wanted {
		found[key] = settings[key]
	}
	return found
}

func TestEachStoresSecretHoldsTutorsSettingsOfTheInstance(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	for store, want := range map[string]map[string]string{
		"mysql":   {"MYSQL_HOST": "sql.internal", "MYSQL_PORT": "3306", "OPENEDX_MYSQL_DATABASE": "openedxacme", "MYSQL_ROOT_USERNAME": "tutoracme"},
		"mongodb": {"MONGODB_HOST": "mongo.internal", "MONGODB_PORT": "27017", "MONGODB_REPLICA_SET": "rs0", "MONGODB_USERNAME": "openedxacme"},
		"redis": {
			"REDIS_HOST": "broker.internal", "REDIS_PORT": "6379", "REDIS_PASSWORD": token("b"), "OPENEDX_CELERY_REDIS_DB": "6",
			"CLOUD_CACHE_REDIS_HOST": "cache.internal", "CLOUD_CACHE_REDIS_PORT": "6380", "CLOUD_CACHE_REDIS_PASSWORD": token("c"), "OPENEDX_CACHE_REDIS_DB": "7",
		},
	} {
		if diff := cmp.Diff(want, some(content(t, graph, store), want)); diff != "" {
			t.Errorf("%s: %s", store, diff)
		}
	}
}

func TestEachUserHasAPasswordOfItsOwn(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	mysql, mongo := content(t, graph, "mysql"), content(t, graph, "mongodb")
	seen := map[string]bool{}
	for _, password := range []string{mysql["OPENEDX_MYSQL_PASSWORD"], mysql["MYSQL_ROOT_PASSWORD"], mongo["MONGODB_PASSWORD"]} {
		if len(password) != accounts.PasswordLength || seen[password] {
			t.Errorf("the password %q is given twice or has another length", password)
		}
		seen[password] = true
	}
}

func TestSecretsLieWhereTheInstanceLooksAndAreEncryptedWithThePlatformsKey(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	for _, store := range []string{"mysql", "mongodb", "redis"} {
		secret := graph.One(t, secretType, "ac-"+store)
		if got, want := secret.Text(t, "name"), "/campus/prod/acme/"+store; got != want {
			t.Errorf("%s is called %q, want %q", secret, got, want)
		}
		if got := secret.Text(t, "kmsKeyId"); got != "key-arn" {
			t.Errorf("%s is encrypted with %q", secret, got)
		}
		if got := secret.Text(t, "tags[\"openedx-instance\"]"); got != "acme" {
			t.Errorf("%s belongs to %q", secret, got)
		}
	}
}

func TestASecretCanBeCalledBackUnlessTheStackIsDisposable(t *testing.T) {
	for disposable, days := range map[bool]float64{true: 0, false: 30} {
		args := accountsArgs()
		args.Disposable = disposable
		for _, secret := range instanceAccounts(t, args).All(secretType) {
			if got := secret.Value(t, "recoveryWindowInDays").NumberValue(); got != days {
				t.Errorf("%s: disposable %t: %v days, want %v", secret, disposable, got, days)
			}
		}
	}
}

func TestTheJobReadsItsOwnSecretsAndThoseOfAdministratorsOnly(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ac-"
	for mongo, read := range map[bool]string{
		true:  `"` + arn + `mysql", "sql-admin-arn", "` + arn + `mongodb", "mongo-admin-arn"`,
		false: `"` + arn + `mysql", "sql-admin-arn"`,
	} {
		t.Run("mongo "+strconv.FormatBool(mongo), func(t *testing.T) {
			args := accountsArgs()
			args.MongoAccount = mongo
			if !mongo {
				args.Stores.Mongo.AdminSecret = nil
			}
			sameJSON(t, instanceAccounts(t, args).One(t, "aws:iam/rolePolicy:RolePolicy", "ac-role-policy").Text(t, "policy"), `{
				"Version": "2012-10-17",
				"Statement": [
					{"Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [`+read+`]},
					{"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["key-arn"],
					 "Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}}}
				]
			}`)
		})
	}
}

func TestOnlyTheInstancesServiceAccountOfThisClusterHasTheRole(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "ac-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "PodIdentity", "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
			"Principal": {"Service": ["pods.eks.amazonaws.com"]},
			"Condition": {"StringEquals": {
				"aws:RequestTag/eks-cluster-arn": ["arn:aws:eks:eu-west-1:123456789012:cluster/test-cluster"],
				"aws:RequestTag/kubernetes-namespace": ["openedx-system"],
				"aws:RequestTag/kubernetes-service-account": ["accounts-acme"]
			}}
		}]
	}`)
	association := graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "ac-identity")
	want := map[string]string{"clusterName": "test-cluster", "namespace": "openedx-system", "serviceAccount": "accounts-acme", "roleArn": "arn:aws:iam:eu-west-1:123456789012:ac-role"}
	got := map[string]string{}
	for key := range want {
		got[key] = association.Text(t, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhoUsesASecretWaitsUntilItIsWrittenAndMayBeRead(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewAccounts(ctx, "ac", accountsArgs())
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Job", "job", pulumi.Map{
			"secret": made.Secrets[accounts.MySQL], "version": made.Versions[accounts.MySQL],
		}, &struct{ pulumi.CustomResourceState }{})
	})
	job := graph.One(t, "test:index:Job", "job")
	for typ, name := range map[string]string{
		secretVersionType: "ac-mysql-value", "aws:iam/rolePolicy:RolePolicy": "ac-role-policy",
		"aws:eks/podIdentityAssociation:PodIdentityAssociation": "ac-identity",
	} {
		if !graph.Waits(job, graph.One(t, typ, name).URN) {
			t.Errorf("the Job does not wait for %s", name)
		}
	}
	if got := job.Inputs["version"]; got.IsSecret() || got.StringValue() != "ac-mysql-value-version" {
		t.Errorf("the version is %v", got)
	}
}

func TestNoPasswordIsReadableOutsideTheSecrets(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	if !pulumi.IsSecret(graph.Exports["mongo-password"].(pulumi.Output)) { //nolint:errcheck // it was exported as one
		t.Error("the password of MongoDB is not secret")
	}
	mysql, mongo := content(t, graph, "mysql"), content(t, graph, "mongodb")
	for _, r := range graph.Resources {
		if r.Type == secretVersionType {
			continue
		}
		for _, password := range []string{mysql["OPENEDX_MYSQL_PASSWORD"], mysql["MYSQL_ROOT_PASSWORD"], mongo["MONGODB_PASSWORD"], token("b"), token("c")} {
			if strings.Contains(r.Name+fmt.Sprint(r.Inputs), password) {
				t.Errorf("%s has a password", r)
			}
		}
	}
}

func TestAPreviewOfAccountsShowsWhatAnUpdateMakes(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := aws.NewAccounts(ctx, "ac", accountsArgs())
		return err
	}
	if diff := cmp.Diff(harness.Run(t, nil, program).Inventory(), harness.Preview(t, nil, program).Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherInstanceChangesNothingOfTheFirst(t *testing.T) {
	program := func(slugs ...string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			for _, slug := range slugs {
				args := accountsArgs()
				args.Slug, args.ServiceAccount = slug, "accounts-"+slug
				if _, err := aws.NewAccounts(ctx, "ac-"+slug, args); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if got := changed(harness.Run(t, nil, program("acme")), harness.Run(t, nil, program("acme", "beta"))); len(got) != 0 {
		t.Errorf("changed: %v", got)
	}
}

func TestWrongAccountsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.AccountsArgs)
		want  string
	}{
		"no slug":            {func(a *aws.AccountsArgs) { a.Slug = "A_b" }, `"A_b"`},
		"no account":         {func(a *aws.AccountsArgs) { a.Account.ID = "" }, "incomplete"},
		"no platform":        {func(a *aws.AccountsArgs) { a.Platform = "" }, "named after"},
		"no stack":           {func(a *aws.AccountsArgs) { a.Stack = "" }, "named after"},
		"no namespace":       {func(a *aws.AccountsArgs) { a.Namespace = "" }, "service account"},
		"no service account": {func(a *aws.AccountsArgs) { a.ServiceAccount = "" }, "service account"},
		"slot":               {func(a *aws.AccountsArgs) { a.Slot = -1 }, "slot -1"},
		"no key":             {func(a *aws.AccountsArgs) { a.SecretsKey = nil }, "no secrets key"},
		"no cluster":         {func(a *aws.AccountsArgs) { a.ClusterName = nil }, "no cluster"},
		"no mysql":           {func(a *aws.AccountsArgs) { a.Stores.MySQL.Host = pulumi.StringOutput{} }, "mysql is nowhere"},
		"no mongo":           {func(a *aws.AccountsArgs) { a.Stores.Mongo = platform.Mongo{} }, "mongodb is nowhere"},
		"no broker":          {func(a *aws.AccountsArgs) { a.Stores.Broker.Port = 0 }, "broker is nowhere"},
		"no cache":           {func(a *aws.AccountsArgs) { a.Stores.Cache = platform.Endpoint{} }, "cache is nowhere"},
		"no mysql admin":     {func(a *aws.AccountsArgs) { a.Stores.MySQL.AdminSecret = nil }, "administrator of mysql"},
		"no mongo admin":     {func(a *aws.AccountsArgs) { a.Stores.Mongo.AdminSecret = nil }, "administrator of mongodb"},
		"no broker token":    {func(a *aws.AccountsArgs) { a.Stores.Broker.Password = nil }, "redis broker"},
		"no cache token":     {func(a *aws.AccountsArgs) { a.Stores.Cache.Password = nil }, "redis cache"},
	} {
		t.Run(name, func(t *testing.T) {
			args := accountsArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewAccounts(ctx, "ac", args)
				return err
			}, `accounts "ac"`, test.want)
		})
	}
}
