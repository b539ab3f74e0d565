package k8s_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/k8s"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/tests/harness"
)

const cronJobType = "kubernetes:batch/v1:CronJob"

// dumpsArgs are arguments that a test changes one of.
func dumpsArgs() *k8s.DumpsArgs {
	at := func(host string, port int) platform.Endpoint {
		return platform.Endpoint{Host: pulumi.String(host).ToStringOutput(), Port: port}
	}
	region := map[string]string{"AWS_REGION": "eu-west-1"}
	return &k8s.DumpsArgs{
		Slug: "north-campus", Namespace: pulumi.String(accounts.Namespace), Scripts: pulumi.String("scripts-1"),
		Fetch:       k8s.Fetch{Image: "cli:1", Script: accounts.FetchScriptFile, Environment: region},
		Upload:      k8s.Fetch{Image: "cli:1", Script: accounts.UploadDumpsFile, Environment: region},
		Destination: pulumi.String("s3://backups/dumps/north-campus"), Schedule: "53 2 * * *", VolumeGiB: 20,
		MySQL: k8s.MySQLDump{Image: "mysql:1", Store: at("sql.internal", 3306), Secret: pulumi.String("sql-secret"), AuthorityURL: "https://example.org/bundle.pem"},
		Mongo: &k8s.MongoDump{
			Image: "mongo:1", Store: platform.Mongo{Endpoint: at("mongo.internal", 27017), ReplicaSet: "rs0"},
			Secret: pulumi.String("mongo-secret"), Authority: pulumi.String("authority-1"),
		},
	}
}

func dumpsProgram(change func(*k8s.DumpsArgs)) pulumi.RunFunc {
	return program(func(ctx *pulumi.Context, provider pulumi.ProviderResource) error {
		args := dumpsArgs()
		args.Provider = provider
		if change != nil {
			change(args)
		}
		_, err := k8s.NewDumps(ctx, "du", args)
		return err
	})
}

func dumps(t *testing.T, change func(*k8s.DumpsArgs)) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, dumpsProgram(change))
}

// dumpPod is where the pod of a dump is described.
const dumpPod = "spec.jobTemplate.spec.template.spec."

// told is what a container of a dump is told, and how it is started.
func told(t *testing.T, job *harness.Resource, container string) map[string]string {
	t.Helper()
	path := dumpPod + container
	all := map[string]string{"": job.Text(t, path+".image") + " " + text(job.Value(t, path+".command"))}
	for _, variable := range job.Value(t, path+".env").ArrayValue() {
		all[variable.ObjectValue()["name"].StringValue()] = variable.ObjectValue()["value"].StringValue()
	}
	return all
}

func TestADumpFetchesTheInstancesPasswordDumpsAndUploads(t *testing.T) {
	graph := dumps(t, nil)
	upload := map[string]string{
		"": "cli:1 [sh /scripts/upload-dumps.sh]", "AWS_REGION": "eu-west-1", "DUMPS": "/dumps", "DESTINATION": "s3://backups/dumps/north-campus",
	}
	for name, want := range map[string][3]map[string]string{
		"du-mysql": {
			{
				"": "cli:1 [sh /scripts/fetch-secrets.sh]", "AWS_REGION": "eu-west-1", "INSTANCE_SECRET": "sql-secret", "SECRETS": "/memory/secrets",
				"PASSWORDS":     "openedx000gnorthcampus:OPENEDX_MYSQL_PASSWORD",
				"AUTHORITY_URL": "https://example.org/bundle.pem", "AUTHORITY": "/memory/secrets/authority.pem",
			}, {
				"": "mysql:1 [sh /scripts/mysql-dump.sh]", "MYSQL_HOST": "sql.internal", "MYSQL_PORT": "3306", "MYSQL_CA": "/memory/secrets/authority.pem",
				"ACCOUNTS": "openedx000gnorthcampus:openedx000gnorthcampus", "SECRETS": "/memory/secrets", "DUMPS": "/dumps",
			}, upload,
		},
		"du-mongodb": {
			{
				"": "cli:1 [sh /scripts/fetch-secrets.sh]", "AWS_REGION": "eu-west-1", "INSTANCE_SECRET": "mongo-secret", "SECRETS": "/memory/secrets",
				"PASSWORDS": "openedx000gnorthcampus:MONGODB_PASSWORD",
			}, {
				"": "mongo:1 [sh /scripts/mongo-dump.sh]", "MONGODB_HOST": "mongo.internal", "MONGODB_PORT": "27017", "MONGODB_REPLICA_SET": "rs0",
				"MONGODB_CA": "/authority/ca.pem", "MONGO_USER": "openedx000gnorthcampus", "MONGO_DATABASE": "openedx000gnorthcampus",
				"MONGO_AUTH_SOURCE": "admin", "SECRETS": "/memory/secrets", "DUMPS": "/dumps",
			}, upload,
		},
	} {
		job := graph.One(t, cronJobType, name)
		for i, container := range []string{"initContainers[0]", "initContainers[1]", "containers[0]"} {
			if diff := cmp.Diff(want[i], told(t, job, container)); diff != "" {
				t.Errorf("%s: %s: %s", name, container, diff)
			}
		}
	}
}

