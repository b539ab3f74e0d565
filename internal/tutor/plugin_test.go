package tutor_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/debian"
	"example.org/openedx/internal/tutor"
	"example.org/openedx/internal/workloads"
)

// named finds the sizes of a workload.
func named(workload string) func(workloads.Pods) bool {
	return func(pods workloads.Pods) bool { return pods.Workload == workload }
}

// at walks into a value that YAML gave, by keys of objects and numbers of lists; a list of named things takes a name.
func at(value any, path ...any) any {
	for _, step := range path {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[fmt.Sprint(step)]
		case []any:
			position, numbered := step.(int)
			if !numbered {
				position = slices.IndexFunc(inside, func(one any) bool { return at(one, "name") == step || at(one, "topologyKey") == step })
			}
			if position < 0 || position >= len(inside) {
				return nil
			}
			value = inside[position]
		default:
			return nil
		}
	}
	return value
}

// overrides are the documents of the patch of objects, by kind and name.
func overrides(t *testing.T, i tutor.Instance) map[string]any {
	t.Helper()
	documents := map[string]any{}
	for _, text := range strings.Split("\n"+rendered(t, i, tutor.OverridePatch), "\n---\n")[1:] {
		var document map[string]any
		if err := yaml.UnmarshalStrict([]byte(text), &document); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		documents[fmt.Sprint(document["kind"], " ", at(document, "metadata", "name"))] = document
	}
	return documents
}

// pluginFile is a plugin as Tutor reads it.
type pluginFile struct {
	Name, Version string
	Config        struct{ Defaults map[string]string }
	Patches       map[string]string
}

// file is the plugin of an instance.
func file(t *testing.T, i tutor.Instance) (pluginFile, string) {
	t.Helper()
	text, err := i.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	var plugin pluginFile
	if err := yaml.UnmarshalStrict([]byte(text), &plugin); err != nil {
		t.Fatal(err)
	}
	return plugin, text
}

func TestThePluginIsOneOfTutorsAndDeclaresItsSettings(t *testing.T) {
	plugin, _ := file(t, instance(t, 2))
	if plugin.Name != "cloud" || plugin.Version == "" || len(plugin.Patches) != 5 {
		t.Errorf("got %q, %q, %d patches", plugin.Name, plugin.Version, len(plugin.Patches))
	}
	// Tutor puts the plugin's name, in capitals, in front of each.
	var declared []string
	for key := range plugin.Config.Defaults {
		declared = append(declared, "CLOUD_"+key)
	}
	_, known := tutor.Keys()
	own := slices.DeleteFunc(known, func(key string) bool { return !strings.HasPrefix(key, "CLOUD_") })
	slices.Sort(declared)
	if diff := cmp.Diff(own, declared); diff != "" || len(own) != 4 {
		t.Errorf("used and declared: %s", diff)
	}
}

func TestThePluginHoldsNoSecret(t *testing.T) {
	i := instance(t, 2)
	_, text := file(t, i)
	secrets := hidden(i)
	if len(secrets) < 9 {
		t.Errorf("only %d secrets are looked for", len(secrets))
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Error("the plugin holds a secret")
		}
	}
}

func TestPatchesHoldNothingOfJinjaButTheNamesOfSettings(t *testing.T) {
	plugin, _ := file(t, instance(t, 1))
	for name, patch := range plugin.Patches {
		rest := reference.ReplaceAllString(patch, "")
		for _, opening := range []string{"{{", "{%", "{#"} {
			if strings.Contains(rest, opening) {
				t.Errorf("%s holds %s beside the names of settings", name, opening)
			}
		}
	}
}

func TestBothServicesReachTheQueuesOverTLS(t *testing.T) {
	for _, patch := range []string{"lms-env", "cms-env"} {
		var env map[string]any
		// The line of Tutor's own, which comes first, and PyYAML takes the last.
		if err := yaml.Unmarshal([]byte(rendered(t, instance(t, 1), patch)), &env); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"CELERY_BROKER_TRANSPORT": "rediss"}, env); diff != "" {
			t.Errorf("%s: %s", patch, diff)
		}
	}
}

// podOf is what is merged into the pods of a workload's Deployment or of a Job.
func podOf(document any) any { return at(document, "spec", "template", "spec") }

// containerOf is what is merged into the container of a workload.
func containerOf(documents map[string]any, workload string) any {
	return at(podOf(documents["Deployment "+workload]), "containers", workload)
}

