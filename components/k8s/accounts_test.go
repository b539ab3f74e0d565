package k8s_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/tests/harness"
)

const (
	jobType     = "kubernetes:batch/v1:Job"
	accountType = "kubernetes:core/v1:ServiceAccount"
)

// accountsArgs are arguments that a test changes one of.
func accountsArgs() *k8s.AccountsArgs {
	at := func(host string, port int, admin string) platform.Endpoint {
		return platform.Endpoint{Host: pulumi.String(host).ToStringOutput(), Port: port, AdminSecret: pulumi.String(admin)}
	}
	return &k8s.AccountsArgs{
		Slug: "north-campus", Namespace: pulumi.String(accounts.Namespace), Scripts: pulumi.String("scripts-1"),
		Fetch: k8s.Fetch{Image: "fetch:1", Script: accounts.FetchScriptFile, Environment: map[string]string{"AWS_REGION": "eu-west-1"}},
		MySQL: k8s.MySQLAccounts{
			Image: "mysql:1", Store: at("sql.internal", 3306, "sql-admin"),
			Secret:       k8s.Secret{Name: pulumi.String("sql-secret"), Version: pulumi.String("v1")},
			AuthorityURL: "https://example.org/bundle.pem", Bootstrap: accounts.BootstrapClosed,
		},
		Mongo: &k8s.MongoAccount{
			Image: "mongo:1", Store: platform.Mongo{Endpoint: at("mongo.internal", 27017, "mongo-admin"), ReplicaSet: "rs0"},
			Secret:    k8s.Secret{Name: pulumi.String("mongo-secret"), Version: pulumi.String("v1")},
			Authority: pulumi.String("authority-1"),
		},
	}
}

func accountsProgram(args *k8s.AccountsArgs) pulumi.RunFunc {
	return program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		args.Provider = provider
		_, err := k8s.NewAccounts(ctx, "ac", args)
		return err
	})
}

func instanceAccounts(t *testing.T, args *k8s.AccountsArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, accountsProgram(args))
}

// environment is what a container of a Job is told.
func environment(t *testing.T, job *harness.Resource, container string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, variable := range job.Value(t, "spec.template.spec."+container+".env").ArrayValue() {
		all[variable.ObjectValue()["name"].StringValue()] = variable.ObjectValue()["value"].StringValue()
	}
	return all
}

