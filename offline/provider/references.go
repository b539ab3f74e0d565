package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/behaviour"
	"example.org/openedx/offline/cloud"
)

// refusal is something that the provider will not do, and why.
type refusal struct {
	property string
	code     string
	reason   string
}

func (r refusal) Error() string {
	if r.code == "" {
		return fmt.Sprintf("%s: %s", r.property, r.reason)
	}
	return fmt.Sprintf("%s: %s: %s", r.code, r.property, r.reason)
}

// mention is a value that refers to another resource, and where it stands.
type mention struct {
	path, value string
	reference   *behaviour.Reference
}

// mentions finds every reference in the properties of a resource.
func (p *Provider) mentions(k *kind, props any) []mention {
	var found []mention
	p.walk(props, nil, "", func(keys []string, path, value string) {
		if reference := p.reference(k, keys); reference != nil && value != "" {
			found = append(found, mention{path, reference.Named(value), reference})
		}
	})
	return found
}

// walk visits the texts in properties, except for those below opaque keys.
func (p *Provider) walk(node any, keys []string, path string, visit func(keys []string, path, value string)) {
	switch node := node.(type) {
	case string:
		visit(keys, path, node)
	case []any:
		for i, item := range node {
			p.walk(item, keys, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if slices.Contains(p.data.Opaque, key) {
				continue
			}
			p.walk(node[key], append(slices.Clone(keys), key), strings.TrimPrefix(path+"."+key, "."), visit)
		}
	}
}

// reference looks up a property: the type's own word first, then the longest
// end of the path that the package knows.
func (p *Provider) reference(k *kind, keys []string) *behaviour.Reference {
	for start := range keys {
		suffix := strings.Join(keys[start:], ".")
		if reference, ok := k.data.References[suffix]; ok {
			return reference
		}
		if reference, ok := p.data.References[suffix]; ok {
			return reference
		}
	}
	return nil
}

// nameKey is how the store finds the resources whose property has a value.
func nameKey(target, value string) string { return target + "=" + value }

// within tells whether what lives in a scope can use a record: names may be the
// same in two regions or clusters, and few services look into another one.
func (r mention) within(scope string, record *cloud.Record) bool {
	return scope == "" || record.Scope == "" || record.Scope == scope || r.reference.Anywhere
}

// index tells the store how a record is found and what it refers to.
func (p *Provider) index(r *cloud.Record) ([]string, []cloud.Use) {
	data, ok := p.data.Resources[r.Type]
	if !ok {
		return nil, nil
	}
	k := &kind{token: r.Type, data: data}
	props := resource.NewPropertyMapFromMap(r.Properties)
	var names []string
	for _, path := range p.targets[r.Type] {
		if value := p.attribute(r, props, path); value != "" {
			names = append(names, nameKey(r.Type+"."+path, value))
		}
	}
	for i := range data.Unique {
		if key := p.uniqueKey(k, i, r.Scope, props); key != "" {
			names = append(names, key)
		}
	}
	var uses []cloud.Use
	for _, m := range p.mentions(k, r.Properties) {
		uses = append(uses, cloud.Use{Value: m.value, Property: m.path})
	}
	return names, uses
}

func (p *Provider) attribute(r *cloud.Record, props resource.PropertyMap, path string) string {
	if path == "id" {
		return r.ID
	}
	return text(props, path)
}

// split parts a target, aws:ec2/vpc:Vpc.id, into type and property.
func split(target string) (token, path string) {
	// The group of a Kubernetes type has dots too, but all before the last colon.
	colon := strings.LastIndex(target, ":")
	dot := strings.Index(target[colon:], ".")
	return target[:colon+dot], target[colon+dot+1:]
}

// referred returns the resource that a value of a new resource refers to, or nil.
func (p *Provider) referred(tx *cloud.Tx, k *kind, path, value string) *cloud.Record {
	return p.reached(tx, place{kind: k, scope: p.scopeOf(k)}, path, value)
}

// reached is referred for a value of any resource.
func (p *Provider) reached(tx *cloud.Tx, from place, path, value string) *cloud.Record {
	var keys []string
	for _, key := range strings.Split(path, ".") {
		name, _, _ := strings.Cut(key, "[")
		keys = append(keys, name)
	}
	reference := p.reference(from.kind, keys)
	if reference == nil {
		return nil
	}
	return find(tx, from.scope, mention{path, reference.Named(value), reference})
}

// scopeOf is the region or cluster that resources of a kind live in.
func (p *Provider) scopeOf(k *kind) string {
	if k.data.Global {
		return ""
	}
	return p.scope
}

// find returns the resource that a mention in a scope is about, or nil.
func find(tx *cloud.Tx, scope string, m mention) *cloud.Record {
	for _, target := range m.reference.To {
		for _, record := range tx.Named(nameKey(target, m.value)) {
			if m.within(scope, record) {
				return record
			}
		}
	}
	return nil
}

// dangling returns the references to what does not exist.
func (p *Provider) dangling(tx *cloud.Tx, op *operation) ([]refusal, error) {
	var refusals []refusal
	scope := p.scopeOf(op.kind)
	for _, m := range p.mentions(op.kind, p.open(op.props)) {
		if m.reference.Outside.Matches(m.value) || find(tx, scope, m) != nil || p.foreign(op, m) {
			continue
		}
		if err := tx.Rescan(); err != nil {
			return nil, err
		}
		if find(tx, scope, m) != nil {
			continue
		}
		reason := p.missing(m)
		if elsewhere := find(tx, "", m); elsewhere != nil {
			reason = fmt.Sprintf("%q is in %s, not in %s", m.value, elsewhere.Scope, scope)
		}
		refusals = append(refusals, refusal{m.path, "NotFound", reason})
	}
	return refusals, nil
}

// foreign tells whether nobody can know yet of what is named: what a preview would
// make in another region, the provider of that region knows alone.
func (p *Provider) foreign(op *operation, m mention) bool {
	return op.phase != applying && m.reference.Anywhere && slices.ContainsFunc(m.reference.To, func(target string) bool {
		return p.form(split(target)).MatchString(m.value)
	})
}

// open makes known properties walkable; what is secret is looked into as well.
func (p *Provider) open(props resource.PropertyMap) any {
	return seal(resource.NewProperty(plain(props)), "")
}

// missing words a dangling reference: of the wrong form, or just not there.
func (p *Provider) missing(m mention) string {
	var wanted []string
	problem := "has the wrong form"
	for _, target := range m.reference.To {
		token, path := split(target)
		wanted = append(wanted, "the "+path+" of a "+token)
		if p.form(token, path).MatchString(m.value) {
			problem = "does not exist"
		}
	}
	return fmt.Sprintf("%q %s; it must be %s", m.value, problem, strings.Join(wanted, " or "))
}

// form is what values of a property look like, going by its template.
func (p *Provider) form(token, path string) *regexp.Regexp {
	data := p.data.Resources[token]
	template := data.ID
	if path != "id" {
		template = ""
		if output, ok := data.Outputs[path].(string); ok {
			template = output
		}
	}
	var expression strings.Builder
	for i, literal := range placeholders.Split(template, -1) {
		if i > 0 || template == "" {
			expression.WriteString(".+")
		}
		expression.WriteString(regexp.QuoteMeta(literal))
	}
	return regexp.MustCompile("^" + expression.String() + "$")
}

// blockers returns who still refers to a resource.
func (p *Provider) blockers(tx *cloud.Tx, r *cloud.Record) []refusal {
	var refusals []refusal
	props := resource.NewPropertyMapFromMap(r.Properties)
	for _, path := range p.targets[r.Type] {
		value := p.attribute(r, props, path)
		for _, user := range tx.Users(value) {
			if user.Key() == r.Key() || user.Planned() || value == "" {
				continue
			}
			if at := p.mentioned(user, r, path, value); at != "" {
				refusals = append(refusals, refusal{at, "DependencyViolation", fmt.Sprintf(
					"%s %q is still used by %s %q", r.Type, r.ID, user.Type, user.ID)})
			}
		}
	}
	return refusals
}

// mentioned returns where a record refers to another by the value of a property.
func (p *Provider) mentioned(user, target *cloud.Record, path, value string) string {
	k := &kind{token: user.Type, data: p.data.Resources[user.Type]}
	for _, m := range p.mentions(k, user.Properties) {
		if m.value == value && slices.Contains(m.reference.To, target.Type+"."+path) && m.within(user.Scope, target) {
			return m.path
		}
	}
	return ""
}

// uniqueKey is the name that two resources may not share, or nothing if the
// properties do not make one.
func (p *Provider) uniqueKey(k *kind, i int, scope string, props resource.PropertyMap) string {
	if k.data.Global {
		scope = ""
	}
	key := fmt.Sprintf("%s#%d@%s", k.token, i, scope)
	set := false
	for _, path := range k.data.Unique[i] {
		value, _, found := at(props, path)
		if found && value.ContainsUnknowns() {
			return ""
		}
		set = set || found
		key += fmt.Sprintf("\x00%v", value.Mappable())
	}
	if !set {
		return ""
	}
	return key
}
