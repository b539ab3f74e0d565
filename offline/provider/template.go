package provider

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/cloud"
)

// evaluation fills in the placeholders of one resource.
type evaluation struct {
	p                    *Provider
	tx                   *cloud.Tx
	kind                 *kind
	urn                  resource.URN
	generation, revision int
	id                   string
	props                resource.PropertyMap
	depth                int
}

var (
	placeholders = regexp.MustCompile(`\{([^{}]+)\}`)
	generators   = regexp.MustCompile(`^(hex|HEX|digits|base|BASE|octet|uuid|caCert)(\d*)(?::(\w+))?$`)
)

const (
	// deepest is how many outputs may build on one another.
	deepest = 8
	// hostOffset is the first address of a subnet that AWS leaves to its users.
	hostOffset = 4
)

// outputs evaluates what the provider computes and adds it to the properties;
// it returns the paths it filled in.
func (e *evaluation) outputs() ([]string, error) {
	var filled []string
	for _, path := range slices.Sorted(maps.Keys(e.kind.data.Outputs)) {
		if _, _, given := at(e.props, path); given {
			continue
		}
		template := e.kind.data.Outputs[path]
		value, err := e.value(template, path)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", path, err)
		}
		if value.IsNull() {
			continue
		}
		if e.readsSecret(template) {
			value = resource.MakeSecret(value)
		}
		if err := put(e.props, path, value); err != nil {
			return nil, err
		}
		filled = append(filled, path)
	}
	return filled, nil
}

// value expands a template of any type.
func (e *evaluation) value(template any, label string) (resource.PropertyValue, error) {
	switch template := template.(type) {
	case string:
		if path, ok := copied(template); ok {
			value, _, _ := at(e.props, path)
			return value, nil
		}
		if template == "{revision}" {
			return resource.NewProperty(float64(e.revision)), nil
		}
		expanded, err := e.text(template, label)
		return resource.NewProperty(expanded), err
	case map[string]any:
		fields := resource.PropertyMap{}
		for key, inner := range template {
			field, err := e.value(inner, label+"."+key)
			if err != nil {
				return field, err
			}
			fields[resource.PropertyKey(key)] = field
		}
		return resource.NewProperty(fields), nil
	case []any:
		return e.items(template, label)
	default:
		return resource.NewPropertyValue(template), nil
	}
}

func (e *evaluation) items(template []any, label string) (resource.PropertyValue, error) {
	items := make([]resource.PropertyValue, 0, len(template))
	for i, inner := range template {
		item, err := e.value(inner, label+"."+strconv.Itoa(i))
		if err != nil {
			return item, err
		}
		items = append(items, item)
	}
	return resource.NewProperty(items), nil
}

// copied returns the path of a template that hands on a value as it is.
func copied(template any) (string, bool) {
	text, ok := template.(string)
	if !ok || !strings.HasPrefix(text, "{=") {
		return "", false
	}
	return text[2 : len(text)-1], true
}

func (e *evaluation) text(template, label string) (string, error) {
	var failed error
	expanded := placeholders.ReplaceAllStringFunc(template, func(match string) string {
		value, err := e.placeholder(match[1:len(match)-1], label)
		if err != nil {
			failed = err
		}
		return value
	})
	return expanded, failed
}

func (e *evaluation) placeholder(expression, label string) (string, error) {
	expression, filter, _ := strings.Cut(expression, "|")
	if match := generators.FindStringSubmatch(expression); match != nil {
		if match[3] != "" {
			label = match[3]
		}
		return e.generate(match[1], match[2], label)
	}
	value, err := e.lookup(expression)
	if err != nil {
		return "", err
	}
	switch filter {
	case "nohttps":
		return strings.TrimPrefix(value, "https://"), nil
	case "host":
		return firstHost(value), nil
	default:
		return value, nil
	}
}

