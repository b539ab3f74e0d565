package schema

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Replaces tells whether a change at the path forces a replacement. It does if
// the property or anything it lies in is marked so; and if a whole object comes
// or goes, also if one of the properties inside is.
func (r *Resource) Replaces(path resource.PropertyPath) bool {
	for _, rule := range r.replace {
		if rule.Contains(path) || path.Contains(rule) {
			return true
		}
	}
	node := any(r.Inputs())
	for _, step := range path {
		node = r.pkg.step(node, step)
		if replace, ok := object(node)["replace"].(bool); ok && replace {
			return true
		}
	}
	return len(path) > 0 && r.pkg.replacesInside(node, map[string]bool{})
}

// step goes from the schema of a value to the schema of its child.
func (p *Package) step(node any, step any) any {
	schema := p.resolve(object(node))
	key, isName := step.(string)
	if !isName {
		return schema["items"]
	}
	if property, ok := object(schema["properties"])[key]; ok {
		return property
	}
	if items, ok := schema["items"]; ok && key == "*" {
		return items
	}
	return object(schema["additionalProperties"])
}

// resolve follows a reference to a shared type; the caller has already looked
// at the keywords beside it.
func (p *Package) resolve(schema map[string]any) map[string]any {
	ref, ok := schema["$ref"].(string)
	if !ok {
		return schema
	}
	return object(object(p.document[typesKey])[typeName(ref)])
}

func typeName(ref string) string { return strings.TrimPrefix(ref, "#/"+typesKey+"/") }

// replacesInside looks through the properties below a schema; seen stops at
// types that contain themselves.
func (p *Package) replacesInside(node any, seen map[string]bool) bool {
	outer := object(node)
	if ref, ok := outer["$ref"].(string); ok {
		if seen[ref] {
			return false
		}
		seen[ref] = true
	}
	schema := p.resolve(outer)
	for _, property := range object(schema["properties"]) {
		if replace, ok := object(property)["replace"].(bool); ok && replace {
			return true
		}
		if p.replacesInside(property, seen) {
			return true
		}
	}
	if items, ok := schema["items"]; ok {
		return p.replacesInside(items, seen)
	}
	return false
}

// child returns the member of an object or array that a pointer step names.
func child(node any, step string) any {
	if list, ok := node.([]any); ok {
		index, err := strconv.Atoi(step)
		if err != nil || index < 0 || index >= len(list) {
			return nil
		}
		return list[index]
	}
	return object(node)[step]
}
