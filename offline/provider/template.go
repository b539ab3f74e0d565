package provider

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
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
	props, olds          resource.PropertyMap
	depth, index         int
	// strict is set where nothing may be taken for empty that is only unknown.
	strict bool
}

// errUndecided tells that a value is not known yet.
var errUndecided = errors.New("not known yet")

var (
	placeholders = regexp.MustCompile(`\{([^{}]+)\}`)
	generators   = regexp.MustCompile(`^(hex|HEX|digits|base|BASE|octet|uuid|caCert|index)(\d*)(?::(\w+))?$`)
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
		return e.scalar(template, label)
	case map[string]any:
		if count, ok := template["repeat"].(string); ok {
			return e.repeat(count, template["of"], label)
		}
		if name, ok := template["go"].(string); ok {
			return e.made(name)
		}
		if template["if"] == nil {
			return e.fields(template, label)
		}
		chosen, err := e.choose(template)
		if chosen == nil || err != nil {
			return resource.PropertyValue{}, err
		}
		return e.value(chosen, label)
	case []any:
		return e.items(template, label)
	default:
		return resource.NewPropertyValue(template), nil
	}
}

func (e *evaluation) scalar(template, label string) (resource.PropertyValue, error) {
	if path, ok := copied(template); ok {
		value, _, _ := at(e.props, path)
		return value, nil
	}
	if template == "{revision}" {
		return resource.NewProperty(float64(e.revision)), nil
	}
	expanded, err := e.text(template, label)
	return resource.NewProperty(expanded), err
}

func (e *evaluation) fields(template map[string]any, label string) (resource.PropertyValue, error) {
	fields := resource.PropertyMap{}
	for key, inner := range template {
		field, err := e.value(inner, label+"."+key)
		if err != nil {
			return field, err
		}
		fields[resource.PropertyKey(key)] = field
	}
	return resource.NewProperty(fields), nil
}

// repeat makes a list of as many items as a text says.
func (e *evaluation) repeat(count string, of any, label string) (resource.PropertyValue, error) {
	expanded, err := e.text(count, label)
	if err != nil {
		return resource.PropertyValue{}, err
	}
	n, err := strconv.Atoi(expanded)
	if err != nil {
		return resource.PropertyValue{}, fmt.Errorf("count of %s: %w", label, err)
	}
	items := make([]resource.PropertyValue, 0, n)
	for i := range n {
		one := *e
		one.index = i + 1
		item, err := one.value(of, label+"."+strconv.Itoa(i))
		if err != nil {
			return item, err
		}
		items = append(items, item)
	}
	return resource.NewProperty(items), nil
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
	if filter == "constant" {
		return e.constant(expression)
	}
	for _, alternative := range strings.Split(expression, alternation) {
		value, err := e.lookup(alternative)
		if err != nil || value != "" {
			return e.filter(value, filter, label), err
		}
	}
	return e.filter("", filter, label), nil
}

// constant looks up what has the name that a property holds.
func (e *evaluation) constant(property string) (string, error) {
	value, ok := e.p.data.Constants[text(e.props, property)]
	if !ok {
		return "", fmt.Errorf("%s: no constant of offline/behaviour/%s.yaml is called %q",
			property, e.p.pkg, text(e.props, property))
	}
	return value, nil
}

// alternation stands between the paths of which the first that leads to a
// value counts.
const alternation = " ? "

// regionWords are shortened in the names of hosts, as in euw1.
var regionWords = strings.NewReplacer("-", "", "north", "n", "south", "s", "east", "e", "west", "w", "central", "c")

func (e *evaluation) filter(value, name, label string) string {
	name, shared, named := strings.Cut(name, ":")
	if named {
		label = shared
	}
	parts := strings.SplitN(value, ".", 3)
	switch name {
	case "bare":
		return strings.TrimSuffix(strings.TrimPrefix(value, "https://"), ".")
	case "address":
		return e.address(value, label)
	case "major":
		return parts[0]
	case "minor":
		return strings.Join(parts[:min(len(parts), 2)], ".")
	case "short":
		return regionWords.Replace(value)
	case "dashed":
		return strings.ToLower(strings.ReplaceAll(value, "_", "-"))
	case "count":
		return strconv.Itoa(len(strings.FieldsFunc(value, func(r rune) bool { return r == ',' })))
	default:
		return value
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
	if path, ok := strings.CutPrefix(expression, "before."); ok {
		return text(e.olds, path), nil
	}
	return e.property(expression)
}

// property finds an input, else an output, else a setting.
func (e *evaluation) property(expression string) (string, error) {
	_, _, given := at(e.props, expression)
	follow, leads := e.follow, strings.Contains(expression, arrow)
	if strings.Contains(expression, backArrow) {
		follow, leads = e.followBack, true
	}
	if found, whole := follow(expression); !whole && e.strict {
		return "", errUndecided
	} else if given || leads {
		return strings.Join(found, ","), nil
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
	return stream(fmt.Sprintf("%s\x00%d\x00%s", e.urn, e.generation, label))
}

// stream gives the same numbers for the same seed.
func stream(seed string) *rand.Rand {
	//nolint:gosec // it must be foreseeable; what must not be is made by crypto/rand
	return rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed))))
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
	if what == "index" {
		return fmt.Sprintf("%0*d", n, e.index), nil
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

// address is one of a subnet's addresses that AWS leaves to its users; what is an
// address already stays as it is.
func (e *evaluation) address(block, label string) string {
	_, network, err := net.ParseCIDR(block)
	if err != nil {
		return block
	}
	free := int(cidr.AddressCount(network)) - hostOffset - 1 //nolint:gosec // a subnet has 65536 addresses at most
	host, err := cidr.Host(network, hostOffset+e.source(label).IntN(max(free, 1)))
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
			expression, _, _ := strings.Cut(strings.TrimPrefix(match[1], "="), "|")
			for _, path := range strings.Split(expression, alternation) {
				path, _, _ = strings.Cut(path, arrow)
				paths = append(paths, path)
			}
		}
	case map[string]any:
		for key, inner := range template {
			paths = append(append(paths, reads(key)...), reads(inner)...)
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