func TestAJobFetchesPasswordsIntoMemoryAndMakesTheAccountsWithThem(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	for name, want := range map[string]struct {
		image, script string
		fetch, run    map[string]string
	}{
		"ac-mysql": {"mysql:1", accounts.MySQLScriptFile, map[string]string{
			"AWS_REGION": "eu-west-1", "ADMIN_SECRET": "sql-admin", "INSTANCE_SECRET": "sql-secret", "SECRETS": "/memory/secrets",
			"PASSWORDS":     "openedx000gnorthcampus:OPENEDX_MYSQL_PASSWORD tutor000gnorthcampus:MYSQL_ROOT_PASSWORD",
			"AUTHORITY_URL": "https://example.org/bundle.pem", "AUTHORITY": "/memory/secrets/authority.pem",
		}, map[string]string{
			"MYSQL_HOST": "sql.internal", "MYSQL_PORT": "3306", "MYSQL_CA": "/memory/secrets/authority.pem", "SECRETS": "/memory/secrets",
			"ACCOUNTS":  "openedx000gnorthcampus:openedx000gnorthcampus",
			"BOOTSTRAP": "tutor000gnorthcampus", "BOOTSTRAP_STATE": "closed",
		}},
		"ac-mongodb": {"mongo:1", accounts.MongoScriptFile, map[string]string{
			"AWS_REGION": "eu-west-1", "ADMIN_SECRET": "mongo-admin", "INSTANCE_SECRET": "mongo-secret", "SECRETS": "/memory/secrets",
			"PASSWORDS": "openedx000gnorthcampus:MONGODB_PASSWORD",
		}, map[string]string{
			"MONGODB_HOST": "mongo.internal", "MONGODB_PORT": "27017", "MONGODB_REPLICA_SET": "rs0", "MONGODB_CA": "/authority/ca.pem",
			"SECRETS": "/memory/secrets", "MONGO_USER": "openedx000gnorthcampus", "MONGO_DATABASE": "openedx000gnorthcampus",
		}},
	} {
		job := graph.One(t, jobType, name)
		if diff := cmp.Diff(want.fetch, environment(t, job, "initContainers[0]")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(want.run, environment(t, job, "containers[0]")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for container, command := range map[string]string{
			"initContainers[0]": "fetch:1 [sh /scripts/fetch-secrets.sh]", "containers[0]": want.image + " [sh /scripts/" + want.script + "]",
		} {
			path := "spec.template.spec." + container
			if got := job.Text(t, path+".image") + " " + text(job.Value(t, path+".command")); got != command {
				t.Errorf("%s: %s runs %q, want %q", name, container, got, command)
			}
		}
	}
}

func TestPasswordsAreOnNoDiskAndInNoObject(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	for _, job := range graph.All(jobType) {
		var volatile []string
		for _, volume := range job.Value(t, "spec.template.spec.volumes").ArrayValue() {
			fields := volume.ObjectValue()
			if fields.HasValue("secret") || fields.HasValue("hostPath") || fields.HasValue("persistentVolumeClaim") {
				t.Errorf("%s: %v", job, volume)
			}
			if fields.HasValue("emptyDir") {
				volatile = append(volatile, fields["name"].StringValue()+" "+fields["emptyDir"].ObjectValue()["medium"].StringValue())
			}
		}
		if diff := cmp.Diff([]string{"memory Memory", "temporary Memory"}, volatile); diff != "" {
			t.Errorf("%s: %s", job, diff)
		}
	}
	if got := graph.Count("kubernetes:core/v1:Secret"); got != 0 {
		t.Errorf("%d Secrets, which whoever reads the namespace could read", got)
	}
}

func TestAJobsPodIsAcceptedByTheRestrictedStandard(t *testing.T) {
	const pod = "spec.template.spec."
	for _, job := range instanceAccounts(t, accountsArgs()).All(jobType) {
		want := map[string]string{
			pod + "securityContext":              "map[runAsGroup:999 runAsNonRoot:true runAsUser:999 seccompProfile:map[type:RuntimeDefault]]",
			pod + "automountServiceAccountToken": "false",
		}
		for _, container := range []string{"initContainers[0]", "containers[0]"} {
			want[pod+container+".securityContext"] = "map[allowPrivilegeEscalation:false capabilities:map[drop:[ALL]] readOnlyRootFilesystem:true]"
		}
		for path, rules := range want {
			if got := text(job.Value(t, path)); got != rules {
				t.Errorf("%s: %s is %s", job, path, got)
			}
		}
	}
}

func TestAContainerSaysWhatItNeedsAndWritesInMemory(t *testing.T) {
	for _, job := range instanceAccounts(t, accountsArgs()).All(jobType) {
		for _, container := range []string{"initContainers[0]", "containers[0]"} {
			path := "spec.template.spec." + container
			for _, amount := range []string{"requests.cpu", "requests.memory", "limits.memory"} {
				if job.Value(t, path+".resources."+amount).IsNull() {
					t.Errorf("%s: %s has no %s", job, container, amount)
				}
			}
			mounts := text(job.Value(t, path+".volumeMounts"))
			for _, volume := range []string{
				"map[mountPath:/memory name:memory readOnly:false]", "map[mountPath:/tmp name:temporary readOnly:false]",
				"map[mountPath:/scripts name:scripts readOnly:true]",
			} {
				if !strings.Contains(mounts, volume) {
					t.Errorf("%s: %s mounts %s", job, container, mounts)
				}
			}
		}
	}
}

func TestAJobsPodsHaveTheIdentityThatTheCloudKnows(t *testing.T) {
	graph := instanceAccounts(t, accountsArgs())
	if got := graph.One(t, accountType, "ac-identity").Text(t, "metadata.name"); got != "accounts-north-campus" {
		t.Errorf("the service account is called %q", got)
	}
	for _, job := range graph.All(jobType) {
		if got := job.Text(t, "spec.template.spec.serviceAccountName"); got != "accounts-north-campus" {
			t.Errorf("%s is %q", job, got)
		}
	}
}

func TestAFailedTryIsAnotherPodAndTheJobEndsBeforePulumiStopsWaiting(t *testing.T) {
	for _, job := range instanceAccounts(t, accountsArgs()).All(jobType) {
		// A container that is started again would still be without an identity.
		if got := job.Text(t, "spec.template.spec.restartPolicy"); got != "Never" {
			t.Errorf("%s: %s", job, got)
		}
		if job.Value(t, "spec.backoffLimit").NumberValue() < 1 {
			t.Errorf("%s is tried once", job)
		}
		if got := job.Value(t, "spec.activeDeadlineSeconds").NumberValue(); got < 60 || got >= 20*60 {
			t.Errorf("%s ends after %v seconds", job, got)
		}
		if got := job.Text(t, `metadata.annotations["pulumi.com/replaceUnready"]`); got != "true" {
			t.Errorf("%s would be waited for although it failed", job)
		}
	}
}

func TestAFinishedJobStaysAndItsSuccessorHasAnotherName(t *testing.T) {
	for _, job := range instanceAccounts(t, accountsArgs()).All(jobType) {
		for _, path := range []string{"spec.ttlSecondsAfterFinished", "metadata.name", "metadata.generateName"} {
			if got := job.Value(t, path); !got.IsNull() {
				t.Errorf("%s: %s is %v", job, path, got)
			}
		}
	}
}

func TestNothingHasALabelThatTutorDeletesBy(t *testing.T) {
	for _, r := range instanceAccounts(t, accountsArgs()).Resources {
		if strings.Contains(fmt.Sprint(r.Inputs), "app.kubernetes.io") {
			t.Errorf("%s has a label of app.kubernetes.io", r)
		}
	}
}

// templates are the pods of each Job, by name: another one is another Job.
func templates(graph *harness.Graph) map[string]string {
	all := map[string]string{}
	for _, job := range graph.All(jobType) {
		all[job.Name] = fmt.Sprint(job.Inputs["spec"].ObjectValue()["template"])
	}
	return all
}

func TestAJobIsRepeatedWhenSomethingItUsesIsAnother(t *testing.T) {
	before := templates(instanceAccounts(t, accountsArgs()))
	for name, test := range map[string]struct {
		change       func(*k8s.AccountsArgs)
		mysql, mongo bool
	}{
		"nothing":                {func(*k8s.AccountsArgs) {}, false, false},
		"scripts":                {func(a *k8s.AccountsArgs) { a.Scripts = pulumi.String("scripts-2") }, true, true},
		"passwords of MySQL":     {func(a *k8s.AccountsArgs) { a.MySQL.Secret.Version = pulumi.String("v2") }, true, false},
		"password of MongoDB":    {func(a *k8s.AccountsArgs) { a.Mongo.Secret.Version = pulumi.String("v2") }, false, true},
		"the bootstrap account":  {func(a *k8s.AccountsArgs) { a.MySQL.Bootstrap = accounts.BootstrapOpen }, true, false},
		"the server":             {func(a *k8s.AccountsArgs) { a.MySQL.Store.Host = pulumi.String("other").ToStringOutput() }, true, false},
		"the authority of Mongo": {func(a *k8s.AccountsArgs) { a.Mongo.Authority = pulumi.String("authority-2") }, false, true},
		"the image":              {func(a *k8s.AccountsArgs) { a.Mongo.Image = "mongo:2" }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			args := accountsArgs()
			test.change(args)
			after := templates(instanceAccounts(t, args))
			for job, want := range map[string]bool{"ac-mysql": test.mysql, "ac-mongodb": test.mongo} {
				if got := before[job] != after[job]; got != want {
					t.Errorf("%s: repeated %t, want %t", job, got, want)
				}
			}
		})
	}
}

func TestTheRevisionOfAPodIsADigest(t *testing.T) {
	job := instanceAccounts(t, accountsArgs()).One(t, jobType, "ac-mysql")
	if got := job.Text(t, `spec.template.metadata.annotations["openedx-revision"]`); !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
}

func TestMongosJobIsLeftOutWhereSomebodyElseMakesItsUsers(t *testing.T) {
	args := accountsArgs()
	args.Mongo = nil
	if got := instanceAccounts(t, args).All(jobType); len(got) != 1 || got[0].Name != "ac-mysql" {
		t.Errorf("got %v", got)
	}
}

func TestAccountsAreMadeThroughTheOneProvider(t *testing.T) {
	onlyThrough(t, instanceAccounts(t, accountsArgs()))
}

func TestAPreviewOfAccountsShowsWhatAnUpdateMakes(t *testing.T) {
	if diff := cmp.Diff(instanceAccounts(t, accountsArgs()).Inventory(), harness.Preview(t, nil, accountsProgram(accountsArgs())).Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestAServerOfACommonAuthorityIsCheckedAgainstTheImages(t *testing.T) {
	args := accountsArgs()
	args.Mongo.Authority = nil
	job := instanceAccounts(t, args).One(t, jobType, "ac-mongodb")
	if got := environment(t, job, "containers[0]")["MONGODB_CA"]; got != "/etc/ssl/certs/ca-certificates.crt" {
		t.Errorf("the servers are checked against %q", got)
	}
}

func TestWrongAccountsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*k8s.AccountsArgs)
		want  string
	}{
		"no slug":            {func(a *k8s.AccountsArgs) { a.Slug = "A_b" }, `"A_b"`},
		"no provider":        {func(a *k8s.AccountsArgs) { a.Provider = nil }, "no Kubernetes provider"},
		"no namespace":       {func(a *k8s.AccountsArgs) { a.Namespace = nil }, "no namespace"},
		"no scripts":         {func(a *k8s.AccountsArgs) { a.Scripts = nil }, "no scripts"},
		"no fetching image":  {func(a *k8s.AccountsArgs) { a.Fetch.Image = "" }, "fetches secrets"},
		"no fetching script": {func(a *k8s.AccountsArgs) { a.Fetch.Script = "other.sh" }, `"other.sh"`},
		"no mysql image":     {func(a *k8s.AccountsArgs) { a.MySQL.Image = "" }, "mysql: no image"},
		"no mysql":           {func(a *k8s.AccountsArgs) { a.MySQL.Store.Host = pulumi.StringOutput{} }, "mysql: the store is nowhere"},
		"no mysql admin":     {func(a *k8s.AccountsArgs) { a.MySQL.Store.AdminSecret = nil }, "mysql: no administrator"},
		"no mysql version":   {func(a *k8s.AccountsArgs) { a.MySQL.Secret.Version = nil }, "mysql: no secret or version"},
		"no TLS":             {func(a *k8s.AccountsArgs) { a.MySQL.AuthorityURL = "http://example.org" }, "https://"},
		"bootstrap":          {func(a *k8s.AccountsArgs) { a.MySQL.Bootstrap = "ajar" }, `"ajar"`},
		"no mongo port":      {func(a *k8s.AccountsArgs) { a.Mongo.Store.Port = 0 }, "mongodb: the store is nowhere"},
		"no replica set":     {func(a *k8s.AccountsArgs) { a.Mongo.Store.ReplicaSet = "" }, "mongodb: no replica set"},
		"no mongo secret":    {func(a *k8s.AccountsArgs) { a.Mongo.Secret.Name = nil }, "mongodb: no secret or version"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
				args := accountsArgs()
				args.Provider = provider
				test.spoil(args)
				_, err := k8s.NewAccounts(ctx, "ac", args)
				return err
			}), `accounts "ac"`, test.want)
		})
	}
}

func TestANameOfAJobFitsALabelOfItsPods(t *testing.T) {
	for length, good := range map[int]bool{46: true, 47: false} {
		build := program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
			args := accountsArgs()
			args.Provider = provider
			_, err := k8s.NewAccounts(ctx, strings.Repeat("a", length), args)
			return err
		})
		graph, err := harness.Try(nil, false, build)
		if (err == nil) != good {
			t.Errorf("%d characters: %v", length, err)
		}
		for _, job := range graph.All(jobType) {
			if len(job.Name)+len("-12345678") > 63 {
				t.Errorf("%d characters: %s", length, job)
			}
		}
	}
}
