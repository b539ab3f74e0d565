package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"example.org/openedx/offline/cloud"
)

// autonamed is how Kubernetes objects tell that Pulumi made up their name.
const autonamed = `metadata.annotations["pulumi.com/autonamed"]`

const (
	// The bridged providers add a dash and seven digits to the resource's name.
	nameSeparator = "-"
	nameDigits    = 7
)

// Check completes the inputs and returns everything that is wrong with them.
func (p *Provider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	k, err := p.kind(req.Type)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	inputs := clone(req.News)
	delete(inputs, defaultsKey)
	var failures []plugin.CheckFailure
	fail := func(property, reason string) {
		failures = append(failures, plugin.CheckFailure{Property: resource.PropertyKey(property), Reason: reason})
	}
	err = p.store.View(func(tx *cloud.Tx) error {
		filled, unnamed := p.complete(tx, k, req, inputs)
		if unnamed != nil {
			fail(k.data.Autoname.Property, unnamed.Error())
		}
		for _, failure := range k.schema.Check(inputs) {
			fail(failure.Property, failure.Reason)
		}
		// Default values come after the check: they are no choice of the program,
		// so they conflict with none.
		k.fillDefaults(inputs, filled)
		found, broken := p.refusals(tx, &operation{
			kind: k, urn: req.URN, props: inputs, olds: req.Olds, phase: checking,
			own: func(r *cloud.Record) bool { return r.URN == string(req.URN) },
		})
		for _, refusal := range found {
			fail(refusal.property, refusal.Error())
		}
		return broken
	})
	return plugin.CheckResponse{Properties: inputs, Failures: failures}, err
}

// complete adds what the provider makes up silently, and a name; it returns
// what the bookkeeping has to list.
func (p *Provider) complete(
	tx *cloud.Tx, k *kind, req plugin.CheckRequest, inputs resource.PropertyMap,
) ([]resource.PropertyValue, error) {
	for _, path := range slices.Sorted(maps.Keys(k.data.Silent)) {
		if _, _, given := at(inputs, path); !given {
			if err := put(inputs, path, resource.NewPropertyValue(k.data.Silent[path])); err != nil {
				return nil, err
			}
		}
	}
	naming := k.data.Autoname
	if naming == nil {
		return nil, nil
	}
	if _, _, given := at(inputs, naming.Property); given {
		return nil, nil
	}
	name, err := p.name(tx, k, req)
	if err != nil {
		return nil, err
	}
	if err := put(inputs, naming.Property, resource.NewProperty(name)); err != nil {
		return nil, err
	}
	if naming.Annotation {
		return nil, put(inputs, autonamed, resource.NewProperty("true"))
	}
	return []resource.PropertyValue{resource.NewProperty(naming.Property)}, nil
}

// fillDefaults adds default values and the list of all that was filled in.
func (k *kind) fillDefaults(inputs resource.PropertyMap, filled []resource.PropertyValue) {
	for _, name := range slices.Sorted(maps.Keys(k.data.Defaults)) {
		if _, _, given := at(inputs, name); !given {
			inputs[resource.PropertyKey(name)] = resource.NewPropertyValue(k.data.Defaults[name])
			filled = append(filled, resource.NewProperty(name))
		}
	}
	if len(filled) > 0 {
		inputs[defaultsKey] = resource.NewProperty(filled)
	}
}

// name makes up a name, or keeps the one that was made up before. It follows
// from the URN and not from the engine's seed, so that two previews of the same
// program are the same.
func (p *Provider) name(tx *cloud.Tx, k *kind, req plugin.CheckRequest) (string, error) {
	naming := k.data.Autoname
	if old := text(req.Olds, naming.Property); old != "" && madeUp(k, req.Olds) {
		return old, nil
	}
	if wish := req.Autonaming; wish != nil && wish.Mode == plugin.AutonamingModeDisabled {
		return "", errors.New("is required, because automatic naming is disabled")
	} else if wish != nil && wish.ProposedName != "" {
		return wish.ProposedName, nil
	}
	return makeUp(tx, k, req.URN)
}

// makeUp draws names until one is not taken.
func makeUp(tx *cloud.Tx, k *kind, urn resource.URN) (string, error) {
	naming, separator := k.data.Autoname, nameSeparator
	if naming.Separator != nil {
		separator = *naming.Separator
	}
	for attempt := 0; ; attempt++ {
		seed := fmt.Appendf(nil, "%s\x00%d", urn, attempt)
		name, err := resource.NewUniqueName(
			seed, naming.Prefix+urn.Name()+separator, cmp.Or(naming.Random, nameDigits), naming.Max, nil)
		if err != nil || !taken(tx, k, urn, name) {
			return name, err
		}
	}
}

// taken tells whether the URN, before a replacement, has the name already.
func taken(tx *cloud.Tx, k *kind, urn resource.URN, name string) bool {
	return slices.ContainsFunc(tx.OfURN(string(urn)), func(r *cloud.Record) bool {
		return !r.Planned() && text(resource.NewPropertyMapFromMap(r.Properties), k.data.Autoname.Property) == name
	})
}

