package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"example.org/openedx/offline/cloud"
)

// operation is what rules judge: properties on their way into the cloud.
type operation struct {
	kind  *kind
	urn   resource.URN
	props resource.PropertyMap
	// olds are the inputs before, if there was a before.
	olds  resource.PropertyMap
	phase phase
	// own tells which records are the resource itself.
	own func(*cloud.Record) bool
}

// plannedPrefix marks the id of a resource that a preview foretold.
const plannedPrefix = "(planned) "

// phase is how far an operation has come, and so what can be known.
type phase int

const (
	checking phase = iota
	planning
	applying
)

// refusals applies every rule to an operation.
func (p *Provider) refusals(tx *cloud.Tx, op *operation) ([]refusal, error) {
	found, err := p.dangling(tx, op.kind, op.props)
	if err != nil {
		return nil, err
	}
	found = append(found, p.clashes(tx, op)...)
	if op.kind.data.CIDR != nil {
		found = append(found, p.misplaced(tx, op)...)
	}
	for _, name := range op.kind.data.Rules {
		rule, ok := rules[name]
		if !ok {
			return nil, fmt.Errorf("offline/behaviour/%s.yaml: %s: no rule %q", p.pkg, op.kind.token, name)
		}
		found = append(found, rule(p, tx, op)...)
	}
	return found, nil
}

// refuse joins refusals into the error of an operation.
func (op *operation) refuse(verb string, refusals []refusal) error {
	reasons := make([]error, 0, len(refusals))
	for _, refusal := range refusals {
		reasons = append(reasons, refusal)
	}
	if len(reasons) == 0 {
		return nil
	}
	return fmt.Errorf("%s %s %q: %w", verb, op.kind.token, op.urn.Name(), errors.Join(reasons...))
}

// Create makes a resource, or foretells it in a preview.
func (p *Provider) Create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	k, err := p.kind(req.Type)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	op := &operation{
		kind: k, urn: req.URN, props: clone(req.Properties), phase: applying,
		own: func(*cloud.Record) bool { return false },
	}
	delete(op.props, defaultsKey)
	if req.Preview {
		return p.foretell(op)
	}
	var resp plugin.CreateResponse
	err = p.store.Change(func(tx *cloud.Tx) error {
		refusals, err := p.refusals(tx, op)
		if err := errors.Join(err, op.refuse("creating", refusals)); err != nil {
			return err
		}
		e := &evaluation{p: p, tx: tx, kind: k, urn: req.URN, revision: 1, props: op.props}
		if e.generation, err = p.generation(tx, req.URN); err != nil {
			return err
		}
		record, err := p.make(e)
		if err != nil {
			return fmt.Errorf("creating %s %q: %w", k.token, req.URN.Name(), err)
		}
		resp = plugin.CreateResponse{ID: resource.ID(record.ID), Properties: e.props}
		if p.data.Local {
			return nil
		}
		return tx.Put(record)
	})
	time.Sleep(p.latency)
	return resp, err
}

// generation numbers the resources that a URN stands for, one after another.
func (p *Provider) generation(tx *cloud.Tx, urn resource.URN) (int, error) {
	if p.data.Local {
		return tx.Count(string(urn))
	}
	next := 0
	for _, record := range tx.OfURN(string(urn)) {
		if !record.Planned() {
			next = max(next, record.Generation+1)
		}
	}
	return next, nil
}

// make computes the id and the outputs of a new resource.
func (p *Provider) make(e *evaluation) (*cloud.Record, error) {
	computed, err := e.compute()
	if err != nil {
		return nil, err
	}
	if e.id, err = e.text(e.kind.data.ID, "id"); err != nil {
		return nil, err
	}
	filled, err := e.outputs()
	if err != nil {
		return nil, err
	}
	e.hide()
	record := e.record(append(computed, filled...))
	if e.id == "" {
		return nil, errors.New("the properties that make its id are empty")
	}
	if present, err := e.tx.Get(record.Key()); err != nil || present != nil {
		return nil, errors.Join(err, fmt.Errorf("%s: id %q exists already", e.kind.clash(), e.id))
	}
	return record, nil
}

