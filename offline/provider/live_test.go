package provider_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"example.org/openedx/offline/behaviour"
	"example.org/openedx/offline/cloud"
	"example.org/openedx/offline/schema"
)

func (w *world) checkConfig(config props) (resource.PropertyMap, []*pulumirpc.CheckFailure) {
	w.t.Helper()
	answer, err := w.client.CheckConfig(context.Background(), &pulumirpc.CheckRequest{
		Urn: w.urn("pulumi:providers:aws", "default"), News: w.rpc(toMap(config)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.unmarshal(answer.Inputs), answer.Failures
}

func TestIdsAndOutputsHaveTheProvidersForm(t *testing.T) {
	w := newWorld(t)
	vpc, subnet := w.network()
	role := w.create(roleType, "r", props{"assumeRolePolicy": trust})
	second := w.create(subnetType, "b", zone(vpc, "b", "10.0.1.0/24"))
	cluster := w.create("aws:eks/cluster:Cluster", "c", props{
		"roleArn": role.text("arn"), "vpcConfig": map[string]any{"subnetIds": []any{subnet.id, second.id}},
	})
	for text, form := range map[string]string{
		vpc.id:                          `^vpc-[0-9a-f]{17}$`,
		vpc.text("arn"):                 `^arn:aws:ec2:eu-west-1:\d{12}:vpc/vpc-[0-9a-f]{17}$`,
		subnet.id:                       `^subnet-[0-9a-f]{17}$`,
		role.id:                         `^r-[0-9a-f]{7}$`,
		role.text("arn"):                `^arn:aws:iam::\d{12}:role/r-[0-9a-f]{7}$`,
		cluster.text("endpoint"):        `^https://[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com$`,
		cluster.text("vpcConfig.vpcId"): "^" + vpc.id + "$",
		cluster.text("identities[0].oidcs[0].issuer"): `^https://oidc\.eks\.eu-west-1\.amazonaws\.com/id/[0-9A-F]{32}$`,
	} {
		if !regexp.MustCompile(form).MatchString(text) {
			t.Errorf("%q does not match %s", text, form)
		}
	}
}

func TestTwoRunsOfAProgramAgree(t *testing.T) {
	var runs [2][]resource.PropertyMap
	for i := range runs {
		w := newWorld(t)
		vpc, subnet := w.network()
		role := w.create(roleType, "r", props{"assumeRolePolicy": trust})
		runs[i] = []resource.PropertyMap{vpc.outputs, subnet.outputs, role.inputs, role.outputs}
	}
	if difference := cmp.Diff(fmt.Sprint(runs[0]), fmt.Sprint(runs[1])); difference != "" {
		t.Error(difference)
	}
}

func TestAPreviewKnowsNoMoreThanItCan(t *testing.T) {
	w := newWorld(t)
	vpc, err := w.try(vpcType, "net", props{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"Name": "n"}}, true)
	if err != nil {
		t.Fatal(err)
	}
	if vpc.id != "" || !vpc.outputs["arn"].IsComputed() || !vpc.outputs["mainRouteTableId"].IsComputed() {
		t.Errorf("known before creation: id %q, %v", vpc.id, vpc.outputs)
	}
	if vpc.text("cidrBlock") != "10.0.0.0/16" || vpc.text("tagsAll.Name") != "n" {
		t.Errorf("not known: %v", vpc.outputs)
	}
	if records, listed := cloud.List(w.dir); listed != nil || len(records) > 0 {
		t.Errorf("a preview left %v, %v", records, listed)
	}
}

func TestAPreviewOfAnUpdateKeepsWhatStays(t *testing.T) {
	w := newWorld(t)
	template := w.create("aws:ec2/launchTemplate:LaunchTemplate", "t", props{"instanceType": "m6i.large"})
	changed, err := w.update(template, props{"instanceType": "m6i.xlarge"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if changed.text("arn") != template.text("arn") || !changed.outputs["latestVersion"].IsComputed() {
		t.Errorf("an update keeps the ARN and makes a new version: %v", changed.outputs)
	}
	if changed, err = w.update(template, props{"instanceType": "m6i.xlarge"}, false); err != nil {
		t.Fatal(err)
	}
	if changed.outputs["latestVersion"].NumberValue() != 2 {
		t.Errorf("version %v", changed.outputs["latestVersion"])
	}
}

func TestChangesAreUpdatesOrReplacements(t *testing.T) {
	w := newWorld(t)
	vpc, subnet := w.network()
	named := w.create(roleType, "named", props{"name": "lms", "assumeRolePolicy": trust})
	made := w.create(roleType, "made", props{"assumeRolePolicy": trust})
	const replace = pulumirpc.PropertyDiff_UPDATE_REPLACE
	cases := []struct {
		name    string
		old     *thing
		inputs  props
		kinds   map[string]pulumirpc.PropertyDiff_Kind
		deletes bool
	}{
		{"nothing", vpc, props{"cidrBlock": "10.0.0.0/16"}, nil, false},
		{
			"tags", vpc,
			props{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"a": "b"}},
			map[string]pulumirpc.PropertyDiff_Kind{"tags": pulumirpc.PropertyDiff_ADD},
			false,
		},
		{"an address block", vpc, props{"cidrBlock": "10.4.0.0/16"}, map[string]pulumirpc.PropertyDiff_Kind{"cidrBlock": replace}, false},
		{"a zone", subnet, zone(vpc, "c", "10.0.0.0/24"), map[string]pulumirpc.PropertyDiff_Kind{"availabilityZone": replace}, false},
		{
			"an unknown VPC", subnet, with(zone(vpc, "a", "10.0.0.0/24"), "vpcId", resource.MakeComputed(resource.NewProperty(""))),
			map[string]pulumirpc.PropertyDiff_Kind{"vpcId": replace},
			false,
		},
		{
			"a path under a name of ours", named,
			props{"name": "lms", "path": "/x/", "assumeRolePolicy": trust},
			map[string]pulumirpc.PropertyDiff_Kind{"path": replace},
			true,
		},
		{
			"a path under a made-up name", made,
			props{"path": "/x/", "assumeRolePolicy": trust},
			map[string]pulumirpc.PropertyDiff_Kind{"path": replace},
			false,
		},
		{"a name", named, props{"name": "cms", "assumeRolePolicy": trust}, map[string]pulumirpc.PropertyDiff_Kind{"name": replace}, false},
		{
			"a policy", named,
			props{"name": "lms", "assumeRolePolicy": `{"Version":"2012-10-17"}`},
			map[string]pulumirpc.PropertyDiff_Kind{"assumeRolePolicy": pulumirpc.PropertyDiff_UPDATE},
			false,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer, _ := w.diff(c.old, c.inputs)
			if len(answer.DetailedDiff) != len(c.kinds) || answer.DeleteBeforeReplace != c.deletes {
				t.Errorf("got %v", answer)
			}
			for path, kind := range c.kinds {
				if answer.DetailedDiff[path].GetKind() != kind {
					t.Errorf("%s: got %v, want %v", path, answer.DetailedDiff[path], kind)
				}
			}
		})
	}
}

func TestAMadeUpNameStaysUntilAReplacement(t *testing.T) {
	w := newWorld(t)
	role := w.create(roleType, "r", props{"assumeRolePolicy": trust})
	again, failures := w.check(roleType, "r", role.inputs, props{"assumeRolePolicy": trust, "description": "d"})
	if len(failures) > 0 || again["name"] != role.inputs["name"] {
		t.Errorf("%v became %v, %v", role.inputs["name"], again["name"], failures)
	}
	// The engine checks a replacement without the old inputs.
	replacement := w.create(roleType, "r", props{"assumeRolePolicy": trust, "path": "/x/"})
	if replacement.id == role.id {
		t.Errorf("both are %q", role.id)
	}
	if err := w.delete(role); err != nil || w.read(replacement) == nil {
		t.Errorf("deleting the old one hurt the new one: %v", err)
	}
}

func TestRefreshTellsWhatWasChangedByHand(t *testing.T) {
	w := newWorld(t)
	vpc := w.create(vpcType, "net", props{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"Name": "ours"}})
	same := w.read(vpc)
	if difference := cmp.Diff(fmt.Sprint(vpc.inputs, vpc.outputs), fmt.Sprint(same.inputs, same.outputs)); difference != "" {
		t.Fatalf("drift though nothing changed: %s", difference)
	}
	w.edit(vpc, `"Name": "ours"`, `"Name": "theirs"`)
	changed := w.read(vpc)
	if changed.text("tags.Name") != "theirs" || changed.inputs["tags"].ObjectValue()["Name"].StringValue() != "theirs" {
		t.Errorf("no drift: %v", changed)
	}
	answer, _ := w.diff(changed, props{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"Name": "ours"}})
	if answer.DetailedDiff["tags.Name"] == nil {
		t.Errorf("the next update would not put it right: %v", answer)
	}
	if err := os.Remove(w.file(vpc)); err != nil {
		t.Fatal(err)
	}
	if w.read(vpc) != nil {
		t.Error("is still there without its file")
	}
	_, err := w.update(vpc, props{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{}}, false)
	refused(t, err, "does not exist", "pulumi refresh")
}

