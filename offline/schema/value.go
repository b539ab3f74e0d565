package schema

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

// notKnown stands for a value that an earlier resource has yet to produce. It
// is no JSON, so the validator stops at it with an error that is then ignored.
type notKnown struct{}

// The marks tell assets and references to resources from plain objects.
const (
	assetMark    = "4dabf18193072939515e22adb298388d:asset"
	resourceMark = "4dabf18193072939515e22adb298388d:resource"
)

// converted is a property value as the validator wants it, along with what is
// needed to talk about it.
type converted struct {
	plain  any
	secret bool
	fields map[string]converted
	items  []converted
}

func convert(value resource.PropertyValue, secret bool) converted {
	switch v := value.V.(type) {
	case *resource.Secret:
		return convert(v.Element, true)
	case resource.Output:
		if v.Known {
			return convert(v.Element, secret || v.Secret)
		}
		return converted{plain: notKnown{}, secret: secret || v.Secret}
	case []resource.PropertyValue:
		return convertArray(v, secret)
	case resource.PropertyMap:
		return convertObject(v, secret)
	}
	return converted{plain: plain(value.V), secret: secret}
}

// plain turns a value without parts into JSON, or into what stands for it.
func plain(value any) any {
	switch value.(type) {
	case resource.Computed:
		return notKnown{}
	case *asset.Asset, *archive.Archive:
		return map[string]any{assetMark: true}
	case resource.ResourceReference:
		return map[string]any{resourceMark: true}
	}
	return value
}

func convertArray(values []resource.PropertyValue, secret bool) converted {
	result := converted{secret: secret, items: make([]converted, 0, len(values))}
	plain := make([]any, 0, len(values))
	for _, value := range values {
		item := convert(value, secret)
		result.items = append(result.items, item)
		plain = append(plain, item.plain)
	}
	result.plain = plain
	return result
}

// convertObject leaves out what is null, which providers read as not set, and
// the bookkeeping that bridged providers keep in names with two underscores.
func convertObject(values resource.PropertyMap, secret bool) converted {
	result := converted{secret: secret, fields: map[string]converted{}}
	plain := map[string]any{}
	for key, value := range values {
		if value.IsNull() || strings.HasPrefix(string(key), "__") {
			continue
		}
		field := convert(value, secret)
		result.fields[string(key)] = field
		plain[string(key)] = field.plain
	}
	result.plain = plain
	return result
}

// shownLength is how much of a long value a message repeats.
const shownLength = 80

// show words the value for a message, which may not betray a secret.
func (c converted) show() string {
	if c.secret {
		return "[secret]"
	}
	switch v := c.plain.(type) {
	case nil:
		return "null"
	case string:
		if runes := []rune(v); len(runes) > shownLength {
			return fmt.Sprintf("%q...", string(runes[:shownLength]))
		}
		return fmt.Sprintf("%q", v)
	case bool, float64:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
