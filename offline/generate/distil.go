package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sdkModule holds the values of the enums that upstream validators name. Only
// distilling needs it.
const (
	sdkModule  = "github.com/aws/aws-sdk-go"
	sdkVersion = "v1.55.8"
)

// distil reads a dump of upstream attributes and writes the part that the
// generator uses, one type a line. Enums are replaced by their values, so that
// the file can be read without the AWS SDK.
func distil(lib *library, from, to string) error {
	data, err := os.ReadFile(from) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	var facts map[string]map[string]*attribute
	if err = json.Unmarshal(data, &facts); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	root, err := lib.download(sdkModule, sdkVersion)
	if err != nil {
		return err
	}
	enums := &enumReader{root: filepath.Join(root, "service"), values: map[string]map[string][]string{}}
	var out bytes.Buffer
	for i, name := range slices.Sorted(maps.Keys(facts)) {
		prune(facts[name], func(source string) string { return enums.resolve(name, source) })
		line, err := marshal(facts[name], "")
		if err != nil {
			return err
		}
		separator := ",\n"
		if i == 0 {
			separator = "{\n"
		}
		fmt.Fprintf(&out, "%s%q: %s", separator, name, bytes.TrimSpace(line))
	}
	out.WriteString("\n}\n")
	return os.WriteFile(to, out.Bytes(), 0o644) //nolint:gosec // a committed file is readable
}

// prune drops attributes of which nothing is left to say.
func prune(attributes map[string]*attribute, resolve func(string) string) {
	for name, a := range attributes {
		prune(a.Elem, resolve)
		if len(a.Elem) == 0 {
			a.Elem = nil
		}
		a.Validate = resolve(a.Validate)
		if empty, err := json.Marshal(a); err == nil && string(empty) == "{}" {
			delete(attributes, name)
		}
	}
}

// enumReader finds the values of enums in the source of the AWS SDK.
type enumReader struct {
	root   string
	values map[string]map[string][]string
}

var (
	enumValidate = regexp.MustCompile(`enum\.Validate(?:IgnoreCase)?\[(\w+)\.(\w+)\]\(\)`)
	enumValues   = regexp.MustCompile(`\b(\w+)\.(\w+)_Values\(\)`)
	sdkConstant  = regexp.MustCompile(`\b([a-z]\w+)\.([A-Z]\w+)\b`)
	enumFunction = regexp.MustCompile(`func (\w+)_Values\(\) \[\]string \{\n\treturn \[\]string\{\n((?:\t\t\w+,\n)*)`)
	enumConstant = regexp.MustCompile(`(?m)^\t(\w+) = "([^"]*)"$`)
)

// resolve writes the values of enums into a validator's source.
func (r *enumReader) resolve(upstream, source string) string {
	source = enumValidate.ReplaceAllStringFunc(source, func(text string) string {
		match := enumValidate.FindStringSubmatch(text)
		if values := r.find(upstream, match[1], match[2]); values != nil {
			return fmt.Sprintf("validation.StringInSlice(%s, %t)", literal(values), strings.Contains(text, "IgnoreCase"))
		}
		return text
	})
	source = enumValues.ReplaceAllStringFunc(source, func(text string) string {
		match := enumValues.FindStringSubmatch(text)
		if values := r.find(upstream, match[1], match[2]); values != nil {
			return literal(values)
		}
		return text
	})
	return sdkConstant.ReplaceAllStringFunc(source, func(text string) string {
		match := sdkConstant.FindStringSubmatch(text)
		if value := r.find(upstream, match[1], "="+strings.ToLower(match[2])); value != nil {
			return strconv.Quote(value[0])
		}
		return text
	})
}

func literal(values []string) string { return fmt.Sprintf("%#v", values) }

// find looks an enum up in the service that the validator names. "types" is
// the service of the resource itself: the one in its name, or else EC2, whose
// resources carry no service name.
func (r *enumReader) find(upstream, pkg, enum string) []string {
	services := []string{pkg}
	if pkg == "types" {
		words := strings.Split(strings.TrimPrefix(upstream, "aws_"), "_")
		services = []string{words[0], strings.Join(words[:min(2, len(words))], ""), words[0] + "s", "ec2"}
		if words[0] == "cloudwatch" {
			services = append(services, "cloudwatchlogs", "eventbridge")
		}
	}
	for _, service := range services {
		if values := r.service(service)[enum]; values != nil {
			return values
		}
	}
	return nil
}

// service reads the enums of one service, by name, and its constants, by their
// names in lower case after an equals sign.
func (r *enumReader) service(name string) map[string][]string {
	if enums, ok := r.values[name]; ok {
		return enums
	}
	enums := map[string][]string{}
	r.values[name] = enums
	data, err := os.ReadFile(filepath.Join(r.root, name, "api.go")) //nolint:gosec // the file is in the module cache
	if err != nil {
		// There is no such service; the next candidate may be one.
		return enums
	}
	constants := map[string]string{}
	for _, match := range enumConstant.FindAllStringSubmatch(string(data), -1) {
		constants[match[1]] = match[2]
		enums["="+strings.ToLower(match[1])] = []string{match[2]}
	}
	for _, match := range enumFunction.FindAllStringSubmatch(string(data), -1) {
		for _, constant := range strings.Fields(strings.ReplaceAll(match[2], ",", "")) {
			enums[match[1]] = append(enums[match[1]], constants[constant])
		}
	}
	return enums
}
