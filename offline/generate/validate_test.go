package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestValidatorsBecomeKeywords(t *testing.T) {
	tr := &translator{}
	if err := readYAML("validators.yaml", tr); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		"validation.StringLenBetween(1, 255)":                                           `{'minLength': 1, 'maxLength': 255}`,
		"validation.StringLenBetween(0, 64-id.UniqueIDSuffixLength)":                    `{'maxLength': 38}`,
		"validation.IntBetween(-1, 65535)":                                              `{'minimum': -1, 'maximum': 65535}`,
		"validation.IntAtLeast(1)":                                                      `{'minimum': 1}`,
		"validation.IntAtMost(9)":                                                       `{'maximum': 9}`,
		"validation.IntDivisibleBy(60)":                                                 `{'multipleOf': 60}`,
		"validation.FloatBetween(0.5, 128)":                                             `{'minimum': 0.5, 'maximum': 128}`,
		"validation.IntInSlice([]int{60, 600})":                                         `{'enum': [60, 600]}`,
		"validation.IsPortNumber":                                                       `{'minimum': 1, 'maximum': 65535}`,
		"validation.IsCIDRNetwork(VPCCIDRMinIPv4, VPCCIDRMaxIPv4)":                      `{'format': 'cidr', 'prefix': [16, 28]}`,
		"validation.ToDiagFunc(verify.ValidARN)":                                        `{'format': 'arn'}`,
		"verify.ValidIAMPolicyJSON":                                                     `{'format': 'policy'}`,
		"validation.StringIsJSON":                                                       `{'format': 'json'}`,
		"validResourceName(roleNameMaxLen)":                                             `{'minLength': 1, 'maxLength': 64, 'pattern': '^[0-9A-Za-z+=,.@_-]*$', 'description': 'may hold letters, digits and +=,.@_- only'}`,
		"validation.StringInSlice(Resources_Values(), false)":                           `{'enum': ['secrets']}`,
		`validation.StringInSlice([]string{ "a", "b", }, false)`:                        `{'enum': ['a', 'b']}`,
		`validation.StringInSlice(enum.Slice("a", "b"), false)`:                         `{'enum': ['a', 'b']}`,
		`validation.StringInSlice([]string{"a.b", "c"}, true)`:                          `{'pattern': '^(?i:a\\.b|c)$', 'description': 'must be one of a.b, c'}`,
		"validation.StringMatch(regexache.MustCompile(`^x`), \"must begin with x\")":    `{'pattern': '^x', 'description': 'must begin with x'}`,
		"validation.StringDoesNotMatch(regexache.MustCompile(`^sg-`), \"no sg\")":       `{'not': {'pattern': '^sg-'}, 'description': 'no sg'}`,
		"validation.Any(validation.IntBetween(7, 30), validation.IntInSlice([]int{0}))": `{'anyOf': [{'minimum': 7, 'maximum': 30}, {'enum': [0]}]}`,
		"validation.All( validation.StringLenBetween(1, 5), validation.StringMatch(regexache.MustCompile(`a`), \"\"), validation.StringMatch(regexache.MustCompile(`b`), \"\"), )": `{'minLength': 1, 'maxLength': 5, 'pattern': 'a', 'allOf': [{'pattern': 'b'}]}`,
	}
	for source, want := range cases {
		rule, ok := tr.keywords(source)
		if !ok {
			t.Errorf("%s is not understood", source)
			continue
		}
		same(t, source, rule, want)
	}
	for _, source := range []string{"validSomething", "validSomething()", "func(v any) { x := 1 }", "validation.IntBetween(a, b)", "validation.Any(verify.ValidARN, validSomething)"} {
		if rule, ok := tr.keywords(source); ok {
			t.Errorf("%s is taken for %v", source, rule)
		}
	}
}

func TestDistillingKeepsWhatIsUsedAndWritesEnumsOut(t *testing.T) {
	service := t.TempDir()
	folder := filepath.Join(service, "service", "eks")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	api := "package eks\n\nconst (\n\tLogTypeApi = \"api\"\n\n\tLogTypeAudit = \"audit\"\n)\n\n" +
		"func LogType_Values() []string {\n\treturn []string{\n\t\tLogTypeApi,\n\t\tLogTypeAudit,\n\t}\n}\n"
	if err := os.WriteFile(filepath.Join(folder, "api.go"), []byte(api), 0o600); err != nil {
		t.Fatal(err)
	}
	dump := `{"aws_eks_box": {
		"plain": {"type": "String", "optional": true},
		"size": {"type": "Int", "forceNew": true, "default": "1"},
		"log": {"validate": "enum.Validate[types.LogType]()"},
		"other": {"validate": "validation.StringInSlice(eks.LogType_Values(), true)"},
		"some": {"validate": "validation.StringInSlice(enum.Slice(types.LogTypeApi), false)"},
		"lost": {"validate": "enum.Validate[types.Lost]()"},
		"block": {"type": "List", "elem": {"inner": {"type": "String"}}}}, "aws_a": {}}`
	from, to := filepath.Join(service, "dump.json"), filepath.Join(service, "facts.json")
	if err := os.WriteFile(from, []byte(dump), 0o600); err != nil {
		t.Fatal(err)
	}
	lib := &library{modules: map[string]string{sdkModule: service}}
	if err := distil(lib, from, to); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
"aws_a": {},
"aws_eks_box": {"log":{"validate":"validation.StringInSlice([]string{\"api\", \"audit\"}, false)"},` +
		`"lost":{"validate":"enum.Validate[types.Lost]()"},` +
		`"other":{"validate":"validation.StringInSlice([]string{\"api\", \"audit\"}, true)"},"size":{"forceNew":true},` +
		`"some":{"validate":"validation.StringInSlice(enum.Slice(\"api\"), false)"}}
}
`
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
	if strings.Count(string(data), "\n") != 4 {
		t.Error("a type does not take one line")
	}
}

func TestUpstreamNamesAreMatched(t *testing.T) {
	schema := map[string]any{"properties": map[string]any{
		"cidrBlock": nil, "taints": nil, "inlinePolicies": nil, "subnetIds": nil, "enableDns64": nil, "accesses": nil, "dns": nil,
	}}
	for upstream, want := range map[string]string{
		"cidr_block": "cidrBlock", "taint": "taints", "inline_policy": "inlinePolicies", "subnet_ids": "subnetIds",
		"enable_dns64": "enableDns64", "access": "accesses", "dns": "dns", "port": "",
	} {
		if got := match(schema, upstream); got != want {
			t.Errorf("%s is matched with %q, want %q", upstream, got, want)
		}
	}
}