func TestEveryWorkloadHasItsSizeAndPriority(t *testing.T) {
	documents := overrides(t, instance(t, 1))
	if len(documents) != len(workloads.All())+3 {
		t.Errorf("got %d documents", len(documents))
	}
	for position, workload := range workloads.All() {
		memory := 1024 + 256*position
		want := map[string]any{
			"requests": map[string]any{"cpu": fmt.Sprintf("%dm", 100+position), "memory": fmt.Sprintf("%dMi", memory)},
			"limits":   map[string]any{"memory": fmt.Sprintf("%dMi", memory+1024)},
		}
		if diff := cmp.Diff(want, at(containerOf(documents, workload.Name), "resources")); diff != "" {
			t.Errorf("%s: %s", workload.Name, diff)
		}
		pod := podOf(documents["Deployment "+workload.Name])
		if got := at(pod, "priorityClassName"); got != workload.Priority {
			t.Errorf("%s has the priority %v", workload.Name, got)
		}
		if got := at(pod, "securityContext", "seccompProfile", "type"); got != "RuntimeDefault" {
			t.Errorf("%s: %v", workload.Name, got)
		}
		if at(documents["Deployment "+workload.Name], "spec", "replicas") != nil {
			t.Errorf("%s has replicas, which are the autoscaler's", workload.Name)
		}
	}
}

func TestEveryWorkloadButTheOneWithAVolumeIsSpreadOverZonesAndNodes(t *testing.T) {
	documents := overrides(t, instance(t, 1))
	for _, workload := range workloads.All() {
		constraints := at(podOf(documents["Deployment "+workload.Name]), "topologySpreadConstraints")
		if !workload.Replicated {
			if constraints != nil {
				t.Errorf("%s, which is one, is spread: %v", workload.Name, constraints)
			}
			continue
		}
		// Learners are to find a pod in each zone; a worker is to run.
		zones := "DoNotSchedule"
		if len(workload.Queues) > 0 {
			zones = "ScheduleAnyway"
		}
		for key, otherwise := range map[string]string{"topology.kubernetes.io/zone": zones, "kubernetes.io/hostname": "ScheduleAnyway"} {
			want := map[string]any{
				"topologyKey": key, "whenUnsatisfiable": otherwise, "maxSkew": 1.0, "nodeTaintsPolicy": "Honor",
				"labelSelector":  map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": workload.Name}},
				"matchLabelKeys": []any{"pod-template-hash"},
			}
			if diff := cmp.Diff(want, at(constraints, key)); diff != "" {
				t.Errorf("%s over %s: %s", workload.Name, key, diff)
			}
		}
	}
}

func TestPodsGoOnUntilNobodyAsksThemAnyMore(t *testing.T) {
	documents := overrides(t, instance(t, 1))
	// The load balancer drains for 60 seconds: components/aws/balancer_site.go.
	web := map[string]any{"grace": 90.0, "sleep": 65.0, "strategy": map[string]any{
		"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxUnavailable": 0.0, "maxSurge": "25%"},
	}}
	worker := map[string]any{"grace": 600.0, "sleep": nil, "strategy": nil}
	for workload, want := range map[string]map[string]any{
		"lms": web, "cms": web, "mfe": web, "caddy": web, "lms-worker": worker, "cms-worker": worker,
		// Tutor replaces it by taking it away first.
		"meilisearch": {"grace": 60.0, "sleep": nil, "strategy": nil},
	} {
		got := map[string]any{
			"grace":    at(podOf(documents["Deployment "+workload]), "terminationGracePeriodSeconds"),
			"sleep":    at(containerOf(documents, workload), "lifecycle", "preStop", "sleep", "seconds"),
			"strategy": at(documents["Deployment "+workload], "spec", "strategy"),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", workload, diff)
		}
	}
}

func TestAStoreThatIsAwayKeepsNewPodsOutAndTakesNoneThatRuns(t *testing.T) {
	documents := overrides(t, instance(t, 1))
	for workload, host := range map[string]string{workloads.LMS: "learn.example.org", workloads.CMS: "studio.learn.example.org"} {
		want := map[string]any{"path": "/heartbeat", "port": 8000.0, "httpHeaders": []any{map[string]any{"name": "Host", "value": host}}}
		if diff := cmp.Diff(want, at(containerOf(documents, workload), "startupProbe", "httpGet")); diff != "" {
			t.Errorf("%s: %s", workload, diff)
		}
		for _, later := range []string{"readinessProbe", "livenessProbe"} {
			if got := at(containerOf(documents, workload), later, "tcpSocket", "port"); got != 8000.0 {
				t.Errorf("%s of %s: %v", later, workload, at(containerOf(documents, workload), later))
			}
		}
	}
}

func TestWhatListensIsAskedOnItsPort(t *testing.T) {
	documents := overrides(t, instance(t, 1))
	for _, workload := range workloads.All() {
		for _, name := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
			probe := at(containerOf(documents, workload.Name), name)
			if workload.Port == 0 {
				if probe != nil {
					t.Errorf("%s has a %s, which starts Celery once more each time", workload.Name, name)
				}
				continue
			}
			ports := []any{at(probe, "tcpSocket", "port"), at(probe, "httpGet", "port")}
			if !slices.Contains(ports, any(float64(workload.Port))) {
				t.Errorf("%s of %s goes to %v", name, workload.Name, ports)
			}
		}
	}
	if got := at(containerOf(documents, workloads.Meilisearch), "readinessProbe", "httpGet", "path"); got != "/health" {
		t.Errorf("meilisearch is asked for %v", got)
	}
}

