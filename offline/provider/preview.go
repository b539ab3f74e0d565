package provider

import (
	"errors"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"example.org/openedx/offline/cloud"
)

// foretell gives what a preview can know of a resource that is not there yet.
func (p *Provider) foretell(op *operation) (plugin.CreateResponse, error) {
	op.phase = planning
	op.own = func(r *cloud.Record) bool { return r.URN == string(op.urn) }
	e := &evaluation{p: p, kind: op.kind, urn: op.urn, id: plannedPrefix + string(op.urn), props: op.props}
	err := p.store.View(func(tx *cloud.Tx) error {
		p.adopt(tx, op)
		if err := p.judge(tx, op, "creating"); err != nil {
			return err
		}
		tx.Plan(e.record(nil))
		return nil
	})
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	p.unadopt(op)
	return plugin.CreateResponse{Properties: e.props}, e.foresee(nil, nil, nil)
}

// foresee adds to the inputs what can be known of the outputs before the work
// is done: those that stay as they are, and those that are copies of inputs.
// Before creation there is no old resource, and nothing else is known.
func (e *evaluation) foresee(oldInputs, oldOutputs resource.PropertyMap, changed map[string]plugin.PropertyDiff) error {
	for path, template := range e.kind.data.Outputs {
		if _, _, given := at(e.props, path); given {
			continue
		}
		value, secret, err := e.foreseen(path, template, oldOutputs, changed)
		if err != nil {
			return err
		}
		if secret {
			value = resource.MakeSecret(value)
		}
		if value.IsNull() {
			continue
		}
		if err := put(e.props, path, value); err != nil {
			return err
		}
	}
	if e.kind.data.Compute != "" {
		e.foreseeComputed(oldInputs, oldOutputs)
	}
	e.hide()
	return nil
}

// foreseen is what can be known of one output.
func (e *evaluation) foreseen(
	path string, template any, oldOutputs resource.PropertyMap, changed map[string]plugin.PropertyDiff,
) (resource.PropertyValue, bool, error) {
	value, secret, found := at(oldOutputs, path)
	strict := *e
	strict.strict = true
	chosen, err := strict.choose(template)
	switch source, copies := copied(chosen); {
	case err != nil && !errors.Is(err, errUndecided):
		return value, secret, err
	case err == nil && chosen == nil:
		return resource.PropertyValue{}, false, nil
	case copies:
		value, secret, _ = at(e.props, source)
	case !found || dependsOn(template, changed):
		value = unknown()
	}
	return value, secret, nil
}

// foreseeComputed is foresee for outputs that Go code computes, once for all.
func (e *evaluation) foreseeComputed(oldInputs, oldOutputs resource.PropertyMap) {
	for name := range e.kind.schema.Outputs() {
		key := resource.PropertyKey(name)
		_, given := e.props[key]
		_, was := oldInputs[key]
		old, known := oldOutputs[key]
		switch {
		case given || was:
		case known:
			e.props[key] = old
		case oldOutputs == nil:
			e.props[key] = unknown()
		}
	}
}

// dependsOn tells whether a change of inputs changes what the template makes.
func dependsOn(template any, changed map[string]plugin.PropertyDiff) bool {
	return slices.ContainsFunc(reads(template), func(read string) bool {
		if read == "revision" {
			return true
		}
		steps, err := resource.ParsePropertyPath(read)
		if err != nil {
			return false
		}
		for text := range changed {
			path, err := resource.ParsePropertyPath(text)
			if err == nil && (steps.Contains(path) || path.Contains(steps)) {
				return true
			}
		}
		return false
	})
}