func (e *evaluation) lookup(expression string) (string, error) {
	switch expression {
	case "id":
		return e.id, nil
	case "urnName":
		return e.urn.Name(), nil
	case "revision":
		return strconv.Itoa(e.revision), nil
	}
	if reference, property, ok := strings.Cut(expression, "->"); ok {
		record := e.p.referred(e.tx, e.kind, reference, text(e.props, reference))
		if record == nil {
			return "", nil
		}
		return text(resource.NewPropertyMapFromMap(record.Properties), property), nil
	}
	if _, _, found := at(e.props, expression); found {
		return text(e.props, expression), nil
	}
	if template, ok := e.kind.data.Outputs[expression]; ok && e.depth < deepest {
		deeper := *e
		deeper.depth++
		value, err := deeper.value(template, expression)
		return text(resource.PropertyMap{"value": value}, "value"), err
	}
	return e.p.setting(expression), nil
}

// source is a stream of numbers that follows from the resource and a label.
func (e *evaluation) source(label string) *rand.Rand {
	//nolint:gosec // it must be foreseeable; what must not be is made by crypto/rand
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s", e.urn, e.generation, label))))
}

const alphanumerics = "0123456789abcdefghijklmnopqrstuvwxyz"

// alphabets are the characters of each generator that draws a given number.
var alphabets = map[string]string{
	"hex": alphanumerics[:16], "HEX": strings.ToUpper(alphanumerics[:16]),
	"base": alphanumerics, "BASE": strings.ToUpper(alphanumerics),
}

func (e *evaluation) generate(what, length, label string) (string, error) {
	source := e.source(label)
	if what == "octet" {
		return strconv.Itoa(1 + source.IntN(254)), nil
	}
	if what == "uuid" {
		hex := pick(source, alphabets["hex"], 32)
		return fmt.Sprintf("%s-%s-4%s-8%s-%s", hex[:8], hex[8:12], hex[13:16], hex[17:20], hex[20:]), nil
	}
	if what == "caCert" {
		return authority(source, e.urn.Name())
	}
	n, err := strconv.Atoi(length)
	if err != nil {
		return "", fmt.Errorf("length of {%s%s}: %w", what, length, err)
	}
	if what == "digits" {
		// The first is no zero, as in a number.
		return pick(source, "123456789", 1) + pick(source, "0123456789", n-1), nil
	}
	return pick(source, alphabets[what], n), nil
}

func pick(source *rand.Rand, from string, n int) string {
	picked := make([]byte, 0, n)
	for range n {
		picked = append(picked, from[source.IntN(len(from))])
	}
	return string(picked)
}

// randomBytes fills a slice; the source serves as io.Reader for crypto.
type randomBytes struct{ *rand.Rand }

func (r randomBytes) Read(p []byte) (int, error) {
	var word [8]byte
	for i := 0; i < len(p); i += len(word) {
		binary.LittleEndian.PutUint64(word[:], r.Uint64())
		copy(p[i:], word[:])
	}
	return len(p), nil
}

func firstHost(block string) string {
	_, network, err := net.ParseCIDR(block)
	if err != nil {
		return ""
	}
	host, err := cidr.Host(network, hostOffset)
	if err != nil {
		return ""
	}
	return host.String()
}

// reads lists the properties that a template is made from.
func reads(template any) []string {
	var paths []string
	switch template := template.(type) {
	case string:
		for _, match := range placeholders.FindAllStringSubmatch(template, -1) {
			path, _, _ := strings.Cut(strings.TrimPrefix(match[1], "="), "|")
			path, _, _ = strings.Cut(path, "->")
			paths = append(paths, path)
		}
	case map[string]any:
		for _, inner := range template {
			paths = append(paths, reads(inner)...)
		}
	case []any:
		for _, inner := range template {
			paths = append(paths, reads(inner)...)
		}
	}
	return paths
}

func (e *evaluation) readsSecret(template any) bool {
	return slices.ContainsFunc(reads(template), func(path string) bool {
		value, secret, found := at(e.props, path)
		return found && (secret || value.ContainsSecrets())
	})
}
