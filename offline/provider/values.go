package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// unknown stands for what only a real run will tell.
func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// at finds the value at a path, looking through secrets on the way. What is
// inside of something unknown is unknown.
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
		if i == len(steps) || value.IsComputed() {
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
	case v.IsArray():
		items := make([]any, 0, len(v.ArrayValue()))
		for _, item := range v.ArrayValue() {
			items = append(items, seal(item, salt))
		}
		return items
	case v.IsObject():
		fields := map[string]any{}
		for key, field := range v.ObjectValue() {
			if sealed := seal(field, salt); key != defaultsKey && sealed != nil {
				fields[string(key)] = sealed
			}
		}
		return fields
	case v.IsComputed(), v.IsOutput():
		return nil
	case v.IsResourceReference():
		return seal(v.ResourceReferenceValue().ID, salt)
	}
	if sealed := sealed(v, salt); sealed != "" {
		return map[string]any{sealKey: sealed}
	}
	return v.V
}

// sealed is what is kept of a secret or an asset; other values have nothing.
func sealed(v resource.PropertyValue, salt string) string {
	switch {
	case v.IsSecret():
		return digest(v.SecretValue().Element, salt)
	case v.IsAsset():
		return "asset:" + v.AssetValue().Hash
	case v.IsArchive():
		return "archive:" + v.ArchiveValue().Hash
	default:
		return ""
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
	for engine.IsSecret() {
		engine = engine.SecretValue().Element
	}
	switch stored := stored.(type) {
	case map[string]any:
		if digest, ok := stored[sealKey].(string); ok && len(stored) == 1 {
			return unsealOne(digest, engine, salt)
		}
		fields := resource.PropertyMap{}
		for key, value := range stored {
			fields[resource.PropertyKey(key)] = unseal(value, field(engine, key), salt)
		}
		return resource.NewProperty(fields)
	case []any:
		items := make([]resource.PropertyValue, 0, len(stored))
		for i, value := range stored {
			items = append(items, unseal(value, item(engine, i), salt))
		}
		return resource.NewProperty(items)
	default:
		return resource.NewPropertyValue(stored)
	}
}

func unsealOne(kept string, engine resource.PropertyValue, salt string) resource.PropertyValue {
	if sealed(engine, salt) == kept {
		return engine
	}
	if secret := resource.MakeSecret(engine); sealed(secret, salt) == kept {
		return secret
	}
	return resource.MakeSecret(resource.NewProperty("(not the value Pulumi knows: " + kept + ")"))
}

func item(v resource.PropertyValue, i int) resource.PropertyValue {
	if !v.IsArray() || i >= len(v.ArrayValue()) {
		return resource.PropertyValue{}
	}
	return v.ArrayValue()[i]
}

func field(v resource.PropertyValue, key string) resource.PropertyValue {
	if !v.IsObject() {
		return resource.PropertyValue{}
	}
	return v.ObjectValue()[resource.PropertyKey(key)]
}