func (e *evaluation) record(computed []string) *cloud.Record {
	slices.Sort(computed)
	scope := e.p.scope
	if e.kind.data.Global {
		scope = ""
	}
	properties, ok := seal(resource.NewProperty(e.props), string(e.urn)).(map[string]any)
	if !ok {
		properties = map[string]any{}
	}
	return &cloud.Record{
		Type: e.kind.token, ID: e.id, Scope: scope, URN: string(e.urn),
		Generation: e.generation, Revision: e.revision, Computed: computed, Properties: properties,
	}
}

// hide marks the outputs that are secret whatever they were made from.
func (e *evaluation) hide() {
	for _, name := range append(e.kind.schema.SecretOutputs(), e.kind.data.Secrets...) {
		key := resource.PropertyKey(name)
		if value, ok := e.props[key]; ok && !value.IsSecret() && !value.IsNull() {
			e.props[key] = resource.MakeSecret(value)
		}
	}
}

// foretell gives what a preview can know of a resource that is not there yet.
func (p *Provider) foretell(op *operation) (plugin.CreateResponse, error) {
	op.phase = planning
	op.own = func(r *cloud.Record) bool { return r.URN == string(op.urn) }
	e := &evaluation{p: p, kind: op.kind, urn: op.urn, id: plannedPrefix + string(op.urn), props: op.props}
	err := p.store.View(func(tx *cloud.Tx) error {
		e.tx = tx
		p.adopt(tx, op)
		refusals, err := p.refusals(tx, op)
		if err := errors.Join(err, op.refuse("creating", refusals)); err != nil {
			return err
		}
		tx.Plan(e.record(nil))
		return nil
	})
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	props := clone(op.props)
	p.unadopt(op, props)
	for path, template := range op.kind.data.Outputs {
		if _, _, given := at(props, path); given {
			continue
		}
		value := unknown()
		if source, ok := copied(template); ok {
			value, _, _ = at(props, source)
		}
		if value.IsNull() {
			continue
		}
		if err := put(props, path, value); err != nil {
			return plugin.CreateResponse{}, err
		}
	}
	if op.kind.data.Compute != "" {
		for name := range op.kind.schema.Outputs() {
			if _, given := props[resource.PropertyKey(name)]; !given {
				props[resource.PropertyKey(name)] = unknown()
			}
		}
	}
	e.props = props
	e.hide()
	return plugin.CreateResponse{Properties: props}, nil
}

// Update changes a resource in place, or foretells it in a preview.
func (p *Provider) Update(_ context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	k, err := p.kind(req.Type)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	op := &operation{
		kind: k, urn: req.URN, props: clone(req.NewInputs), olds: req.OldInputs, phase: applying,
		own: func(r *cloud.Record) bool { return r.ID == string(req.ID) },
	}
	delete(op.props, defaultsKey)
	e := &evaluation{p: p, kind: k, urn: req.URN, id: string(req.ID), props: op.props}
	kept := e.keep(req)
	if req.Preview || p.data.Local {
		return plugin.UpdateResponse{Properties: e.props}, nil
	}
	err = p.store.Change(func(tx *cloud.Tx) error {
		e.tx = tx
		old, err := tx.Get(p.key(k, req.ID))
		if err != nil {
			return err
		}
		if old == nil {
			return op.refuse("updating", []refusal{{"id", "NotFound", fmt.Sprintf(
				"%q does not exist; `pulumi refresh` takes note of that", req.ID)}})
		}
		refusals, err := p.refusals(tx, op)
		if err := errors.Join(err, op.refuse("updating", refusals)); err != nil {
			return err
		}
		e.generation, e.revision = old.Generation, old.Revision+1
		// Ids of other outputs follow from the URN the resource was made under.
		e.urn = resource.URN(old.URN)
		filled, err := e.outputs()
		if err != nil {
			return fmt.Errorf("updating %s %q: %w", k.token, req.URN.Name(), err)
		}
		e.hide()
		return tx.Put(e.record(append(kept, filled...)))
	})
	return plugin.UpdateResponse{Properties: e.props}, err
}

