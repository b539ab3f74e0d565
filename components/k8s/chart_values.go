package k8s

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// enabled is how most charts switch a part on or off.
func enabled(on bool) pulumi.Map { return pulumi.Map{"enabled": pulumi.Bool(on)} }

// plain are values without outputs, for use among those that have some.
func plain(value any) pulumi.Input {
	switch v := value.(type) {
	case map[string]any:
		all := make(pulumi.Map, len(v))
		for key, one := range v {
			all[key] = plain(one)
		}
		return all
	case []any:
		all := make(pulumi.Array, len(v))
		for i, one := range v {
			all[i] = plain(one)
		}
		return all
	case map[string]string:
		return pulumi.ToStringMap(v)
	case string:
		return pulumi.String(v)
	case bool:
		return pulumi.Bool(v)
	case int:
		return pulumi.Int(v)
	default:
		return pulumi.Any(v)
	}
}
