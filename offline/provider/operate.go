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
	found, err := p.dangling(tx, op)
	if err != nil {
		return nil, err
	}
	e := &evaluation{p: p, tx: tx, kind: op.kind, urn: op.urn, props: op.props, olds: op.olds}
	written, err := e.forbidden(false)
	if err != nil {
		return nil, err
	}
	found = append(append(found, written...), p.clashes(tx, op)...)
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

// judge gives the verdict of every rule as one error.
func (p *Provider) judge(tx *cloud.Tx, op *operation, verb string) error {
	refusals, err := p.refusals(tx, op)
	if err != nil {
		return err
	}
	return op.refuse(verb, refusals)
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
func (p *Provider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
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
	began := time.Now()
	e := &evaluation{p: p, kind: k, urn: req.URN, revision: 1, props: op.props}
	err = p.store.Change(func(tx *cloud.Tx) error {
		e.tx = tx
		return p.admit(op, e)
	})
	if err == nil {
		err = p.pace.took(ctx, req.URN, req.Properties, began)
	}
	return plugin.CreateResponse{ID: resource.ID(e.id), Properties: e.props}, err
}

// admit makes the record of a new resource, if no rule forbids it.
func (p *Provider) admit(op *operation, e *evaluation) error {
	if err := p.judge(e.tx, op, "creating"); err != nil {
		return err
	}
	record, err := p.make(e)
	if err != nil {
		return fmt.Errorf("creating %s %q: %w", op.kind.token, op.urn.Name(), err)
	}
	if p.data.Local {
		return nil
	}
	return e.tx.Put(record)
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
	var err error
	if e.generation, err = p.generation(e.tx, e.urn); err != nil {
		return nil, err
	}
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
	if req.Preview || p.data.Local {
		err = e.foresee(req.OldInputs, req.OldOutputs, inputDiff(req.OldInputs, req.NewInputs))
	} else {
		err = p.store.Change(func(tx *cloud.Tx) error {
			e.tx = tx
			return p.change(op, e)
		})
	}
	return plugin.UpdateResponse{Properties: e.props}, err
}

// change makes the record of a resource anew, as the next revision.
func (p *Provider) change(op *operation, e *evaluation) error {
	old, err := e.tx.Get(p.key(op.kind, resource.ID(e.id)))
	if err != nil {
		return err
	}
	if old == nil {
		return op.refuse("updating", []refusal{{"id", "NotFound", fmt.Sprintf(
			"%q does not exist; `pulumi refresh` takes note of that", e.id)}})
	}
	if err = p.judge(e.tx, op, "updating"); err != nil {
		return err
	}
	// What follows from the URN follows from the one the resource was made under.
	e.generation, e.revision, e.urn = old.Generation, old.Revision+1, resource.URN(old.URN)
	filled, err := e.outputs()
	if err != nil {
		return fmt.Errorf("updating %s %q: %w", op.kind.token, op.urn.Name(), err)
	}
	e.hide()
	return e.tx.Put(e.record(filled))
}

// key is where the resource of that id is kept.
func (p *Provider) key(k *kind, id resource.ID) cloud.Key {
	scope := p.scope
	if k.data.Global {
		scope = ""
	}
	return cloud.Key{Type: k.token, Scope: scope, ID: string(id)}
}