// platforms are the pods in which Open edX itself runs, and their containers.
var platforms = map[string]string{
	"Deployment lms": "lms", "Deployment cms": "cms", "Deployment lms-worker": "lms-worker", "Deployment cms-worker": "cms-worker",
	"Job lms-job": "lms", "Job cms-job": "cms",
}

func TestWhatRunsOpenEdXKnowsItsRegionAndItsAuthorities(t *testing.T) {
	i := instance(t, 1)
	documents := overrides(t, i)
	for document, name := range platforms {
		pod := podOf(documents[document])
		container, fetcher := at(pod, "containers", name), at(pod, "initContainers", "authorities")
		got := map[string]any{
			"region": at(container, "env", "AWS_REGION", "value"), "default region": at(container, "env", "AWS_DEFAULT_REGION", "value"),
			"mysql": at(fetcher, "env", "MYSQL_AUTHORITY_URL", "value"), "mongodb": at(fetcher, "env", "MONGODB_AUTHORITY", "value"),
			"image": at(fetcher, "image"), "read": at(container, "volumeMounts", "authorities"),
			"written": at(fetcher, "volumeMounts", "authorities", "mountPath"), "size": at(pod, "volumes", "authorities", "emptyDir", "sizeLimit"),
		}
		want := map[string]any{
			"region": "eu-west-1", "default region": "eu-west-1", "mysql": i.MySQL.URL, "mongodb": i.Mongo.PEM,
			"image": "docker.io/overhangio/openedx:22.0.3", "written": "/openedx/authorities", "size": "4Mi",
			"read": map[string]any{"name": "authorities", "mountPath": "/openedx/authorities", "readOnly": true},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", document, diff)
		}
	}
	for _, other := range []string{"caddy", "mfe", "meilisearch"} {
		if at(podOf(documents["Deployment "+other]), "initContainers") != nil || at(containerOf(documents, other), "env") != nil {
			t.Errorf("%s gets what it has no use for", other)
		}
	}
}

func TestNoPodFetchesAuthoritiesThatDebianKnows(t *testing.T) {
	i := instance(t, 1)
	i.MySQL, i.Mongo = tutor.Authority{}, tutor.Authority{}
	if text := rendered(t, i, tutor.OverridePatch); strings.Contains(text, "authorities") {
		t.Error("they do")
	}
}

func TestMeilisearchsVolumeHasThePlannedSize(t *testing.T) {
	claim := overrides(t, instance(t, 1))["PersistentVolumeClaim meilisearch"]
	if got := at(claim, "spec", "resources", "requests", "storage"); got != "50Gi" {
		t.Errorf("got %v", got)
	}
}

func TestAPatchThatThePluginDoesNotHaveIsAnError(t *testing.T) {
	if _, err := instance(t, 1).Patch("k8s-jobs"); err == nil || !strings.Contains(err.Error(), `"k8s-jobs"`) {
		t.Errorf("got %v", err)
	}
}

// fetch runs the program that a pod begins with.
func fetch(t *testing.T, environment map[string]string) (folder, output string, err error) {
	t.Helper()
	fetcher := at(overrides(t, instance(t, 1))["Deployment lms"], "spec", "template", "spec", "initContainers", "authorities")
	program, ok := at(fetcher, "command", 2).(string)
	if !ok {
		t.Fatalf("got %v", fetcher)
	}
	folder = t.TempDir()
	run := exec.Command(debian.Need(t, "python3", "python3-minimal"), "-c", program)
	run.Env = []string{"AUTHORITIES=" + folder, "ATTEMPTS=2"}
	for name, value := range environment {
		run.Env = append(run.Env, name+"="+value)
	}
	text, err := run.CombinedOutput()
	return folder, string(text), err
}

func TestAuthoritiesAreWrittenBeforeAPodBegins(t *testing.T) {
	const mysql, mongo = "-----BEGIN CERTIFICATE-----\nmysql\n", "-----BEGIN CERTIFICATE-----\nmongo\n"
	source := filepath.Join(t.TempDir(), "all.pem")
	if err := os.WriteFile(source, []byte(mysql), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, output, err := fetch(t, map[string]string{"MYSQL_AUTHORITY_URL": "file://" + source, "MONGODB_AUTHORITY": mongo})
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for name, want := range map[string]string{"mysql.pem": mysql, "mongodb.pem": mongo} {
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(got) != want {
			t.Errorf("%s: %v, %q", name, err, got)
		}
	}
}

func TestAPodWithoutItsAuthoritiesDoesNotBegin(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(page, []byte("<html>come back later</html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{"file:///is/nowhere.pem": "nowhere.pem", "file://" + page: "no certificate"} {
		folder, output, err := fetch(t, map[string]string{"MYSQL_AUTHORITY_URL": url})
		if err == nil || !strings.Contains(output, want) {
			t.Errorf("got %v and %q, want %q", err, output, want)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
			t.Errorf("something was written: %v, %v", err, entries)
		}
	}
}