func TestADumpBeginsInTheNightAloneAndEnds(t *testing.T) {
	for _, job := range dumps(t, nil).All(cronJobType) {
		for path, want := range map[string]string{
			"spec.schedule": "53 2 * * *", "spec.timeZone": "Etc/UTC", "spec.concurrencyPolicy": "Forbid", "spec.startingDeadlineSeconds": "3600",
			"spec.successfulJobsHistoryLimit": "0", "spec.failedJobsHistoryLimit": "1", "spec.jobTemplate.spec.ttlSecondsAfterFinished": "86400",
			"spec.jobTemplate.spec.backoffLimit": "2", "spec.jobTemplate.spec.activeDeadlineSeconds": "18000",
			dumpPod + "restartPolicy": "Never", "spec.jobTemplate.spec.template.metadata.annotations": "map[karpenter.sh/do-not-disrupt:true]",
		} {
			if got := text(job.Value(t, path)); got != want {
				t.Errorf("%s: %s is %s, want %s", job, path, got, want)
			}
		}
	}
}

func TestWhatUploadsSeesNoPasswordAndWhatFetchesNoDump(t *testing.T) {
	for _, job := range dumps(t, nil).All(cronJobType) {
		for container, want := range map[string]map[string]bool{
			"initContainers[0]": {"/memory": true, "/dumps": false}, "initContainers[1]": {"/memory": true, "/dumps": true},
			"containers[0]": {"/memory": false, "/dumps": true},
		} {
			mounts := text(job.Value(t, dumpPod+container+".volumeMounts"))
			for folder, mounted := range want {
				if strings.Contains(mounts, "mountPath:"+folder+" ") != mounted {
					t.Errorf("%s: %s mounts %s", job, container, mounts)
				}
			}
		}
	}
}

func TestADumpLiesOnAVolumeThatGoesWithItsPodAndPasswordsInMemory(t *testing.T) {
	const claim = "map[accessModes:[ReadWriteOnce] resources:map[requests:map[storage:20Gi]]]"
	for _, job := range dumps(t, nil).All(cronJobType) {
		kinds := map[string]string{}
		for _, volume := range job.Value(t, dumpPod+"volumes").ArrayValue() {
			fields := volume.ObjectValue()
			for kind := range fields {
				if kind != "name" {
					kinds[fields["name"].StringValue()] = string(kind)
				}
			}
			if fields.HasValue("ephemeral") {
				if got := text(fields["ephemeral"].ObjectValue()["volumeClaimTemplate"].ObjectValue()["spec"]); got != claim {
					t.Errorf("%s: the volume is %s", job, got)
				}
			}
		}
		want := map[string]string{"memory": "emptyDir", "temporary": "emptyDir", "scripts": "configMap", "dumps": "ephemeral"}
		if strings.HasSuffix(job.Name, "mongodb") {
			want["authority"] = "configMap"
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("%s: %s", job, diff)
		}
	}
}

func TestADumpsPodIsAcceptedByTheRestrictedStandardAndHasItsOwnIdentity(t *testing.T) {
	graph := dumps(t, nil)
	if got := graph.One(t, accountType, "du-identity").Text(t, "metadata.name"); got != "dumps-north-campus" {
		t.Errorf("the service account is called %q", got)
	}
	for _, job := range graph.All(cronJobType) {
		want := map[string]string{
			dumpPod + "serviceAccountName": "dumps-north-campus", dumpPod + "automountServiceAccountToken": "false",
			dumpPod + "securityContext": "map[fsGroup:999 runAsGroup:999 runAsNonRoot:true runAsUser:999 seccompProfile:map[type:RuntimeDefault]]",
		}
		for _, container := range []string{"initContainers[0]", "initContainers[1]", "containers[0]"} {
			want[dumpPod+container+".securityContext"] = "map[allowPrivilegeEscalation:false capabilities:map[drop:[ALL]] readOnlyRootFilesystem:true]"
			for _, amount := range []string{"requests.cpu", "requests.memory", "limits.memory"} {
				if job.Value(t, dumpPod+container+".resources."+amount).IsNull() {
					t.Errorf("%s: %s has no %s", job, container, amount)
				}
			}
		}
		for path, rules := range want {
			if got := text(job.Value(t, path)); got != rules {
				t.Errorf("%s: %s is %s", job, path, got)
			}
		}
	}
}