// madeUp tells whether the name in the inputs is the provider's own.
func madeUp(k *kind, inputs resource.PropertyMap) bool {
	if k.data.Autoname.Annotation {
		return text(inputs, autonamed) == "true"
	}
	defaults, _, _ := at(inputs, defaultsKey)
	return defaults.IsArray() && slices.ContainsFunc(defaults.ArrayValue(), func(v resource.PropertyValue) bool {
		return v.IsString() && v.StringValue() == k.data.Autoname.Property
	})
}

// Diff tells what changed and which of it needs a new resource.
func (p *Provider) Diff(ctx context.Context, req plugin.DiffRequest) (plugin.DiffResult, error) {
	k, err := p.kind(req.Type)
	if err != nil {
		return plugin.DiffResult{}, err
	}
	detail := inputDiff(req.OldInputs, req.NewInputs)
	for text, change := range detail {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return plugin.DiffResult{}, fmt.Errorf("path %q: %w", text, err)
		}
		conditional, err := p.replacesWhen(k, req, path)
		if err != nil {
			return plugin.DiffResult{}, err
		}
		if conditional || k.replaces(path) {
			detail[text] = change.ToReplace()
		}
	}
	result := diffResult(detail)
	if !result.Replace() {
		return result, nil
	}
	result.DeleteBeforeReplace = keepsName(k, req)
	if result.DeleteBeforeReplace {
		return result, nil
	}
	return result, p.warnOfClash(ctx, k, req)
}

func (k *kind) replaces(path resource.PropertyPath) bool {
	if k.schema.Replaces(path) {
		return true
	}
	return slices.ContainsFunc(k.data.Replace, func(rule string) bool {
		steps, err := resource.ParsePropertyPath(rule)
		return err == nil && (steps.Contains(path) || path.Contains(steps))
	})
}

// replacesWhen tells whether a change forces a replacement under conditions.
func (p *Provider) replacesWhen(k *kind, req plugin.DiffRequest, path resource.PropertyPath) (bool, error) {
	e := &evaluation{p: p, kind: k, urn: req.URN, props: req.NewInputs, olds: req.OldInputs}
	for rule, conditions := range k.data.ReplaceWhen {
		steps, err := resource.ParsePropertyPath(rule)
		if err != nil {
			return false, fmt.Errorf("path %q: %w", rule, err)
		}
		if !path.Contains(steps) {
			continue
		}
		if holds, err := e.all(conditions); holds || err != nil {
			return holds, err
		}
	}
	return false, nil
}

// keepsName tells whether a replacement would want the very name that the
// program gave the old resource, which must then go first.
func keepsName(k *kind, req plugin.DiffRequest) bool {
	if k.data.Autoname == nil || madeUp(k, req.NewInputs) {
		return false
	}
	name := text(req.NewInputs, k.data.Autoname.Property)
	return name != "" && name == text(req.OldInputs, k.data.Autoname.Property)
}

// warnOfClash foretells that creating the replacement will be refused because
// the old resource still has what may be there once only. It cannot refuse: the
// program may have asked for deletion first, which providers are not told.
func (p *Provider) warnOfClash(ctx context.Context, k *kind, req plugin.DiffRequest) error {
	for i, paths := range k.data.Unique {
		before, after := p.uniqueKey(k, i, p.scope, plain(req.OldInputs)), p.uniqueKey(k, i, p.scope, plain(req.NewInputs))
		if before != "" && before == after {
			return p.warn(ctx, req.URN, fmt.Sprintf("the replacement of %q has the same %q and so cannot be created "+
				"before the old one is deleted; this fails unless deleteBeforeReplace is set", req.ID, paths))
		}
	}
	return nil
}

// inputDiff compares inputs, secrecy and bookkeeping aside.
func inputDiff(olds, news resource.PropertyMap) map[string]plugin.PropertyDiff {
	return plugin.NewDetailedDiffFromObjectDiff(plain(olds).Diff(plain(news)), true)
}

func diffResult(detail map[string]plugin.PropertyDiff) plugin.DiffResult {
	if len(detail) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, DetailedDiff: detail}
	for text, change := range detail {
		key := resource.PropertyKey(text)
		if path, err := resource.ParsePropertyPath(text); err == nil && len(path) > 0 {
			key = resource.PropertyKey(fmt.Sprint(path[0]))
		}
		if !slices.Contains(result.ChangedKeys, key) {
			result.ChangedKeys = append(result.ChangedKeys, key)
		}
		if change.Kind.IsReplace() && !slices.Contains(result.ReplaceKeys, key) {
			result.ReplaceKeys = append(result.ReplaceKeys, key)
		}
	}
	slices.Sort(result.ChangedKeys)
	slices.Sort(result.ReplaceKeys)
	return result
}
