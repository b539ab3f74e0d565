package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// unknown stands for what only a real run will tell.
func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// at finds the value at a path, looking through secrets on the way.
func at(props resource.PropertyMap, path string) (value resource.PropertyValue, secret, found bool) {
	steps, err := resource.ParsePropertyPath(path)
	if err != nil {
		return resource.PropertyValue{}, false, false
	}
	value, found = resource.NewProperty(props), true
	for i := 0; ; i++ {
		for value.IsSecret() {
			value, secret = value.SecretValue().Element, true
		}
		if i == len(steps) {
			return value, secret, !value.IsNull()
		}
		if value, found = steps[i : i+1].Get(value); !found {
			return resource.PropertyValue{}, secret, false
		}
	}
}

// text returns the string at a path, or nothing.
func text(props resource.PropertyMap, path string) string {
	value, _, found := at(props, path)
	switch {
	case found && value.IsString():
		return value.StringValue()
	case found && (value.IsNumber() || value.IsBool()):
		return fmt.Sprint(value.V)
	default:
		return ""
	}
}

// put sets the value at a path unless something unknown is in the way.
func put(props resource.PropertyMap, path string, value resource.PropertyValue) error {
	steps, err := resource.ParsePropertyPath(path)
	if err != nil {
		return fmt.Errorf("path %q: %w", path, err)
	}
	steps.Add(resource.NewProperty(props), value)
	return nil
}

// change rebuilds a value; f may give a replacement for any part of it.
func change(
	v resource.PropertyValue, f func(resource.PropertyValue) (resource.PropertyValue, bool),
) resource.PropertyValue {
	if replacement, ok := f(v); ok {
		return replacement
	}
	switch {
	case v.IsSecret():
		return resource.MakeSecret(change(v.SecretValue().Element, f))
	case v.IsArray():
		items := make([]resource.PropertyValue, 0, len(v.ArrayValue()))
		for _, item := range v.ArrayValue() {
			items = append(items, change(item, f))
		}
		return resource.NewProperty(items)
	case v.IsObject():
		fields := resource.PropertyMap{}
		for key, field := range v.ObjectValue() {
			fields[key] = change(field, f)
		}
		return resource.NewProperty(fields)
	default:
		return v
	}
}

// clone copies a map so deeply that nothing of it is shared.
func clone(props resource.PropertyMap) resource.PropertyMap {
	return change(resource.NewProperty(props), func(v resource.PropertyValue) (resource.PropertyValue, bool) {
		return v, false
	}).ObjectValue()
}

// plain copies a map without secrecy and without the provider's bookkeeping.
func plain(props resource.PropertyMap) resource.PropertyMap {
	var reveal func(resource.PropertyValue) (resource.PropertyValue, bool)
	reveal = func(v resource.PropertyValue) (resource.PropertyValue, bool) {
		if v.IsSecret() {
			return change(v.SecretValue().Element, reveal), true
		}
		return v, false
	}
	copied := change(resource.NewProperty(props), reveal).ObjectValue()
	delete(copied, defaultsKey)
	return copied
}

// sealKey marks, in a record, a value of which only the digest is kept.
const sealKey = "sealed"

// seal turns properties into what a record holds. Secrets become digests, with
// the URN as salt; so do assets. Unknown values are left out.
func seal(v resource.PropertyValue, salt string) any {
	switch {
	case v.IsSecret():
		return map[string]any{sealKey: digest(v.SecretValue().Element, salt)}
	case v.IsAsset():
		return map[string]any{sealKey: "asset:" + v.AssetValue().Hash}
	case v.IsArchive():
		return map[string]any{sealKey: "archive:" + v.ArchiveValue().Hash}
	case v.IsResourceReference():
		return seal(v.ResourceReferenceValue().ID, salt)
	case v.IsArray():
		items := make([]any, 0, len(v.ArrayValue()))
		for _, item := range v.ArrayValue() {
			items = append(items, seal(item, salt))
		}
		return items
	case v.IsObject():
		fields := map[string]any{}
		for key, field := range v.ObjectValue() {
			if key != defaultsKey && !field.IsNull() && !field.IsComputed() {
				fields[string(key)] = seal(field, salt)
			}
		}
		return fields
	case v.IsComputed(), v.IsOutput():
		return nil
	default:
		return v.V
	}
}

// digest is what is kept of a secret.
func digest(v resource.PropertyValue, salt string) string {
	// The marshaller sorts keys, so equal values have equal texts.
	data, err := json.Marshal(seal(v, salt))
	if err != nil {
		data = []byte(err.Error())
	}
	sum := sha256.Sum256(append([]byte(salt+"\x00"), data...))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// unseal turns a record's properties back. The engine has the secrets: where
// the digest of its value is the recorded one, its value stands.
func unseal(stored any, engine resource.PropertyValue, salt string) resource.PropertyValue {
	inner := engine
	for inner.IsSecret() {
		inner = inner.SecretValue().Element
	}
	switch stored := stored.(type) {
	case map[string]any:
		if sealed, ok := stored[sealKey].(string); ok && len(stored) == 1 {
			return unsealOne(sealed, inner, salt)
		}
		fields := resource.PropertyMap{}
		for key, value := range stored {
			fields[resource.PropertyKey(key)] = unseal(value, field(inner, key), salt)
		}
		return resource.NewProperty(fields)
	case []any:
		items := make([]resource.PropertyValue, 0, len(stored))
		for i, value := range stored {
			var old resource.PropertyValue
			if inner.IsArray() && i < len(inner.ArrayValue()) {
				old = inner.ArrayValue()[i]
			}
			items = append(items, unseal(value, old, salt))
		}
		return resource.NewProperty(items)
	default:
		return resource.NewPropertyValue(stored)
	}
}

func unsealOne(sealed string, engine resource.PropertyValue, salt string) resource.PropertyValue {
	isAsset := strings.HasPrefix(sealed, "asset:") || strings.HasPrefix(sealed, "archive:")
	if isAsset && (engine.IsAsset() || engine.IsArchive()) && seal(engine, salt).(map[string]any)[sealKey] == sealed {
		return engine
	}
	if !engine.IsNull() && !isAsset && digest(engine, salt) == sealed {
		return resource.MakeSecret(engine)
	}
	return resource.MakeSecret(resource.NewProperty("(not the value Pulumi knows: " + sealed + ")"))
}

func field(v resource.PropertyValue, key string) resource.PropertyValue {
	if !v.IsObject() {
		return resource.PropertyValue{}
	}
	return v.ObjectValue()[resource.PropertyKey(key)]
}
