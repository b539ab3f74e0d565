package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
)

// good holds every required key and nothing else.
func good(more map[string]string) config.Source {
	values := map[string]string{
		"aws:region": "eu-west-1", "openedx:cloud": "aws", "openedx:preset": "small",
		"openedx:name": "campus", "openedx:domain": "campus.example.org",
	}
	for key, value := range more {
		values[key] = value
	}
	return config.Source{Stack: "dev", Values: values}
}

func TestEveryKeyReachesItsSetting(t *testing.T) {
	read, problems := config.Read(good(map[string]string{
		"openedx:disposable": "true",
		"openedx:network":    `{"cidr":"10.30.0.0/16","zones":["a","b","c"],"nat":"single","endpoints":[],"flowLogs":"all","flowLogDays":7}`,
		"openedx:cluster":    `{"version":"1.35","publicAccess":["203.0.113.0/24"],"admins":["x"],"viewers":["y"],"logDays":90,"quietHours":["0 7 * * * 1h"],"nodeImage":"v20260903"}`,
		"openedx:instances":  `{"main":{"lms":"l.example.org","studio":"s.example.org","apps":"a.example.org"}}`,
		"openedx:tags":       `{"team":"learning"}`,
		"openedx:overrides":  `{"nodes":{"machine":"m6i.large","min":4,"max":9,"spot":2,"diskGiB":80}}`,
	}))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := config.Settings{
		Stack: "dev", Region: "eu-west-1", Cloud: config.AWS, Preset: config.Small,
		Name: "campus", Domain: "campus.example.org", Disposable: true,
		Network: config.Network{
			CIDR: ptr("10.30.0.0/16"), Zones: []string{"a", "b", "c"}, NAT: ptr(config.NATSingle),
			Endpoints: []string{}, FlowLogs: ptr(config.FlowLogsAll), FlowLogDays: ptr(7),
		},
		Cluster: config.Cluster{
			Version: ptr("1.35"), PublicAccess: []string{"203.0.113.0/24"},
			Admins: []string{"x"}, Viewers: []string{"y"}, LogDays: ptr(90),
			QuietHours: []string{"0 7 * * * 1h"}, NodeImage: ptr("v20260903"),
		},
		Instances: map[string]config.Instance{"main": {LMS: "l.example.org", Studio: "s.example.org", Apps: "a.example.org"}},
		Tags:      map[string]string{"team": "learning"},
		Overrides: config.Overrides{Nodes: config.NodesOverride{Machine: ptr("m6i.large"), Min: ptr(4), Max: ptr(9), Spot: ptr(2), DiskGiB: ptr(80)}},
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
}

func TestANumberThatNeedNotBeWholeMayBeATextAsTheCLIStoresIt(t *testing.T) {
	read, problems := config.Read(good(map[string]string{"openedx:capacity": `{"requestsPerLearner":"0.15","cpuPerRequest":120,"packing":0.8}`}))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{"requestsPerLearner": 0.15, "cpuPerRequest": 120, "packing": 0.8}, read.Capacity); diff != "" {
		t.Error(diff)
	}
}

func TestNumbersOfLearnersReachTheirSettings(t *testing.T) {
	read, problems := config.Read(good(map[string]string{
		"openedx:instances": `{"main":{"lms":"l.example.org","learners":900}}`, "openedx:overrides": `{"learners":2600}`,
	}))
	if err := problems.Err(); err != nil || *read.Instances["main"].Learners != 900 || *read.Overrides.Learners != 2600 {
		t.Errorf("got %+v, %v", read, err)
	}
}

func ptr[T any](value T) *T { return &value }

func TestATextThatLooksLikeSomethingElseStaysAText(t *testing.T) {
	for _, name := range []string{"true", "null", "5", `"quoted"`} {
		read, problems := config.Read(good(map[string]string{"openedx:name": name}))
		if err := problems.Err(); err != nil || read.Name != name {
			t.Errorf("%s: got %q, %v", name, read.Name, err)
		}
	}
}

func TestWhatWasNotWrittenStaysUnset(t *testing.T) {
	// The project file gives these defaults to keys that the stack leaves out.
	read, problems := config.Read(good(map[string]string{
		"openedx:network": "{}", "openedx:cluster": "{}", "openedx:instances": "{}",
		"openedx:tags": "{}", "openedx:overrides": "{}", "openedx:disposable": "false",
	}))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Network{}, read.Network); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(config.Overrides{}, read.Overrides); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOfOtherPackagesAreLeftAlone(t *testing.T) {
	_, problems := config.Read(good(map[string]string{"pulumi:disable-default-providers": `["kubernetes"]`, "aws:profile": "me"}))
	if err := problems.Err(); err != nil {
		t.Error(err)
	}
}