// keep carries over outputs that stay as they were; those that the new inputs
// may change are left out, in a preview unknown. It returns the paths it kept
// of those that no template makes.
func (e *evaluation) keep(req plugin.UpdateRequest) []string {
	var kept []string
	if e.kind.data.Compute != "" {
		for key, value := range req.OldOutputs {
			_, given := e.props[key]
			if _, before := req.OldInputs[key]; !given && !before {
				e.props[key] = value
				kept = append(kept, string(key))
			}
		}
	}
	if !req.Preview && !e.p.data.Local {
		return kept
	}
	changed := inputDiff(req.OldInputs, req.NewInputs)
	for path, template := range e.kind.data.Outputs {
		if _, _, given := at(e.props, path); given {
			continue
		}
		value, secret, _ := at(req.OldOutputs, path)
		if source, ok := copied(template); ok {
			value, secret, _ = at(e.props, source)
		} else if dependsOn(template, changed) {
			value = unknown()
		}
		if secret {
			value = resource.MakeSecret(value)
		}
		if !value.IsNull() {
			steps, err := resource.ParsePropertyPath(path)
			if err == nil {
				steps.Add(resource.NewProperty(e.props), value)
			}
		}
	}
	e.hide()
	return kept
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

// key is where the resource of that id is kept.
func (p *Provider) key(k *kind, id resource.ID) cloud.Key {
	scope := p.scope
	if k.data.Global {
		scope = ""
	}
	return cloud.Key{Type: k.token, Scope: scope, ID: string(id)}
}

// Read gives a resource as the offline cloud has it.
func (p *Provider) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	k, err := p.kind(req.Type)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	if p.data.Local {
		if len(req.State) == 0 {
			return plugin.ReadResponse{}, fmt.Errorf("%s cannot be imported from the offline cloud", k.token)
		}
		return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: req.State}}, nil
	}
	var record *cloud.Record
	err = p.store.View(func(tx *cloud.Tx) error {
		record, err = tx.Get(p.key(k, req.ID))
		return err
	})
	if err != nil || record == nil {
		return plugin.ReadResponse{}, err
	}
	// What the engine knows: outputs, and inputs that are not among them.
	known := clone(req.State)
	for key, value := range req.Inputs {
		if _, ok := known[key]; !ok {
			known[key] = value
		}
	}
	outputs := unseal(record.Properties, resource.NewProperty(known), record.URN).ObjectValue()
	inputs := clone(outputs)
	for _, path := range record.Computed {
		if err := remove(inputs, path); err != nil {
			return plugin.ReadResponse{}, err
		}
	}
	if defaults, ok := req.Inputs[defaultsKey]; ok {
		inputs[defaultsKey] = defaults
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: req.ID, Inputs: inputs, Outputs: outputs}}, nil
}

// remove takes the value at a path away, and objects that this leaves empty.
func remove(props resource.PropertyMap, path string) error {
	steps, err := resource.ParsePropertyPath(path)
	if err != nil {
		return fmt.Errorf("path %q: %w", path, err)
	}
	steps.Delete(resource.NewProperty(props))
	for parent := steps[:len(steps)-1]; len(parent) > 0; parent = parent[:len(parent)-1] {
		value, found := parent.Get(resource.NewProperty(props))
		if !found || !value.IsObject() || len(value.ObjectValue()) > 0 {
			break
		}
		parent.Delete(resource.NewProperty(props))
	}
	return nil
}

// Delete removes a resource unless another one still needs it.
func (p *Provider) Delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	k, err := p.kind(req.Type)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	return plugin.DeleteResponse{}, p.store.Change(func(tx *cloud.Tx) error {
		record, err := tx.Get(p.key(k, req.ID))
		if err != nil || record == nil {
			return err
		}
		op := &operation{kind: k, urn: req.URN}
		if !k.data.DeleteFreely {
			if err := op.refuse("deleting", p.blockers(tx, record)); err != nil {
				return err
			}
		}
		return tx.Delete(record.Key())
	})
}
