package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"example.org/openedx/offline/cloud"
)

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
	known := maps.Clone(req.Inputs)
	maps.Copy(known, req.State)
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
		e := &evaluation{p: p, tx: tx, kind: k, urn: req.URN, id: record.ID, props: resource.NewPropertyMapFromMap(record.Properties)}
		refusals, err := e.forbidden(true)
		if err != nil {
			return err
		}
		if !k.data.DeleteFreely {
			refusals = append(refusals, p.blockers(tx, record)...)
		}
		if err := op.refuse("deleting", refusals); err != nil {
			return err
		}
		return tx.Delete(record.Key())
	})
}