func TestWhatDoesNotFitIsNamed(t *testing.T) {
	cases := []struct{ name, key, value, want, fix string }{
		{"a fraction", "openedx:network", `{"flowLogDays":2.5}`, "2.5 is a number; a whole number is wanted", "pulumi config rm --path openedx:network.flowLogDays --stack dev && pulumi config set --path openedx:network.flowLogDays 30 --stack dev"},
		{"a number beyond all machines", "openedx:network", `{"flowLogDays":99999999999999999999}`, "99999999999999999999 is a number", "&& pulumi config set --path openedx:network.flowLogDays 30 --stack dev"},
		{"a number in quotes", "openedx:network", `{"flowLogDays":"7"}`, "7 is a text; a whole number is wanted", "&& pulumi config set --path openedx:network.flowLogDays 7 --stack dev"},
		{"a list for a version", "openedx:cluster", `{"version":[]}`, "[] is a list; a text is wanted", "&& pulumi config set --path openedx:cluster.version 1.35 --stack dev"},
		{"a list entry of another type", "openedx:network", `{"zones":["a",2]}`, `openedx:network.zones[1]  2 is a number; a text is wanted`, "pulumi config rm --path 'openedx:network.zones[1]' --stack dev"},
		{"null in an object", "openedx:cluster", `{"logDays":null}`, "is empty; write a whole number or leave the key out", "pulumi config rm --path openedx:cluster.logDays --stack dev"},
		{"an empty text in an object", "openedx:network", `{"cidr":""}`, "is empty; write a text", "pulumi config rm --path openedx:network.cidr --stack dev"},
		{"an empty key", "openedx:network", "", "is empty; write a group of keys", "pulumi config rm openedx:network --stack dev"},
		{"half an object", "openedx:network", `{"cidr":`, `{"cidr": is a text; a group of keys is wanted`, "pulumi config rm openedx:network --stack dev"},
		{"two objects", "openedx:network", `{} {}`, `{} {} is a text; a group of keys is wanted`, "pulumi config rm openedx:network --stack dev"},
		{"a word for a number", "openedx:capacity", `{"packing":"NaN"}`, "NaN is a text; a number is wanted", "pulumi config rm --path openedx:capacity.packing --stack dev"},
		{"a list for a number", "openedx:capacity", `{"packing":[1]}`, "[1] is a list; a number is wanted", "pulumi config rm --path openedx:capacity.packing --stack dev"},
		{"an object for a text", "openedx:name", `{"a":"b"}`, `{"a":"b"} is a group of keys; a text is wanted`, "pulumi config rm openedx:name --stack dev && pulumi config set openedx:name campus --stack dev"},
		{"a list for a truth value", "openedx:disposable", `[true]`, `[true] is a list; true or false is wanted`, "pulumi config rm openedx:disposable --stack dev && pulumi config set openedx:disposable false --stack dev"},
		{"a truth value for a text", "openedx:tags", `{"a":true}`, "true is a truth value; a text is wanted", "pulumi config rm --path openedx:tags.a --stack dev && pulumi config set --type string --path openedx:tags.a true --stack dev"},
		{"another package's key", "openedx:region", "eu-west-1", "unknown key; did you mean aws:region?", "pulumi config rm openedx:region --stack dev"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, problems := config.Read(good(map[string]string{c.key: c.value}))
			if len(problems.List) != 1 {
				t.Fatalf("%d problems, want 1: %v", len(problems.List), problems)
			}
			for _, want := range []string{c.key, c.want, "fix with: ", c.fix} {
				if !strings.Contains(problems.Error(), want) {
					t.Errorf("the message lacks %q:\n%v", want, problems)
				}
			}
		})
	}
}

func TestAnEntryThatDoesNotFitKeepsItsPlaceInTheList(t *testing.T) {
	read, problems := config.Read(good(map[string]string{"openedx:network": `{"zones":["a",2,"c"]}`}))
	if len(problems.List) != 1 {
		t.Errorf("got %v, want one problem", problems)
	}
	if diff := cmp.Diff([]string{"a", "", "c"}, read.Network.Zones); diff != "" {
		t.Error(diff)
	}
}

func TestAValueMarkedSecretIsRefusedAndNeverShown(t *testing.T) {
	source := good(map[string]string{"openedx:domain": "hidden.example.org"})
	source.Secret = []string{"openedx:domain"}
	read, problems := config.Read(source)
	if len(problems.List) != 1 || !strings.Contains(problems.Error(), "openedx:domain  is marked secret") {
		t.Fatalf("got %v", problems)
	}
	if !strings.Contains(problems.Error(), "pulumi config set --plaintext openedx:domain") {
		t.Errorf("the fix does not write it in plain text: %v", problems)
	}
	if strings.Contains(problems.Error(), "hidden") || read.Domain != "" {
		t.Errorf("the secret got out: %v, %q", problems, read.Domain)
	}
}

func TestEveryKeyIsDescribedWhole(t *testing.T) {
	for _, key := range config.Keys() {
		if key.Doc == "" || key.Type == "" {
			t.Errorf("%s lacks a description or a type", key.Path)
		}
		if !key.Group && !key.Secret && key.Examples == nil && key.Path != "openedx:tags" {
			t.Errorf("%s lacks an example", key.Path)
		}
	}
}

func TestEveryExampleIsOneOfItsValues(t *testing.T) {
	for _, key := range config.Keys() {
		for _, example := range key.Examples {
			if key.Values != nil && !strings.Contains(strings.Join(key.Values, ","), example) {
				t.Errorf("%s: its example %q is none of its values", key.Path, example)
			}
		}
	}
}

func TestASecretIsTakenOnlyAsASecretAndNeverShown(t *testing.T) {
	const key, hidden = "openedx:mongoPassword", "correct horse battery"
	source := good(map[string]string{key: hidden})
	read, problems := config.Read(source)
	if len(problems.List) != 1 || !strings.Contains(problems.Error(), "pulumi config set --secret "+key) {
		t.Errorf("plain text is taken, or its fix is another: %v", problems)
	}
	if strings.Contains(problems.Error(), hidden) || read.MongoPassword != "" {
		t.Errorf("the secret got out: %v", problems)
	}
	source.Secret = []string{key}
	read, problems = config.Read(source)
	if len(problems.List) != 0 || string(read.MongoPassword) != hidden {
		t.Errorf("the secret was not read: %v", problems)
	}
	shown, err := json.Marshal(read)
	if err != nil || strings.Contains(fmt.Sprintf("%s %v %+v %#v", shown, read, read, read), hidden) {
		t.Errorf("the settings show the secret: %v", err)
	}
}
