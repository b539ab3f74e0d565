package provider

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/cloud"
)

// arrow leads from a property to those of the resource that it refers to.
const arrow = "->"

// place is a resource on the way of an expression.
type place struct {
	kind  *kind
	id    string
	props resource.PropertyMap
}

// follow gives the texts at a path that may lead over several resources; whole
// is false if some of it is not known.
func (e *evaluation) follow(expression string) (found []string, whole bool) {
	origin := place{e.kind, e.id, e.props}
	hops := strings.Split(expression, arrow)
	if len(hops) == 1 {
		return origin.texts(expression)
	}
	places, whole := []place{origin}, true
	for _, hop := range hops[:len(hops)-1] {
		var next []place
		for _, from := range places {
			values, known := from.texts(hop)
			reached := e.p.step(e.tx, from.kind, hop, values)
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

// step gives the resources that values of a property refer to. A preview of an
// update has no access to them.
func (p *Provider) step(tx *cloud.Tx, k *kind, property string, values []string) []place {
	if tx == nil {
		return nil
	}
	var next []place
	for _, value := range values {
		if record := p.referred(tx, k, property, value); record != nil {
			next = append(next, p.place(record))
		}
	}
	return next
}

func (p *Provider) place(r *cloud.Record) place {
	return place{&kind{token: r.Type, data: p.data.Resources[r.Type]}, r.ID, resource.NewPropertyMapFromMap(r.Properties)}
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