func TestAResourceIsImportedByItsId(t *testing.T) {
	w := newWorld(t)
	vpc, _ := w.network()
	imported := w.read(&thing{token: vpcType, name: "adopted", id: vpc.id})
	if imported == nil || imported.inputs["cidrBlock"].StringValue() != "10.0.0.0/16" || imported.inputs.HasValue("arn") {
		t.Errorf("got %v", imported)
	}
	if w.read(&thing{token: vpcType, name: "x", id: "vpc-0"}) != nil {
		t.Error("found what is not there")
	}
}

func TestSecretsStaySecretAndOffTheDisk(t *testing.T) {
	dir := t.TempDir()
	k := open(t, "kubernetes", dir)
	secret := k.create("kubernetes:core/v1:Secret", "s", props{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s"},
		"stringData": resource.MakeSecret(resource.NewPropertyValue(map[string]any{"password": "hunter2"})),
	})
	if !secret.outputs["stringData"].IsSecret() {
		t.Errorf("a secret input came back open: %v", secret.outputs)
	}
	open := k.create("kubernetes:core/v1:Secret", "o", props{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "o"}, "data": map[string]any{"a": "aHVudGVyMg=="},
	})
	if !open.outputs["data"].IsSecret() {
		t.Errorf("data of a Secret is no secret: %v", open.outputs)
	}
	same := k.read(secret)
	if difference := cmp.Diff(fmt.Sprint(secret.inputs, secret.outputs), fmt.Sprint(same.inputs, same.outputs)); difference != "" {
		t.Errorf("drift though nothing changed: %s", difference)
	}
	for _, word := range []string{"hunter2", "aHVudGVyMg"} {
		assertNotOnDisk(t, dir, word)
	}
}

