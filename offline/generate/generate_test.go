package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fixture generates the schemas of a made-up SDK.
func fixture(t *testing.T) (file schemaFile, notes []string) {
	t.Helper()
	g, err := newGenerator("testdata/project", func(format string, args ...any) {
		notes = append(notes, fmt.Sprintf(format, args...))
	})
	if err != nil {
		t.Fatal(err)
	}
	g.lib.modules["example.org/toy-sdk"] = "testdata/sdk"
	files, err := g.all()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(files["aws.json"], &file); err != nil {
		t.Fatal(err)
	}
	return file, notes
}

// same compares what was generated with JSON in which quotes may be single.
func same(t *testing.T, what string, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(want, "'", `"`)), &wanted); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(plain, wanted) {
		t.Errorf("%s is %s, want %s", what, data, want)
	}
}

func TestInputsComeFromTheSDKJoinedWithFactsAndAdditions(t *testing.T) {
	file, _ := fixture(t)
	inputs := file.Resources["aws:ec2/box:Box"].Inputs
	for name, want := range map[string]string{
		"kind":       `{'type': 'string', 'const': 'Box'}`,
		"labels":     `{'type': 'object', 'additionalProperties': {'type': 'string'}}`,
		"lid":        `{'$ref': '#/types/ec2.BoxLid'}`,
		"name":       `{'type': 'string', 'replace': true, 'maxLength': 64}`,
		"ownerArn":   `{'type': 'string', 'format': 'arn'}`,
		"owner":      `{'type': 'object', 'format': 'resource'}`,
		"grade":      `{'type': 'string', 'enum': ['first', 'second']}`,
		"password":   `{'type': 'string', 'secret': true}`,
		"policy":     `{'type': 'string'}`,
		"shape":      `{'type': 'string', 'enum': ['round', 'square', 'oval']}`,
		"sideLabel":  `{'type': 'string'}`,
		"size":       `{'type': 'integer', 'minimum': 1}`,
		"stickers":   `{'type': 'array', 'items': {'$ref': '#/types/ec2.BoxSticker'}, 'maxItems': 3}`,
		"left":       `{'type': 'number'}`,
		"right":      `{'type': 'boolean'}`,
		"triggers":   `{'type': 'array', 'items': {}}`,
		"weight":     `{'type': 'integer'}`,
		"mood":       `{'type': 'string', 'pattern': '^(?i:GOOD)$', 'description': 'must be one of GOOD'}`,
		"place":      `{'type': 'string', 'enum': ['inside', 'outside']}`,
		"way":        `{'type': 'string'}`,
		"zone":       `{'type': 'string', 'replace': true}`,
		"file":       `{'type': 'object', 'format': 'asset'}`,
		"namePrefix": `{'type': 'string'}`,
	} {
		same(t, name, propertyOf(inputs, name), want)
	}
	same(t, "required", inputs["required"], `['file', 'size', 'stickers']`)
	same(t, "conflicts", inputs["conflicts"], `[['name', 'namePrefix']]`)
	same(t, "exactlyOneOf", inputs["exactlyOneOf"], `[['left', 'right']]`)
	same(t, "ordered", inputs["ordered"], `[['size', 'weight']]`)
	same(t, "additionalProperties", inputs["additionalProperties"], `false`)
}

func TestOutputsSecretsAndReplacementsComeFromTheConstructor(t *testing.T) {
	file, _ := fixture(t)
	box := file.Resources["aws:ec2/box:Box"]
	same(t, "outputs", box.Outputs, `{
		'arn': {'type': 'string'}, 'lid': {'$ref': '#/types/ec2.BoxLid'}, 'name': {'type': 'string'},
		'policy': {'type': 'string'}, 'stickers': {'type': 'array', 'items': {'$ref': '#/types/ec2.BoxSticker'}},
		'status': {'type': 'object'}, 'labels': {'type': 'object', 'additionalProperties': {'type': 'string'}},
		'sides': {'type': 'array', 'items': {'type': 'integer'}}}`)
	same(t, "secrets", box.Secrets, `['password']`)
	same(t, "replace", box.Replace, `['lid.hinge', 'triggers[*]']`)
	same(t, "version", file.Version, `'1.2.3'`)
}

func TestOnlyNestedTypesThatInputsReachAreKept(t *testing.T) {
	file, _ := fixture(t)
	same(t, "types", slices.Sorted(maps.Keys(file.Types)), `['ec2.BoxLid', 'ec2.BoxSticker']`)
	same(t, "lid", file.Types["ec2.BoxLid"], `{
		'type': 'object', 'additionalProperties': false, 'required': ['keys', 'weight'], 'conflicts': [['colour', 'paint']],
		'properties': {
			'colour': {'type': 'string', 'pattern': '^[a-z]+$'}, 'hinge': {'type': 'string', 'replace': true},
			'inner': {'$ref': '#/types/ec2.BoxLid'}, 'keys': {'type': 'array', 'items': {'type': 'string'}},
			'paint': {'type': 'string', 'replace': true}, 'weight': {'type': 'integer'}}}`)
	same(t, "sticker", propertyOf(file.Types["ec2.BoxSticker"], "text"), `{'type': 'string', 'maxLength': 14}`)
}

func TestARemoteComponentReplacesNothing(t *testing.T) {
	file, _ := fixture(t)
	crate := file.Resources["aws:ec2/crate:Crate"]
	same(t, "component", crate.Component, `true`)
	same(t, "wood", propertyOf(crate.Inputs, "wood"), `{'type': 'string'}`)
}

func TestAFunctionHasInputsAndOutputs(t *testing.T) {
	file, _ := fixture(t)
	get := file.Functions["aws:ec2/getBox:getBox"]
	same(t, "required", get.Inputs["required"], `['id']`)
	same(t, "outputs", get.Outputs, `{'sizes': {'type': 'array', 'items': {'type': 'integer'}}}`)
}

func TestFactsWithoutAPlaceAreReported(t *testing.T) {
	_, notes := fixture(t)
	if !slices.Contains(notes, "aws_box.gone: no such property in the SDK") {
		t.Errorf("notes are %q", notes)
	}
}

func TestCheckFindsAStaleFileAndWritesNothing(t *testing.T) {
	project := t.TempDir()
	if err := os.MkdirAll(filepath.Join(project, schemasDir), 0o750); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"toy.json": []byte("{}\n")}
	if err := publish(project, files, true); err == nil || !strings.Contains(err.Error(), "toy.json") {
		t.Errorf("a missing file passed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(project, schemasDir, "toy.json")); err == nil {
		t.Error("-check wrote a file")
	}
	if err := publish(project, files, false); err != nil {
		t.Fatal(err)
	}
	if err := publish(project, files, true); err != nil {
		t.Errorf("a fresh file failed: %v", err)
	}
	files["toy.json"] = []byte("{ }\n")
	if err := publish(project, files, true); err == nil {
		t.Error("a stale file passed")
	}
}

func TestATypeThatNoSDKDeclaresIsNamed(t *testing.T) {
	g, err := newGenerator("testdata/project", func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	g.lib.modules["example.org/toy-sdk"] = "testdata/sdk"
	b := &builder{lib: g.lib, types: map[string]map[string]any{}}
	if _, err := b.resource(g.lib.sources["aws"], "aws:ec2/bin:Bin"); err == nil || !strings.Contains(err.Error(), "aws:ec2/bin:Bin") {
		t.Errorf("got %v", err)
	}
}