func TestTheNameOfADumpIsShortEnoughForThoseOfItsJobs(t *testing.T) {
	longest := strings.Repeat("a", 20)
	for _, job := range dumps(t, func(a *k8s.DumpsArgs) { a.Slug = longest }).All(cronJobType) {
		if name := job.Text(t, "metadata.name"); len(name) > 52 || !strings.Contains(name, longest) {
			t.Errorf("%q has %d characters", name, len(name))
		}
	}
}

func TestMongoIsNotDumpedWhereOthersKeepIt(t *testing.T) {
	if got := dumps(t, func(a *k8s.DumpsArgs) { a.Mongo = nil }).All(cronJobType); len(got) != 1 || got[0].Name != "du-mysql" {
		t.Errorf("got %v", got)
	}
	job := dumps(t, func(a *k8s.DumpsArgs) { a.Mongo.Authority = nil }).One(t, cronJobType, "du-mongodb")
	if got := told(t, job, "initContainers[1]")["MONGODB_CA"]; got != "/etc/ssl/certs/ca-certificates.crt" {
		t.Errorf("the servers are checked against %q", got)
	}
}

func TestDumpsHaveNoLabelThatTutorDeletesByAndAreMadeThroughTheOneProvider(t *testing.T) {
	graph := dumps(t, nil)
	onlyThrough(t, graph)
	for _, r := range graph.Resources {
		if strings.Contains(fmt.Sprint(r.Inputs), "app.kubernetes.io") {
			t.Errorf("%s has a label of app.kubernetes.io", r)
		}
		if strings.HasPrefix(r.Type, "kubernetes:") && r.Text(t, "metadata.namespace") != "openedx-system" {
			t.Errorf("%s is in %q", r, r.Text(t, "metadata.namespace"))
		}
	}
	if diff := cmp.Diff(graph.Inventory(), harness.Preview(t, nil, dumpsProgram(nil)).Inventory()); diff != "" {
		t.Error(diff)
	}
}

func TestWrongDumpsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*k8s.DumpsArgs)
		want  string
	}{
		"slug":            {func(a *k8s.DumpsArgs) { a.Slug = "A_b" }, `"A_b"`},
		"no provider":     {func(a *k8s.DumpsArgs) { a.Provider = nil }, "no Kubernetes provider"},
		"no namespace":    {func(a *k8s.DumpsArgs) { a.Namespace = nil }, "no namespace or scripts"},
		"no scripts":      {func(a *k8s.DumpsArgs) { a.Scripts = nil }, "no namespace or scripts"},
		"no destination":  {func(a *k8s.DumpsArgs) { a.Destination = nil }, "no destination"},
		"schedule":        {func(a *k8s.DumpsArgs) { a.Schedule = "@daily" }, `"@daily"`},
		"no volume":       {func(a *k8s.DumpsArgs) { a.VolumeGiB = 0 }, "a volume of 0 GiB"},
		"no image":        {func(a *k8s.DumpsArgs) { a.Fetch.Image = "" }, "fetches or uploads"},
		"no script":       {func(a *k8s.DumpsArgs) { a.Upload.Script = "other.sh" }, `"other.sh"`},
		"no mysql image":  {func(a *k8s.DumpsArgs) { a.MySQL.Image = "" }, "mysql: no image"},
		"no mysql":        {func(a *k8s.DumpsArgs) { a.MySQL.Store.Port = 0 }, "mysql: the store is nowhere"},
		"no mysql secret": {func(a *k8s.DumpsArgs) { a.MySQL.Secret = nil }, "mysql: no secret"},
		"no TLS":          {func(a *k8s.DumpsArgs) { a.MySQL.AuthorityURL = "http://example.org" }, "https://"},
		"no replica set":  {func(a *k8s.DumpsArgs) { a.Mongo.Store.ReplicaSet = "" }, "mongodb: no replica set"},
		"no mongo":        {func(a *k8s.DumpsArgs) { a.Mongo.Store.Host = pulumi.StringOutput{} }, "mongodb: the store is nowhere"},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, dumpsProgram(test.spoil), `dumps "du"`, test.want) })
	}
}