func assertNotOnDisk(t *testing.T, dir, word string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), word) {
			t.Errorf("%q is in %s", word, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every output that the program could read must have a value some day.
func TestEveryComputedOutputHasAValue(t *testing.T) {
	names, err := behaviour.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range names {
		data, err := behaviour.Load(pkg)
		if err != nil {
			t.Fatal(err)
		}
		for token, kind := range data.Resources {
			for _, output := range valueless(t, pkg, token, kind) {
				t.Errorf("%s: no value for output %q", token, output)
			}
		}
	}
}

// valueless lists the outputs of a type that nothing makes.
func valueless(t *testing.T, pkg, token string, kind *behaviour.Resource) []string {
	t.Helper()
	if kind.Compute != "" || kind.Component {
		return nil
	}
	schemas, err := schema.Load(pkg)
	if err != nil {
		t.Fatal(err)
	}
	known, err := schemas.Resource(token)
	if err != nil {
		t.Fatal(err)
	}
	inputs, ok := known.Inputs()["properties"].(map[string]any)
	if !ok {
		t.Fatalf("%s has no inputs", token)
	}
	var missing []string
	for output := range known.Outputs() {
		_, isInput := inputs[output]
		_, isMade := kind.Outputs[output]
		if !isInput && !isMade && !slices.Contains(optional[token], output) {
			missing = append(missing, output)
		}
	}
	return missing
}

// optional are outputs that exist only under conditions not met here.
var optional = map[string][]string{
	"azure-native:containerservice:ManagedCluster": {
		"azureApiVersion", "azurePortalFQDN", "currentKubernetesVersion", "eTag", "maxAgentPools", "privateFQDN", "resourceUID",
		"status", "systemData",
	},
	"azure-native:network:Subnet": {
		"azureApiVersion", "ipConfigurationProfiles", "ipConfigurations", "privateEndpoints", "purpose",
		"resourceNavigationLinks", "serviceAssociationLinks",
	},
	"azure-native:network:VirtualNetwork":  {"azureApiVersion", "flowLogs"},
	"azure-native:resources:ResourceGroup": {"azureApiVersion"},
	"command:local:Command":                {"archive", "assets"},
}

// Several processes work on one offline cloud; this test is one of them.
func TestProcessesShareTheCloud(t *testing.T) {
	if dir := os.Getenv("SHARED_CLOUD"); dir != "" {
		w := open(t, "aws", dir)
		for i := range 10 {
			w.create(roleType, fmt.Sprintf("%s-%d", os.Getenv("SHARED_NAME"), i), props{"assumeRolePolicy": trust})
		}
		if _, err := w.try(roleType, os.Getenv("SHARED_NAME"), props{"name": "one", "assumeRolePolicy": trust}, false); err != nil {
			fmt.Println("CLASH")
		}
		return
	}
	dir := t.TempDir()
	here := open(t, "aws", dir)
	outputs := make(chan string)
	for _, name := range []string{"p", "q"} {
		go func() {
			self := exec.Command(os.Args[0], "-test.run", "^TestProcessesShareTheCloud$")
			self.Env = append(os.Environ(), "SHARED_CLOUD="+dir, "SHARED_NAME="+name)
			output, err := self.CombinedOutput()
			outputs <- fmt.Sprint(string(output), err)
		}()
	}
	if clashes := strings.Count(<-outputs+<-outputs, "CLASH"); clashes != 1 {
		t.Errorf("%d of two processes were refused the same name, want 1", clashes)
	}
	records, err := cloud.List(dir)
	if err != nil || len(records) != 21 {
		t.Errorf("%d records, %v", len(records), err)
	}
	_, err = here.try(roleType, "late", props{"name": "one", "assumeRolePolicy": trust}, false)
	refused(t, err, "EntityAlreadyExists")
}
