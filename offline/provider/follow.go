package provider

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/cloud"
)

const (
	// arrow leads from a property to those of the resource that it refers to.
	arrow = "->"
	// backArrow leads from a value to the resources of a type that refer to it.
	backArrow = "<-"
)

// place is a resource on the way of an expression.
type place struct {
	kind  *kind
	id    string
	props resource.PropertyMap
	// scope is the region or cluster that it is in.
	scope string
}

// follow gives the texts at a path that may lead over several resources; whole
// is false if some of it is not known.
func (e *evaluation) follow(expression string) (found []string, whole bool) {
	origin := place{e.kind, e.id, e.props, e.p.scopeOf(e.kind)}
	hops := strings.Split(expression, arrow)
	if len(hops) == 1 {
		return origin.texts(expression)
	}
	places, whole := []place{origin}, true
	for _, hop := range hops[:len(hops)-1] {
		var next []place
		for _, from := range places {
			values, known := from.texts(hop)
			reached := e.p.step(e.tx, from, hop, values)
			whole = whole && known && len(values) > 0 && len(reached) == len(values)
			next = append(next, reached...)
		}
		places = next
	}
	for _, from := range places {
		values, known := from.texts(hops[len(hops)-1])
		whole = whole && known && len(values) > 0
		found = append(found, values...)
	}
	slices.Sort(found)
	return slices.Compact(found), whole
}

// followBack gives the texts at a path of the resources of a type that refer to
// what an expression leads to.
func (e *evaluation) followBack(expression string) (found []string, whole bool) {
	expression, target, _ := strings.Cut(expression, backArrow)
	values, whole := e.follow(expression)
	token, path := split(target)
	if e.tx == nil {
		return nil, false
	}
	for _, value := range values {
		for _, user := range e.tx.Users(value) {
			if user.Type != token {
				continue
			}
			texts, _ := e.p.place(user).texts(path)
			// What a preview foretold has only those values that are known.
			whole = whole && (len(texts) > 0 || !user.Planned())
			found = append(found, texts...)
		}
	}
	return found, whole
}

// step gives the resources that values of a property refer to. A preview of an
// update has no access to them.
func (p *Provider) step(tx *cloud.Tx, from place, property string, values []string) []place {
	if tx == nil {
		return nil
	}
	var next []place
	for _, value := range values {
		if record := p.reached(tx, from, property, value); record != nil {
			next = append(next, p.place(record))
		}
	}
	return next
}

func (p *Provider) place(r *cloud.Record) place {
	return place{&kind{token: r.Type, data: p.data.Resources[r.Type]}, r.ID, resource.NewPropertyMapFromMap(r.Properties), r.Scope}
}

// texts are the texts at a path, of which there are several in a list.
func (p place) texts(path string) (texts []string, known bool) {
	if path == "id" && p.id != "" {
		return []string{p.id}, true
	}
	value, _, found := at(p.props, path)
	if !found {
		return nil, true
	}
	values := []resource.PropertyValue{value}
	if value.IsArray() {
		values = value.ArrayValue()
	}
	for _, value := range values {
		if one := text(resource.PropertyMap{"value": value}, "value"); one != "" {
			texts = append(texts, one)
		}
	}
	return texts, !value.ContainsUnknowns()
}
